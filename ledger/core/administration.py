"""Decisions that move no money: accounts, periods, records, erasures, and the beginnings of a log."""

from ledger.core.calendar import period_days
from ledger.core.refusals import Refused
from ledger.core.requests import ChangeAccount, ChangePeriod, Erase, OpenAccounts, OpenBook, Record, Restart
from ledger.core.rules import Draft, Moment, check_because_known
from ledger.core.state import BookState


def decide_open(state: BookState, request: OpenAccounts, _moment: Moment) -> Draft:
    """Opens accounts; each code once for ever."""
    for spec in request.accounts:
        if state.account(spec.code) is not None:
            raise Refused("account_exists", spec.code)
    check_because_known(state, request)
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
    if request.to == "closed" and (kept := _kept_for(state, request.account)):
        # What a hold keeps must be able to come back to where it came from.
        raise Refused("account_not_empty", request.account, kept)
    check_because_known(state, request)
    attributes = (("reason", request.reason),) if request.reason else ()
    status = {"frozen": "frozen", "unfrozen": "open", "closed": "closed"}[request.to]
    return Draft(f"account_{request.to}", attributes, [], request.account, status=(account, status))


def _kept_for(state: BookState, code: str) -> int:
    """The pence that loaded open holds would give back to an account."""
    pairs = (pair for hold in state.holds.values() if hold is not None for pair in hold.pairs.values())
    return sum(pair.remaining for pair in pairs if pair.origin == code)


def decide_period(state: BookState, request: ChangePeriod, moment: Moment) -> Draft:
    """Closes what is open, reopens (by someone else) what is closed, opens a month before the first."""
    first, last = period_days(request.period)
    closer = state.months.closed.get(request.period)
    if request.to == "reopened" and closer is not None and (same := closer & moment.asked.people):
        raise Refused("second_person_needed", min(same))
    check_because_known(state, request)
    if request.to == "reopened":
        if closer is None:
            raise Refused("period_state", request.period, "open")
    elif request.to == "closed":
        if last < state.months.first_day:
            raise Refused("before_first_month", first, state.months.first_day)
        if first > moment.today:
            raise Refused("period_in_future", request.period, moment.today)
        if closer is not None:
            raise Refused("period_state", request.period, "closed")
    elif first >= state.months.first_day or (last - first).days > 31:
        raise Refused("period_state", request.period, "closed" if closer is not None else "open")
    attributes = (("reason", request.reason),) if request.reason else ()
    return Draft(f"period_{request.to}", attributes, [], request.period, period=(request.period, request.to))


def decide_record(state: BookState, request: Record, _moment: Moment) -> Draft:
    """An administrative event or a decision, as codes."""
    check_because_known(state, request)
    return Draft(request.kind, tuple(sorted(request.attributes)), [], request.subject)


def decide_erase(state: BookState, request: Erase, moment: Moment) -> Draft:
    """Lists what is erased, with its commitments; two people."""
    found = []
    for number in request.entries:
        past = state.entry(number)
        if past is None:
            raise Refused("entry_unknown", number)
        found.append(past)
    for past in found:
        if past.commitment is None or past.erased:
            raise Refused("nothing_to_erase", past.number)
    if request.second in moment.asked.people:
        raise Refused("second_person_needed", request.second)
    check_because_known(state, request)
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
    if request.second in moment.asked.people:
        raise Refused("second_person_needed", request.second)
    check_because_known(state, request)
    # Whoever recovers a log makes a new origin; the old one again would be a fork that looks like none.
    assert request.origin != state.origin
    attributes = (
        ("ground", request.ground), ("note_root", request.note_root or "-"), ("note_size", str(request.note_size)),
        ("old_origin", state.origin), ("origin", request.origin), ("second", request.second),
    )  # fmt: skip
    return Draft("log_restarted", attributes, [], None, origin=request.origin)
