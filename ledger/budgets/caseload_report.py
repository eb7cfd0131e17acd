"""What a take-on comes to, for those who have to agree: counts, sums by fund and state, person by person, and what differs from the
totals that came with the files."""

from collections.abc import Sequence

import msgspec

from ledger.budgets.caseload_people import PersonTaken, figures_of
from ledger.budgets.caseload_rows import Caseload
from ledger.budgets.caseload_tables import FileRead, Trouble
from ledger.budgets.take_on import TOTALS, TakeOn

MOST_SAID = 19


class PersonFound(msgspec.Struct):
    """One person: the code of the files, the reference of the book, the row, pence by state, and what becomes of them: `new`,
    `posted`, `there` (imported before, with the same rows), or `refused`."""

    person: str
    ref: str
    row: int
    lines: int
    totals: dict[str, int]
    state: str = "new"


class Difference(msgspec.Struct, frozen=True):
    """A control total that is not what the rows come to; pence, or a count."""

    measure: str
    fund: str | None
    expected: int
    found: int

    @property
    def text(self) -> str:
        """As the register has it: `spent:nhs:-1250`."""
        return f"{self.measure}:{self.fund or 'all'}:{self.found - self.expected}"


class Sum(msgspec.Struct, frozen=True):
    """Pence by state of one fund and year, or of one kind of line and year."""

    of: str
    year: str
    totals: dict[str, int]


class TakeOnReport(msgspec.Struct, kw_only=True):
    """What a rehearsal found, or an import did. `entry` is the take-on's first entry, 0 where none was made."""

    take_on: str = ""
    source: str = ""
    opens_on: str = ""
    complete_from: str = ""
    rehearsed: bool = True
    posted: bool = False
    entry: int = 0
    files: list[FileRead] = []
    counts: dict[str, int] = {}
    totals: dict[str, int] = {}
    by_fund: list[Sum] = []
    by_management: list[Sum] = []
    people: list[PersonFound] = []
    differences: list[Difference] = []
    troubles: list[Trouble] = []

    @property
    def is_clean(self) -> bool:
        """Whether nothing stands against an import."""
        return not self.troubles

    def may_be_posted(self, with_differences: bool) -> bool:
        """Whether an import goes on after its rehearsal: nothing is wrong, and control totals are met or their differences
        accepted."""
        return self.is_clean and (with_differences or not self.differences)

    def done(self) -> "TakeOnReport":
        """The same as the report of an import."""
        self.rehearsed, self.posted = False, True
        return self

    def in_order(self) -> None:
        """Troubles by sheet and line, as a reader goes through the files."""
        self.troubles.sort(key=lambda each: (each.sheet, each.line, each.column, each.code))


def report_of(caseload: Caseload, people: Sequence[PersonTaken], troubles: Sequence[Trouble]) -> TakeOnReport:
    """The report of a caseload before anything is done with it."""
    found = TakeOnReport(
        files=[caseload.files[sheet] for sheet in sorted(caseload.files)], troubles=list(troubles),
        counts={
            "people": len(caseload.people), "plans": len(caseload.plans), "lines": len(caseload.lines),
            "accounts": len(caseload.accounts), "payees": len(caseload.payees), "openings": len(caseload.openings),
            "orders": len(caseload.orders), "invoices": len(caseload.invoices),
            "bank_lines": len(caseload.bank_lines),
        },
        totals=dict.fromkeys(TOTALS, 0),
    )  # fmt: skip
    if caseload.take_on is not None:
        row = caseload.take_on
        found.take_on, found.source = row.take_on, row.source
        found.opens_on, found.complete_from = row.opens_on.isoformat(), row.complete_from.isoformat()
    by_fund: dict[tuple[str, str], dict[str, int]] = {}
    by_management: dict[tuple[str, str], dict[str, int]] = {}
    for taken in people:
        totals = taken.totals()
        found.people.append(PersonFound(taken.row.person, taken.person, taken.row.row, len(taken.lines), totals))
        for state, pence in totals.items():
            found.totals[state] += pence
        kinds = {line.line: line.management for _, line in taken.lines}
        for figure in taken.figures:
            share = figure.opening.share
            for sums, of in ((by_fund, share.fund), (by_management, kinds[share.line])):
                into = sums.setdefault((of, share.year), {})
                for state, pence in figures_of(figure.opening).items():
                    into[state] = into.get(state, 0) + pence
    found.by_fund = [Sum(of, year, totals) for (of, year), totals in sorted(by_fund.items())]
    found.by_management = [Sum(of, year, totals) for (of, year), totals in sorted(by_management.items())]
    found.differences = differences_of(caseload, found)
    found.in_order()
    return found


def differences_of(caseload: Caseload, report: TakeOnReport) -> list[Difference]:
    """The control totals that are not met."""
    found = []
    for row in caseload.control:
        if row.measure in report.counts:
            actual = report.counts[row.measure]
        elif row.fund is None:
            actual = report.totals[row.measure]
        else:
            actual = sum(each.totals.get(row.measure, 0) for each in report.by_fund if each.of == row.fund)
        if actual != row.expected:
            found.append(Difference(row.measure, row.fund, row.expected, actual))
    return found


def take_on_of_report(caseload: Caseload, report: TakeOnReport) -> TakeOn:
    """The take-on as the register states it: sums and hashes, nothing of a person."""
    row = caseload.take_on
    assert row is not None
    said = [each.text for each in report.differences]
    if len(said) > MOST_SAID:
        said = [*said[:MOST_SAID], f"more:{len(said) - MOST_SAID}"]
    return TakeOn(
        code=row.take_on, source=row.source, opens_on=row.opens_on, complete_from=row.complete_from,
        people=report.counts["people"], lines=report.counts["lines"], totals=tuple(report.totals[each] for each in TOTALS),
        files=tuple(f"{each.sheet}:{each.sha256}" for each in report.files), differences=tuple(said),
    )  # fmt: skip
