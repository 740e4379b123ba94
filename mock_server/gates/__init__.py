"""What stands before an operation: pure ASGI, one gate a file."""
