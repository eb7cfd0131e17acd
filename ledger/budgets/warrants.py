"""Warrants: what stands behind every movement of a line's money, checked when a book is verified.

A posting without its decision, signed plan or accepted document balances as well as any other, so no sum finds it. Whoever could
write to the book past the gate is named here by the first entry that nothing allows.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from ledger.book.verdict import Wrong
from ledger.budgets import store
from ledger.budgets.warrants_of_estimates import Estimates
from ledger.core.calendar import period_days

Connection = Any
STEP = 20_000
BY_PLAN = frozenset((2, 3, 45))
"""Events whose warrant is the signed plan version that the line was agreed in, or the line's own agreement."""
TAKEN_ON = 55
CORRECTION = 39
CLEARED = 27
RETURN = 35
CHANGES_AUTHORITY = frozenset((2, 3, TAKEN_ON))
"""Events that a reversal may not take back: that would be a cut without notice (reg 13(5))."""
ACCEPTED = {
    **dict.fromkeys((6, 7, 28, 29), ("invoice_accepted",)),
    12: ("evidence_accepted",),
    48: ("uninvoiced_accepted",),
    50: ("care_bought_accepted",),
    16: ("reimbursement_accepted",),
    13: ("evidence_accepted", "bank_line_taken"),
    54: ("payment_assigned",),
}
"""Event of a fact → the acts of the evidence that may stand behind it."""
OTHERWISE = {
    4: (("decision", ("set_contingency_aside", "draw_contingency")),),
    10: (("evidence", ("statement_accepted",)),),
    14: (("evidence", ("questioned", "explained")),),
    17: (("decision", ("demand",)),),
    18: (("notice", ("repaid",)), ("evidence", ("handed_back",))),
    19: (("notice", ("demand_withdrawn",)),),
    20: (("decision", ("offset",)),),
    21: (("decision", ("offset",)),),
    22: (("decision", ("offset",)),),
    23: (("decision", ("waive", "write_off")),),
    25: (("evidence", ("liability_accepted", "invoice_accepted")),),
    26: (("evidence", ("liability_unused",)),),
    27: (
        ("decision", ("approval", "invoice", "evidence", "reimbursement", "assignment")),
        ("evidence", ("unfunded_cleared",)),
    ),
    31: (("decision", ("virement",)),),
    32: (("evidence", ("credit_repaid", "refund_taken")),),
    33: (("run", ("instalment_returned",)),),
    34: (("evidence", ("credit_accepted", "credit_taken")),),
    35: (("line", ("ended",)), ("setting", ("line_ended",)), ("notice", ("authority_returned",))),
    36: (("setting", ("line_ended",)),),
    37: (("setting", ("line_ended",)),),
    40: (("notice", ("moved_out",)),),
    41: (("notice", ("moved_out_settled",)),),
    42: (("notice", ("moved_in",)),),
}
"""Event → kind of entry, and acts of it, that may stand behind it: a decision that allows the act, or another entry about this
person (and this line, where it names one), for no less than what is moved. All movements of one warrant are counted together."""
OFFSETS = frozenset((20, 21, 22))
"""Events that pay what is due less an offset: the amount of their decision is the offset, and it says what was due."""
MANY_LINES = frozenset((10, 31))
"""Events that may move more than one line of a person at once."""
WHOLE = frozenset((6, 7, 28, 29, 48, 50, 54))
"""Facts that are of the whole amount of what was accepted."""
WITHOUT = frozenset(("imported", "generated"))
"""Sources that need none (docs/format.md section 4); verification tells how many there were. What was `migrated` needs none by the
format, and here the statement of where its figure comes from."""
LINEAGE = ("take_on", "source", "file", "sheet", "row")
"""What an entry says of where its figure comes from (`ledger.budgets.take_on.Lineage`)."""


class Agreed(NamedTuple):
    """What a line was last agreed for, in pence, and in which version of which plan; what it keeps of that for emergencies, of
    which year, and how much of it that agreement may set aside and let come back."""

    plan: str
    version: str
    pence: int
    kept: int = 0
    kept_of: str | None = None
    aside: int = 0
    back: int = 0


class Known:
    """What verification has seen so far, entry by entry: what each warrant has paid for, what each line was agreed for, and what
    it was given of that."""

    def __init__(self) -> None:
        self.used: defaultdict[int, int] = defaultdict(int)
        self.back: defaultdict[int, int] = defaultdict(int)
        self.given: defaultdict[str, int] = defaultdict(int)
        self.accrued: defaultdict[tuple[int, bool], int] = defaultdict(int)
        self.crossed: set[tuple[int, bool]] = set()
        self.agreed: dict[str, Agreed] = {}
        self.estimates = Estimates()
        self._waiting: Iterator[Any] = iter(())
        self._next: Any = None

    def take(self, rows: Sequence[Any]) -> None:
        """The agreements of the entries that come next."""
        self._waiting = iter(rows)
        self._next = next(self._waiting, None)

    def go_to(self, number: int) -> None:
        """What was agreed up to an entry holds for it."""
        while self._next is not None and self._next["number"] <= number:
            line = self._next["subject"].removeprefix("line/")
            before, kept, kept_of = self.agreed.get(line), self._next["kept"], self._next["kept_of"]
            was = 0 if before is None else before.kept
            # In another year it is agreed anew, and what is kept of the old one comes back.
            is_anew = before is not None and was > 0 and before.kept_of != kept_of
            aside, back = (kept, was) if is_anew else (max(0, kept - was), max(0, was - kept))
            self.agreed[line] = Agreed(
                self._next["plan"], self._next["version"], self._next["amount"], kept, kept_of, aside, back
            )
            self._next = next(self._waiting, None)


async def check_warrants(connection: Connection, book_id: int, size: int) -> tuple[dict[str, int], list[Wrong]]:
    """How many movements of lines were checked up to entry `size`, and the first that lacks its warrant. Role phb_reader, the book
    set; the register has to be right already."""
    checks = {"warrants": 0, "movements_without_warrant": 0}
    known = Known()
    for first in range(1, size + 1, STEP):
        last = min(first + STEP - 1, size)
        known.take(await connection.fetch(store.LINES_AGREED, book_id, first, last))
        for row in await connection.fetch(store.ESTIMATES_SAID, book_id, first, last):
            known.estimates.take(row)
        for row in await connection.fetch(store.LINE_MOVES, book_id, first, last):
            known.go_to(row["number"])
            if (row["event"] in BY_PLAN or row["event"] == TAKEN_ON) and not row["undone"] and len(row["lines"]) == 1:
                known.given[row["lines"][0]] += row["given"]
            if row["source"] in WITHOUT or row["kind"] == "hold_expired":
                checks["movements_without_warrant"] += 1
                continue
            checks["warrants"] += 1
            why = _fault(row, known)
            if why is not None:
                return checks, [
                    Wrong(row["number"], "unwarranted", f"entry {row['number']} moves a line's money: {why}")
                ]
        known.go_to(last)
        if known.estimates.wrong is not None:
            return checks, [known.estimates.wrong]
    return checks, []


def _fault(move: Any, known: Known) -> str | None:
    """Why nothing allows this movement, or None."""
    event = move["event"]
    if (event == TAKEN_ON) is not (move["source"] == "migrated"):
        return "what comes from another system is a take-on, and nothing else is"
    if event == CORRECTION and move["undoes"]:
        return _corrected(move, known)
    if event == 38 or move["undoes"]:
        if event != 38 or not move["undoes"]:
            return "it calls itself a reversal and is none, or is one unsaid"
        if move["reversed_event"] == RETURN and not _is_open_again(move):
            return "it gives authority back to a line that ended, and nothing opened that again"
        takes_back = move["reversed_event"] in CHANGES_AUTHORITY
        return "it takes an allocation back, which only a new version of the plan can" if takes_back else None
    if len(move["persons"]) != 1 or (len(move["lines"]) != 1 and event not in MANY_LINES):
        return "it moves more than one line"
    line, person = move["lines"][0], move["persons"][0]
    if move["warrant"] is None:
        return f"entry {move['because']} behind it allows nothing"
    given = json.loads(move["attributes"])
    if given.get("person") != person:
        return f"entry {move['because']} behind it is about another person"
    if event in BY_PLAN and move["warrant"] != "decision":
        return _by_plan(move, line, given, known)
    if event == TAKEN_ON:
        return _taken_on(move, line, given, known)
    if event == 4 and move["warrant"] == "line":
        return _kept(move, line, given, known)
    if event in OTHERWISE:
        return _otherwise(move, given, known)
    if event == 49:
        return _estimated(move, line, given, known)
    if event == 52:
        return _crossing(move, line, given, known)
    if event == 47:
        return _accrued(move, given, known)
    if given.get("line") != line:
        return f"entry {move['because']} behind it is about another line"
    if event == 5:
        return _held(move, given)
    if event == 30:
        return None if move["warrant"] == "decision" else f"entry {move['because']} behind it is no decision"
    if event in (9, 11, 51):
        if (
            move["warrant"] != "decision"
            or given.get("outcome") != "allow"
            or given["act"] not in ("instalment", "approval")
        ):
            return f"entry {move['because']} behind it allows no instalment"
        return _paid(move, move["advanced"], given, known.used, whole=True)
    if event in ACCEPTED:
        if move["warrant"] != "evidence" or move["act"] not in ACCEPTED[event]:
            return f"entry {move['because']} behind it accepts nothing"
        return _paid(move, move["spent"], given, known.used, whole=event in WHOLE)
    return f"event {event} has no business with a line"


def _is_open_again(move: Any) -> bool:
    """Whether a line of this movement was resumed, as by a stop that is withdrawn."""
    is_resumed = (move["warrant"], move["act"]) == ("line", "resumed")
    return is_resumed and move["subject"] in {f"line/{line}" for line in move["lines"]}


def _by_plan(move: Any, line: str, given: dict[str, str], known: Known) -> str | None:
    """Money is given for what the line was agreed for in this version of its plan, up to that amount and once; it is cut down to
    that amount and no further. What an earlier version said allows nothing any more."""
    agreed, because = known.agreed.get(line), move["because"]
    is_plan = move["warrant"] == "plan_version" and move["act"] == "signed"
    is_line = move["warrant"] == "line" and move["act"] == "agreed" and move["subject"] == f"line/{line}"
    if not (is_plan or is_line) or agreed is None:
        return f"entry {because} behind it is no signed plan of this line"
    plan = move["subject"].removeprefix("plan/") if is_plan else given.get("plan")
    if (plan, given.get("version")) != (agreed.plan, agreed.version):
        return f"entry {because} behind it is not the version of the plan that this line was agreed in"
    if move["event"] == 2 and move["given"] < 0:
        return "an allocation takes nothing away"
    if move["undone"]:
        return None
    if move["given"] > 0 and known.given[line] > agreed.pence:
        return f"the line was agreed for less in entry {because} behind it"
    if move["given"] < 0 and move["event"] == 3 and known.given[line] < agreed.pence:
        return f"the line was agreed for more in entry {because} behind it"
    return None


def _kept(move: Any, line: str, given: dict[str, str], known: Known) -> str | None:
    """What a version keeps of its line for emergencies, more or less than the one before."""
    agreed, because = known.agreed.get(line), move["because"]
    if agreed is None or move["act"] != "agreed" or move["subject"] != f"line/{line}":
        return f"entry {because} behind it is no agreement of this line"
    most, used = (agreed.aside, known.used) if move["kept"] > 0 else (agreed.back, known.back)
    if given.get("version") != agreed.version or not most:
        return f"entry {because} behind it keeps no such part of the line"
    return _paid(move, abs(move["kept"]), {"amount": str(most)}, used, whole=False)


def _otherwise(move: Any, given: dict[str, str], known: Known) -> str | None:
    """An act that a decision allowed, or what another entry says, up to its amount."""
    because = move["because"]
    acts = dict(OTHERWISE[move["event"]]).get(move["warrant"], ())
    if move["act"] not in acts:
        return f"entry {because} behind it allows no such thing"
    if move["warrant"] == "decision" and given.get("outcome") != "allow":
        return f"entry {because} behind it was not allowed"
    # A statement has two lines, and either may have nothing left of what was paid ahead.
    if "line" in given and not {given["line"], given.get("fee_line")} & set(move["lines"]):
        return f"entry {because} behind it is about another line"
    if move["warrant"] == "line" and move["subject"] not in {f"line/{line}" for line in move["lines"]}:
        return f"entry {because} behind it is about another line"
    if "to_line" in given and {given["line"], given["to_line"]} != set(move["lines"]):
        return f"entry {because} behind it is about another line"
    if move["event"] == 35 and move["given"] > 0:
        return "what gives authority back gives none"
    if move["event"] == 35 and move["warrant"] == "line":
        # A line that ends gives back what it has, which may be more than its plan gave it: money was moved into it. No more than is
        # there can go, since nothing goes below its floor.
        return None
    if move["event"] in OFFSETS:
        due = int(given["due"])
        if move["advanced"] > due or move["moved"] > due + int(given["amount"]):
            return f"entry {because} behind it is about another amount"
        return _paid(move, -move["given"], given, known.used, whole=False)
    if move["event"] == CLEARED:
        # What funds bear for a contributor moves as a cost from share to share as well, and nothing else does.
        if move["spent"] or move["moved"] != move["unfunded"] + move["cost"]:
            return f"entry {because} behind it lets a fund bear what was beyond authority, and no more"
        return _paid(move, max(move["unfunded"], move["cost"]), given, known.used, whole=False)
    # Whichever is more: what came into the states of the line, or what left them for the fund.
    pence = max(move["moved"], move["moved"] - move["given"])
    return _paid(move, pence, given, known.used, whole=False)


def _accrued(move: Any, given: dict[str, str], known: Known) -> str | None:
    """An accepted estimate of this line: once on the last day of its month, for its amount, and once the other way on day one of
    the next."""
    because = move["because"]
    if move["warrant"] != "evidence" or move["act"] != "accrual_accepted" or given.get("line") not in move["lines"]:
        return f"entry {because} behind it accepts no estimate of this line"
    _, last = period_days(move["subject"].rpartition("/")[2])
    is_back = move["accrued"] < 0
    if move["effective_on"] != (last + timedelta(days=1) if is_back else last).isoformat():
        return f"entry {because} behind it is about another month"
    if move["undone"]:
        return None
    known.accrued[because, is_back] += abs(move["accrued"])
    return (
        None
        if known.accrued[because, is_back] == int(given["amount"])
        else f"entry {because} behind it is about another amount"
    )


def _corrected(move: Any, known: Known) -> str | None:
    """A movement of a closed year is undone by the entry that decided just that, for all that it moved, and once."""
    because = move["because"]
    if move["warrant"] != "evidence" or move["act"] != "correction_decided":
        return f"entry {because} behind it decided no correction"
    given = json.loads(move["attributes"])
    if [given.get("person")] != move["persons"] or [given.get("line")] != move["lines"]:
        return f"entry {because} behind it is about another line"
    if given.get("of") != str(move["corrects"]):
        return f"entry {because} behind it is about another entry"
    return _paid(move, move["moved"], given, known.used, whole=True)


def _crossing(move: Any, line: str, given: dict[str, str], known: Known) -> str | None:
    """Of an invoice that crosses 31 March the one part is spent and the other paid ahead; released, that is spent. Each once."""
    because, amount, spent, ahead = move["because"], int(given["amount"]), move["spent"], move["advanced"]
    if move["warrant"] != "evidence" or given.get("line") != line:
        return f"entry {because} behind it is about another line"
    following = int(given.get("following", "0"))
    if move["act"] == "invoice_accepted" and following:
        parts = [(amount - following, 0), (0, following)]
    elif move["act"] == "prepayment_released":
        parts = [(amount, -amount)]
    else:
        return f"entry {because} behind it accepts no invoice of two years"
    if (spent, ahead) not in parts or (because, ahead > 0) in known.crossed:
        return f"entry {because} behind it is about another amount"
    known.crossed.add((because, ahead > 0))
    return None


def _estimated(move: Any, line: str, given: dict[str, str], known: Known) -> str | None:
    """The invoice of an estimate moves the line by what it differs from it, either way."""
    because = move["because"]
    if move["warrant"] != "evidence" or move["act"] != "invoice_accepted" or given.get("estimate") is None:
        return f"entry {because} behind it accepts no invoice of an estimate"
    if given.get("line") != line:
        return f"entry {because} behind it is about another line"
    known.used[because] += move["spent"]
    differs = int(given["amount"]) - int(given["estimated"])
    return None if known.used[because] == differs else f"entry {because} behind it is about another amount"


def _taken_on(move: Any, line: str, given: dict[str, str], known: Known) -> str | None:
    """A figure of another system comes in once and whole, on the statement that says where it is written, and no more than the line
    was agreed for; an open order comes in as its decision says."""
    because, agreed = move["because"], known.agreed.get(line)
    if any(given.get(name) is None for name in LINEAGE):
        return f"entry {because} behind it does not say where its figure comes from"
    if given.get("line") != line:
        return f"entry {because} behind it is about another line"
    if move["kind"] == "hold_placed":
        return _held(move, given) if move["act"] == "taken_on" else f"entry {because} behind it took no order on"
    if move["warrant"] != "evidence" or move["act"] != "opening_stated":
        return f"entry {because} behind it states no opening"
    if agreed is None or known.given[line] > agreed.pence:
        return f"the line was agreed for less than entry {because} behind it brings"
    return _paid(move, move["moved"], given, known.used, whole=True)


def _held(move: Any, given: dict[str, str]) -> str | None:
    """A hold follows its decision at once: so one decision keeps money once."""
    allows = given.get("outcome") == "allow" or (given.get("outcome") == "refer" and move["awaits"])
    if move["warrant"] != "decision" or not allows or given.get("hold") != "yes":
        return f"entry {move['because']} behind it allows no hold"
    if move["number"] != move["because"] + 1:
        return f"entry {move['because']} behind it allowed another hold"
    if given["amount"] != str(move["held"]):
        return f"entry {move['because']} behind it is about another amount"
    return None


def _paid(move: Any, pence: int, given: dict[str, str], used: dict[int, int], *, whole: bool) -> str | None:
    """An amount within what its warrant is about, all movements of one warrant together; those taken back do not count."""
    if move["undone"]:
        return None
    used[move["because"]] += pence
    amount = int(given["amount"])
    if used[move["because"]] > amount or (whole and pence != amount):
        return f"entry {move['because']} behind it is about another amount"
    return None
