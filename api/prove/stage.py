"""Where the promises are shown: a data directory of its own with its own server, book, keys and notes, removed afterwards."""

import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from api.embedded import Embedded
from api.logs import configure
from api.open_books import OpenBook, today
from api.place import Place, open_place
from api.prove.book import CODE, Scene, set_up
from api.prove.shown import Size
from api.session import Session
from ledger.book.database import READING, connect
from ledger.book.verify import Verification, verify_book
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.core.calendar import period_days, year_of

Connection = Any


class Stage:
    """The scratch book and its server while they stand."""

    def __init__(self, place: Place, scene: Scene, opened: OpenBook, size: Size) -> None:
        assert place.embedded is not None
        self.scratch = place.data
        self.server: Embedded = place.embedded
        self.place = place
        self.scene = scene
        self.opened = opened
        self.size = size
        self.chance = random.Random(scene.seed)  # noqa: S311 - when to kill; the same moments for the same seed
        self.requests = 0
        """How many requests of the load were sent so far: the number of the next one."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection of the reader pointed at the book."""
        connection = await connect(self.scene.url, "phb_reader", self.opened.row.book_id, READING)
        try:
            yield connection
        finally:
            await connection.close()

    async def verify(self) -> Verification:
        """The verdict on the whole book, its published notes included."""
        return await verify_on(self, self.scene.url, notes=True)


async def verify_on(stage: Stage, url: str, *, notes: bool) -> Verification:
    """The verdict on the book as the server of this URL has it, with the notes outside or without."""
    connection = await connect(url, "phb_reader", stage.opened.row.book_id, READING)
    try:
        return await verify_book(
            connection, stage.opened.row.book_id, verifiers=stage.place.verifiers(),
            notes_directory=stage.scene.notes_dir if notes else None, identities=IDENTITIES,
            also=(check_warrants,),
        )  # fmt: skip
    finally:
        await connection.close()


def words_of(verdict: Verification) -> str:
    """A verdict as a sentence."""
    if verdict.ok:
        return f"verify passes: {verdict.entries:,} entries and {verdict.postings:,} postings re-derived from the log"
    where = "the book" if verdict.first_wrong is None else f"entry {verdict.first_wrong}"
    return f"verify fails and names {where}: {verdict.why} ({verdict.what})"


@asynccontextmanager
async def staged(seed: int, size: Size) -> AsyncIterator[Stage]:
    """A stage with its book set up, and nothing left of it afterwards."""
    scratch = Path(tempfile.mkdtemp(prefix="phb-prove-"))
    # Not from the environment: whatever it names is not ours to touch.
    place = Place(scratch, scratch / "keys", scratch / "notes")
    try:
        with (scratch / "service.log").open("w", encoding="utf-8") as log:
            configure(log)
            await open_place(place)
            place.keys()
            day = today()
            scene = Scene(place.serving, str(place.keys_dir), str(place.notes_dir), seed, day)
            first_month = f"{period_days(year_of(day))[0]:%Y-%m}"
            await Session(place).create(CODE, nature="synthetic", first_month=first_month)
            books = scene.books()
            await books.start()
            try:
                opened = await books.open(await books.row(CODE))
                await set_up(scene, opened, size.races)
                yield Stage(place, scene, opened, size)
            finally:
                await books.stop()
    finally:
        if place.embedded is not None:
            place.embedded.stop("immediate")
        shutil.rmtree(scratch, ignore_errors=True)
