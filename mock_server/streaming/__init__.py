"""Answers as streams: frames, and their bytes."""
