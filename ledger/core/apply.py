"""What a book says to a request: pure decisions on the running state, refuse first, then it must succeed.

Each decision reads the state and changes nothing. It answers with a draft of the entry, or raises Refused with the
first refusal of the list in `ledger.core.refusals`. `ledger.core.batch` numbers drafts and applies them.
"""

from collections.abc import Callable
from datetime import date

import msgspec

from ledger.core.calendar import Months, period_days, year_of
from ledger.core.canon import POSTING_KINDS
from ledger.core.model import (
    AnyRequest,
    Asked,
    ChangeAccount,
    ChangePeriod,
    Correct,
    Erase,
    Leg,
    OpenAccounts,
    OpenBook,
    PlaceHold,
    Post,
    Record,
    ReleaseHold,
    Restart,
    Reverse,
    SettleHold,
)
from ledger.core.refusals import Refused
from ledger.core.state import AccountState, BookState, HoldPair, HoldState, PastEntry

MAX_BALANCE = 2**62
HOLDING_CLASS = "held"
Legs = list[tuple[AccountState, int]]
Attributes = tuple[tuple[str, str], ...]


class Draft(msgspec.Struct):
    """An entry that has been allowed and not yet numbered, and what it does to the state."""

    kind: str
    attributes: Attributes = ()
    legs: Legs = []
    subject: str | None = None
    placed: HoldState | None = None
    hold: HoldState | None = None
    hold_moves: tuple[tuple[str, int], ...] = ()
    hold_closes: bool = False
    undoes: PastEntry | None = None
    opens: tuple[AccountState, ...] = ()
    status: tuple[AccountState, str] | None = None
    period: tuple[str, str] | None = None
    erases: tuple[PastEntry, ...] = ()
    origin: str | None = None


class Moment(msgspec.Struct, frozen=True):
    """When and by whom a request is decided. `today` is the day in Europe/London."""

    now_us: int
    today: date
    asked: Asked


def decide(state: BookState, request: AnyRequest, moment: Moment) -> Draft:
    """The draft of a request's entry, or Refused."""
    if request.because > state.size:
        raise Refused("because_unknown", request.because)
    return _DECIDERS[type(request)](state, request, moment)


def decide_post(state: BookState, request: Post, moment: Moment) -> Draft:
    """N legs: accounts, dates, groups, identities, shortfalls, guards (accounting.md section 1)."""
    if request.currency is not None and request.currency != state.currency:
        raise Refused("currency_differs", state.currency, request.currency)
    legs = _resolved(state, request.legs)
    _check_accounts(legs, request.fact)
    _check_free_of_holds(legs)
    _check_because(legs, request, moment)
    _check_day(state.months, request.effective_on, moment)
    attributes: Attributes = ()
    if request.up_to is not None:
        attributes = (("up_to", request.up_to),)
        legs = _up_to(legs, request.up_to)
    elif request.fact:
        legs = _with_shortfalls(state, request.legs, legs, frozenset())
    _check_sums(legs)
    _check_guards(legs)
    return Draft("transaction", attributes, legs, request.subject)


def decide_place(state: BookState, request: PlaceHold, moment: Moment) -> Draft:
    """A hold: each pair moves from its origin to its holding account (accounting.md event 5)."""
    legs = _resolved(
        state, tuple(leg for p in request.pairs for leg in (Leg(p.holding, p.amount), Leg(p.origin, -p.amount)))
    )
    _check_accounts(legs, fact=False)
    for account, amount in legs:
        if (account.klass == HOLDING_CLASS) != (amount > 0):
            raise Refused("holding_account", account.code)
    _check_because(legs, request, moment)
    if request.expires_us is not None and request.expires_us <= moment.now_us:
        raise Refused("hold_expiry_past", request.expires_us)
    _check_day(state.months, request.effective_on, moment)
    _check_sums(legs)
    _check_guards(legs)
    expires = "-" if request.expires_us is None else str(request.expires_us)
    pairs = {pair.holding: HoldPair(pair.origin, pair.amount, pair.amount) for pair in request.pairs}
    hold = HoldState(0, request.purpose, request.expires_us, False, pairs, request.subject)
    attributes = (("expires_at", expires), ("purpose", request.purpose))
    return Draft("hold_placed", attributes, legs, request.subject, placed=hold)


def _open_hold(state: BookState, number: int) -> HoldState:
    hold = state.holds[number]
    if hold is None:
        raise Refused("hold_unknown", number)
    if hold.closed:
        raise Refused("hold_closed", number)
    return hold


def _check_takes(hold: HoldState, takes: dict[str, int]) -> None:
    for holding, amount in takes.items():
        pair = hold.pairs.get(holding)
        if pair is None:
            raise Refused("hold_account_unknown", hold.number, holding)
        if amount > pair.remaining:
            raise Refused("hold_exceeded", hold.number, holding, amount, pair.remaining)


def _given_back(hold: HoldState, amounts: dict[str, int]) -> dict[str, int]:
    back: dict[str, int] = {}
    for holding, amount in amounts.items():
        back[holding] = back.get(holding, 0) - amount
        origin = hold.pairs[holding].origin
        back[origin] = back.get(origin, 0) + amount
    return back


def decide_settle(state: BookState, request: SettleHold, moment: Moment) -> Draft:
    """Uses a hold in part, for less or for more (accounting.md events 6, 28, 29)."""
    others = _resolved(state, request.legs)
    hold = state.holds[request.hold]
    takes = {take.holding: take.amount for take in request.takes}
    for code in takes:
        if state.account(code) is None:
            raise Refused("account_unknown", code)
    held: Legs = []
    if hold is not None:
        held = _resolved(state, tuple(Leg(holding, -pair.placed) for holding, pair in hold.pairs.items()))
    _check_accounts(others + held, request.fact)
    _check_free_of_holds(others)
    _check_because(others + held, request, moment)
    hold = _open_hold(state, request.hold)
    _check_takes_known(hold, takes)
    _check_day(state.months, request.effective_on, moment)
    sums = {leg.account: leg.amount for leg in request.legs}
    for holding, amount in takes.items():
        sums[holding] = -amount
    moves = {holding: -amount for holding, amount in takes.items()}
    if request.final:
        rest = {h: p.remaining - takes.get(h, 0) for h, p in hold.pairs.items()}
        for code, amount in _given_back(hold, {h: r for h, r in rest.items() if r > 0}).items():
            sums[code] = sums.get(code, 0) + amount
        moves = {h: -p.remaining for h, p in hold.pairs.items() if p.remaining}
    shortfalls = {leg.account: leg.shortfall for leg in request.legs}
    netted = tuple(Leg(code, amount, shortfalls.get(code)) for code, amount in sums.items() if amount)
    legs = _resolved(state, netted)
    if request.fact:
        legs = _with_shortfalls(state, netted, legs, frozenset(hold.pairs))
    _check_sums(legs)
    _check_takes(hold, takes)
    _check_guards(legs)
    attributes = (("final", "yes" if request.final else "no"), ("hold", str(hold.number)))
    closes = request.final or _emptied(hold, moves)
    return Draft("hold_settled", attributes, legs, request.subject, hold=hold, hold_moves=tuple(moves.items()),
                 hold_closes=closes)  # fmt: skip


def _check_takes_known(hold: HoldState, takes: dict[str, int]) -> None:
    for holding in takes:
        if holding not in hold.pairs:
            raise Refused("hold_account_unknown", hold.number, holding)


def _emptied(hold: HoldState, moves: dict[str, int]) -> bool:
    return all(pair.remaining + moves.get(holding, 0) == 0 for holding, pair in hold.pairs.items())


def decide_release(state: BookState, request: ReleaseHold, moment: Moment) -> Draft:
    """Gives back what a hold keeps, or part of it (accounting.md event 30)."""
    takes = {take.holding: take.amount for take in request.takes}
    for code in takes:
        if state.account(code) is None:
            raise Refused("account_unknown", code)
    hold = _open_hold(state, request.hold)
    amounts = takes or {holding: pair.remaining for holding, pair in hold.pairs.items() if pair.remaining}
    _check_takes_known(hold, amounts)
    legs = _resolved(state, tuple(Leg(code, amount) for code, amount in _given_back(hold, amounts).items()))
    _check_accounts(legs, fact=False)
    _check_because(legs, request, moment)
    _check_day(state.months, request.effective_on, moment)
    _check_takes(hold, amounts)
    _check_guards(legs)
    moves = {holding: -amount for holding, amount in amounts.items()}
    attributes = (("hold", str(hold.number)),)
    return Draft("hold_released", attributes, legs, request.subject, hold=hold, hold_moves=tuple(moves.items()),
                 hold_closes=_emptied(hold, moves))  # fmt: skip


def expiry_of(state: BookState, hold: HoldState) -> Draft:
    """The draft of a due hold's expiry: all that remains goes back. Made by the book's clock, never refused."""
    amounts = {holding: pair.remaining for holding, pair in hold.pairs.items() if pair.remaining}
    legs = _resolved(state, tuple(Leg(code, amount) for code, amount in _given_back(hold, amounts).items()))
    moves = tuple((holding, -amount) for holding, amount in amounts.items())
    return Draft("hold_expired", (("hold", str(hold.number)),), legs, hold.subject, hold=hold, hold_moves=moves,
                 hold_closes=True)  # fmt: skip


def _undoable(state: BookState, number: int) -> PastEntry:
    past = state.entries[number]
    if past is None:
        raise Refused("entry_unknown", number)
    if past.kind not in POSTING_KINDS or past.kind == "hold_expired" or past.undoes:
        raise Refused("not_reversible", number, past.kind)
    if past.undone_by:
        raise Refused("already_reversed", number, past.undone_by)
    return past


def decide_reverse(state: BookState, request: Reverse, moment: Moment) -> Draft:
    """Every leg negated, once; the hold's remaining is restored (accounting.md event 38)."""
    past = _undoable(state, request.entry)
    past_day = date.fromisoformat(past.effective_on or "")
    if year_of(past_day) in state.months.closed:
        raise Refused("year_closed", past.number, year_of(past_day))
    legs = _resolved(state, tuple(Leg(code, -amount) for code, amount in past.legs))
    _check_accounts(legs, fact=False)
    _check_because(legs, request, moment)
    _check_day(state.months, request.effective_on, moment)
    assert request.effective_on is not None
    if request.effective_on < past_day:
        raise Refused("reversal_too_early", past.number, past_day)
    hold = state.holds[past.hold] if past.hold else None
    moves: dict[str, int] = {}
    if hold is not None:
        moves = {code: -amount for code, amount in past.legs if code in hold.pairs}
        if past.kind == "hold_placed":
            if hold.closed:
                raise Refused("hold_closed", hold.number)
            _check_takes(hold, {holding: pair.placed for holding, pair in hold.pairs.items()})
    _check_sums(legs)
    _check_guards(legs)
    closes = past.kind == "hold_placed"
    return Draft("transaction", (("reverses", str(past.number)),), legs, request.subject, undoes=past, hold=hold,
                 hold_moves=tuple(moves.items()), hold_closes=closes)  # fmt: skip


def decide_correct(state: BookState, request: Correct, moment: Moment) -> Draft:
    """A movement of a closed year undone in an open one (accounting.md event 39)."""
    past = _undoable(state, request.entry)
    if past.kind not in ("transaction", "hold_settled"):
        raise Refused("not_reversible", past.number, past.kind)
    year = year_of(date.fromisoformat(past.effective_on or ""))
    if year not in state.months.closed:
        raise Refused("year_open", past.number, year)
    instead = {pair.account: pair.instead for pair in request.replacements}
    sums: dict[str, int] = {}
    for code, amount in past.legs:
        new = instead.get(code, code)
        sums[new] = sums.get(new, 0) - amount
    legs = _resolved(state, tuple(Leg(code, amount) for code, amount in sums.items() if amount))
    for code, _ in past.legs:
        account = state.account(code)
        new_account = state.account(instead.get(code, code))
        assert account is not None
        if account.layer == "budget" and (new_account is None or new_account.group == account.group):
            raise Refused("correction_incomplete", past.number, code)
    if len(legs) < 2:
        raise Refused("correction_incomplete", past.number, past.legs[0][0])
    _check_accounts(legs, fact=False)
    _check_free_of_holds(legs)
    _check_because(legs, request, moment)
    _check_day(state.months, request.effective_on, moment)
    _check_sums(legs)
    _check_guards(legs)
    attributes = [("corrects", str(past.number))]
    attributes += [(f"instead.{i:02d}", f"{p.account}:{p.instead}") for i, p in enumerate(request.replacements, 1)]
    return Draft("transaction", tuple(attributes), legs, request.subject, undoes=past)


def decide_open(state: BookState, request: OpenAccounts, _moment: Moment) -> Draft:
    """Opens accounts; each code once for ever."""
    for spec in request.accounts:
        if state.account(spec.code) is not None:
            raise Refused("account_exists", spec.code)
    first_id = state.next_account_id
    opened = tuple(state.opened(spec, request.tags) for spec in request.accounts)
    state.next_account_id = first_id
    attributes = [(f"account.{i:02d}", spec.text()) for i, spec in enumerate(request.accounts, 1)]
    attributes += [(f"tag.{name}", value) for name, value in request.tags]
    kind = "share_opened" if request.share else "account_opened"
    subject = request.subject if request.share and request.subject else request.accounts[0].code
    return Draft(kind, tuple(sorted(attributes)), [], subject, opens=opened)


def decide_change(state: BookState, request: ChangeAccount, _moment: Moment) -> Draft:
    """Freezes, unfreezes or closes an account."""
    account = state.account(request.account)
    if account is None:
        raise Refused("account_unknown", request.account)
    if account.status == "closed":
        raise Refused("account_closed", request.account)
    if request.to == "frozen" and account.status == "frozen":
        raise Refused("account_frozen", request.account)
    if request.to == "unfrozen" and account.status != "frozen":
        raise Refused("account_not_frozen", request.account)
    if request.to == "closed" and account.balance != 0:
        raise Refused("account_not_empty", request.account, account.balance)
    attributes = (("reason", request.reason),) if request.reason else ()
    status = {"frozen": "frozen", "unfrozen": "open", "closed": "closed"}[request.to]
    return Draft(f"account_{request.to}", attributes, [], request.account, status=(account, status))


def decide_period(state: BookState, request: ChangePeriod, moment: Moment) -> Draft:
    """Closes what is open, reopens (by someone else) what is closed, opens a month before the first."""
    first, last = period_days(request.period)
    closer = state.months.closed.get(request.period)
    if request.to == "reopened":
        if closer is None:
            raise Refused("period_state", request.period, "open")
        if closer == moment.asked.actor:
            raise Refused("second_person_needed", closer)
    elif request.to == "closed":
        if closer is not None:
            raise Refused("period_state", request.period, "closed")
        if last < state.months.first_day:
            raise Refused("before_first_month", first, state.months.first_day)
    elif first >= state.months.first_day or (last - first).days > 31:
        raise Refused("period_state", request.period, "closed" if closer is not None else "open")
    attributes = (("reason", request.reason),) if request.reason else ()
    return Draft(f"period_{request.to}", attributes, [], request.period, period=(request.period, request.to))


def decide_record(_state: BookState, request: Record, _moment: Moment) -> Draft:
    """An administrative event or a decision, as codes."""
    return Draft(request.kind, tuple(sorted(request.attributes)), [], request.subject)


def decide_erase(state: BookState, request: Erase, moment: Moment) -> Draft:
    """Lists what is erased, with its commitments; two people."""
    found = []
    for number in request.entries:
        past = state.entries[number]
        if past is None:
            raise Refused("entry_unknown", number)
        found.append(past)
    for past in found:
        if past.commitment is None or past.erased:
            raise Refused("nothing_to_erase", past.number)
    if request.second == moment.asked.actor:
        raise Refused("second_person_needed", request.second)
    attributes = [("ground", request.ground), ("second", request.second)]
    attributes += [(f"erased.{i:03d}", f"{past.number}:{past.commitment}") for i, past in enumerate(found, 1)]
    return Draft("erasure", tuple(sorted(attributes)), [], None, erases=tuple(found))


def decide_book(state: BookState, request: OpenBook, _moment: Moment) -> Draft:
    """The first entry of a book."""
    assert state.size == 0
    attributes = (
        ("currency", request.currency), ("first_month", request.first_month), ("nature", request.nature),
        ("origin", request.origin),
    )  # fmt: skip
    return Draft("book", attributes, [], state.code)


def decide_restart(state: BookState, request: Restart, moment: Moment) -> Draft:
    """Goes on under a new origin; two people."""
    if request.second == moment.asked.actor:
        raise Refused("second_person_needed", request.second)
    attributes = (
        ("ground", request.ground), ("note_root", request.note_root or "-"), ("note_size", str(request.note_size)),
        ("old_origin", state.origin), ("origin", request.origin), ("second", request.second),
    )  # fmt: skip
    return Draft("log_restarted", attributes, [], None, origin=request.origin)


_DECIDERS: dict[type, Callable[..., Draft]] = {
    Post: decide_post,
    PlaceHold: decide_place,
    SettleHold: decide_settle,
    ReleaseHold: decide_release,
    Reverse: decide_reverse,
    Correct: decide_correct,
    OpenAccounts: decide_open,
    ChangeAccount: decide_change,
    ChangePeriod: decide_period,
    Record: decide_record,
    Erase: decide_erase,
    OpenBook: decide_book,
    Restart: decide_restart,
}


def _resolved(state: BookState, legs: tuple[Leg, ...]) -> Legs:
    resolved: Legs = []
    accounts = state.accounts
    for leg in legs:
        account = accounts[leg.account]
        if account is None:
            raise Refused("account_unknown", leg.account)
        resolved.append((account, leg.amount))
    return resolved


def _check_accounts(legs: Legs, fact: bool) -> None:
    frozen = None
    for account, _ in legs:
        if account.status != "open":
            if account.status == "closed":
                raise Refused("account_closed", account.code)
            frozen = frozen or account.code
    if frozen is not None and not fact:
        raise Refused("account_frozen", frozen)


def _check_free_of_holds(legs: Legs) -> None:
    for account, _ in legs:
        if account.klass == HOLDING_CLASS:
            raise Refused("holding_account", account.code)


def _check_because(legs: Legs, request: AnyRequest, moment: Moment) -> None:
    if request.because or moment.asked.source != "entered":
        return
    for account, _ in legs:
        if "line" in account.tags:
            raise Refused("because_missing", account.code)


def _check_day(months: Months, day: date | None, moment: Moment) -> None:
    assert day is not None
    if day > moment.today and moment.asked.source != "generated":
        raise Refused("effective_in_future", day, moment.today)
    if day < months.first_day:
        raise Refused("before_first_month", day, months.first_open_on(months.first_day))
    period = months.closed_period(day)
    if period is not None:
        raise Refused("period_closed", period, months.first_open_on(day))


def _up_to(legs: Legs, code: str) -> Legs:
    account, amount = next(leg for leg in legs if leg[0].code == code)
    limit = account.floor if amount < 0 else account.ceiling
    if limit is None:
        return legs
    room = account.balance - limit if amount < 0 else limit - account.balance
    size = min(abs(amount), room)
    if size <= 0:
        raise Refused("nothing_available", code)
    return [(each, size if pence > 0 else -size) for each, pence in legs]


def _with_shortfalls(state: BookState, asked: tuple[Leg, ...], legs: Legs, exempt: frozenset[str]) -> Legs:
    """Route what a guarded account cannot bear to the account named for it: facts are never refused for money."""
    sums = {account.code: amount for account, amount in legs}
    known = {account.code: account for account, _ in legs}
    for leg in asked:
        account = known[leg.account]
        limit = account.floor if leg.amount < 0 else account.ceiling
        if limit is None or leg.account in exempt:
            continue
        instead = state.account(leg.shortfall) if leg.shortfall else None
        if instead is None or instead.group != account.group or instead is account:
            raise Refused("shortfall_unnamed", leg.account)
        room = max(0, account.balance - limit if leg.amount < 0 else limit - account.balance)
        if abs(leg.amount) > room:
            sign = -1 if leg.amount < 0 else 1
            sums[leg.account] = sign * room
            sums[instead.code] = sums.get(instead.code, 0) + leg.amount - sign * room
            known[instead.code] = instead
    return [(known[code], amount) for code, amount in sums.items() if amount]


def _check_sums(legs: Legs) -> None:
    groups: dict[str, int] = {}
    rules: dict[tuple[str, str], int] = {}
    for account, amount in legs:
        groups[account.group] = groups.get(account.group, 0) + amount
        for name, of, coefficient in account.terms:
            rules[name, of] = rules.get((name, of), 0) + coefficient * amount
    for group, total in groups.items():
        if total:
            raise Refused("unbalanced", group, total)
    for (name, of), total in rules.items():
        if total:
            raise Refused("identity_broken", name, of, total)


def _check_guards(legs: Legs) -> None:
    ceiling_hit = None
    for account, amount in legs:
        after = account.balance + amount
        if amount < 0:
            if account.floor is not None and after < account.floor:
                available = max(0, account.balance - account.floor)
                raise Refused("not_enough_available", account.code, -amount, available)
        elif account.ceiling is not None and after > account.ceiling and ceiling_hit is None:
            ceiling_hit = (account.code, amount, max(0, account.ceiling - account.balance))
    if ceiling_hit is not None:
        raise Refused("ceiling_reached", *ceiling_hit)
    for account, amount in legs:
        if abs(account.balance + amount) > MAX_BALANCE or max(account.debit, account.credit) > MAX_BALANCE:
            raise Refused("balance_out_of_range", account.code)
