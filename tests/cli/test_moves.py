"""Two books held against each other at a terminal; what is found between them is tested with the moves themselves."""

from pathlib import Path

from tests.cli.running import phb

OPEN = ("--nature", "synthetic", "--first-month", "2025-04")


def test_two_books_between_which_nobody_moved_agree(data: Path) -> None:
    """Exit code 0 and no transfer; a book that is not there is said."""
    for code in ("EAST", "WEST"):
        assert phb(data, "book", "open", code, *OPEN)[0] == 0
    assert phb(data, "moves", "--book", "EAST", "--book", "WEST") == (0, {"ok": True, "transfers": []})
    assert phb(data, "moves", "--book", "EAST", "--book", "NONE")[1]["code"] == "book_unknown"
