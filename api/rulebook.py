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
from policies.rulebook import Changed, RuleBook, RulesNotInForce, hashes_needed, rulebook


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


class ComingOut(Struct, frozen=True):
    """Rules that are to be in force from a later day. `changed` is what they have otherwise than those before them; null where the
    book does not keep them."""

    bundle: str
    begins: date = field(name="from")
    changed: BookChangesOut | None


class RuleBookOut(Struct, frozen=True):
    """The rules and limits in force in a book on a day. `from` is null for the first rules of a book; `changed` is null where there
    were none before, or the book does not keep them. `coming` are other rules that are scheduled already, with their days.
    `left_out` are the services that this commissioner usually does not pay for."""

    book: str
    bundle: str
    on: date
    begins: date | None = field(name="from")
    before: str | None
    changed: BookChangesOut | None
    coming: list[ComingOut]
    rules: list[BookRuleOut]
    limits: list[BookLimitOut]
    services: list[BookServiceOut]
    left_out: list[str]


@get("/v1/books/{book:str}/rulebook", permission=Permission.READ_RULEBOOK, operation_id="readRuleBook", tags=["rules"])
async def read(request: WireRequest, book: FromPath[str]) -> Response[RuleBookOut]:
    """The rules and local limits in force today, in plain words, since when, what has changed, and what is to change on which day.
    Needs no token."""
    books, day = request.desk.books, today()
    try:
        row = await books.row(book)
    except BookUnknown:
        raise Problem("book_unknown") from None
    async with books.reading(row) as connection:
        life = await read_life(connection, row.book_id)
        try:
            needed = hashes_needed(life, day)
        except RulesNotInForce as no:
            raise Problem(no.code) from None
        kept = {each: await books.shelf.find(connection, row.book_id, each) for each in needed}
    bundles = {each: engine.bundle if engine is not None else None for each, engine in kept.items()}
    if bundles[needed[0]] is None:
        raise Problem("bundle_missing")
    found = rulebook(row.code, day, life, bundles)
    return tagged_answer(request, _out(found), {"Cache-Control": "public, max-age=300"})


def _out(found: RuleBook) -> RuleBookOut:
    return RuleBookOut(
        found.book, found.bundle, found.on, found.begins, found.before,
        _changed(found.changed), [ComingOut(each.bundle, each.begins, _changed(each.changed)) for each in found.coming],
        [BookRuleOut(r.rule, r.authority, r.effect, r.says, r.remedy, r.source) for r in found.rules],
        [
            BookLimitOut(each.limit, each.about, each.is_own, each.value, each.begins,
                         [DatedValueOut(value, begins) for begins, value in each.others])
            for each in found.limits
        ],
        [BookServiceOut(*each) for each in found.services], found.left_out,
    )  # fmt: skip


def _changed(changed: Changed | None) -> BookChangesOut | None:
    return None if changed is None else BookChangesOut(changed.rules, changed.limits, changed.services)


HANDLERS = [read]
