"""People who move between commissioners over HTTP: out of a book, into a book, and settled on each side."""

from pathlib import Path

import msgspec
from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.deciding import check_person, through_gate
from api.desk import WireRequest
from api.ending import done
from api.finance import Number
from api.open_books import nonce
from api.permissions import Permission
from api.problems import Problem
from api.recovery import settled
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_moves import MoveInIn, MoveOutIn, MoveSettledIn
from api.writing import prepare
from ledger.book.receipts import Receipt, ReceiptUnfit, check_receipt
from ledger.core.note import Verifier
from policies import moving

MOVES = f"{BUDGET}/moves"
COMMISSIONERS = "commissioners.txt"
"""Beside the notes: the verifier keys of other commissioners that an operator put there, one a line."""


def _trusted(notes: Path) -> list[Verifier]:
    kept = notes / COMMISSIONERS
    return [Verifier.parse(line) for line in kept.read_text(encoding="ascii").split()] if kept.exists() else []


@post(f"{MOVES}/out", permission=Permission.MOVE_PEOPLE, operation_id="moveOut", tags=["moves"])
async def move_out(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[MoveOutIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Ends a line because the person goes to another commissioner (accounting events 30, 35 and 40), once another person has
    approved it: asked again, it names that referral."""
    opened, key = await prepare(request, book)
    check_person(person)
    row = opened.row
    if data.currency != row.currency:
        raise Problem("currency_not_of_book", field="currency")
    if data.book == row.code:
        raise Problem("move_not_elsewhere", field="book")
    amount, line, other = (
        0 if data.amount is None else amount_of(data.amount, "amount", is_size=True),
        code_of(data.line, "line"),
        code_of(data.book, "book"),
    )
    move = nonce()
    return settled(await through_gate(
        request, opened, key, f"moves/{person}/out",
        lambda gate, sender, timeout: moving.move_out(
            gate, sender, timeout, person=person, line=line, book=other, amount=amount, effective_on=data.effective_on, move=move,
            approved=data.approved or 0,
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{MOVES}/in", permission=Permission.MOVE_PEOPLE, operation_id="moveIn", tags=["moves"])
async def move_in(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[MoveInIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Takes over the cash of a person who comes from another commissioner (event 42), shown by a receipt of their entry, which is
    checked here: line, leaf, tree, and the signature of a commissioner that is trusted."""
    row = await request.book(book)
    trusted = [*request.desk.books.verifiers(), *_trusted(request.desk.settings.notes_dir)]
    try:
        entry = check_receipt(Receipt(**msgspec.structs.asdict(data.receipt)), trusted)
    except ReceiptUnfit:
        raise Problem("receipt_unfit", field="receipt") from None
    line, payee = code_of(data.line, "line"), code_of(data.payee, "payee")
    return await done(
        request, book, person, f"moves/{person}/in",
        lambda connection, book_id: moving.move_in(
            connection, book_id, person=person, line=line, entry=entry, leaf=data.receipt.leaf, book=row.code, payee=payee,
            effective_on=data.effective_on,
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{MOVES}/out/{{number:int}}/settle",
    permission=Permission.SETTLE_MOVES,
    operation_id="settleMoveOut",
    tags=["moves"],
)
async def settle_out(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[MoveSettledIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The new commissioner has paid (event 41)."""
    return await done(
        request, book, person, f"moves/{person}/out/{number}/settle",
        lambda connection, book_id: moving.settle_move_out(
            connection, book_id, person=person, number=number, bank=code_of(data.bank, "bank"), effective_on=data.effective_on
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{MOVES}/in/{{number:int}}/settle", permission=Permission.SETTLE_MOVES, operation_id="settleMoveIn", tags=["moves"]
)
async def settle_in(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[MoveSettledIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Pays the old commissioner (event 42, settled), by another than took the move over."""
    return await done(
        request, book, person, f"moves/{person}/in/{number}/settle",
        lambda connection, book_id: moving.settle_move_in(
            connection, book_id, person=person, number=number, bank=code_of(data.bank, "bank"), effective_on=data.effective_on
        ),
        dry_run,
    )  # fmt: skip


HANDLERS = [move_out, move_in, settle_out, settle_in]
