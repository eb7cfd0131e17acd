"""Commands around the demo: load and show it, check the identities of a book by name, serve the API here."""

import asyncio
import os
import secrets
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer

from api.cli_autonomy import show_autonomy_of
from api.cli_closing import show_identities
from api.cli_output import DONE, WRONG, AsJson, BookCode, Data, answer, run, stdout
from api.demo.run import load_demo
from api.demo.show import show_demo, show_lines
from api.issuer import open_issuer
from api.place import Place, find_place, open_place
from api.settings import Settings

demo_app = typer.Typer()
DEMO_PORT = 8000
TOKEN_SECONDS = 12 * 3600


@demo_app.command("demo")
def demo(
    seed: Annotated[int | None, typer.Option("--seed", help="Which made-up year (default 1).")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day of the year (default today).")
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when the figures are printed.")] = False,
    port: Annotated[int, typer.Option("--port")] = DEMO_PORT,
    people: Annotated[int | None, typer.Option("--people", min=12, max=999, hidden=True)] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Load a made-up commissioner: a year of 240 people's money through the gate, checked and signed; then serve it."""
    day = None if as_of is None else as_of.date()
    facts = run(load_demo(data, seed=seed, as_of=day, people=people, quiet=as_json))
    is_right = facts["verified"] and all(each["ok"] for each in facts["identities"].values())
    answer(as_json, facts, lambda console: show_demo(console, facts), DONE if is_right else WRONG)
    if not as_json:
        show_autonomy_of(stdout, facts["book"], date.fromisoformat(facts["as_of"]), data)
    if no_serve:
        return
    place = asyncio.run(open_place(find_place(data)))
    if place.is_embedded and not as_json:
        show_lines(stdout, _lines(place, facts, f"http://127.0.0.1:{port}"))
    serve_here(place, {"PHB_PORT": port}, as_json=as_json)


def _lines(place: Place, facts: dict[str, Any], url: str) -> list[tuple[str, str]]:
    """What a budget holder, a finance officer and a commissioner may look at first, with tokens for twelve hours."""
    issuer, of = open_issuer(place.keys_dir), facts["example"]

    def token(role: str, sub: str) -> str:
        signed = issuer.token(roles=[role], sub=sub, books=[facts["book"]], lifetime_seconds=TOKEN_SECONDS)
        return f"-H 'Authorization: Bearer {signed}'"

    budget = f"{url}/v1/books/{facts['book']}/budgets/{of['person']}"
    holder = token("holder", of["holder"])
    wish = {
        "line": of["line"], "service": of["service"], "payee": of["payee"], "amount": "45.00", "currency": "GBP",
        "effective_on": facts["as_of"],
    }  # fmt: skip
    body = msgspec.json.encode(wish).decode()
    return [
        ("A budget holder: what is left of my budget, this year's and other years'", f"curl -s {holder} '{budget}'"),
        ("A budget holder: what was decided about my budget, and why", f"curl -s {holder} '{budget}/decisions?limit=5'"),
        (
            "The same holder asks: may I buy this?",
            f"curl -s {holder} -H 'Content-Type: application/json' -H 'Idempotency-Key: {secrets.token_hex(16)}' "
            f"-d '{body}' '{budget}/asks'",
        ),
        (
            "A finance officer: the trial balance",
            f"curl -s {token('finance', 'demo.finance.1')} '{url}/v1/books/{facts['book']}/trial-balance'",
        ),
        (
            "A commissioner: what the funds have left",
            f"curl -s {token('commissioner', 'demo.commissioner')} '{url}/v1/books/{facts['book']}/balances?prefix=fund/'",
        ),
        ("The documentation", f"{url}/docs"),
    ]  # fmt: skip


@demo_app.command("identities")
def identities(book: BookCode, data: Data = None, as_json: AsJson = False) -> None:
    """Check the identities of a book by name, as `phb reconcile` does. Exit code 1 if one does not hold."""
    show_identities(book, data, as_json)


@demo_app.command("serve")
def serve(
    host: Annotated[str | None, typer.Option("--host")] = None,
    port: Annotated[int | None, typer.Option("--port")] = None,
    workers: Annotated[int | None, typer.Option("--workers")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Serve the API. On the embedded server with the development issuer, on this machine only. Says when it is ready."""
    place = asyncio.run(open_place(find_place(data)))
    serve_here(place, {"PHB_HOST": host, "PHB_PORT": port, "PHB_WORKERS": workers}, as_json=as_json)


def serve_here(place: Place, chosen: dict[str, Any], *, as_json: bool) -> None:
    """Serve this place until told to stop, with the settings that were chosen."""
    from api.serve import serve as serve_api

    environment = dict(os.environ)
    if place.is_embedded:
        place.keys()
        environment |= {
            "DATABASE_URL": place.serving, "PHB_KEYS_DIR": str(place.keys_dir), "PHB_NOTES_DIR": str(place.notes_dir),
            "PHB_DEVELOPMENT_ISSUER": "yes",
        }  # fmt: skip
    environment.update((name, str(value)) for name, value in chosen.items() if value is not None)

    def ready(settings: Settings) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{settings.port}"
        facts = {
            "ok": True,
            "ready": True,
            "url": url,
            "port": settings.port,
            "workers": settings.workers,
            "pid": os.getpid(),
        }
        answer(as_json, facts, lambda console: console.print(f"Serving at {url}", highlight=False))

    serve_api(environment, ready)
