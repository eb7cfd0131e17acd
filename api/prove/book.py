"""The scratch book: a fund, one payee, people whose budget is one pound, and people whose budgets take a load of spends.

Everything in it follows from a seed: any process can make the n-th request again, to the byte and under the same key.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

import msgspec

from api.keyfiles import load_keys
from api.open_books import OpenBook, OpenBooks, salt
from api.settings import Settings
from ledger.budgets import acts, funds, payees, people, plans
from ledger.core.batch import Outcome
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Asked, Item, Request
from ledger.core.requests import Record
from policies.bundle import Bundle
from policies.engine import Engine
from policies.gate import ACTIVE_BUNDLE, Sender
from policies.sheets import Wanted

CODE = "PROVE"
FUND, PAYEE, SERVICE = "nhs", "AGENCY", "home_care"
POUND = 100
LOADED, LOADED_PENCE = 16, 1_000_000
PATIENCE_SECONDS = 30.0
HOLDER = Asked("phb-prove", "holder", None, "self")
OFFICER, SECOND = Asked("phb-prove", "officer-1", None, "officer"), Asked("phb-prove", "officer-2", None, "officer")


class SetUpRefused(RuntimeError):
    """The ledger refused to set the scratch book up: the mistake is ours."""


class Scene(msgspec.Struct, frozen=True):
    """Where one run of `phb prove` plays: its server, its keys and notes, its seed, its accounting day."""

    url: str
    keys: str
    notes: str
    seed: int
    day: date

    @property
    def notes_dir(self) -> Path:
        """Where checkpoints are published."""
        return Path(self.notes)

    def books(self) -> OpenBooks:
        """What one worker of the service holds open, made as the service makes it."""
        settings = Settings(
            database_url=self.url, keys_dir=Path(self.keys), notes_dir=self.notes_dir, issuer="", audience="",
            development_issuer=True,
        )  # fmt: skip
        return OpenBooks(settings, load_keys(Path(self.keys)), Engine(Bundle.load()))

    def digest(self, *what: object) -> bytes:
        """Thirty-two bytes that follow from the seed and a place in the run."""
        return sha256(f"{self.seed}/{'/'.join(map(str, what))}".encode()).digest()

    def person(self, what: str, number: int) -> str:
        """The reference of the n-th person who races (`race`) or bears the load (`load`)."""
        return people.person_ref(self.digest("person", what, number)[:16])

    def spend(self, what: str, number: int, amount: int, *key: object) -> tuple[Wanted, Sender]:
        """A spend of pence on the one line of a person, under the key of its place in the run."""
        digest = self.digest("key", what, *key)
        wanted = Wanted(
            act="spend", person=self.person(what, number), line=line_code(what, number), service=SERVICE, amount=amount,
            effective_on=self.day, payee=PAYEE, care_from=self.day, care_to=self.day,
        )  # fmt: skip
        return wanted, Sender(HOLDER, digest[:16], digest[16:24])

    def load(self, number: int) -> tuple[Wanted, Sender]:
        """The n-th request of the load: a few pence on one of the budgets, the same each time it is made."""
        return self.spend("load", number % LOADED, load_pence(number), number)


def load_pence(number: int) -> int:
    """What the n-th request of the load asks for."""
    return 1 + number % 9


def line_code(what: str, number: int) -> str:
    """The line of a person; `what` as for `Scene.person`."""
    return f"{what}.{number}"


async def set_up(scene: Scene, opened: OpenBook, racers: int) -> None:
    """Fill the new book. SetUpRefused."""
    year = year_of(scene.day)
    total = racers * POUND + LOADED * LOADED_PENCE
    active = (("act", "activated"), ("hash", opened.gate.engine.bundle.hash))
    await _must(opened, OFFICER, [Record(kind="bundle", subject=ACTIVE_BUNDLE, attributes=active)])
    await _must(opened, OFFICER, funds.fund_opened(funds.Fund(fund=FUND), (year,)))
    first, last = period_days(year)
    await _must(opened, OFFICER, [acts.fund_granted(fund=FUND, year=year, amount=total, effective_on=first)])
    payee = payees.Payee(payee=PAYEE, regulated=True, cqc=True)
    made = (await _must(opened, OFFICER, [payees.payee_recorded("registered", payee)])).number
    approved = [payees.payee_recorded("approved", payee, because=made), payees.payable_opened(PAYEE)]
    await _must(opened, SECOND, approved, made)
    for what, count, pence in (("race", racers, POUND), ("load", LOADED, LOADED_PENCE)):
        for number in range(count):
            await _budget(scene, opened, what, number, pence, (first, last))


async def _budget(scene: Scene, opened: OpenBook, what: str, number: int, pence: int, days: tuple[date, date]) -> None:
    person, year = scene.person(what, number), year_of(scene.day)
    groups = people.groups_detail(salt(), [])
    said = [people.person_recorded("registered", person=person, detail=groups),
            people.person_recorded("consent_given", person=person, on=days[0])]  # fmt: skip
    await _must(opened, OFFICER, said)
    plan = plans.PlanVersion(
        plan=f"plan.{what}.{number}", person=person, version=1, start=days[0], end=days[1], coordinator="C1",
        agreement=True,
    )  # fmt: skip
    line = plans.Line(
        line=line_code(what, number), person=person, plan=plan.plan, version=1, services=(SERVICE,),
        management="notional", amount=pence, start=days[0], end=days[1],
        shares=(plans.LineShare(FUND, "ring_fenced", 100),),
    )  # fmt: skip
    drafted = (await _must(opened, OFFICER, [plans.plan_recorded("drafted", plan)])).number
    share = plans.share_of(line, line.shares[0], year, partner=None)
    signed = [plans.plan_recorded("signed", plan, because=drafted), plans.line_recorded("agreed", line, because=-1),
              *plans.share_opened(share),
              acts.allocated(amount=pence, shares=(share,), effective_on=days[0], because=-1)]  # fmt: skip
    await _must(opened, SECOND, signed, drafted)


async def _must(opened: OpenBook, asked: Asked, requests: Sequence[Request], *other_than: int) -> Outcome:
    item = Item(requests=tuple(requests), asked=asked, key=salt(), prints=b"set up..", other_than=other_than)
    outcome = await opened.writer.submit(item, PATIENCE_SECONDS)
    if outcome.refusal is not None:
        raise SetUpRefused(outcome.refusal.sentence)
    return outcome
