"""What differs between two editions, in the classes that a changing API is known by."""
