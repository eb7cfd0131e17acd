"""What people try in a made-up year over HTTP, by seed: each play asks for something that may be possible, and takes a no."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from tests.api.lives import DORA, D, Lives, N

GBP = {"currency": "GBP"}
NOES = (404, 409, 422)
Play = Callable[[], Awaitable[None]]


class Year:
    """What was done so far, by the numbers that later requests name, and the next thing that somebody tries."""

    def __init__(self, lives: Lives, seed: int) -> None:
        self.lives, self.lots = lives, random.Random(seed)
        self.day = date(2025, 4, 7)
        self.known: dict[str, list[int]] = {}
        self.done_paths: set[str] = set()
        self.count = 0

    def some(self, most: int = 400_00) -> str:
        """An amount up to a few hundred pounds."""
        pence = self.lots.randint(1, most)
        return f"{pence // 100}.{pence % 100:02d}"

    def one_of(self, kind: str) -> int:
        """The number of something that was done, or of the book's first entry where there is none."""
        return self.lots.choice(self.known.get(kind) or [1])

    def body(self, **more: Any) -> dict[str, Any]:
        """A body with the accounting day."""
        return {"effective_on": self.day.isoformat(), **more}

    async def tried(self, path: str, body: Any, who: str, line: Any, kind: str | None = None, place: int = 0) -> Any:
        """The answer, or None where it was a no that leaves the book as it was. Its first entry is known by a kind."""
        answer = await self.lives.send(path, body, who, line)
        assert answer.status_code in (201, *NOES), answer.text
        if answer.status_code != 201:
            return None
        self.done_paths.add("/".join(part for part in path.split("/") if not part.isdigit() and part))
        found = answer.json()
        if kind is not None and found.get("entries"):
            self.known.setdefault(kind, []).append(found["entries"][place]["number"])
        return found

    async def care(self) -> None:
        """Ned orders, is invoiced, and somebody else accepts."""
        self.count += 1
        what = self.lots.choice(("order", "order", "invoice", "invoice", "release"))
        if what == "order":
            wish = self.body(line="N", service="home_care", amount=self.some(), payee="A1", **GBP)
            made = await self.tried("spends", wish, "holder:holder-N", N)
            if made and made["hold"]:
                self.known.setdefault("hold", []).append(made["hold"])
        elif what == "release":
            await self.tried(f"holds/{self.one_of('hold')}/release", self.body(), "holder:holder-N", N)
        else:
            hold = {"hold": self.one_of("hold"), "final": self.lots.random() < 0.5} if self.lots.random() < 0.6 else {}
            bill = {"line": "N", "payee": "A1", "reference": f"G-{self.count}", "service": "home_care", "amount": self.some(),
                    **hold, **GBP}  # fmt: skip
            made = await self.tried("invoices", bill, "officer", N)
            if made:
                number = made["entries"][0]["number"]
                await self.tried(f"invoices/{number}/accept", self.body(), "finance:fay", N, "invoice")

    async def paid(self) -> None:
        """Invoices are paid, cleared, come back, and are credited or refunded."""
        self.count += 1
        what = self.lots.choice(("pay", "pay", "clear", "back", "credit", "credit", "take", "repaid", "refund"))
        number = self.one_of("payment")
        if what == "pay":
            run = self.body(payee="A1", bank="main", invoices=[self.one_of("invoice")])
            await self.tried("/payments", run, "finance:pat", N, "payment")
        elif what == "clear":
            await self.tried(f"/payments/{number}/clear", self.body(), "finance", N)
        elif what == "back":
            if await self.tried(f"/payments/{number}/return", self.body(reason="account_closed"), "finance:fay", N):
                await self.tried("/payees/A1/approve", {}, "officer:olga", N)
        elif what == "credit":
            note = {
                "invoice": self.one_of("invoice"),
                "payee": "A1",
                "reference": f"C-{self.count}",
                "amount": self.some(90_00),
            }
            made = await self.tried("credits", {**note, **GBP}, "officer", N)
            if made:
                path = f"credits/{made['entries'][0]['number']}/accept"
                await self.tried(path, self.body(), "finance:fay", N, "credit")
        elif what == "take":
            taken = self.body(invoice=self.one_of("invoice"))
            await self.tried(f"credits/{self.one_of('credit')}/take", taken, "finance:pat", N)
        elif what == "repaid":
            await self.tried(f"credits/{self.one_of('credit')}/repaid", self.body(bank="main"), "finance:pat", N)
        else:
            sent = self.body(
                of=self.one_of("invoice"), reference=f"R-{self.count}", amount=self.some(50_00), bank="main", **GBP
            )
            await self.tried("refunds", sent, "finance:pat", N)

    async def instalment(self) -> None:
        """A period of Dora's schedule is paid, cleared, or comes back."""
        what = self.lots.choice(("pay", "pay", "clear", "back"))
        number = self.one_of("instalment")
        if what == "pay":
            period = self.lots.choice([date(2025, month, 1) for month in range(4, 13)]).isoformat()
            wish = self.body(line="D", service="home_care", period=period, amount="2000.00", **GBP)
            made = await self.tried("instalments", wish, "officer", D)
            if made and made["outcome"] == "allow":
                paid = self.body(bank="main")
                await self.tried(f"instalments/{made['number']}/release", paid, "finance", D, "instalment")
        elif what == "clear":
            await self.tried(f"instalments/{number}/clear", self.body(), "finance", D)
        elif await self.tried(f"instalments/{number}/return", self.body(reason="account_closed"), "finance:fay", D):
            for who in ("officer:olga", "finance:ron"):
                await self.tried(f"/people/{DORA}/holder-accounts/H1/approve", self.body(), who, D)

    async def used(self) -> None:
        """Dora's holder claims, and the bank tells; what is not clear is questioned and explained."""
        self.count += 1
        what = self.lots.choice(("claim", "claim", "line", "explains", "question", "spent", "explain", "reimbursed"))
        line = self.one_of("line")
        if what in ("claim", "explains"):
            sent = {"line": "D", "service": "home_care", "amount": self.some(), "spent_on": self.day.isoformat(), **GBP}
            made = await self.tried(
                "claims", sent | ({"bank_line": line} if what == "explains" else {}), "holder:holder-D", D
            )
            if made:
                path = f"claims/{made['entries'][0]['number']}/accept"
                await self.tried(path, self.body(), "officer:olga", D, "evidence")
        elif what == "line":
            sent = {"holder_account": "H1", "amount": self.some(), "on": self.day.isoformat(), "reference": f"B-{self.count}",
                    "source": "bank_feed", **GBP}  # fmt: skip
            await self.tried("bank-lines", sent, "finance", D, "line")
        elif what in ("question", "spent"):
            of = line if what == "question" else self.one_of("evidence")
            await self.tried("questions", self.body(of=of, amount=self.some(90_00), **GBP), "officer", D, "question")
        elif what == "explain":
            path = f"questions/{self.one_of('question')}/explain"
            await self.tried(path, self.body(amount=self.some(50_00), **GBP), "officer:oscar", D)
        else:
            sent = {"line": "D", "service": "home_care", "amount": self.some(30_00), "spent_on": self.day.isoformat(),
                    "holder_account": "H1", **GBP}  # fmt: skip
            made = await self.tried("reimbursements", sent, "holder:holder-D", D)
            if made:
                await self.tried(
                    f"reimbursements/{made['entries'][0]['number']}/accept", self.body(), "officer:olga", D
                )

    async def owed(self) -> None:
        """Money is demanded by a notice, and repaid, withdrawn, waived or written off; or handed back before."""
        what = self.lots.choice(
            ("demand", "demand", "demand", "repaid", "withdrawn", "waived", "written", "back", "gone")
        )
        path, part = f"demands/{self.one_of('demand')}", {"amount": self.some(90_00), **GBP}
        gone = self.body(authority="sfi", **part)
        if what == "demand":
            await self.demand(part["amount"])
        elif what == "repaid":
            await self.tried(f"{path}/repayments", self.body(bank="main", **part), "finance", D)
        elif what == "withdrawn":
            await self.tried(f"{path}/withdrawals", self.body(**part), "officer:olga", D)
        elif what == "waived":
            await self.tried(f"{path}/waivers", gone, "officer:olga", D)
        elif what == "written":
            await self.tried(f"{path}/write-offs", {**gone, "loss": "bad_debt"}, "finance:fay", D)
        elif what == "gone":
            await self.tried(f"questions/{self.one_of('question')}/waivers", {**gone, "line": "D"}, "officer:olga", D)
        else:
            await self.tried("hand-backs", self.body(line="D", bank="main", **part), "finance", D)

    async def demand(self, amount: str) -> None:
        """A notice as it has to be, and its demand, of some source."""
        on = self.day.isoformat()
        notice = {"about": "repayment", "on": on, "reasons": ["off_plan"], "amount": amount, "pay_by": "2026-06-30",
                  "debtor": DORA, "debtor_is": "person", "words": "Outside the plan."}  # fmt: skip
        number = (await self.lives.done("notices", notice, "officer", D))["entries"][0]["number"]
        thought = {"factors": ["off_plan"], "safeguarding": "none", "on": on}
        await self.lives.done(f"notices/{number}/considerations", thought, "officer", D)
        await self.lives.done(f"notices/{number}/move", {"act": "sent", "on": on}, "officer", D)
        source, of = self.lots.choice(
            (("advance", None), ("unidentified", "line"), ("disputed", "question"), ("spent", "evidence"))
        )
        sent = self.body(notice=number, line="D", amount=amount, source=source, **GBP)
        made = await self.tried("demands", sent | ({} if of is None else {"of": self.one_of(of)}), "officer", D)
        if made and made["decision"]["outcome"] == "allow":
            self.known.setdefault("demand", []).append(made["entries"][0]["number"])

    async def desk(self) -> None:
        """Finance bills the council; an officer keeps something for emergencies; something is undone."""
        self.count += 1
        what = self.lots.choice(("bill", "aside", "draw", "undo"))
        if what == "bill":
            sent = self.body(bill=f"B{self.count}", amount=self.some(90_00), to=self.day.isoformat(), **GBP)
            bill = f"/partners/council/bills/B{self.count}"
            if await self.tried("/partners/council/bills", {**sent, "from": "2025-04-01"}, "finance", N):
                await self.tried(f"{bill}/paid", self.body(amount=self.some(90_00), bank="main", **GBP), "finance", N)
        elif what == "undo":
            kind, line = self.lots.choice((("invoice", N), ("evidence", D)))
            await self.tried(f"entries/{self.one_of(kind) + 1}/reverse", self.body(), "finance:ron", line)
        else:
            path = {"aside": "set-aside", "draw": "draw"}[what]
            kept = self.body(line="N", amount=self.some(90_00), reason="yearly", **GBP)
            await self.tried(f"contingency/{path}", kept, "officer", N)

    def plays(self) -> tuple[Play, ...]:
        """What is tried, the more often the oftener it stands here."""
        return (self.care, self.care, self.paid, self.paid, self.instalment, self.used, self.used, self.owed, self.desk)

    async def lives_on(self, steps: int, last: date) -> None:
        """So many things are tried, some days apart and none after a last day."""
        for _ in range(steps):
            await self.lots.choice(self.plays())()
            self.day = min(self.day + timedelta(days=self.lots.randint(1, 5)), last)
