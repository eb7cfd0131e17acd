"""The cut-off of a year over HTTP: estimates of care whose invoice or evidence has not come, entered by one person and accepted by
another."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.deciding import carried_out, check_person, naming_noes, through_gate
from api.desk import WireRequest
from api.finance import Number
from api.open_books import nonce, salt, today
from api.permissions import Permission
from api.settling import declined, settled, size_of
from api.spends import BUDGET
from api.wire import code_of
from api.wire_cut_off import CareBoughtIn, CorrectionIn, EstimateAcceptIn, PrepaymentsIn, UninvoicedIn
from api.wire_settling import DeclineIn
from api.writing import prepare
from ledger.budgets.claims import Evidence, estimate_subject
from ledger.budgets.wording import detail_of
from ledger.budgets.year_end import year_named
from ledger.core.calendar import period_days
from policies import cutting_off
from policies.correcting import correct_entry
from policies.prepaying import release_prepayments

UNINVOICED = {"act": "uninvoiced_entered", "missing": "estimate_not_found", "settled": "estimate_settled"}
BOUGHT = {"act": "care_bought_entered", "missing": "estimate_not_found", "settled": "estimate_settled"}
TAGS = ["cut-off"]


async def _entered(
    request: WireRequest, book: str, person: str, data: UninvoicedIn | CareBoughtIn, payee: str | None, hold: int | None,
    is_dry: bool,
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    check_person(person)
    last = period_days(year_named(data.year))[1]
    evidence = Evidence(
        subject=estimate_subject(nonce()), person=person, amount=size_of(opened, data), line=code_of(data.line, "line"),
        payee=payee, service=data.service, hold=hold, document_on=last,
    )  # fmt: skip
    with naming_noes():
        opened.gate.engine.bundle.service_kind(data.service)
    return settled(await carried_out(
        request, opened, key, f"{'care-bought' if payee is None else 'uninvoiced'}/{person}",
        lambda connection, book_id: cutting_off.enter_estimate(
            connection, book_id, evidence, year=data.year, care_from=data.care_from, care_to=data.care_to, today=today(),
            detail=detail_of(salt(), {"words": data.words or ""}),
        ),
        person, is_dry=is_dry,
    ))  # fmt: skip


async def _accepted(
    request: WireRequest, book: str, person: str, number: int, act: str, is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await carried_out(
        request, opened, key, f"{act}/{person}/{number}/accept",
        lambda connection, book_id: cutting_off.accept_estimate(connection, book_id, person=person, number=number, act=act),
        person, is_dry=is_dry,
    ))  # fmt: skip


@post(f"{BUDGET}/uninvoiced", permission=Permission.ENTER_INVOICES, operation_id="enterUninvoiced", tags=TAGS)
async def enter_uninvoiced(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[UninvoicedIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Estimates care that was had by the end of a year and is not invoiced. It posts nothing until another person accepts it."""
    return await _entered(request, book, person, data, code_of(data.payee, "payee"), data.hold, dry_run)


@post(
    f"{BUDGET}/uninvoiced/{{number:int}}/accept", permission=Permission.CLOSE_YEARS, operation_id="acceptUninvoiced", tags=TAGS,
)  # fmt: skip
async def accept_uninvoiced(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[EstimateAcceptIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts an estimate that another person entered: spent on the last day of the year, and owed as uninvoiced until the invoice
    comes (event 48)."""
    return await _accepted(request, book, person, number, UNINVOICED["act"], dry_run)


@post(
    f"{BUDGET}/uninvoiced/{{number:int}}/decline", permission=Permission.CLOSE_YEARS, operation_id="declineUninvoiced", tags=TAGS,
)  # fmt: skip
async def decline_uninvoiced(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to an estimate of care that is not invoiced."""
    return await declined(request, book, person, number, data, UNINVOICED, dry_run)


@post(f"{BUDGET}/care-bought", permission=Permission.ACCEPT_CLAIMS, operation_id="enterCareBought", tags=TAGS)
async def enter_care_bought(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[CareBoughtIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Estimates care that a direct payment bought by the end of a year and whose evidence is to come. It posts nothing until
    another person accepts it."""
    return await _entered(request, book, person, data, None, None, dry_run)


@post(
    f"{BUDGET}/care-bought/{{number:int}}/accept", permission=Permission.CLOSE_YEARS, operation_id="acceptCareBought", tags=TAGS,
)  # fmt: skip
async def accept_care_bought(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[EstimateAcceptIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts an estimate that another person entered: spent out of what was paid, on the last day of the year (event 50)."""
    return await _accepted(request, book, person, number, BOUGHT["act"], dry_run)


@post(
    f"{BUDGET}/care-bought/{{number:int}}/decline", permission=Permission.CLOSE_YEARS, operation_id="declineCareBought", tags=TAGS,
)  # fmt: skip
async def decline_care_bought(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to an estimate of what a direct payment bought."""
    return await declined(request, book, person, number, data, BOUGHT, dry_run)


@post(
    f"{BUDGET}/entries/{{number:int}}/correct", permission=Permission.REVERSE_SPENDS, operation_id="correctClosedYear", tags=TAGS,
)  # fmt: skip
async def correct(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[CorrectionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Undoes care that a closed year shows too high, in an open year, by another than made the entry (event 39)."""
    opened, key = await prepare(request, book)
    check_person(person)
    reason = code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"entries/{person}/{number}/correct",
        lambda connection, book_id: correct_entry(
            connection, book_id, person=person, number=number, effective_on=data.effective_on, reason=reason
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(
    "/v1/books/{book:str}/years/{year:str}/prepayments/release", permission=Permission.CLOSE_YEARS,
    operation_id="releasePrepayments", tags=TAGS,
)  # fmt: skip
async def release(
    request: WireRequest, book: FromPath[str], year: FromPath[str], data: JSONBody[PrepaymentsIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Makes everything that invoices paid ahead for a year its care, dated 1 April or the first open day since (event 52)."""
    opened, key = await prepare(request, book)
    year_named(year)
    return settled(await through_gate(
        request, opened, key, f"years/{year}/prepayments/release",
        lambda gate, sender, timeout: release_prepayments(gate, sender, timeout, year=year, today=today()),
        is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [
    release,
    correct,
    enter_uninvoiced, accept_uninvoiced, decline_uninvoiced, enter_care_bought, accept_care_bought, decline_care_bought,
]  # fmt: skip
