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
    assert phb(data, *again)[1]["code"] == "reason_missing"
    assert phb(data, *again, "--reason", "late")[1]["code"] == "second_person_needed"
    code, late = phb(data, "close", "2026-05", "--late", "--book", "CLO")
    assert (code, late["closed_at"], late["months"]) == (0, first["entry"], [])
    assert phb(data, *again, "--reason", "late", actor="os:jane")[0] == 0
    assert phb(data, "close", "2026-05", "--certificate", "--book", "CLO")[1]["code"] == "period_not_closed"
    assert phb(data, "period", "close", "2026-05", "--book", "CLO")[0] == 0
    code, ended = phb(data, "close", "2026-05", "--certificate", "--book", "CLO")
    assert (code, ended["period"]) == (0, "2026-05")
    assert phb(data, "accruals", "2026-05", "--book", "CLO")[1]["estimates"] == []
