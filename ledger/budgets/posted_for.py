"""What an accepted document was posted for, share by share, also where its cost is not in the entry behind it: the invoice of a
year's end has the cost of its estimate, that of a liability the cost of its provision, and one for care on both sides of 31 March
is of two years (accounting.md events 26, 49, 50 and 52). Amounts are pence."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.book.statements import EntryUnknown, read_entry
from ledger.budgets.reading import said_of_person
from ledger.budgets.shares import TERM
from ledger.budgets.standing import Said
from ledger.budgets.taken_back import MOST_BETWEEN, TakenBack, as_spent, laid_on, moved
from ledger.core.calendar import year_of
from ledger.core.canon import Entry
from ledger.money import apportion

Connection = Any
OUT_OF_PROVISION = 26
"""The event by which an invoice is owed out of what was provided for."""


class PostedFor(NamedTuple):
    """Pence by the `spent` account of each share that bears a document, and which of these is not care yet but paid ahead."""

    spent: dict[str, int]
    ahead: frozenset[str]

    def less(self, back: TakenBack) -> dict[str, int]:
        """What was taken back, on the accounts that it was taken of (`laid_on`). While a part is paid ahead, nothing that came off
        the cost of care was of that part."""
        if not self.ahead:
            both = {code: back.spent.get(code, 0) + back.ahead.get(code, 0) for code in {**back.spent, **back.ahead}}
            return laid_on(self.spent, both)
        care = {code: pence for code, pence in self.spent.items() if code not in self.ahead}
        return laid_on(care, back.spent) | {code: back.ahead.get(code, 0) for code in self.ahead}


async def posted_for(connection: Connection, book_id: int, accepted: Said) -> PostedFor:
    """What the acceptance of a document was posted for. What an estimate of a year's end took is counted in the year that its
    invoice or evidence came in, because the estimate is not taken back and that year bears every difference (event 49)."""
    entries = await _movements(connection, book_id, accepted.number)
    evidence = await said_of_person(connection, book_id, accepted.attributes["person"], ["evidence"])
    found = _sums(entries, "spent")
    if "estimated" in accepted.attributes and entries:
        day, pence = entries[0].effective_on, int(accepted.attributes["estimated"])
        assert day is not None
        estimate = await moved(connection, book_id, [int(accepted.attributes["estimate"])], "spent", 1)
        for code, part in _as_split(estimate, pence).items():
            own = _of_year(code, year_of(day))
            found[own] = found.get(own, 0) + part
    elif any(entry.event == OUT_OF_PROVISION for entry in entries):
        found = await _provided(connection, book_id, accepted, evidence)
    cleared = await _cleared(connection, book_id, accepted, evidence)
    for code, pence in (await moved(connection, book_id, cleared, "spent", 1)).items():
        # What funds bear for a contributor is their cost from then on.
        found[code] = found.get(code, 0) + pence
    if "following" not in accepted.attributes:
        return PostedFor(found, frozenset())
    later = {as_spent(code): pence for code, pence in _sums(entries, "advanced").items()}
    is_care = _is_released(accepted, {code.split("/")[3] for code in later}, evidence)
    return PostedFor(found | later, frozenset() if is_care else frozenset(later))


async def _movements(connection: Connection, book_id: int, number: int) -> list[Entry]:
    """The entries that move money on an acceptance, one after the other behind it and the accounts that it opened."""
    found: list[Entry] = []
    for each in range(number + 1, number + MOST_BETWEEN):
        try:
            entry = (await read_entry(connection, book_id, each)).entry
        except EntryUnknown:
            break
        if entry.legs and entry.because <= number and (not found or entry.because == found[0].because):
            found.append(entry)
        elif found or entry.legs:
            break
    return found


def _sums(entries: list[Entry], state: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for code, pence in (leg for entry in entries for leg in entry.legs):
        if code.startswith("share/") and code.endswith(f"/{state}"):
            sums[code] = sums.get(code, 0) + pence
    return sums


def _as_split(weights: dict[str, int], pence: int) -> dict[str, int]:
    return dict(zip(weights, apportion(pence, list(weights.values())), strict=True)) if pence else {}


def _of_year(code: str, year: str) -> str:
    place = code.split("/")
    return code if place[3] == TERM else "/".join([*place[:3], year, *place[4:]])


async def _provided(connection: Connection, book_id: int, accepted: Said, said: Sequence[Said]) -> dict[str, int]:
    """An invoice's part of the liability that it was paid out of, as that was split when it was taken over."""
    entered = (await read_entry(connection, book_id, accepted.number)).entry.because
    [paid] = [row for row in said if row.act == "liability_paid" and row.attributes.get("invoice") == str(entered)]
    over = [row.number for row in said if row.act == "liability_accepted" and row.subject == paid.subject]
    return _as_split(await moved(connection, book_id, over, "spent", 1), int(accepted.attributes["amount"]))


async def _cleared(connection: Connection, book_id: int, accepted: Said, said: Sequence[Said]) -> list[int]:
    """What funds were let bear of a document: by its acceptance, by the decision on it, or by the approval of that."""
    rows = [
        row
        for row in said
        if row.act == "unfunded_cleared" and row.attributes["line"] == accepted.attributes.get("line")
    ]
    if not any("of" in row.attributes for row in rows):
        return []
    entered = (await read_entry(connection, book_id, accepted.number)).entry.because
    return [
        row.number for row in rows
        if "of" in row.attributes and await _is_about(connection, book_id, int(row.attributes["of"]), accepted.number, entered)
    ]  # fmt: skip


async def _is_about(connection: Connection, book_id: int, number: int, accepted: int, entered: int) -> bool:
    if number == accepted:
        return True
    entry = (await read_entry(connection, book_id, number)).entry
    about = entry.subject or ""
    if about.startswith("decision/"):
        entry = (await read_entry(connection, book_id, int(about.removeprefix("decision/")))).entry
    return entry.kind == "decision" and entry.because == entered


def _is_released(accepted: Said, years: set[str], said: Sequence[Said]) -> bool:
    """Whether what an invoice paid ahead is care by now: everything of its line and year is released at once."""
    line = accepted.attributes["line"]
    subjects = {f"prepayment/{line}/{year}" for year in years}
    return any(row.subject in subjects and row.number > accepted.number for row in said)
