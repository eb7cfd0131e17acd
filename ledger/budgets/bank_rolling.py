"""How a holder's account rolled on, twice: our money in it by what happened, and the bank's balance against the ledger's.

The two formulas of accounting.md section 4 (R6). First: instalments − returned + refunds + … = advance + unidentified + disputed.
Second: the bank's balance = `advance` + what is demanded but still there + money of others + lines not yet posted. What is left
over is told as such, and means that a statement is missing or that somebody wrote past the bank.
"""

from collections.abc import Mapping, Sequence

import msgspec

from ledger.budgets.bank_reading import BankLine, Candidate, StatementSaid

BY_EVENT = {
    11: "instalments", 20: "instalments", 22: "instalments", 51: "instalments", 33: "returned", 32: "refunds",
    12: "evidence_accepted", 13: "evidence_accepted", 14: "evidence_accepted", 50: "evidence_accepted", 17: "demanded",
    19: "demanded", 18: "handed_back", 23: "waived", 40: "moved_out", 42: "moved_in", 55: "taken_on",
}  # fmt: skip
"""Event → the line of the first formula that it belongs to; a reversal belongs with what it undoes."""
PARTS = (
    "instalments", "returned", "refunds", "evidence_accepted", "demanded", "handed_back", "waived", "moved_out", "moved_in",
    "taken_on", "other",
)  # fmt: skip
OURS = ("advance", "unidentified", "disputed")


class Rolled(msgspec.Struct, frozen=True, kw_only=True):
    """An account rolled on, in pence. `parts` come to `stands`, which is advance + unidentified + disputed. `bank` is the balance
    of the last whole statement and `explained` what makes it out of the ledger, name by name; `unexplained` is the rest. Without a
    statement those of the bank are None."""

    parts: dict[str, int]
    advance: int
    unidentified: int
    disputed: int
    bank: int | None
    explained: dict[str, int]
    unexplained: int | None

    @property
    def stands(self) -> int:
        """Our money that was paid in and is not explained."""
        return self.advance + self.unidentified + self.disputed


def rolled(
    moves: Mapping[tuple[int, str], int], lines: Sequence[BankLine], statements: Sequence[StatementSaid],
    candidates: Sequence[Candidate], posted: Mapping[int, int],
) -> Rolled:  # fmt: skip
    """One account. `moves` is what `moves_of` read, `lines` every line, `statements` those of the account by their last day,
    `candidates` its instalments and claims, `posted` what each line that went out moved of our money."""
    parts = dict.fromkeys(PARTS, 0)
    classes = dict.fromkeys((*OURS, "estimated_use"), 0)
    demanded = 0
    for (event, klass), pence in moves.items():
        classes[klass] += pence
        if klass in OURS:
            parts[BY_EVENT.get(event, "other")] += pence
        if klass == "advance" and event in (17, 19):
            demanded -= pence
    whole = [each for each in statements if each.whole]
    ours = {name: classes[name] for name in OURS}
    if not whole:
        return Rolled(parts=parts, bank=None, explained={}, unexplained=None, **ours)
    explained = {
        "advance": classes["advance"] + classes["estimated_use"], "demanded": demanded,
        "brought_in": min(whole, key=lambda each: (each.first_on, each.number)).opening,
        **_of_lines(lines, candidates, posted),
    }  # fmt: skip
    bank = whole[-1].closing
    return Rolled(parts=parts, bank=bank, explained=explained, unexplained=bank - sum(explained.values()), **ours)


def _of_lines(lines: Sequence[BankLine], candidates: Sequence[Candidate], posted: Mapping[int, int]) -> dict[str, int]:
    arrived = {line.of for line in lines if line.matched == "instalment"}
    shown = {line.of for line in lines if line.matched == "evidence"}
    came = [line for line in lines if line.pence > 0]
    went = [line for line in lines if line.pence < 0 and line.matched != "evidence"]
    return {
        "not_arrived": -sum(each.pence for each in candidates if each.kind == "instalment" and each.number not in arrived),
        "not_explained": sum(line.pence for line in came if line.matched is None),
        "money_of_others": sum(line.pence for line in came if line.matched == "other_money"),
        # What was paid for an order was taken back, and is owed to the account.
        "spent_of_others": sum(line.pence + (posted.get(line.number, 0) if line.matched != "order" else 0) for line in went),
        "no_line_yet": -sum(each.pence for each in candidates if each.kind == "evidence" and each.number not in shown),
    }  # fmt: skip
