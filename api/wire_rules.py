"""What is sent about the rules of a book: drafted, tried, put in force, taken back."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct, field

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of the bundle, in hex.")]
FileName = Annotated[str, Meta(max_length=128)]


class BundleDraftIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Proposes rules. `hash` is that of the rules as they were read; `files` their names and bytes in base64, left out for the
    rules that this service has."""

    hash: Hash
    files: dict[FileName, str] | None = None


class BundleIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Names rules that were drafted."""

    hash: Hash


class ActivationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Puts drafted rules in force from a day on, which is today if it is left out. `hash` is that of the rules as they were
    read."""

    hash: Hash
    start: date | None = field(name="from", default=None)
