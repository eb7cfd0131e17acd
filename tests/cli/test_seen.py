"""What a command shows of a person is judged as over HTTP, and whoever takes an export away is noted."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from api.issuer import local_token
from api.place import find_place, open_place
from ledger.budgets.people import Delegation, delegation_recorded, restriction_recorded
from tests import kit
from tests.api.lives import DAY, DORA, NED, START, Lives
from tests.cli.conftest import during
from tests.cli.running import do, phb

BOOK = ("--book", "TEST")


@pytest.fixture(scope="module")
def kept(lived: Path) -> Path:
    """Dora's record is for Vera and Victor; Kim, who is one of the staff, acts for Ned."""

    async def keep(lives: Lives) -> None:
        books, staff = lives.app.desk.books, ("vera", "victor")
        lives.writer = (await books.open(await books.row(lives.code))).writer
        await lives.do(restriction_recorded("restricted", person=DORA, on=START, reason="safeguarding", staff=staff))
        kin = Delegation(delegation="KIN", person=NED, holder="kim", scope="see", start=START)
        await lives.do(delegation_recorded("granted", kin))

    during(lived, keep)
    return lived


def asked(data: Path, who: str, *command: object) -> tuple[int, dict[str, Any]]:
    """A command run as somebody, `officer:olga`."""
    role, _, sub = who.partition(":")
    return phb(data, *command, PHB_TOKEN=local_token(data / "keys", roles=(role,), sub=sub))


def rows(data: Path, sql: str) -> list[Any]:
    """What the book's tables have."""

    async def read() -> list[Any]:
        place = await open_place(find_place(data))
        return [tuple(row) for row in await kit.rows(place.owner, sql)]

    return asyncio.run(read())


def test_a_denied_look_at_a_terminal_is_the_decision_that_it_is_over_http(kept: Path) -> None:
    """Kept once for a person, viewer, reason and day, whichever way it was tried; every attempt is noted; others look as before."""
    for person, who, rule in ((DORA, "olga", "view_restricted"), (NED, "kim", "view_by_connected")):
        code, no = do(kept, f"officer:{who}", "read-budget", f"person={person}", f"on={DAY}")
        assert (code, no["code"]) == (2, "view_denied")
        number, why = no["facts"]["decision"], (no["facts"]["why"], no["facts"]["what_would_help"])
        assert all(why)
        for command in (
            ("plan", "show", person, *BOOK), ("stops", "show", person, *BOOK), ("forecast", *BOOK, "--person", person),
            ("evidence", "list", *BOOK, "--person", person), ("explain", person, number, *BOOK),
        ):  # fmt: skip
            code, no = asked(kept, f"officer:{who}", *command)
            assert (code, no["code"]) == (2, "view_denied"), command
            assert f"decision {number}" in no["detail"], command
            assert (no["facts"]["why"], no["facts"]["what_would_help"]) == why, command
            assert all(each in no["detail"] for each in why), command
        notes = rows(
            kept, f"SELECT outcome, rule FROM phb.access WHERE actor = '{who}' AND subject = 'person/{person}'"
        )
        assert notes == [("deny", f"icb_policy.{rule}")] * 6
        assert rows(kept, f"SELECT number FROM phb.register WHERE person_ref = '{person}' AND act = 'view'"
                          " AND attributes ->> 'outcome' = 'deny'") == [(int(number),)]  # fmt: skip
        for other in ("officer:vera", "auditor:al"):
            assert asked(kept, other, "plan", "show", person, *BOOK)[0] == 0


def test_a_list_at_a_terminal_leaves_out_whom_its_reader_acts_for(kept: Path) -> None:
    """The forecast of everybody is without Ned for Kim, and without Dora for Olga."""
    for who, person in (("kim", NED), ("olga", DORA)):
        code, told = asked(kept, f"officer:{who}", "evidence", "missing", *BOOK)
        assert (code, person in str(told)) == (0, False)


def test_an_export_is_whole_and_noted_before_it_is_written(kept: Path, tmp_path: Path) -> None:
    """An auditor's export has the records that are kept for a few, or it would prove nothing: who took it, and what for, is on
    record, as it is of the pack of decisions; an officer takes none."""
    for act, command in (("export_entries", "entries"), ("export_decisions", "decisions")):
        out = tmp_path / command
        code, no = asked(kept, "officer:olga", "export", command, *BOOK, "--out", out)
        assert (code, no["code"], out.exists()) == (2, "not_allowed", False)
        code, done = asked(kept, "auditor:al", "export", command, *BOOK, "--out", out)
        assert code == 0, done
        assert rows(kept, f"SELECT actor, subject, purpose, outcome FROM phb.access WHERE act = '{act}'") == [
            ("al", command, "audit", "allow")
        ]
    assert DORA in (tmp_path / "entries" / "entries.txt").read_text()
