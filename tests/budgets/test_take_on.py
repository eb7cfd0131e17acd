"""A caseload taken on: rehearsed without a trace, posted whole, each person once, its balances those of the rows."""

import json
from datetime import date
from pathlib import Path

import pytest

from ledger.book.database import READING, connect
from policies.paying import pay
from tests import kit
from tests.budgets.caseloads import made_up, money, nhs_number, one
from tests.budgets.taking_on import CutOff, TakingOn

PEOPLE = 50


@pytest.fixture
def taking(book: kit.Book, tmp_path: Path) -> TakingOn:
    """A new book."""
    return TakingOn(book, tmp_path)


async def test_fifty_people_are_taken_on_and_every_sum_is_that_of_the_rows(taking: TakingOn) -> None:
    """Balances equal the rows, verification and every identity hold, and no movement goes without its warrant."""
    sheets = made_up(7, PEOPLE)
    report = await taking.run(sheets)
    assert (report.troubles, report.differences) == ([], [])
    assert {each.state for each in report.people} == {"posted"}
    rows = sheets["openings"]
    for state in ("spent", "advanced", "recovering"):
        assert report.totals[state] == sum(int(row[state].replace(".", "")) for row in rows)
    allocated = sum(int(row["allocated"].replace(".", "")) for row in rows)
    ordered = sum(int(row["amount"].replace(".", "")) for row in sheets["orders"])
    owed = sum(int(row["amount"].replace(".", "")) for row in sheets["invoices"])
    states = await taking.states()
    assert (states["held"], states["owed"], report.totals["allocated"]) == (ordered, owed, allocated)
    assert states == {state: report.totals[state] for state in states}
    assert states["unfunded"] > 0
    found, broken = await taking.verified()
    assert (found.ok, found.why, broken) == (True, None, [])
    assert found.checks["movements_without_warrant"] == 0


async def test_each_state_comes_in_with_its_money(taking: TakingOn) -> None:
    """By hand: a joint line with an order and an unpaid invoice, and a direct payment with money owed back."""
    report = await taking.run(one())
    assert report.troubles == []
    found = await kit.rows(
        taking.book.dsn,
        "SELECT a.code, a.class, a.tags ->> 'line' AS line, b.balance FROM phb.account a "
        "JOIN phb.balance b USING (book_id, account_id) WHERE b.balance <> 0",
    )
    by_class: dict[str, int] = {}
    for row in found:
        by_class[row["class"]] = by_class.get(row["class"], 0) + row["balance"]
    assert by_class == {
        "source": -18_000_000_00, "unallocated": 18_000_000_00 - 36_400_00, "available": 5179_99 + 3720_00 + 15_250_00,
        "held": 100_01, "spent": 10_400_00, "advanced": 1_500_00, "recovering": 250_00, "expense": 10_400_00,
        "advance": 1_500_00, "receivable/reclaim": 250_00, "partner/unbilled": 150_00, "recharge": -400_00,
        "payable": -333_33, "opening": -(10_400_00 + 1_500_00 + 250_00 - 333_33 - 250_00),
    }  # fmt: skip
    verdict, broken = await taking.verified()
    assert (verdict.ok, broken) == (True, [])


async def test_a_rehearsal_says_what_an_import_does_and_leaves_nothing(taking: TakingOn) -> None:
    """The same report but for what was posted; no entry, no identity, no key."""
    sheets, before = made_up(3, 6), await taking.kept()
    rehearsed = await taking.run(sheets, is_trial=True)
    assert await taking.kept() == before
    assert rehearsed.troubles == []
    posted = await taking.run(sheets)
    assert (posted.totals, posted.by_fund, posted.counts) == (rehearsed.totals, rehearsed.by_fund, rehearsed.counts)
    assert [each.ref for each in posted.people] == [each.ref for each in rehearsed.people]


async def test_a_second_run_posts_nothing_and_a_cut_off_one_goes_on(taking: TakingOn) -> None:
    """Cut off at every place in turn: what is there is whole, the next run adds the rest, and at last nothing."""
    sheets = one()
    more = made_up(4, 3)
    for sheet in ("people", "plans", "accounts", "lines", "openings", "orders", "invoices"):
        sheets[sheet] += more[sheet]
    cuts, done = 0, None
    while done is None:
        try:
            # One item more than is known by then, so that every run gets a little further.
            done = await taking.run(sheets, cut_after=2)
        except CutOff:
            cuts += 1
    assert cuts > 2
    verdict, broken = await taking.verified()
    assert (verdict.ok, broken) == (True, [])
    assert done.troubles == []
    before = await taking.kept()
    again = await taking.run(sheets)
    assert {each.state for each in again.people} == {"there"}
    assert await taking.kept() == before
    assert (await taking.states())["spent"] == done.totals["spent"]


async def test_who_somebody_is_is_kept_though_the_import_was_cut_off_before(taking: TakingOn) -> None:
    """The book knows the person and the registrar nobody: the next run completes it."""
    await taking.run(one())
    await kit.rows(taking.book.dsn, "DELETE FROM phb.identity")
    await taking.run(one())
    assert (await kit.rows(taking.book.dsn, "SELECT count(*) FROM phb.identity"))[0][0] == 1


async def test_no_name_and_no_number_is_in_the_log(taking: TakingOn) -> None:
    """Names, NHS numbers, bank details, titles and the codes of the files stand in no line, and nowhere but in erasable places."""
    await taking.run(one())
    log = "\n".join(row["body"] for row in await kit.rows(taking.book.dsn, "SELECT body FROM phb.entry"))
    rows = await kit.rows(taking.book.dsn, "SELECT attributes::text AS text, subject FROM phb.register")
    log += "\n".join(row["text"] + row["subject"] for row in rows)
    for word in ("Ada", "Made-Up", nhs_number(1), "00012345", "Help", "INV-1", "C1|", "N1/", "/D1", "B1|"):
        assert word not in log, word
    [kept] = await kit.rows(taking.book.dsn, "SELECT content FROM phb.identity")
    assert json.loads(kept["content"]) == {"name": "Ada Made-Up", "nhs_number": nhs_number(1)}


async def test_every_figure_says_where_it_is_written(taking: TakingOn) -> None:
    """Behind each posting of event 55 that moves a line stands a row of a sheet of a file, by its hash."""
    report = await taking.run(one())
    hashes = {each.sheet: each.sha256 for each in report.files}
    rows = await kit.rows(
        taking.book.dsn,
        "SELECT r.attributes FROM phb.entry e JOIN phb.register r ON r.book_id = e.book_id "
        "AND r.number = split_part(e.body, '|', 15)::bigint WHERE split_part(e.body, '|', 6) = '55' ORDER BY e.number",
    )
    said = [json.loads(row["attributes"]) for row in rows]
    assert [(each["sheet"], each["row"]) for each in said] == [
        ("openings", "2"), ("openings", "3"), ("openings", "4"), ("orders", "2"), ("invoices", "2"),
    ]  # fmt: skip
    assert all(
        (each["file"], each["source"], each["take_on"]) == (hashes[each["sheet"]], "oldsys", "T-2025") for each in said
    )


async def test_an_order_taken_on_is_invoiced_and_an_invoice_paid_by_the_usual_way(taking: TakingOn) -> None:
    """Only once: the same reference is known, and who took it on does not pay it."""
    await taking.run(one())
    rows = await kit.rows(
        taking.book.dsn,
        "SELECT number, act FROM phb.register WHERE kind = 'evidence' AND act LIKE 'invoice%' ORDER BY number",
    )
    assert [row["act"] for row in rows] == ["invoice_entered", "invoice_accepted"]
    connection = await connect(taking.book.dsn, "phb_reader", taking.book.book_id, READING)
    try:
        found = await pay(connection, taking.book.book_id, run="R1", payee="A1", bank="main", invoices=[rows[1]["number"]],
                          effective_on=date(2025, 10, 2))  # fmt: skip
    finally:
        await connection.close()
    assert {row["number"] for row in rows} <= set(found.other_than)


WRONG: dict[str, tuple[str, str, str, str, str]] = {
    # sheet, column, text, code, told in column
    "a day": ("plans", "start", "1/4/2025", "day_malformed", "start"),
    "an amount": ("openings", "allocated", "ten", "amount_malformed", "allocated"),
    "a third decimal": ("openings", "spent", "1.005", "amount_over_precise", "spent"),
    "below nothing": ("openings", "spent", "-1.00", "amount_negative", "spent"),
    "a number": ("people", "nhs_number", "9990000011", "nhs_number_malformed", "nhs_number"),
    "no name": ("people", "name", "", "cell_missing", "name"),
    "a plan of nobody": ("plans", "person", "C9", "name_unknown", "person"),
    "an unknown fund": ("openings", "fund", "chc", "fund_not_of_line", "fund"),
    "a year that is not open": ("openings", "year", "2024-25", "fund_year_not_open", "year"),
    "a service": ("orders", "service", "courses", "service_not_of_line", "service"),
    "an order of too much": ("orders", "amount", "10000.00", "not_enough_available", "amount"),
    "another left": ("openings", "available", "5180.00", "available_differs", "available"),
    "another held": ("openings", "held", "60.02", "held_differs", "held"),
    "more owed than spent": ("invoices", "amount", "1400.01", "owed_over_spent", "amount"),
    "more than the plan says": ("lines", "amount", "10399.99", "allocated_over_amount", "allocated"),
    "an opening to come": ("take_on", "opens_on", "2026-02-01", "effective_in_future", "opens_on"),
    "an opening before the book": ("take_on", "opens_on", "2025-03-31", "before_first_month", "opens_on"),
    "complete too early": ("take_on", "complete_from", "2025-09-30", "complete_before_opening", "complete_from"),
    "a consent to come": ("people", "consent_on", "2099-02-01", "dates_malformed", "consent_on"),
    "a management": ("lines", "management", "cash", "code_unknown", "management"),
    "a payee": ("invoices", "payee", "Z9", "name_unknown", "payee"),
    "a partner of none": ("openings", "partner_owes", "1.00", "partner_malformed", "partner_owes"),
    "an NHS number as a code": ("payees", "payee", nhs_number(5), "code_malformed", "payee"),
    "a control character": ("people", "name", "Ada\x85", "text_malformed", "name"),
}  # fmt: skip


async def test_what_is_wrong_is_named_and_nothing_is_posted(taking: TakingOn) -> None:
    """Sheet, line, column and code; and the book is as it was."""
    before = await taking.kept()
    for what, (sheet, column, text, code, told) in WRONG.items():
        sheets = one()
        sheets[sheet][0][column] = text
        report = await taking.run(sheets)
        assert (code, told) in {(each.code, each.column) for each in report.troubles}, (what, report.troubles)
        assert all(each.line > 0 and each.reason for each in report.troubles)
    assert await taking.kept() == before


async def test_all_that_is_wrong_is_told_at_once(taking: TakingOn) -> None:
    """Faults of shape, of cells and between rows, in the order of the files."""
    sheets = one()
    sheets["people"][0]["nhs_number"] = "1"
    sheets["plans"].append({**sheets["plans"][0]})
    sheets["lines"][1]["services"] = "nothing"
    sheets["openings"][2]["advanced"] = "x"
    sheets["invoices"].append({**sheets["invoices"][0], "reference": "inv-1 "})
    report = await taking.run(sheets)
    found = [(each.sheet, each.line, each.column, each.code) for each in report.troubles]
    assert found == sorted(found)
    assert {
        ("people", 2, "nhs_number", "nhs_number_malformed"), ("plans", 3, "plan", "name_repeated"),
        ("lines", 3, "services", "service_unknown"), ("openings", 4, "advanced", "amount_malformed"),
        ("invoices", 3, "reference", "name_repeated"),
    } <= set(found)  # fmt: skip


async def test_a_fund_that_has_too_little_is_told_by_the_rehearsal(taking: TakingOn) -> None:
    """The book itself says no, at the person who finds nothing left, before anything is posted."""
    sheets = one()
    sheets["funds"][0]["granted"] = "32239.99"
    report = await taking.run(sheets, is_trial=True)
    assert [(each.sheet, each.line, each.code) for each in report.troubles] == [("people", 2, "not_enough_available")]


async def test_a_number_that_somebody_has_is_told_and_not_whose(taking: TakingOn) -> None:
    """In a rehearsal too, within the files or in the book."""
    await taking.run(one())
    sheets = one()
    sheets["people"][0]["person"] = sheets["plans"][0]["person"] = sheets["accounts"][0]["person"] = "C2"
    sheets["invoices"] = []
    report = await taking.run(sheets, is_trial=True)
    assert [(each.code, each.column) for each in report.troubles] == [("person_known", "nhs_number")]


async def test_other_rows_for_somebody_who_is_there_are_told(taking: TakingOn) -> None:
    """What is in the book is put right in the book, never by sending the files again."""
    await taking.run(one())
    sheets, before = one(), await taking.kept()
    sheets["openings"][2]["spent"] = "8999.99"
    report = await taking.run(sheets)
    assert [(each.code, each.line) for each in report.troubles] == [("person_changed", 2)]
    assert await taking.kept() == before


async def test_control_totals_that_differ_are_listed(taking: TakingOn) -> None:
    """By measure and fund, what was expected and what the rows come to."""
    sheets = one()
    sheets["control"] = [
        {"measure": "people", "expected": "2"}, {"measure": "spent", "fund": "council", "expected": "400.00"},
        {"measure": "spent", "expected": money(1040001)},
    ]  # fmt: skip
    report = await taking.run(sheets, is_trial=True)
    assert [(each.measure, each.fund, each.found - each.expected) for each in report.differences] == [
        ("people", None, -1), ("spent", None, -1),
    ]  # fmt: skip


async def test_a_person_with_much_is_taken_on_whole_and_one_with_too_much_is_told(taking: TakingOn) -> None:
    """Everything is one group, of up to five hundred entries; nothing of anybody is posted in halves, nor twice."""
    sheets = one()
    invoice = sheets["invoices"][0]
    sheets["invoices"] = [{**invoice, "reference": f"I{n}", "amount": "1.00"} for n in range(250)]
    report = await taking.run(sheets, is_trial=True)
    assert [(each.code, each.column) for each in report.troubles] == [("person_too_large", "person")]
    sheets["invoices"] = sheets["invoices"][:150]
    report = await taking.run(sheets)
    assert (report.troubles, report.people[0].state) == ([], "posted")
    asked = "SELECT max(entries) AS entries, count(*) AS keys, sum(entries) AS posted FROM phb.request_key"
    [before] = await kit.rows(taking.book.dsn, asked)
    assert before["entries"] > 300
    again = await taking.run(sheets)
    assert (again.troubles, again.people[0].state) == ([], "there")
    assert await kit.rows(taking.book.dsn, asked) == [before]


async def test_what_is_kept_for_emergencies_comes_in_as_that(taking: TakingOn) -> None:
    """It is no longer available, and more of it than is left is told."""
    sheets = one()
    sheets["openings"][0] |= {"contingency": "100.00", "available": "5079.99"}
    too_much = one()
    too_much["openings"][0] |= {"contingency": "9000.00", "available": "0.00"}
    report = await taking.run(too_much, is_trial=True)
    assert ("contingency", "amount_too_large") in [(each.column, each.code) for each in report.troubles]
    report = await taking.run(sheets)
    assert report.troubles == []
    kept = "SELECT b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id) WHERE a.class = 'contingency'"
    assert sorted(row["balance"] for row in await kit.rows(taking.book.dsn, kept))[-1] == 100_00


async def test_what_the_person_owed_before_is_a_demand_and_what_a_provider_owed_is_none(taking: TakingOn) -> None:
    """Each figure of it is demanded once, behind its statement; then it is owed as any other debt, to the penny (R5)."""
    sheets = one()
    sheets["openings"][0] |= {"recovering": "10.00", "debtor": "A1", "available": "5169.99"}
    report = await taking.run(sheets)
    assert report.troubles == []
    rows = await kit.rows(taking.book.dsn, "SELECT number, attributes FROM phb.register WHERE act = 'demanded'")
    [given] = [json.loads(row["attributes"]) for row in rows]
    assert (given["amount"], given["debtor"], given["source"], given["notice"]) == (
        "25000", report.people[0].ref, "advance", "0",
    )  # fmt: skip
    [said] = await kit.rows(taking.book.dsn, "SELECT act FROM phb.register WHERE number = $1 - 1", rows[0]["number"])
    assert said["act"] == "opening_stated"
    verdict, broken = await taking.verified()
    assert (verdict.ok, broken) == (True, [])


async def test_money_that_left_an_account_unexplained_is_a_line_of_its_bank(taking: TakingOn) -> None:
    """Of £1,500 paid out £150.50 have left without evidence, by two payments: each is an open line of the bank, on the day on which
    balances open, with its row; every identity holds, and the same rows again are there."""
    sheets = one()
    sheets["bank_lines"] = [
        {"account": "B1", "on": "2025-05-02", "amount": "100.50", "reference": "POS 1"},
        {"account": "B1", "on": "2025-05-09", "amount": "50.00", "reference": "POS 2"},
    ]
    report = await taking.run(sheets)
    assert (report.troubles, report.counts["bank_lines"]) == ([], 2)
    asked = ("SELECT a.class, b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id) "
             "WHERE a.class IN ('advance', 'unidentified')")  # fmt: skip
    found = {row["class"]: row["balance"] for row in await kit.rows(taking.book.dsn, asked)}
    assert found == {"advance": 1_349_50, "unidentified": 150_50}
    rows = await kit.rows(
        taking.book.dsn, "SELECT number, attributes FROM phb.register WHERE act = 'bank_line_taken' ORDER BY 1"
    )
    said = [json.loads(row["attributes"]) for row in rows]
    assert [(each["amount"], each["document_on"], each["sheet"], each["row"], each["take_on"]) for each in said] == [
        ("10050", "2025-05-02", "bank_lines", "2", "T-2025"), ("5000", "2025-05-09", "bank_lines", "3", "T-2025"),
    ]  # fmt: skip
    posted = await kit.rows(taking.book.dsn, "SELECT split_part(body, '|', 6) AS event FROM phb.entry WHERE number = $1",
                            rows[0]["number"] + 1)  # fmt: skip
    assert posted[0]["event"] == "13"
    assert (await taking.run(sheets)).people[0].state == "there"
    verdict, broken = await taking.verified()
    assert (verdict.ok, verdict.why, broken) == (True, None, [])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"amount": "1500.01"}, ("amount", "unexplained_over_advanced")), ({"amount": "0"}, ("amount", "amount_zero")),
        ({"account": "B9"}, ("account", "name_unknown")), ({"on": "2026-03-01"}, ("on", "bank_line_after_opening")),
        ({"reference": ""}, ("reference", "cell_missing")), ({"reference": "\u2060"}, ("reference", "text_malformed")),
    ],
)  # fmt: skip
async def test_lines_of_a_bank_that_cannot_be_are_told(
    taking: TakingOn, row: dict[str, str], told: tuple[str, str]
) -> None:
    """More than is there, nothing, of no account, of a day that the bank's statements bring, without a reference."""
    sheets = one()
    sheets["bank_lines"] = [{"account": "B1", "on": "2025-05-02", "amount": "10.00", "reference": "POS 1"} | row]
    report = await taking.run(sheets, is_trial=True)
    assert told in {
        (each.column, each.code) for each in report.troubles if (each.sheet, each.line) == ("bank_lines", 2)
    }


async def test_what_is_not_taken_on_is_refused_with_what_to_do(taking: TakingOn) -> None:
    """A sum in suspense: by line, column and code; a nought says nothing."""
    before = await taking.kept()
    sheets = one()
    sheets["openings"][2] |= {"unidentified": "150.50", "disputed": "0.00"}
    report = await taking.run(sheets)
    found = {(each.sheet, each.line, each.column, each.code): each.reason for each in report.troubles}
    assert "bank_lines" in found["openings", 4, "unidentified", "suspense_not_taken_on"]
    assert not any(column == "disputed" for _, _, column, _ in found)
    assert await taking.kept() == before
