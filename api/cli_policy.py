"""The commands `phb policy …`: rules checked, explained and compared in files, and drafted, tried and put in force in a book."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_autonomy import TOO_FEW
from api.answers_rules import DifferencesOut, TallyOut, bundle_out, trial_out
from api.cli_output import DONE, WRONG, AsJson, BookCode, Data, Key, Token, answer, run, tell_act
from api.cli_year_end import submit_once
from api.open_books import salt
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, clock_us, key_of
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from policies import publishing
from policies.bundle import HERE, Bundle, BundleUnfit
from policies.catalogue import AUTHORITIES, EFFECTS, LIMITS, in_plain_words, shown
from policies.comparing import BundleChanges, changes, conditions_of, facts_named
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.shelf import BundleMissing, kept_bundle
from policies.trying import NoTrial, read_trial

Connection = Any
Step = Callable[[Connection, int], Awaitable[Resolution]]
policy_app = typer.Typer(help="The rules: check, explain, compare, try, put in force.", no_args_is_help=True)
SHIPPED, ACTIVE = "shipped", "active"
Hash = Annotated[str, typer.Argument(help="The bundle's hash, as `phb policy list` shows it.")]
Named = Annotated[
    str, typer.Argument(help="A folder, `shipped` for the rules of this program, or with --book `active` or a hash.")
]
InBook = Annotated[str | None, typer.Option("--book", help="The book that keeps a bundle that is named by its hash.")]
Folder = Annotated[Path | None, typer.Argument(help="The folder of a bundle; the rules of this program if left out.")]


@policy_app.command("lint")
def lint(bundle: Named = SHIPPED, book: InBook = None, data: Data = None, as_json: AsJson = False) -> None:
    """Read a bundle as a service would: everything that is wrong with it, or its hash. Exit code 1 if it is none."""
    try:
        found = named(bundle, book, data)
    except BundleUnfit as unfit:
        reasons = list(unfit.reasons)
        answer(
            as_json, {"ok": False, "reasons": reasons},
            lambda console: console.print("\n".join(f"wrong: {each}" for each in reasons), highlight=False, markup=False), WRONG,
        )  # fmt: skip
        return
    facts = {"ok": True, "hash": found.hash, "rules": len(found.rules), "services": len(found.services)}
    answer(as_json, facts, lambda console: console.print(f"[green]ok[/green]: {len(found.rules)} rules, {found.hash}"))


@policy_app.command("explain")
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id, such as statute.not_signed.")],
    of: Annotated[
        str, typer.Option("--bundle", help="A folder, `shipped`, or with --book `active` or a hash.")
    ] = SHIPPED,
    book: InBook = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """One rule in plain words: what it says, what it does, after which source, what it looks at. Exit code 2 if there is none."""
    bundle = named(of, book, data)
    found = next((each for each in in_plain_words(bundle.rules.values()) if each.id == rule), None)
    if found is None:
        raise typer.BadParameter(f"no rule is called {rule}")
    # Of a pattern its purpose is told, and not what it counts.
    looks_at = [] if found.authority == "pattern" else sorted(set(facts_named(conditions_of(bundle)[rule])))
    facts = {
        "rule": found.id, "effect": found.effect, "does": EFFECTS[found.effect], "authority": AUTHORITIES[found.authority][0],
        "source": found.source, "says": found.message, "remedy": found.remedy, "looks_at": looks_at,
    }  # fmt: skip

    def human(console: Console) -> None:
        for name, value in facts.items():
            console.print(
                f"{name:10} {', '.join(value) if isinstance(value, list) else value}", highlight=False, markup=False
            )

    answer(as_json, facts, human)


@policy_app.command("diff")
def diff(before: Named, after: Named, book: InBook = None, data: Data = None, as_json: AsJson = False) -> None:
    """What the later of two bundles has otherwise. Exit code 1 if they differ."""

    found = changes(*[named(each, book, data) for each in (before, after)])
    facts = {"ok": found.is_none, **msgspec.to_builtins(found)}
    answer(as_json, facts, lambda console: _show_changes(console, found), DONE if found.is_none else WRONG)


def named(text: str, book: str | None, data: Path | None) -> Bundle:
    """The bundle that an argument names: a folder, this program's, or one that a book keeps. Problem(bundle_missing)."""
    if text == SHIPPED:
        return Bundle.load()
    if Path(text).is_dir():
        return Bundle.load(Path(text))
    if book is None:
        raise typer.BadParameter(f"{text} is no folder; for a bundle that a book keeps name the book too")

    async def work() -> Bundle:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            session.allowed(Permission.SEE_BUNDLES, row)
            return await kept_here(connection, row.book_id, text)

    return run(work())


async def kept_here(connection: Connection, book_id: int, text: str) -> Bundle:
    """A bundle of a book by its hash, or the one in force. Problem(bundle_missing)."""
    wanted = text
    if text == ACTIVE:
        wanted = (await publishing.read_life(connection, book_id)).in_force(london_day(clock_us())) or ""
    own = Bundle.load()
    if wanted == own.hash:
        return own
    try:
        return await kept_bundle(connection, book_id, wanted)
    except BundleMissing:
        raise Problem("bundle_missing") from None


def _show_changes(console: Console, found: BundleChanges) -> None:
    for rule in found.rules:
        console.print(f"{rule.change} {rule.rule}{': ' if rule.what else ''}{', '.join(rule.what)}", highlight=False)
    for each in found.limits:
        values = [
            ", ".join(f"{shown(each.limit, value.value)} from {value.begins}" for value in side) or "none"
            for side in (each.before, each.after)
        ]
        words = LIMITS.get(each.limit, each.limit)
        console.print(f"limit {each.limit} of {each.owner} ({words}): {values[0]} → {values[1]}", highlight=False)
    for verb, codes in (
        ("added", found.services_added),
        ("removed", found.services_removed),
        ("changed", found.services_changed),
    ):
        for code in codes:
            console.print(f"{verb} service {code}", highlight=False)
    for owner in found.left_out:
        console.print(f"{owner} leaves other services out", highlight=False)
    if found.is_schema:
        console.print("other facts: the schema differs")
    if found.is_none:
        console.print("the same")


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
            table.add_row(each.hash, each.state, str(each.begins or ""), str(each.until or ""))
        console.print(table)

    answer(as_json, {"book": book, "bundles": msgspec.to_builtins(found)}, human)


def _act(
    book: str, permission: Permission, route: str, fields: dict[str, Any], step: Step, done: str, key: str | None,
    token: str | None, data: Path | None, as_json: bool,
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

    tell_act(run(work()), own, done, as_json, book=book, **fields)


@policy_app.command("draft")
def draft(
    book: BookCode,
    folder: Folder = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose a bundle: the book keeps its files, and it decides nothing until another person activates it. Needs an officer."""
    bundle = Bundle.load(folder or HERE)
    _act(
        book, Permission.DRAFT_RULES, "drafts", {"hash": bundle.hash},
        lambda connection, book_id: publishing.draft(connection, book_id, bundle, salt()),
        f"Drafted: {bundle.hash}", key, token, data, as_json,
    )  # fmt: skip


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


def day_of(text: str | None) -> date:
    """A day as it was written; today for None."""
    try:
        return date.fromisoformat(text) if text else london_day(clock_us())
    except ValueError:
        raise typer.BadParameter("a day is written 2026-03-31") from None


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
                return trial_out(await read_trial(connection, row.book_id, life), sees_people=sees_people)
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
    return f"{tally.decisions:,}", f"{tally.people:,}", tally.amount
