"""Budgets that live through a year, for tests of the patterns: money paid out, spent, drawn and received, as the book keeps it.

All thresholds are made up, and say nothing of what any commissioner looks for.
"""

import itertools
import os
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.budgets import acts, bank_records, chart, claims, documents, facts, payees, people, reviews
from ledger.budgets.marks import Away, Marks, away_recorded, marks_noted
from ledger.core.batch import Outcome
from ledger.core.model import Item
from ledger.core.requests import AnyRequest, OpenAccounts
from ledger.reports.patterns import read_found
from policies.gate import Decided
from policies.thresholds import Thresholds, thresholds_set
from policies.watching import watch_month
from tests.policies.scene import BOB, START, Budget, Scene, sender
from tests.worked_example import instalment_paid

PATIENCE = 60.0
MADE_UP = Thresholds(
    own_account_pence=100_00, bank_shared_people=2, day_hours=25, week_hours=61, two_employers_days=3, two_employers_hours=12,
    hospital_days=3, assistant_away_days=2, round_repeats=4, round_to_pence=50_00, paid_again=2, again_days=3,
    sequential_invoices=3, documents_again=1,
    documents_alike=1, cash_percent=30, linked_payees=1, late_spend_percent=250, late_days=28, usual_days=182,
    wages_unreported_pence=1_200_00,
    unplanned_fall_pence=500_00, unknown_credit_pence=200_00, arrives_days=10, paid_after_change_pence=100_00, change_days=7,
    paid_after_end_pence=1, rise_pence=3_000_00, care_percent=10, digits_distance=60, digits_least=40, peer_percent=400,
    peers_least=5,
)  # fmt: skip
"""Made up for tests."""
PLENTY = 10**9
_numbers = itertools.count(1)


def mark(text: str) -> str:
    """What stands for a bank account, an address or a telephone number in these tests."""
    return text.encode().hex().rjust(32, "0")


class Lived:
    """One person's direct payment (or care bought for them), and everything that happens with it. What is done waits in `items`
    until `Watched.settle` writes it."""

    def __init__(self, budget: Budget, items: list[Item]) -> None:
        self.budget, self.items = budget, items
        self.person, self.account = budget.person, budget.line.holder_account or ""
        [share] = budget.shares()
        self.shares = [msgspec.structs.replace(share, advanced=PLENTY, available=PLENTY)]

    def _do(self, *requests: AnyRequest, asked: Any = BOB) -> None:
        self.items.append(Item(requests=requests, asked=asked, key=os.urandom(16), prints=b"p" * 8))

    def paid(self, on: date, pence: int, account: str | None = None) -> None:
        """An instalment into the account."""
        self._do(instalment_paid(amount=pence, shares=self.shares, holder_account=account or self.account,
                                      through="bank/main", effective_on=on, because=self.budget.signed))  # fmt: skip

    def claimed(
        self, on: date, pence: int, payee: str = "A1", service: str = "home_care", *, care: tuple[date, date] | None = None,
        hours: int | None = None, act: str = "evidence_accepted",
    ) -> None:  # fmt: skip
        """Something bought, claimed and (unless told otherwise) accepted; `hours` are those of a timesheet of some days of care."""
        evidence = claims.Evidence(
            subject=claims.claim_subject(f"C{next(_numbers)}"), person=self.person, amount=pence, line=self.budget.line.line,
            payee=payee, service=service, document_on=on, rate=None if hours is None else max(1, pence // hours),
            quantity=None if hours is None else hours * 100,
        )  # fmt: skip
        days = {} if care is None else {"care_from": care[0], "care_to": care[1]}
        entered = claims.evidence_recorded("claimed", evidence, **days)
        if act == "claimed":
            self._do(entered)
            return
        accepted = claims.evidence_recorded(act, evidence, effective_on=on, because=-1, **days)
        spent = facts.spend_evidenced(amount=pence, shares=self.shares, holder_account=self.account, in_account=PLENTY,
                                      effective_on=on, because=-2)  # fmt: skip
        self._do(entered, accepted, *(spent if act == "evidence_accepted" else ()))

    def went(self, on: date, pence: int, *, way: str | None = None, to_bank: str | None = None) -> None:
        """A line of the bank that went out and that nobody has explained yet."""
        evidence = claims.Evidence(
            subject=claims.bank_line_subject(self.account, f"{next(_numbers):032x}"), person=self.person, amount=pence,
            holder_account=self.account, document_on=on, feed="bank_feed", way=way, to_bank=to_bank,
        )  # fmt: skip
        posts = facts.bank_line_taken(amount=pence, person=self.person, holder_account=self.account, in_account=PLENTY,
                                      effective_on=on, because=-1)  # fmt: skip
        self._do(claims.evidence_recorded("bank_line_taken", evidence, effective_on=on), *posts)

    def came(self, on: date, pence: int) -> None:
        """A line of the bank that came in."""
        evidence = claims.Evidence(
            subject=claims.bank_line_subject(self.account, f"{next(_numbers):032x}"), person=self.person, amount=pence,
            holder_account=self.account, document_on=on, feed="bank_feed",
        )  # fmt: skip
        self._do(claims.evidence_recorded("receipt_taken", evidence, effective_on=on))

    def billed(
        self, on: date, pence: int, payee: str, *, number: int = 0, paid_on: date | None = None, care: date | None = None
    ) -> None:  # fmt: skip
        """An invoice accepted, by its number, and paid on a day."""
        place = number or 10_000 + 10 * next(_numbers)
        evidence = claims.Evidence(
            subject=claims.invoice_subject(payee, f"{place:032x}"), person=self.person, amount=pence,
            line=self.budget.line.line, payee=payee, service="home_care", document_on=on, next=f"{place + 1:032x}",
        )  # fmt: skip
        days = {} if care is None else {"care_from": care, "care_to": care}
        posted = facts.invoice_settled_directly(
            amount=pence, shares=self.shares, payee=payee, effective_on=on, because=-1
        )
        self._do(claims.evidence_recorded("invoice_accepted", evidence, effective_on=on, **days), posted)
        if paid_on is not None:
            self._do(
                claims.evidence_recorded("invoice_paid", evidence, effective_on=paid_on, because=self.budget.signed),
                acts.payment_released(amount=pence, payee=payee, through="bank/main", effective_on=paid_on,
                                      because=self.budget.signed),
            )  # fmt: skip

    def given(self, sha256: str, likeness: str | None) -> None:
        """A picture of a receipt, by two signs of its hash, and the marks of its quarters."""
        document = documents.Document(
            person=self.person, of=self.budget.signed, kind="receipt", state="complete", sha256=sha256 * 32, size=1,
            media_type="image/png", likeness=likeness,
        )  # fmt: skip
        record = documents.document_recorded("document_given", document)
        self._do(msgspec.structs.replace(record, subject=f"document/{next(_numbers)}/{sha256 * 32}"))

    def reviewed(self, on: date) -> None:
        """A review held."""
        self._do(reviews.review_held(person=self.person, on=on, outcome="unchanged"))

    def noted(self, on: date = START, **of: str) -> None:
        """Marks of the person, or of whoever acts for them."""
        self._do(marks_noted(Marks(person=self.person, **of), on=on))

    def away(self, start: date, end: date, act: str = "away_noted") -> None:
        """In hospital."""
        away = Away(start=start, end=end, ground="hospital", person=self.person)
        self._do(away_recorded(away, act=act))

    def matched(self, line: int, pence: int, to: str) -> None:
        """What somebody says that a receipt is."""
        self._do(bank_records.match_recorded(line=line, person=self.person, amount=pence, holder_account=self.account,
                                             to=to, of=None, reason=None))  # fmt: skip


class Watched:
    """A scene whose months are looked at."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.items: list[Item] = []

    async def begin(self, thresholds: Thresholds | None = MADE_UP) -> None:
        """A bank, and thresholds that are made up."""
        await self.scene.do(OpenAccounts(accounts=(chart.account("bank", account="main"),)))
        if thresholds is not None:
            await self.scene.do(thresholds_set(thresholds, since=START, made_up=True, salt=os.urandom(16)))

    async def person(self, management: str = "direct_payment") -> Lived:
        """A person with a line of a year."""
        return Lived(await self.scene.budget(2_000_000, management=management), self.items)

    async def payee(self, code: str, *, employed: bool = False, **marks: str) -> str:
        """A payee with its marks; an assistant that the holder employs, if told so."""
        made = payees.Payee(payee=code, regulated=not employed, cqc=not employed, direct_employee=employed or None)
        number = (await self.scene.do(payees.payee_recorded("registered", made))).number
        await self.scene.do(
            payees.payee_recorded("approved", made, because=number), payees.payable_opened(code), asked=BOB
        )
        if marks:
            self.noted(code, **marks)
        return code

    def noted(self, payee: str, on: date = START, **marks: str) -> None:
        """Marks of a payee."""
        self._record(marks_noted(Marks(payee=payee, **marks), on=on))

    def away(self, payee: str, start: date, end: date, ground: str = "absent") -> None:
        """An assistant absent, or at work elsewhere."""
        self._record(away_recorded(Away(start=start, end=end, ground=ground, payee=payee)))

    def died(self, lived: Lived, on: date) -> None:
        """A death."""
        self._record(people.person_recorded("died", person=lived.person, on=on))

    def _record(self, request: AnyRequest) -> None:
        self.items.append(Item(requests=(request,), asked=BOB, key=os.urandom(16), prints=b"p" * 8))

    async def settle(self) -> None:
        """Write what waits, in its order."""
        outcomes: list[Outcome | Exception] = await self.scene.writer.submit_many(self.items)  # type: ignore[attr-defined]
        self.items.clear()
        for outcome in outcomes:
            assert isinstance(outcome, Outcome), outcome
            assert outcome.refusal is None, outcome.refusal

    async def watch(self, month: str = "2025-06") -> Decided:
        """One request to look at a month."""
        await self.settle()
        return await watch_month(self.scene.gate(), sender(), PATIENCE, month=month)

    async def number_of_last(self) -> int:
        """The number of the last entry, once what waits is written."""
        await self.settle()
        return await self.scene.size()

    async def found(self, month: str = "2025-06") -> dict[str, set[str]]:
        """What is found in a month, person by person, without the authority's name."""
        while (await self.watch(month)).outcome.entries[0].attribute("left") != "0":
            pass
        return await self.kept(month)

    async def kept(self, month: str = "2025-06") -> dict[str, set[str]]:
        """What was found in a month before."""
        found: dict[str, set[str]] = {}
        async with self.scene.reading() as connection:
            for each in await read_found(connection, self.scene.book.book_id, after=0, limit=10_000):
                if each.month == month:
                    found.setdefault(each.person, set()).update(rule.removeprefix("pattern.") for rule in each.rules)
        return found


def days(start: date, many: int, every: int = 1) -> list[date]:
    """So many days from one on."""
    return [start + timedelta(days=every * place) for place in range(many)]
