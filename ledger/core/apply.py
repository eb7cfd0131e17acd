"""What a book says to a request: pure decisions on the running state, refuse first, then it must succeed.

Each decision reads the state and changes nothing. It answers with a draft of the entry, or raises Refused with the
first refusal of the list in `ledger.core.refusals`. `ledger.core.batch` numbers drafts and applies them.
"""

from collections.abc import Callable

from ledger.core.administration import (
    decide_book,
    decide_change,
    decide_erase,
    decide_open,
    decide_period,
    decide_record,
    decide_restart,
)
from ledger.core.holds import decide_place, decide_release, decide_settle
from ledger.core.model import Request
from ledger.core.refusals import Refused
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Correct,
    Erase,
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
from ledger.core.rules import (
    Attributes,
    Draft,
    Legs,
    Moment,
    check_accounts,
    check_because,
    check_day,
    check_free_of_holds,
    check_guards,
    check_open_data,
    check_sums,
    resolved,
    shortfall_accounts,
    with_shortfalls,
)
from ledger.core.state import BookState
from ledger.core.undoing import decide_correct, decide_reverse


def decide(state: BookState, request: Request, moment: Moment) -> Draft:
    """The draft of a request's entry, or Refused."""
    if state.nature == "open_data":
        check_open_data(request, moment)
    return _DECIDERS[type(request)](state, request, moment)


def decide_post(state: BookState, request: Post, moment: Moment) -> Draft:
    """N legs: accounts, dates, groups, identities, shortfalls, guards (accounting.md section 1)."""
    if request.currency is not None and request.currency != state.currency:
        raise Refused("currency_differs", state.currency, request.currency)
    legs = resolved(state, request.legs)
    named = legs + shortfall_accounts(state, request.legs) if request.fact else legs
    check_accounts(named, request.fact)
    check_because(state, legs, request, moment)
    check_free_of_holds(named)
    check_day(state.months, request.effective_on, moment)
    check_sums(legs)
    attributes: Attributes = ()
    if request.up_to is not None:
        attributes = (("up_to", request.up_to),)
        legs = _up_to(legs, request.up_to)
    elif request.fact:
        legs = with_shortfalls(state, request.legs, legs)
    check_guards(legs)
    return Draft("transaction", attributes, legs, request.subject)


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
