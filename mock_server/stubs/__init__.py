"""Scripted answers: what a test wants said in place of the world's own answers."""
