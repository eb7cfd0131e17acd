"""Commands of the close: what blocks decides the exit code, and a soft close is undone by another person with a reason."""

from pathlib import Path

from tests.cli.running import phb


def test_a_month_is_checked_closed_softly_and_opened_by_another_person(data: Path) -> None:
    """A book in order has nothing that blocks; closing, repeated under its key, happens once; who closed does not open."""
    opened = ("book", "open", "CLO", "--nature", "synthetic", "--first-month", "2026-04")
    assert phb(data, *opened)[0] == 0
    code, found = phb(data, "close", "2026-05", "--check", "--book", "CLO")
    assert (code, found["ok"], found["blocked"]) == (0, True, False)
    assert {each["name"] for each in found["matters"]} >= {
        "invoices_waiting",
        "accruals_undecided",
        "identities_broken",
    }
    assert phb(data, "reconcile", "--book", "CLO")[0] == 0
    soft = ("period", "soft-close", "2026-05", "--book", "CLO", "--key", "soft-may")
    code, first = phb(data, *soft)
    assert (code, first["soft"], first["replayed"]) == (0, True, False)
    assert phb(data, *soft)[1] == first | {"replayed": True}
    assert phb(data, "period", "soft-close", "2026-05", "--book", "CLO")[1]["code"] == "soft_close_stands"
    again = ("period", "soft-open", "2026-05", "--book", "CLO")
    assert phb(data, *again)[1]["code"] == "soft_open_reason_missing"
    assert phb(data, *again, "--reason", "late")[1]["code"] == "second_person_needed"
    code, late = phb(data, "close", "2026-05", "--late", "--book", "CLO")
    assert (code, late["closed_at"], late["months"]) == (0, first["entry"], [])
    assert phb(data, *again, "--reason", "late", actor="os:jane")[0] == 0
    assert phb(data, "close", "2026-05", "--certificate", "--book", "CLO")[1]["code"] == "period_not_closed"
    assert phb(data, "period", "close", "2026-05", "--book", "CLO")[0] == 0
    code, ended = phb(data, "close", "2026-05", "--certificate", "--book", "CLO")
    assert (code, ended["period"]) == (0, "2026-05")
    assert phb(data, "accruals", "2026-05", "--book", "CLO")[1]["estimates"] == []


def test_a_year_is_ended_by_two_people(data: Path) -> None:
    """Shown, proposed by one, confirmed and posted by another; the same person is refused, and a run again finds nothing left."""
    assert phb(data, "book", "open", "YEA", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0
    end = ("close", "2025-26", "--year-end", "--book", "YEA")
    code, shown = phb(data, *end, "--dry-run")
    assert (code, shown["word"], shown["carried"], shown["posted"]) == (0, None, "0.00", 0)
    code, made = phb(data, *end, "--key", "end-it")
    assert (code, made["word"], made["number"]) == (0, "proposed", made["proposal"])
    assert phb(data, *end, "--key", "end-it")[1]["proposal"] == made["proposal"]
    code, no = phb(data, *end, "--confirm", made["proposal"])
    assert (code, no["refused"]) == (1, {"confirm": "second_person_needed"})
    code, done = phb(data, *end, "--confirm", made["proposal"], actor="os:jane")
    assert (code, done["word"], done["refused"]) == (0, "confirmed", {})
    code, other = phb(data, *end, "--confirm", made["proposal"] + 1, actor="os:jane")
    assert (code, other["refused"]) == (1, {"confirm": "year_end_not_proposed"})
    assert phb(data, "close", "2025-26", "--check", "--book", "YEA")[1]["blocked"] is False


def test_an_estimate_of_no_line_is_told_so(data: Path) -> None:
    """What is decided is looked up first: a line that is not there, and one asked both ways."""
    assert phb(data, "book", "open", "ACC", "--nature", "synthetic", "--first-month", "2026-04")[0] == 0
    ask = ("accruals", "2026-05", "--book", "ACC")
    assert phb(data, *ask, "--accept", "N")[1]["code"] == "line_unknown"
    assert phb(data, *ask, "--drop", "N", "--reason", "not_had")[1]["code"] == "line_unknown"
    assert phb(data, *ask)[1]["estimates"] == []
