"""What clients get back about take-ons: how far a book goes back by itself, and where opening figures are written."""

from datetime import date
from typing import Any

from msgspec import Struct

from ledger.book.books import BookRow
from ledger.budgets.lineage import Coverage, Origin, TakeOnStands, coverage_of
from ledger.budgets.take_on import TOTALS
from ledger.money import format_amount


class FileOut(Struct, frozen=True):
    """A file of a take-on: what it holds, and its SHA-256."""

    sheet: str
    sha256: str


class TakeOnEntryOut(Struct, frozen=True):
    """One act on a take-on, and its entry."""

    act: str
    entry: int


class TakeOnOut(Struct, frozen=True, kw_only=True):
    """A take-on: `state` is rehearsed, posted, agreed, signed or countersigned; `provisional` until the last of these. `totals` are
    pence by state of everybody, as text; `differences` are those against the control totals of the files
    (`measure:fund:difference in pence`); `party` is the side that agreed."""

    take_on: str
    state: str
    provisional: bool
    source: str
    opens_on: date
    complete_from: date
    people: int
    lines: int
    totals: dict[str, str]
    differences: list[str]
    party: str | None
    files: list[FileOut]
    entries: list[TakeOnEntryOut]


class CoveredOut(Struct, frozen=True, kw_only=True):
    """From which day the figures of an answer are the book's own, as known at its entry. What is earlier came as totals of the
    `take_ons` named, `provisional` until all of those are signed; `says` is that in a sentence, to be shown with the figures."""

    complete_from: date
    provisional: bool
    take_ons: list[str]
    says: str


class CoverageOut(Struct, frozen=True, kw_only=True):
    """From which day the book has every movement itself. What is earlier came as totals of another system, by the take-ons named
    here; `says` is that in a sentence, to be shown with sums."""

    book: str
    through_entry: int
    complete_from: date
    provisional: bool
    says: str
    take_ons: list[TakeOnOut]


class OriginOut(Struct, frozen=True, kw_only=True):
    """Where one thing of an opening is written: `entry` says so in the book, `file` is the SHA-256 of the file, `row` the line of
    the sheet as its readers count. `what` is opening, order, invoice or bank_line, which is of no
    line."""

    what: str
    entry: int
    line: str | None
    fund: str | None
    year: str | None
    amounts: dict[str, str]
    take_on: str
    source: str
    file: str
    sheet: str
    row: int
    provisional: bool


class LineageOut(Struct, frozen=True, kw_only=True):
    """Where every opening figure of a budget comes from; empty for a budget that began in this book."""

    person: str
    through_entry: int
    currency: str
    provisional: bool
    origins: list[OriginOut]


def take_on_out(found: TakeOnStands) -> TakeOnOut:
    """A take-on as it stands."""
    given = found.take_on
    return TakeOnOut(
        take_on=given.code, state=found.act, provisional=found.is_provisional, source=given.source, opens_on=given.opens_on,
        complete_from=given.complete_from, people=given.people, lines=given.lines,
        totals={name: format_amount(pence) for name, pence in zip(TOTALS, given.totals, strict=True)},
        differences=list(given.differences), party=found.party,
        files=[FileOut(*each.split(":", 1)) for each in given.files],
        entries=[TakeOnEntryOut(act, number) for act, number in found.entries],
    )  # fmt: skip


def covered_out(found: Coverage) -> CoveredOut:
    """From which day figures are the book's own, with the sentence for whoever reads them."""
    day = f"{found.complete_from.day} {found.complete_from:%B %Y}"
    says = f"Complete from {day}."
    if found.take_ons:
        codes = ", ".join(each.take_on.code for each in found.take_ons)
        says = f"Complete from {day}; earlier from migrated totals, take-on {codes}."
        if found.is_provisional:
            says += " Opening balances are provisional until they are signed."
    return CoveredOut(
        complete_from=found.complete_from, provisional=found.is_provisional,
        take_ons=[each.take_on.code for each in found.take_ons], says=says,
    )  # fmt: skip


async def covered(
    connection: Any, row: BookRow, through: int | None = None, *, person: str | None = None
) -> CoveredOut:  # fmt: skip
    """The coverage that every summary of a book shows, as known at an entry; or that of a person's figures."""
    first_day = date.fromisoformat(row.first_day)
    return covered_out(await coverage_of(connection, row.book_id, first_day, through=through, person=person))


def coverage_out(book: str, through: int, found: Coverage) -> CoverageOut:
    """How far a book goes back by itself, and the take-ons behind what is earlier."""
    return CoverageOut(
        book=book, through_entry=through, complete_from=found.complete_from, provisional=found.is_provisional,
        says=covered_out(found).says, take_ons=[take_on_out(each) for each in found.take_ons],
    )  # fmt: skip


def lineage_out(person: str, through: int, currency: str, found: tuple[Origin, ...]) -> LineageOut:
    """Where a person's opening figures come from."""
    return LineageOut(
        person=person, through_entry=through, currency=currency, provisional=any(each.is_provisional for each in found),
        origins=[
            OriginOut(
                what=each.what, entry=each.entry, line=each.line, fund=each.fund, year=each.year,
                amounts={state: format_amount(pence) for state, pence in each.amounts.items()},
                take_on=each.lineage.take_on, source=each.lineage.source, file=each.lineage.file, sheet=each.lineage.sheet,
                row=each.lineage.row, provisional=each.is_provisional,
            )
            for each in found
        ],
    )  # fmt: skip
