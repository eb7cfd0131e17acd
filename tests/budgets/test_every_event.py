"""Every event of accounting.md has its function and a test that shows what it posts; every identity has a breach that it finds."""

import ast
import os
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.book.database import connect
from ledger.book.sink import LiveSink
from ledger.budgets import accruals, acts, bills, facts, third_parties, year_end
from ledger.budgets.chart import share_accounts
from ledger.budgets.feeds import Feed, FeedRow, Importer
from ledger.budgets.shares import Share
from ledger.core.model import Asked
from ledger.reports.identities import HERE, NOT_YET
from tests import kit
from tests.budgets import test_events, test_golden_year_end, test_owed_events, test_recovery
from tests.budgets.test_events import HELD_N, SO, TRANSIT, D, N, W, held, share
from tests.reports.test_identities import PLANTS
from tests.worked_example import NEXT, YEAR, code_of, filled
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
ALL = range(1, 56)
NOT_BUILT: dict[int, str] = {}
"""Events that no function posts, each with the reason. There are none."""
POSTED_AS = {
    15: (12, 13),  # What is more than the line was paid waits as a bank line does.
    43: (6,),  # An invoice of a line that several funds bear.
    46: (6,),  # The same, of a line to which the person contributes.
}
"""Rows of the page that are another row on other shares, and have no number of their own in an entry."""
SHOWN_BY_ITSELF = {
    15: "tests/budgets/test_events.py::test_evidence_for_more_than_was_paid_waits_and_what_is_not_ours_is_not_posted",
    16: "tests/budgets/test_events.py::test_spend_above_all_our_money_can_be_reimbursed",
    25: "tests/budgets/test_stopping.py::test_a_liability_taken_over_is_provided_for_in_each_share",
    26: "tests/budgets/test_stopping.py::test_a_liability_is_paid_to_whoever_sent_the_invoice_and_the_rest_comes_back",
    30: "tests/budgets/test_events.py::test_a_hold_is_released_whole_or_by_amount_and_a_settlement_reversed",
    38: "tests/budgets/test_every_event.py::test_a_reversal_is_the_mirror_of_both_layers",
    39: "tests/budgets/test_golden_year_end.py::test_a_correction_stands_on_the_next_year",
    40: "tests/budgets/test_moves.py::test_each_half_of_a_move_posts_the_columns_of_the_page",
    41: "tests/budgets/test_moves.py::test_each_half_of_a_move_posts_the_columns_of_the_page",
    42: "tests/budgets/test_moves.py::test_each_half_of_a_move_posts_the_columns_of_the_page",
    48: "tests/budgets/test_golden_year_end.py::test_care_not_invoiced_is_settled_out_of_its_order",
    53: "tests/budgets/test_every_event.py::test_imported_rows_stand_on_their_payee_and_the_bank",
}
"""Events whose postings a test of their own shows; the others are rows of the tables below."""
PARTS = {
    **dict.fromkeys((1, 3, 4, 8, 13, 14, 18, 19, 24, 31, 32, 33, 35, 44, 45, 47, 49, 50, 52, 54), 2), 17: 4, 23: 3, 34: 3,
}  # fmt: skip
"""Rows of the page that say more than one thing (17 has three sources of unspent money, and spend that was accepted)."""
BREACHED_ELSEWHERE = {"R4": "tests/reports/test_periods.py::test_what_was_changed_is_named"}
REQUESTS = ("Post", "PlaceHold", "SettleHold", "ReleaseHold", "Reverse", "Correct")


def share_of_e(**more: Any) -> Share:
    """A second line of P1."""
    return msgspec.structs.replace(share("D"), line="E", **more)


def with_e() -> World:
    """The world of the other rows, where P1 has a line E as well."""
    world = filled()
    world.done(share_accounts("E", "nhs", YEAR, person="P1", kind="ring_fenced"))
    for state in ("available", "advanced"):
        world.set_balance(share_of_e().code(state), 10**6)
    return world


def following(of: Share) -> Share:
    """The same share of the next year, with nothing in it."""
    return msgspec.structs.replace(of, year=NEXT, available=0, held=0, advanced=0)


def ending(rule: str) -> list[year_end.Ending]:
    """The end of D's year: something is left, something is out."""
    left = share("D", available=70, contingency=5, held=0, advanced=20, recovering=4)
    return [year_end.Ending(left, following(left), rule)]


E = [share_of_e()]
EXP_W = "Wn.expense 50, Wo.expense 10, payable -60, contribution 10, Wo.recharge -10"
HELD_W = {code_of("Wn.held"): 50, code_of("Wo.held"): 10}
ROWS: dict[str, tuple[Any, str]] = {
    "10 with its fee": (
        third_parties.statement_accepted(amount=90, shares=D, fee=10, fee_shares=E, third_party="T1", **SO),
        "D.spent 90, D.adv -90, E.spent 10, E.adv -10, D.expense 90, E.expense 10, tp_advance.D -100",
    ),
    "31 authority": (acts.virement(amount=30, out_of=D, into=E, **SO), "E.av 30, D.av -30"),
    "31 cash in hand": (acts.virement(amount=30, out_of=D, into=E, state="advanced", **SO), "E.adv 30, D.adv -30"),
    "35 at the close": (year_end.line_ended(ending("committed"), **SO)[0], "nhs.lapsed 75, D.av -70, D.cont -5"),
    "35 of a fund": (
        year_end.fund_ended(fund="nhs", year=YEAR, unallocated=9, rule="committed", **SO), "nhs.lapsed 9, nhs.una -9"
    ),
    "36": (
        year_end.line_ended(ending("all"), **SO)[0],
        "nhs.carried 99, D.av -70, D.cont -5, D.adv -20, D.rec -4, D.av+ 70, D.cont+ 5, D.adv+ 20, D.rec+ 4, nhs.carried+ -99",
    ),
    "36 of a fund": (
        year_end.fund_ended(fund="nhs", year=YEAR, unallocated=9, rule="all", **SO),
        "nhs.carried 9, nhs.una -9, nhs.una+ 9, nhs.carried+ -9",
    ),
    "37": (
        year_end.line_ended(ending("none"), **SO)[1],
        "nhs.lapsed 24, D.adv -20, D.rec -4, D.adv+ 20, D.rec+ 4, nhs.una+ -24",
    ),
    "44 billed": (bills.partner_billed(amount=7, partner="council", **SO), "billed 7, unbilled -7"),
    "44 pays": (bills.partner_paid(amount=7, partner="council", bank="main", **SO), "bank 7, billed -7"),
    "44 billed too much": (bills.bill_credited(amount=7, partner="council", **SO), "unbilled 7, billed -7"),
    "45 returned": (
        acts.contribution_returned(amount=4, share=W[1], bank="main", **SO),
        "own.source 4, Wo.av -4, contribution 4, bank -4",
    ),
    "47": (
        accruals.care_accrued(amount=100, shares=N, month="2025-05", **SO)[0],
        "Nn.expense 60, Nc.expense 40, Nn.accrual -60, Nc.accrual -40, unbilled 40, Nc.recharge -40",
    ),
    "47 on day one": (
        accruals.care_accrued(amount=100, shares=N, month="2025-05", **SO)[1],
        "Nn.expense -60, Nc.expense -40, Nn.accrual 60, Nc.accrual 40, unbilled -40, Nc.recharge 40",
    ),
}  # fmt: skip
"""Columns of the page, written by hand, of what the tables of the other tests leave out. A plus is the next year."""


def legs(text: str) -> dict[str, int]:
    """The legs of short forms; a second line of P1 is E, and what a fund lapses or carries is its own."""
    found = {}
    for part in text.split(", "):
        short, pence = part.split()
        left, _, right = short.rstrip("+").partition(".")
        if right in ("lapsed", "carried"):
            code = f"fund/{left}/{NEXT if short.endswith('+') else YEAR}/{right}"
        else:
            code = (
                code_of(f"D.{right}{short[len(short.rstrip('+')) :]}").replace("/D/", "/E/")
                if left == "E"
                else code_of(short)
            )
        found[code] = int(pence)
    return found


@pytest.mark.parametrize("name", ROWS)
def test_each_event_posts_the_columns_of_the_page(name: str) -> None:
    """Number, accounts and pence are those of section 3, and L1 to L8 and every guard allow it."""
    request, columns = ROWS[name]
    outcome = with_e().ask(request)
    assert outcome.refusal is None, outcome.refusal
    [entry] = outcome.entries
    assert (entry.event, dict(entry.legs)) == (int(name.split()[0]), legs(columns))


HOLDS: dict[str, tuple[list[Share], Any, str]] = {
    "9": (
        D, lambda hold: third_parties.held_third_party_instalment_paid(
            hold=hold, remaining={code_of("D.held"): 100}, amount=100, shares=D, third_party="T1", through=TRANSIT, **SO
        ),
        "D.adv 100, D.held -100, tp_advance.D 100, transit -100",
    ),
    "46": (
        W, lambda hold: facts.invoice_settles_hold(
            hold=hold, remaining=HELD_W, amount=60, shares=W, payee="A1", final=True, **SO
        ),
        "Wn.spent 50, Wn.held -50, Wo.spent 10, Wo.held -10, " + EXP_W,
    ),
    "43": (
        N, lambda hold: facts.invoice_settles_hold(
            hold=hold, remaining=HELD_N, amount=100, shares=N, payee="A1", final=True, **SO
        ),
        "Nn.spent 60, Nn.held -60, Nc.spent 40, Nc.held -40, Nn.expense 60, Nc.expense 40, payable -100, unbilled 40, "
        "Nc.recharge -40",
    ),
    "54 of an order": (
        N, lambda hold: facts.payment_assigned_to_hold(
            hold=hold, remaining=HELD_N, amount=100, shares=N, source="csv", payee="A1", final=True, **SO
        ),
        "Nn.spent 60, Nn.held -60, Nc.spent 40, Nc.held -40, Nn.expense 60, Nc.expense 40, unassigned -100, unbilled 40, "
        "Nc.recharge -40",
    ),
}  # fmt: skip
"""Event → whose order it is, what uses the hold, and the columns."""


@pytest.mark.parametrize("name", HOLDS)
def test_what_was_kept_becomes_what_the_page_says(name: str) -> None:
    """Out of the hold, which is closed then."""
    ordered, use, columns = HOLDS[name]
    amount = 60 if ordered is W else 100
    world, hold = held(amount, ordered)
    outcome = world.ask(use(hold))
    assert outcome.refusal is None, outcome.refusal
    number = int(name.split()[0])
    [entry] = outcome.entries
    assert entry.event == POSTED_AS.get(number, (number,))[0]
    assert dict(entry.legs) == legs(columns)
    kept = world.state.holds[hold]
    assert kept is not None
    assert kept.closed


def test_an_instalment_that_crosses_the_years_end_is_of_both_years() -> None:
    """Event 51, the page's own figures: £4,000 for 28 days from 31 March, of which one is of the old year."""
    world = filled()
    later = msgspec.structs.replace(share("D"), year=NEXT)
    made = {share("D").code("held"): 142_86, later.code("held"): 3_857_14}
    order = acts.kept_by_year(parts=[(142_86, D), (3_857_14, [later])], purpose="instalment", **SO)
    hold = world.done(order)
    paid = acts.held_instalment_of_years_paid(
        hold=hold, remaining=made, shares=[*D, later], into=code_of("advance.D"), through=TRANSIT, **SO
    )
    [entry] = world.ask(paid).entries
    assert (entry.event, dict(entry.legs)) == (51, legs(
        "D.held -14286, D.adv 14286, D.held+ -385714, D.adv+ 385714, advance.D 400000, transit -400000"
    ))  # fmt: skip


def test_a_reversal_is_the_mirror_of_both_layers() -> None:
    """Event 38: every leg negated, once."""
    world = filled()
    number = world.done(facts.invoice_settled_directly(amount=100, shares=N, payee="A1", **SO))
    [entry] = world.ask(acts.reversal(entry=number, line="N", **SO)).entries
    assert entry.event == 38
    assert dict(entry.legs) == {code: -pence for code, pence in world.entries[number].legs}
    assert world.code(acts.reversal(entry=number, line="N", **SO)) == "already_reversed"


async def test_imported_rows_stand_on_their_payee_and_the_bank(book: kit.Book, make_writer: Any) -> None:
    """Event 53: a payment is Dr unassigned / Cr bank, a credit the other way; no row touches a budget."""
    feed = Feed(book=book.code, name="payments", asked=Asked("test", "tester", source="imported"),
                request_secret=os.urandom(32), lookup_secret=os.urandom(32), token=lambda: "py-1",
                salt=lambda: os.urandom(16))  # fmt: skip
    connection = await connect(book.dsn, "phb_writer", book.book_id)
    try:
        importer = Importer(feed, LiveSink(await make_writer(), connection, book.book_id))
        rows = [FeedRow(line, date(2025, 6, 2), "A CARE HOME", pence) for line, pence in ((2, 75_50), (3, -5_00))]
        await importer.run(rows)
    finally:
        await connection.close()
    found = await kit.rows(
        book.dsn, "SELECT p.number, a.code, p.amount FROM phb.posting p JOIN phb.account a USING (book_id, account_id) "
        "JOIN phb.entry e USING (book_id, number) WHERE split_part(e.body, '|', 6) = '53' ORDER BY p.number, a.code",
    )  # fmt: skip
    assert [(row["code"], row["amount"]) for row in found] == [
        ("bank/payments", -75_50), ("unassigned/payments/py-1", 75_50),
        ("bank/payments", 5_00), ("unassigned/payments/py-1", -5_00),
    ]  # fmt: skip


def _numbers(text: str) -> set[int]:
    """The events that a docstring names: `Event 9`, `events 6, 28 and 29`, `events 20 to 22`."""
    found: set[int] = set()
    for said in re.findall(
        r"\b[Ee]vents? (\d+(?:(?:, | and | to |; )\d+)*)", " ".join(re.sub(r"\([^)]*\)", "", text).split())
    ):
        parts = re.split(r"(, | and | to |; )", said)
        found.add(int(parts[0]))
        for between, number in zip(parts[1::2], parts[2::2], strict=True):
            first = max(found) if between == " to " else int(number)
            found |= set(range(first, int(number) + 1))
    return found


def _makes_requests(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = re.findall(r"\w+", ast.unparse(node.returns)) if node.returns is not None else []
    return any(each in names for each in REQUESTS)


def what_docstrings_lack(source: str) -> dict[str, set[str]]:
    """The public event functions of a module, each with what its docstring does not say: what it posts by number, in which layer on
    which accounts, in which unit (or the module says it for all), what is refused, and which regulation, standard or page it
    follows."""
    tree, found = ast.parse(source), {}
    said = {"pence": ast.get_docstring(tree) or ""}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or not _makes_requests(node):
            continue
        text = " ".join((ast.get_docstring(node) or "").split())
        has = {
            "number": bool(_numbers(text.partition("Source:")[0])),
            "postings": bool(re.search(r"Dr .+ / Cr |mirror|negated|as (?:event|`|an order)", text)),
            "unit": "pence" in text + said["pence"],
            "refusals": bool(re.search(r"\b[Rr]efusals: [a-z_]+", text)),
            "source": bool(re.search(r"\bSource: (?:SI \d{4}/\d+ reg \d|IFRS \d|IAS \d|accounting\.md )", text)),
        }
        if lacks := {name for name, is_there in has.items() if not is_there}:
            found[node.name] = lacks
    return found


def posting_functions() -> dict[int, set[str]]:
    """Event → the functions of ledger/budgets that make its request, by what they say and by the `event=` they give."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "ledger" / "budgets").glob("*.py")):
        tree = ast.parse(path.read_text())
        constants = {
            node.targets[0].id: node.value.value for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
        }  # fmt: skip
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            name = f"{path.stem}.{node.name}"
            if _makes_requests(node):
                for number in _numbers((ast.get_docstring(node) or "").partition("Source:")[0]):
                    found[number].add(name)
            for call in (each for each in ast.walk(node) if isinstance(each, ast.keyword) and each.arg == "event"):
                value = (
                    constants.get(call.value.id)
                    if isinstance(call.value, ast.Name)
                    else getattr(call.value, "value", None)
                )
                if isinstance(value, int):
                    found[value].add(name)
    return found


def tables() -> Counter[int]:
    """How many rows each event has in the tables of postings together."""
    names = [*test_events.EVENTS, *test_events.SETTLEMENTS, *test_owed_events.EVENTS, *test_recovery.POSTED,
             *test_golden_year_end.EVENTS, *ROWS, *HOLDS, "51"]  # fmt: skip
    return Counter(int(name.split()[0]) for name in names)


def test_every_event_has_its_function() -> None:
    """By number, 1 to 55; a row that is posted as another has that one's; what is not built is listed, and nothing else is."""
    made = {event for event, names in posting_functions().items() if names}
    made |= {event for event, others in POSTED_AS.items() if made.issuperset(others)}
    assert {event for event in ALL if event not in made} == set(NOT_BUILT)
    assert made <= set(ALL)


def test_every_event_function_says_what_it_posts_what_is_refused_and_where_that_comes_from() -> None:
    """Number, postings, pence, refusals and source; and what lacks one of them is found."""
    places = sorted((ROOT / "ledger" / "budgets").glob("*.py"))
    found = {path.stem: lacks for path in places if (lacks := what_docstrings_lack(path.read_text()))}
    assert found == {}
    plain = 'def paid(*, amount: int) -> Post:\n    """Event 8: Dr payable / Cr bank, in pence. {}"""'
    assert what_docstrings_lack(plain.format("Refusals: year_closed. Source: accounting.md event 8.")) == {}
    for said, lacks in (
        ("Refusals: year_closed.", "source"), ("Source: IAS 37.", "refusals"),
        ("Refusals: year_closed. Source: practice.", "source"),
    ):  # fmt: skip
        assert what_docstrings_lack(plain.format(said)) == {"paid": {lacks}}
    assert what_docstrings_lack("def paid() -> Post: ...") == {
        "paid": {"number", "postings", "unit", "refusals", "source"}
    }


def test_every_event_has_a_test_that_shows_what_it_posts() -> None:
    """A row of a table with its columns, or a test of its own, which is there."""
    shown = tables()
    assert {event for event in ALL if event not in {*shown, *SHOWN_BY_ITSELF}} == set(NOT_BUILT)
    assert {event: shown[event] for event, parts in PARTS.items() if shown[event] < parts} == {}
    for place in (*SHOWN_BY_ITSELF.values(), *BREACHED_ELSEWHERE.values()):
        path, _, name = place.partition("::")
        defined = {getattr(node, "name", "") for node in ast.parse((ROOT / path).read_text()).body}
        assert name in defined, place


def test_every_identity_has_a_breach_that_it_finds() -> None:
    """L1 to L8 and R1 to R13; those that do not exist yet are named as that."""
    planted = {name for name, _ in PLANTS.values()} | set(BREACHED_ELSEWHERE)
    every = {*(f"L{number}" for number in range(1, 9)), *(f"R{number}" for number in range(1, 15))}
    assert set(HERE) | set(NOT_YET) == every
    assert planted == set(HERE)
