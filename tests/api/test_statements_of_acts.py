"""How many statements the facts of an act are read in: two at most.

Counted is every statement that the gate's reader is asked for one request: one for whether its key is known, the rules in force and
the budget, and one for what the request names. Not counted are those of the writer. Of a verdict on spending see
tests/policies/test_memory.py.
"""

from inspect import signature
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.app import Application
from policies.sheet_kinds import KIND_OF_ACT
from tests import kit
from tests.api import (
    test_assignments,
    test_bank_matches,
    test_bank_unmatches,
    test_bills,
    test_changed_answers,
    test_closing,
    test_conditions,
    test_contributions,
    test_credits,
    test_credits_at_the_year,
    test_cut_off,
    test_deposits,
    test_ending,
    test_evidence,
    test_lapsed_payees,
    test_looking_again,
    test_owed_at_the_year,
    test_own_bank,
    test_patterns,
    test_reimbursements,
    test_relied_on_later,
    test_returns,
    test_third_parties,
    test_year_end,
)
from tests.api.counting import Asked
from tests.api.counting import counting as counting_of
from tests.api.lives import DAY, DORA, D, Lives, N, ordered
from tests.api.test_a_whole_life import life as life  # The fixture.
from tests.api.test_a_whole_life import (
    test_a_budget_lives_its_whole_life_and_every_penny_is_where_it_should_be as lived,
)
from tests.api.test_changes import body, flexible
from tests.api.test_credits_at_the_year import crossing as crossing  # The fixture.
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import notice
from tests.api.test_holding import registered
from tests.api.test_people_and_plans import Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_recovery import GBP, ON, Owed
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_requesting import ASKED, REFUSED, REQUESTS
from tests.api.whole_life import Life
from tests.policies.test_memory import Statements

ACTS = {
    "suspend": 1,
    "name_holder": 1,
    "request": 1,
    "set_contingency_aside": 2,  # and the grade of whoever asks
    "draw_contingency": 2,
    "approve_account": 2,
    "stop": 2,
    "refuse": 2,
    "virement": 2,
    "move_out": 2,
    "surplus": 2,
    "reconsider": 2,
    "civil_debt": 2,
    "waive": 2,
    "write_off": 2,
    "waive_question": 2,
    "demand": 2,
    "offset": 2,
}
"""Act → how many statements it takes. A number may become smaller; one that grows needs a reason."""
MOST = 2
JUDGED = {
    "sign_plan": "budgets/plans/sign",
    "tell_deposit": "bank-lines/match",
    "judge_evidence": "evidence/judge",
    "approve_payee": "payees/approve",
    "reopen_period": "periods/reopened",
    "carry_forward": "years/end/funds",
}
"""Acts that the rules judge, by the routes under which the lives below show them."""
ELSEWHERE = {"spend", "instalment", "evidence", "view", "watch", "retain", "request_checks"}
"""Verdicts of tests/policies/test_memory.py, and acts that look at nothing but the budget, one provider, or the whole book."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Every request of a life, by its route."""
    return counting_of(monkeypatch)


def check_counted(counted: list[Asked]) -> None:
    """None took more than it may."""
    most: dict[str, int] = {}
    for each in counted:
        most[each.act] = max(most.get(each.act, 0), each.statements)
    assert {act: found for act, found in most.items() if found > MOST} == {}, most


class Counting(Lives):
    """Whoever does an act and says how many statements it took."""

    def __init__(self, lives: Tried) -> None:
        super().__init__(lives.app, lives.client)
        self.writer, self.found = lives.writer, dict[str, int]()

    async def begun(self) -> "Counting":
        """The gate's reader is counted from here on."""
        gate: Any = (await self.app.desk.books.open(await self.app.desk.books.row("TEST"))).gate
        self.reads = Statements(cast(Any, SimpleNamespace(reading=gate.reading)))
        gate.reading = self.reads
        return self

    async def once(self, act: str, path: str, sent: dict[str, Any], who: str = "officer", line: Any = D) -> Any:
        """One act, whatever the rules say of it; its body."""
        self.reads.said.clear()
        done = await self.done(path, sent, who, line)
        self.found[act] = sum("phb." in each for each in self.reads.said)
        return done

    def check(self) -> None:
        """Each as it is written down."""
        assert self.found == {act: ACTS.get(act) for act in self.found}, str(self.found)


@pytest.fixture
async def counting(lives: Tried) -> Counting:
    """The lives of the other tests, counted."""
    return await Counting(lives).begun()


async def test_acts_of_recovery(owed: Owed, lives: Tried, counting: Counting) -> None:
    """A demand and what becomes of it, a question that is waived, and a surplus that is offset."""
    taken = await owed.bank_line("150.00")
    of = {"of": taken, "amount": "120.00", **GBP, **ON}
    question = (await counting.done("questions", of, "officer", D))["entries"][0]["number"]
    given = {
        "notice": await owed.notice("100.00"),
        "line": "D",
        "amount": "100.00",
        "source": "disputed",
        "of": question,
    }
    demand = (await counting.once("demand", "demands", {**given, **GBP, **ON}))["entries"][0]["number"]
    gone = {"amount": "20.00", "authority": "reg15.7", **GBP, **ON}
    await counting.once("waive", f"demands/{demand}/waivers", gone, "officer:olga")
    loss = {**gone, "loss": "bad_debt", "authority": "sfi"}
    await counting.once("write_off", f"demands/{demand}/write-offs", loss, "finance:fay")
    await counting.once("civil_debt", f"demands/{demand}/civil-debt", ON)
    await counting.once("waive_question", f"questions/{question}/waivers", {**gone, "line": "D"}, "officer:olga")
    await counting.once("reconsider", "reconsiderations", {"about": "demand", "of": demand, "received_on": DAY})
    figures = {"line": "D", "liabilities": "0.00", "contingency": "0.00", "balance": "9000.00", **GBP, **ON}
    await owed.done("lines/D/care-checks", {"on": DAY, "found": "none_unmet"})
    surplus = (await counting.once("surplus", "surpluses", figures))["entries"][0]["number"]
    offset = {"amount": "100.00", "bank": "main", "surplus": surplus, "period": DAY, "reasonable": "Yes.", **GBP, **ON}
    await counting.once("offset", f"instalments/{await owed.asked()}/offset", offset, "finance")
    counting.check()


async def test_acts_on_lines(owed: Owed, lives: Tried, counting: Counting) -> None:
    """Money moved between lines, kept for emergencies and drawn, a line paused, a stop, and a person who moves away."""
    await flexible(lives)
    await counting.once("virement", "virements", body(), line=N)
    kept = {"line": "N", "amount": "20.00", "reason": "fell_ill", **GBP, **ON}
    await counting.once("set_contingency_aside", "contingency/set-aside", kept, line=N)
    await counting.once("draw_contingency", "contingency/draw", kept, line=N)
    sent = {"effective_on": DAY, "reasons": "The account is looked at.", "alternative": "commissioned"}
    await counting.once("suspend", "lines/D/suspend", sent)
    await counting.once("stop", "lines/D/stop", notice())
    await counting.once("move_out", "moves/out", {"line": "D", "book": "THERE", "amount": "2000.00", **GBP, **ON})
    counting.check()


async def test_acts_on_people(lives: Tried, counting: Counting) -> None:
    """A budget that is asked for and refused, somebody named to hold it, and an account approved."""
    asked = await counting.once("request", REQUESTS, ASKED)
    refuse = f"{REQUESTS}/{asked['stated']['request']}/refuse"
    await counting.once("refuse", refuse, {**REFUSED, "other_way_offered": True})
    holder = {"holder": "nominee-1", "role": "nominee", "from": DAY, **ON}
    await counting.once("name_holder", f"/people/{DORA}/holders", holder)
    await counting.once(
        "approve_account", f"{await registered(cast(Tried, counting), 'person')}/approve", ON, "finance:fay"
    )
    counting.check()


async def test_who_may_write_is_of_the_moment_of_the_facts(
    lives: Tried, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff who write about a record have to see it: that is known from the statement that reads the facts, and no other is sent;
    a restriction said a moment ago counts, also against what is remembered."""
    await flexible(lives)
    accepted = (await lives.accept(await lives.invoice("W-1", "12.00")))["entries"][0]["number"]
    paid = {"payee": "A1", "bank": "main", "invoices": [accepted], "effective_on": DAY}
    counting.reads.said.clear()
    books: Any = lives.app.desk.books
    beside = Statements(cast(Any, SimpleNamespace(reading=type(books).reading.__get__(books))))
    monkeypatch.setattr(books, "reading", lambda row=None: beside())
    for path, sent in (("virements", body()), ("asks", ordered("5.00")), ("asks", ordered("6.00"))):
        await counting.done(path, sent, line=N)
    await counting.done("/payments", paid, "finance:pat")
    assert sum("phb." in each for each in beside.said) == 0, beside.said
    # The virement's two and the payment's, the facts of the first question, and for each what was delegated to whoever asks.
    assert sum("phb." in each for each in counting.reads.said) <= 2 * MOST + 1 + 2
    monkeypatch.undo()
    shut = {"act": "restricted", "on": DAY, "reason": "safeguarding", "staff": ["vera", "will"]}
    await counting.done(f"/people/{N.person}/restriction", shut, "officer:vera")
    for path, sent in (("virements", body()), ("asks", ordered("7.00"))):
        assert (await counting.send(path, sent, "officer:olga")).json()["code"] == "view_denied"


LIVES = {
    test_deposits.test_a_refund_by_a_line_is_ours_again_and_other_money_is_asked_after: ["tell_deposit"],
    test_evidence.test_how_evidence_stands_is_decided_by_the_rules: ["judge_evidence"],
    test_closing.test_a_month_closed_for_good_is_opened_through_the_rules: ["reopen_period"],
    test_year_end.test_a_year_ends_by_each_funds_rule_and_then_it_closes: ["carry_forward"],
    test_credits.test_a_credit_note_of_a_paid_invoice_is_owed_until_it_is_taken_or_paid_back: [],
    test_credits.test_money_that_comes_back_without_a_credit_note_is_a_refund: [],
    test_third_parties.test_a_statement_of_more_than_was_paid_ahead_is_owed_to_the_third_party: [],
    test_ending.test_a_stop_is_looked_at_again_once_by_another_person: [],
    test_ending.test_a_stop_that_is_withdrawn_brings_back_what_went_later_too: [],
    test_bank_matches.test_an_order_that_is_taken_back_leaves_its_line_open: [],
    test_reimbursements.test_what_a_holder_laid_out_is_paid_back_once_by_a_day: [],
    test_reimbursements.test_what_comes_back_of_what_was_laid_out_is_owed_less_or_owed_back: [],
    test_bills.test_a_partner_is_billed_for_its_part_and_no_more: [],
    test_returns.test_a_payment_that_came_back_is_owed_again_and_paid_after_the_payee_is_approved_anew: [],
    test_returns.test_what_was_explained_of_an_instalment_that_came_back_is_owed_to_the_holder: [],
    test_assignments.test_a_payment_is_assigned_up_to_what_stands_unassigned: [],
    test_assignments.test_an_assignment_uses_its_order_and_what_goes_beyond_is_decided: [],
    test_cut_off.test_the_invoice_of_an_estimate_costs_the_next_year_what_it_differs_by: [],
    test_cut_off.test_care_that_was_bought_is_spent_once_whenever_its_evidence_comes: [],
    test_cut_off.test_an_invoice_across_31_march_without_an_order_is_of_both_years_too: [],
    test_own_bank.test_payments_clear_by_the_line_that_they_left_with: [],
    test_own_bank.test_a_payment_that_came_back_is_owed_again_with_its_line: [],
    test_own_bank.test_an_instalment_that_came_back_is_due_again_with_its_line: [],
    test_patterns.test_a_month_is_watched_once_looked_at_and_counted: [],
    test_conditions.test_what_relies_on_an_approval_is_held_to_it: [],
    test_lapsed_payees.test_care_after_what_was_shown_has_run_out_is_looked_at: [],
    test_own_bank.test_money_of_two_sources_in_one_line_is_matched_to_both_entries: [],
}
"""Lives of other tests, and acts that the rules judge which each of them shows."""
OF_DORA = (
    test_bank_unmatches.test_a_wrong_match_to_evidence_is_taken_back_once,
    test_bank_unmatches.test_a_match_that_only_said_something_is_taken_back_and_posts_nothing,
    test_bank_unmatches.test_a_claim_that_waits_loses_its_line_and_an_accepted_one_is_reversed_first,
    test_bank_unmatches.test_what_a_match_brought_back_or_a_receipt_named_is_not_unsaid,
    test_bank_unmatches.test_a_debt_repaid_with_other_money_holds_what_showed_it,
    test_bank_matches.test_a_debt_for_what_had_gone_is_not_paid_out_of_the_budget,
    test_bank_matches.test_a_line_that_came_before_its_receipt_is_named_by_it,
    test_owed_at_the_year.test_evidence_of_estimated_care_is_questioned_demanded_and_repaid,
)
"""The same, after Dora's first instalment."""
PARAMETERS = {"invoiced": "110.00", "spent": "6.00", "available": "-6.00", "how": "year closed"}
"""What some of them are told with."""
BOUGHT = {"claims": {"payee": "A1"}, "reimbursements": {"holder_account": "H1"}}
"""What was bought on an answer, in either way."""


@pytest.mark.parametrize("lived", LIVES, ids=lambda life: life.__name__)
async def test_no_act_of_these_lives_takes_more(
    counted: list[Asked], lives: Tried, book: kit.Book, lived: Any
) -> None:  # fmt: skip
    """Whatever goes through the gate in a life that is told elsewhere, each request is counted."""
    given = {"lives": lives, "book": book, **PARAMETERS}
    await lived(**{name: given[name] for name in signature(lived).parameters})
    assert {JUDGED[act] for act in LIVES[lived]} <= {each.act for each in counted}
    check_counted(counted)


@pytest.mark.parametrize("lived", OF_DORA, ids=lambda life: life.__name__)
async def test_nothing_that_is_found_of_money_paid_out_takes_more(
    counted: list[Asked], owed: Owed, lives: Tried, book: kit.Book, lived: Any
) -> None:  # fmt: skip
    """Lines of a holder's bank, what they are said to be, and that said no more; and what is questioned after a year's end."""
    given = {"owed": owed, "lives": lives, "book": book, **PARAMETERS}
    await lived(**{name: given[name] for name in signature(lived).parameters})
    assert {"bank-lines/match", "bank-lines/unmatch", "hand-backs", "questions"} & {each.act for each in counted}
    check_counted(counted)


@pytest.mark.parametrize("kind", BOUGHT)
async def test_nothing_bought_on_an_answer_takes_more(counted: list[Asked], lives: Tried, kind: str) -> None:
    """A claim, or what somebody laid out, with the number of the approval that it relies on."""
    bought = test_relied_on_later.test_what_was_bought_on_a_yes_in_time_and_within_it_is_not_asked_again
    await bought(lives, kind, BOUGHT[kind])
    assert f"{kind}/accept" in {each.act for each in counted}
    check_counted(counted)


async def test_no_release_of_what_was_paid_ahead_takes_more(counted: list[Asked], lives: Tried, crossing: int) -> None:
    """Its care in the new year, and what comes back of it."""
    await test_credits_at_the_year.test_once_the_old_year_has_ended_the_new_one_bears_its_part_too(
        lives, crossing, True
    )
    assert {"years/prepayments/release", "credits/accept"} <= {each.act for each in counted}
    check_counted(counted)


ANSWERS = (
    (test_changed_answers.test_a_cut_that_was_changed_is_on_record_until_the_plan_is, {"about": "cut"}),
    (test_changed_answers.test_a_cut_that_was_changed_is_on_record_until_the_plan_is, {"about": "left_out"}),
    (test_changed_answers.test_a_pause_that_was_changed_is_lifted_with_the_answer, {"is_another": False}),
    (test_looking_again.test_nobody_looks_again_at_a_stop_who_wrote_or_gave_its_letter, {}),
)
"""Lives in which something is looked at again and answered."""


@pytest.mark.parametrize(("lived", "given"), ANSWERS)
async def test_no_answer_to_another_look_takes_more(
    counted: list[Asked], owed: Owed, lives: Tried, book: kit.Book, lived: Any, given: dict[str, Any]
) -> None:  # fmt: skip
    """What is changed, what is promised by it, and who had a part in it before."""
    given = {"owed": owed, "lives": lives, "book": book, **given}
    await lived(**{name: given[name] for name in signature(lived).parameters})
    assert {"reconsiderations/answer", "lines/stop/reconsideration/decide"} & {each.act for each in counted}
    check_counted(counted)


async def test_no_contribution_takes_more(
    counted: list[Asked], app: Application, office: Office, book: kit.Book
) -> None:  # fmt: skip
    """What a person pays towards a line, what of it meets what is owed, and what goes back."""
    await test_contributions.test_money_paid_in_meets_what_is_owed_before_any_of_it_goes_back(app, office, book)
    assert {"contributions/receive", "contributions/return"} <= {each.act for each in counted}
    check_counted(counted)


async def test_no_act_of_a_whole_life_takes_more(counted: list[Asked], life: Life, book: kit.Book) -> None:
    """A budget from when it was taken on to its end: plans, spending, payments, recovery, a stop and a move."""
    await lived(life, book)
    assert {JUDGED[act] for act in ("sign_plan", "approve_payee")} <= {each.act for each in counted}
    check_counted(counted)


def test_every_act_that_rules_judge_is_counted() -> None:
    """An act that is new to the rules is shown here before it is done."""
    names = {"request": "request_budget", "refuse": "refuse_request", "waive_question": "waive"}
    assert {names.get(act, act) for act in ACTS} | set(JUDGED) | ELSEWHERE == set(KIND_OF_ACT)
