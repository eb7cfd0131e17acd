"""Signed notes: how a book's tree head leaves the database in a form that others can check without our code.

A note is text with Ed25519 signatures below it (C2SP signed-note); a checkpoint is the note text that states
a tree's origin, size and root (C2SP tlog-checkpoint). Go reads the same with `golang.org/x/mod/sumdb/note`.
Keys come in as arguments: nothing here makes or stores one.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.core.merkle import HASH_BYTES, MAX_SIZE

_ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 4
_MOST_SIGNATURES: Final = 100
_SIGNATURE_MARK: Final = "— "
_PRIVATE_MARK: Final = "PRIVATE+KEY+"
_KEY_ID_SHAPE: Final = re.compile(r"[0-9a-f]{8}")
_SIZE_SHAPE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteNotVerified(ValueError):
    """A note is not signed by anyone we know: its text must be ignored.

    `code` is one of `note_malformed`, `note_signature_wrong` (by a key we know), `note_signer_unknown` (no
    signature by a key we know), `note_keys_ambiguous` (two of our keys share name and id).
    """

    transient: ClassVar[bool] = False

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TextNotSignable(ValueError):
    """A text cannot be the text of a note. `code` is `note_text_malformed`."""

    transient: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__("note_text_malformed")
        self.code = "note_text_malformed"


class NotAKey(ValueError):
    """A text or value is not a named Ed25519 key.

    `code` is one of `key_malformed`, `key_name_malformed`, `key_algorithm_unknown`, `key_id_mismatched`.
    The message never repeats any part of a key.
    """

    transient: ClassVar[bool] = False

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotACheckpoint(ValueError):
    """A text or its parts do not state a tree head. `code` is `checkpoint_malformed`."""

    transient: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__("checkpoint_malformed")
        self.code = "checkpoint_malformed"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name that signs with it; `public_key` is 32 bytes. Raises NotAKey."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise NotAKey("key_name_malformed")
        if len(self.public_key) != _KEY_BYTES:
            raise NotAKey("key_malformed")

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || newline || 0x01 || public key) (C2SP signed-note, Ed25519)."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_KEY_ID_BYTES]

    def text(self) -> str:
        """Return the verifier key as it is published: name+id+base64(0x01 || public key)."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read what `text` wrote, or Go's `note.NewEd25519VerifierKey`. Raises NotAKey."""
        name, key_id, public_key = _key_parts(text)
        verifier = cls(name, public_key)
        if key_id != verifier.key_id:
            raise NotAKey("key_id_mismatched")
        return verifier


def verifier_of(name: str, private_key: Ed25519PrivateKey | bytes) -> Verifier:
    """Return the public half of a private key (an object, or its 32 raw bytes). Raises NotAKey."""
    return Verifier(name, _private(private_key).public_key().public_bytes_raw())


def signer_key_text(name: str, private_key: Ed25519PrivateKey | bytes) -> str:
    """Return the private key file form of Go's note package: PRIVATE+KEY+name+id+base64(0x01 || seed).

    The text is the secret itself. Raises NotAKey.
    """
    verifier = verifier_of(name, private_key)
    return f"{_PRIVATE_MARK}{name}+{verifier.key_id.hex()}+{_base64(_ED25519 + _seed(private_key))}"


def parse_signer_key(text: str) -> tuple[str, Ed25519PrivateKey]:
    """Read what `signer_key_text` or Go's `note.GenerateKey` wrote: the name and the key. Raises NotAKey."""
    if not text.startswith(_PRIVATE_MARK):
        raise NotAKey("key_malformed")
    name, key_id, seed = _key_parts(text.removeprefix(_PRIVATE_MARK))
    if key_id != verifier_of(name, seed).key_id:
        raise NotAKey("key_id_mismatched")
    return name, _private(seed)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log (`origin`), how many leaves (`size`) and the 32-byte `root`.

    The origin is one line, by custom a URL without its scheme that is also the name of the log's key.
    Source: C2SP tlog-checkpoint.
    Raises NotACheckpoint.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        fits = self.origin and "\n" not in self.origin and _is_note_text(self.origin)
        if not fits or not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_BYTES:
            raise NotACheckpoint

    def text(self) -> str:
        """Return the note text: origin, size in decimal, root in base64, each on its line."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read what `text` wrote, so that `parse(text).text() == text`.

        Extension lines, which the standard allows but advises against, are refused: nobody could check them.
        Raises NotACheckpoint.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not _SIZE_SHAPE.fullmatch(lines[1]):
            raise NotACheckpoint
        root = _from_base64(lines[2])
        if root is None:
            raise NotACheckpoint
        return cls(lines[0], int(lines[1]), root)


def sign_note(text: str, name: str, private_key: Ed25519PrivateKey | bytes) -> str:
    """Return `text` as a note signed by `name`: text, blank line, one signature line (C2SP signed-note).

    The key is an object or its 32 raw bytes; the same text and key give the same note (RFC 8032). The text
    ends in a newline and has no control character but newline. Raises TextNotSignable, NotAKey.
    """
    if not text.endswith("\n") or not _is_note_text(text):
        raise TextNotSignable
    verifier = verifier_of(name, private_key)
    signature = _private(private_key).sign(text.encode())
    return f"{text}\n{_SIGNATURE_MARK}{name} {_base64(verifier.key_id + signature)}\n"


def open_note(note: str, verifiers: Sequence[Verifier]) -> tuple[str, tuple[str, ...]]:
    """Return the text of a note and the names of the verifiers that signed it, each once, in its order.

    Signatures by keys that are not among `verifiers` are ignored, of several by one key the first counts, and
    one that is wrong refuses the whole note (C2SP signed-note, Go's `note.Open`). Raises NoteNotVerified.
    """
    known = _by_name_and_id(verifiers)
    text, lines = _split(note)
    message = text.encode()
    signed: set[tuple[str, bytes]] = set()
    names: dict[str, None] = {}
    for line in lines:
        name, key_id, signature = _signature_parts(line)
        verifier = known.get((name, key_id))
        if verifier is None or (name, key_id) in signed:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(signature, message)
        except InvalidSignature:
            raise NoteNotVerified("note_signature_wrong") from None
        signed.add((name, key_id))
        names[name] = None
    if not names:
        raise NoteNotVerified("note_signer_unknown")
    return text, tuple(names)


def _by_name_and_id(verifiers: Sequence[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise NoteNotVerified("note_keys_ambiguous")
    return known


def _split(note: str) -> tuple[str, list[str]]:
    # The text may have blank lines itself: the last one is the border.
    border = note.rfind("\n\n")
    if border < 0 or not note.endswith("\n") or not _is_note_text(note):
        raise NoteNotVerified("note_malformed")
    lines = note[border + 2 : -1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteNotVerified("note_malformed")
    return note[: border + 1], lines


def _signature_parts(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_SIGNATURE_MARK).partition(" ")
    signature = _from_base64(encoded)
    if not line.startswith(_SIGNATURE_MARK) or not _is_name(name):
        raise NoteNotVerified("note_malformed")
    if signature is None or len(signature) <= _KEY_ID_BYTES:
        raise NoteNotVerified("note_malformed")
    return name, signature[:_KEY_ID_BYTES], signature[_KEY_ID_BYTES:]


def _key_parts(text: str) -> tuple[str, bytes, bytes]:
    # The base64 part may hold a plus sign of its own.
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    typed_key = _from_base64(encoded)
    if not _KEY_ID_SHAPE.fullmatch(key_id) or not typed_key:
        raise NotAKey("key_malformed")
    if typed_key[:1] != _ED25519:
        raise NotAKey("key_algorithm_unknown")
    return name, bytes.fromhex(key_id), typed_key[1:]


def _private(key: Ed25519PrivateKey | bytes) -> Ed25519PrivateKey:
    if not isinstance(key, bytes):
        return key
    if len(key) != _KEY_BYTES:
        raise NotAKey("key_malformed")
    return Ed25519PrivateKey.from_private_bytes(key)


def _seed(key: Ed25519PrivateKey | bytes) -> bytes:
    return key if isinstance(key, bytes) else key.private_bytes_raw()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(map(str.isspace, name)) and _is_note_text(name)


def _is_note_text(text: str) -> bool:
    if any(character < " " and character != "\n" for character in text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _from_base64(text: str) -> bytes | None:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Decoders ignore stray bits in the last character: one value, one spelling.
    return data if _base64(data) == text else None
