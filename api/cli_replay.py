"""The command `phb policy replay`: decisions of the past under another bundle, and what other limits would have spared."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import typer
from rich.console import Console

from api.access import write_access
from api.answers_rules import LimitTriedOut, ReplayOut, TallyOut, replay_out
from api.cli_output import AsJson, BookCode, Data, Meter, answer, run
from api.cli_policy import cells_of, show_differences
from api.cli_rules import day_of, named, policy_app
from api.permissions import Permission
from api.place import find_place, open_place
from api.replays import SEARCHABLE, too_fine, values_in
from api.session import Session, clock_us
from ledger.core.calendar import london_day
from policies.bundle import Bundle
from policies.catalogue import LIMITS
from policies.engine import Engine
from policies.measured import NOT_SEARCHED
from policies.replay import Replay

SAID_OF_WAYS = {
    "spared": ("would have spared {}: the rules alone would have said yes", "referral"),
    "added": ("would have added {}: the rules alone said yes", "referral"),
    "allowed": ("would have spared {}: they would have been referred or allowed", "refusal"),
    "denied": ("would have added {}: they were referred or allowed", "refusal"),
    "reviews_spared": ("would have spared {} afterwards", "review"),
    "reviews_added": ("would have added {} afterwards", "review"),
    "cannot_say": ("cannot be tried on {}: so much may have been delegated, or a part given up before", "decision"),
}
"""What is said of each tally of another value of a limit, where it is not zero, and what is counted in it: requests as these rules
answer them, whatever a person decided of those that they refer."""
policy_room = typer.Typer()
policy_room.add_typer(policy_app, name="policy")


@policy_app.command("replay")
def replay(
    bundle: Annotated[
        str, typer.Option("--bundle", help="A folder, `shipped`, `active`, or the hash of a bundle of the book.")
    ],
    since: Annotated[str, typer.Option("--since", help="Decisions about accounting days from this one on.")],
    book: BookCode,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            help="Search a limit: `single_pence`, or with values `single_pence=50.00,60.00`; or `all`.",
        ),
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Name every decision that differs.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Decide again what was decided, under another bundle: who would have been treated otherwise, by which rule, in people and
    pounds; and what other values of limits would have spared. Nothing is written, but that somebody asked for each by --each."""
    day, values, is_all = day_of(since), values_of(limit or []), "all" in (limit or [])
    with Meter("deciding again", quiet=as_json) as meter:
        found = run(_replay(named(bundle, book, data), day, book, values, each, data, meter))
    answer(as_json, msgspec.to_builtins(found), lambda console: _show(console, found, is_all))


def values_of(given: list[str]) -> dict[str, list[int]]:
    """The limits that are searched, and at which values, in their own unit. BadParameter."""
    found: dict[str, list[int]] = {}
    for each in given:
        name, _, texts = each.partition("=")
        if name == "all" and not texts:
            found |= {limit: [] for limit in SEARCHABLE if limit not in found}
            continue
        if name not in SEARCHABLE:
            raise typer.BadParameter(NOT_SEARCHED.get(name) or f"{name} is none of {', '.join(SEARCHABLE)}")
        try:
            found[name] = values_in(name, texts)
        except ValueError:
            raise typer.BadParameter(f"{texts}: values are written 50.00,60.00 for pounds and 14,28 for days") from None
    return found


async def _replay(
    bundle: Bundle, since: date, book: str, values: dict[str, list[int]], each: bool, data: Path | None, meter: Meter
) -> ReplayOut:  # fmt: skip
    session = Session(await open_place(find_place(data)))
    async with session.reading(book) as (row, connection):
        caller = session.allowed(Permission.SEE_BUNDLES, row)
        sees_people = Permission.SEE_PEOPLE in caller.allowed
        if each:
            session.allowed(Permission.SEE_PEOPLE, row)
            await write_access(session.place.serving, row, caller, "replay_decisions", "decisions", str(uuid4()))
        if not sees_people and too_fine(since, None, values):
            raise typer.BadParameter(
                "who may not see people asks from the first of a month, at values in two figures and tens of £"
            )
        again = Replay(connection, row.book_id, row.code, Engine(bundle, event=None), held=(Bundle.load(),))
        found = await again.run(since, on=london_day(clock_us()), values=values, keeps_each=each, progress=meter.show)
    return replay_out(book, found, sees_people=sees_people, each=each)


def _show(console: Console, found: ReplayOut, is_all: bool) -> None:
    counts = found.counts
    console.print(
        f"{counts.exact:,} exact, {counts.estimate:,} estimated; not compared: {counts.erased:,} erased, "
        f"{sum(counts.not_comparable.values()):,} with other facts; {counts.people:,} were decided by people", highlight=False,
    )  # fmt: skip
    show_differences(console, found.differences)
    for one in found.limits:
        for sentence in _said_of(one):
            console.print(sentence, highlight=False)
    for other in found.not_searched if is_all else ():
        console.print(f"not searched: {other.limit} ({other.about}): {other.why}", highlight=False)
    for decision in found.differences.each or ():
        rules = ", ".join([f"+{rule}" for rule in decision.raised] + [f"-{rule}" for rule in decision.dropped])
        console.print(
            f"{decision.number}  {decision.person}  {decision.before} → {decision.after}  {rules}", highlight=False
        )


def _said_of(one: LimitTriedOut) -> Iterator[str]:
    """What another value of a limit would have done, a sentence for each way; that it is the value which the rules have, or that it
    would have done nothing."""
    words = f"{one.value} instead of {one.instead_of} ({LIMITS.get(one.limit, one.limit)})"
    if one.is_own:
        yield f"{one.value} ({LIMITS.get(one.limit, one.limit)}) is the value of these rules today already"
    nothing = not one.is_own
    for way, (said, noun) in SAID_OF_WAYS.items():
        tally: TallyOut = getattr(one, way)
        if tally.decisions == 0 or (one.is_own and tally.decisions is None):
            continue
        nothing = False
        if tally.decisions is None:
            yield f"{words} {said.format(f'too few {noun}s to say')}"
            continue
        decisions, people, pounds = cells_of(tally)
        counted = f"{decisions} {noun}" if tally.decisions == 1 else f"{decisions} {noun}s"
        of = f"{people} person" if tally.people == 1 else f"{people} people"
        yield f"{words} {said.format(counted)} ({of}, £{pounds})"
    if nothing:
        yield f"{words} would have changed nothing"
