"""The secrets of a local installation: made once, kept in files of mode 0600 beside, never inside, the database.

Only demos, tests and one-person trials make their own; a service is given them by its operator (docs/keys.md).
"""

import os
import secrets
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.note import Verifier, parse_signer_key, signer_key_text, verifier_of

SIGNER = "checkpoint-signer.key"
REQUESTS = "requests.key"
LOOKUP = "lookup.key"
CURSOR = "cursor.key"


class KeyMissing(FileNotFoundError):
    """A secret that the service needs is not where its settings say."""

    code = "key_missing"


class KeyFiles(msgspec.Struct, frozen=True):
    """The secrets of one installation, read once."""

    signer_name: str
    signer: Ed25519PrivateKey
    requests: bytes
    lookup: bytes
    cursor: bytes

    @property
    def verifier(self) -> Verifier:
        """The public half of the signer: safe to hand out."""
        return verifier_of(self.signer_name, self.signer)


def load_keys(directory: Path) -> KeyFiles:
    """Read the secrets of a directory, or KeyMissing naming the file."""
    name, signer = parse_signer_key(_read(directory / SIGNER))
    requests, lookup, cursor = (bytes.fromhex(_read(directory / each)) for each in (REQUESTS, LOOKUP, CURSOR))
    return KeyFiles(name, signer, requests, lookup, cursor)


def make_keys(directory: Path, signer_name: str = "phb.local") -> KeyFiles:
    """Make what is missing, mode 0600, and read all. Never replaces a file."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_new(directory / SIGNER, signer_key_text(signer_name, Ed25519PrivateKey.generate()))
    for name in (REQUESTS, LOOKUP, CURSOR):
        _write_new(directory / name, secrets.token_hex(32))
    return load_keys(directory)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise KeyMissing(f"no key at {path}") from None


def _write_new(path: Path, text: str) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
