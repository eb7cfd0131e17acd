"""What is no matter of every day in a person's year: schedules, third parties, money that comes back, reviews, recovery, a stop.

Each function does one kind of wish, as whoever does it in life, through the same functions as the routes.
"""

from datetime import date, timedelta
from typing import Any

import msgspec

from api.demo import wishes
from api.demo.cast import BANK, staff
from api.demo.living import Affairs, Year, hash_of
from api.demo.loading import PATIENCE_SECONDS, Due
from ledger.budgets import stopping
from ledger.budgets.claims import Evidence, claim_subject, credit_subject, invoice_subject, statement_subject
from ledger.budgets.drafts import Draft, DraftLine
from ledger.budgets.owing import Notice
from ledger.budgets.people import holder_account_said
from ledger.budgets.plans import plan_recorded
from ledger.core.batch import Outcome
from ledger.core.calendar import year_of
from ledger.core.model import Asked
from policies import (
    crediting,
    ending,
    forecasting,
    liabilities,
    owing,
    paying,
    planning,
    reconsidering,
    recovering,
    registering,
    reimbursing,
    requesting,
    scheduling,
    settling,
    surpluses,
    third_parties,
)
from policies.gate import Sender

Connection = Any
PAY_BY_DAYS = 28


def _senders(year: Year, role: str, place: str, turn: int = 0) -> Sender:
    return year.loader.sender(place, staff(role, year.person.index + turn))


def _staff(year: Year, role: str, turn: int = 0) -> Asked:
    return staff(role, year.person.index + turn)


def _is_done(outcome: Outcome | None) -> bool:
    """Whether a decision of the rules was a yes and was carried out with it."""
    return outcome is not None and outcome.refusal is None and outcome.entries[0].attribute("outcome") == "allow"


async def scheduled(year: Year, place: str, wish: wishes.Scheduled) -> None:
    """An officer enters the payments that the plan agreed."""
    await year.carried(place, _staff(year, "officer"), lambda connection: scheduling.agree(
        connection, year.loader.book_id, wish.schedule
    ))  # fmt: skip


async def sent_back(year: Year, place: str, wish: wishes.SentBack) -> None:
    """An instalment comes back before it was cleared; somebody else looks at the account and approves it anew."""
    number, person = year.paid.get(wish.of), year.person
    if number is None:
        return
    back = await year.carried(place, _staff(year, "treasury"), lambda connection: paying.return_instalment(
        connection, year.loader.book_id, person=person.ref, number=number, reason="account_closed", effective_on=wish.on
    ))  # fmt: skip
    if back is None:
        return
    year.loader.paid_out[wish.on.strftime("%Y-%m")] -= sum(
        pence for entry in back.entries for code, pence in entry.legs if code.startswith("in_transit/")
    )
    lapsed = next(entry for entry in back.entries if entry.kind == "holder_account")
    last = lapsed.number
    for act, turn in (("approved_once", 1), ("approved", 2)):
        again = holder_account_said(act, holder_account=person.account or "", person=person.ref, because=last)
        others = (last,) if act == "approved" else ()
        last = (
            await year.loader.must(f"{place}/{act}", _staff(year, "finance", turn), again, other_than=others)
        ).number


async def statement(year: Year, place: str, wish: wishes.Statement) -> None:
    """One of the office enters what a third party tells, another accepts it."""
    if wish.of not in year.paid or f"{wish.of}.fee" not in year.paid:
        return
    told = Evidence(
        subject=statement_subject(wish.third_party, hash_of(wish.reference)), person=year.person.ref, line=wish.line,
        payee=wish.third_party, service=wish.service, amount=wish.care + wish.fee, fee=wish.fee, fee_line=wish.fee_line,
        document_on=wish.on, received_on=wish.on,
    )  # fmt: skip
    entered = await year.carried(place, _staff(year, "officer"), lambda connection: third_parties.enter_statement(
        connection, year.loader.book_id, told, bundle=year.loader.gate.engine.bundle, detail=year.detail(wish.reference)
    ))  # fmt: skip
    if entered is not None:
        await year.settled(third_parties.accept_statement(
            year.loader.gate, _senders(year, "officer", f"{place}/accepted", 1), PATIENCE_SECONDS, person=year.person.ref,
            number=entered.number, effective_on=wish.on,
        ))  # fmt: skip


async def credit_note(year: Year, place: str, wish: wishes.CreditNote) -> None:
    """A credit note for an invoice, entered by one of finance and accepted by another; what is to be paid of it is less."""
    if wish.of not in year.invoiced:
        return
    due = year.invoiced[wish.of][1]
    note = Evidence(subject=credit_subject(due.payee, hash_of(wish.reference)), person=year.person.ref, payee=due.payee,
                    amount=wish.amount, document_on=wish.on, received_on=wish.on)  # fmt: skip
    entered = await year.carried(place, _staff(year, "finance"), lambda connection: crediting.enter_credit(
        connection, year.loader.book_id, note, invoice=due.number, detail=year.detail(wish.reference)
    ))  # fmt: skip
    if entered is not None:
        await year.carried(f"{place}/accepted", _staff(year, "finance", 1), lambda connection: crediting.accept_credit(
            connection, year.loader.book_id, person=year.person.ref, number=entered.number, effective_on=wish.on
        ))  # fmt: skip


async def laid_out(year: Year, place: str, wish: wishes.LaidOut) -> None:
    """The holder claims what they laid out, an officer accepts it, and it is paid with the rest."""
    account = year.person.account or ""
    claim = Evidence(
        subject=claim_subject(wish.reference), person=year.person.ref, line=wish.line, service=wish.service, payee=account,
        amount=wish.amount, document_on=wish.on,
    )  # fmt: skip
    claimed = await year.carried(place, year.person.holder, lambda connection: reimbursing.claim_reimbursement(
        connection, year.loader.book_id, claim, bundle=year.loader.gate.engine.bundle, holder=year.person.holder.actor,
        today=year.today, scopes=frozenset(("holder", "spend")), detail=year.detail(wish.reference),
    ))  # fmt: skip
    if claimed is None:
        return
    outcome = await year.settled(reimbursing.accept_reimbursement(
        year.loader.gate, _senders(year, "officer", f"{place}/accepted"), PATIENCE_SECONDS, person=year.person.ref,
        number=claimed.number, effective_on=wish.on,
    ))  # fmt: skip
    if outcome is not None:
        acceptance = next(entry.number for entry in outcome.entries if entry.kind == "evidence")
        year.loader.due.append(Due(account, wish.on + timedelta(days=7), claim.subject, acceptance))


async def reviewed(year: Year, place: str, wish: wishes.Reviewed) -> None:
    """A clinician and an officer hold a review."""
    await year.carried(place, _staff(year, "officer"), lambda connection: forecasting.hold_review(
        connection, year.loader.book_id, person=year.person.ref, on=wish.on, outcome=wish.outcome, today=year.today,
        detail=year.detail("What was said at the review."),
    ))  # fmt: skip


async def review_called(year: Year, place: str, wish: wishes.ReviewCalled) -> None:
    """An officer writes down that the person asks for a review."""
    limits = year.loader.gate.limits_on(wish.on)
    await year.carried(place, _staff(year, "officer"), lambda connection: forecasting.call_for_review(
        connection, year.loader.book_id, person=year.person.ref, reason=wish.reason, on=wish.on, today=wish.on, holder=None,
        scopes=frozenset(), limits=limits,
    ))  # fmt: skip


async def check_asked(year: Year, place: str, wish: wishes.CheckAsked) -> None:
    """An officer writes down that the person asks; one of finance answers ten days later."""
    asked = await year.settled(requesting.request_checks(
        year.loader.gate, _senders(year, "officer", place), PATIENCE_SECONDS, person=year.person.ref, payee=wish.payee,
        holder=None, scopes=frozenset(), on=wish.on, effective_on=wish.on,
    ))  # fmt: skip
    if _is_done(asked):
        await year.settled(registering.approve_payee(
            year.loader.gate, _senders(year, "finance", f"{place}/answered"), PATIENCE_SECONDS, payee=wish.payee,
            effective_on=wish.on + timedelta(days=10),
        ))  # fmt: skip


async def questioned(year: Year, place: str, wish: wishes.Questioned) -> None:
    """What was accepted is asked about again."""
    of = year.shown.get(wish.of)
    if of is None:
        return
    asked = await year.carried(place, _staff(year, "officer", 1), lambda connection: recovering.question(
        connection, year.loader.book_id, person=year.person.ref, of=of, amount=wish.amount, subject=wish.name,
        effective_on=wish.on, detail=year.detail("Made-up words."),
    ))  # fmt: skip
    if asked is not None:
        year.found[wish.name] = next(entry.number for entry in asked.entries if entry.attribute("act") == "questioned")


async def answered(year: Year, place: str, wish: wishes.Answered) -> None:
    """Another than asked finds it explained, and gives up what is not."""
    of = year.found.get(wish.of)
    if of is None:
        return
    await year.carried(place, _staff(year, "officer", 2), lambda connection: recovering.explain(
        connection, year.loader.book_id, person=year.person.ref, number=of, amount=wish.amount, effective_on=wish.on,
        detail=year.detail("Made-up words."),
    ))  # fmt: skip
    if wish.waived:
        await year.settled(owing.waive_question(
            year.loader.gate, _senders(year, "finance", f"{place}/waived"), PATIENCE_SECONDS, _act(year, wish.on), question=of,
            line=wish.line, amount=wish.waived, authority="sfi.waiver", subject=wish.of,
        ))  # fmt: skip


async def raised(year: Year, place: str, wish: wishes.Raised) -> None:
    """A second version of the plan: one officer drafts it, another signs it."""
    person, loader, in_year = year.person, year.loader, year_of(wish.on)
    drafts = []
    for each in person.lines:
        more = wish.more if each.line.line == wish.line else 0
        years = tuple((name, pence + (more if name == in_year else 0)) for name, pence in each.allocations)
        line = msgspec.structs.replace(each.line, version=2, amount=each.line.amount + more, years=years)
        drafts.append(DraftLine(line, "More for what matters to me", "Made-up words.", years))
    version = msgspec.structs.replace(person.plan, version=2, start=wish.on, signatures=(), first_review=None)
    drafted = await loader.must(place, _staff(year, "officer", 2), plan_recorded(
        "drafted", version, detail=Draft("What matters to me", "Made-up words.", tuple(drafts)).detail(loader.salt())
    ))  # fmt: skip
    signed = await planning.sign(
        loader.gate, _senders(year, "officer", f"{place}/signed", 3), PATIENCE_SECONDS, person=person.ref,
        plan=person.plan.plan, read=drafted.number, effective_on=wish.on, signatures=person.plan.signatures,
    )  # fmt: skip
    loader.tally.count(signed)


# ---- recovery ----------------------------------------------------------------------------------------------------------


def _act(year: Year, on: date) -> owing.Act:
    return owing.Act(person=year.person.ref, effective_on=on)


async def surplus(year: Year, place: str, wish: wishes.Surplus) -> None:
    """An officer finds out that no care went unmet, and looks at the balance of a holder's account, by both tests."""
    await year.carried(f"{place}/care", _staff(year, "officer"), lambda connection: surpluses.check_care(
        connection, year.loader.book_id, person=year.person.ref, line=wish.line, on=wish.on, found="none_unmet",
        detail=year.detail("Made-up words."), today=wish.on,
    ))  # fmt: skip
    outcome = await year.settled(surpluses.determine_surplus(
        year.loader.gate, _senders(year, "officer", place), PATIENCE_SECONDS, _act(year, wish.on), line=wish.line,
        balance=wish.balance, liabilities=wish.liabilities, contingency=wish.contingency, amount=wish.amount, subject=wish.name,
    ))  # fmt: skip
    if _is_done(outcome):
        assert outcome is not None
        year.found[wish.name] = next(entry.number for entry in outcome.entries if entry.kind == "review")


async def offset(year: Year, place: str, wish: wishes.Offset) -> None:
    """One of finance pays an instalment less what was determined."""
    if wish.surplus not in year.found or wish.of not in year.holds:
        return
    outcome = await year.settled(owing.offset(
        year.loader.gate, _senders(year, "finance", place), PATIENCE_SECONDS, _act(year, wish.on),
        instalment=year.decided[wish.of], bank=BANK, amount=wish.amount, surplus=year.found[wish.surplus], demand=None,
        period=None, reasonable=year.detail("Made-up reasons."),
    ))  # fmt: skip
    if _is_done(outcome):
        assert outcome is not None
        year.went_out(wish.of, outcome, wish.on)


async def demand(year: Year, place: str, wish: wishes.Demand) -> None:
    """A notice is written, sent and delivered; what the law lists is considered; then the money is demanded."""
    determined, person = year.found.get(wish.surplus), year.person
    if determined is None:
        return
    notice = Notice(
        subject=f"notice/{wish.name}", person=person.ref, about="repayment", reasons=("accumulated",), amount=wish.amount,
        pay_by=wish.on + timedelta(days=PAY_BY_DAYS), debtor=person.holder.actor, debtor_is="person",
    )  # fmt: skip
    officer, book_id = _staff(year, "officer"), year.loader.book_id
    made = await year.carried(place, officer, lambda connection: recovering.make_notice(
        connection, book_id, notice, on=wish.on, today=wish.on, detail=year.detail("Made-up reasons."),
    ))  # fmt: skip
    assert made is not None
    for act in ("sent", "delivered"):
        await year.carried(f"{place}/{act}", officer, lambda connection, act=act: recovering.move_notice(  # type: ignore[misc]
            connection, book_id, person=person.ref, number=made.number, act=act, on=wish.on, today=wish.on
        ))  # fmt: skip
    await year.carried(f"{place}/considered", officer, lambda connection: recovering.consider(
        connection, book_id, person=person.ref, notice=made.number, factors=("accumulated",), safeguarding="none", on=wish.on,
        detail=year.detail("Made-up reasoning."),
    ))  # fmt: skip
    outcome = await year.settled(owing.demand(
        year.loader.gate, _senders(year, "officer", f"{place}/demanded", 1), PATIENCE_SECONDS, _act(year, wish.on),
        notice=made.number, line=wish.line, amount=wish.amount, source="advance", of=None, surplus=determined,
        subject=wish.name,
    ))  # fmt: skip
    if _is_done(outcome):
        assert outcome is not None
        year.found[wish.name] = next(entry.number for entry in outcome.entries if entry.attribute("act") == "demanded")


async def look_again(year: Year, place: str, wish: wishes.LookAgain) -> None:
    """The person asks, and an officer who had no part in it answers that it stands, or takes a part of it back."""
    of = year.found.get(wish.of)
    if of is None:
        return
    asked = await year.settled(reconsidering.ask_again(
        year.loader.gate, _senders(year, "officer", place), PATIENCE_SECONDS, _act(year, wish.on), about="demand", of=of,
        received_on=wish.on, subject=f"{wish.of}.again",
    ))  # fmt: skip
    if not _is_done(asked):
        return
    assert asked is not None
    number = next(entry.number for entry in asked.entries if entry.kind == "reconsideration")
    await year.carried(f"{place}/answered", _staff(year, "officer", 3), lambda connection: recovering.answer_reconsideration(
        connection, year.loader.book_id, person=year.person.ref, number=number, withdrawn=wish.taken_back,
        act="changed" if wish.taken_back else "upheld",
        subject=f"{wish.of}.again", answered_on=wish.on + timedelta(days=9),
        today=wish.on + timedelta(days=9), change_by=wish.on + timedelta(days=37), detail=year.detail("Made-up reasons."),
    ))  # fmt: skip


async def repaid(year: Year, place: str, wish: wishes.Repaid) -> None:
    """A part of what was demanded comes in."""
    of = year.found.get(wish.of)
    if of is not None:
        await year.carried(place, _staff(year, "treasury"), lambda connection: recovering.repay(
            connection, year.loader.book_id, person=year.person.ref, number=of, amount=wish.amount, bank=BANK,
            effective_on=wish.on,
        ))  # fmt: skip


async def given_up(year: Year, place: str, wish: wishes.GivenUp) -> None:
    """The rest is waived within the delegated limit, by another than demanded it."""
    of = year.found.get(wish.of)
    if of is not None:
        await year.settled(owing.give_up(
            year.loader.gate, _senders(year, "finance", place), PATIENCE_SECONDS, _act(year, wish.on), demand=of,
            amount=wish.amount, loss="claim_waived", authority="sfi.waiver", subject=wish.of,
        ))  # fmt: skip


# ---- a stop ------------------------------------------------------------------------------------------------------------


async def stopped(year: Year, place: str, wish: wishes.Stopped) -> None:
    """Notice is given; what an assistant is owed for theirs is stated and taken over; the line ends; what was asked for is paid and
    the rest given back. What lies after the last day of the demo has not happened."""
    loader, person = year.loader, year.person
    stop = stopping.Stop(line=wish.line, person=person.ref, ground="consent_withdrawn", notified_on=wish.on,
                         ends_on=wish.ends_on, alternative="commissioned")  # fmt: skip
    notified = await year.settled(ending.notify_stop(
        loader.gate, _senders(year, "officer", place), PATIENCE_SECONDS, stop=stop, person=person.ref, line=wish.line,
        ground=stop.ground, notified_on=wish.on, ends_on=wish.ends_on, effective_on=wish.on,
        today=wish.on, reasons=year.detail("Made-up reasons."),
    ))  # fmt: skip
    if not _is_done(notified):
        return
    owed = liabilities.Claimed(liability=f"{wish.line}.notice", person=person.ref, line=wish.line, klass="notice_pay",
                               amount=wish.owed, working="Four weeks of notice.", reason="", employment=None)  # fmt: skip
    stated = await year.carried(f"{place}/stated", _staff(year, "officer"), lambda connection: liabilities.state_liability(
        connection, loader.book_id, owed, salt=loader.salt(),
        cap_on=lambda day: loader.gate.engine.bundle.limits_on(loader.gate.book, day).week_pay_cap_pence,
    ))  # fmt: skip
    assert stated is not None
    await year.carried(f"{place}/taken", _staff(year, "officer", 1), lambda connection: liabilities.accept_liability(
        connection, loader.book_id, person=person.ref, number=stated.number, effective_on=wish.on
    ))  # fmt: skip
    await year.carried(f"{place}/ended", _staff(year, "officer", 2), lambda connection: ending.end_line(
        connection, loader.book_id, person=person.ref, line=wish.line, effective_on=wish.ends_on, owes_nothing=False
    ))  # fmt: skip
    bill = Evidence(
        subject=invoice_subject(wish.payee, hash_of(f"{wish.line}.notice")), person=person.ref, line=wish.line,
        payee=wish.payee, service=wish.service, amount=wish.paid, document_on=wish.ends_on, received_on=wish.ends_on,
    )  # fmt: skip
    entered = await year.carried(f"{place}/billed", _staff(year, "finance"), lambda connection: settling.enter_invoice(
        connection, loader.book_id, bill, care_from=wish.on, care_to=wish.ends_on, detail=year.detail(bill.subject)
    ))  # fmt: skip
    assert entered is not None
    paid = await year.carried(f"{place}/paid", _staff(year, "finance", 1), lambda connection: liabilities.pay_liability(
        connection, loader.book_id, person=person.ref, number=stated.number, invoice=entered.number,
        effective_on=wish.ends_on,
    ))  # fmt: skip
    if paid is not None:
        acceptance = next(entry.number for entry in paid.entries if entry.attribute("act") == "invoice_accepted")
        loader.due.append(Due(wish.payee, wish.ends_on + timedelta(days=7), bill.subject, acceptance))
        await year.carried(f"{place}/unused", _staff(year, "officer", 3), lambda connection: liabilities.release_liability(
            connection, loader.book_id, person=person.ref, number=stated.number, effective_on=wish.ends_on
        ))  # fmt: skip


AFFAIRS: Affairs = {
    wishes.Scheduled: scheduled, wishes.SentBack: sent_back, wishes.Statement: statement, wishes.CreditNote: credit_note,
    wishes.LaidOut: laid_out, wishes.Reviewed: reviewed, wishes.Raised: raised, wishes.Surplus: surplus,
    wishes.Offset: offset, wishes.Demand: demand, wishes.LookAgain: look_again, wishes.Repaid: repaid,
    wishes.GivenUp: given_up, wishes.Stopped: stopped, wishes.ReviewCalled: review_called, wishes.CheckAsked: check_asked,
    wishes.Questioned: questioned, wishes.Answered: answered,
}  # fmt: skip
