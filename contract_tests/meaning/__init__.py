"""What no schema can say: one module a subject, one function a check."""
