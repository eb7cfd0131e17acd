"""Lists of evidence at a terminal, and the sweep: in a book without any they are empty, and say so."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.running import phb


def test_each_list_of_a_book_without_evidence_is_empty(data: Path) -> None:
    """Documents of a person, spending that nothing shows with its total, and files that nothing needs: named, then let go."""
    assert phb(data, "book", "open", "EVID", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0
    person = "P" + "B" * 15
    assert phb(data, "evidence", "list", "--book", "EVID", "--person", person) == (
        0, {"ok": True, "book": "EVID", "person": person, "documents": []}
    )  # fmt: skip
    assert phb(data, "evidence", "missing", "--book", "EVID") == (
        0, {"ok": True, "book": "EVID", "currency": "GBP", "total": "0.00", "missing": [], "kept_back": 0}
    )  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-m", "api.cli", "evidence", "missing", "--book", "EVID", "--data", str(data)], capture_output=True,
        text=True, check=True, env={name: value for name, value in os.environ.items() if not name.startswith("PHB_")},
    ).stdout  # fmt: skip
    # Money without evidence is another figure, which the table of autonomy tells.
    assert "Spending that no document shows" in " ".join(told.split())
    assert "without evidence" not in told
    left = data / "files" / "EVID" / person / ("0" * 64)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of nobody")

    os.utime(left, (0, 0))
    named = {"ok": True, "book": "EVID", "files": [f"EVID/{person}/{'0' * 64}"], "parts": [], "missing": []}
    assert phb(data, "evidence", "sweep", "--book", "EVID") == (0, {**named, "deleted": False})
    assert left.exists()
    assert phb(data, "evidence", "sweep", "--book", "EVID", "--delete") == (0, {**named, "deleted": True})
    assert not left.exists()
    assert phb(data, "evidence", "missing", "--book", "NOWHERE")[0] == 2
