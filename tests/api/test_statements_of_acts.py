"""How many statements an act that is no spending takes before it is written, so that none takes more without being seen.

Counted is every statement that the gate's reader is asked for one request: whether its key is known, the person's version, which
is guarded, the rules in force, the budget, and what the request names. Not counted are those of the writer. A verdict on spending
has its facts from memory and takes two at most (tests/policies/test_memory.py); an act is looked at as things stand in one moment,
and reads its budget, its rules, and what it is about one by one.
"""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.api.lives import DAY, DORA, D, Lives, N
from tests.api.test_changes import body, flexible
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import notice
from tests.api.test_holding import registered
from tests.api.test_recovery import GBP, ON, Owed
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_requesting import ASKED, REFUSED, REQUESTS
from tests.policies.test_memory import Statements

ACTS = {
    "suspend": 1,
    "name_holder": 1,
    "request": 1,
    "set_contingency_aside": 1,
    "draw_contingency": 1,
    "approve_account": 2,
    "stop": 2,
    "refuse": 2,
    "virement": 2,
    "move_out": 5,
    "surplus": 2,
    "reconsider": 2,
    "civil_debt": 2,
    "waive": 2,
    "write_off": 2,
    "waive_question": 2,
    "demand": 2,
    "offset": 2,
}
"""Act → how many statements it takes, and roughly what for. A number may become smaller; one that grows needs a reason."""


class Counting(Lives):
    """Whoever does an act and says how many statements it took."""

    def __init__(self, lives: Tried) -> None:
        super().__init__(lives.app, lives.client)
        self.writer, self.found = lives.writer, dict[str, int]()

    async def begun(self) -> "Counting":
        """The gate's reader is counted from here on."""
        gate: Any = (await self.app.desk.books.open(await self.app.desk.books.row("TEST"))).gate
        self.reads = Statements(cast(Any, SimpleNamespace(reading=gate._reading)))
        gate._reading = self.reads
        return self

    async def once(self, act: str, path: str, sent: dict[str, Any], who: str = "officer", line: Any = D) -> Any:
        """One act, whatever the rules say of it; its body."""
        self.reads.said.clear()
        done = await self.done(path, sent, who, line)
        self.found[act] = sum("phb." in each for each in self.reads.said)
        return done

    def check(self) -> None:
        """Each as it is written down."""
        assert self.found == {act: ACTS.get(act) for act in self.found}, str(self.found)


@pytest.fixture
async def counting(lives: Tried) -> Counting:
    """The lives of the other tests, counted."""
    return await Counting(lives).begun()


async def test_acts_of_recovery(owed: Owed, lives: Tried, counting: Counting) -> None:
    """A demand and what becomes of it, a question that is waived, and a surplus that is offset."""
    taken = await owed.bank_line("150.00")
    of = {"of": taken, "amount": "120.00", **GBP, **ON}
    question = (await counting.done("questions", of, "officer", D))["entries"][0]["number"]
    given = {
        "notice": await owed.notice("100.00"),
        "line": "D",
        "amount": "100.00",
        "source": "disputed",
        "of": question,
    }
    demand = (await counting.once("demand", "demands", {**given, **GBP, **ON}))["entries"][0]["number"]
    gone = {"amount": "20.00", "authority": "reg15.7", **GBP, **ON}
    await counting.once("waive", f"demands/{demand}/waivers", gone, "officer:olga")
    loss = {**gone, "loss": "bad_debt", "authority": "sfi"}
    await counting.once("write_off", f"demands/{demand}/write-offs", loss, "finance:fay")
    await counting.once("civil_debt", f"demands/{demand}/civil-debt", ON)
    await counting.once("waive_question", f"questions/{question}/waivers", {**gone, "line": "D"}, "officer:olga")
    await counting.once("reconsider", "reconsiderations", {"about": "demand", "of": demand, "received_on": DAY})
    figures = {"line": "D", "liabilities": "0.00", "contingency": "0.00", "balance": "9000.00", **GBP, **ON}
    await owed.done("lines/D/care-checks", {"on": DAY, "found": "none_unmet"})
    surplus = (await counting.once("surplus", "surpluses", figures))["entries"][0]["number"]
    offset = {"amount": "100.00", "bank": "main", "surplus": surplus, "period": DAY, "reasonable": "Yes.", **GBP, **ON}
    await counting.once("offset", f"instalments/{await owed.asked()}/offset", offset, "finance")
    counting.check()


async def test_acts_on_lines(owed: Owed, lives: Tried, counting: Counting) -> None:
    """Money moved between lines, kept for emergencies and drawn, a line paused, a stop, and a person who moves away."""
    await flexible(lives)
    await counting.once("virement", "virements", body(), line=N)
    kept = {"line": "N", "amount": "20.00", "reason": "fell_ill", **GBP, **ON}
    await counting.once("set_contingency_aside", "contingency/set-aside", kept, line=N)
    await counting.once("draw_contingency", "contingency/draw", kept, line=N)
    sent = {"effective_on": DAY, "reasons": "The account is looked at.", "alternative": "commissioned"}
    await counting.once("suspend", "lines/D/suspend", sent)
    await counting.once("stop", "lines/D/stop", notice())
    await counting.once("move_out", "moves/out", {"line": "D", "book": "THERE", "amount": "2000.00", **GBP, **ON})
    counting.check()


async def test_acts_on_people(lives: Tried, counting: Counting) -> None:
    """A budget that is asked for and refused, somebody named to hold it, and an account approved."""
    asked = await counting.once("request", REQUESTS, ASKED)
    refuse = f"{REQUESTS}/{asked['stated']['request']}/refuse"
    await counting.once("refuse", refuse, {**REFUSED, "other_way_offered": True})
    holder = {"holder": "nominee-1", "role": "nominee", "from": DAY, **ON}
    await counting.once("name_holder", f"/people/{DORA}/holders", holder)
    await counting.once(
        "approve_account", f"{await registered(cast(Tried, counting), 'person')}/approve", ON, "finance:fay"
    )
    counting.check()
