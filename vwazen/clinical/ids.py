"""Ids of facts and persons: time first, so that they sort and cluster; derived ones are the same every time."""

import hashlib
import uuid


def new_id(millis: int, randomness: bytes) -> str:
    """A UUIDv7 from milliseconds since 1970 and 10 random bytes."""
    value = (millis & (2**48 - 1)) << 80 | int.from_bytes(randomness[:10], "big")
    value = value & ~(0xF000 << 64) & ~(0xC000 << 48) | 0x7000 << 64 | 0x8000 << 48
    return str(uuid.UUID(int=value))


def derived_id(*parts: str, millis: int = 0) -> str:
    """A UUIDv8 that the same parts always give: a source's system, the record's id, its version."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    value = (millis & (2**48 - 1)) << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF000 << 64) & ~(0xC000 << 48) | 0x8000 << 64 | 0x8000 << 48
    return str(uuid.UUID(int=value))
