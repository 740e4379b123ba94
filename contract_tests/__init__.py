"""Tests of the contract that hold for the fake and for the live service alike."""
