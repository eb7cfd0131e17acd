"""Made-up years over HTTP, by seed, on a real database: whatever is asked in whatever order, every identity holds each month."""

from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest

from ledger.book.database import READING, connect
from ledger.budgets import acts, funds, plans
from ledger.budgets.chart import fund_accounts
from ledger.reports.identities import HERE, check_identities
from tests import kit
from tests.api.generated_year import GBP, Play, Year
from tests.api.lives import BOB, END, NED, START, YEAR, D, Lives, N
from tests.api.test_a_whole_life import right
from tests.api.test_third_parties import FEE, T

SEEDS = (0, 1)
A_MONTH, AFTER = 6, 10
NEXT = "2026-27"
W = msgspec.structs.replace(
    N, line="W", services=("wheelchair",), amount=240_000,
    shares=(plans.LineShare("nhs", "ring_fenced", 5), plans.LineShare("own", "contribution", 1)),
)  # fmt: skip
"""A wheelchair of Ned's that he pays a sixth of."""
LINES = ("D", "N", "T", "F", "W")
EACH = {
    "spends", "invoices/accept", "payments", "instalments/release", "claims/accept", "statements/accept", "contributions",
    "surpluses", "periods/accruals",
}  # fmt: skip
"""What happens in each of these years, besides what is tried and met with a no."""


class Whole(Year):
    """A year of Dora's and Ned's with a third party, a contributor, offsets, accruals, and in some years the end of a line."""

    stop_asked = own = 0

    async def begin(self) -> None:
        """Ned has care that B2 holds the money for, with its fee, and a wheelchair that he pays a part of."""
        lives = self.lives
        await lives.do(*funds.fund_opened(funds.Fund(fund="own", kind="contribution"), (YEAR, NEXT)))
        plan = plans.PlanVersion(
            plan="PN", person=NED, version=1, start=START, end=END, coordinator="C1", agreement=True
        )
        made = [plans.share_of(line, share, YEAR) for line in (T, FEE, W) for share in line.shares]
        given = [(400_000, made[:1]), (40_000, made[1:2]), (200_000, made[2:3])]
        await lives.do(
            plans.plan_recorded("signed", plan), *(plans.line_recorded("agreed", line, because=-1) for line in (T, FEE, W)),
            *(each for share in made for each in plans.share_opened(share)), *funds.contribution_opened(made[3]),
            *(acts.allocated(amount=pence, shares=shares, effective_on=START, because=-1) for pence, shares in given),
            asked=BOB,
        )  # fmt: skip
        monthly = {"frequency": "monthly", "start": "2025-04-01", "end": "2026-03-31", "amount": "2000.00", **GBP}
        await lives.done("lines/D/schedule", monthly, "officer", D)

    def plays(self) -> tuple[Play, ...]:
        """Those of every year, and what these add."""
        return (*super().plays(), self.stated, self.stated, self.contributed, self.offset)

    async def stated(self) -> None:
        """The third party is paid ahead, and says what it bought."""
        self.count += 1
        if self.lots.random() < 0.5:
            line, amount = self.lots.choice((("T", "1000.00"), ("F", "100.00")))
            wish = self.body(line=line, service="home_care", amount=amount, **GBP)
            made = await self.tried("instalments", wish, "officer", N)
            if made and made["outcome"] == "allow":
                await self.tried(f"instalments/{made['number']}/release", self.body(bank="main"), "finance", N)
            return
        told = {"line": "T", "third_party": "B2", "service": "home_care", "reference": f"S-{self.count}",
                "amount": self.some(600_00), **GBP}  # fmt: skip
        made = await self.tried("statements", told, "officer", N)
        if made:
            await self.tried(f"statements/{made['entries'][0]['number']}/accept", self.body(), "officer:olga", N)

    async def contributed(self) -> None:
        """Ned pays towards the wheelchair, has some of it back, or has a bill for it, of which a sixth is his."""
        self.count += 1
        what, pence = self.lots.choice(("in", "in", "back", "bill")), self.lots.randint(1, 80_00)
        sent = self.body(line="W", amount=f"{pence // 100}.{pence % 100:02d}", bank="main", **GBP)
        if what == "in":
            if await self.tried("contributions", sent, "finance:fay", N):
                self.own += pence
        elif what == "back":
            if await self.tried("contributions/return", sent, "finance:gil", N):
                self.own -= pence
        elif self.own > 60:
            # What is his beyond what he paid would hold up the end of the year.
            pence = self.lots.randint(1, 5 * self.own)
            self.own -= pence // 6 + 1
            amount = f"{pence // 100}.{pence % 100:02d}"
            bill = {"line": "W", "payee": "A1", "reference": f"W-{self.count}", "service": "wheelchair", "amount": amount,
                    **GBP}  # fmt: skip
            made = await self.tried("invoices", bill, "officer", N)
            if made:
                await self.tried(
                    f"invoices/{made['entries'][0]['number']}/accept", self.body(), "finance:fay", N, "invoice"
                )

    async def offset(self) -> None:
        """What Dora has left over, or owes, is kept from her next instalment."""
        on, period = self.day.isoformat(), self.day.replace(day=1).isoformat()
        figures = {"line": "D", "balance": "9000.00", "liabilities": "0.00", "contingency": "100.00", **GBP}
        await self.tried("lines/D/care-checks", {"on": on, "found": "none_unmet"}, "officer", D)
        await self.tried("surpluses", self.body(**figures), "officer", D, "surplus")
        wish = self.body(line="D", service="home_care", period=period, amount="2000.00", **GBP)
        asked = await self.tried("instalments", wish, "officer", D)
        if not asked or asked["outcome"] != "allow":
            return
        of = self.lots.choice(("surplus", "demand"))
        route = {of: self.one_of(of)} | ({"period": period} if of == "surplus" else {})
        body = self.body(amount=self.some(900_00), bank="main", reasonable="She agrees.", **route, **GBP)
        await self.tried(f"instalments/{asked['number']}/offset", body, "finance", D)
        await self.tried(f"instalments/{asked['number']}/release", self.body(bank="main"), "finance", D, "instalment")

    async def accrued(self, month: date) -> None:
        """What a month's care is thought to have cost, accepted or dropped once it is over; March's is settled with the year."""
        path = f"/periods/{month:%Y-%m}/accruals"
        for each in (await self.lives.get(path, "finance")).json()["estimates"]:
            more = {"dropped": True, "reason": "not_needed"} if self.lots.random() < 0.3 else {}
            if await self.tried(path, {"line": each["line"], "amount": each["proposed"], **more, **GBP}, "finance", N):
                self.done_paths.add("periods/accruals")

    async def stopped(self) -> None:
        """Dora's direct payment is to end: a written notice, a second person's yes, and the end after its time."""
        on, ends = self.day, self.day + timedelta(days=28)
        given = {"about": "stop", "on": on.isoformat(), "reasons": ["off_plan"], "notice_days": 28,
                 "takes_effect_on": ends.isoformat()}  # fmt: skip
        number = (await self.lives.done("notices", given, line=D))["entries"][0]["number"]
        for act, who in (("sent", "officer"), ("delivered", "officer:olga")):
            await self.lives.done(f"notices/{number}/move", {"act": act, "on": on.isoformat()}, who, D)
        wish = self.body(ground="off_plan", notified_on=on.isoformat(), ends_on=ends.isoformat(), alternative="commissioned",
                         reasons="The money went on other things.", notice=number)  # fmt: skip
        asked = await self.lives.done("lines/D/stop", wish, line=D)
        if asked["outcome"] == "refer":
            await self.lives.done(f"decisions/{asked['number']}/approve", self.body(), "officer:olga", D)
            await self.lives.done("lines/D/stop", {**wish, "approved": asked["number"]}, line=D)

    async def month(self, first: date, last: date) -> None:
        """A month's plays, and its estimates."""
        self.day = first
        await self.lives_on(A_MONTH, last)
        if last.month != 3:
            self.day = last + timedelta(days=1)
            await self.accrued(first)


def months() -> list[tuple[date, date]]:
    """The first and last days of the year's months."""
    firsts = [date(2025 + (month > 12), (month - 1) % 12 + 1, 1) for month in range(4, 17)]
    return [(first, following - timedelta(days=1)) for first, following in pairwise(firsts)]


async def holds(book: kit.Book) -> None:
    """L1 to L8 and R1 to R13 on all that there is."""
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        found = await check_identities(connection, book.book_id)
    finally:
        await connection.close()
    assert [each for each in found if not each.ok] == []
    assert tuple(each.name for each in found) == HERE


async def ended(year: Whole) -> None:
    """The year ends by the rules of its funds, line by line and fund by fund, and is closed."""
    lives, end = year.lives, "/years/2025-26/end"
    for fund, rule in (("nhs", "committed"), ("council", "none")):
        await lives.done(f"/funds/{fund}/carry-rule", {"rule": rule, "first_day": "2025-04-01"}, "finance")
        await lives.do(fund_accounts(fund, NEXT, "partner" if fund == "council" else "ring_fenced"))
        await lives.do(acts.fund_granted(fund=fund, year=NEXT, amount=900_000, effective_on=date(2026, 4, 1)))
    proposal = (await lives.done(f"{end}/proposals", {}, "finance:fay"))["entries"][0]["number"]
    await lives.done(f"{end}/confirm", {"proposal": proposal}, "finance:pat")
    for line in LINES:
        answer = await lives.send(f"{end}/lines", {"line": line}, "finance:pat")
        assert answer.status_code == 201 or answer.json()["code"] == "year_end_nothing", answer.text
    for fund in ("nhs", "council", "own"):
        answer = await lives.send(f"{end}/funds", {"fund": fund}, "finance:pat")
        assert answer.status_code == 201 or answer.json()["code"] == "year_end_nothing", answer.text


@pytest.mark.parametrize("seed", SEEDS)
async def test_generated_years_keep_every_identity_month_by_month(lives: Lives, book: kit.Book, seed: int) -> None:
    """A year of Dora's and Ned's, its end and close, and what is still asked after it: the identities hold after every month, and
    verification finds every table and a warrant behind every movement again, before the year's end, after it, and at last."""
    year = Whole(lives, seed)
    await year.begin()
    for place, (first, last) in enumerate(months()):
        await year.month(first, last)
        if seed and place == 6 + seed:
            await year.stopped()
            year.stop_asked = place
        if year.stop_asked and place == year.stop_asked + 2:
            await year.tried("lines/D/stop/end", year.body(owes_nothing=True), "officer", D)
        await holds(book)
    await right(book)
    await ended(year)
    await holds(book)
    check = (await lives.get("/periods/2025-26/close", "finance")).json()
    blocking = {each["name"] for each in check["matters"] if each["blocks"] and each["count"]}
    closed = await lives.send("/periods/close", {"period": "2025-26"}, "finance:fay")
    assert closed.status_code == (409 if blocking else 201), (closed.text, blocking)
    year.day = date(2026, 4, 7)
    await year.lives_on(AFTER, date(2026, 9, 30))
    await holds(book)
    await right(book)
    assert year.done_paths >= EACH, EACH - year.done_paths
