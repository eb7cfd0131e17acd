"""A book of one's own: opened once by a command, and the first minutes of the README as they stand there."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.place import system_user
from tests.cli.running import phb, token

ROOT = Path(__file__).resolve().parents[2]
OPEN = ("--nature", "synthetic", "--first-month", "2025-04")


def test_a_book_is_opened_once_by_its_key(data: Path) -> None:
    """The key stands in the answer; the same key again is replayed, another book under it is refused with what differs, and
    without the key the book exists."""
    code, first = phb(data, "book", "open", "OWN", *OPEN, "--key", "open-own")
    assert (code, first["ok"], first["book"], first["entry"], first["key"], first["replayed"]) == (
        0, True, "OWN", 1, "open-own", False,
    )  # fmt: skip
    assert phb(data, "book", "open", "OWN", *OPEN, "--key", "open-own")[1] == first | {"replayed": True}
    code, no = phb(data, "book", "open", "OWN", *OPEN[:3], "2025-05", "--key", "open-own")
    assert (code, no["code"]) == (2, "idempotency_key_reused")
    assert "first_month" in no["detail"]
    code, no = phb(data, "book", "open", "OWN", *OPEN)
    assert (code, no["code"]) == (2, "book_exists")
    listed = phb(data, "book", "list")[1]
    assert {"book": "OWN", "currency": "GBP", "nature": "synthetic", "first_day": "2025-04-01"} in listed["books"]
    assert listed == phb(data, "books")[1]
    assert phb(data, "verify", "--book", "OWN")[1]["ok"] is True


def test_a_book_that_may_not_be_opened_is_not(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live one without consent by name, one of the future, a code that is none, a token without the right: exit code 2, and
    no book."""
    live = ("--nature", "live", "--first-month", "2025-04")
    for arguments, code in (
        (("LIVE", *live), "book_not_for_embedded"),
        (("LATE", *OPEN[:3], "2099-01"), "first_month_in_future"),
        (("lower", *OPEN), "code_malformed"),
        (("YEN", *OPEN, "--currency", "JPY"), "currency_not_in_pence"),
        (("NOT", *OPEN, "--token", token(data, "os:jane")), "not_allowed"),
    ):
        exit_code, no = phb(data, "book", "open", *arguments)
        assert (exit_code, no["code"]) == (2, code), no
        assert no["detail"].endswith("."), no
    assert {each["book"] for each in phb(data, "book", "list")[1]["books"]} & {"LIVE", "LATE", "YEN", "NOT"} == set()
    environment = os.environ | {"PHB_I_AM_ALONE": system_user()}
    command = [sys.executable, "-m", "api.cli", "book", "open", "LIVE", *live, "--json", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert json.loads(done.stdout)["ok"] is True


@pytest.mark.needs_tools
def test_the_first_minutes_of_the_readme_work(data: Path, tmp_path: Path) -> None:
    """From no book to a posted journal in five lines, run as they stand, on a port of their own."""
    if shutil.which("curl") is None:
        assert not os.environ.get("PHB_REQUIRE_TOOLS"), "curl is missing"
        pytest.skip("curl is missing")
    [block] = re.findall(r"### A book of your own\n.*?```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(block.strip().splitlines()) == 5
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PHB_", "DATABASE_URL"))}
    environment |= {"PHB_DATA_DIR": str(data), "PHB_PORT": port}
    script = "set -e\n" + block.replace("8080", port) + "\nkill %1\nwait\n"
    running = subprocess.Popen(
        ["bash", "-mc", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, wrong = running.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        raise
    assert '"kind":"transaction"' in said, said + wrong
    assert "problem" not in said
