"""Ids and choices by hashing: no clock, no random, no order that the host decides."""

from __future__ import annotations

from hashlib import blake2b


def digest(content: bytes, *, key: bytes, size: int = 32) -> bytes:
    """Hash a content under a key of at most 64 bytes."""
    return blake2b(content, key=key, digest_size=size).digest()


def key_of(*parts: str) -> bytes:
    """Make a key for `digest` from words such as seed and edition."""
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=32).digest()


def uuid(source: bytes) -> str:
    """Write 16 bytes as a version 4 UUID."""
    digits = source[:16].hex()
    variant = "89ab"[source[8] & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
