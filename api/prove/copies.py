"""Promise: an old copy of the database can be read and proved, but does not go on as if what came after it had not been."""

from pathlib import Path

import msgspec

from api.backup import bring_back, take_backup
from api.embedded import start
from api.prove.book import CODE, Scene
from api.prove.shown import Shown
from api.prove.stage import Stage, verify_on, words_of
from ledger.book.checkpoint import latest_note, open_checkpoint
from ledger.book.loading import read_head
from ledger.book.submission import ForkSuspected
from policies.gate import BudgetBusy


async def take_copy(stage: Stage) -> Path:
    """A backup of the server as it is now."""
    out = stage.scratch / "backup"
    async with stage.reading() as connection:
        size = (await read_head(connection, stage.opened.row.book_id))["size"]
    take_backup(stage.server.uri(), out, {CODE: size})
    return out


async def show_fork(stage: Stage, backup: Path) -> Shown:
    """The copy is brought back in another directory: it verifies, and nobody can write to it."""
    shown = Shown(
        "An old copy cannot pass for the book: what was signed after it was made stands outside the database."
    )
    await stage.opened.checkpointer.now()
    note = latest_note(stage.scene.notes_dir, CODE)
    signed = open_checkpoint(note or "", stage.place.verifiers()).size
    restored = stage.scratch / "restored"
    copied = bring_back(backup, restored / "pg")[CODE]
    server = start(restored / "pg")
    try:
        url = server.uri(user="phb_serve")
        verdict = await verify_on(stage, url, notes=False)
        shown.step(
            f"A backup made when the book had {copied:,} entries was brought back in another directory.",
            words_of(verdict) + ".", kept=verdict.ok and verdict.entries == copied,
        )  # fmt: skip
        verdict = await verify_on(stage, url, notes=True)
        shown.step(
            f"The copy was held against the signed checkpoints outside; the newest counts {signed:,} entries.",
            words_of(verdict) + ".", kept=not verdict.ok,
        )  # fmt: skip
        found = await _write(msgspec.structs.replace(stage.scene, url=url))
        shown.step(
            "The service was started on the copy and a spend was sent to it.", found, kept="fork_suspected" in found
        )
    finally:
        server.stop("immediate")
    shown.counts = {"entries_in_copy": copied, "entries_signed": signed}
    return shown


async def _write(scene: Scene) -> str:
    """What the service says to a spend on the copy, as a sentence."""
    books = scene.books()
    await books.start()
    try:
        opened = await books.open(await books.row(CODE))
        decided = await opened.gate.spend(*scene.spend("load", 0, 1, "on the copy"), 10)
    except (ForkSuspected, BudgetBusy) as no:
        return f"refused, {no.code}: {' '.join((type(no).__doc__ or '').split())}"
    finally:
        await books.stop()
    return f"it wrote entry {decided.outcome.number}."
