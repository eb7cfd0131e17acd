"""Lists and acts of finance at a terminal with rows in them, and their amounts worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.lives import DAY, DORA, NED, Lives
from tests.api.test_ending import LAST, owed, stopped
from tests.cli.conftest import during, live
from tests.cli.running import do, done, phb

FILES = Path(__file__).parent.parent / "statements"
ON, GBP = f"effective_on={DAY}", "currency=GBP"
DORA_, NED_ = f"person={DORA}", f"person={NED}"
BOOK = ("--book", "TEST")


@pytest.fixture(scope="module", autouse=True)
def paid(lived: Path) -> int:
    """Dora is paid £2,000; the entry of the payment."""
    ask = (DORA_, "line=D", "service=home_care", "amount=2000.00", GBP, ON)
    number = do(lived, "officer", "request-instalment", *ask)[1]["number"]
    done(lived, "officer:olga", "approve-referral", DORA_, f"number={number}", ON)
    released = done(lived, "finance:pat", "release-instalment", DORA_, f"number={number}", ON, "bank=main")
    return int(released["entries"][0]["number"])


def test_a_statement_is_taken_once_whatever_it_is_written_in(lived: Path) -> None:
    """MT940 and camt.053 of the same lines by the same bank: four lines once; and what is pending is no line."""
    command = ("import", "statement")
    mine = ("--account", "H1", "--provider", "hillbank", *BOOK)
    code, first = phb(lived, *command, FILES / "household.sta", "--format", "mt940", *mine)
    assert (code, first["lines"], first["new"], first["opening"], first["closing"]) == (0, 4, 4, "150.25", "1714.35")
    for file in ("household.02.xml", "household.08.xml"):
        code, again = phb(lived, *command, FILES / file, "--format", "camt053", *mine)
        assert (code, again["lines"], again["new"], again["known"], again["closing"]) == (0, 4, 0, 4, "1714.35")
    shown = done(lived, "officer", "list-bank-lines", DORA_)["lines"]
    assert [each["amount"] for each in shown] == ["2000.00", "-15.00", "-412.50", "-8.40"]
    own = ("--bank", "main", "--provider", "treasury", *BOOK)
    code, ours = phb(lived, *command, FILES / "household.08.xml", "--format", "camt053", *own)
    assert (code, ours["new"], ours["closing"]) == (0, 4, "1714.35")
    code, no = phb(lived, *command, FILES / "household.sta", "--format", "camt053", *own)
    assert (code, no["code"]) == (2, "statement_unreadable")


def test_estimates_are_accepted_changed_with_a_reason_and_dropped(lived: Path) -> None:
    """£10,400 over 365 days is £854.79 for the thirty of June; each line is decided once, whichever way, by finance."""
    ask = ("accruals", "2025-06", *BOOK)
    code, listed = phb(lived, *ask)
    found = {each["line"]: each for each in listed["estimates"]}
    assert (code, found["N"]["proposed"], found["N"]["recorded"], found["M"]["proposed"]) == (
        0,
        "854.79",
        "0.00",
        "82.19",
    )
    code, done_ = phb(lived, *ask, "--accept", "N", "--key", "june-n")
    assert (code, done_["line"], done_["replayed"]) == (0, "N", False)
    assert phb(lived, *ask, "--accept", "N", "--key", "june-n")[1] == done_ | {"replayed": True}
    assert phb(lived, *ask, "--accept", "N", "--amount", "1.00", "--reason", "less", "--key", "june-n")[1]["code"] == (
        "idempotency_key_reused"
    )
    assert phb(lived, *ask, "--accept", "M", "--amount", "75.50")[0] == 2
    assert phb(lived, *ask, "--accept", "M", "--amount", "75.50", "--reason", "away")[0] == 0
    after = {each["line"]: each for each in phb(lived, *ask)[1]["estimates"]}
    assert [(after[line]["decided"], after[line]["estimated"]) for line in ("N", "M")] == [
        ("accepted", "854.79"), ("accepted", "75.50"),
    ]  # fmt: skip
    july = ("accruals", "2025-07", *BOOK)
    assert phb(lived, *july, "--drop", "N")[0] == 2
    assert phb(lived, *july, "--drop", "N", "--reason", "not_had")[0] == 0
    assert next(each for each in phb(lived, *july)[1]["estimates"] if each["line"] == "N")["decided"] == "dropped"


def test_what_came_in_after_a_close_is_told_by_month_of_care(lived: Path) -> None:
    """An invoice of April's care, accepted in June after April was closed."""
    code, closed = phb(lived, "period", "soft-close", "2025-04", *BOOK)
    assert code == 0
    bill = ("line=N", "payee=A1", "reference=LATE-1", "service=home_care", "amount=120.34", GBP, "care_from=2025-04-07",
            "care_to=2025-04-13")  # fmt: skip
    entered = done(lived, "officer", "enter-invoice", NED_, *bill)["entries"][0]["number"]
    done(lived, "finance:fay", "accept-invoice", NED_, f"number={entered}", ON)
    code, late = phb(lived, "close", "2025-04", "--late", *BOOK)
    assert (code, late["closed_at"]) == (0, closed["entry"])
    assert [(each["month"], each["amount"], each["first_day"]) for each in late["months"]] == [
        ("2025-04", "120.34", DAY)
    ]


def test_spending_without_evidence_is_listed_until_it_is_explained(lived: Path) -> None:
    """A claim of £40.00 is missing its receipt, is explained, and then its document is listed and it is missing no more."""
    claim = ("line=D", "service=home_care", "amount=40.00", GBP, f"spent_on={DAY}")
    number = done(lived, "officer", "claim", DORA_, *claim)["entries"][0]["number"]
    ask = ("evidence", "missing", *BOOK, "--person", DORA)
    code, before = phb(lived, *ask)
    mine = [(each["amount"], each["line"]) for each in before["missing"] if each["number"] == number]
    assert (code, mine) == (0, [("40.00", "D")])
    done(lived, "officer", "explain-evidence", DORA_, f"of={number}", "document=receipt", "words=The till was broken.")
    code, after = phb(lived, *ask)
    assert (code, [each for each in after["missing"] if each["number"] == number]) == (0, [])
    code, listed = phb(lived, "evidence", "list", *BOOK, "--person", DORA)
    assert [(each["of"], each["document"], each["state"]) for each in listed["documents"]] == [
        (number, "receipt", "explained")
    ]


def test_debts_losses_and_notices_have_their_rows(lived: Path) -> None:
    """£60.00 demanded, £10.25 written off by another: £49.75 are owed, and the loss is in its register with its authority."""
    notice = ("make-notice", DORA_, "about=repayment", f"on={DAY}", 'reasons=["off_plan"]', "amount=60.00", "pay_by=2025-07-02",
              f"debtor={DORA}", "debtor_is=person", "words=Bought outside the plan.")  # fmt: skip
    made = done(lived, "officer", *notice)["entries"][0]["number"]
    thought = ('factors=["off_plan"]', "safeguarding=none", f"on={DAY}")
    done(lived, "officer", "consider-notice", DORA_, f"number={made}", *thought)
    done(lived, "officer", "move-notice", DORA_, f"number={made}", "act=sent", f"on={DAY}")
    code, open_ = phb(lived, "recovery", "notices", *BOOK)
    assert [(each["number"], each["amount"]) for each in open_["notices"]] == [(made, "60.00")]
    demand = ("demand-repayment", DORA_, f"notice={made}", "line=D", "amount=60.00", "source=advance", GBP, ON)
    debt = done(lived, "officer", *demand)["entries"][0]["number"]
    lost = ("write-off-demand", DORA_, f"number={debt}", "amount=10.25", GBP, "authority=cfo", ON, "loss=bad_debt")
    code, no = do(lived, "officer", *lost)
    assert (code, no["code"]) == (2, "permission_missing")
    done(lived, "finance:fay", *lost)
    code, debts = phb(lived, "recovery", "receivables", *BOOK, "--on", "2025-08-01")
    assert (code, debts["outstanding"]) == (0, "49.75")
    assert [(each["person"], each["outstanding"], each["age"]) for each in debts["debts"]] == [(DORA, "49.75", "1-30")]
    code, losses = phb(lived, "recovery", "losses", *BOOK)
    assert (code, losses["lost"], [each["amount"] for each in losses["losses"]]) == (0, "10.25", ["10.25"])
    assert phb(lived, "recovery", "notices", *BOOK)[1]["notices"] == []


def test_offers_and_contributions_are_shown_with_what_was_said_and_given(lived: Path) -> None:
    """An offer with its newest answer; of a wheelchair of £2,400.00 the person's sixth, of which £100.00 came."""
    offer = ("record-offer", NED_, f"on={DAY}", "right=chc", 'options=["notional"]', "answer=asked_for_time")
    name = done(lived, "officer", *offer)["subject"].removeprefix("offer/")
    said = ("answer-offer", NED_, f"offer={name}", "on=2025-06-20", "answer=accepted")
    done(lived, "officer", *said)
    code, shown = phb(lived, "plan", "offers", NED, *BOOK)
    assert [(each["offer"], each["answer"], each["answered_on"]) for each in shown["offers"]] == [
        (name, "accepted", "2025-06-20")
    ]
    person = done(lived, "officer", "register-person")["attributes"]["person"]
    done(lived, "finance", "open-fund", "fund=own", "kind=contribution", 'years=["2025-26"]')
    draft = lived / "chair.json"
    line = {"title": "A better chair", "services": ["wheelchair"], "management": "notional", "amount": "2400.00",
            "from": "2025-04-01", "to": "2026-03-31", "owner": "nhs", "term_end": "2030-03-31",
            "years": [{"year": "2025-26", "amount": "2400.00"}],
            "shares": [{"fund": "nhs", "weight": 5}, {"fund": "own", "weight": 1}]}  # fmt: skip
    draft.write_text(json.dumps({"lines": [line]}))
    plan = (
        "title=Out and about",
        "from=2025-04-01",
        "to=2026-03-31",
        GBP,
        "coordinator=C1",
        "agreement=true",
        "--body",
        draft,
    )
    drafted: dict[str, Any] = done(lived, "officer", "draft-plan", f"person={person}", *plan)["plan"]
    signing = (f"person={person}", f"plan={drafted['plan']}", ON)
    code, no = do(lived, "officer:ben", "sign-plan", *signing)
    assert (code, no["code"]) == (2, "if_match_missing")
    done(lived, "officer:ben", "sign-plan", *signing, "--if-match", drafted["number"])
    [chair] = drafted["lines"]
    given = (f"person={person}", f"line={chair['line']}", GBP, ON, "bank=main")
    code, no = do(lived, "finance", "receive-contribution", *given, "amount=400.01")
    assert (code, no["code"]) == (2, "contribution_above_agreed")
    done(lived, "finance", "receive-contribution", *given, "amount=100.00")
    code, shown = phb(lived, "contribution", "show", person, *BOOK)
    assert [(each["line"], each["agreed"], each["received"]) for each in shown["contributions"]] == [
        (chair["line"], "400.00", "100.00")
    ]


def test_a_stop_is_shown_with_its_last_day_and_what_is_to_be_done(lived: Path) -> None:
    """Notified, approved by another, with a liability of £350.00 that is stated and not provided for yet."""

    async def stop(lives: Lives) -> None:
        await stopped(lives)  # type: ignore[arg-type]
        await owed(lives, "350.00", "contract")  # type: ignore[arg-type]

    during(lived, stop)
    code, shown = phb(lived, "stops", "show", DORA, *BOOK, "--on", DAY)
    assert [(each["line"], each["ground"], each["ends_on"]) for each in shown["stops"]] == [("D", "off_plan", LAST)]
    assert [(each["class"], each["amount"]) for each in shown["liabilities"]] == [("contract", "350.00")]
    code, listed = phb(lived, "stops", "list", *BOOK, "--on", DAY)
    assert code == 0
    assert [(each["person"], each["days_left"], each["stated"]) for each in listed["stops"]] == [(DORA, 28, "350.00")]


def test_a_person_who_moved_is_told_by_both_books(data: Path) -> None:
    """£1,500.00 that one book is owed and the other owes; before the other has taken them in, it is open."""
    for code in ("FROM", "INTO"):
        live(data, code)
    ask = (DORA_, "line=D", "service=home_care", "amount=2000.00", GBP, ON)
    number = do(data, "officer", "request-instalment", *ask, book="FROM")[1]["number"]
    done(data, "officer:olga", "approve-referral", DORA_, f"number={number}", ON, book="FROM")
    done(data, "finance:pat", "release-instalment", DORA_, f"number={number}", ON, "bank=main", book="FROM")
    move = ("move-out", DORA_, "line=D", "book=INTO", "amount=1500.00", GBP, ON)
    code, asked = do(data, "officer", *move, book="FROM")
    assert (code, asked["decision"]["outcome"]) == (1, "refer")
    referral = asked["decision"]["number"]
    done(data, "officer:olga", "approve-referral", DORA_, f"number={referral}", ON, book="FROM")
    out = done(data, "officer", *move, f"approved={referral}", book="FROM")["entries"]
    between = ("moves", "--book", "FROM", "--book", "INTO")
    code, found = phb(data, *between)
    [row] = found["transfers"]
    assert (code, row["state"], row["given"], row["taken"]) == (0, "open", "1500.00", None)
    done(data, "finance", "request-checkpoint", book="FROM")
    receipt = done(data, "finance", "read-receipt", f"number={out[-1]['number']}", book="FROM")
    taken = ("move-in", DORA_, "line=D", "payee=B2", ON, f"receipt={json.dumps(receipt)}")
    done(data, "officer", *taken, book="INTO")
    code, found = phb(data, *between)
    assert (code, [(each["state"], each["given"], each["taken"]) for each in found["transfers"]]) == (
        0, [("owed", "1500.00", "1500.00")],
    )  # fmt: skip
