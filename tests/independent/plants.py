"""Changes that somebody could make to an export, each with the entry that has to be named for it.

An insider holds the signing key, so most of them are sealed again: tree, checkpoint and signature fit the changed lines, and only
the rules of the format are left to find them.
"""

# ruff: noqa: E501 - a table reads best with one plant a line
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.independent.scene import sealed_note

BOOK, NUMBER, TIME, KIND, DAY, CARE_TO, BECAUSE, SUBJECT, NONCE, KEY = 1, 2, 3, 4, 6, 8, 14, 15, 17, 18
OLD, NEW = "nhs/2025-26", "nhs/2026-27"


class Export:
    """The files of an export in memory. `at` finds the position of a named entry."""

    def __init__(self, lines: list[str], details: list[dict[str, Any]], note: str, numbers: dict[str, int]) -> None:
        self.lines = list(lines)
        self.details = [dict(detail) for detail in details]
        self.note = note
        self.numbers = numbers

    def at(self, name: str) -> int:
        """The index of a named line."""
        return self.numbers[name] - 1

    def seal(self) -> None:
        """Sign what the lines are now."""
        self.note = sealed_note(self.lines)


class Plant(NamedTuple):
    """One change: what it is, how it is made, which entry is wrong (a name, +k for the k-th appended, or None)."""

    name: str
    make: Callable[[Export], None]
    wrong: str | int | None
    sealed: bool = True


def field(name: str, position: int, value: str) -> Callable[[Export], None]:
    """Set one field of a line."""

    def make(export: Export) -> None:
        fields = export.lines[export.at(name)].split("|")
        assert fields[position] != value
        fields[position] = value
        export.lines[export.at(name)] = "|".join(fields)

    return make


def swap(name: str, old: str, new: str) -> Callable[[Export], None]:
    """Replace a piece of a line's text."""

    def make(export: Export) -> None:
        line = export.lines[export.at(name)]
        assert old in line, line
        export.lines[export.at(name)] = line.replace(old, new)

    return make


def more(
    kind: str, rest: str, *, day: str = "2026-06-02", subject: str = "-", because: str = "29", actor: str = "officer",
    source: str = "entered",
) -> Callable[[Export], None]:  # fmt: skip
    """Append a line of its own; `rest` is its attributes and legs with their counts."""

    def make(export: Export) -> None:
        time = int(export.lines[-1].split("|")[TIME]) + 1
        number = len(export.lines) + 1
        export.lines.append(
            f"phb1|IND|{number}|{time}|{kind}|0|{day}|-|-|{source}|machine|test|{actor}|-|{because}|{subject}|-|{'0' * 32}|-"
            f"|{rest}"
        )

    return make


def pair(debit: str, credit: str, pence: int) -> str:
    """Two legs with their count."""
    return f"2|{debit}|{pence}|{credit}|-{pence}"


def same_key(name: str, earlier: str, change: str = "") -> Callable[[Export], None]:
    """An entry states the key of an earlier one; `change` replaces the end of its digest."""

    def make(export: Export) -> None:
        key = export.lines[export.at(earlier)].split("|")[KEY]
        field(name, KEY, key[: 64 - len(change)] + change)(export)

    return make


def each(*changes: Callable[[Export], None]) -> Callable[[Export], None]:
    """Several changes, in order."""

    def make(export: Export) -> None:
        for change in changes:
            change(export)

    return make


def drop(export: Export) -> None:
    """Leave an entry out."""
    del export.lines[export.at("paid")]


def exchange(export: Export) -> None:
    """Two entries change places."""
    at = export.at("paid")
    export.lines[at], export.lines[at + 1] = export.lines[at + 1], export.lines[at]


def repeat(export: Export) -> None:
    """An entry stands twice."""
    export.lines.insert(export.at("paid") + 1, export.lines[export.at("paid")])


def detail(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Export], None]:
    """Change the details, which no checkpoint covers by itself."""
    return lambda export: change(export.details)


def reversal_of(name: str) -> Callable[[Export], None]:
    """Append a perfect reversal of a named entry."""

    def make(export: Export) -> None:
        legs = export.lines[export.at(name)].split("|")
        count = 20 + 2 * int(legs[19])
        turned = [text if i % 2 == 0 else str(-int(text)) for i, text in enumerate(legs[count + 1 :])]
        rest = f"1|reverses|{export.numbers[name]}|{legs[count]}|{'|'.join(turned)}"
        more("transaction", rest, day="2026-06-05")(export)

    return make


HELD, FREE, SPENT = f"{NEW}/s1/held", f"{NEW}/s1/available", f"{NEW}/s1/spent"

LINES = (
    Plant("one leg is larger", swap("paid", "care|1234", "care|1235"), "paid"),
    Plant("both legs are larger", swap("paid", "1234", "1235"), "paid_back"),
    Plant("an allocation is smaller", swap("old_allocated", "100000", "1000"), "old_spend"),
    Plant("an entry is left out", drop, "paid"),
    Plant("two entries change places", exchange, "paid"),
    Plant("an entry stands twice", repeat, "paid_back"),
    Plant("a time goes back", field("paid", TIME, "1000000"), "paid"),
    Plant("another book", field("paid", BOOK, "OTHER"), "paid"),
    Plant("an unknown kind", field("paid", KIND, "transfer"), "paid"),
    Plant("another version", field("paid", 0, "phb2"), "paid"),
    Plant("no decision behind a line", field("old_spend", BECAUSE, "0"), "old_spend"),
    Plant("a decision that comes later", field("old_spend", BECAUSE, "60"), "old_spend"),
    Plant("a nonce in capitals", field("paid", NONCE, "A" * 32), "paid"),
    Plant("a key in capitals", field("paid", KEY, "A" * 64), "paid"),
    Plant("half a key", field("paid", KEY, "a" * 32), "paid"),
    Plant("the key of an earlier request", same_key("paid", "old_spend"), "paid"),
    Plant("the key of an earlier request, of another digest", same_key("paid", "old_spend", "0" * 32), "paid"),
    Plant("the key of a refused request", same_key("paid_back", "refused"), "refused"),
    Plant("the key of an earlier request, and later no decision",
          each(same_key("paid", "old_spend"), field("settled_part", BECAUSE, "0")), "paid"),
    Plant("a day in a closed year", field("paid", DAY, "2025-06-10"), "paid"),
    Plant("a day before the first month", field("old_allocated", DAY, "2025-02-10"), "old_allocated"),
    Plant("a day to come", field("paid", DAY, "2099-01-01"), "paid"),
    Plant("a day that is none", field("paid", DAY, "2026-02-30"), "paid"),
    Plant("care that ends before it begins", field("old_spend", CARE_TO, "2025-06-01"), "old_spend"),
    Plant("an account never opened", swap("paid", "care|", "caer|"), "paid"),
    Plant("an account twice", swap("paid", "bank|", "care|"), "paid"),
    Plant("no pence at all", swap("paid", "2|care|1234|bank|-1234", "2|care|0|bank|0"), "paid"),
    Plant("pence with a leading zero", swap("paid", "care|1234", "care|01234"), "paid"),
    Plant("a leg count too high", swap("paid", "0|2|care", "0|3|care"), "paid"),
    Plant("attributes out of order", swap("decision", "bundle|b1|outcome|allow", "outcome|allow|bundle|b1"), "decision"),
    Plant("a decision without outcome", swap("decision", "2|bundle|b1|outcome|allow", "1|bundle|b1"), "decision"),
    Plant("an outcome of its own", swap("decision", "outcome|allow", "outcome|maybe"), "decision"),
    Plant("a closed kind with more", swap("frozen", "1|reason|death", "2|note|x|reason|death"), "frozen"),
    Plant("a register entry without act", swap("fund", "act|", "deed|"), "fund"),
    Plant("an erasure of other bytes", swap("erasure", "erased.001|28:d", "erased.001|28:e"), "erasure"),
    Plant("an erasure by one person", swap("erasure", "second|second", "second|officer"), "erasure"),
    Plant("an erasure with a gap", swap("erasure", "erased.002", "erased.003"), "erasure"),
    Plant("a restart from elsewhere", swap("restart", "old_origin|phb.test/IND", "old_origin|phb.test/X"), "restart"),
    Plant("a settlement of another hold", swap("settled_final", "hold|47", "hold|51"), "settled_final"),
    Plant("a settlement that leaves a rest", swap("settled_part", "final|no", "final|yes"), "settled_part"),
    Plant("an expiry before its time", swap("hold_5", "expires_at|17", "expires_at|27"), "expired"),
    Plant("an expiry of what never expires", swap("expired", "hold|59", "hold|47"), "expired"),
    Plant("a reopening by who closed", swap("month_reopened", "|second|", "|officer|"), "month_reopened"),
    Plant("a refusal beyond its group", swap("refused", "|item|1|", "|item|2|"), "refused"),
    Plant("a closing that is forgotten", swap("month_closed", "period_closed", "period_opened"), "month_closed"),
    Plant("a floor that was raised", swap("share_old", "use:debit:0:-|account.02", "use:debit:200000:-|account.02"),
          "old_spend"),
    Plant("the book in another currency", field("book", KIND, "fund"), "book"),
    Plant("tampering with an unsigned tree", field("paid", NONCE, "a" * 32), None, sealed=False),
    Plant("a key taken away, unsealed", field("paid", KEY, "-"), None, sealed=False),
    Plant("another digest under a key, unsealed", same_key("paid", "paid", "0" * 32), None, sealed=False),
    Plant("another actor, unsealed", swap("paid", "|officer|", "|nobody|"), None, sealed=False),
)  # fmt: skip

APPENDED = (
    Plant("a second reversal", reversal_of("paid"), 1),
    Plant("a reversal in a closed year", reversal_of("old_spend_again"), 1),
    Plant("a reversal of a reversal", reversal_of("paid_back"), 1),
    Plant("a reversal of an expiry", reversal_of("expired"), 1),
    Plant("a reversal of a used hold", reversal_of("hold_1"), 1),
    Plant("a correction of an open year", more("transaction", "2|corrects|42|instead.01|a:b|" + pair(FREE, f"{NEW}/s1/unfunded", 5000)), 1),
    Plant("a correction that stays in its year", more("transaction", f"2|corrects|32|instead.01|care:bank|{pair(f'{OLD}/s1/available', f'{OLD}/s1/spent', 2500)}"), 1),
    Plant("a settlement of a closed hold", more("hold_settled", f"2|final|yes|hold|51|{pair(SPENT, HELD, 1)}"), 1),
    Plant("more than a hold keeps", more("hold_settled", f"2|final|no|hold|47|{pair(SPENT, HELD, 6001)}"), 1),
    Plant("a release to another account", more("hold_released", f"1|hold|47|2|{HELD}|-1|{SPENT}|1"), 1),
    Plant("a holding account by itself", more("transaction", f"0|{pair(HELD, FREE, 1)}"), 1),
    Plant("a hold that holds nothing back", more("hold_placed", f"2|expires_at|-|purpose|order|{pair(SPENT, FREE, 1)}"), 1),
    Plant("a hold without its pair", more("hold_placed", f"2|expires_at|-|purpose|order|3|{HELD}|2|{FREE}|-1|{SPENT}|-1"), 1),
    Plant("a closed account", more("transaction", f"0|{pair('dust', 'bank', 1)}"), 1),
    Plant("money between two years", more("transaction", f"0|{pair(FREE, f'{OLD}/s1/available', 1)}"), 1),
    Plant("a floor", more("transaction", f"0|{pair(f'{NEW}/s1/unfunded', FREE, 900_000)}"), 1),
    Plant("a ceiling", more("transaction", f"0|{pair(SPENT, f'{NEW}/source', 900_000)}"), 1),
    Plant("one leg", more("transaction", "0|1|care|1"), 1),
    Plant("no day", more("transaction", f"0|{pair('care', 'bank', 1)}", day="-"), 1),
    Plant("an account not opened for up_to", more("transaction", f"1|up_to|nowhere|{pair('care', 'bank', 1)}"), 1),
    Plant("legs on a register entry", more("fund", f"1|act|x|{pair('care', 'bank', 1)}", subject="fund/2"), 1),
    Plant("a year closed twice", more("period_closed", "0|0", subject="2025-26"), 1),
    Plant("an open period reopened", more("period_reopened", "0|0", subject="2026-06"), 1),
    Plant("a period that is none", more("period_closed", "0|0", subject="2025-27"), 1),
    Plant("an account opened again", more("account_opened", "1|account.01|bank:bank:actual:actual:asset:debit:-:-|0", subject="bank"), 1),
    Plant("an account in no layer", more("account_opened", "1|account.01|z:bank:actual:nhs/x:asset:debit:-:-|0", subject="z"), 1),
    Plant("an account counted from two", more("account_opened", "1|account.02|z:bank:actual:actual:asset:debit:-:-|0", subject="z"), 1),
    Plant("an open account unfrozen", more("account_unfrozen", "0|0", subject="bank"), 1),
    Plant("a closed account frozen", more("account_frozen", "0|0", subject="dust"), 1),
    Plant("a full account closed", more("account_closed", "0|0", subject="bank"), 1),
    Plant("a second book entry", more("book", "4|currency|GBP|first_month|2025-04|nature|synthetic|origin|x|0", subject="IND"), 1),
)  # fmt: skip

DETAILS = (
    Plant("a detail with other words", detail(lambda found: found[0].update(content="eA==")), "decision"),
    Plant("a detail with another salt", detail(lambda found: found[0].update(salt="0" * 32)), "decision"),
    Plant("a detail is missing", detail(lambda found: found.pop(0) and None), "decision"),
    Plant("the last detail is missing", detail(lambda found: found.pop() and None), "refused"),
    Plant("details change places", detail(lambda found: found.reverse()), "decision"),
    Plant("a detail too many", detail(lambda found: found.insert(0, {**found[0], "number": 2})), "first_month"),
    Plant("a detail after its erasure", detail(lambda found: found.insert(0, {**found[0], "number": 28})), "payee_detail"),
)  # fmt: skip
