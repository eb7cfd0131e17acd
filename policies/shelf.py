"""The bundles that one process has: its own, and those that a book keeps.

A bundle's files are kept in the detail of the entry that drafted it, committed in the book's log like any other detail. So every
process that serves the book has every bundle that was ever proposed there, and needs no folder of its own.
"""

import base64
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from ledger.book.lookups import read_detail
from ledger.budgets.reading import said_of
from policies.bundle import FILE_NAME, Bundle, BundleUnfit, hash_of
from policies.engine import Engine

Connection = Any
MOST = 128
"""Bundles kept ready beside the process's own, two for each of so many books; the one that was read longest ago goes first."""

log = structlog.get_logger()


class BundleMissing(LookupError):
    """The book does not keep this bundle: it was never drafted there, or its files were erased."""

    code = "bundle_missing"


class Kept(msgspec.Struct, frozen=True):
    """The files of a bundle as a book keeps them: their names, and their bytes in base64."""

    files: dict[str, bytes]


def kept_form(bundle: Bundle) -> bytes:
    """The content of the detail that keeps a bundle: the same bundle gives the same bytes."""
    return msgspec.json.encode(Kept(dict(bundle.files)), order="sorted")


def files_in(content: bytes) -> dict[str, bytes]:
    """The files of such a content, none of which leaves its folder. BundleUnfit."""
    try:
        files = msgspec.json.decode(content, type=Kept).files
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BundleUnfit([f"these are no files: {wrong}"]) from wrong
    if any(not FILE_NAME.match(name) for name in files):
        raise BundleUnfit(["a name is none of a file of a bundle"])
    return files


def files_from(sent: Mapping[str, str]) -> dict[str, bytes]:
    """Files whose bytes were sent in base64. BundleUnfit."""
    try:
        return {name: base64.b64decode(text, validate=True) for name, text in sent.items()}
    except ValueError as wrong:
        raise BundleUnfit(["the files are not in base64"]) from wrong


async def files_kept(connection: Connection, book_id: int, wanted: str) -> dict[str, bytes]:
    """The files of a bundle that a book keeps, by its hash, which they have. BundleMissing, BundleUnfit."""
    drafts = [said for said in await said_of(connection, book_id, f"bundle/{wanted}") if said.act == "drafted"]
    for draft in reversed(drafts):
        content = await read_detail(connection, book_id, draft.number)
        files = files_in(content) if content is not None else {}
        if hash_of(files) == wanted:
            return files
    raise BundleMissing


async def kept_bundle(connection: Connection, book_id: int, wanted: str) -> Bundle:
    """A bundle that a book keeps. BundleMissing; BundleUnfit for one that was made for other facts than this service's."""
    return Bundle.of_files(await files_kept(connection, book_id, wanted))


class Shelf:
    """The engines of one process by the hashes of their bundles."""

    def __init__(self, own: Engine) -> None:
        self.own = own
        self.trial_troubles: Counter[str] = Counter()
        """What rules on trial failed to decide, by kind: nobody was denied by it."""
        self._read: dict[str, Engine] = {}
        self._unfit: set[str] = set()

    def held(self, wanted: str | None) -> Engine | None:
        """An engine that is here already."""
        return self.own if wanted == self.own.bundle.hash else self._read.get(wanted or "")

    def beside(self, engine: Engine | None) -> Engine | None:
        """The same rules as they are on trial: their failures are counted apart, under no name that anybody is alarmed by."""
        return None if engine is None else Engine(engine.bundle, self.trial_troubles, event=None)

    async def find(self, connection: Connection, book_id: int, wanted: str | None) -> Engine | None:
        """The engine of a bundle, read from the book if it is not here; None when there is none that this service can use."""
        held = self.held(wanted)
        if held is not None or wanted is None or wanted in self._unfit:
            return held
        try:
            engine = Engine(await kept_bundle(connection, book_id, wanted), self.own.troubles)
        except BundleMissing:
            return None
        except BundleUnfit as unfit:
            log.error("bundle_unfit", bundle=wanted, reasons=unfit.reasons)
            self._unfit.add(wanted)
            return None
        while len(self._read) >= MOST:
            del self._read[next(iter(self._read))]
        self._read[wanted] = engine
        return engine
