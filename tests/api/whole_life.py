"""One budget from its take-on to its end: what it has after each step, worked out by hand, and the people who take the steps.

Ada's budget comes from an earlier system on 1 October 2025. D is a direct payment for her care, E one for exercise that begins
here, N is care that the commissioner buys, borne 60/40 with the council. D and E are paid into one account. The tables are pounds,
debit positive; an account that they do not name has nothing.
"""

from typing import Any

from tests import kit
from tests.api.lives import Lives
from tests.budgets.caseloads import Sheets, one

GBP = {"currency": "GBP"}
YEAR, END = "2025-26", "2026-03-31"
SET_UP, UPLIFTED = "2025-10-01", "2025-11-03"

AUTHORITY = """
                  una       D.av    D.adv   D.spent    D.rec  D.lost     E.av   E.adv  E.spent   E.rec  E.lost
taken on       67,760.00 15,250.00 1,500.00  9,000.00   250.00   0.00      0.00    0.00    0.00    0.00    0.00
set up         66,560.00 15,250.00 1,500.00  9,000.00   250.00   0.00  1,200.00    0.00    0.00    0.00    0.00
uplifted       63,960.00 17,850.00 1,500.00  9,000.00   250.00   0.00  1,200.00    0.00    0.00    0.00    0.00
paid out       63,960.00 13,850.00 5,500.00  9,000.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
evidenced      63,960.00 13,850.00 4,300.00 10,200.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
bank line      63,960.00 13,850.00 4,300.00 10,200.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
explained      63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
in hospital    63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
invoiced       63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
agency paid    63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
came back      63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
paid again     63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
January back   63,960.00 13,850.00 4,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
January again  63,960.00 11,850.00 6,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
surplus        63,960.00 11,850.00 6,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
offset whole   65,960.00  9,850.00 6,210.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
offset in part 66,560.00  7,850.00 7,610.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
demanded       66,560.00  7,850.00 7,110.00 10,290.00   750.00   0.00  1,000.00  200.00    0.00    0.00    0.00
offset demand  67,060.00  5,850.00 9,110.00 10,290.00   250.00   0.00  1,000.00  200.00    0.00    0.00    0.00
moved to E     67,060.00  5,550.00 9,110.00 10,290.00   250.00   0.00  1,300.00  200.00    0.00    0.00    0.00
exercise       67,060.00  5,550.00 9,110.00 10,290.00   250.00   0.00    900.00  550.00   50.00    0.00    0.00
questioned     67,060.00  5,550.00 9,110.00 10,290.00   250.00   0.00    900.00  550.00   50.00    0.00    0.00
moved away     72,610.00      0.00   110.00 10,290.00 9,250.00   0.00    900.00  550.00   50.00    0.00    0.00
other paid     81,610.00      0.00   110.00 10,290.00   250.00   0.00    900.00  550.00   50.00    0.00    0.00
taken over     81,610.00      0.00   110.00 10,290.00   250.00   0.00    600.00  550.00  350.00    0.00    0.00
notice paid    81,610.00      0.00   110.00 10,290.00   250.00   0.00    700.00  550.00  250.00    0.00    0.00
stopped        82,310.00      0.00   110.00 10,290.00   250.00   0.00      0.00  550.00  250.00    0.00    0.00
E demanded     82,310.00      0.00   110.00 10,290.00   250.00   0.00      0.00    0.00  250.00  550.00    0.00
E repaid       82,710.00      0.00   110.00 10,290.00   250.00   0.00      0.00    0.00  250.00  150.00    0.00
E waived       82,710.00      0.00   110.00 10,290.00   250.00   0.00      0.00    0.00  250.00    0.00  150.00
disputed gone  82,710.00      0.00    50.00 10,290.00   250.00  60.00      0.00    0.00  250.00    0.00  150.00
handed back    82,760.00      0.00     0.00 10,290.00   250.00  60.00      0.00    0.00  250.00    0.00  150.00
old debt paid  83,010.00      0.00     0.00 10,290.00     0.00  60.00      0.00    0.00  250.00    0.00  150.00
"""
NOTIONAL = """
               Nn.av     Nn.held  Nn.spent  council.una   Nc.av   Nc.held  Nc.spent
taken on     5,179.99     60.01   1,000.00   15,840.00  3,720.00    40.00    400.00
invoiced     5,185.99      0.00   1,054.01   15,840.00  3,724.00     0.00    436.00
"""
"""A row holds until the next: nothing else touches N."""
MONEY = """
                  bank     advance  unident  dispute  reclaim   commiss  provis  payable unbilled recharge     opening     loss
taken on            0.00  1,500.00     0.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
set up              0.00  1,500.00     0.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
uplifted            0.00  1,500.00     0.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
paid out       -4,200.00  5,700.00     0.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
evidenced      -4,200.00  4,500.00     0.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
bank line      -4,200.00  4,350.00   150.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
explained      -4,200.00  4,350.00    60.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
in hospital    -4,200.00  4,350.00    60.00     0.00   250.00      0.00    0.00  -333.33   150.00  -400.00  -11,566.67     0.00
invoiced       -4,200.00  4,350.00    60.00     0.00   250.00      0.00    0.00  -423.34   186.00  -436.00  -11,566.67     0.00
agency paid    -4,623.34  4,350.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
came back      -4,200.00  4,350.00    60.00     0.00   250.00      0.00    0.00  -423.34   186.00  -436.00  -11,566.67     0.00
paid again     -4,623.34  4,350.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
January back   -4,623.34  4,350.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
January again  -6,623.34  6,350.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
surplus        -6,623.34  6,350.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
offset whole   -6,623.34  6,350.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
offset in part -8,023.34  7,750.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
demanded       -8,023.34  7,250.00    60.00     0.00   750.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
offset demand  -9,523.34  9,250.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
moved to E     -9,523.34  9,250.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
exercise       -9,923.34  9,600.00    60.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
questioned     -9,923.34  9,600.00     0.00    60.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
moved away     -9,923.34    600.00     0.00    60.00   250.00  9,000.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
other paid       -923.34    600.00     0.00    60.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
taken over       -923.34    600.00     0.00    60.00   250.00      0.00 -300.00     0.00   186.00  -436.00  -11,566.67     0.00
notice paid    -1,123.34    600.00     0.00    60.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
stopped        -1,123.34    600.00     0.00    60.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
E demanded     -1,123.34     50.00     0.00    60.00   800.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
E repaid         -723.34     50.00     0.00    60.00   400.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67     0.00
E waived         -723.34     50.00     0.00    60.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67   150.00
disputed gone    -723.34     50.00     0.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67   210.00
handed back      -673.34      0.00     0.00     0.00   250.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67   210.00
old debt paid    -423.34      0.00     0.00     0.00     0.00      0.00    0.00     0.00   186.00  -436.00  -11,566.67   210.00
"""
"""Besides them each share has its expense, which is what is spent of it (L3)."""
SOURCES = {"fund/nhs/2025-26/source": -10_000_000, "fund/council/2025-26/source": -2_000_000}


def table(text: str) -> dict[str, dict[str, int]]:
    """Pence by step and column."""
    head, *rows = text.strip().splitlines()
    columns = head.split()
    found = {}
    for row in rows:
        cells = row.split()[-len(columns) :]
        pence = [int(cell.replace(",", "").replace(".", "")) for cell in cells]
        found[" ".join(row.split()[: -len(columns)])] = dict(zip(columns, pence, strict=True))
    return found


BUDGET, OF_N, CASH = table(AUTHORITY), table(NOTIONAL), table(MONEY)
STEPS = tuple(BUDGET)


def caseload() -> Sheets:
    """What the earlier system says of Ada: her lines N1 and D1, an open order and an unpaid invoice."""
    sheets = one()
    for row, granted in zip(sheets["funds"], ("100000.00", "20000.00"), strict=True):
        row["granted"] = granted
    return sheets


class Life(Lives):
    """Ada's budget: who she is to this book, her lines, and everybody who deals with it. Nobody may do two things that need two."""

    ada = account = plan = d = e = n = ""
    at = SET_UP

    def body(self, **more: Any) -> dict[str, Any]:
        """A body with the accounting day, and pounds."""
        return {"effective_on": self.at, **more}

    async def budget(self, path: str, body: dict[str, Any], who: str = "officer") -> Any:
        """A write about Ada's budget that has to succeed."""
        return await self.done(f"/budgets/{self.ada}/{path}", body, who)

    async def decided(self, path: str, body: dict[str, Any], who: str = "officer") -> Any:
        """A write that the rules allow, at once or once Olga has approved it; the answer of the write."""
        answer = await self.budget(path, body, who)
        decision = answer.get("decision") or answer
        if decision["outcome"] == "refer":
            await self.budget(f"decisions/{decision['number']}/approve", {"effective_on": self.at}, "officer:olga")
            answer = await self.budget(path, {**body, "approved": decision["number"]}, who)
            decision = answer.get("decision") or answer
        assert decision["outcome"] == "allow", decision["findings"]
        return answer

    async def wish(self, line: str, period: str, amount: str) -> int:
        """An instalment of a period of the schedule, kept; its decision."""
        asked = await self.budget(
            "instalments", self.body(line=line, service="home_care", period=period, amount=amount, **GBP)
        )
        assert asked["outcome"] == "allow", asked["findings"]
        return asked["number"]

    async def instalment(self, line: str, period: str, amount: str, *, cleared: bool = True) -> int:  # type: ignore[override]
        """It is paid by finance, and the bank has paid; the number of its payment."""
        number = await self.wish(line, period, amount)
        paid = await self.budget(f"instalments/{number}/release", self.body(bank="main"), "finance:jane")
        payment: int = paid["entries"][0]["number"]
        if cleared:
            await self.clear(payment)
        return payment

    async def clear(self, payment: int) -> None:
        """The bank has paid an instalment."""
        await self.budget(f"instalments/{payment}/clear", self.body(), "finance:jane")

    async def claimed(self, line: str, amount: str, **more: Any) -> None:
        """What Ada's holder bought, accepted by an officer."""
        sent = {"line": line, "service": "home_care", "amount": amount, "spent_on": self.at, **GBP, **more}
        number = (await self.budget("claims", sent))["entries"][0]["number"]
        await self.budget(f"claims/{number}/accept", self.body(), "officer:olga")

    async def pay_agency(self, *invoices: int, who: str = "finance:pat") -> int:
        """Accepted invoices paid and cleared; the payment."""
        made = await self.done("/payments", self.body(payee="A1", bank="main", invoices=list(invoices)), who)
        number: int = made["entries"][0]["number"]
        await self.done(f"/payments/{number}/clear", self.body(), "finance:jane")
        return number

    async def demanded(self, line: str, amount: str) -> int:
        """A notice with all that it must say, sent and considered, and the demand that follows; its number."""
        notice = {"about": "repayment", "on": self.at, "reasons": ["accumulated"], "amount": amount, "pay_by": "2026-04-30",
                  "debtor": self.ada, "debtor_is": "person", "words": "More than the plan needs."}  # fmt: skip
        number = (await self.budget("notices", notice))["entries"][0]["number"]
        thought = {"factors": ["accumulated"], "safeguarding": "none", "on": self.at, "words": "She was asked."}
        await self.budget(f"notices/{number}/considerations", thought)
        await self.budget(f"notices/{number}/move", {"act": "sent", "on": self.at})
        asked = self.body(notice=number, line=line, amount=amount, source="advance", **GBP)
        made = await self.decided("demands", asked)
        found: int = made["entries"][0]["number"]
        return found

    def codes(self) -> dict[str, str]:
        """The account behind each column."""
        ada, account = self.ada, self.account
        shares = {"D": f"{self.d}/nhs", "E": f"{self.e}/nhs", "Nn": f"{self.n}/nhs", "Nc": f"{self.n}/council"}
        states = {
            "av": "available",
            "held": "held",
            "adv": "advanced",
            "spent": "spent",
            "rec": "recovering",
            "lost": "lost",
        }
        found = {f"{name}.{short}": f"share/{share}/{YEAR}/{state}"
                 for name, share in shares.items() for short, state in states.items()}  # fmt: skip
        return found | {
            "una": f"fund/nhs/{YEAR}/unallocated", "council.una": f"fund/council/{YEAR}/unallocated", "bank": "bank/main",
            "advance": f"advance/{ada}/{account}", "unident": f"unidentified/{ada}/{account}",
            "dispute": f"disputed/{ada}/{account}", "reclaim": f"receivable/reclaim/{ada}/{ada}",
            "commiss": f"receivable/commissioner/OTHER/{ada}", "provis": f"provision/notice_pay/{ada}", "payable": "payable/A1",
            "unbilled": "partner/borough/unbilled", "recharge": f"recharge/{self.n}/council/{YEAR}", "opening": "opening/oldsys",
            **{f"{name}.expense": f"expense/{share}/{YEAR}" for name, share in shares.items()},
        }  # fmt: skip

    def expected(self, step: str) -> dict[str, int]:
        """What every account of the book has after a step, by the tables; what has nothing is left out."""
        place = STEPS.index(step)
        of_n = next(OF_N[each] for each in reversed(STEPS[: place + 1]) if each in OF_N)
        budget, cash, codes = BUDGET[step], dict(CASH[step]), self.codes()
        losses = cash.pop("loss")
        assert losses == budget["D.lost"] + budget["E.lost"]
        columns = {**budget, **of_n, **cash}
        columns |= {f"{name}.expense": columns[f"{name}.spent"] for name in ("D", "E", "Nn", "Nc")}
        found = {codes[column]: pence for column, pence in columns.items()} | SOURCES
        for line, name in ((self.d, "D"), (self.e, "E")):
            found[f"loss/claim_waived/{line}/nhs/{YEAR}"] = budget[f"{name}.lost"]
        return {code: pence for code, pence in found.items() if pence}

    async def stands(self, step: str, book: kit.Book) -> None:
        """The book has what the tables say, account by account, and nothing besides."""
        rows = await kit.rows(
            book.dsn, "SELECT a.code, b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id) "
            "WHERE a.book_id = $1 AND b.balance <> 0", book.book_id,
        )  # fmt: skip
        assert {row["code"]: row["balance"] for row in rows} == self.expected(step), step
