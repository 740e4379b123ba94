"""Faults as data: what goes wrong, where, and how often; and the book that a lane keeps of them."""
