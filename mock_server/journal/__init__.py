"""The record of what clients sent and got: bounded, redacted before it is kept, read on demand."""
