"""Surpluses, demands, offsets and losses: the acts of recovery that the rules are asked about."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.budgets import LineName
from api.deciding import Ask, carried_out, check_person, through_gate, words_detail
from api.desk import WireRequest
from api.finance import Number
from api.open_books import OpenBook, nonce, salt, today
from api.permissions import Permission
from api.problems import Problem
from api.recovery import TAG, settled, size_of
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_recovery import (
    BalanceIn,
    CareCheckIn,
    CivilDebtIn,
    DemandIn,
    OffsetIn,
    QuestionWaiverIn,
    SurplusIn,
    WaiverIn,
    WriteOffIn,
)
from api.writing import prepare
from ledger.budgets.shares import check_name
from ledger.budgets.wording import detail_of, is_said
from policies import owing, surpluses
from policies.owing import Act


async def _judged(
    request: WireRequest, opened: OpenBook, key: str, route: str, ask: Ask, is_dry: bool
) -> Response[SettledOut]:
    return settled(await through_gate(request, opened, key, route, ask, is_dry=is_dry))


def _sums(data: BalanceIn | SurplusIn, *fields: str) -> dict[str, int]:
    """The amounts of these fields, none below zero."""
    sums = {field: amount_of(getattr(data, field), field) for field in fields}
    for field, pence in sums.items():
        if pence < 0:
            raise Problem("amount_negative", field=field)
    return sums


@post(
    f"{BUDGET}/lines/{{line:str}}/care-checks", permission=Permission.DETERMINE_SURPLUSES, operation_id="checkCare",
    tags=TAG,
)  # fmt: skip
async def check_care(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[CareCheckIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Writes down whether planned care of a line went unmet (reg 14(6)). Without it a surplus waits for a person."""
    opened, key = await prepare(request, book)
    check_person(person)
    words = words_detail(data.words)
    return settled(await carried_out(
        request, opened, key, f"care-checks/{person}/{line}",
        lambda connection, book_id: surpluses.check_care(
            connection, book_id, person=person, line=line, on=data.on, found=data.found, detail=words, today=today(),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BUDGET}/balances", permission=Permission.DETERMINE_SURPLUSES, operation_id="keepBalance", tags=TAG)
async def keep_balance(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[BalanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Asks whether a holder may keep their balance: yes up to the local threshold, unpaid bills and what the plan lets them save
    left out; above it a person looks. Posts nothing."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    sums, line = _sums(data, "balance", "liabilities"), code_of(data.line, "line")
    act = Act(person=person, effective_on=data.effective_on)
    return await _judged(
        request, opened, key, f"balances/{person}",
        lambda gate, sender, timeout: surpluses.retain(gate, sender, timeout, act, line=line, **sums),
        dry_run,
    )  # fmt: skip


@post(f"{BUDGET}/surpluses", permission=Permission.DETERMINE_SURPLUSES, operation_id="determineSurplus", tags=TAG)
async def determine_surplus(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[SurplusIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Determines what of a holder's balance is surplus. Two tests: the balance less unpaid liabilities is above the local
    threshold; and no more is taken than is left of it after the agreed contingency, or that of the local limits where none is
    given. Posts nothing."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    sums = _sums(data, "balance", "liabilities")
    agreed = None if data.contingency is None else _sums(data, "contingency")["contingency"]
    amount = None if data.amount is None else amount_of(data.amount, "amount", is_size=True)
    line, name = code_of(data.line, "line"), nonce()
    act = Act(person=person, effective_on=data.effective_on, approved=data.approved or 0)
    return await _judged(
        request, opened, key, f"surpluses/{person}",
        lambda gate, sender, timeout: surpluses.determine_surplus(
            gate, sender, timeout, act, line=line, amount=amount, subject=name, contingency=agreed, **sums
        ),
        dry_run,
    )  # fmt: skip


@post(f"{BUDGET}/demands", permission=Permission.DEMAND_REPAYMENTS, operation_id="demandRepayment", tags=TAG)
async def demand(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[DemandIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Requires a repayment by a notice (accounting event 17, reg 15), when the rules allow it. The first entry after the decision
    is the demand, and the one to name later."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, line, name = size_of(opened, data.amount, data.currency), code_of(data.line, "line"), nonce()
    act = Act(person=person, effective_on=data.effective_on, approved=data.approved or 0)
    return await _judged(
        request, opened, key, f"demands/{person}",
        lambda gate, sender, timeout: owing.demand(
            gate, sender, timeout, act, notice=data.notice, line=line, amount=amount, source=data.source, of=data.of,
            surplus=data.surplus, subject=name,
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{BUDGET}/instalments/{{number:int}}/offset", permission=Permission.RELEASE_INSTALMENTS,
    operation_id="offsetInstalment", tags=TAG,
)  # fmt: skip
async def offset(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[OffsetIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Pays an instalment less an offset (accounting events 20 to 22, reg 13(4)): of a determined surplus, or against a demand; by
    another than asked for the instalment or determined what is offset. `number` is the decision on the instalment."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, bank = size_of(opened, data.amount, data.currency), check_name(code_of(data.bank, "bank"), "bank")
    period = None if data.period is None else check_name(code_of(data.period, "period"), "period")
    act = Act(person=person, effective_on=data.effective_on, approved=data.approved or 0)
    why = (data.reasonable or "").strip()
    reasonable = detail_of(salt(), {"words": why}) if is_said(why) else None
    return await _judged(
        request, opened, key, f"instalments/{person}/{number}/offset",
        lambda gate, sender, timeout: owing.offset(
            gate, sender, timeout, act, instalment=number, bank=bank, amount=amount, surplus=data.surplus,
            demand=data.demand, period=period, reasonable=reasonable,
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{BUDGET}/questions/{{number:int}}/waivers", permission=Permission.WAIVE_CLAIMS, operation_id="waiveQuestion",
    tags=TAG,
)  # fmt: skip
async def waive_question(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[QuestionWaiverIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Waives money that is questioned, before anybody demanded it (accounting event 23). Above the local limit a second person
    decides."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount, line, name = size_of(opened, data.amount, data.currency), code_of(data.line, "line"), nonce()
    act = Act(person=person, effective_on=data.effective_on, approved=data.approved or 0)
    authority = code_of(data.authority, "authority")
    return await _judged(
        request, opened, key, f"questions/{person}/{number}/waivers",
        lambda gate, sender, timeout: owing.waive_question(
            gate, sender, timeout, act, question=number, line=line, amount=amount, authority=authority, subject=name
        ),
        dry_run,
    )  # fmt: skip


async def _given_up(
    request: WireRequest, book: str, person: str, number: int, data: WaiverIn, loss: str, route: str, is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    check_person(person)
    amount, name = size_of(opened, data.amount, data.currency), nonce()
    authority = code_of(data.authority, "authority")
    act = Act(person=person, effective_on=data.effective_on, approved=data.approved or 0)
    return await _judged(
        request, opened, key, f"demands/{person}/{number}/{route}",
        lambda gate, sender, timeout: owing.give_up(
            gate, sender, timeout, act, demand=number, amount=amount, loss=loss, authority=authority, subject=name
        ),
        is_dry,
    )  # fmt: skip


@post(
    f"{BUDGET}/demands/{{number:int}}/waivers", permission=Permission.WAIVE_CLAIMS, operation_id="waiveDemand", tags=TAG
)  # fmt: skip
async def waive_demand(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[WaiverIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Waives a demand, or a part of it (accounting event 23, reg 15(7)), by another than demanded it. Above the local limit a
    second person decides."""
    return await _given_up(request, book, person, number, data, "claim_waived", "waivers", dry_run)


@post(
    f"{BUDGET}/demands/{{number:int}}/write-offs", permission=Permission.WRITE_OFF_DEBTS, operation_id="writeOffDemand",
    tags=TAG,
)  # fmt: skip
async def write_off(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[WriteOffIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Writes a demand off, or a part of it, as a loss of a class (accounting event 23), by another than demanded it. Above the
    local limit a second person decides."""
    return await _given_up(request, book, person, number, data, data.loss, "write-offs", dry_run)


@post(
    f"{BUDGET}/demands/{{number:int}}/civil-debt", permission=Permission.DEMAND_REPAYMENTS,
    operation_id="claimCivilDebt", tags=TAG,
)  # fmt: skip
async def civil_debt(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[CivilDebtIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Records that what is outstanding of a demand is claimed as a civil debt (reg 16): only where the notice's stated reason is a
    suspected offence. Moves nothing."""
    opened, key = await prepare(request, book)
    check_person(person)
    act = Act(person=person, effective_on=data.effective_on, approved=data.approved or 0)
    return await _judged(
        request, opened, key, f"demands/{person}/{number}/civil-debt",
        lambda gate, sender, timeout: owing.claim_civil_debt(gate, sender, timeout, act, demand=number),
        dry_run,
    )  # fmt: skip


HANDLERS = [
    check_care, keep_balance, determine_surplus, demand, offset, waive_question, waive_demand, write_off, civil_debt,
]  # fmt: skip
