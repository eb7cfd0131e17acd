"""Offers of a budget: written down with what was shown and answered, so that it can be told who was never asked."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec.structs import replace

from api import wire_offers as wire
from api.answers import EntryOut
from api.deciding import check_open_to
from api.desk import WireRequest, answer
from api.open_books import salt
from api.permissions import Permission
from api.plan_reads import read_offers
from api.problems import Problem
from api.setting_up import Wish, once, read_person
from api.wire import code_of
from api.writing import first_entry, prepare
from ledger.book.snapshot import snapshot
from ledger.budgets.offers import Offer, offer_of, offer_recorded
from ledger.budgets.people import opaque_ref
from ledger.budgets.reading import said_of
from ledger.core.model import Guard

Connection = Any
OFFERS = "/v1/books/{book:str}/people/{person:str}/offers"


@post(OFFERS, permission=Permission.KEEP_PEOPLE, operation_id="recordOffer", tags=["offers"])
async def record_offer(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.OfferIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Writes down that a budget was offered, and what the person said. The answer's subject names the offer."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        offer = Offer(
            offer=opaque_ref("F", salt()), person=person, on=data.on, right=data.right, options=tuple(data.options),
            answer=data.answer, answered_on=data.on,
            reason=None if data.reason is None else code_of(data.reason, "reason"),
        )  # fmt: skip
        return Wish((offer_recorded(offer),))

    return first_entry(await once(request, opened, key, f"people/{person}/offers", make, is_dry=dry_run))


@post(f"{OFFERS}/{{offer:str}}/answers", permission=Permission.KEEP_PEOPLE, operation_id="answerOffer", tags=["offers"])
async def answer_offer(
    request: WireRequest, book: FromPath[str], person: FromPath[str], offer: FromPath[str],
    data: JSONBody[wire.OfferAnswerIn], dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Writes down what the person says now of an offer that they were made before."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        said = await said_of(connection, opened.row.book_id, f"offer/{offer}")
        if not said or said[-1].attributes.get("person") != person:
            raise Problem("offer_not_found")
        last = said[-1]
        found = replace(
            offer_of(last.subject, last.attributes), answer=data.answer, answered_on=data.on,
            reason=None if data.reason is None else code_of(data.reason, "reason"),
        )  # fmt: skip
        return Wish((offer_recorded(found, because=last.number),), (Guard(last.subject, last.number),))

    route = f"people/{person}/offers/{offer}/answers"
    return first_entry(await once(request, opened, key, route, make, is_dry=dry_run))


@get(OFFERS, permission=Permission.SEE_PEOPLE, operation_id="listOffers", tags=["offers"])
async def offers(request: WireRequest, book: FromPath[str], person: FromPath[str]) -> Response[wire.OffersOut]:
    """The offers to a person, oldest first, each with its newest answer."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_open_to(request, connection, person, await read_person(connection, row.book_id, person))
        found = await read_offers(connection, row, person)
    return answer(found)


HANDLERS = [record_offer, answer_offer, offers]
