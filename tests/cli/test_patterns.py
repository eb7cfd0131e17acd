"""The patterns at a terminal: thresholds out of a file, a month watched, what was found and what came of it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.demo.run import load_demo
from ledger.core.calendar import london_day, month_of, months_before
from tests import kit
from tests.cli.running import phb

OF_THE_DEMO = Path(__file__).parent.parent.parent / "api" / "demo" / "thresholds.json"
"""The file that comes with the demo, made up as well."""
MADE_UP = {"wages_unreported_pence": 1, "peer_percent": 1, "peers_least": 1, "own_account_pence": 1}
"""Made up: so low that something is found in whatever the demo has bought."""


@pytest.fixture(scope="module")
def demo(data: Path) -> None:
    """The book DEMO with a few people."""
    asyncio.run(load_demo(data, people=6))


def test_a_month_of_the_demo_is_watched_and_looked_at(demo: None, data: Path, tmp_path: Path) -> None:
    """A month that the demo did not look at itself. Without thresholds nothing is looked for, and that is said; with made-up ones
    something is found, once, and a look at it is counted."""
    month = month_of(months_before(london_day(kit.clock_us()), 5))
    watch = ["patterns", "watch", "--book", "DEMO", "--month", month]
    file = tmp_path / "thresholds.json"
    file.write_text(json.dumps({"from": "2020-04-01", "made_up": True, "values": {}}))
    assert phb(data, "patterns", "thresholds", str(file), "--book", "DEMO")[0] == 0
    code, no = phb(data, *watch)
    assert (code, no["code"]) == (2, "patterns_off")
    code, told = phb(data, "patterns", "thresholds", OF_THE_DEMO, "--book", "DEMO")
    assert (code, told["made_up"]) == (0, True)
    code, told = phb(data, *watch)
    assert (code, told["people"], told["off"], told["made_up"]) == (0, 6, [], True)
    before = told["found"]
    file.write_text(json.dumps({"from": "2020-04-01", "made_up": True, "values": MADE_UP}))
    assert phb(data, "patterns", "thresholds", str(file), "--book", "DEMO")[0] == 0
    file.write_text(json.dumps({"from": "2020-04-01", "values": {"shoe_size": 4}}))
    code, no = phb(data, "patterns", "thresholds", str(file), "--book", "DEMO")
    assert (code, no["code"]) == (2, "thresholds_malformed")
    code, tried = phb(data, *watch, "--dry-run")
    code, first = phb(data, *watch)
    assert (code, first["people"], first["found"] > 0, first["made_up"]) == (0, 6, True, True)
    assert (tried["found"], "pattern.cash" in first["off"], first["already"]) == (first["found"], True, False)
    code, again = phb(data, *watch)
    assert (code, again["found"], again["already"]) == (0, 0, True)
    code, listed = phb(data, "patterns", "list", "--book", "DEMO")
    assert before <= first["people"]
    found = listed["found"][-1]
    assert (code, found["made_up"], found["state"]) == (0, True, "open")
    look = [
        "patterns",
        "look",
        "--book",
        "DEMO",
        "--finding",
        str(found["number"]),
        "--rule",
        found["rule"],
        "--outcome",
    ]
    assert phb(data, *look, "counter_fraud")[1]["code"] == "safeguarding_first"
    assert phb(data, *look, "nothing_found")[0] == 0
    code, told = phb(data, "patterns", "rates", "--book", "DEMO", "--made-up")
    months = told["months_of_others"]
    [rate] = [each for each in told["rates"] if each["rule"] == found["rule"]]
    assert (code, rate["looked_at"], rate["nothing_found_percent"]) == (0, 1, "100.0")
    code, earnest = phb(data, "patterns", "rates", "--book", "DEMO")
    assert (code, months, {each["watched"] for each in earnest["rates"]}) == (0, 0, {0})
    asked = [sys.executable, "-m", "api.cli", "patterns", "rates", "--book", "DEMO", "--data", str(data)]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert (
        f"{earnest['months_of_others']} months were watched with thresholds that are made up: ask with --made-up."
        in shown
    )
    assert earnest["months_of_others"] > 1
