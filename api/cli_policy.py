"""The commands `phb policy …` for the rules of a book: drafted, tried, put in force, taken back."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_autonomy import TOO_FEW
from api.answers_rules import DifferencesOut, TallyOut, bundle_out, trial_out
from api.cli_output import AsJson, BookCode, Data, Key, Token, answer, run, stdout, tell_act
from api.cli_rules import day_of, policy_app, say_plain_only
from api.cli_year_end import submit_once
from api.open_books import salt
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, clock_us, key_of
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from policies import publishing
from policies.bundle import HERE, Bundle
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.trying import NoTrial, read_trial
from policies.wording import Wording

Connection = Any
Step = Callable[[Connection, int], Awaitable[Resolution]]
Hash = Annotated[str, typer.Argument(help="The bundle's hash, as `phb policy list` shows it.")]
Folder = Annotated[Path | None, typer.Argument(help="The folder of a bundle; the rules of this program if left out.")]


@policy_app.command("list")
def list_bundles(book: BookCode, data: Data = None, as_json: AsJson = False) -> None:
    """The bundles of a book and how each stands: draft, shadow, scheduled, active, retired."""

    async def work() -> list[Any]:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            session.allowed(Permission.SEE_BUNDLES, row)
            life = await publishing.read_life(connection, row.book_id)
        return [bundle_out(each) for each in life.all(london_day(clock_us()))]

    found = run(work())

    def human(console: Console) -> None:
        table = Table(title=f"Bundles of {book}")
        for name in ("hash", "state", "from", "until"):
            table.add_column(name, overflow="fold")
        for each in found:
            # What is in force without a day was so when the book was opened.
            begins = each.begins or ("the beginning" if each.state == "active" else "")
            table.add_row(each.hash, each.state, str(begins), str(each.until or ""))
        console.print(table)

    answer(as_json, {"book": book, "bundles": msgspec.to_builtins(found)}, human)


def _act(
    book: str, permission: Permission, route: str, fields: dict[str, Any], step: Step, done: str, key: str | None,
    token: str | None, data: Path | None, as_json: bool, **told: list[str],
) -> None:  # fmt: skip
    own = key_of(key)

    async def work() -> Outcome:
        session = Session(await open_place(find_place(data)), token)

        async def make(connection: Connection, book_id: int) -> Resolution:
            try:
                return await step(connection, book_id)
            except publishing.NotPublished as no:
                raise NotSettled(no.code) from None

        async with session.reading(book) as (row, connection):
            caller = session.allowed(permission, row)
            async with session.writing(row) as (writer, _):
                return await submit_once(
                    session, caller, row, connection, writer, key=own, route=f"rules/{route}", fields=fields, make=make
                )  # fmt: skip

    tell_act(run(work()), own, done, as_json, book=book, **fields, **told)


@policy_app.command("draft")
def draft(
    book: BookCode,
    folder: Folder = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose a bundle: the book keeps its files, and it decides nothing until another person activates it. Names the rules whose
    plain words are shown in easy read and in Welsh. Needs an officer."""
    bundle = Bundle.load(folder or HERE)
    plain_only = Wording.load().plain_only(bundle.rules.values())
    _act(
        book, Permission.DRAFT_RULES, "drafts", {"hash": bundle.hash},
        lambda connection, book_id: publishing.draft(connection, book_id, bundle, salt()),
        f"Drafted: {bundle.hash}", key, token, data, as_json, plain_only=plain_only,
    )  # fmt: skip
    if not as_json:
        say_plain_only(stdout, plain_only)


@policy_app.command("shadow")
def shadow(
    bundle: Hash, book: BookCode, key: Key = None, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:
    """Try a drafted bundle beside the one in force, on every request from now on. Needs an officer."""
    _act(
        book, Permission.TRY_RULES, "shadow", {"hash": bundle},
        lambda connection, book_id: publishing.begin_trial(connection, book_id, bundle, london_day(clock_us())),
        "On trial", key, token, data, as_json,
    )  # fmt: skip


@policy_app.command("end-trial")
def end_trial(
    bundle: Hash, book: BookCode, key: Key = None, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:
    """End the trial of a bundle; its draft stays, and the day from which it is to be in force. Needs an officer."""
    _act(
        book, Permission.TRY_RULES, "shadow/end", {"hash": bundle},
        lambda connection, book_id: publishing.end_trial(connection, book_id, bundle, london_day(clock_us())),
        "Trial ended", key, token, data, as_json,
    )  # fmt: skip


@policy_app.command("activate")
def activate(
    bundle: Hash,
    book: BookCode,
    begins: Annotated[str | None, typer.Option("--from", help="The first day in force; today if left out.")] = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a drafted bundle in force from a day on. Needs an officer, and another one than drafted it."""
    day = day_of(begins)
    _act(
        book, Permission.ACTIVATE_RULES, "activate", {"hash": bundle, **({"from": day.isoformat()} if begins else {})},
        lambda connection, book_id: publishing.activate(connection, book_id, bundle, day, london_day(clock_us())),
        f"In force from {day}", key, token, data, as_json,
    )  # fmt: skip


@policy_app.command("retire")
def retire(
    bundle: Hash, book: BookCode, key: Key = None, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:
    """Take a bundle back that is not in force: its draft, its trial, its activation for a later day. Needs an officer."""
    _act(
        book, Permission.RETIRE_RULES, "retire", {"hash": bundle},
        lambda connection, book_id: publishing.retire(connection, book_id, bundle, london_day(clock_us())),
        "Retired", key, token, data, as_json,
    )  # fmt: skip


@policy_app.command("trial")
def trial(book: BookCode, data: Data = None, as_json: AsJson = False) -> None:
    """What the bundle on trial would have decided otherwise since its trial began."""

    async def work() -> Any:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            sees_people = Permission.SEE_PEOPLE in session.allowed(Permission.SEE_BUNDLES, row).allowed
            life = await publishing.read_life(connection, row.book_id)
            try:
                found = await read_trial(connection, row.book_id, life, london_day(clock_us()))
                return trial_out(found, sees_people=sees_people)
            except NoTrial as no:
                raise Problem(no.code) from None

    found = run(work())
    answer(
        as_json,
        {"book": book, **msgspec.to_builtins(found)},
        lambda console: show_differences(console, found.differences),
    )


def show_differences(console: Console, found: DifferencesOut) -> None:
    """Who would have been treated otherwise, and by which rule, as two tables."""
    compared, treated = cells_of(found.compared), cells_of(found.treated)
    console.print(
        f"{compared[0]} decisions compared; {treated[0]} about {treated[1]} people (£{treated[2]}) would have had another outcome",
        highlight=False,
    )  # fmt: skip
    table = Table()
    for name in ("from", "to", "decisions", "people", "pounds"):
        table.add_column(name)
    for one in found.transitions:
        table.add_row(one.before, one.after, *cells_of(one.tally))
    console.print(table)
    rules = Table()
    for name in ("rule", "objects anew", "people", "pounds", "no longer", "people", "pounds"):
        rules.add_column(name, overflow="fold")
    for rule in found.rules:
        rules.add_row(rule.rule, *cells_of(rule.raised), *cells_of(rule.dropped))
    console.print(rules)


def cells_of(tally: TallyOut) -> tuple[str, str, str]:
    """Decisions, people and pounds in words."""
    if tally.decisions is None or tally.people is None or tally.amount is None:
        return (TOO_FEW, TOO_FEW, TOO_FEW)
    return f"{tally.decisions:,}", f"{tally.people:,}", f"{Decimal(tally.amount):,}"
