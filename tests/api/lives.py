"""A book with two people's budgets as their plans would have set them up, asked over HTTP by the people who deal with them."""

import os
from datetime import date
from typing import Any

from api.app import Application
from ledger.budgets import acts, chart, funds, payees, people, plans
from ledger.core.model import Asked, Item
from ledger.core.requests import OpenAccounts, Record
from tests.api.asking import Client

BOOK = "/v1/books/TEST"
ALICE, BOB = Asked("phb", "alice", None, "officer"), Asked("phb", "bob", None, "officer")
DAY, START, END = "2025-06-02", date(2025, 4, 1), date(2026, 3, 31)
YEAR = "2025-26"
DORA, NED = (people.person_ref(bytes([place]) * 16) for place in (1, 2))
"""Dora has line D, paid into her account H1; Ned has line N, paid by the commissioner, borne 60/40 with the council."""
D = plans.Line(line="D", person=DORA, plan="PD", version=1, services=("home_care", "exercise"), management="direct_payment",
               amount=2_600_000, start=START, end=END, shares=(plans.LineShare("nhs", "ring_fenced", 1),),
               holder_account="H1")  # fmt: skip
N = plans.Line(line="N", person=NED, plan="PN", version=1, services=("home_care",), management="notional", amount=1_040_000,
               start=START, end=END,
               shares=(plans.LineShare("nhs", "ring_fenced", 60), plans.LineShare("council", "partner", 40)))  # fmt: skip


class Lives:
    """The book and everybody's tokens. What is sent is for Ned's line N unless told otherwise."""

    def __init__(self, app: Application, client: Client, code: str = "TEST") -> None:
        self.app, self.client, self.code = app, client, code
        self.writer: Any = None

    async def do(self, *requests: Any, asked: Asked = ALICE, **more: Any) -> int:
        """Submit what has to succeed; the number of its first entry."""
        outcome = await self.writer.submit(
            Item(requests=requests, asked=asked, key=os.urandom(16), prints=b"p" * 8, **more)
        )
        assert outcome.refusal is None, outcome.refusal
        return outcome.number

    async def begin(self) -> None:
        """Funds, rules, a bank, two payees, two people with signed plans, and Ned's holder who may do everything."""
        books = self.app.desk.books
        self.writer = (await books.open(await books.row(self.code))).writer
        await self.do(*funds.fund_opened(funds.Fund(fund="nhs"), (YEAR,)))
        council = funds.Fund(fund="council", kind="partner", partner="council")
        await self.do(*funds.fund_opened(council, (YEAR,)), funds.partner_opened("council"))
        for fund, pence in (("nhs", 4_000_000), ("council", 500_000)):
            await self.do(acts.fund_granted(fund=fund, year=YEAR, amount=pence, effective_on=START))
        bundle = books.engine.bundle.hash
        await self.do(
            Record(kind="bundle", subject="bundle/active", attributes=(("act", "activated"), ("hash", bundle)))
        )
        spec = tuple(chart.account(klass, account="main") for klass in ("bank", "in_transit"))
        await self.do(OpenAccounts(accounts=spec))
        for code in ("A1", "B2"):
            payee = payees.Payee(payee=code, regulated=True, cqc=True)
            number = await self.do(payees.payee_recorded("registered", payee))
            await self.do(
                payees.payee_recorded("approved", payee, because=number), payees.payable_opened(code), asked=BOB
            )
        await self.do(payees.payee_recorded("registered", payees.Payee(payee="NEW", regulated=True, cqc=True)))
        for line in (D, N):
            await self._person(line)

    async def _person(self, line: plans.Line) -> None:
        person = line.person
        await self.do(people.person_recorded("registered", person=person))
        await self.do(people.person_recorded("consent_given", person=person, on=START))
        if line.holder_account is not None:
            for act in ("registered", "approved"):
                await self.do(*people.holder_account_recorded(act, holder_account=line.holder_account, person=person))
        plan = plans.PlanVersion(plan=line.plan, person=person, version=1, start=START, end=END, coordinator="C1",
                                 agreement=True)  # fmt: skip
        drafted = await self.do(plans.plan_recorded("drafted", plan))
        shares = [
            plans.share_of(line, share, YEAR, partner="council" if share.kind == "partner" else None)
            for share in line.shares
        ]
        words = plans.plan_detail(b"s" * 16, title=f"Help for {line.line}", description="Mornings & evenings.")
        await self.do(
            plans.plan_recorded("signed", plan, because=drafted),
            plans.line_recorded("agreed", line, because=-1, detail=words),
            *(opening for share in shares for opening in plans.share_opened(share)),
            acts.allocated(amount=line.amount, shares=shares, effective_on=START, because=-1),
            asked=BOB,
        )
        granted = people.Delegation(
            delegation=f"DE{line.line}", person=person, holder=f"holder-{line.line}", scope="holder", start=START
        )
        await self.do(people.delegation_recorded("granted", granted))

    async def uncoordinated(self, line: plans.Line = N) -> None:
        """A version of the line's plan that names no care co-ordinator."""
        plan = plans.PlanVersion(plan=line.plan, person=line.person, version=2, start=START, end=END, agreement=True)
        drafted = await self.do(plans.plan_recorded("drafted", plan))
        await self.do(plans.plan_recorded("signed", plan, because=drafted), asked=BOB)

    def headers(self, who: str) -> dict[str, str]:
        """The token of somebody: `officer`, `finance:jane`, `holder:holder-N` …"""
        role, _, sub = who.partition(":")
        return {"Authorization": self.client.token(role, sub=sub or role)}

    async def get(self, path: str, who: str = "officer", **more: Any) -> Any:
        """A read of the book; the whole answer."""
        return await self.client.get(f"/v1/books/{self.code}{path}", headers=self.headers(who), **more)

    async def send(
        self, path: str, body: dict[str, Any], who: str = "officer", line: plans.Line = N, **more: Any
    ) -> Any:  # fmt: skip
        """A write about a line's person; the whole answer. A path that begins with a stroke is one of the book."""
        place = path if path.startswith("/") else f"/budgets/{line.person}/{path}"
        return await self.client.post(f"/v1/books/{self.code}{place}", body, headers=self.headers(who), **more)

    async def done(self, path: str, body: dict[str, Any], who: str = "officer", line: plans.Line = N) -> Any:
        """A write that has to succeed; its body."""
        answer = await self.send(path, body, who, line)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def spend(self, amount: str, **more: Any) -> Any:
        """Ned's holder orders home care."""
        who = more.pop("who", "holder:holder-N")
        return await self.done("spends", ordered(amount, **more), who)

    async def invoice(self, reference: str, amount: str, who: str = "officer", **more: Any) -> int:
        """An invoice entered for Ned; its number."""
        entered = await self.done("invoices", bill(reference, amount, **more), who)
        return entered["entries"][0]["number"]

    async def accept(self, number: int, who: str = "finance:fay", kind: str = "invoices", line: plans.Line = N) -> Any:
        """Accepted by another person; the body."""
        return await self.done(f"{kind}/{number}/accept", {"effective_on": DAY}, who, line)

    async def instalment(self, amount: str, line: str = "D") -> int:
        """An instalment of Dora's, asked for, approved where it was referred, and released; the number of its payment."""
        asked = await self.done("instalments", {"line": line, "service": "home_care", "amount": amount, "currency": "GBP",
                                                "effective_on": DAY}, line=D)  # fmt: skip
        if asked["outcome"] == "refer":
            await self.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
        released = await self.done(f"instalments/{asked['number']}/release", {"effective_on": DAY, "bank": "main"},
                                   "finance", D)  # fmt: skip
        return released["entries"][0]["number"]

    async def claim(self, amount: str, **more: Any) -> int:
        """Dora's holder tells what was bought; the number of the claim."""
        given = {"line": "D", "service": "home_care", "amount": amount, "currency": "GBP", "spent_on": DAY}
        claimed = await self.done("claims", {**given, **more}, "holder:holder-D", D)
        return claimed["entries"][0]["number"]

    async def money(self, line: plans.Line = N) -> dict[str, str]:
        """What the line has on the day of these lives."""
        read = (await self.get(f"/budgets/{line.person}?on={DAY}")).json()
        [found] = [each for each in read["lines"] if each["line"] == line.line]
        return found["money"]

    async def balance(self, code: str) -> str:
        """The signed balance of an account."""
        return (await self.get(f"/account/balance?code={code}", "finance")).json()["balance"]


NO = {"reason": "another", "words": "Not in this way."}
"""Why somebody says no to a referral."""


def ordered(amount: str = "10.00", **more: Any) -> dict[str, Any]:
    """The body of an order of home care for Ned, or of a question about one."""
    return {"line": "N", "service": "home_care", "amount": amount, "currency": "GBP", "payee": "A1", "effective_on": DAY,
            **more}  # fmt: skip


def bill(reference: str, amount: str, **more: Any) -> dict[str, Any]:
    """The body of an invoice for Ned."""
    return {"line": "N", "payee": "A1", "reference": reference, "service": "home_care", "amount": amount,
            "currency": "GBP", **more}  # fmt: skip
