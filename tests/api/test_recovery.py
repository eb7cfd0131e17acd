"""Money owed over HTTP: questioned, demanded after notice, repaid, offset, waived and written off; tried, and verified."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.budgets import chart
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.owing import weeks_of_payment
from ledger.budgets.warrants import check_warrants
from ledger.core.requests import OpenAccounts
from ledger.reports.identities import check_identities
from policies.engine import pounds
from tests import kit
from tests.api.lives import DAY, DORA, NO, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.

GBP = {"currency": "GBP"}
ON = {"effective_on": DAY}
ADVANCE, RECLAIM = f"advance/{DORA}/H1", f"receivable/reclaim/{DORA}/{DORA}"
DISPUTED, UNIDENTIFIED = f"disputed/{DORA}/H1", f"unidentified/{DORA}/H1"


def code(answer: Any) -> tuple[int, str]:
    """The status and code of a no."""
    return answer.status_code, answer.json()["code"]


class Owed:
    """Dora, who was paid £2,000, and the officers who deal with it."""

    def __init__(self, lives: Tried) -> None:
        self.lives = lives

    async def done(self, path: str, body: dict[str, Any], who: str = "officer") -> Any:
        return await self.lives.done(path, body, who, D)

    async def no(self, path: str, body: dict[str, Any], who: str = "officer") -> tuple[int, str]:
        return code(await self.lives.send(path, body, who, D))

    async def bank_line(self, amount: str, reference: str = "T") -> int:
        body = {
            "holder_account": "H1",
            "amount": amount,
            "on": DAY,
            "reference": reference,
            "source": "bank_feed",
            **GBP,
        }
        return (await self.done("bank-lines", body, "finance"))["entries"][0]["number"]

    async def notice(self, amount: str, *, sent: bool = True, considered: bool = True, **more: Any) -> int:
        """A notice of a repayment, sent, with what was considered."""
        given = {
            "about": "repayment", "on": DAY, "reasons": ["off_plan"], "amount": amount, "pay_by": "2025-07-02",
            "debtor": DORA, "debtor_is": "person", "words": "Bought outside the plan.", **more,
        }  # fmt: skip
        number = (await self.done("notices", given))["entries"][0]["number"]
        if considered:
            thought = {"factors": ["off_plan"], "safeguarding": "none", "on": DAY, "words": "She was asked."}
            await self.done(f"notices/{number}/considerations", thought)
        if sent:
            await self.done(f"notices/{number}/move", {"act": "sent", "on": DAY})
        return number

    async def demand(self, amount: str, notice: int, **more: Any) -> Any:
        given = {"notice": notice, "line": "D", "amount": amount, "source": "advance", **GBP, **ON, **more}
        return await self.done("demands", given)

    async def demanded(self, amount: str, **more: Any) -> int:
        """The number of a demand that was allowed."""
        found = await self.demand(amount, await self.notice(amount), **more)
        assert found["decision"]["outcome"] == "allow", found["decision"]["findings"]
        return found["entries"][0]["number"]

    async def asked(self, amount: str = "2000.00") -> int:
        """An instalment that was allowed and not paid yet."""
        asked = await self.done("instalments", {"line": "D", "service": "home_care", "amount": amount, **GBP, **ON})
        await self.done(f"decisions/{asked['number']}/approve", ON, "officer:olga")
        return asked["number"]

    async def balances(self, *codes: str) -> list[str]:
        return [await self.lives.balance(each) for each in codes]

    async def state(self, name: str) -> str:
        return (await self.lives.money(D))["years"][0][name]


@pytest.fixture
async def owed(lives: Tried) -> Owed:
    """After her first instalment."""
    await lives.instalment("2000.00")
    return Owed(lives)


async def right(lives: Tried, book: kit.Book) -> None:
    """Verification finds a warrant behind every movement, and every identity holds."""
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        found = await verify_book(connection, book.book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,))
        identities = await check_identities(connection, book.book_id)
    finally:
        await connection.close()
    assert found.ok, found
    assert [each for each in identities if not each.ok] == []


async def broken_by(book: kit.Book, change: str) -> AsyncIterator[str]:
    """The identities that a change by the owner of the server breaks, who then takes it back."""
    connection = await asyncpg.connect(book.dsn)
    try:
        await connection.execute("BEGIN")
        await connection.execute("ALTER TABLE phb.register DISABLE TRIGGER ALL")
        await connection.execute(change)
        await connection.execute("SELECT set_config('phb.book_id', $1, true)", str(book.book_id))
        await connection.execute("SET LOCAL ROLE phb_reader")
        for each in await check_identities(connection, book.book_id):
            if not each.ok:
                yield each.name
    finally:
        await connection.close()


async def test_a_question_is_a_state_and_is_taken_back_by_another(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """Questioned from suspense and from accepted spend (event 14); explained in part by another person; what is questioned is not
    there to be claimed or questioned again."""
    taken = await owed.bank_line("150.00")
    claim = await lives.claim("40.00")
    accepted = (await lives.accept(claim, "officer:olga", "claims", D))["entries"][0]["number"]
    first = await owed.done("questions", {"of": taken, "amount": "60.00", **GBP, **ON, "words": "What is this?"})
    spent = await owed.done("questions", {"of": accepted, "amount": "40.00", **GBP, **ON})
    assert await owed.balances(DISPUTED, UNIDENTIFIED) == ["100.00", "90.00"]
    assert (await owed.state("spent"), await owed.state("advanced")) == ("0.00", "2000.00")
    assert await owed.no("questions", {"of": taken, "amount": "90.01", **GBP, **ON}) == (422, "source_exceeded")
    explains = await lives.claim("90.01", bank_line=taken)
    assert await owed.no(f"claims/{explains}/accept", ON, "officer:olga") == (422, "bank_line_exceeded")
    path = f"questions/{spent['entries'][0]['number']}/explain"
    assert await owed.no(path, {"amount": "40.00", **GBP, **ON}) == (422, "second_person_needed")
    await owed.done(path, {"amount": "40.00", **GBP, **ON}, "officer:olga")
    assert await owed.no(path, {"amount": "0.01", **GBP, **ON}, "officer:olga") == (422, "question_exceeded")
    path = f"questions/{first['entries'][0]['number']}/explain"
    await owed.done(path, {"amount": "60.00", **GBP, **ON}, "officer:olga")
    assert await owed.balances(DISPUTED, UNIDENTIFIED) == ["0.00", "150.00"]
    assert await owed.state("spent") == "40.00"
    await lives.accept(explains, "officer:olga", "claims", D)
    assert await owed.no("questions", {"of": 1, "amount": "1.00", **GBP, **ON}) == (404, "source_not_found")
    await right(lives, book)


async def test_a_demand_needs_its_notice_and_a_persons_thought(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """Incomplete or unsent, the notice allows none; without a written consideration a person decides, and then it is done once."""
    lacking = await owed.notice("60.00", pay_by=None, sent=False)
    assert await owed.no(f"notices/{lacking}/move", {"act": "sent", "on": DAY}) == (422, "notice_incomplete")
    found = (await owed.demand("60.00", lacking))["decision"]
    assert (found["outcome"], [each["rule"] for each in found["findings"]]) == (
        "deny", ["statute.demand_notice_incomplete", "statute.demand_notice_not_given"]
    )  # fmt: skip
    unsent = await owed.notice("60.00", sent=False)
    found = (await owed.demand("60.00", unsent))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["statute.demand_notice_not_given"]
    unthought = await owed.notice("60.00", considered=False)
    referred = (await owed.demand("60.00", unthought))["decision"]
    assert (referred["outcome"], [each["rule"] for each in referred["findings"]]) == (
        "refer", ["icb_policy.safeguarding_first", "statute.demand_factors"]
    )  # fmt: skip
    await owed.done(f"decisions/{referred['number']}/approve", ON, "officer:olga")
    made = await owed.demand("60.00", unthought, approved=referred["number"])
    assert made["decision"]["outcome"] == "allow"
    assert await owed.balances(RECLAIM, ADVANCE) == ["60.00", "1940.00"]
    body = {"notice": unthought, "line": "D", "amount": "60.00", "source": "advance", **GBP, **ON}
    assert await owed.no("demands", body) == (409, "notice_used")
    listed = (await lives.get("/recovery/notices?limit=1", "officer")).json()
    assert [(each["number"], each["act"], each["pay_by"]) for each in listed["notices"]] == [(lacking, "made", None)]
    assert code(await lives.get("/recovery/notices", "commissioner")) == (403, "permission_missing")
    more = (await owed.demand("1940.01", await owed.notice("1940.01")))["decision"]
    assert [each["rule"] for each in more["findings"]] == ["icb_policy.owing_more_than_there"]
    await right(lives, book)


async def test_a_notice_that_a_demand_rests_on_stays(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """It is not withdrawn while anything was demanded by it, nor once a penny of that was repaid; when the demand is withdrawn
    whole it may be, and then nothing is demanded by it."""
    first, second = await owed.notice("60.00"), await owed.notice("40.00")
    one, two = [
        (await owed.demand(amount, notice))["entries"][0]["number"]
        for amount, notice in (("60.00", first), ("40.00", second))
    ]
    gone = {"act": "withdrawn", "on": DAY}
    for notice in (first, second):
        assert await owed.no(f"notices/{notice}/move", gone) == (409, "notice_leant_on")
    await owed.done(f"demands/{one}/repayments", {"amount": "0.01", "bank": "main", **GBP, **ON}, "finance")
    await owed.done(f"demands/{one}/withdrawals", {"amount": "59.99", **GBP, **ON}, "officer:olga")
    assert await owed.no(f"notices/{first}/move", gone) == (409, "notice_leant_on")
    await owed.done(f"demands/{two}/withdrawals", {"amount": "40.00", **GBP, **ON}, "officer:olga")
    await owed.done(f"notices/{second}/move", gone)
    third = await owed.notice("10.00")
    await owed.done(f"notices/{third}/move", gone)
    found = (await owed.demand("10.00", third))["decision"]
    assert "statute.demand_notice_not_given" in [each["rule"] for each in found["findings"]]
    await right(lives, book)


async def test_after_a_death_the_personal_representatives_pay(owed: Owed, lives: Tried) -> None:
    """Nobody else's notice allows a demand; theirs opens what the estate owes."""
    body = {"act": "died", "on": "2025-05-30"}
    answer = await lives.client.post(
        f"/v1/books/TEST/people/{DORA}/events", body, headers={**lives.headers("officer"), "Idempotency-Key": "died"}
    )
    assert answer.status_code == 201, answer.text
    found = (await owed.demand("60.00", await owed.notice("60.00")))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["statute.demand_after_death"]
    estate = await owed.notice("60.00", reasons=["died"], debtor="ESTATE1", debtor_is="personal_representatives")
    assert (await owed.demand("60.00", estate))["decision"]["outcome"] == "allow"
    assert await owed.balances(f"receivable/reclaim/ESTATE1/{DORA}") == ["60.00"]


async def test_a_demand_ends_in_parts(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """£100 of a questioned bank line: part repaid, a repayment that bounced owed again, part waived, part written off, part
    withdrawn and questioned again; by another than demanded, and never more than is outstanding."""
    taken = await owed.bank_line("150.00")
    asked = (await owed.done("questions", {"of": taken, "amount": "120.00", **GBP, **ON}))["entries"][0]["number"]
    number = await owed.demanded("100.00", source="disputed", of=asked)
    assert await owed.balances(RECLAIM, DISPUTED) == ["100.00", "20.00"]
    repay = {"amount": "40.00", "bank": "main", **GBP, **ON}
    bounced = await owed.done(f"demands/{number}/repayments", repay, "finance")
    await owed.done(f"entries/{bounced['entries'][-1]['number']}/reverse", ON, "finance:ron")
    assert await owed.balances(RECLAIM) == ["100.00"]
    await owed.done(f"demands/{number}/repayments", repay, "finance")
    gone = {"amount": "20.00", "authority": "reg15.7", **GBP, **ON}
    assert await owed.no(f"demands/{number}/waivers", gone) == (422, "second_person_needed")
    await owed.done(f"demands/{number}/waivers", gone, "officer:olga")
    await owed.done(f"demands/{number}/write-offs", {**gone, "loss": "bad_debt", "authority": "sfi"}, "finance:fay")
    over = await owed.done(f"demands/{number}/withdrawals", {"amount": "15.00", **GBP, **ON}, "officer:olga")
    assert over["entries"][-1]["event"] == 19
    assert await owed.balances(RECLAIM, DISPUTED) == ["5.00", "35.00"]
    assert await owed.no(f"demands/{number}/repayments", repay, "finance") == (422, "demand_exceeded")
    back = f"entries/{over['entries'][-1]['number']}/reverse"
    assert await owed.no(back, ON, "finance:ron") == (422, "recovery_not_reversed")
    listed = (await lives.get("/recovery/receivables?on=2025-08-01", "finance")).json()
    assert (listed["outstanding"], [(each["outstanding"], each["age"]) for each in listed["debts"]]) == (
        "5.00", [("5.00", "1-30")]
    )  # fmt: skip
    waive = {"amount": "35.00", "authority": "reg15.7", "line": "D", **GBP, **ON}
    await owed.done(f"questions/{asked}/waivers", waive, "officer:olga")
    assert await owed.balances(DISPUTED) == ["0.00"]
    assert (await owed.state("lost"), await owed.state("recovering")) == ("75.00", "5.00")
    listed = (await lives.get("/recovery/losses", "auditor")).json()
    rows = [(each["loss"], each["amount"], each["authority"], each["limit"]) for each in listed["losses"]]
    assert (listed["lost"], rows) == ("75.00", [
        ("claim_waived", "20.00", "reg15.7", "500.00"), ("bad_debt", "20.00", "sfi", "500.00"),
        ("claim_waived", "35.00", "reg15.7", "500.00"),
    ])  # fmt: skip
    await right(lives, book)


async def test_withdrawn_money_is_where_it_was_and_can_be_explained(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """Accepted spend that was demanded is spent again, and can be questioned again; a bank line is questioned, then explained, and
    then claimed. Nothing is claimed as a civil debt of what is settled."""
    accepted = (await lives.accept(await lives.claim("40.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    spent = await owed.demanded("40.00", source="spent", of=accepted)
    assert (await owed.state("spent"), await owed.state("recovering")) == ("0.00", "40.00")
    body = {"of": accepted, "amount": "0.01", **GBP, **ON}
    assert await owed.no("questions", body) == (422, "source_exceeded")
    whole = {"amount": "40.00", **GBP, **ON}
    await owed.done(f"demands/{spent}/withdrawals", whole, "officer:olga")
    assert (await owed.state("spent"), await owed.balances(RECLAIM)) == ("40.00", ["0.00"])
    assert await owed.no(f"demands/{spent}/civil-debt", ON) == (409, "demand_settled")
    await owed.done("questions", {**body, "amount": "40.00"})
    taken = await owed.bank_line("40.00")
    line = await owed.demanded("40.00", source="unidentified", of=taken)
    claim = await lives.claim("40.00", bank_line=taken)
    assert await owed.no(f"claims/{claim}/accept", ON, "officer:olga") == (422, "bank_line_exceeded")
    withdrawn = await owed.done(f"demands/{line}/withdrawals", whole, "officer:olga")
    question = next(each["number"] for each in withdrawn["entries"] if each["kind"] == "evidence")
    assert await owed.balances(DISPUTED, UNIDENTIFIED) == ["80.00", "0.00"]
    await owed.done(f"questions/{question}/explain", whole, "officer:oscar")
    await lives.accept(claim, "officer:olga", "claims", D)
    assert await owed.balances(DISPUTED, UNIDENTIFIED) == ["40.00", "0.00"]
    await right(lives, book)


async def test_above_the_limit_somebody_with_a_higher_one_gives_it_up(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """£500 is within the limit of one person and a penny more is not; whoever approves it has a limit of their own, to the penny;
    anybody may decline; what was approved is done once."""
    number = await owed.demanded("1500.00")
    body = {"amount": "500.01", "authority": "sfi", "loss": "bad_debt", **GBP, **ON}
    referred = (await owed.done(f"demands/{number}/write-offs", body, "finance:fay"))["decision"]
    assert [each["rule"] for each in referred["findings"]] == ["icb_policy.over_delegated_limit"]
    approve = f"decisions/{referred['number']}/approve"
    assert await owed.no(approve, ON, "officer:olga") == (422, "over_own_limit")
    limit = {"grade": "band8", "act": "write_off", "amount": "500.00", "from": "2025-04-01", **GBP}
    await lives.done("/limits", limit, "finance:gil")
    await lives.done("/limits", {**limit, "act": "waive", "amount": "9000.00"}, "finance:gil")
    await lives.done("/grades", {"actor": "olga", "grade": "band8", "from": "2025-04-01"}, "finance:gil")
    assert await owed.no(approve, ON, "officer:olga") == (422, "over_own_limit")
    await lives.done("/limits", {**limit, "amount": "500.01"}, "finance:gil")
    await owed.done(approve, ON, "officer:olga")
    done = await owed.done(f"demands/{number}/write-offs", {**body, "approved": referred["number"]}, "finance:fay")
    assert done["decision"]["outcome"] == "allow"
    assert dict(done["entries"][0]["attributes"])["approved"] == str(referred["number"])
    lowered = """UPDATE phb.register SET attributes = attributes || '{"limit": "50000"}' WHERE act = 'approval'"""
    assert [name async for name in broken_by(book, lowered)] == ["R8"]
    again = await owed.no(f"demands/{number}/write-offs", {**body, "approved": referred["number"]}, "finance:fay")
    assert again == (422, "approval_unfit")
    rest = {**body, "amount": "500.00"}
    referred = (await owed.done(f"demands/{number}/write-offs", rest, "finance:fay"))["decision"]
    assert [each["rule"] for each in referred["findings"]] == ["icb_policy.over_delegated_limit"]
    approve = f"decisions/{referred['number']}/approve"
    assert await owed.no(approve, ON, "officer:olga") == (422, "over_own_limit")
    await lives.done("/limits", {**limit, "amount": "1000.01"}, "finance:gil")
    await owed.done(approve, ON, "officer:olga")
    await owed.done(f"demands/{number}/write-offs", {**rest, "approved": referred["number"]}, "finance:fay")
    waive = {"amount": "499.00", "authority": "reg15.7", **GBP, **ON}
    await owed.done(f"demands/{number}/waivers", waive, "officer:olga")
    body = {**body, "amount": "0.98"}
    await lives.done("/grades", {"actor": "pat", "grade": "band2", "from": "2025-04-01"}, "finance:gil")
    await lives.done("/limits", {**limit, "grade": "band2", "amount": "0.00"}, "finance:gil")
    referred = (await owed.done(f"demands/{number}/write-offs", body, "finance:pat"))["decision"]
    declined = await owed.done(f"decisions/{referred['number']}/decline", {**ON, **NO}, "officer:oskar")
    assert declined["outcome"] == "deny"
    await right(lives, book)


async def test_two_parts_that_were_both_approved_are_not_both_given_up_beyond_the_approvers_limit(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:
    """Each was within it when it was approved; the second is not when it is asked for again. Nor is what was approved of one demand
    an approval of another."""
    number, other = await owed.demanded("1200.00"), await owed.demanded("700.00")
    limit = {"grade": "band8", "act": "write_off", "amount": "1000.00", "from": "2025-04-01", **GBP}
    await lives.done("/limits", limit, "finance:gil")
    await lives.done("/grades", {"actor": "olga", "grade": "band8", "from": "2025-04-01"}, "finance:gil")
    body = {"amount": "600.00", "authority": "sfi", "loss": "bad_debt", **GBP, **ON}
    path, approved = f"demands/{number}/write-offs", []
    for _ in range(2):
        referred = (await owed.done(path, body, "finance:fay"))["decision"]
        await owed.done(f"decisions/{referred['number']}/approve", ON, "officer:olga")
        approved.append(referred["number"])
    elsewhere = await owed.no(f"demands/{other}/write-offs", {**body, "approved": approved[0]}, "finance:fay")
    assert elsewhere == (422, "approval_unfit")
    await owed.done(path, {**body, "approved": approved[0]}, "finance:fay")
    assert await owed.no(path, {**body, "approved": approved[1]}, "finance:fay") == (422, "approval_unfit")
    await right(lives, book)


async def test_a_limit_is_for_all_that_is_given_up_of_a_debt(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """In two parts as in one: £500 of a demand, or of a question, and what is a penny more is referred, whoever asks for it. The
    register shows parts that are too much together. A question is waived by another than asked it."""
    number = await owed.demanded("1100.00")
    asked = await owed.done("questions", {"of": await owed.bank_line("600.00"), "amount": "600.00", **GBP, **ON})
    question = asked["entries"][0]["number"]
    for path, more, who in (
        (f"demands/{number}/waivers", {}, "officer:olga"), (f"questions/{question}/waivers", {"line": "D"}, "officer:olga"),
        (f"demands/{number}/write-offs", {"loss": "bad_debt"}, "finance:fay"),
    ):  # fmt: skip
        body = {"amount": "250.00", "authority": "sfi", **more, **GBP, **ON}
        outcomes = []
        for amount in ("250.00", "249.99", "0.02", "0.01"):
            given = await owed.done(path, {**body, "amount": amount}, who)
            outcomes.append(given["decision"]["outcome"])
        assert outcomes == ["allow", "allow", "refer", "allow"], path
    own = {"amount": "1.00", "authority": "reg15.7", "line": "D", **GBP, **ON}
    assert await owed.no(f"questions/{question}/waivers", own, "officer") == (422, "second_person_needed")
    await right(lives, book)
    lowered = """UPDATE phb.register SET attributes = attributes || '{"limit": "40000"}' WHERE act = 'loss_recorded'
                 AND subject = (SELECT min(subject) FROM phb.register WHERE act = 'loss_recorded' AND attributes ? 'question'
                                AND attributes ->> 'amount' = '24999')"""
    assert [name async for name in broken_by(book, lowered)] == ["R8"]


async def test_a_surplus_is_looked_at_and_offset_from_the_next_instalment(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:
    """The worked figures: £5,500 less £900 is above eight weeks of payment, and at most £2,600 may be taken. £2,000 from the whole
    of this period, £600 of the next; then nothing of it is left, and it is not demanded besides."""
    for _ in range(2):
        await lives.instalment("2000.00")
    figures = {"line": "D", "liabilities": "900.00", "contingency": "2000.00", **GBP, **ON}
    ahead = {"on": "9999-12-31", "found": "none_unmet"}
    assert await owed.no("lines/D/care-checks", ahead) == (400, "dates_malformed")
    await owed.done("lines/D/care-checks", {"on": DAY, "found": "none_unmet"})
    local = {name: value for name, value in figures.items() if name != "contingency"}
    # Where no contingency was agreed, four weeks of payment stay, which is the local one: a penny more cannot be taken.
    more = 4_600_01 - weeks_of_payment(D.amount, D.start, D.end, 4)
    low = (await owed.done("surpluses", {**local, "balance": "5500.00", "amount": f"{more // 100}.{more % 100:02}"}))[
        "decision"
    ]
    assert [each["rule"] for each in low["findings"]] == ["icb_policy.owing_more_than_there"]
    assert low["findings"][0]["remedy"] == f"Name {pounds(more - 1)} or less."
    low = (await owed.done("surpluses", {**figures, "balance": "4800.00"}))["decision"]
    assert [each["rule"] for each in low["findings"]] == ["icb_policy.surplus_not_reached"]
    made = await owed.done("surpluses", {**figures, "balance": "5500.00"})
    assert (made["decision"]["outcome"], made["decision"]["amount"]) == ("allow", "2600.00")
    surplus = made["entries"][0]["number"]
    assert await owed.no("surpluses", {**figures, "balance": "5500.00", "amount": "0.01"}) == (409, "surplus_open")
    first, second = await owed.asked(), await owed.asked()
    body = {"amount": "2000.01", "bank": "main", "surplus": surplus, "period": "2025-06-02", "reasonable": "She agrees.",
            **GBP, **ON}  # fmt: skip
    found = (await owed.done(f"instalments/{first}/offset", body, "finance"))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["statute.offset_more_than_due"]
    whole = await owed.done(f"instalments/{first}/offset", {**body, "amount": "2000.00"}, "finance")
    assert (whole["entries"][-1]["event"], await owed.balances(ADVANCE)) == (21, ["6000.00"])
    found = (await owed.done(f"instalments/{second}/offset", {**body, "amount": "600.01"}, "finance"))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["icb_policy.owing_more_than_there"]
    part = await owed.done(f"instalments/{second}/offset", {**body, "amount": "600.00"}, "finance")
    assert (part["entries"][-1]["event"], await owed.balances(ADVANCE)) == (20, ["7400.00"])
    assert (await lives.money(D))["years"][0]["available"] == "16000.00"
    found = (await owed.demand("1.00", await owed.notice("1.00"), surplus=surplus))["decision"]
    assert "icb_policy.one_route" in [each["rule"] for each in found["findings"]]
    assert await owed.no(f"instalments/{second}/offset", body, "finance") == (409, "instalment_settled")
    await right(lives, book)


async def test_a_surplus_is_of_what_the_ledger_has_and_determined_once(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:  # fmt: skip
    """£9,000 is stated and £2,000 are there, of which £300 were demanded: £1,600 may be taken beside a contingency of £100, and no
    second surplus before that one is recovered."""
    figures = {"line": "D", "balance": "9000.00", "liabilities": "0.00", "contingency": "100.00", **GBP, **ON}
    await owed.demanded("300.00")
    await owed.done("lines/D/care-checks", {"on": DAY, "found": "none_unmet"})
    found = (await owed.done("surpluses", {**figures, "amount": "1600.01"}))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["icb_policy.owing_more_than_there"]
    made = await owed.done("surpluses", figures)
    assert (made["decision"]["outcome"], made["decision"]["amount"]) == ("allow", "1600.00")
    assert await owed.no("surpluses", figures) == (409, "surplus_open")
    await owed.demanded("1600.00", surplus=made["entries"][0]["number"])
    assert await owed.balances(ADVANCE, RECLAIM) == ["100.00", "1900.00"]
    low = (await owed.done("surpluses", figures))["decision"]
    assert low["amount"] == "0.00"
    await right(lives, book)


async def test_a_demand_is_offset_against_the_next_instalment(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """Route B (event 22): £600 demanded is kept from £2,000; the account has £2,000 more of ours, of which £600 were there."""
    number = await owed.demanded("600.00")
    instalment = await owed.asked()
    unsaid = {"amount": "600.00", "bank": "main", "demand": number, "reasonable": " ", **GBP, **ON}
    body = {**unsaid, "reasonable": "Nothing is planned with it."}
    assert await owed.no(f"instalments/{instalment}/offset", {**body, "surplus": 1}, "finance") == (
        400,
        "offset_of_one",
    )
    referred = (await owed.done(f"instalments/{instalment}/offset", unsaid, "finance"))["decision"]
    assert (referred["outcome"], [each["rule"] for each in referred["findings"]]) == (
        "refer", ["statute.offset_reasonable"]
    )  # fmt: skip
    done = await owed.done(f"instalments/{instalment}/offset", body, "finance")
    assert done["entries"][-1]["event"] == 22
    assert await owed.balances(RECLAIM, ADVANCE) == ["0.00", "3400.00"]
    assert (await owed.state("recovering"), await owed.state("available")) == ("0.00", "22000.00")
    await right(lives, book)


async def test_a_civil_debt_is_claimed_only_for_a_suspected_offence(owed: Owed) -> None:
    """Reg 16: the stated reason is an offence, and no other."""
    number = await owed.demanded("60.00")
    found = (await owed.done(f"demands/{number}/civil-debt", ON))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["statute.civil_debt_no_offence"]
    suspected = await owed.notice("70.00", reasons=["offence"])
    number = (await owed.demand("70.00", suspected))["entries"][0]["number"]
    assert (await owed.done(f"demands/{number}/civil-debt", ON))["decision"]["outcome"] == "allow"
    assert await owed.no(f"demands/{number}/civil-debt", ON) == (409, "civil_debt_claimed")


async def test_a_decision_is_looked_at_again_once_and_in_time(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """A demand once, and each purchase that was refused; the answer says whether it is late, and may withdraw the demand."""
    number = await owed.demanded("60.00")
    body = {"about": "demand", "of": number, "received_on": DAY}
    asked = await owed.done("reconsiderations", body)
    assert dict(asked["entries"][0]["attributes"])["answer_by"] == "2025-06-30"
    assert await owed.no("reconsiderations", {**body, "received_on": "9999-12-31"}) == (400, "dates_malformed")
    found = (await owed.done("reconsiderations", body))["decision"]
    assert [each["rule"] for each in found["findings"]] == ["statute.reconsidered_before"]
    path = f"reconsiderations/{asked['entries'][0]['number']}/answer"
    given = {"outcome": "changed", "answered_on": "2025-07-01", "withdrawn": "60.00"}
    assert await owed.no(path, given) == (422, "second_person_needed")
    answered = await owed.done(path, given, "officer:olga")
    assert dict(answered["entries"][-1]["attributes"])["late"] == "yes"
    assert await owed.balances(RECLAIM, ADVANCE) == ["0.00", "2000.00"]
    assert await owed.no(path, given, "officer:olga") == (409, "reconsideration_answered")
    claims = [await lives.spend(amount, who="officer", line="N", payee="A1") for amount in ("99999.00", "99998.00")]
    assert [each["outcome"] for each in claims] == ["deny", "deny"]
    ned = [{"about": "refusal", "of": each["number"], "received_on": DAY} for each in claims]
    assert (await lives.done("reconsiderations", ned[0]))["decision"]["outcome"] == "allow"
    assert (await lives.done("reconsiderations", ned[0]))["decision"]["outcome"] == "deny"
    assert (await lives.done("reconsiderations", ned[1]))["decision"]["outcome"] == "allow"
    await right(lives, book)


async def test_money_is_handed_back_before_a_demand_and_losses_are_expected(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:
    """Event 18 without a demand, up to what is in the account; event 24 by finance, up to the allowance when released."""
    body = {"line": "D", "amount": "500.00", "bank": "main", **GBP, **ON}
    await owed.done("hand-backs", body, "finance")
    assert await owed.balances(ADVANCE) == ["1500.00"]
    assert await owed.no("hand-backs", {**body, "amount": "1500.01"}, "finance") == (422, "source_exceeded")
    specs = (chart.account("allowance", reason="reclaim"), chart.account("impairment", year="2025-26"))
    await lives.do(OpenAccounts(accounts=specs))
    expected = {"reason": "reclaim", "year": "2025-26", "amount": "30.00", **GBP, **ON}
    await lives.done("/credit-losses", expected, "finance")
    await lives.done("/credit-losses", {**expected, "amount": "10.00", "released": True}, "finance")
    assert await owed.balances("allowance/reclaim", "impairment/2025-26") == ["-20.00", "20.00"]
    for year in ("", "2025-27", "2025-06"):
        assert code(await lives.send("/credit-losses", {**expected, "year": year}, "finance")) == (
            400,
            "period_malformed",
        )
    no = await lives.send("/credit-losses", {**expected, "released": True}, "finance")
    assert code(no) == (422, "ceiling_reached")
    await right(lives, book)


@pytest.mark.parametrize(
    ("path", "who"),
    [("questions", "finance"), ("demands", "finance"), ("demands/1/repayments", "officer"), ("notices", "holder:holder-D"),
     ("demands/1/waivers", "finance"), ("demands/1/write-offs", "officer"), ("/credit-losses", "officer"),
     ("instalments/1/offset", "officer"), ("surpluses", "finance"), ("balances", "finance"),
     ("lines/D/care-checks", "finance"), ("reconsiderations", "finance")],
)  # fmt: skip
async def test_who_may_not_is_told_so(lives: Tried, path: str, who: str) -> None:
    """Each route has one permission."""
    assert code(await lives.send(path, {}, who, D)) == (403, "permission_missing")
