"""Commands of operators: migrate, erase, recover, backup, restore, stop, keys, token."""

import os
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from api.backup import bring_back, take_backup
from api.cli_output import DONE, WRONG, AsJson, BookCode, Data, Key, Token, answer, run, tell_act
from api.cli_proof import sign_head
from api.embedded import stop as stop_embedded
from api.erased_files import files_beside, forget_files
from api.idempotency import naming_reuse
from api.issuer import local_token
from api.keyfiles import make_first_keys
from api.opening import new_origin
from api.permissions import Permission, Role
from api.place import Place, SettingMissing, find_place, open_place
from api.session import NotAllowed, Session, act_of, clock_us, key_of, nonce, user_name
from ledger.book.books import BookRow, list_books
from ledger.book.checkpoint import fork_check_for, latest_note, open_checkpoint
from ledger.book.database import READING, connect, set_book
from ledger.book.erasure import erase_details
from ledger.book.loading import read_head
from ledger.book.projector import catch_up
from ledger.book.recovery import restart_log
from ledger.book.verify import verify_book
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.identity import details_left, details_of_person
from ledger.budgets.warrants import check_warrants
from ledger.core.batch import Outcome
from ledger.core.model import Asked, check_code
from ledger.core.requests import MAX_ERASED, Erase, Restart
from migrations.logins import logins_sql

operate_app = typer.Typer()

Second = Annotated[str | None, typer.Option("--second", help="The second person (embedded server only).")]
SecondToken = Annotated[
    str | None,
    typer.Option("--second-token", envvar="PHB_SECOND_TOKEN", help="The second person's own token."),
]
Ground = Annotated[str, typer.Option("--ground", help="On what ground, as a code.")]


@operate_app.command("migrate")
def migrate(
    print_roles: Annotated[bool, typer.Option("--print-roles", help="Print the SQL of roles and logins.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to the newest version, with the rights of its owner."""
    if print_roles:
        answer(as_json, {"sql": logins_sql()}, lambda _: print(logins_sql(), end=""))
        return
    from migrations.run import upgrade

    place = run(open_place(find_place(data)))
    upgrade(place.owner)
    answer(as_json, {"ok": True}, lambda console: console.print("The database is at the newest version."))


def _second(
    session: Session, row: BookRow, permission: Permission, asked: Asked, second: str | None, token: str | None
) -> str:  # fmt: skip
    if token is not None:
        other = session.allowed(permission, row, token).asked
        # Whoever acts for the first person, or for whom they act, is named as that person, whom the ledger refuses.
        return min(other.people & asked.people, default=other.actor)
    if not session.place.is_embedded:
        raise SettingMissing("Two people are needed: give the second person's own --second-token.")
    if second is None:
        raise SettingMissing("Two people are needed: name the second with --second.")
    # Who runs this is known as os:NAME: the name alone is the same person.
    return user_name() if f"os:{second}" == user_name() else second


@operate_app.command("erase")
def erase(
    book: BookCode, ground: Ground,
    entries: Annotated[list[int] | None, typer.Argument(help="Numbers of the entries whose details go.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="Who a person is, and all that is kept of them.")] = None,
    second: Second = None, second_token: SecondToken = None, key: Key = None,
    token: Token = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Erase details of entries for good. The entry that says so stays, with both people and the ground."""

    async def work() -> tuple[Outcome, str]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.ERASE_DETAILS, row)
            found = await details_of_person(connection, row.book_id, person) if person is not None else ()
        other = _second(session, row, Permission.ERASE_DETAILS, caller.asked, second, second_token)
        named = {"entries": entries, "person": person}
        fields = {"ground": ground, "second": other} | {name: value for name, value in named.items() if value}
        check = fork_check_for(session.place.notes_dir, session.place.verifiers())
        first: Outcome | None = None
        own, wanted = key_of(key), sorted({*(entries or ()), *found})
        for act_number in count(1):
            # Of more than one entry lists, each is an act of its own, under a key that follows from the first's.
            request = Erase(entries=tuple(wanted[:MAX_ERASED]), second=other, ground=ground)
            act = act_of(
                session, caller, row, own if act_number == 1 else f"{own}.{act_number}", "erasures", fields, request
            )
            with naming_reuse(session.keys.requests, act.fields):
                outcome = await erase_details(
                    session.place.eraser, row.book_id, act.item, clock_us=clock_us, nonce=nonce, fork_check=check
                )
            first = first or outcome
            if outcome.refusal is not None:
                return outcome, own
            async with session.reading(book) as (_, connection):
                store = files_beside(session.place.notes_dir)
                await forget_files(connection, row.book_id, row.code, request.entries, store)
                wanted = await details_left(connection, row.book_id, wanted)
            if not wanted:
                break
        assert first is not None
        return first, own

    tell_act(*run(work()), "erased", as_json)


@operate_app.command("recover")
def recover(
    book: BookCode, ground: Ground, second: Second = None, second_token: SecondToken = None, key: Key = None,
    token: Token = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Let a book go on after a restore, under a new origin. Two people; the log keeps what was lost."""

    async def work() -> tuple[Outcome, str]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.RECOVER_BOOKS, row)
            other = _second(session, row, Permission.RECOVER_BOOKS, caller.asked, second, second_token)
            note = latest_note(session.place.notes_dir, book)
            newest = open_checkpoint(note, session.place.verifiers()) if note is not None else None
            request = Restart(
                origin=new_origin(book), second=other, ground=ground, note_size=newest.size if newest else 0,
                note_root=newest.root.hex() if newest else None,
            )  # fmt: skip
            act = act_of(session, caller, row, key, "recoveries", {"ground": ground, "second": other}, request)
            check = fork_check_for(session.place.notes_dir, session.place.verifiers())
            with naming_reuse(session.keys.requests, act.fields):
                outcome = await restart_log(
                    session.place.serving, row.book_id, act.item, clock_us=clock_us, nonce=nonce, fork_check=check
                )
            if outcome.refusal is None:
                await _first_note(session, row, connection, outcome.entries[0].attribute("origin"))
        return outcome, act.key

    tell_act(*run(work()), "recovered", as_json)


async def _first_note(session: Session, row: BookRow, connection: Any, origin: str | None) -> None:
    """Publish a note of the new origin, without which the book stays read-only; a repeat after a crash completes this."""
    head = await read_head(connection, row.book_id)
    if head["origin"] == origin and latest_note(session.place.notes_dir, row.code, origin) is None:
        await sign_head(session.place, session, row.code, row.book_id, connection, is_recovery=True)


async def _sizes(place: Place) -> dict[str, int]:
    connection = await connect(place.serving, "phb_reader", None, READING)
    try:
        sizes = {}
        for row in await list_books(connection):
            await set_book(connection, row.book_id)
            sizes[row.code] = (await read_head(connection, row.book_id))["size"]
        return sizes
    finally:
        await connection.close()


@operate_app.command("backup")
def backup(
    out: Annotated[Path, typer.Option("--out", help="An empty or new directory.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy the whole database server, checked. Keys and notes are never in it: keep them elsewhere."""
    place = run(open_place(find_place(data)))
    books = run(_sizes(place))
    take_backup(os.environ.get("PHB_BACKUP_URL") or place.owner, out, books)
    answer(as_json, {"ok": True, "out": str(out), "books": books},
           lambda console: console.print(f"{len(books)} books in {out}"))  # fmt: skip


@operate_app.command("restore")
def restore(
    backup_directory: Annotated[Path, typer.Argument(help="A directory made by `phb backup`.")],
    into: Annotated[Path | None, typer.Option("--into", help="A new data directory; --data says the same.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Verify every book when it is back.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back on the embedded server. Its books stay read-only until two people recover them."""
    target = into or data
    if target is None or (into is not None and data is not None and into.absolute() != data.absolute()):
        raise typer.BadParameter("name one new data directory, with --into or with --data")
    books = bring_back(backup_directory, target / "pg")
    verdicts = run(_restored(target, books, verify))
    ok = all(each["ok"] for each in verdicts.values())

    def human(console: Console) -> None:
        for code, verdict in verdicts.items():
            console.print(f"{code}: {verdict['entries']:,} entries, {'ok' if verdict['ok'] else verdict['why']}")
        console.print("The books are read-only until two people run `phb recover`.")

    answer(as_json, {"ok": ok, "into": str(target), "books": verdicts}, human, DONE if ok else WRONG)


async def _restored(into: Path, books: dict[str, int], verify: bool) -> dict[str, Any]:
    place = await open_place(find_place(into))
    session = Session(place)
    verdicts: dict[str, Any] = {}
    sizes = await _sizes(place)
    for code, least in books.items():
        size = sizes.get(code, 0)
        verdicts[code] = {"ok": size >= least, "entries": size, "why": "entries of the backup are missing"}
        if not verify:
            continue
        async with session.reading(code) as (row, connection):
            found = await verify_book(
                connection,
                row.book_id,
                verifiers=place.verifiers(),
                notes_directory=None,
                identities=IDENTITIES,
                also=(check_warrants,),
            )
        ok = found.ok and size >= least
        verdicts[code] = {"ok": ok, "entries": found.entries, "postings": found.postings, "why": found.why}
    return verdicts


@operate_app.command("stop")
def stop(data: Data = None, as_json: AsJson = False) -> None:
    """Stop the embedded server, whoever uses it: for what a killed run left behind."""
    stopped = stop_embedded(find_place(data).data / "pg")
    words = "The embedded server is stopped." if stopped else "No embedded server was running."
    answer(as_json, {"stopped": stopped}, lambda console: console.print(words))


@operate_app.command("project")
def project(book: BookCode, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Bring the maintained month totals of a book up to its newest entry."""

    async def work() -> int:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, _):
            session.allowed(Permission.PROJECT_TOTALS, row)
        connection = await connect(session.place.serving, "phb_projector", row.book_id)
        try:
            return await catch_up(connection, row.book_id)
        finally:
            await connection.close()

    through = run(work())
    answer(
        as_json,
        {"book": book, "through_entry": through},
        lambda console: console.print(f"through entry {through}"),
    )


@operate_app.command("keys")
def keys(
    name: Annotated[str, typer.Argument(help="The signer's name in every checkpoint, such as ledger.example.org.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make the secrets of a new installation, once, in PHB_KEYS_DIR. Refused where there is one already."""
    made = make_first_keys(find_place(data).keys_dir, name)
    answer(as_json, {"verifier": made.verifier.text()}, lambda _: print(made.verifier.text()))


@operate_app.command("token")
def token(
    role: Annotated[list[Role], typer.Option("--role", help="A role; repeat for several.")],
    sub: Annotated[str | None, typer.Option("--sub", help="Whose token; you otherwise.")] = None,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=480)] = 60,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sign a development token: for made-up and published books on this machine only."""
    place = find_place(data)
    if not place.is_embedded:
        raise NotAllowed("Tokens for a real server come from its own issuer.")
    if sub is not None:
        check_code(sub, "sub")
    signed = local_token(
        place.keys_dir,
        roles=[each.value for each in role],
        sub=sub or user_name(),
        lifetime_seconds=60 * minutes,
    )
    answer(as_json, {"token": signed}, lambda _: print(signed))
