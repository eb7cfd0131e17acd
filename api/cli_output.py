"""How commands speak: sentences and tables for people, one JSON object for programs, a code for the shell."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from api import settings
from api.answers_taking_on import CoveredOut
from api.backup import BackupRefused
from api.demo.script import DayNotYet, DemoIsAnother
from api.keyfiles import KeyMissing, KeysKept
from api.operations import OperationUnknown, OptionUnfit
from api.place import BookNotForEmbedded, ConsentRefused, SettingMissing
from api.port import PortTaken
from api.problems import PROBLEMS, Problem
from api.session import NotAllowed
from ledger.book.balances import AccountUnknown
from ledger.book.books import BookExists
from ledger.book.checkpoint import EntryUnknown, HeadNotProven, NoteRefused
from ledger.book.loading import BookUnknown
from ledger.book.recovery import RecoveryNotNeeded
from ledger.book.submission import ForkSuspected, NotConsidered
from ledger.budgets.caseload_tables import NotACaseload
from ledger.budgets.payments_file import NotAPaymentsFile
from ledger.core.batch import Outcome
from ledger.core.model import Malformed
from ledger.core.note import NotACheckpoint, NotAKey
from ledger.money import CurrencyNotInPence
from ledger.reports.exports import DirectoryNotEmpty
from policies.bundle import BundleUnfit

DONE, WRONG, USAGE, SOME_REFUSED, AWAY, FORK = range(6)

Data = Annotated[Path | None, typer.Option("--data", help="Data directory of the embedded server (default .phb).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
BookCode = Annotated[str, typer.Option("--book", help="The book's code.")]
Key = Annotated[
    str | None, typer.Option("--key", help="Chosen once for this act: sent again with it, it is not done twice.")
]
Token = Annotated[str | None, typer.Option("--token", help="A bearer token; PHB_TOKEN otherwise.", envvar="PHB_TOKEN")]

_CODES: list[tuple[type[BaseException], int]] = [
    (ForkSuspected, FORK),
    (NotConsidered, AWAY),
    (BookUnknown, USAGE),
    (BookExists, USAGE),
    (AccountUnknown, USAGE),
    (EntryUnknown, USAGE),
    (Malformed, USAGE),
    (CurrencyNotInPence, USAGE),
    (NotAPaymentsFile, USAGE),
    (NotACaseload, USAGE),
    (DirectoryNotEmpty, USAGE),
    (BookNotForEmbedded, USAGE),
    (ConsentRefused, USAGE),
    (DayNotYet, USAGE),
    (DemoIsAnother, USAGE),
    (PortTaken, USAGE),
    (OperationUnknown, USAGE),
    (OptionUnfit, USAGE),
    (SettingMissing, USAGE),
    (settings.SettingMissing, USAGE),
    (settings.SettingRefused, USAGE),
    (KeyMissing, USAGE),
    (KeysKept, USAGE),
    (NotAllowed, USAGE),
    (Problem, USAGE),
    (BundleUnfit, USAGE),
    (NotAKey, USAGE),
    (RecoveryNotNeeded, WRONG),
    (NotACheckpoint, WRONG),
    (BackupRefused, USAGE),
    (NoteRefused, WRONG),
    (HeadNotProven, WRONG),
    (FileExistsError, USAGE),
    (FileNotFoundError, USAGE),
    (IsADirectoryError, USAGE),
    (NotADirectoryError, USAGE),
    (PermissionError, USAGE),
]
_FILES = {
    "FileExistsError": ("file_exists", "There is such a file, and none is replaced"),
    "FileNotFoundError": ("file_not_found", "There is no such file"),
    "IsADirectoryError": ("file_is_directory", "This is a directory, and a file is needed"),
    "NotADirectoryError": ("directory_not_found", "There is no such directory"),
    "PermissionError": ("file_not_permitted", "This file may not be read or written by you"),
}
Answer = TypeVar("Answer")
stderr = Console(stderr=True)
stdout = Console(width=None if sys.stdout.isatty() else 120)


def exit_code_of(wrong: BaseException) -> int | None:
    """The shell's code for an error that a command may meet, or None for one that is our mistake."""
    return next((code for kind, code in _CODES if isinstance(wrong, kind)), None)


def _said(wrong: BaseException) -> tuple[str, str]:
    """The code of an error and its sentence."""
    code: str = getattr(wrong, "code", type(wrong).__name__)
    if isinstance(wrong, Problem | Malformed | CurrencyNotInPence) and code in PROBLEMS:
        fields = wrong.members.get("fields") if isinstance(wrong, Problem) else None
        where = f" Here: {wrong.field}." if isinstance(wrong, Malformed) else ""
        where += f" Allowed: {', '.join(wrong.allowed)}." if isinstance(wrong, Malformed) and wrong.allowed else ""
        facts = _facts_of(wrong)
        plain = [f"{name} {value}" for name, value in facts.items() if not value.endswith(".")]
        where += f" Here: {', '.join(plain)}." if plain else ""
        # What is a sentence, as the reasons of a rule are, is said as one.
        where += "".join(f" {value}" for value in facts.values() if value.endswith("."))
        return code, PROBLEMS[code].sentence + where + (f" Different: {', '.join(fields)}." if fields else "")
    if isinstance(wrong, OSError) and code in _FILES:
        return _FILES[code][0], f"{_FILES[code][1]}: {wrong.filename}."
    said, promise = str(wrong), " ".join((type(wrong).__doc__ or "").split())
    # A bare number or path says nothing by itself.
    return code, said if " " in said else f"{promise} Here: {said}." if said else promise


def _facts_of(wrong: BaseException) -> dict[str, str]:
    told = wrong.members.get("facts", {}) if isinstance(wrong, Problem) else {}
    return {name: str(value) for name, value in told.items()}


def say_wrong(wrong: BaseException, *, as_json: bool) -> None:
    """Tell the error on standard error, or as JSON on standard output."""
    code, sentence = _said(wrong)
    if as_json:
        facts = _facts_of(wrong)
        print(json.dumps({"ok": False, "code": code, "detail": sentence, **({"facts": facts} if facts else {})}))
    else:
        stderr.print(f"[red]{code}[/red]: {escape(sentence)}", highlight=False)


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a command's work to its end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def answer(as_json: bool, facts: dict[str, Any], human: Callable[[Console], None], code: int = DONE) -> None:
    """Print what was done, for a program or for a person, and end with a code."""
    if as_json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    else:
        human(stdout)
    if code:
        raise typer.Exit(code)


def tell_act(outcome: Outcome, key: str, done: str, as_json: bool, **facts: object) -> None:
    """What became of an act under a key: its entry, or the sentence of its refusal."""
    common = {"key": key, "replayed": outcome.replayed, "entry": outcome.number or None}
    refusal = outcome.refusal
    if refusal is not None:
        no = {"ok": False, "code": refusal.code, "detail": refusal.sentence, **common}
        answer(as_json, no, lambda console: console.print(refusal.sentence, markup=False), WRONG)
        return
    words = f"{done} (entry {outcome.number}{', done before' if outcome.replayed else ''})"
    answer(as_json, {"ok": True, **facts, **common}, lambda console: console.print(words, highlight=False))


def say_coverage(console: Console, coverage: CoveredOut) -> None:
    """From which day figures are the book's own, below them; nothing where the book is complete from its first day."""
    if coverage.take_ons:
        console.print(coverage.says, highlight=False)


def grouped(pence: int) -> str:
    """Pounds and pence for a table: 5,067,864,904.20."""
    size = abs(pence)
    return f"{'-' if pence < 0 else ''}{size // 100:,}.{size % 100:02d}"


class Meter:
    """A progress bar on standard error for work that takes long; silent when nobody watches."""

    def __init__(self, words: str, *, quiet: bool) -> None:
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=stderr, transient=True, disable=quiet or not sys.stderr.isatty(),
        )  # fmt: skip
        self._task = self._progress.add_task(words, total=None)

    def __enter__(self) -> "Meter":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, done: int, total: int | None = None) -> None:
        """How far the work is."""
        self._progress.update(self._task, completed=done, total=total)
