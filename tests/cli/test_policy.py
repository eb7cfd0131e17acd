"""The commands `phb policy` and `phb export decisions`: rules in files, in a book, and the past decided again."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from api.place import find_place, open_place
from policies.bundle import Bundle
from policies.reperforming import FORMAT
from tests import kit
from tests.cli.running import phb, token
from tests.policies.files import copied, rewritten

LIMIT, LOW = (
    '"single_pence": [{"from": "2013-08-01", "value": 100000}]',
    '"single_pence": [{"from": "2013-08-01", "value": 2000}]',
)
RULE = "icb_policy.over_single_limit"


def policy(*arguments: object) -> tuple[int, dict[str, Any]]:
    """A command about files alone."""
    return phb(Path(), "policy", *arguments, data=False)


def officer(data: Path, name: str) -> str:
    """A development token of an officer."""
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "token",
        "--role",
        "officer",
        "--sub",
        name,
        "--data",
        str(data),
        "--json",
    ]
    return str(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["token"])


def test_a_folder_is_checked_as_a_service_would(tmp_path: Path) -> None:
    """0 and its hash, 1 and every reason, 2 where there is no folder."""
    assert policy("lint") == (0, {"ok": True, **_counts(Bundle.load())})
    spoiled = rewritten(tmp_path, "limits/default.json", "100000", "-1")
    (spoiled / "rules" / "extra.cedar").write_text("")
    code, found = policy("lint", spoiled)
    assert (code, found["ok"], len(found["reasons"])) == (1, False, 2)
    gone = [sys.executable, "-m", "api.cli", "policy", "lint", str(tmp_path / "nothing")]
    assert subprocess.run(gone, capture_output=True).returncode == 2


def _counts(bundle: Bundle) -> dict[str, Any]:
    return {"hash": bundle.hash, "rules": len(bundle.rules), "services": len(bundle.services)}


def test_a_rule_is_explained_and_a_patterns_count_is_not() -> None:
    """In plain words with its source and the facts that it looks at; 2 for a rule that there is not."""
    code, found = policy("explain", RULE)
    assert (code, found["effect"], found["looks_at"]) == (
        0,
        "refer",
        ["amount_pence", "limit_single_pence", "relied_within"],
    )
    assert "[the limit for one purchase]" in found["says"]
    assert policy("explain", "pattern.same_again")[1]["looks_at"] == []
    assert (
        subprocess.run(
            [sys.executable, "-m", "api.cli", "policy", "explain", "no.rule"], capture_output=True
        ).returncode
        == 2
    )


def test_two_folders_are_compared(tmp_path: Path) -> None:
    """0 for the same, 1 and what is otherwise."""
    assert policy("diff", "shipped", copied(tmp_path))[0] == 0
    other = rewritten(tmp_path / "other", "limits/default.json", LIMIT, LOW)
    code, found = policy("diff", "shipped", other)
    assert (code, found["rules"], [each["limit"] for each in found["limits"]]) == (1, [], ["single_pence"])


async def _noted(data: Path) -> list[tuple[str, str, str]]:
    """Who asked for each decision of the past, as it is written down."""
    place = await open_place(find_place(data))
    rows = await kit.rows(place.owner, "SELECT act, actor, subject FROM phb.access WHERE act = 'replay_decisions'")
    return [tuple(row) for row in rows]


def test_rules_live_in_a_book_and_the_past_is_decided_again(data: Path, tmp_path: Path) -> None:
    """Replayed from a folder, drafted by one, tried, put in force by another, the old one retired; and packed for an auditor."""
    assert phb(data, "demo", "--people", 12, "--no-serve")[0] == 0
    folder, book = rewritten(tmp_path, "limits/default.json", LIMIT, LOW), ("--book", "DEMO")
    strict = Bundle.load(folder).hash
    asked = ("policy", "replay", "--since", "2000-01-01", *book)
    code, same = phb(data, *asked, "--bundle", "shipped")
    assert (code, same["counts"]["not_comparable"], same["differences"]["rules"]) == (0, {}, [])
    assert same["counts"]["exact"] > 20
    code, found = phb(data, *asked, "--bundle", folder, "--limit", "single_pence=20.00,50.00")
    assert code == 0
    assert [rule["rule"] for rule in found["differences"]["rules"]] == [RULE]
    assert found["differences"]["treated"]["people"] > 0
    [tried] = [each for each in found["limits"] if each["value"] == "£50"]
    assert (tried["instead_of"], tried["spared"]["decisions"] > 0, tried["added"]["decisions"]) == ("£20", True, 0)
    assert phb(data, *asked, "--bundle", "0" * 64)[1]["code"] == "bundle_missing"
    assert asyncio.run(_noted(data)) == []
    each = (*asked, "--bundle", folder, "--each")
    assert phb(data, *each, PHB_TOKEN=token(data, "carl", "commissioner"))[1]["code"] == "not_allowed"
    assert asyncio.run(_noted(data)) == []
    code, named = phb(data, *each, PHB_TOKEN=token(data, "ann", "auditor"))
    assert (code, len(named["differences"]["each"]) >= found["differences"]["treated"]["decisions"]) == (0, True)
    assert asyncio.run(_noted(data)) == [("replay_decisions", "ann", "decisions")]

    def act(name: str, who: str, *arguments: object) -> tuple[int, dict[str, Any]]:
        return phb(data, "policy", name, *arguments, *book, "--token", officer(data, who))

    assert phb(data, "policy", "draft", folder, *book)[1]["code"] == "not_allowed"
    assert act("shadow", "olga", strict)[1]["code"] == "bundle_not_drafted"
    code, drafted = act("draft", "olga", folder)
    assert (code, drafted["hash"]) == (0, strict)
    assert act("draft", "olga", folder)[1]["code"] == "bundle_drafted_already"
    assert act("shadow", "olga", strict)[0] == 0
    code, trial = phb(data, "policy", "trial", *book)
    assert (code, trial["hash"], trial["differences"]["compared"]["decisions"]) == (0, strict, 0)
    code, no = act("activate", "olga", strict)
    assert (code, no["code"]) == (1, "second_person_needed")
    assert act("activate", "omar", strict, "--from", "2020-01-01")[1]["code"] == "day_has_passed"
    assert act("activate", "omar", strict)[0] == 0
    _, listed = phb(data, "policy", "list", *book)
    assert {each["hash"]: each["state"] for each in listed["bundles"]} == {
        Bundle.load().hash: "retired",
        strict: "active",
    }
    assert act("retire", "olga", strict)[1]["code"] == "bundle_in_force"
    assert phb(data, "policy", "diff", "shipped", "active", *book)[0] == 1
    code, packed = phb(data, "export", "decisions", *book, "--out", tmp_path / "pack")
    assert (code, packed["format"], packed["decisions"]) == (0, FORMAT, same["counts"]["exact"])
    assert phb(data, "export", "decisions", *book, "--out", tmp_path / "pack")[1]["code"] == "directory_not_empty"
