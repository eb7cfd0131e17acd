"""Where a command finds its books: an embedded server under a data directory, or the server of DATABASE_URL."""

import asyncio
import os
import pwd
from collections.abc import Mapping
from pathlib import Path

import msgspec

from api.embedded import DATABASE, Embedded, start
from api.keyfiles import VERIFIERS, KeyFiles, KeyMissing, load_keys, make_keys
from ledger.core.note import Verifier
from migrations.prepare import has_no_books, prepare

DEFAULT_DATA = Path(".phb")
CONSENT = "PHB_I_AM_ALONE"


class SettingMissing(RuntimeError):
    """A variable that this command needs is not set; the message names it."""

    code = "setting_missing"


class BookNotForEmbedded(RuntimeError):
    """The embedded server trusts every local user, so it keeps a live book only for one who has said to be alone here."""

    code = "book_not_for_embedded"


class ConsentRefused(RuntimeError):
    """PHB_I_AM_ALONE does not name the person who runs the command."""

    code = "consent_refused"


class Place(msgspec.Struct):
    """An installation as a command sees it. URLs that are not given are None."""

    data: Path
    keys_dir: Path
    notes_dir: Path
    serving_url: str | None = None
    owner_url: str | None = None
    eraser_url: str | None = None
    embedded: Embedded | None = None
    is_embedded: bool = True
    is_new: bool = False

    @property
    def serving(self) -> str:
        """The URL of the serving login."""
        return _given(self.serving_url, "DATABASE_URL")

    @property
    def owner(self) -> str:
        """The URL of the owner: for migrations only."""
        return _given(self.owner_url, "PHB_OWNER_URL")

    @property
    def eraser(self) -> str:
        """The URL of the eraser: for erasures only."""
        return _given(self.eraser_url, "PHB_ERASER_URL")

    def keys(self) -> KeyFiles:
        """The secrets of this installation, or KeyMissing. A local one makes its own while it has no books: new secrets
        beside old books would make every known key unknown, and payments would post twice (docs/keys.md)."""
        return make_keys(self.keys_dir) if self.is_embedded and self.is_new else load_keys(self.keys_dir)

    def verifiers(self) -> list[Verifier]:
        """The verifier keys of this installation: the present one, and old ones kept beside the notes."""
        try:
            found = [self.keys().verifier]
        except KeyMissing:
            found = []
        kept = self.notes_dir / VERIFIERS
        if kept.exists():
            found += [Verifier.parse(line) for line in kept.read_text(encoding="ascii").split() if line]
        return list(dict.fromkeys(found))


def _given(url: str | None, name: str) -> str:
    if not url:
        raise SettingMissing(f"{name} is not set, and this command needs it.")
    return url


def find_place(data: Path | None, environment: Mapping[str, str] = os.environ) -> Place:
    """The place that options and environment describe. Starts and makes nothing.

    Any login's URL means a real server: who has only the owner's is not sent to an embedded one in silence."""
    root = data or Path(environment.get("PHB_DATA_DIR") or DEFAULT_DATA)
    serving, owner, eraser = (environment.get(name) for name in ("DATABASE_URL", "PHB_OWNER_URL", "PHB_ERASER_URL"))
    keys_dir = Path(environment.get("PHB_KEYS_DIR") or root / "keys")
    notes_dir = Path(environment.get("PHB_NOTES_DIR") or root / "notes")
    if data is not None or (serving is None and owner is None and eraser is None):
        return Place(root, keys_dir, notes_dir)
    return Place(root, keys_dir, notes_dir, serving, owner, eraser, is_embedded=False)


async def open_place(place: Place) -> Place:
    """The place, ready: an embedded server is started, given its database, migrations and logins."""
    if not place.is_embedded or place.embedded is not None:
        return place
    place.embedded = await asyncio.to_thread(start, place.data / "pg")
    await prepare(place.embedded.uri("postgres"), place.embedded.uri(), DATABASE)
    place.serving_url = place.embedded.uri(user="phb_serve")
    place.owner_url = place.embedded.uri()
    place.eraser_url = place.embedded.uri(user="phb_erase")
    place.is_new = await has_no_books(place.embedded.uri())
    return place


def system_user() -> str:
    """The name of the operating-system user who runs this process."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def is_alone(place: Place, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the user of an embedded server has consented, by name, to hold live books where every local user is trusted.

    ConsentRefused when PHB_I_AM_ALONE names somebody else: consent is a person's own."""
    given = environment.get(CONSENT)
    if not place.is_embedded or not given:
        return False
    if given != system_user():
        raise ConsentRefused(f"{CONSENT} has to be the name of the person who consents and runs this: {system_user()}.")
    return True


def check_nature(place: Place, nature: str, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a live book on the embedded server unless its user is named in PHB_I_AM_ALONE. ConsentRefused."""
    if place.is_embedded and nature == "live" and not is_alone(place, environment):
        raise BookNotForEmbedded(
            f"The embedded server trusts every user of this machine. Use DATABASE_URL, or set {CONSENT} to your name."
        )
