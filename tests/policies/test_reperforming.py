"""What was decided is decided again by the official Cedar, from a pack of files and without this program."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from ledger.core.requests import Record
from policies.bundle import HERE, Bundle
from policies.changing import move_contingency
from policies.decisions import act_record, detail_of_verdict
from policies.reperforming import FORMAT, pack_decisions
from policies.sheet_kinds import SHEET_KINDS
from tests.policies.scene import ALICE, DAY, HOLDER, Scene, sender
from tests.policies.sheets import GOOD
from tests.policies.test_oracle import DRAWN
from tests.policies.watched import Watched, mark

PATIENCE = 30.0
KINDS_PACKED = set(SHEET_KINDS) - {"Watch"}
TOOLS = Path(__file__).parent.parent / "reperform"
"""The program that decides again, with the one package that it needs pinned by its hash."""


SHEETS_OF_EACH = 12
"""Decisions of each kind of sheet in the pack that has all kinds: enough that more than one outcome is among them."""


def absent(why: str) -> NoReturn:
    """What is not here is skipped with a reason, and fails where every tool has to be."""
    if os.environ.get("PHB_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{why}, and PHB_REQUIRE_TOOLS=1")
    pytest.skip(why)


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the official package, fetched once from wherever this machine's npm fetches. Node has to be here where every
    tool has to be; that npm reaches nobody is no fault of what is tested, and is skipped with its reason."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        absent("Node is not here")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "phb-reperform"
    kept = cache / "node_modules"
    wanted = json.loads((TOOLS / "package.json").read_text())["dependencies"]["@cedar-policy/cedar-wasm"]
    package = kept / "@cedar-policy" / "cedar-wasm" / "package.json"
    if package.exists() and json.loads(package.read_text())["version"] == wanted:
        return kept
    made = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(TOOLS / name, made)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not answer")
    if done.returncode:
        pytest.skip(f"npm cannot fetch the package: {done.stderr[-200:]}")
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copytree(made / "node_modules", kept, dirs_exist_ok=True)
    return kept


def performed(modules: Path, pack: Path) -> tuple[int, dict[str, Any], str]:
    """What the other program makes of a pack."""
    done = subprocess.run(
        ["node", str(TOOLS / "reperform.cjs"), str(pack)], capture_output=True, text=True, timeout=300,
        env={**os.environ, "NODE_PATH": str(modules)},
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


async def decide_much(scene: Scene) -> None:
    """Decisions of every outcome, of spending and of other acts, of money that has gone, and one by a person."""
    gate, budget = scene.gate(), await scene.budget()
    for pence, more in (
        (40_00, {}), (2_000_00, {}), (40_00, {}), (10_00, {"payee": "NOBODY"}), (10_00, {"service": "unlawful"}),
        (10_00, {"service": "gambling"}), (10_00, {"money_gone": True, "payee": "NOBODY"}),
    ):  # fmt: skip
        await gate.ask(budget.wants(pence, **more), sender(), PATIENCE)
    await gate.spend(budget.wants(50_00), sender(HOLDER), PATIENCE)
    await gate.spend(budget.wants(50_00), sender(HOLDER), PATIENCE)
    await move_contingency(
        gate, sender(ALICE), PATIENCE, person=budget.person, line=budget.line.line, amount=20_00, draws=False, reason="plan",
        effective_on=DAY,
    )  # fmt: skip


async def packed(scene: Scene, out: Path) -> Any:
    """The pack of the scene's book."""
    async with scene.reading() as connection:
        return await pack_decisions(connection, scene.book.book_id, scene.book.code, out, scene.engine.bundle)


async def test_the_official_cedar_reproduces_every_answer(scene: Scene, modules: Path, tmp_path: Path) -> None:
    """Outcome, findings and reviews of every decision, and that they are those of the log."""
    await decide_much(scene)
    done = await packed(scene, tmp_path / "pack")
    assert (done.format, done.decisions, done.left_out, done.bundles) == (FORMAT, 10, {}, [scene.engine.bundle.hash])
    lines = [json.loads(line) for line in (tmp_path / "pack" / "decisions.jsonl").read_text().splitlines()]
    assert {line["verdict"] for line in lines} == {"allow", "refer", "deny"}
    code, found, trouble = performed(modules, tmp_path / "pack")
    assert (code, found["decided"], found["different"]) == (0, 10, []), trouble


async def decide_of_each_kind(scene: Scene) -> int:
    """Decisions of every kind of sheet, recorded as the gate records them; how many."""
    lot, many = random.Random(20261126), 0
    care = [service.code for service in scene.engine.bundle.services.values() if service.kind == "care"]
    person = (await scene.budget()).person
    for kind in sorted(KINDS_PACKED):
        drawn: list[Any] = [DRAWN[kind](lot, care) for _ in range(SHEETS_OF_EACH)]
        if kind == "Sheet":
            # Of what is only looked at afterwards there is one for certain.
            drawn.append(
                msgspec.structs.replace(GOOD, act="instalment", management="direct_payment", review_overdue=True)
            )
        for sheet in drawn:
            verdict = scene.engine.decide(sheet)
            detail = detail_of_verdict(os.urandom(16), sheet, verdict)
            await scene.do(act_record(
                verdict, detail, act=sheet.act, person=person, amount=0, effective_on=DAY, outcome=verdict.outcome, line=None,
                decide_by=None, stated={},
            ))  # fmt: skip
            many += 1
    return many


async def test_every_kind_of_sheet_is_in_the_pack_and_reproduced(scene: Scene, modules: Path, tmp_path: Path) -> None:
    """All but what the patterns look at (below); of each kind more than one outcome, where its rules have more than one."""
    many = await decide_of_each_kind(scene)
    done = await packed(scene, tmp_path / "pack")
    assert (done.decisions, done.left_out) == (many, {})
    lines = [json.loads(line) for line in (tmp_path / "pack" / "decisions.jsonl").read_text().splitlines()]
    outcomes = {(line["sheet"], line["verdict"]) for line in lines}
    assert {sheet for sheet, _ in outcomes} == KINDS_PACKED
    assert len(outcomes) >= 2 * len(KINDS_PACKED)
    assert any(line["reviews"] for line in lines)
    code, found, trouble = performed(modules, tmp_path / "pack")
    assert (code, found["decided"], found["different"]) == (0, many, []), trouble


async def test_what_patterns_found_is_reproduced_in_a_pack_that_stays_in_the_house(
    scene: Scene, modules: Path, tmp_path: Path
) -> None:
    """Left out by name where it is not asked for, and then no threshold is in the pack."""
    watched = Watched(scene)
    await watched.begin()
    people = [await watched.person() for _ in range(2)]
    for place, lived in enumerate(people):
        lived.noted(bank=mark(f"own {place}"))
        lived.paid(DAY, 1_000_00)
        lived.went(DAY, 150_00, to_bank=mark(f"own {place}"))
    await watched.settle()
    assert len(await watched.found()) == 2
    async with scene.reading() as connection:
        done = await pack_decisions(
            connection, scene.book.book_id, scene.book.code, tmp_path / "house", scene.engine.bundle, patterns=True
        )
    assert done.left_out == {}
    lines = [json.loads(line) for line in (tmp_path / "house" / "decisions.jsonl").read_text().splitlines()]
    assert [each["reviews"][0]["rule"] for each in lines if each["sheet"] == "Watch"] == ["pattern.own_account"] * 2
    code, found, trouble = performed(modules, tmp_path / "house")
    assert (code, found["decided"], found["different"]) == (0, done.decisions, []), trouble
    assert (await packed(scene, tmp_path / "handed on")).left_out == {"watched": 2}
    written = b"".join(each.read_bytes() for each in (tmp_path / "handed on").glob("*.json*"))
    assert b"limit_own_account" not in written


@pytest.mark.parametrize("must", ["1", "", None])
def test_without_the_tools_the_check_is_skipped_or_fails(monkeypatch: pytest.MonkeyPatch, must: str | None) -> None:
    """It never passes for want of a tool."""
    monkeypatch.delenv("PHB_REQUIRE_TOOLS", raising=False)
    if must is not None:
        monkeypatch.setenv("PHB_REQUIRE_TOOLS", must)
    with pytest.raises(BaseException, match="Node is not here") as no:
        absent("Node is not here")
    assert isinstance(no.value, pytest.fail.Exception if must == "1" else pytest.skip.Exception)


async def test_an_outcome_that_was_changed_is_named(scene: Scene, modules: Path, tmp_path: Path) -> None:
    """An outcome, a fact or a finding that is not what was decided; and rules that are not those of the hash."""
    await decide_much(scene)
    await packed(scene, tmp_path / "pack")
    kept = tmp_path / "pack" / "decisions.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    lines[0]["verdict"] = "deny"
    lines[1]["facts"] = lines[1]["facts"].replace('"amount_pence":200000', '"amount_pence":2000')
    lines[2]["findings"] = [{"rule": "plan.nothing", "effect": "deny"}]
    kept.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, found, _ = performed(modules, tmp_path / "pack")
    assert (code, found["different"]) == (1, [line["number"] for line in lines[:3]])
    rules = tmp_path / "pack" / "bundles" / scene.engine.bundle.hash / "rules" / "plan.cedar"
    rules.write_text(rules.read_text() + "// more\n")
    code, _, trouble = performed(modules, tmp_path / "pack")
    assert code != 0
    assert "another hash" in trouble


async def test_what_cannot_be_decided_again_is_said(scene: Scene, tmp_path: Path) -> None:
    """Decisions by a bundle that nobody keeps, and whose facts the engine did not believe, are left out by name."""
    gate, budget = scene.gate(), await scene.budget()
    first = await gate.ask(budget.wants(40_00), sender(), PATIENCE)
    given = (("act", "watch"), ("amount", "0"), ("bundle", "none"), ("hold", "no"), ("outcome", "allow"))
    number = (await scene.do(Record(kind="decision", subject="watch/1", attributes=given))).number
    async with scene.reading() as connection:
        other = Bundle.load(HERE)
        done = await pack_decisions(
            connection, scene.book.book_id, scene.book.code, tmp_path / "pack", _renamed(other), since=DAY
        )
    assert (done.decisions, done.left_out) == (0, {"bundle_missing": 1, "watched": 1})
    left = [json.loads(line) for line in (tmp_path / "pack" / "left_out.jsonl").read_text().splitlines()]
    assert left == [{"number": first.outcome.number, "why": "bundle_missing"}, {"number": number, "why": "watched"}]


def _renamed(bundle: Bundle) -> Bundle:
    """A program that has other rules of its own."""

    return msgspec.structs.replace(bundle, hash="0" * 64)
