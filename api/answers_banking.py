"""What is answered about bank statements, their lines, and how accounts rolled on."""

from datetime import date

from msgspec import UNSET, Struct, UnsetType

from api.answers import ReceiptOut, receipt_of
from api.keeping_back import Open
from api.writing import Written
from ledger.budgets.bank_reading import BankLine, StatementSaid, statement_of
from ledger.budgets.bank_rolling import Rolled
from ledger.budgets.bank_suggestions import Suggestion
from ledger.budgets.own_bank import OwnLine, Reconciled, UnderWay
from ledger.money import format_amount


class BankStatementOut(Struct, frozen=True):
    """A statement that was taken. `new` of its lines came with it and `known` were there before; `posted_new` is false when all
    were, and then nothing was recorded."""

    number: int
    provider: str
    opening: str
    closing: str
    currency: str
    first_on: date
    last_on: date
    lines: int
    new: int
    known: int
    posted_new: bool
    receipt: ReceiptOut | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class PointOut(Struct, frozen=True):
    """One reason of a score, and what it gives."""

    reason: str
    points: int


class SuggestionOut(Struct, frozen=True):
    """What a line could be: the kind and entry to match it to, with the working of its score (100 at most)."""

    kind: str
    of: int
    amount: str
    on: date
    payee: str
    score: int
    working: list[PointOut]


class MatchSaidOut(Struct, frozen=True):
    """What was said of a line, in entry `number`: that it is of this kind, or (`ended`) that it is not any more, because entry `of`
    was undone or the match was taken back."""

    number: int
    kind: str
    of: int | None
    ended: bool


class BankLineOut(Struct, frozen=True):
    """A line of a holder's account: positive came in. Open until it is matched or explained whole by accepted claims, and again
    when what it was matched to is undone; `said` is all that was said of it, oldest first."""

    number: int
    holder_account: str
    amount: str
    currency: str
    on: date
    counterparty: str
    remittance: str
    state: str
    explained: str
    matched: str | None
    of: int | None
    match: int | None
    said: list[MatchSaidOut]
    suggestions: list[SuggestionOut]


class BankLinesOut(Struct, frozen=True):
    """Lines in the order taken."""

    lines: list[BankLineOut]


class StatementReadOut(Struct, frozen=True):
    """One statement of an account; not whole when its import was cut off: send it again. `left` lines were to come then."""

    number: int
    provider: str
    first_on: date
    last_on: date
    opening: str
    came_in: str
    closing: str
    lines: int
    whole: bool
    left: int


class RollForwardOut(Struct, frozen=True):
    """How a holder's account rolled on, in both formulas. `parts` add up to `stands` = advance + unidentified + disputed;
    `explained` and `unexplained` add up to `bank`, the balance of the last whole statement."""

    holder_account: str
    currency: str
    parts: dict[str, str]
    stands: str
    advance: str
    unidentified: str
    disputed: str
    bank: str | None
    explained: dict[str, str]
    unexplained: str | None
    statements: list[StatementReadOut]


class AccountRolledOut(Struct, frozen=True):
    """One holder's account in a list: `stands` = advance + unidentified + disputed is our money that is not explained, `bank` the
    balance of its last whole statement, and `unexplained` what of that no sum of the ledger explains."""

    person: str
    holder_account: str
    stands: str
    advance: str
    unidentified: str
    disputed: str
    bank: str | None
    unexplained: str | None


class RollForwardsOut(Struct, frozen=True):
    """A page of the holders' accounts of a book. `kept_back` are of people whose records are for others of the staff."""

    currency: str
    accounts: list[AccountRolledOut]
    kept_back: int


def _statement(said: StatementSaid, currency: str) -> BankStatementOut:
    return BankStatementOut(
        number=said.number, provider=said.provider, opening=format_amount(said.opening), closing=format_amount(said.closing),
        currency=currency, first_on=said.first_on, last_on=said.last_on, lines=said.lines, new=said.new, known=said.known,
        posted_new=bool(said.new),
    )  # fmt: skip


def taken_of(written: Written) -> BankStatementOut:
    """The answer to an import, from the first entry of its first group."""
    first = written.outcome.entries[0]
    said = statement_of(first.number, first.attribute("act") or "", dict(first.attributes))
    made = _statement(said, written.currency)
    return BankStatementOut(**{
        **{name: getattr(made, name) for name in made.__struct_fields__}, "number": 0 if written.is_dry else first.number,
        "receipt": UNSET if written.is_dry else receipt_of(first, written.outcome.tree_size),
        "dry_run": True if written.is_dry else UNSET,
    })  # fmt: skip


def known_of(said: StatementSaid, currency: str) -> BankStatementOut:
    """The answer when there is nothing to take: the statement that was taken before, with all of its lines known."""
    made = _statement(said, currency)
    return BankStatementOut(**{
        **{name: getattr(made, name) for name in made.__struct_fields__}, "new": 0, "known": said.lines, "posted_new": False,
    })  # fmt: skip


def bank_line_of(line: BankLine, suggested: tuple[Suggestion, ...], currency: str) -> BankLineOut:
    """One line with what it could be."""
    return BankLineOut(
        number=line.number, holder_account=line.account, amount=format_amount(line.pence), currency=currency, on=line.day,
        counterparty=line.counterparty, remittance=line.remittance, state="open" if line.is_open else "closed",
        explained=format_amount(line.explained), matched=line.matched, of=line.of, match=line.match if line.matched else None,
        said=[MatchSaidOut(each.number, each.kind, each.of, each.ended) for each in line.said],
        suggestions=[
            SuggestionOut(
                each.candidate.kind, each.candidate.number, format_amount(abs(each.candidate.pence)), each.candidate.day,
                each.candidate.payee, each.score, [PointOut(point.reason, point.points) for point in each.working],
            )
            for each in suggested
        ],
    )  # fmt: skip


def roll_forward_of(
    holder_account: str, found: Rolled, statements: list[StatementSaid], currency: str
) -> RollForwardOut:
    """The whole of an account."""

    def told(amounts: dict[str, int]) -> dict[str, str]:
        return {name: format_amount(pence) for name, pence in amounts.items()}

    return RollForwardOut(
        holder_account=holder_account, currency=currency, parts=told(found.parts), stands=format_amount(found.stands),
        advance=format_amount(found.advance), unidentified=format_amount(found.unidentified),
        disputed=format_amount(found.disputed), bank=None if found.bank is None else format_amount(found.bank),
        explained=told(found.explained), unexplained=None if found.unexplained is None else format_amount(found.unexplained),
        statements=[
            StatementReadOut(
                each.number, each.provider, each.first_on, each.last_on, format_amount(each.opening),
                format_amount(each.closing - each.opening), format_amount(each.closing), each.lines, each.whole, each.left,
            )
            for each in statements
        ],
    )  # fmt: skip


def roll_forwards_of(found: Open, currency: str) -> RollForwardsOut:
    """A page of accounts."""

    def told(pence: int | None) -> str | None:
        return None if pence is None else format_amount(pence)

    return RollForwardsOut(
        currency=currency,
        accounts=[
            AccountRolledOut(
                each.person, each.holder_account, format_amount(each.rolled.stands), format_amount(each.rolled.advance),
                format_amount(each.rolled.unidentified), format_amount(each.rolled.disputed), told(each.rolled.bank),
                told(each.rolled.unexplained),
            )
            for each in found.rows
        ],
        kept_back=found.kept_back,
    )  # fmt: skip


class UnderWayOut(Struct, frozen=True):
    """A payment that was released and has not cleared; `number` names it when a line is matched."""

    number: int
    payee: str
    amount: str
    on: date


class OwnLineOut(Struct, frozen=True):
    """A line of one of our banks: positive came in. `could_be` are payments under way of just its amount, nearest first."""

    number: int
    amount: str
    on: date
    counterparty: str
    remittance: str
    matched: str | None
    match: int | None
    could_be: list[int]


class OwnLinesOut(Struct, frozen=True):
    """Lines of a bank in the order taken, and the payments under way."""

    currency: str
    lines: list[OwnLineOut]
    under_way: list[UnderWayOut]


class ReconciliationOut(Struct, frozen=True):
    """A bank of ours: `statement` = `brought_in` + `matched` + `open_in` + `open_out` + `gap`; `ledger` = `matched` +
    `not_on_statement`. The gap is what missing statements leave."""

    bank: str
    currency: str
    ledger: str
    in_transit: str
    statement: str | None
    statement_on: date | None
    brought_in: str
    matched: str
    open_in: str
    open_out: str
    not_on_statement: str
    gap: str | None


def own_lines_of(lines: list[OwnLine], payments: list[UnderWay], currency: str) -> OwnLinesOut:
    """Lines with what they could be."""

    def could_be(line: OwnLine) -> list[int]:
        if line.match is not None:
            return []
        same = [each for each in payments if each.amount == -line.pence]
        return [each.number for each in sorted(same, key=lambda each: (abs(each.day - line.day), each.number))]

    made = [
        OwnLineOut(each.number, format_amount(each.pence), each.day, each.counterparty, each.remittance, each.matched, each.match,
                   could_be(each))
        for each in lines
    ]  # fmt: skip
    return OwnLinesOut(
        currency,
        made,
        [UnderWayOut(each.number, each.payee, format_amount(each.amount), each.day) for each in payments],
    )


def reconciliation_of(bank: str, found: Reconciled, currency: str) -> ReconciliationOut:
    """A bank reconciled."""

    def told(pence: int | None) -> str | None:
        return None if pence is None else format_amount(pence)

    return ReconciliationOut(
        bank=bank, currency=currency, ledger=format_amount(found.ledger), in_transit=format_amount(found.in_transit),
        statement=told(found.statement), statement_on=found.statement_on, brought_in=format_amount(found.brought_in),
        matched=format_amount(found.matched), open_in=format_amount(found.open_in), open_out=format_amount(found.open_out),
        not_on_statement=format_amount(found.not_on_statement), gap=told(found.gap),
    )  # fmt: skip
