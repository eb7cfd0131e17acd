"""The secrets of a local installation: made once, kept in files of mode 0600 beside, never inside, the database.

Only demos, tests and one-person trials make their own; a service is given them by its operator, who makes them once
(`phb keys`, docs/keys.md).
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
VERIFIERS = "verifiers.txt"
SECRET_BYTES = 32


class KeyMissing(FileNotFoundError):
    """A secret that the service needs is not where its settings say."""

    code = "key_missing"


class KeysKept(RuntimeError):
    """There are secrets here already, and others in their place would make every known key unknown."""

    code = "keys_kept"


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
    requests, lookup, cursor = (_secret(directory / each) for each in (REQUESTS, LOOKUP, CURSOR))
    return KeyFiles(name, signer, requests, lookup, cursor)


def make_keys(directory: Path, signer_name: str = "phb.local") -> KeyFiles:
    """Make what is missing, mode 0600, and read all. Never replaces a file."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_new(directory / SIGNER, signer_key_text(signer_name, Ed25519PrivateKey.generate()))
    for name in (REQUESTS, LOOKUP, CURSOR):
        _write_new(directory / name, secrets.token_hex(32))
    return load_keys(directory)


def make_first_keys(directory: Path, signer_name: str) -> KeyFiles:
    """Make the secrets of a new installation, or KeysKept where there is any: what is lost is brought back from its copy
    and not made anew."""
    for name in (SIGNER, REQUESTS, LOOKUP, CURSOR):
        if (directory / name).exists():
            raise KeysKept(f"{directory / name} is there already; a lost key is brought back from its copy")
    return make_keys(directory, signer_name)


def kept_verifiers(notes: Path, own: Verifier) -> tuple[Verifier, ...]:
    """The verifier of now, and those kept beside the notes: after a new signer, old notes are still checkable."""
    kept = notes / VERIFIERS
    lines = kept.read_text(encoding="ascii").split() if kept.exists() else []
    return tuple(dict.fromkeys((own, *(Verifier.parse(line) for line in lines))))


def keep_verifier(notes: Path, own: Verifier) -> None:
    """Write the verifier of now beside the notes, once."""
    notes.mkdir(parents=True, exist_ok=True)
    kept = notes / VERIFIERS
    if own.text() not in (kept.read_text(encoding="ascii").split() if kept.exists() else []):
        with kept.open("a", encoding="ascii") as file:
            file.write(own.text() + "\n")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise KeyMissing(f"no key at {path}") from None


def _secret(path: Path) -> bytes:
    """A secret of 32 bytes, or KeyMissing: with a torn one every known key would become unknown, and payments post twice."""
    try:
        secret = bytes.fromhex(_read(path))
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise KeyMissing(f"the key at {path} is not {SECRET_BYTES} bytes")
    return secret


def _write_new(path: Path, text: str) -> None:
    """Create-only, whole or not at all: who reads at the same time must not find half a key."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
