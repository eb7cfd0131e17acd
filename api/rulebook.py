"""The rule book of a book, for everybody: no token is needed, because it tells nothing of any person, payee or payment."""

from datetime import date

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct, field

from api.desk import WireRequest, tagged_answer
from api.open_books import today
from api.permissions import Permission
from api.problems import Problem
from ledger.book.loading import BookUnknown
from policies.publishing import read_life
from policies.rulebook import RuleBook, RulesNotInForce, rulebook, term_of


class BookRuleOut(Struct, frozen=True):
    """One rule in plain words. What stands in [brackets] is filled in when it speaks. Of a pattern its name and purpose are told,
    and not what it counts."""

    rule: str
    authority: str
    effect: str
    says: str
    remedy: str
    source: str


class DatedValueOut(Struct, frozen=True):
    """A value from a day on."""

    value: str
    begins: date = field(name="from")


class BookLimitOut(Struct, frozen=True):
    """One local limit on the day of reading, what it was and what it will be. `own` says that this commissioner has decided it;
    else it is the value that everybody has who has decided nothing."""

    limit: str
    about: str
    own: bool
    value: str
    begins: date = field(name="from")
    others: list[DatedValueOut]


class BookServiceOut(Struct, frozen=True):
    """One service that can be asked for: `kind` is care, excluded (by reg 8(5), for direct payments), unlawful or unsure."""

    service: str
    name: str
    kind: str


class BookChangesOut(Struct, frozen=True):
    """What is otherwise than under the rules before, in sentences."""

    rules: list[str]
    limits: list[str]
    services: list[str]


class RuleBookOut(Struct, frozen=True):
    """The rules and limits in force in a book on a day. `from` is null for the first rules of a book; `changed` is null where there
    were none before, or the book does not keep them. `left_out` are the services that this commissioner usually does not pay
    for."""

    book: str
    bundle: str
    on: date
    begins: date | None = field(name="from")
    before: str | None
    changed: BookChangesOut | None
    rules: list[BookRuleOut]
    limits: list[BookLimitOut]
    services: list[BookServiceOut]
    left_out: list[str]


@get("/v1/books/{book:str}/rulebook", permission=Permission.READ_RULEBOOK, operation_id="readRuleBook", tags=["rules"])
async def read(request: WireRequest, book: FromPath[str]) -> Response[RuleBookOut]:
    """The rules and local limits in force today, in plain words, since when, and what has changed. Needs no token."""
    books = request.desk.books
    try:
        row = await books.row(book)
    except BookUnknown:
        raise Problem("book_unknown") from None
    async with books.reading(row) as connection:
        life = await read_life(connection, row.book_id)
        try:
            _, before = term_of(life, today())
        except RulesNotInForce as no:
            raise Problem(no.code) from None
        current = await books.shelf.find(connection, row.book_id, life.in_force(today()))
        earlier = await books.shelf.find(connection, row.book_id, before)
    if current is None:
        raise Problem("bundle_missing")
    found = rulebook(row.code, today(), life, current.bundle, earlier.bundle if earlier is not None else None)
    return tagged_answer(request, _out(found), {"Cache-Control": "public, max-age=300"})


def _out(found: RuleBook) -> RuleBookOut:
    changed = found.changed
    return RuleBookOut(
        found.book, found.bundle, found.on, found.begins, found.before,
        None if changed is None else BookChangesOut(changed.rules, changed.limits, changed.services),
        [BookRuleOut(r.rule, r.authority, r.effect, r.says, r.remedy, r.source) for r in found.rules],
        [
            BookLimitOut(each.limit, each.about, each.is_own, each.value, each.begins,
                         [DatedValueOut(value, begins) for begins, value in each.others])
            for each in found.limits
        ],
        [BookServiceOut(*each) for each in found.services], found.left_out,
    )  # fmt: skip


HANDLERS = [read]
