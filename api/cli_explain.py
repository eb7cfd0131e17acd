"""The commands `phb explain` and `phb contacts …`: a decision in words for the person, and whom they can ask for help."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from api.answers_explaining import ExplanationOut, HelpOut, SentenceOut
from api.cli_output import AsJson, BookCode, Data, Key, Token, answer, run, tell_act
from api.cli_records import keep_record, read_as
from api.cli_rules import ACTIVE, kept_here
from api.cli_seen import check_seen
from api.contacts import record_of
from api.explaining import read_explanation, wording
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session
from api.wire_contacts import ContactsIn
from ledger.book.snapshot import snapshot
from policies.contacting import ContactsHeld, contacts_held
from policies.decisions import number_of_reference
from policies.saying import Form
from policies.wording import ROLES

explain_room = typer.Typer()
contacts_app = typer.Typer(help="Whom people can ask for help: set them, show them.", no_args_is_help=True)
explain_room.add_typer(contacts_app, name="contacts")
MEMBERS = ("title", "why", "conditions", "what_would_help", "next", "ask_again")


class Words(StrEnum):
    """In which form a decision is told."""

    PLAIN = "plain"
    EASY = "easy"
    WELSH = "welsh"


FORMS: dict[Words, Form] = {Words.PLAIN: "plain", Words.EASY: "easy_read", Words.WELSH: "welsh"}


@explain_room.command("explain")
def explain(
    person: Annotated[str, typer.Argument(help="The person's reference.")],
    decision: Annotated[str, typer.Argument(help="The number of the decision, or its reference as it is read out.")],
    book: BookCode,
    form: Annotated[
        Words,
        typer.Option(
            "--form",
            help="Plain English or the Welsh draft, each reason with its source; or easy read, without sources.",
        ),
    ] = Words.PLAIN,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A decision in words for the person: what, why, on which conditions, what would help, how to ask again, and who helps."""
    number = int(decision) if decision.isascii() and decision.isdigit() else number_of_reference(decision)
    if not number or number > 10**15:
        raise Problem("reference_misread")

    async def work() -> ExplanationOut:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection), snapshot(connection):
            caller = session.allowed(Permission.SEE_BUDGETS, row)
            await check_seen(session, row, connection, caller, person, "read_decisions", Permission.SEE_BUDGETS)
            bundle = await kept_here(connection, row.book_id, ACTIVE)
            return await read_explanation(connection, row, person, number, FORMS[form], bundle)

    told = run(work())
    answer(as_json, {"ok": True, **msgspec.to_builtins(told)}, lambda console: _show(console, told))


def _show(console: Console, told: ExplanationOut) -> None:
    for notice in told.notice:
        console.print(f"({notice})", highlight=False, markup=False)
    for member in MEMBERS:
        said = getattr(told, member)
        if said:
            console.print()
        for each in said:
            # Easy read is for who has enough to read without the law's own names; `--json` has them in every form.
            is_sourced = each.source is not msgspec.UNSET and told.form != "easy_read"
            source = f" ({each.source})" if is_sourced else ""
            console.print(f"{_picture(each)}{each.says}{source}", highlight=False, markup=False)
    console.print()
    for each in told.help:
        # Of a co-ordinator the sentence says the name, and a book without contacts does not say how.
        name = "" if each.name in each.says else each.name
        console.print(
            _picture(each) + " ".join([each.says, ": ".join(filter(None, (name, each.how)))]).strip(),
            highlight=False,
            markup=False,
        )


def _picture(said: SentenceOut | HelpOut) -> str:
    return f"[{said.picture}] " if said.picture is not msgspec.UNSET else ""


@contacts_app.command("set")
def set_contacts(
    book: BookCode,
    file: Annotated[Path, typer.Argument(help="A file of contacts: from, and contacts by role with name and how.")],
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set whom explanations name for help, from a day on, as one whole."""
    sent = read_as(file, ContactsIn, "contacts_malformed", "contacts")

    async def work() -> tuple[Any, str]:
        session = Session(await open_place(find_place(data)), token)
        fields = msgspec.to_builtins(sent)
        return await keep_record(
            session, book, Permission.SET_CONTACTS, key, "contacts", fields, lambda _: record_of(sent)
        )

    outcome, chosen = run(work())
    tell_act(outcome, chosen, f"contacts from {sent.start} set", as_json, book=book)


@contacts_app.command("show")
def show_contacts(
    book: BookCode,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="On which day (default today).")
    ] = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Whom explanations name for help on a day."""
    day: date = on.date() if on is not None else today()

    async def work() -> tuple[str, ContactsHeld]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            session.allowed(Permission.SEE_BUDGETS, row)
            return row.code, await contacts_held(connection, row.book_id, row.code, day, wording())

    code, held = run(work())
    named = held.contacts
    facts = {"ok": True, "book": code, "on": day.isoformat(), "number": held.number or None,
             "contacts": {role: msgspec.to_builtins(named[role]) for role in ROLES}}  # fmt: skip

    def human(console: Console) -> None:
        for role in ROLES:
            told = "not filled in" if named[role].placeholder else f"{named[role].name}: {named[role].how}"
            console.print(f"{role:14} {told}", highlight=False, markup=False)

    answer(as_json, facts, human)
