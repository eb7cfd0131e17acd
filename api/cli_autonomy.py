"""The command that shows autonomy beside accountability."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from api.answers_autonomy import TOO_FEW, AutonomyOut, autonomy_out
from api.answers_taking_on import CoveredOut, covered
from api.autonomy import measured_by
from api.cli_output import AsJson, BookCode, Data, Token, answer, grouped, run, say_coverage
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session
from ledger.money import parse_amount
from ledger.reports.autonomy import GROUPS_BY, By, autonomy_of, is_coarse
from policies.bundle import Bundle
from policies.engine import Engine
from policies.publishing import bundle_on
from policies.shelf import Shelf

autonomy_room = typer.Typer()
YEAR_DAYS = 364
WIDE = 100
"""Columns of a terminal from which on it is told in each row what is counted."""
TITLES = {
    "decided_without_a_person": "Decided without a person",
    "referred": "Referred to a person",
    "refused": "Refused",
    "overturned": "Changed on a second look",
    "evidence_requests_found_nothing": "Questions finding nothing",
    "late_challenges": "Questions that came late",
    "money_without_evidence": "Money without evidence",
    "off_plan": "Off the plan",
    "recovered": "Demands with money back",
    "request_to_first_payment": "Request to first payment",
    "referral_to_decision": "Referral to decision",
    "claim_to_acceptance": "Claim to acceptance",
    "reimbursement_to_paid_back": "Own money to paid back",
    "question_to_answer": "Question to answer",
    "reconsideration_to_answer": "Looking again to answer",
    "change_to_plan": "Change to signed plan",
    "review_to_held": "Early review to held",
    "provider_check_to_answer": "Provider check to answer",
}
"""What a measure or step is called at a terminal; its code name is in the JSON and in docs/autonomy.md."""
GROUP_TITLES: dict[str, dict[str, str]] = {
    "ethnicity": {
        "A": "A White British", "B": "B White Irish", "C": "C other White", "D": "D White, Black Caribbean",
        "E": "E White, Black African", "F": "F White and Asian", "G": "G other mixed", "H": "H Indian", "J": "J Pakistani",
        "K": "K Bangladeshi", "L": "L other Asian", "M": "M Caribbean", "N": "N African", "P": "P other Black", "R": "R Chinese",
        "S": "S other ethnic group", "Z": "Z not stated", "99": "99 not known",
    },
    "cohort": {"chc": "continuing healthcare", "children_cc": "children's care", "s117": "aftercare (s117)", "none": "no right"},
    "deprivation": {"1": "1 most deprived", "5": "5 least deprived"},
}  # fmt: skip
"""How groups are called whose code is no word: ethnicity by the national code of NHS data (the Data Dictionary's ETHNIC CATEGORY),
shortened where a mixed or other background is named."""


@autonomy_room.command("autonomy")
def autonomy(
    book: BookCode,
    by: Annotated[str, typer.Option("--by", help=f"Groups: {', '.join(GROUPS_BY)}.")] = "book",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day (default a year before the last)."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day (default today).")
    ] = None,
    known_at: Annotated[int | None, typer.Option("--known-at", min=0, help="Count entries up to this number.")] = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How much people decide by themselves and how long they wait, beside money not shown, off the plan and recovered."""
    groups = next((each for each in GROUPS_BY if each == by), None)
    if groups is None:
        raise Problem("parameter_malformed", field="by")
    days = (None if first is None else first.date(), None if last is None else last.date())
    found = run(_read(book, token, data, days, groups, known_at))
    answer(
        as_json,
        {"ok": True, **msgspec.to_builtins(found)},
        lambda console: show_autonomy(console, msgspec.to_builtins(found)),
    )


async def _read(
    code: str, token: str | None, data: Any, days: tuple[date | None, date | None], by: By, known_at: int | None
) -> AutonomyOut:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(code) as (row, connection):
        sees_people = Permission.SEE_PEOPLE in session.allowed(Permission.SEE_AUTONOMY, row).allowed
        first, last = _time(*days, coarse=is_coarse(by, sees_people=sees_people))
        bundle = await bundle_on(connection, row.book_id, today(), Shelf(Engine(Bundle.load())))
        local = measured_by(bundle, row.code, last)
        found = await autonomy_of(
            connection, row.book_id, first, last, by, local, known_at=known_at, sees_people=sees_people
        )
        coverage = await covered(connection, row, found.through_entry)
    return autonomy_out(row.code, row.currency, found, coverage)


def _time(first: date | None, last: date | None, *, coarse: bool) -> tuple[date, date]:
    """The days that are told of: if nobody says which, a year, of whole months that are over where only those are told. Of days
    that are said and are no whole months it is said that they are not."""
    ends = last or (today().replace(day=1) - timedelta(days=1) if coarse else today())
    if ends == date.max:
        raise Problem("parameter_malformed", field="to")
    if first is not None:
        return first, ends
    if coarse:
        return (ends + timedelta(days=1)).replace(day=1, year=ends.year - (ends.month < 12)), ends
    return ends - timedelta(days=YEAR_DAYS), ends


def show_autonomy_of(console: Console, book: str, last: date, data: Any) -> None:
    """The table of a year of a book, by the book."""
    found = run(_read(book, None, data, (last - timedelta(days=YEAR_DAYS), last), "book", None))
    show_autonomy(console, msgspec.to_builtins(found))


def show_autonomy(console: Console, found: dict[str, Any]) -> None:
    """The tables for people, from their wire form: a measure or step a row, and below it its groups. Names are never cut, however
    narrow the terminal, so what is counted and what people and pounds come to stand in tables of their own."""
    of = f"{found['first_day']} to {found['last_day']}, by {found['by']}"
    things = _table(f"Autonomy beside accountability, {of}", (">part", ">of", "", ">%", ">95 % interval"))
    people = _table("The same of 100 people, and in pounds", (">of 100 people", ">£", ">of £", ">% of £"))
    for measure in found["measures"]:
        for name, rate in _rows(measure, found["by"]):
            things.add_row(name, *_things(rate, measure["things"] if console.width >= WIDE else ""))
            people.add_row(name, *_people(rate))
    waits = _table("Days waited, and still waited on the last day",
                   (">times", ">median", ">nine in ten within", ">still waiting", ">median", ">nine in ten within"))  # fmt: skip
    for step in found["waiting"]:
        for name, each in _rows(step, found["by"]):
            waits.add_row(name, *_days(each["over"]), *_days(each["still_waiting"]))
    for table in (things, people, waits):
        console.print(table)
    say_coverage(console, msgspec.convert(found["coverage"], CoveredOut))


def _table(title: str, columns: tuple[str, ...]) -> Table:
    """A table whose first column has names, and whose headings are narrowed by their words."""
    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in columns:
        words = name.removeprefix(">")
        least = max(map(len, words.split()), default=0)
        table.add_column(words, justify="right" if name.startswith(">") else "left", min_width=least)
    return table


def _rows(of: dict[str, Any], by: str) -> list[tuple[str, dict[str, Any]]]:
    """Everybody under the title of what is told, and the groups under theirs."""
    groups = of["groups"] if by != "book" else []
    titles = GROUP_TITLES.get(by, {})
    return [
        (TITLES[of["name"]], of["everybody"]),
        *((f"  {titles.get(each['group'], each['group'].replace('_', ' '))}", each) for each in groups),
    ]


def _things(rate: dict[str, Any], things: str) -> tuple[str, ...]:
    if rate["says"] is not None:
        return ("", TOO_FEW, "", "", "")
    has_rate = rate["percent"] is not None
    return (
        f"{rate['part']:,}", f"{rate['whole']:,}", things, rate["percent"] if has_rate else "-",
        f"{rate['percent_low']} to {rate['percent_high']}" if has_rate else "-",
    )  # fmt: skip


def _people(rate: dict[str, Any]) -> tuple[str, ...]:
    if rate["says"] is not None:
        return (TOO_FEW, "", "", "")
    money = ("-", "-", "-")
    if rate["percent_of_amount"] is not None:
        part, whole = (grouped(parse_amount(rate[name])) for name in ("part_amount", "whole_amount"))
        money = (part, whole, rate["percent_of_amount"])
    of_people = TOO_FEW if rate["people_with_part"] is None else rate["per_100_people"] or "-"
    return (of_people, *money)


def _days(waits: dict[str, Any]) -> tuple[str, ...]:
    if waits["says"] is not None:
        return (TOO_FEW, "", "")
    days = ("-" if waits[name] is None else str(waits[name]) for name in ("median_days", "days_of_nine_in_ten"))
    return (f"{waits['times']:,}", *days)
