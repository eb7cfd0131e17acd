"""Stops at a terminal: of a book where nothing stops the list is empty; what is read of one that does is tested over HTTP too."""

from pathlib import Path

from tests.cli.running import phb


def test_where_nothing_stops_the_list_is_empty(data: Path) -> None:
    """And somebody who is not there is said not to be."""
    assert phb(data, "book", "open", "TEST", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0
    code, found = phb(data, "stops", "list", "--book", "TEST", "--all")
    assert (code, found["stops"], found["currency"]) == (0, [], "GBP")
    code, no = phb(data, "stops", "show", "NOBODY", "--book", "TEST")
    assert (code != 0, no["code"]) == (True, "person_unknown")
