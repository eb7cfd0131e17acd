"""One budget's whole life over HTTP: taken on, set up, raised, paid out, questioned, offset, moved, stopped and recovered. After
each step every account of the book has what was worked out by hand (`tests/api/whole_life.py`)."""

import os
from pathlib import Path
from typing import Any

import pytest

from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.budgets.caseload_import import Secrets
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.reports.identities import HERE, check_identities
from ledger.reports.moves import transfers_between
from tests import kit
from tests.api.lives import DORA, D, Lives
from tests.api.whole_life import END, GBP, SET_UP, STEPS, UPLIFTED, Life, caseload
from tests.budgets.taking_on import TakingOn

LINE = {"services": ["home_care", "exercise"], "to": END, "shares": [{"fund": "nhs"}]}
PLAN = {
    "title": "Living at home", "to": END, "coordinator": "C1", "agreement": True, "needs": ["N1"], "outcomes": ["O1"],
    "monitors": [{"need": "N1", "who": "C1"}], "first_review": "2026-03-01", "notice_days": 28, "enough_by": "olga",
    "risks_on": SET_UP, "risk_procedure": "K1", **GBP,
}  # fmt: skip
"""What a plan with direct payments says (SI 2013/1617 reg 8(4))."""


@pytest.fixture
async def life(app: Any, client: Any, book: kit.Book, tmp_path: Path) -> Life:
    """The book with its banks, its rules, and Ada's caseload taken on: agreed by the other side and signed by two people."""
    life = Life(app, client)
    banks = [{"account": f"{klass}/main", "class": klass} for klass in ("bank", "in_transit")]
    await life.done("/accounts", {"accounts": banks}, "finance:fay")
    rules = (await life.get("/rules")).json()["hash"]
    await life.done("/rules/drafts", {"hash": rules})
    await life.done("/rules/activate", {"hash": rules}, "officer:carol")
    # What is shipped is for small plans; here two of the officers may sign larger ones.
    limit = {"grade": "band8", "act": "allocate", "amount": "50000.00", "from": "2025-04-01", **GBP}
    await life.done("/limits", limit, "finance:fay")
    for actor in ("ben", "olga"):
        await life.done("/grades", {"actor": actor, "grade": "band8", "from": "2025-04-01"}, "finance:fay")
    keys = app.desk.books.keys
    report = await TakingOn(book, tmp_path, Secrets(keys.requests, keys.lookup, lambda: os.urandom(16))).run(caseload())
    assert report.troubles == []
    await life.done("/take-ons/T-2025/agree", {"party": "OLD-ICB"}, "finance:other-side")
    for who in ("finance:jane", "officer:carol"):
        await life.done("/take-ons/T-2025/sign", {}, who)
    life.ada = report.people[0].ref
    [plan] = (await life.get(f"/budgets/{life.ada}/plans")).json()["plans"]
    life.plan = plan["plan"]
    for line in plan["lines"]:
        if line["management"] == "notional":
            life.n = line["line"]
        else:
            life.d, life.account = line["line"], line["holder_account"]
    return life


async def signed(life: Life, **more: Any) -> list[dict[str, Any]]:
    """The next version of the plan, drafted by one officer and signed by another; its lines."""
    path = f"/budgets/{life.ada}/plans/{life.plan}"

    async def write(name: str, body: dict[str, Any], who: str) -> Any:
        headers = {**life.headers(who), "If-Match": (await life.get(path)).headers["etag"]}
        answer = await life.client.post(f"/v1/books/TEST{path}/{name}", body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    drafted = await write("versions", {**PLAN, **more}, "officer:ann")
    sides = [{"side": side, "who": who, "on": life.at, "channel": "paper"}
             for side, who in (("commissioner", "ben"), ("person", "person"))]  # fmt: skip
    sign = {"effective_on": life.at, "signatures": sides, "agreement_on": SET_UP}
    made = await write("sign", sign, "officer:ben")
    if made["decision"]["outcome"] == "refer":
        # The instalments stay where the line has more: a third person looks at that.
        number = made["decision"]["number"]
        assert [each["rule"] for each in made["decision"]["findings"]] == ["statute.instalments_not_enough"]
        await life.budget(f"decisions/{number}/approve", {"effective_on": life.at}, "officer:olga")
        made = await write("sign", {**sign, "approved": number}, "officer:ben")
    assert made["decision"]["outcome"] == "allow", made["decision"]["findings"]
    lines: list[dict[str, Any]] = drafted["plan"]["lines"]
    return lines


def lines_of(life: Life, amount: str) -> list[dict[str, Any]]:
    """The lines of a version: D with its amount, E, which is new in the first, and N as it was."""
    paid = {**LINE, "management": "direct_payment", "holder_account": life.account, "interval": "monthly",
            "channel": "own_account", "flexibility": "wellbeing"}  # fmt: skip
    e = {"line": life.e, "from": SET_UP} if life.e else {"from": SET_UP}
    return [
        {**paid, "line": life.d, "title": "Help", "amount": amount, "instalment": "2000.00", "from": "2025-04-01",
         "cost": amount},
        {**paid, **e, "title": "Swimming", "amount": "1200.00", "instalment": "200.00", "cost": "1200.00"},
        {**LINE, "line": life.n, "title": "Agency", "services": ["home_care"], "management": "notional", "amount": "10400.00",
         "from": "2025-04-01", "shares": [{"fund": "nhs", "weight": 60}, {"fund": "council", "weight": 40}]},
    ]  # fmt: skip


async def begun(life: Life, book: kit.Book) -> None:
    """Set up as the law wants it, its schedules agreed; a month later raised from its first day on; paid out."""
    await life.stands("taken on", book)
    lines = await signed(life, **{"from": SET_UP}, lines=lines_of(life, "26000.00"), cost="37000.00")
    [life.e] = [each["line"] for each in lines if each["title"] == "Swimming"]
    for line, amount in ((life.d, "2000.00"), (life.e, "200.00")):
        monthly = {"frequency": "monthly", "start": SET_UP, "end": END, "amount": amount, **GBP}
        await life.budget(f"lines/{line}/schedule", monthly)
    await life.stands("set up", book)
    life.at = UPLIFTED
    await signed(life, **{"from": SET_UP}, lines=lines_of(life, "28600.00"), cost="39600.00")
    await life.stands("uplifted", book)
    await life.instalment(life.d, "2025-10-01", "2000.00")
    await life.instalment(life.e, "2025-10-01", "200.00")
    await life.instalment(life.d, "2025-11-01", "2000.00")
    await life.stands("paid out", book)


async def used(life: Life, book: kit.Book) -> int:
    """Spend with evidence, a line of the bank without, explained in part; a stay in hospital. The bank line's number."""
    await life.claimed(life.d, "1200.00")
    await life.stands("evidenced", book)
    line = {
        "holder_account": life.account,
        "amount": "150.00",
        "on": life.at,
        "reference": "T1",
        "source": "bank_feed",
        **GBP,
    }
    taken: int = (await life.budget("bank-lines", line, "finance:jane"))["entries"][0]["number"]
    await life.stands("bank line", book)
    await life.claimed(life.d, "90.00", bank_line=taken)
    await life.stands("explained", book)
    life.at = "2025-12-01"
    stay = {"kind": "hospital_stay", "start": "2025-12-01", "end": "2025-12-31"}
    asked = {"line": life.d, "on": life.at, "changes": [stay], **GBP}
    said = await life.send(f"/budgets/{life.ada}/what-if", asked)
    assert said.status_code == 200, said.text
    assert float(said.json()["then"]["needed"]) < float(said.json()["now"]["needed"])
    pause = life.body(reasons="In hospital until the new year.", alternative="commissioned")
    await life.decided(f"lines/{life.d}/suspend", pause)
    wish = life.body(line=life.d, service="home_care", period="2025-12-01", amount="2000.00", **GBP)
    assert (await life.budget("instalments", wish))["outcome"] == "deny"
    life.at = "2026-01-05"
    await life.budget(f"lines/{life.d}/resume", {})
    await life.stands("in hospital", book)
    return taken


async def came_back(life: Life, book: kit.Book) -> None:
    """The agency is paid, the money comes back and is paid again after a new approval; so with an instalment."""
    told = (await life.get(f"/budgets/{life.ada}/lineage")).json()["origins"]
    order, unpaid = [next(each["entry"] for each in told if each["what"] == what) for what in ("order", "invoice")]
    sent = {"line": life.n, "payee": "A1", "reference": "A-2", "service": "home_care", "amount": "90.01", "hold": order + 1,
            "final": True, **GBP}  # fmt: skip
    entered = (await life.budget("invoices", sent))["entries"][0]["number"]
    accepted = await life.budget(f"invoices/{entered}/accept", life.body(), "finance:fay")
    await life.stands("invoiced", book)
    invoices = (unpaid, accepted["entries"][0]["number"])
    run = await life.pay_agency(*invoices)
    await life.stands("agency paid", book)
    back = life.body(reason="account_closed")
    await life.done(f"/payments/{run}/return", back, "finance:fay")
    await life.stands("came back", book)
    await life.done("/payees/A1/approve", {}, "officer:olga")
    await life.pay_agency(*invoices)
    await life.stands("paid again", book)
    payment = await life.instalment(life.d, "2026-01-01", "2000.00", cleared=False)
    await life.budget(f"instalments/{payment}/return", back, "finance:fay")
    await life.stands("January back", book)
    for who in ("officer:olga", "finance:ron"):
        await life.done(f"/people/{life.ada}/holder-accounts/{life.account}/approve", {"effective_on": life.at}, who)
    await life.instalment(life.d, "2026-01-01", "2000.00")
    await life.stands("January again", book)


async def offset(life: Life, book: kit.Book) -> None:
    """A surplus of £2,600 is taken from two instalments by route A; £500 is demanded and taken from a third by route B."""
    # Of the balance £250 have been demanded, and come back by that.
    figures = life.body(line=life.d, balance="6600.00", liabilities="650.00", contingency="3100.00", **GBP)
    await life.budget(f"lines/{life.d}/care-checks", {"on": life.at, "found": "none_unmet"})
    made = await life.decided("surpluses", figures)
    assert made["decision"]["amount"] == "2600.00"
    surplus = made["entries"][0]["number"]
    await life.stands("surplus", book)

    async def less(period: str, amount: str, **by: int) -> list[Any]:
        number = await life.wish(life.d, period, "2000.00")
        body = life.body(amount=amount, bank="main", reasonable="Agreed with her.", **by, **GBP)
        entries: list[Any] = (await life.decided(f"instalments/{number}/offset", body, "finance:jane"))["entries"]
        return entries

    whole = await less("2025-12-01", "2000.00", surplus=surplus)
    await life.stands("offset whole", book)
    life.at = "2026-02-02"
    part = await less("2026-02-01", "600.00", surplus=surplus)
    await life.clear(part[-1]["number"])
    await life.stands("offset in part", book)
    demand = await life.demanded(life.d, "500.00")
    await life.stands("demanded", book)
    life.at = "2026-03-02"
    against = await less("2026-03-01", "500.00", demand=demand)
    await life.clear(against[-1]["number"])
    await life.stands("offset demand", book)
    assert [each[-1]["event"] for each in (whole, part, against)] == [21, 20, 22]


async def moved(life: Life, book: kit.Book, taken: int, other: Lives) -> int:
    """Money goes to another line; what is unexplained is questioned; D goes to another commissioner, who pays for its cash."""
    await life.decided("virements", life.body(line=life.d, to=life.e, amount="300.00", **GBP))
    await life.stands("moved to E", book)
    for period in ("2025-11-01", "2025-12-01"):
        await life.instalment(life.e, period, "200.00")
    await life.claimed(life.e, "50.00")
    await life.stands("exercise", book)
    asked = await life.budget("questions", life.body(of=taken, amount="60.00", words="What was it for?", **GBP))
    question: int = asked["entries"][0]["number"]
    await life.stands("questioned", book)
    out = await life.decided("moves/out", life.body(line=life.d, book="OTHER", amount="9000.00", **GBP))
    await life.stands("moved away", book)
    await life.done("/checkpoints", {}, "finance:jane")
    receipt = (await life.get(f"/entries/{out['entries'][-1]['number']}/receipt", "finance")).json()
    sent = {"line": "D", "payee": "B2", "effective_on": life.at, "receipt": receipt}
    arrived = (await other.done("moves/in", sent, line=D))["entries"][0]["number"]
    assert await other.balance(f"advance/{DORA}/H1") == "9000.00"
    assert await other.balance("share/D/nhs/2025-26/available") == "17000.00"
    paid = life.body(bank="main")
    await other.done(f"moves/in/{arrived}/settle", paid, "finance:pat", D)
    [move] = [each["number"] for each in out["entries"] if each["kind"] == "notice"][:1]
    await life.budget(f"moves/out/{move}/settle", paid, "finance:pat")
    await life.stands("other paid", book)
    return question


async def stopped(life: Life, book: kit.Book) -> None:
    """E stops after notice, with what is owed to her assistant for four years by law: provided for, paid in part, the rest not
    needed; with its end what is left of it goes back."""
    told = {
        "about": "stop",
        "on": "2026-03-02",
        "reasons": ["not_patient"],
        "notice_days": 28,
        "takes_effect_on": "2026-03-30",
    }
    written = (await life.budget("notices", told))["entries"][0]["number"]
    for act, who in (("sent", "officer"), ("delivered", "officer:olga")):
        await life.budget(f"notices/{written}/move", {"act": act, "on": "2026-03-02"}, who)
    notice = life.body(ground="not_patient", notice=written, notified_on="2026-03-02", ends_on="2026-03-30",
                       reasons="She has moved.", alternative="not_needed")  # fmt: skip
    await life.decided(f"lines/{life.e}/stop", notice)
    work = {"started_on": "2022-03-31", "ended_on": "2026-03-30", "weekly_pay": "75.00"}
    owed = {"line": life.e, "class": "notice_pay", "employment": work, **GBP}
    number = (await life.budget("liabilities", owed))["entries"][0]["number"]
    await life.budget(f"liabilities/{number}/accept", life.body(), "finance:jane")
    await life.stands("taken over", book)
    bill = {"line": life.e, "payee": "A1", "reference": "PA-1", "service": "home_care", "amount": "200.00", **GBP}
    entered = (await life.budget("invoices", bill))["entries"][0]["number"]
    sent = life.body(invoice=entered)
    accepted = await life.budget(f"liabilities/{number}/invoices", sent, "finance:jane")
    await life.budget(f"liabilities/{number}/unused", life.body(), "finance:jane")
    await life.pay_agency(accepted["entries"][0]["number"])
    await life.stands("notice paid", book)
    life.at = "2026-03-30"
    await life.budget(f"lines/{life.e}/stop/end", life.body())
    await life.stands("stopped", book)


async def recovered(life: Life, book: kit.Book, question: int) -> None:
    """What is left in the account is demanded, repaid and waived; the question is given up; the debt taken on is paid."""
    demand = await life.demanded(life.e, "550.00")
    await life.stands("E demanded", book)
    await life.budget(f"demands/{demand}/repayments", life.body(amount="400.00", bank="main", **GBP), "finance:jane")
    await life.stands("E repaid", book)
    waive = life.body(authority="reg15.7", **GBP)
    await life.decided(f"demands/{demand}/waivers", {**waive, "amount": "150.00"}, "officer:oscar")
    await life.stands("E waived", book)
    await life.decided(f"questions/{question}/waivers", {**waive, "amount": "60.00", "line": life.d}, "officer:oscar")
    await life.stands("disputed gone", book)
    back = life.body(line=life.d, amount="50.00", bank="main", **GBP)
    await life.budget("hand-backs", back, "finance:jane")
    await life.stands("handed back", book)
    [old] = (await life.get("/recovery/receivables?on=2026-03-31", "finance")).json()["debts"]
    assert (old["outstanding"], old["demanded_on"]) == ("250.00", None)
    paid = life.body(amount="250.00", bank="main", **GBP)
    await life.budget(f"demands/{old['number']}/repayments", paid, "finance:jane")
    await life.stands("old debt paid", book)


async def right(book: kit.Book) -> int:
    """Verification finds a warrant behind every movement, and every identity holds; the book's number."""
    [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = $1", book.code)
    connection = await connect(book.dsn, "phb_reader", row["book_id"], READING)
    try:
        found = await verify_book(
            connection, row["book_id"], verifiers=(), identities=IDENTITIES, also=(check_warrants,)
        )
        identities = await check_identities(connection, row["book_id"])
    finally:
        await connection.close()
    assert (found.ok, found.why) == (True, None)
    assert [each for each in identities if not each.ok] == []
    assert tuple(each.name for each in identities) == HERE
    number: int = row["book_id"]
    return number


async def test_a_budget_lives_its_whole_life_and_every_penny_is_where_it_should_be(life: Life, book: kit.Book) -> None:
    """From the take-on to the last debt, step by step as the tables have it; then both books verify, every identity holds in
    each, and they agree about the move."""
    opened = {"book": "OTHER", "nature": "synthetic", "first_month": "2025-04"}
    assert (await life.client.post("/v1/books", opened, "operator")).status_code == 201
    other = Lives(life.app, life.client, "OTHER")
    await other.begin()
    await begun(life, book)
    taken = await used(life, book)
    await came_back(life, book)
    await offset(life, book)
    question = await moved(life, book, taken, other)
    await stopped(life, book)
    await recovered(life, book, question)
    ids = [await right(book), await right(kit.Book(book.dsn, 0, "OTHER"))]
    one, two = [await connect(book.dsn, "phb_reader", each, READING) for each in ids]
    try:
        [transfer] = await transfers_between((one, ids[0]), (two, ids[1]))
    finally:
        await one.close()
        await two.close()
    assert (transfer.state, transfer.out_pence, transfer.in_pence) == ("agreed", 900_000, 900_000)


def test_the_tables_add_up_before_anything_is_compared() -> None:
    """Worked out by hand, each row of each fund and of money comes to nothing by itself (L1, L2)."""
    life = Life.__new__(Life)
    life.ada, life.account, life.d, life.e, life.n = "A", "H", "D", "E", "N"
    for step in STEPS:
        expected = life.expected(step)
        budget = {code: pence for code, pence in expected.items() if code.startswith(("fund/", "share/"))}
        for fund in ("nhs", "council"):
            assert sum(pence for code, pence in budget.items() if f"/{fund}/" in code) == 0, (step, fund)
        assert sum(expected.values()) == 0, step
