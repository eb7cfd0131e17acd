"""The commands `phb policy` and `phb export decisions`: rules in files, in a book, and the past decided again."""

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from api.place import find_place, open_place
from policies.bundle import Bundle
from policies.catalogue import LIMITS, cases_of_rules
from policies.reperforming import FORMAT
from tests import kit
from tests.cli.running import phb, token
from tests.policies.files import copied, rewritten

LIMIT, LOW = (
    '"single_pence": [{"from": "2013-08-01", "value": 100000}]',
    '"single_pence": [{"from": "2013-08-01", "value": 2000}]',
)
RULE = "icb_policy.over_single_limit"
ROOT = Path(__file__).resolve().parents[2]


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
    return {"hash": bundle.hash, "rules": len(bundle.rules), "services": len(bundle.services), "plain_only": []}


def test_rules_that_were_worded_anew_are_named(tmp_path: Path) -> None:
    """Their easy read and Welsh would say the old words, so their plain words are shown: whoever checks or drafts is told."""
    worded = rewritten(
        tmp_path, "rules/icb_policy.cedar", "a person looks at single amounts", "two look at single amounts"
    )
    assert policy("lint", worded)[1]["plain_only"] == [RULE]
    assert f"{RULE} has no easy read or Welsh of its own: its plain words are shown" in told("lint", worded)


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


def test_a_rule_is_explained_with_its_limits_on_a_day_and_the_cases_that_fire_it(tmp_path: Path) -> None:
    """Of the bundle that is named, and the value of the day that is asked for, in both forms."""
    later = LOW.replace("]", ', {"from": "2026-04-01", "value": 3000}]')
    folder = rewritten(tmp_path, "limits/default.json", LIMIT, later)
    code, found = policy("explain", RULE, "--bundle", folder, "--on", "2026-03-31")
    [relied, limit] = found["limits"]
    assert (relied["limit"], relied["about"]) == ("answer_relied_days", LIMITS["answer_relied_days"])
    assert (code, limit["limit"], limit["value"], limit["from"]) == (0, "single_pence", "£20", "2013-08-01")
    _, limit = policy("explain", RULE, "--bundle", folder, "--on", "2026-04-01")[1]["limits"]
    assert (limit["value"], limit["from"]) == ("£30", "2026-04-01")
    checked = "icb_policy.surplus_care_first"
    assert policy("explain", checked)[1]["cases"] == list(cases_of_rules()[checked])
    said = told("explain", RULE, "--bundle", folder, "--on", "2026-04-01")
    assert "£30 from 2026-04-01" in said
    assert "[the limit for one purchase]" in said


def test_whose_cases_a_rule_has_is_told(tmp_path: Path) -> None:
    """They are decided by the rules of this program: of a bundle with the same rule, of one that has it otherwise, and of none."""
    shipped = Bundle.load().hash
    checked = "icb_policy.surplus_care_first"
    found = policy("explain", checked)[1]
    assert (found["cases_of"], found["same_there"]) == (shipped, True)
    rule = next(each for each in Bundle.load().rules.values() if each.id == checked)
    folder = rewritten(tmp_path, "rules/icb_policy.cedar", rule.remedy, f"Again: {rule.remedy}")
    found = policy("explain", checked, "--bundle", folder)[1]
    assert (found["cases_of"], found["same_there"]) == (shipped, False)
    said = told("explain", checked, "--bundle", folder)
    assert f"of the rules that this program ships ({shipped}), where this rule reads otherwise" in said
    assert "cases_of" not in policy("explain", next(iter(set(_rules()) - set(cases_of_rules()))))[1]


def _rules() -> list[str]:
    return [each.id for each in Bundle.load().rules.values()]


def told(*arguments: object) -> str:
    """What a command about files tells people, on both ways out."""
    command = [sys.executable, "-m", "api.cli", "policy", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return " ".join((done.stdout + done.stderr).split())


def test_what_stands_in_brackets_is_told_as_it_is(tmp_path: Path) -> None:
    """A word in [brackets] of a rule, of a limit's file or of Cedar is no mark-up: it is there, in a diff and in every no."""
    folder = rewritten(tmp_path, "rules/plan.cedar", '@id("plan.not_signed")', '@id("[red93]")')
    assert "[red93]" in told("lint", folder)
    assert "[red93]" in told("draft", folder, "--book", "DEMO", "--data", tmp_path / "nowhere")
    assert "[red93]" in told("explain", RULE, "--bundle", folder)  # The no of a bundle that is none.
    message = "It is not clear which service this is"
    worded = rewritten(tmp_path / "worded", "rules/icb_policy.cedar", message, f"[red93] {message}")
    assert "+ [red93] It is not" in told("diff", "shipped", worded)
    assert "[red93] It is not" in told("explain", "icb_policy.service_unsure", "--bundle", worded)


def test_the_text_of_the_rules_is_shown(tmp_path: Path) -> None:
    """All rules, or one file; of a folder that is no bundle too; 2 and the names where there is no such file."""
    code, found = policy("show", "shipped")
    assert (code, found["hash"]) == (0, Bundle.load().hash)
    assert found["files"]["rules/plan.cedar"].encode() == Bundle.load().files["rules/plan.cedar"]
    broken = rewritten(tmp_path, "rules/plan.cedar", "forbid", "forbidden [red93]")
    assert "forbidden [red93]" in told("show", broken, "rules/plan.cedar")
    assert "limits/default.json" in told("show", broken, "rules/nothing.cedar")


def test_two_folders_are_compared(tmp_path: Path) -> None:
    """0 for the same, 1 and what is otherwise; that a person decides no more is told, before and after."""
    assert policy("diff", "shipped", copied(tmp_path))[0] == 0
    other = rewritten(tmp_path / "other", "limits/default.json", LIMIT, LOW)
    code, found = policy("diff", "shipped", other)
    assert (code, found["rules"], [each["limit"] for each in found["limits"]]) == (1, [], ["single_pence"])
    effect = f'@id("{RULE}")\n@effect('
    denies = rewritten(tmp_path / "denies", "rules/icb_policy.cedar", f'{effect}"refer")', f'{effect}"deny")')
    [changed] = policy("diff", "shipped", denies)[1]["rules"]
    assert (changed["rule"], changed["what"]) == (RULE, [{"what": "effect", "before": "refer", "after": "deny"}])
    assert f"changed {RULE} effect - refer effect + deny" in told("diff", "shipped", denies)


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
    # A bundle that fails on every sheet is a finding of each decision in the tables, and no line of a log between them.
    overflow = "resource.amount_pence * 9223372036854775807 > 1"
    failing = rewritten(tmp_path / "failing", "rules/plan.cedar", "!resource.plan_signed", overflow)
    said = told(*asked[1:], "--bundle", failing, "--data", data)
    assert "engine.overflow" in said
    assert "policy_trouble" not in said
    [tried] = [each for each in found["limits"] if each["value"] == "£50"]
    assert (tried["instead_of"], tried["spared"]["decisions"] > 0, tried["added"]["decisions"]) == ("£20", True, 0)
    said = told(*asked[1:], "--bundle", folder, "--limit", "single_pence=20.00,21.00,1000000.00", "--data", data)
    about = LIMITS["single_pence"]
    assert f"£20 ({about}) is the value of these rules today" in said
    [spared] = re.findall(
        rf"£1,000,000 instead of £20 \({re.escape(about)}\) would have spared ([\d,]+) referrals: the rules alone would "
        rf"have said yes \(([\d,]+) people, £([\d,]+\.\d\d)\)", said
    )  # fmt: skip
    assert int(spared[0].replace(",", "")) >= tried["spared"]["decisions"]
    assert re.fullmatch(r"\d{1,3}(,\d{3})+\.\d\d", spared[2]), "pounds by thousands"
    assert "not searched" not in said
    assert "not searched: order_held_days" in told(*asked[1:], "--bundle", "shipped", "--limit", "all", "--data", data)
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
    assert (code, drafted["hash"], drafted["plain_only"]) == (0, strict, [])
    assert act("draft", "olga", folder)[1]["code"] == "bundle_drafted_already"
    assert act("shadow", "olga", strict)[0] == 0
    code, trial = phb(data, "policy", "trial", *book)
    assert (code, trial["hash"], trial["differences"]["compared"]["decisions"]) == (0, strict, 0)
    assert act("end-trial", "olga", strict)[0] == 0
    assert act("end-trial", "olga", strict)[1]["code"] == "bundle_not_on_trial"
    assert phb(data, "policy", "show", strict, "limits/default.json", *book)[1]["hash"] == strict
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


def test_the_rules_are_changed_as_the_readme_says(data: Path, tmp_path: Path) -> None:
    """From a copy of the rules to a bundle that another officer has put in force, in lines that are run as they stand."""
    assert phb(data, "demo", "--people", 12, "--no-serve")[0] == 0
    [block] = re.findall(r"### Change the rules.*?```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PHB_", "DATABASE_URL"))}
    done = subprocess.run(
        ["bash", "-c", f"set -e\n{block}"], capture_output=True, text=True, cwd=tmp_path, timeout=300,
        env=environment | {"PHB_DATA_DIR": str(data)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    made = Bundle.load(tmp_path / "my-rules")
    assert made.limits_on("DEMO", date(2026, 4, 1)).single_pence == 1_200_00
    _, listed = phb(data, "policy", "list", "--book", "DEMO")
    assert {each["hash"]: each["state"] for each in listed["bundles"]}[made.hash] == "scheduled"
    assert (tmp_path / "decisions").is_dir()
