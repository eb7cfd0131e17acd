"""The commands `phb policy lint | explain | diff | show`: the rules of a folder, of this program or of a book, read."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from api.cli_output import DONE, WRONG, AsJson, Data, answer, run
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, clock_us
from ledger.core.calendar import london_day
from policies import publishing
from policies.bundle import DEFAULT_LIMITS, HERE, Bundle, BundleUnfit, files_of, hash_of, in_force_on
from policies.catalogue import AUTHORITIES, EFFECTS, LIMITS, cases_of_rules, in_plain_words, limits_of_rules, shown
from policies.comparing import BundleChanges, changes, conditions_of, facts_named
from policies.shelf import BundleMissing, files_kept
from policies.wording import Wording

Connection = Any
policy_app = typer.Typer(help="The rules: check, explain, compare, try, put in force.", no_args_is_help=True)
SHIPPED, ACTIVE = "shipped", "active"
Named = Annotated[
    str, typer.Argument(help="A folder, `shipped` for the rules of this program, or with --book `active` or a hash.")
]
InBook = Annotated[str | None, typer.Option("--book", help="The book that keeps a bundle that is named by its hash.")]


@policy_app.command("lint")
def lint(bundle: Named = SHIPPED, book: InBook = None, data: Data = None, as_json: AsJson = False) -> None:
    """Read a bundle as a service would: everything that is wrong with it, or its hash, and the rules whose plain words are shown in
    easy read and in Welsh because they have none of their own. Exit code 1 if it is none."""
    try:
        found = named(bundle, book, data)
    except BundleUnfit as unfit:
        reasons = list(unfit.reasons)
        answer(
            as_json, {"ok": False, "reasons": reasons},
            lambda console: console.print("\n".join(f"wrong: {each}" for each in reasons), highlight=False, markup=False), WRONG,
        )  # fmt: skip
        return
    plain_only = Wording.load().plain_only(found.rules.values())
    facts = {
        "ok": True,
        "hash": found.hash,
        "rules": len(found.rules),
        "services": len(found.services),
        "plain_only": plain_only,
    }

    def human(console: Console) -> None:
        console.print(f"[green]ok[/green]: {len(found.rules)} rules, {found.hash}")
        say_plain_only(console, plain_only)

    answer(as_json, facts, human)


def say_plain_only(console: Console, rules: list[str]) -> None:
    """The rules whose plain words are shown to those who read easy read or Welsh."""
    for rule in rules:
        _say(console, f"{rule} has no easy read or Welsh of its own: its plain words are shown")


@policy_app.command("explain")
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id, such as plan.not_signed.")],
    of: Annotated[
        str, typer.Option("--bundle", help="A folder, `shipped`, or with --book `active` or a hash.")
    ] = SHIPPED,
    on: Annotated[
        str | None, typer.Option("--on", help="The day whose values of limits are told; today if left out.")
    ] = None,
    book: InBook = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """One rule in plain words: what it says, what it does, after which source, what it looks at, the limits that it is measured
    against with their values on a day (the book's with --book, else the default's), and the numbers of the decision cases that
    fire it. The cases are those of the rules that this program ships, whichever bundle is named: whether the rule is the same there
    is said. Exit code 2 if there is none."""
    bundle, day = named(of, book, data), day_of(on)
    found = next((each for each in in_plain_words(bundle.rules.values()) if each.id == rule), None)
    if found is None:
        raise typer.BadParameter(f"no rule is called {rule}")
    # Of a pattern its purpose is told, and not what it counts.
    looks_at = [] if found.authority == "pattern" else sorted(set(facts_named(conditions_of(bundle)[rule])))
    facts: dict[str, Any] = {
        "rule": found.id, "effect": found.effect, "does": EFFECTS[found.effect], "authority": AUTHORITIES[found.authority][0],
        "source": found.source, "says": found.message, "remedy": found.remedy, "looks_at": looks_at,
        "cases": list(cases_of_rules().get(rule, ())),
    }  # fmt: skip
    if facts["cases"]:
        shipped = Bundle.load()
        differs = any(each.rule == rule for each in changes(shipped, bundle).rules)
        facts |= {"cases_of": shipped.hash, "same_there": not differs}
    limits = [_limit_on(bundle, limit, book or DEFAULT_LIMITS, day) for limit in limits_of_rules(bundle)[rule]]

    def human(console: Console) -> None:
        for name, value in facts.items():
            if not value or name in ("cases_of", "same_there"):
                continue
            _say(console, f"{name:10} {', '.join(value) if isinstance(value, list) else value}")
        if facts["cases"]:
            is_same = "is the same" if facts["same_there"] else "reads otherwise"
            _say(
                console,
                f"{'':10} of the rules that this program ships ({facts['cases_of']}), where this rule {is_same}",
            )
        for each in limits:
            _say(console, f"limit      {each['limit']} ({each['about']}): {each['value']} from {each['from']}")

    answer(as_json, {**facts, "on": str(day), "limits": limits}, human)


def _limit_on(bundle: Bundle, limit: str, book: str, day: date) -> dict[str, str]:
    """What a limit is on a day, and since when."""
    value = in_force_on(bundle.limits, limit, book, day)
    told = ("no value yet", "") if value is None else (shown(limit, value.value), str(value.begins))
    return {"limit": limit, "about": LIMITS[limit], "value": told[0], "from": told[1]}


def _say(console: Console, text: str) -> None:
    """A line as it is: what stands in [brackets] is no mark-up, and nothing is cut or coloured."""
    console.print(text, highlight=False, markup=False)


@policy_app.command("diff")
def diff(before: Named, after: Named, book: InBook = None, data: Data = None, as_json: AsJson = False) -> None:
    """What the later of two bundles has otherwise: of a rule every part that differs, with the words before (-) and after (+). Exit
    code 1 if they differ."""

    found = changes(*[named(each, book, data) for each in (before, after)])
    facts = {"ok": found.is_none, **msgspec.to_builtins(found)}
    answer(as_json, facts, lambda console: _show_changes(console, found), DONE if found.is_none else WRONG)


@policy_app.command("show")
def show(
    bundle: Named,
    file: Annotated[str | None, typer.Argument(help="One of its files, such as rules/plan.cedar.")] = None,
    book: InBook = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The text of the rules of a bundle, or of one of its files, as the book keeps it, byte for byte. Exit code 2 if there is no
    such file."""
    files = files_named(bundle, book, data)
    if file is not None and file not in files:
        raise typer.BadParameter(f"no file is called {file}; there are {', '.join(sorted(files))}")
    wanted = [file] if file is not None else [name for name in sorted(files) if name.endswith(".cedar")]
    texts = {name: files[name].decode(errors="replace") for name in wanted}

    def human(console: Console) -> None:
        for name, text in texts.items():
            if file is None:
                _say(console, f"// {name}")
            console.print(text, highlight=False, markup=False, soft_wrap=True)

    answer(as_json, {"hash": hash_of(files), "files": texts}, human)


def named(text: str, book: str | None, data: Path | None) -> Bundle:
    """The bundle that an argument names: a folder, this program's, or one that a book keeps. Problem(bundle_missing)."""
    return Bundle.of_files(files_named(text, book, data))


def files_named(text: str, book: str | None, data: Path | None) -> dict[str, bytes]:
    """The files of such a bundle, which need not be one that this program can use. Problem(bundle_missing)."""
    if text == SHIPPED:
        return files_of(HERE)
    if Path(text).is_dir():
        return files_of(Path(text))
    if book is None:
        raise typer.BadParameter(f"{text} is no folder; for a bundle that a book keeps name the book too")

    async def work() -> dict[str, bytes]:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            session.allowed(Permission.SEE_BUNDLES, row)
            return await _files_here(connection, row.book_id, text)

    return run(work())


async def kept_here(connection: Connection, book_id: int, text: str) -> Bundle:
    """A bundle of a book by its hash, or the one in force. Problem(bundle_missing), BundleUnfit."""
    return Bundle.of_files(await _files_here(connection, book_id, text))


async def _files_here(connection: Connection, book_id: int, text: str) -> dict[str, bytes]:
    wanted = text
    if text == ACTIVE:
        wanted = (await publishing.read_life(connection, book_id)).in_force(london_day(clock_us())) or ""
    own = files_of(HERE)
    if wanted == hash_of(own):
        return own
    try:
        return await files_kept(connection, book_id, wanted)
    except BundleMissing:
        raise Problem("bundle_missing") from None


def _show_changes(console: Console, found: BundleChanges) -> None:
    for rule in found.rules:
        _say(console, f"{rule.change} {rule.rule}")
        for one in rule.what:
            sides = [
                f"{'-' if place == 0 else '+'} {text}" for place, text in enumerate((one.before, one.after)) if text
            ]
            for line in sides:
                _say(console, f"  {one.what:10} {line}")
    for each in found.limits:
        values = [
            ", ".join(f"{shown(each.limit, value.value)} from {value.begins}" for value in side) or "none"
            for side in (each.before, each.after)
        ]
        words = LIMITS.get(each.limit, each.limit)
        _say(console, f"limit {each.limit} of {each.owner} ({words}): {values[0]} → {values[1]}")
    for verb, codes in (
        ("added", found.services_added),
        ("removed", found.services_removed),
        ("changed", found.services_changed),
    ):
        for code in codes:
            _say(console, f"{verb} service {code}")
    for owner in found.left_out:
        _say(console, f"{owner} leaves other services out")
    if found.is_schema:
        console.print("other facts: the schema differs")
    if found.is_none:
        console.print("the same")


def day_of(text: str | None) -> date:
    """A day as it was written; today for None."""
    try:
        return date.fromisoformat(text) if text else london_day(clock_us())
    except ValueError:
        raise typer.BadParameter("a day is written 2026-03-31") from None
