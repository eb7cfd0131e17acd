"""The thresholds of the patterns: local data of one book, from a day on, that no page of ours names.

Whoever knows a threshold stays below it, so they are no part of the bundle or its pages. They are kept in the book: a day and a
keyed commitment in its log, the values in an erasable detail. A book that has none watches nothing, and says so. Values that were
made up, for tests and for showing, are marked as made up wherever they are used.
"""

import json
from datetime import date
from typing import Any

import msgspec

from ledger.book.lookups import read_detail
from ledger.budgets.reading import said_of
from ledger.budgets.standing import Said
from ledger.budgets.wording import attributes, content_of, detail_of
from ledger.core.model import Malformed
from ledger.core.requests import Record
from ledger.money import MAX_PENCE
from policies.facts_watch import PATTERNS, Watch

Connection = Any
SUBJECT = "limit/patterns"
MOST_COUNTED = 1_000_000


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """From how much on somebody looks; None where that pattern is off. Named as the facts are.

    What a pattern needs besides its threshold: `two_employers_hours`, how many hours of one day are many for both;
    `round_to_pence`, of which an amount is a multiple to be round; `again_days`, within
    which the same is paid again; `change_days`, within which a payment follows a change of
    account; `late_days`, how many before a review or a year's end are held against the `usual_days` before them; `arrives_days`,
    within which of a payment of ours a credit of the same amount is that payment; `digits_least`, how many amounts, and
    `peers_least`, how many people, are enough to be compared with. `care_percent` is of the pattern that `rise_pence` is of."""

    own_account_pence: int | None = None
    bank_shared_people: int | None = None
    day_hours: int | None = None
    week_hours: int | None = None
    two_employers_days: int | None = None
    two_employers_hours: int | None = None
    hospital_days: int | None = None
    assistant_away_days: int | None = None
    round_repeats: int | None = None
    round_to_pence: int | None = None
    paid_again: int | None = None
    again_days: int | None = None
    sequential_invoices: int | None = None
    documents_again: int | None = None
    documents_alike: int | None = None
    cash_percent: int | None = None
    linked_payees: int | None = None
    late_spend_percent: int | None = None
    late_days: int | None = None
    usual_days: int | None = None
    wages_unreported_pence: int | None = None
    unplanned_fall_pence: int | None = None
    unknown_credit_pence: int | None = None
    arrives_days: int | None = None
    paid_after_change_pence: int | None = None
    change_days: int | None = None
    paid_after_end_pence: int | None = None
    rise_pence: int | None = None
    care_percent: int | None = None
    digits_distance: int | None = None
    digits_least: int | None = None
    peer_percent: int | None = None
    peers_least: int | None = None

    def check(self) -> None:
        """Malformed(threshold_malformed) for a value that is none, (threshold_incomplete) where what belongs to it is missing."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            most = MAX_PENCE if name.endswith("_pence") else MOST_COUNTED
            least = 0 if name == "care_percent" else 1
            if value is not None and not (type(value) is int and least <= value <= most):
                raise Malformed("threshold_malformed", name)
        for fact, besides in BESIDES.items():
            if (getattr(self, fact) is None) != (getattr(self, besides) is None):
                raise Malformed("threshold_incomplete", besides)

    def of_sheet(self) -> dict[str, int]:
        """The limits of a sheet: 0 where a pattern is off."""
        return {
            name: getattr(self, name.removeprefix("limit_")) or 0
            for name in Watch.__struct_fields__
            if name.startswith("limit_")
        }

    def is_on(self, fact: str) -> bool:
        """Whether the pattern of this fact has a threshold."""
        return getattr(self, OF_ANOTHER.get(fact, fact)) is not None


BESIDES = {
    "two_employers_days": "two_employers_hours",
    "round_repeats": "round_to_pence",
    "paid_again": "again_days",
    "paid_after_change_pence": "change_days",
    "rise_pence": "care_percent",
    "late_spend_percent": "late_days",
    "late_days": "usual_days",
    "unknown_credit_pence": "arrives_days",
    "digits_distance": "digits_least",
    "peer_percent": "peers_least",
}
"""A threshold → what its pattern needs besides."""
OF_ANOTHER = {"care_percent": "rise_pence"}
"""A fact → the one whose threshold says that both are on."""


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The thresholds of a book on a day: the entry that set them (0 where none has), since when, and whether they are made up."""

    number: int
    since: date | None
    made_up: bool
    values: Thresholds

    @property
    def off(self) -> tuple[str, ...]:
        """The patterns that have no threshold, and so look at nothing."""
        return tuple(rule for rule, (_, fact) in PATTERNS.items() if not self.values.is_on(fact))


NONE_SET = InForce(number=0, since=None, made_up=False, values=Thresholds())


def thresholds_set(values: Thresholds, *, since: date, made_up: bool, salt: bytes) -> Record:
    """Thresholds from a day on, stated whole: one that is left out is off from then. Malformed."""
    values.check()
    given = attributes("thresholds_set", from_=since, made_up=made_up)
    return Record(kind="limit", subject=SUBJECT, attributes=given, detail=detail_of(salt, msgspec.to_builtins(values)))


def thresholds_from(raw: bytes) -> Thresholds:
    """The thresholds of a file or a detail. Malformed(thresholds_malformed)."""
    try:
        values = msgspec.convert(json.loads(raw), Thresholds)
    except (ValueError, msgspec.ValidationError):
        raise Malformed("thresholds_malformed", "values") from None
    values.check()
    return values


def _begun(said: list[Said], day: date) -> Said | None:
    begun = [row for row in said if date.fromisoformat(row.attributes["from"]) <= day]
    return max(begun, key=lambda row: (row.attributes["from"], row.number), default=None)


async def thresholds_on(connection: Connection, book_id: int, day: date) -> InForce:
    """What holds on a day: the newest day that has come decides, and of one day the last entry. What was erased is off. Role
    phb_reader."""
    found = _begun(await said_of(connection, book_id, SUBJECT), day)
    if found is None:
        return NONE_SET
    detail = await read_detail(connection, book_id, found.number)
    values = Thresholds() if detail is None else msgspec.convert(content_of(detail), Thresholds)
    return InForce(
        number=found.number, since=date.fromisoformat(found.attributes["from"]),
        made_up=found.attributes["made_up"] == "yes", values=values,
    )  # fmt: skip
