"""Keyed hashes: what stands in the database in place of keys, bodies and names that clients send.

All are HMAC-SHA-256 under secrets that are kept outside the database and its backups (docs/keys.md).
"""

import hmac
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ledger.text import plain_reference

FIELD_BYTES = 8
KEY_BYTES = 16


def _mac(secret: bytes, purpose: str, parts: Iterable[bytes]) -> bytes:
    framed = b"".join([_framed(part) for part in parts])
    return hmac.digest(secret, purpose.encode("ascii") + framed, "sha256")


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


@lru_cache(4096)
def _framed_text(part: str) -> bytes:
    """Rows of a feed repeat their book, feed, days and payees."""
    return _framed(part.encode("utf-8"))


def request_key(secret: bytes, book: str, client: str, actor: str, acting_for: str | None, key: str) -> bytes:
    """The 16 bytes kept for a key that a client chose; its scope is (book, client, actor, acting for)."""
    parts = (book, client, actor, acting_for or "", key)
    return _mac(secret, "request", [part.encode("utf-8") for part in parts])[:KEY_BYTES]


def natural_key(secret: bytes, book: str, feed: str, fields: Iterable[str], ordinal: int) -> bytes:
    """The 16 bytes kept for a row of a feed: its canonical fields and its place among equal rows, from 1."""
    framed = b"".join([_framed_text(part) for part in (book, feed, *fields, str(ordinal))])
    return hmac.digest(secret, b"natural" + framed, "sha256")[:KEY_BYTES]


def name_lookup(secret: bytes, book: str, name: str) -> bytes:
    """The 16 bytes under which a name is found again without keeping it."""
    return _mac(secret, "lookup", (book.encode("utf-8"), name.encode("utf-8")))[:KEY_BYTES]


def document_hash(secret: bytes, book: str, issuer: str, reference: str) -> str:
    """32 hexadecimal digits that stand for somebody's own reference of a document, whatever its blanks, capitals and signs that
    nobody sees: by them a document is known again without keeping what stands on it."""
    plain = plain_reference(reference)
    return _mac(secret, "document", [part.encode("utf-8") for part in (book, issuer, plain)])[:KEY_BYTES].hex()


def fingerprints(secret: bytes, fields: Mapping[str, bytes]) -> bytes:
    """Eight bytes for each top-level field of a request, in the order of their names: `fields` are canonical
    bytes."""
    return b"".join(_print_of(secret, name, fields[name]) for name in sorted(fields))


def _print_of(secret: bytes, name: str, value: bytes) -> bytes:
    return _mac(secret, "field", (name.encode("utf-8"), value))[:FIELD_BYTES]


def differing_fields(secret: bytes, stored: bytes, fields: Mapping[str, bytes]) -> list[str]:
    """The names of fields that are new or have another value than in the stored fingerprints. Empty means
    that the first request had fields which this one lacks."""
    known = {stored[i : i + FIELD_BYTES] for i in range(0, len(stored), FIELD_BYTES)}
    return [name for name in sorted(fields) if _print_of(secret, name, fields[name]) not in known]
