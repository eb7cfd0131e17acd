"""The command forecast: everybody's warnings, one person's working, and reviews opened once."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.running import phb

DAY = "2026-06-30"


def officer(data: Path) -> str:
    """A development token of an officer."""
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "token",
        "--role",
        "officer",
        "--sub",
        "olga",
        "--data",
        str(data),
        "--json",
    ]
    return str(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["token"])


def test_the_forecast_of_a_book_names_whose_money_runs_out_and_opens_their_reviews(data: Path) -> None:
    """In the demo some run out before their plan does: each gets one review, however often the command is run; with no
    officer's token none is opened."""
    assert phb(data, "demo", "--people", 24, "--no-serve")[0] == 0
    code, found = phb(data, "forecast", "--book", "DEMO", "--on", DAY)
    assert code == 0
    assert found["people"] > 10
    assert all(line["warnings"] for line in found["lines"])
    short = [line for line in found["lines"] if set(line["warnings"]) - {"surplus"}]
    assert short, "the demo has nobody who runs out"
    refused, no = phb(data, "forecast", "--book", "DEMO", "--on", DAY, "--open-reviews")
    assert (refused, no["code"]) == (2, "not_allowed")
    asked = ("forecast", "--book", "DEMO", "--on", DAY, "--open-reviews", "--token", officer(data))
    code, first = phb(data, *asked)
    assert (code, first["refused"]) == (0, [])
    assert 0 < len(first["opened"]) <= len(short)
    code, again = phb(data, *asked)
    assert (code, again["opened"], again["refused"]) == (0, [], [])
    code, one = phb(data, "forecast", "--book", "DEMO", "--on", DAY, "--person", first["opened"][0])
    assert (code, one["people"]) == (0, 1)
    assert any(set(line["warnings"]) - {"surplus"} for line in one["lines"])
