"""Third parties that hold money for people: their statements, and what they hold for each client."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.deciding import carried_out, check_person, naming_noes, through_gate
from api.desk import WireRequest, answer
from api.finance import Number
from api.keeping_back import open_to
from api.open_books import salt
from api.permissions import Permission
from api.settling import claim_declined, hashed, settled, size_of
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_settling import AcceptanceIn, DeclineIn
from api.wire_third_parties import ClientOut, ClientsOut, StatementIn
from api.writing import prepare
from ledger.budgets.claims import Evidence, statement_subject
from ledger.budgets.shares import check_name
from ledger.budgets.third_parties import clients_of
from ledger.budgets.wording import detail_of
from ledger.money import format_amount
from policies import third_parties

TOLD = f"{BUDGET}/statements/{{number:int}}"
ENTERED = {"act": "statement_entered", "missing": "statement_not_found", "settled": "statement_settled"}


@post(
    f"{BUDGET}/statements", permission=Permission.ENTER_STATEMENTS, operation_id="enterStatement", tags=["third parties"]
)  # fmt: skip
async def enter(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[StatementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Enters a third party's statement about one client, once for each reference. It posts nothing until another person accepts
    it."""
    opened, key = await prepare(request, book)
    check_person(person)
    third_party = check_name(code_of(data.third_party, "third_party"), "third_party")
    statement = Evidence(
        subject=statement_subject(third_party, hashed(request, opened, third_party, data.reference)), person=person,
        amount=size_of(opened, data), line=code_of(data.line, "line"), payee=third_party, service=data.service,
        fee=None if data.fee is None else amount_of(data.fee, "fee", is_size=True),
        fee_line=None if data.fee_line is None else code_of(data.fee_line, "fee_line"), document_on=data.document_on,
    )  # fmt: skip
    with naming_noes():
        opened.gate.engine.bundle.service_kind(data.service)
    return settled(await carried_out(
        request, opened, key, f"statements/{person}",
        lambda connection, book_id: third_parties.enter_statement(
            connection, book_id, statement, bundle=opened.gate.engine.bundle,
            detail=detail_of(salt(), {"reference": data.reference}),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{TOLD}/accept", permission=Permission.ACCEPT_CLAIMS, operation_id="acceptStatement", tags=["third parties"])
async def accept(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts a statement that another person entered: what it tells of is care, and no more with the third party."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await through_gate(
        request, opened, key, f"statements/{person}/{number}/accept",
        lambda gate, sender, timeout: third_parties.accept_statement(
            gate, sender, timeout, person=person, number=number, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{TOLD}/decline", permission=Permission.ACCEPT_CLAIMS, operation_id="declineStatement", tags=["third parties"])
async def decline(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to a statement as to a holder's claim; it may be entered again, put right."""
    return await claim_declined(request, book, person, number, data, ENTERED, dry_run)


@get(
    "/v1/books/{book:str}/third-parties/{payee:str}", permission=Permission.SEE_PEOPLE, operation_id="readThirdParty",
    tags=["third parties"],
)  # fmt: skip
async def clients(request: WireRequest, book: FromPath[str], payee: FromPath[str]) -> Response[ClientsOut]:
    """What a third party holds for each of its clients, by person."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await clients_of(connection, row.book_id, payee)
        shown = await open_to(connection, row.book_id, request.caller.sub, found)
    clients = [ClientOut(each.person, format_amount(each.pence)) for each in shown.rows]
    return answer(ClientsOut(payee, row.currency, clients, shown.kept_back))


HANDLERS = [enter, accept, decline, clients]
