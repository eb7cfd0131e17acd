"""The command `phb do`: any operation of the API in this process, so that whatever has a route can be done at a terminal.

There is no second way of doing an act: the request goes to the service's own application, with its tokens, rules and keys.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli_output import AWAY, DONE, SOME_REFUSED, USAGE, WRONG, AsJson, Data, Key, Token, answer, run, stderr
from api.issuer import local_token
from api.operations import FILE, JSON, Asked, Field, Operation, OptionUnfit, operations_here
from api.place import find_place, open_place
from api.session import LOCAL_ROLES, key_of, user_name
from api.whole_file import write_whole
from ledger.core.refusals import REFUSALS

KEY, MATCH, DRY = "Idempotency-Key", "If-Match", "dry_run"
MOST_ROWS = 1_000
MOST_COLUMNS = 9
"""More are read better as lines."""
do_app = typer.Typer()


class Told(msgspec.Struct):
    """What was answered: the status, the body as it is read, and the content where it is no JSON. `goes_on` when the list is
    longer than was asked for."""

    status: int
    body: Any
    content: bytes | None = None
    replayed: bool = False
    goes_on: bool = False


@do_app.command("do")
def do(
    operation: Annotated[
        str | None, typer.Argument(help="What is done, such as list-referrals; all are listed if left out.")
    ] = None,
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]…", help="What it takes; inner fields by dots, lists as JSON.")
    ] = None,
    book: Annotated[str | None, typer.Option("--book", help="The book's code.")] = None,
    body: Annotated[
        Path | None, typer.Option("--body", help="A file with the body, or - for a pipe; names=values go on top.")
    ] = None,
    find: Annotated[str, typer.Option("--find", help="List only what has to do with this word.")] = "",
    takes: Annotated[bool, typer.Option("--fields", help="Say what the operation takes, and do nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it.")] = False,
    if_match: Annotated[str | None, typer.Option("--if-match", help="The ETag that the thing had when it was read.")] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Of a list in pages, go on up to so many.")] = MOST_ROWS,
    out: Annotated[Path | None, typer.Option("--out", help="Where a file that is answered goes; replaces none.")] = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Do whatever the API can do, without a server: the same rights, rules and keys as over HTTP. Without an OPERATION all are
    listed."""
    if operation is None:
        _list(find, as_json)
        return
    told = operations_here(operation)
    wanted = told.find(operation)
    if takes:
        _show_fields(wanted, told.fields(wanted), as_json)
        return
    headers = _headers(wanted, key, if_match)
    given = [*(fields or ()), *(["dry_run=true"] if dry_run else ())]
    if dry_run and DRY not in wanted.query_names:
        raise OptionUnfit(f"{wanted.word} takes no --dry-run.")
    if out is not None and out.exists():
        raise FileExistsError(17, "File exists", str(out))
    asked = told.asked(wanted, given, book, None if body is None else _read(body))
    if KEY in headers:
        # Told before it is sent: whoever gets no answer sends the same again under it.
        stderr.print(f"key: {headers[KEY]}", highlight=False)
    found = run(_do(wanted, asked, headers, token, data, rows))
    _tell(wanted, found, headers.get(KEY), out, rows, as_json)


def _read(body: Path) -> bytes:
    return sys.stdin.buffer.read() if str(body) == "-" else body.read_bytes()


def _headers(operation: Operation, key: str | None, if_match: str | None) -> dict[str, str]:
    """The headers of a request. A key that nobody chose is a random one, which the command tells."""
    if key is not None and KEY not in operation.headers:
        raise OptionUnfit(f"{operation.word} takes no --key: it may be sent again as it is.")
    if if_match is not None and MATCH not in operation.headers:
        raise OptionUnfit(f"{operation.word} takes no --if-match.")
    made = {KEY: key_of(key)} if KEY in operation.headers else {}
    return made if if_match is None else {**made, MATCH: if_match if '"' in if_match else f'"{if_match}"'}


async def _do(
    operation: Operation, asked: Asked, headers: dict[str, str], token: str | None, data: Path | None, rows: int
) -> Told:  # fmt: skip
    from api.in_process import service_here

    place = await open_place(find_place(data))
    async with service_here(place, os.environ) as client:
        given = token or os.environ.get("PHB_TOKEN")
        if place.is_embedded and not given:
            given = local_token(place.keys_dir, roles=LOCAL_ROLES, sub=user_name())
        headers = {**headers, "Content-Type": operation.media} if operation.media else headers
        headers = {**headers, "Authorization": f"Bearer {given}"} if given else headers
        answered = await client.request(
            operation.method, asked.path, params=asked.query, content=asked.content, headers=headers
        )
        told = _told(answered)
        while told.status == 200 and "next" in answered.links:
            if len(_rows(told.body)) >= rows:
                told.goes_on = True
                break
            answered = await client.get(answered.links["next"]["url"], headers=headers)
            later = _told(answered)
            if later.status != 200:
                return later
            told.body = _joined(told.body, later.body)
        return told


def _told(answered: Any) -> Told:
    replayed = "idempotency-replayed" in answered.headers
    if answered.headers.get("content-type", "").partition(";")[0] in (JSON, "application/problem+json"):
        return Told(answered.status_code, msgspec.json.decode(answered.content), replayed=replayed)
    return Told(answered.status_code, None, answered.content, replayed)


def _rows_name(body: Any) -> str | None:
    """The name of the list that pages go on with: the first one of objects."""
    return next((name for name, each in body.items() if _is_rows(each)), None) if isinstance(body, Mapping) else None


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _rows(body: Any) -> list[Any]:
    name = _rows_name(body)
    return [] if name is None else body[name]


def _joined(first: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Two pages as one. What is said of a page alone is of neither."""
    name = _rows_name(first) or ""
    kept = {each: value for each, value in first.items() if not each.startswith("page_")}
    return kept | {name: [*first[name], *later.get(name, ())]}


def exit_code(operation: Operation, status: int, body: Any) -> int:
    """The shell's code for an answer: 1 for a no of the rules or the ledger, 2 for a request that could not be considered or does
    not fit what is there, 3 for a batch of which some was refused, 4 when it may be sent again as it is."""
    told = body if isinstance(body, Mapping) else {}
    if status < 400:
        decided = told["decision"] if isinstance(told.get("decision"), Mapping) else told
        # What a person says of a referral is what they asked for, be it a no.
        is_own_word = decided.get("act") == "approval"
        if operation.is_act and not is_own_word and decided.get("outcome") in ("deny", "refer"):
            return WRONG
        return SOME_REFUSED if operation.is_act and "items" in told and told.get("refused") else DONE
    if status in (429, 503) or told.get("transient"):
        return AWAY
    return WRONG if status >= 500 or told.get("code") in REFUSALS else USAGE


def _tell(operation: Operation, found: Told, key: str | None, out: Path | None, rows: int, as_json: bool) -> None:
    code = exit_code(operation, found.status, found.body)
    if found.status >= 400:
        _tell_no(found, key, code, as_json)
    if found.goes_on:
        stderr.print(f"There are more than these; --rows goes on beyond {rows}.", highlight=False)
    if found.content is not None:
        _hand_over(operation, found.content, out, as_json)
        return
    if found.replayed and not as_json:
        stderr.print("(done before)", highlight=False)
    told = {"key": key, **found.body} if key is not None and isinstance(found.body, dict) else found.body
    answer(as_json, told, lambda console: show(console, found.body), code)


def _tell_no(found: Told, key: str | None, code: int, as_json: bool) -> NoReturn:
    """What the API says of its no, with the key under which the same can be sent again."""
    no = found.body or {"code": str(found.status), "detail": "The service answered without a reason."}
    if as_json:
        answer(as_json, {"ok": False, **({"key": key} if key else {}), **no}, lambda _: None)
    else:
        where = [*no.get("fields", ()), *filter(None, [no.get("field")])]
        where += [f"{name} {value}" for name, value in no.get("facts", {}).items()]
        here = f" Here: {', '.join(where)}." if where else ""
        entry = f" (entry {no['entry']})" if "entry" in no else ""
        stderr.print(f"[red]{no['code']}[/red]: {no['detail']}{here}{entry}", highlight=False)
    raise typer.Exit(code)


def _hand_over(operation: Operation, content: bytes, out: Path | None, as_json: bool) -> None:
    """A file that was answered: to its place, whole; to a pipe where none is named."""
    if out is not None:
        write_whole(out, [content])
        answer(as_json, {"ok": True, "out": str(out), "bytes": len(content)},
               lambda console: console.print(f"{len(content):,} bytes in {out}", highlight=False))  # fmt: skip
    elif as_json or sys.stdout.isatty():
        raise OptionUnfit(f"{operation.word} answers with a file: name one with --out.")
    else:
        with suppress(BrokenPipeError):
            sys.stdout.buffer.write(content)


def show(console: Console, value: Any, before: str = "") -> None:
    """An answer for a person: an object as lines, a list of objects as a table in the order of their schema."""
    if not isinstance(value, Mapping):
        console.print(f"{before}{_text(value)}", highlight=False, markup=False)
        return
    for name, each in value.items():
        if _is_rows(each):
            console.print(f"{before}{name}:", highlight=False, markup=False)
            _show_rows(console, each, before)
        elif isinstance(each, Mapping) and each:
            console.print(f"{before}{name}:", highlight=False, markup=False)
            show(console, each, f"{before}  ")
        elif each not in (None, "", [], {}):
            console.print(f"{before}{name}: {_text(each)}", highlight=False, markup=False)
        elif each == []:
            console.print(f"{before}{name}: none", highlight=False, markup=False)


def _show_rows(console: Console, rows: list[dict[str, Any]], before: str) -> None:
    columns = [name for name in dict.fromkeys(name for row in rows for name in row)
               if any(row.get(name) not in (None, "", [], {}) for row in rows)]  # fmt: skip
    if len(columns) > MOST_COLUMNS:
        for number, row in enumerate(rows):
            if number:
                console.print()
            show(console, row, f"{before}  ")
        return
    table = Table()
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    console.print(table, markup=False)


def _text(value: Any) -> str:
    """One value in a cell or a line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ", ".join(map(_text, value))
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else str(value)


def _list(word: str, as_json: bool) -> None:
    found = operations_here().about(word)
    facts = [
        {"operation": each.word, "tag": each.tag, "summary": each.summary, "method": each.method, "path": each.path,
         "right": each.permission}
        for each in found
    ]  # fmt: skip

    def human(console: Console) -> None:
        for tag in dict.fromkeys(each.tag for each in found):
            table = Table(title=tag, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
            table.add_column(no_wrap=True)
            table.add_column()
            for each in found:
                if each.tag == tag:
                    table.add_row(each.word, each.summary)
            console.print(table, markup=False)
            console.print()
        if not found:
            console.print(f"Nothing has to do with {word}.", highlight=False, markup=False)

    answer(as_json, {"operations": facts}, human)


def _show_fields(operation: Operation, fields: list[Field], as_json: bool) -> None:
    options = {"--key": KEY in operation.headers, "--if-match": MATCH in operation.headers, "--body": operation.media is not None,
               "--dry-run": DRY in operation.query_names, "--rows": "after" in operation.query_names}  # fmt: skip
    takes = [name for name, is_taken in options.items() if is_taken]
    facts = {"operation": operation.word, "says": operation.says, "right": operation.permission, "options": takes,
             "fields": msgspec.to_builtins(fields)}  # fmt: skip

    def human(console: Console) -> None:
        console.print(operation.says, highlight=False, markup=False)
        console.print(
            f"Needs the right {operation.permission}; takes {', '.join(takes) or 'no options of its own'}.",
            highlight=False,
        )
        table = Table()
        for name in ("field", "in", "type", "needed", "what it is"):
            table.add_column(name, overflow="fold")
        for each in fields:
            said = [each.says, f"One of {', '.join(each.choices)}." if each.choices else "",
                    f"Such as {_text(each.example)}." if each.example is not None else ""]  # fmt: skip
            table.add_row(
                each.name, each.where, each.type, "yes" if each.required else "", " ".join(filter(None, said))
            )
        if operation.media == FILE:
            table.add_row("--body", "body", "file", "yes", "The file itself.")
        if fields or operation.media:
            console.print(table, markup=False)

    answer(as_json, facts, human)
