"""The demo: what a newcomer sees first, and what its JSON promises to whoever checks it."""

import ast
import asyncio
import json
import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.demo.cast import span_to
from api.demo.people import PEOPLE, made_up_people
from api.demo.run import load_into
from api.place import find_place, open_place
from api.session import Session
from ledger.budgets.drafts import draft_of
from policies.bundle import Bundle, hash_of
from policies.shelf import files_in
from tests import kit
from tests.cli.running import phb, token

SMALL = 16
RAISED = 1
"""Of so many of the few a later version of the plan is signed as well."""
HERE = (
    "L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12",
    "R13",
)  # fmt: skip
NOT_YET = ["R14"]
ELSEWHERE = {"R11"}
"""Nobody of the demo moves to another commissioner: the tests of moves look at it."""
CONTRACT = {
    "book", "as_of", "seed", "already_loaded", "people", "allocations", "decisions", "entries", "postings", "trial_balance",
    "identities", "not_yet", "verified", "checkpoint", "elapsed_seconds",
}  # fmt: skip
ITS_OWN = ("checkpoint", "checkpoint_file", "elapsed_seconds", "already_loaded")
"""What differs between two loads: the book's origin and nonces are random, and so its root."""
PURE = ("cast", "wishes", "people", "notional_years", "direct_years", "rare_years", "payments", "script")
AS_OF = date(2026, 6, 30)


def figures(facts: dict[str, Any]) -> dict[str, Any]:
    """What has to be the same for the same seed and day."""
    return {name: value for name, value in facts.items() if name not in ITS_OWN}


@pytest.fixture(scope="module")
def loaded(data: Path) -> dict[str, Any]:
    """A small demo, loaded."""
    code, facts = phb(data, "demo", "--no-serve", "--people", SMALL, "--as-of", AS_OF)
    assert code == 0, facts
    return facts


def test_the_demo_says_what_its_contract_names(loaded: dict[str, Any]) -> None:
    """One object with every figure: decisions of each outcome, balances of zero, identities that hold and what is not yet."""
    assert set(loaded) >= CONTRACT
    assert (loaded["book"], loaded["seed"], loaded["as_of"]) == ("DEMO", 1, AS_OF.isoformat())
    assert (loaded["already_loaded"], loaded["people"], loaded["verified"]) == (False, SMALL, True)
    assert set(loaded["decisions"]) == {"allow", "refer", "deny"}
    assert all(times > 0 for times in loaded["decisions"].values())
    assert loaded["trial_balance"] == {"budget": "0.00", "actual": "0.00"}
    assert loaded["postings"] >= 2 * loaded["allocations"] > 0
    assert tuple(loaded["identities"]) == HERE
    assert all(each["ok"] for each in loaded["identities"].values())
    assert {name for name, each in loaded["identities"].items() if each["checked"] == 0} <= ELSEWHERE
    assert loaded["not_yet"] == NOT_YET
    assert loaded["checkpoint"].startswith("phb-ledger/DEMO/")
    assert loaded["checkpoint"].splitlines()[1] == str(loaded["entries"])


def test_the_rules_it_was_decided_by_are_kept_and_were_put_in_force_by_another(
    data: Path, loaded: dict[str, Any]
) -> None:
    """The bundle that its decisions name has a draft with its files, which the book keeps byte for byte."""
    code, found = phb(data, "policy", "list", "--book", "DEMO")
    [only] = found["bundles"]
    assert (code, only["hash"], only["state"], only["from"]) == (0, Bundle.load().hash, "active", None)
    assert only["drafted"] is not None
    kept, officers = asyncio.run(_kept_by_two(data, only["drafted"]))
    assert kept == Bundle.load().hash
    assert len(officers) == len(set(officers)) == 2


async def _kept_by_two(data: Path, drafted: int) -> tuple[str, list[str]]:
    """The hash of the files that an entry of the demo keeps, and who drafted rules and put them in force."""
    place = await open_place(find_place(data))
    [kept] = await kit.rows(place.owner, "SELECT content FROM phb.detail WHERE number = $1", drafted)
    lines = await kit.rows(place.owner, "SELECT body FROM phb.entry WHERE kind = 'bundle' ORDER BY number")
    officers = [part for line in lines for part in line["body"].split("|") if part.startswith("demo.officer.")]
    return hash_of(files_in(kept["content"])), officers


def test_the_plans_of_its_people_are_shown(data: Path, loaded: dict[str, Any]) -> None:
    """What is signed of each plan, with its lines; one plan with all of its versions; and what nobody has is said."""
    person = loaded["example"]["person"]
    code, found = phb(data, "plan", "show", person, "--book", "DEMO")
    assert code == 0
    signed = found["plans"][0]
    assert signed["state"] == "signed"
    assert loaded["example"]["line"] in {line["line"] for line in signed["lines"]}
    code, versions = phb(data, "plan", "show", person, "--book", "DEMO", "--plan", signed["plan"])
    assert (code, versions["versions"][0]["version"]) == (0, 1)
    assert phb(data, "plan", "show", person, "--book", "DEMO", "--plan", "NONE")[1]["code"] == "plan_not_found"
    code, given = phb(data, "contribution", "show", person, "--book", "DEMO")
    assert (code, given["currency"], given["contributions"]) == (0, "GBP", [])
    code, offers = phb(data, "plan", "offers", person, "--book", "DEMO")
    assert (code, isinstance(offers["offers"], list)) == (0, True)


def test_a_second_run_says_the_same_again(data: Path, loaded: dict[str, Any]) -> None:
    """It exits 0, says that the book was loaded already, and repeats the figures of the load's own checkpoint."""
    code, again = phb(data, "demo", "--no-serve")
    assert (code, again["already_loaded"]) == (0, True)
    assert figures(again) == figures(loaded)
    assert again["checkpoint"] == loaded["checkpoint"]


def test_autonomy_is_measured_beside_accountability(data: Path, loaded: dict[str, Any]) -> None:
    """The command tells every measure by groups, of which the few people of a small demo are too few; the demo prints the table."""
    asked = ("--from", "2025-07-01", "--to", AS_OF)
    code, found = phb(data, "autonomy", "--book", "DEMO", *asked)
    assert code == 0
    decided = found["measures"][0]["everybody"]
    assert 0 < decided["part"] < decided["whole"]
    code, groups = phb(data, "autonomy", "--book", "DEMO", "--by", "ethnicity", *asked)
    assert (code, groups["measures"][0]["everybody"]) == (0, decided)
    part = ("--from", "2025-07-01", "--to", "2026-06-29")
    assert phb(data, "autonomy", "--book", "DEMO", "--by", "ethnicity", *part)[1]["code"] == "months_not_whole"
    assert "too few to say" in {each["says"] for each in groups["measures"][0]["groups"]}
    assert phb(data, "autonomy", "--book", "DEMO", "--by", "person")[1]["code"] == "parameter_malformed"
    told = subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", "--no-serve", "--data", str(data)], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    assert "Autonomy beside accountability" in told
    assert f" {decided['part']} " in told


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--seed", 2), "demo_is_another"),
        (("--as-of", "2026-06-29"), "demo_is_another"),
        (("--as-of", "2999-01-01"), "day_in_future"),
    ],
)
def test_another_demo_is_not_mixed_into_this_one(
    data: Path, loaded: dict[str, Any], asked: tuple[object, ...], code: str
) -> None:
    """Another seed or day needs another place, and a day that has not come is refused; nothing is written."""
    exit_code, facts = phb(data, "demo", "--no-serve", *asked)
    assert (exit_code, facts["code"]) == (2, code)
    assert phb(data, "verify", "--book", "DEMO")[1]["entries"] == loaded["entries"] + 1


def test_a_load_that_was_killed_is_completed_with_the_same_figures(tmp_path: Path, loaded: dict[str, Any]) -> None:
    """In another place, with other keys and nonces and killed half way, the next run does what was left and every figure is the
    same: each step has its key, and what was done is replayed."""
    place = tmp_path / "d"
    asked = ("demo", "--no-serve", "--people", SMALL, "--as-of", AS_OF)
    running = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *map(str, asked), "--data", str(place)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while entries_of(place) < loaded["entries"] // 2:
            assert running.poll() is None, "it was done before it could be killed"
            time.sleep(0.05)
    finally:
        running.kill()
        running.wait()
    assert entries_of(place) < loaded["entries"]
    code, other = phb(place, *asked)
    phb(place, "stop")
    assert code == 0
    assert figures(other) == figures(loaded)
    assert other["checkpoint"] != loaded["checkpoint"]


def entries_of(place: Path) -> int:
    """How many entries there are; 0 while the server or its tables are not there yet."""

    async def count() -> int:
        connection = await asyncpg.connect(f"postgresql://postgres@/phb?host={place / 'pg'}")
        try:
            return await connection.fetchval("SELECT coalesce(max(number), 0) FROM phb.entry") or 0
        finally:
            await connection.close()

    try:
        return asyncio.run(count())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return 0


def test_every_plan_of_the_demo_can_be_read_with_its_lines_in_words(data: Path, loaded: dict[str, Any]) -> None:
    """What `GET /budgets/{person}/plans` and a budget's lines are made from is there for each of its people."""

    async def read() -> dict[str, list[bytes]]:
        connection = await asyncpg.connect(f"postgresql://postgres@/phb?host={data / 'pg'}")
        try:
            rows = await connection.fetch(
                "SELECT r.kind, d.content FROM phb.register r JOIN phb.book b USING (book_id) "
                "LEFT JOIN phb.detail d ON d.book_id = r.book_id AND d.number = r.number "
                "WHERE b.code = 'DEMO' AND (r.kind, r.act) IN (('plan_version', 'drafted'), ('line', 'agreed'))"
            )
        finally:
            await connection.close()
        return {kind: [row["content"] for row in rows if row["kind"] == kind] for kind in ("plan_version", "line")}

    found = asyncio.run(read())
    drafts = [draft_of(content) for content in found["plan_version"]]
    assert len(drafts) == SMALL + RAISED
    assert sum(len(draft.lines) for draft in drafts) == len(found["line"])
    assert all(json.loads(content)["title"] for content in found["line"])


def test_identities_are_a_command_of_their_own(data: Path, loaded: dict[str, Any]) -> None:
    """`phb identities` names each, with how much was checked; 0 when all hold. `phb reconcile` is the same by its other name."""
    for command in ("identities", "reconcile"):
        code, facts = phb(data, command, "--book", "DEMO")
        assert (code, facts["ok"]) == (0, True)
        assert {name: each["checked"] for name, each in facts["identities"].items()} == {
            name: each["checked"] for name, each in loaded["identities"].items()
        }


def test_a_breach_is_named_and_is_an_exit_code(data: Path, loaded: dict[str, Any]) -> None:
    """A stored balance that is not its postings, as only the database's superuser could make it: `phb reconcile` ends with 1 and
    names the identity; put back, everything holds."""

    async def moved(pence: int) -> None:
        connection = await asyncpg.connect(f"postgresql://postgres@/phb?host={data / 'pg'}")
        try:
            await connection.execute(
                "UPDATE phb.balance SET debit = debit + $1, balance = balance + $1 WHERE account_id = 1", pence
            )
        finally:
            await connection.close()

    asyncio.run(moved(1))
    try:
        code, facts = phb(data, "reconcile", "--book", "DEMO")
        assert (code, facts["ok"], facts["identities"]["R13"]["ok"]) == (1, False, False)
    finally:
        asyncio.run(moved(-1))
    assert phb(data, "reconcile", "--book", "DEMO")[0] == 0


def test_a_decision_is_explained_at_the_terminal_in_each_form(
    data: Path, loaded: dict[str, Any], tmp_path: Path
) -> None:
    """By its number or as it is read out, with the same reference in each form; a reference that is read wrong is said to be; and
    whom the book names for help is told from then on."""

    async def declined() -> tuple[str, int]:
        connection = await asyncpg.connect(f"postgresql://postgres@/phb?host={data / 'pg'}")
        try:
            row = await connection.fetchrow(
                "SELECT person_ref, number FROM phb.register WHERE act = 'approval' AND attributes ->> 'outcome' = 'deny' LIMIT 1"
            )
        finally:
            await connection.close()
        return row["person_ref"], row["number"]

    person, number = asyncio.run(declined())
    code, plain = phb(data, "explain", person, number, "--book", "DEMO")
    assert (code, plain["form"], plain["draft"]) == (0, "plain", False)
    for form, kept in (("easy", "easy_read"), ("welsh", "welsh")):
        told = phb(data, "explain", person, plain["reference"], "--book", "DEMO", "--form", form)[1]
        assert (told["form"], told["number"], told["draft"]) == (kept, number, form == "welsh")
        assert plain["reference"] in told["title"][1]["says"]
    assert [each["role"] for each in plain["help"] if each["placeholder"]] == [], "the demo names whom to ask"
    asked = [sys.executable, "-m", "api.cli", "explain", person, str(number), "--book", "DEMO", "--data", str(data)]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "Made-up Voices: 01632 960002" in shown
    reasons = [f"{each['says']} ({each['source']})" for each in plain["why"] if "source" in each]
    assert reasons
    assert [each for each in reasons if each not in " ".join(shown.split())] == []
    easy = subprocess.run([*asked, "--form", "easy"], capture_output=True, text=True, check=True).stdout
    assert [each["source"] for each in plain["why"] if each.get("source", "–") in " ".join(easy.split())] == []
    assert "[people] An advocate can speak up for you. Made-up Voices" in " ".join(easy.split())
    assert [line for line in shown.splitlines() if line.endswith(":")] == []
    for wrong, no in (("AAA-AAA", "reference_misread"), (1, "decision_not_found")):
        assert phb(data, "explain", person, wrong, "--book", "DEMO")[1]["code"] == no
    file = tmp_path / "contacts.json"
    named = {"advocate": {"name": "Voices", "how": "by post"}}
    file.write_text(json.dumps({"from": loaded["as_of"], "contacts": named}))
    code, made = phb(data, "contacts", "set", file, "--book", "DEMO", "--key", "c")
    assert (code, phb(data, "contacts", "set", file, "--book", "DEMO", "--key", "c")[1]["replayed"]) == (0, True)
    shown = phb(data, "contacts", "show", "--book", "DEMO")[1]
    assert (shown["number"], shown["contacts"]["advocate"]["name"]) == (made["entry"], "Voices")
    assert phb(data, "explain", person, number, "--book", "DEMO")[1]["help"][1]["name"] == "Voices"
    file.write_text('{"from": "2020-01-01", "contacts": {}}')
    assert phb(data, "contacts", "set", file, "--book", "DEMO")[1]["code"] == "contacts_malformed"


def test_no_command_answers_a_holder(data: Path, loaded: dict[str, Any]) -> None:
    """What a token may as a holder's, it may in the service and there of their own budgets: a command tells of everybody."""
    person, holder = loaded["example"]["person"], token(data, "holder-1", "holder")
    for command in (
        ("stops", "list"),
        ("stops", "show", person),
        ("plan", "show", person),
        ("forecast", "--person", person),
        ("explain", person, 1),
        ("contacts", "show"),
    ):
        code, no = phb(data, *command, "--book", "DEMO", "--token", holder)
        assert (code, no["code"]) == (2, "not_allowed"), (command, no)


def test_what_is_asked_about_and_looked_at_again_is_lived_through(tmp_path: Path) -> None:
    """Of the whole demo those whose receipts are questioned, one partly in vain and one without an answer, who ask about a
    provider, for a review, and for a demand to be looked at again: each shows in the table, and everything holds."""
    place, few = tmp_path / "d", (10, 12, 18, 20, 21, 23)

    async def load() -> dict[str, Any]:
        return await load_into(Session(await open_place(find_place(place))), as_of=AS_OF, people=PEOPLE, only=few)

    try:
        found = asyncio.run(load())
        assert (found["verified"], found["ledger_refused"]) == (True, {})
        assert all(each["ok"] for each in found["identities"].values())
        told = phb(place, "autonomy", "--book", "DEMO", "--from", "2025-07-01", "--to", "2999-12-31")[1]
    finally:
        phb(place, "stop")
    of = {each["name"]: (each["everybody"]["part"], each["everybody"]["whole"]) for each in told["measures"]}
    assert (of["evidence_requests_found_nothing"], of["late_challenges"], of["overturned"]) == ((1, 2), (0, 3), (1, 1))
    waits = {each["name"]: each["everybody"] for each in told["waiting"]}
    steps = ("question_to_answer", "provider_check_to_answer", "review_to_held", "reconsideration_to_answer")
    assert [waits[step]["over"]["times"] for step in steps] == [2, 1, 1, 1]
    assert waits["question_to_answer"]["still_waiting"]["times"] == 1


def test_made_up_people_depend_on_chance_and_day_alone() -> None:
    """The same chance and day give the same people and wishes; another seed gives others."""
    one, same, other = (made_up_people(random.Random(seed), span_to(AS_OF)) for seed in (7, 7, 8))
    assert one == same
    assert one != other
    assert len(one) == 240


@pytest.mark.parametrize("as_of", [date(2026, 3, 31), date(2026, 4, 1), date(2028, 2, 29), date(2025, 12, 31)])
def test_nothing_happens_after_the_last_day(as_of: date) -> None:
    """Around year ends and leap days too, every wish lies before the last day and every line within its plan."""
    span = span_to(as_of)
    for person in made_up_people(random.Random(1), span, 60):
        assert all(wish.on <= as_of for wish in person.wishes)
        assert list(person.wishes) == sorted(person.wishes, key=lambda wish: wish.on)
        for line in person.lines:
            assert person.plan.start <= line.line.start <= line.line.end == person.plan.end
            assert {year for year, _ in line.allocations} <= set(span.years)


def test_the_generator_reads_nothing() -> None:
    """What makes up the people imports no clock, no file, no network and no chance of its own."""
    root = Path(__file__).resolve().parent.parent.parent / "api" / "demo"
    for name in PURE:
        tree = ast.parse((root / f"{name}.py").read_text())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not imported & {"os", "time", "pathlib", "asyncio", "asyncpg", "secrets", "socket", "api.session"}, name
