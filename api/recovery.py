"""Questions, notices, repayments and answers about money owed: what is entered without asking the rules."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut, settled_of
from api.deciding import Answered, carried_out, check_person, words_detail
from api.desk import WireRequest, answer
from api.finance import Number
from api.open_books import OpenBook, nonce, today
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_recovery import (
    ConsiderationIn,
    CreditLossIn,
    ExplanationIn,
    HandBackIn,
    NoticeIn,
    NoticeMovedIn,
    QuestionIn,
    ReconsideredIn,
    RepaymentIn,
    WithdrawalIn,
)
from api.writing import prepare
from ledger.budgets.owing import Notice
from ledger.budgets.recovery import credit_loss_expected
from ledger.budgets.shares import check_name
from ledger.budgets.year_end import year_named
from policies import recovering
from policies.resolution import Resolution

Connection = Any
TAG = ["recovery"]


def settled(made: Answered) -> Response[SettledOut]:
    """The answer of every route here: the decision, where there is one, and the other entries."""
    written, detail = made
    return answer(settled_of(written, detail), written.status, written.headers)


def size_of(opened: OpenBook, amount: str, currency: str, field: str = "amount") -> int:
    """Pence above zero in the book's currency."""
    if currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    return amount_of(amount, field, is_size=True)


async def _made(
    request: WireRequest, opened: OpenBook, key: str, route: str, person: str, is_dry: bool,
    make: Callable[[Connection, int], Awaitable[Resolution]],
) -> Response[SettledOut]:  # fmt: skip
    return settled(await carried_out(request, opened, key, route, make, person, is_dry=is_dry))


@post(f"{BUDGET}/questions", permission=Permission.QUESTION_SPENDS, operation_id="questionSpend", tags=TAG)
async def question(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[QuestionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Questions money that has gone (accounting event 14): a bank line without evidence, or spend that was accepted. It is a state
    and no accusation, and takes nothing from anybody."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, name = size_of(opened, data.amount, data.currency), nonce()
    return await _made(
        request, opened, key, f"questions/{person}", person, dry_run,
        lambda connection, book_id: recovering.question(
            connection, book_id, person=person, of=data.of, amount=amount, subject=name, effective_on=data.effective_on,
            detail=words_detail(data.words),
        ),
    )  # fmt: skip


@post(
    f"{BUDGET}/questions/{{number:int}}/explain", permission=Permission.QUESTION_SPENDS, operation_id="explainQuestion",
    tags=TAG,
)  # fmt: skip
async def explain(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ExplanationIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes a question back, or a part of it, by another than asked it: accepted spend is spent again, a bank line waits for
    evidence again. `number` is the first entry of the question."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount = size_of(opened, data.amount, data.currency)
    return await _made(
        request, opened, key, f"questions/{person}/{number}/explain", person, dry_run,
        lambda connection, book_id: recovering.explain(
            connection, book_id, person=person, number=number, amount=amount, effective_on=data.effective_on,
            detail=words_detail(data.words),
        ),
    )  # fmt: skip


@post(f"{BUDGET}/notices", permission=Permission.GIVE_NOTICES, operation_id="makeNotice", tags=TAG)
async def make_notice(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[NoticeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Keeps a notice as it was written. It posts nothing; one that lacks what the law wants in it allows no demand."""
    opened, key = await prepare(request, book)
    check_person(person)
    notice = Notice(
        subject=f"notice/{nonce()}", person=person, about=data.about,
        reasons=tuple(code_of(reason, "reasons") for reason in data.reasons),
        amount=None if data.amount is None else amount_of(data.amount, "amount", is_size=True), pay_by=data.pay_by,
        debtor=None if data.debtor is None else code_of(data.debtor, "debtor"), debtor_is=data.debtor_is,
        notice_days=data.notice_days, takes_effect_on=data.takes_effect_on,
    )  # fmt: skip
    return await _made(
        request, opened, key, f"notices/{person}", person, dry_run,
        lambda connection, book_id: recovering.make_notice(
            connection, book_id, notice, on=data.on, today=today(), detail=words_detail(data.words)
        ),
    )  # fmt: skip


@post(
    f"{BUDGET}/notices/{{number:int}}/move", permission=Permission.GIVE_NOTICES, operation_id="moveNotice", tags=TAG
)  # fmt: skip
async def move_notice(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[NoticeMovedIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """A notice was sent or delivered, has come back, or is withdrawn. `number` is the entry that made it. A delivery of a day that
    has passed is said by another than made or sent it."""
    opened, key = await prepare(request, book)
    check_person(person)
    return await _made(
        request, opened, key, f"notices/{person}/{number}/move", person, dry_run,
        lambda connection, book_id: recovering.move_notice(
            connection, book_id, person=person, number=number, act=data.act, on=data.on, today=today()
        ),
    )  # fmt: skip


@post(
    f"{BUDGET}/notices/{{number:int}}/considerations", permission=Permission.GIVE_NOTICES,
    operation_id="considerNotice", tags=TAG,
)  # fmt: skip
async def consider(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ConsiderationIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Writes down what was considered before a repayment is required by this notice, safeguarding first. Without it a demand
    waits for a person."""
    opened, key = await prepare(request, book)
    check_person(person)
    return await _made(
        request, opened, key, f"notices/{person}/{number}/considerations", person, dry_run,
        lambda connection, book_id: recovering.consider(
            connection, book_id, person=person, notice=number, factors=tuple(data.factors), safeguarding=data.safeguarding,
            on=data.on, detail=words_detail(data.words),
        ),
    )  # fmt: skip


@post(
    f"{BUDGET}/demands/{{number:int}}/repayments", permission=Permission.TAKE_REPAYMENTS, operation_id="takeRepayment",
    tags=TAG,
)  # fmt: skip
async def repay(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[RepaymentIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """All or part of a demand has come in (accounting event 18); entered by another than demanded it. `number` is the demand's
    own entry."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, bank = size_of(opened, data.amount, data.currency), check_name(code_of(data.bank, "bank"), "bank")
    return await _made(
        request, opened, key, f"demands/{person}/{number}/repayments", person, dry_run,
        lambda connection, book_id: recovering.repay(
            connection, book_id, person=person, number=number, amount=amount, bank=bank, effective_on=data.effective_on
        ),
    )  # fmt: skip


@post(f"{BUDGET}/hand-backs", permission=Permission.TAKE_REPAYMENTS, operation_id="handBack", tags=TAG)
async def hand_back(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[HandBackIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Money of a line came back before anybody demanded it (accounting event 18); where the line of the holder's bank came first,
    that is matched to it."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, name = size_of(opened, data.amount, data.currency), nonce()
    line, bank = code_of(data.line, "line"), check_name(code_of(data.bank, "bank"), "bank")
    return await _made(
        request, opened, key, f"hand-backs/{person}", person, dry_run,
        lambda connection, book_id: recovering.hand_back(
            connection, book_id, person=person, line=line, amount=amount, bank=bank, subject=name,
            effective_on=data.effective_on, bank_line=data.bank_line,
        ),
    )  # fmt: skip


@post(
    f"{BUDGET}/demands/{{number:int}}/withdrawals", permission=Permission.DEMAND_REPAYMENTS,
    operation_id="withdrawDemand", tags=TAG,
)  # fmt: skip
async def withdraw(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[WithdrawalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Withdraws or cuts a demand (accounting event 19), by another than made it."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, name = size_of(opened, data.amount, data.currency), nonce()
    reason = None if data.reason is None else code_of(data.reason, "reason")
    return await _made(
        request, opened, key, f"demands/{person}/{number}/withdrawals", person, dry_run,
        lambda connection, book_id: recovering.withdraw(
            connection, book_id, person=person, number=number, amount=amount, subject=name, reason=reason,
            effective_on=data.effective_on, detail=words_detail(data.words),
        ),
    )  # fmt: skip


@post(
    f"{BUDGET}/reconsiderations/{{number:int}}/answer", permission=Permission.RECONSIDER,
    operation_id="answerReconsideration", tags=TAG,
)  # fmt: skip
async def answer_reconsideration(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ReconsideredIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Answers a request to look again, once, by another than decided it; whether it is late is stated, by the day on which it is
    recorded: dated back it is no earlier. `number` is the entry of the request. Changed, a pause is lifted with the answer; a plan
    that is to be changed is a review that is `due` by a day, until a version of it is signed."""
    opened, key = await prepare(request, book)
    check_person(person)
    withdrawn = 0 if data.withdrawn is None else amount_of(data.withdrawn, "withdrawn", is_size=True)
    name, within = nonce(), timedelta(days=opened.gate.limits_on(today()).review_called_days)
    return await _made(
        request, opened, key, f"reconsiderations/{person}/{number}/answer", person, dry_run,
        lambda connection, book_id: recovering.answer_reconsideration(
            connection, book_id, person=person, number=number, act=data.outcome, withdrawn=withdrawn, subject=name,
            answered_on=data.answered_on, today=today(), change_by=min(data.answered_on, today()) + within,
            detail=words_detail(data.words),
        ),
    )  # fmt: skip


@post(
    "/v1/books/{book:str}/credit-losses", permission=Permission.EXPECT_CREDIT_LOSSES, operation_id="expectCreditLoss",
    tags=TAG,
)  # fmt: skip
async def expect_credit_loss(
    request: WireRequest, book: FromPath[str], data: JSONBody[CreditLossIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """What finance expects to lose of receivables, or a release of it (accounting event 24). The accounts `allowance/{reason}`
    and `impairment/{year}` are opened by finance before."""
    opened, key = await prepare(request, book)
    amount, reason = size_of(opened, data.amount, data.currency), check_name(code_of(data.reason, "reason"), "reason")
    posted = credit_loss_expected(amount=amount, reason=reason, year=year_named(data.year), released=data.released,
                                  effective_on=data.effective_on)  # fmt: skip

    async def make(_: Connection) -> Wish:
        return Wish((posted,))

    written = await once(request, opened, key, "credit-losses", make, is_dry=dry_run)
    return answer(settled_of(written, None), written.status, written.headers)


HANDLERS = [
    question, explain, make_notice, move_notice, consider, repay, hand_back, withdraw, answer_reconsideration,
    expect_credit_loss,
]  # fmt: skip
