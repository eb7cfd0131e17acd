"""What clients and commands get back about an import: what became of each row or person, and what is wrong, by sheet and line."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ledger.budgets.caseload_report import TakeOnReport
from ledger.budgets.feeds import ImportReport
from ledger.budgets.take_on import TOTALS
from ledger.money import format_amount


class RowRefusedOut(Struct, frozen=True):
    """A row that was not posted: the line that it stands on, a stable code, and a sentence."""

    line: int
    code: str
    reason: str


class ShorterDayOut(Struct, frozen=True):
    """A day of which the book has more rows than were sent."""

    day: str
    in_file: int
    in_book: int


class ImportOut(Struct, frozen=True, kw_only=True):
    """What an import of published payments did: `rows` = posted + replayed (there before) + refused + withheld, `total` that of the
    well-formed rows. Withheld are the good rows of an atomic import that posted nothing because another was refused."""

    book: str
    rows: int
    posted: int
    replayed: int
    refused: int
    withheld: int
    total: str
    new_payees: int
    partial: bool
    problems: list[RowRefusedOut]
    problems_omitted: int
    shorter_days: list[ShorterDayOut]


class RowOut(Struct, frozen=True):
    """What became of one row, by its line: `posted`, `known` (it was there before), `refused`, or `withheld` because another row of
    an atomic import was refused."""

    line: int
    state: str


class PublishedPaymentsOut(Struct, frozen=True):
    """What became of each row, in the order sent; with `dry_run`, what would become of it."""

    imported: ImportOut
    rows: list[RowOut]
    dry_run: bool | UnsetType = UNSET


class SheetOut(Struct, frozen=True):
    """A sheet that was read: the hash of its file, and its rows."""

    sheet: str
    sha256: str
    rows: int


class DifferenceOut(Struct, frozen=True):
    """A control total that is not met."""

    measure: str
    fund: str | None
    expected: str
    found: str
    difference: str


class TroubleOut(Struct, frozen=True):
    """One thing that is wrong: sheet, line (0: the whole sheet), column, a stable code, and a sentence. Nothing of a cell."""

    sheet: str
    line: int
    column: str
    code: str
    reason: str


class CaseloadOut(Struct, frozen=True, kw_only=True):
    """What a caseload comes to, rehearsed or posted. Sums are amounts by state: of all, by fund and year, by kind of line and year,
    and of each person, whose `state` is new, posted, there (before, of the same rows) or refused. `entry` is the take-on's first
    entry, once anything is posted."""

    ok: bool
    book: str
    take_on: str
    source: str
    opens_on: str
    complete_from: str
    rehearsed: bool
    posted: int
    there: int
    refused: int
    entry: int | None
    files: list[SheetOut]
    counts: dict[str, int]
    totals: dict[str, str]
    by_fund: list[dict[str, str]]
    by_management: list[dict[str, str]]
    people: list[dict[str, str | int]]
    differences: list[DifferenceOut]
    troubles: list[TroubleOut]
    dry_run: bool | UnsetType = UNSET


def import_out(book: str, report: ImportReport) -> ImportOut:
    """What an import of payments did."""
    return ImportOut(
        book=book, rows=report.rows, posted=report.posted, replayed=report.replayed, refused=report.refused,
        withheld=report.withheld, total=format_amount(report.total_pence), new_payees=report.new_payees, partial=report.partial,
        problems=[RowRefusedOut(each.line, each.code, each.reason) for each in report.problems],
        problems_omitted=report.problems_omitted, shorter_days=[ShorterDayOut(*each) for each in report.shorter_days],
    )  # fmt: skip


def caseload_out(book: str, report: TakeOnReport) -> CaseloadOut:
    """What a take-on comes to."""
    states = [each.state for each in report.people]
    return CaseloadOut(
        ok=report.is_clean, book=book, take_on=report.take_on, source=report.source, opens_on=report.opens_on,
        complete_from=report.complete_from, rehearsed=report.rehearsed, posted=states.count("posted"),
        there=states.count("there"), refused=states.count("refused"), entry=report.entry if report.posted else None,
        files=[SheetOut(each.sheet, each.sha256, each.rows) for each in report.files], counts=report.counts,
        totals=_pounds(report.totals),
        by_fund=[{"fund": each.of, "year": each.year, **_pounds(each.totals)} for each in report.by_fund],
        by_management=[
            {"management": each.of, "year": each.year, **_pounds(each.totals)} for each in report.by_management
        ],
        people=[
            {"person": each.person, "ref": each.ref, "row": each.row, "lines": each.lines, "state": each.state,
             **_pounds(each.totals)}
            for each in report.people
        ],
        differences=[
            DifferenceOut(each.measure, each.fund, measured(each.measure, each.expected), measured(each.measure, each.found),
                          measured(each.measure, each.found - each.expected))
            for each in report.differences
        ],
        troubles=[msgspec.convert(each, TroubleOut, from_attributes=True) for each in report.troubles],
    )  # fmt: skip


def _pounds(totals: dict[str, int]) -> dict[str, str]:
    return {name: format_amount(pence) for name, pence in totals.items()}


def measured(measure: str, value: int) -> str:
    """A control total as it is said: an amount, or a count."""
    return format_amount(value) if measure in TOTALS else str(value)
