"""Register entries of a budget: what a builder writes its parser reads, and nothing about a person stands in the line."""

import random
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.budgets import claims, funds, payees, people, plans
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.people import Delegation, Group, is_person_ref, person_ref
from ledger.budgets.plans import Line, LineShare, PlanVersion
from ledger.budgets.shares import Share
from ledger.budgets.terms import ConnectedPerson, Monitor, Saving, Signature
from ledger.budgets.wording import attributes, detail_of
from ledger.core.calendar import year_of
from ledger.core.model import Guard, Malformed
from ledger.core.requests import Record
from tests.world import World

SALT = b"s" * 16
PERSON = person_ref(bytes(range(16)))
START, END = date(2025, 4, 1), date(2026, 3, 31)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,30}", fullmatch=True)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
spans = st.tuples(days, days).map(sorted)


def read(record: Record) -> tuple[str, dict[str, str]]:
    """A record as a reader meets it: its subject and its attributes."""
    assert record.subject is not None
    return record.subject, dict(record.attributes)


def make(**more: Any) -> Line:
    """A line that is well formed unless told otherwise."""
    given = {
        "line": "L1", "person": PERSON, "plan": "PL1", "version": 1, "services": ("home_care",),
        "management": "notional", "amount": 1040000, "start": START, "end": END,
        "shares": (LineShare("nhs", "ring_fenced", 60), LineShare("council", "partner", 40)),
    }  # fmt: skip
    return Line(**{**given, **more})


@given(names, spans, st.integers(1, 10**9), st.lists(st.integers(1, 100), min_size=1, max_size=5),
       st.lists(names, min_size=1, max_size=12, unique=True), st.sampled_from(plans.MANAGEMENT),
       st.sampled_from(plans.LINE_ACTS), st.lists(names, max_size=11, unique=True))  # fmt: skip
def test_a_line_is_read_as_it_was_written(
    name: str, span: list[date], amount: int, weights: list[int], services: list[str], management: str, act: str,
    allowed: list[str],
) -> None:  # fmt: skip
    """Every line of a plan comes back from its entry, order of shares, services and payees included."""
    line = make(
        line=name, amount=amount, management=management, start=span[0], end=span[1], services=tuple(services),
        shares=tuple(LineShare(f"f{place}", "demand_led", weight) for place, weight in enumerate(weights)),
        payees=tuple(allowed), holder_account="H1" if management in ("direct_payment", "one_off") else None,
    )  # fmt: skip
    assert plans.line_of(*read(plans.line_recorded(act, line))) == (line, act)
    full = msgspec.structs.replace(
        line, interval="monthly", years=(("2025-26", amount),), unit="hour", rate=20_00, quantity=1_50, indicative=amount,
        start_up=amount, channel="managed_account" if management == "direct_payment" else None,
        account_with="A1" if management == "direct_payment" else None,
        saving=Saving(amount, "respite", span[1]) if line.holder_account else None,
    )  # fmt: skip
    assert plans.line_of(*read(plans.line_recorded(act, full))) == (full, act)
    assert (line.by_year(), full.by_year()) == ({year_of(span[0]): amount}, {"2025-26": amount})


@pytest.mark.parametrize("wrong", [
    lambda: Signature("witness", "o-1", START, "paper"), lambda: Signature("person", "o-1", START, "shouted"),
    lambda: Signature.of_text("person:o-1:2025-04-01"), lambda: Signature("person", "a:b", START, "paper"),
    lambda: Monitor("N/1", "c-7"), lambda: ConnectedPerson("P7", "handy"), lambda: ConnectedPerson.of_text("P7:"),
    lambda: PlanVersion(plan="P", person=PERSON, version=1, start=START, needs=("N1", "N1")),
    lambda: PlanVersion(plan="P", person=PERSON, version=1, start=START, notice_days=-1),
])  # fmt: skip
def test_what_a_plan_says_is_of_its_shape(wrong: Any) -> None:
    """A side, way or reason that is none, a name that is no code, one thing named twice."""
    with pytest.raises(Malformed):
        wrong()


@given(names, spans, st.integers(1, 9999), st.booleans(), st.booleans(), st.sampled_from(plans.PLAN_ACTS))
def test_a_plan_version_is_read_as_it_was_written(
    name: str, span: list[date], version: int, open_ended: bool, agreement: bool, act: str
) -> None:
    """Every plan version comes back from its entry."""
    plan = PlanVersion(
        plan=name, person=PERSON, version=version, start=span[0], end=None if open_ended else span[1],
        coordinator="c-7" if agreement else None, agreement=agreement,
    )  # fmt: skip
    assert plans.plan_of(*read(plans.plan_recorded(act, plan))) == (plan, act)
    full = msgspec.structs.replace(
        plan, agreement_on=span[0], needs=("N1", "N2"), outcomes=("O1",), monitors=(Monitor("N1", "c-7"),), cost=version,
        first_review=span[0], notice_days=28, risks_on=span[0], risk_procedure="K1", enough_by="o-1", notice_on=span[0],
        connected=(ConnectedPerson("P7"), ConnectedPerson("P8", "child_welfare")),
        signatures=(Signature("commissioner", "o-1", span[0], "paper"), Signature("person", PERSON, span[1], "video")),
    )  # fmt: skip
    assert plans.plan_of(*read(plans.plan_recorded(act, full))) == (full, act)


@given(names, spans, st.sampled_from(people.SCOPES), st.sampled_from(("granted", "revoked")))
def test_a_delegation_is_read_as_it_was_written(name: str, span: list[date], scope: str, act: str) -> None:
    """Who may act, how far and from when to when comes back from its entry."""
    made = Delegation(delegation=name, person=PERSON, holder="sub-1", scope=scope, start=span[0], end=span[1])
    record = people.delegation_recorded(act, made)
    assert people.delegation_of(*read(record)) == made
    assert dict(record.attributes)["act"] == act


@given(names, st.sampled_from((None, True, False)), st.sampled_from((None, True, False)), st.booleans())
def test_a_payee_is_read_as_it_was_written(name: str, cqc: bool | None, direct: bool | None, barred: bool) -> None:
    """Yes, no and nobody-has-said stay three answers; barred for one person stands beside the payee's own entry."""
    payee = payees.Payee(payee=name, cqc=cqc, direct_employee=direct, person=PERSON if barred else None)
    act = "barred" if barred else "approved"
    record = payees.payee_recorded(act, payee)
    assert payees.payee_of(*read(record)) == (payee, act)
    assert record.subject == (f"{name}/{PERSON}" if barred else name)


@given(names, st.integers(1, 10**12), st.sampled_from(claims.ACTS), st.one_of(st.none(), days))
def test_evidence_is_read_as_it_was_written(name: str, amount: int, act: str, on: date | None) -> None:
    """A claim, an invoice or a bank line comes back from each of its entries."""
    subject = claims.invoice_subject(name, "0" * 32)
    made = claims.Evidence(subject=subject, person=PERSON, amount=amount, line="L1", payee=name, document_on=on)
    assert claims.evidence_of(*read(claims.evidence_recorded(act, made, effective_on=START))) == (made, act)


@given(names, st.sampled_from(("ring_fenced", "demand_led", "contribution", "partner")))
def test_a_fund_is_read_as_it_was_written(name: str, kind: str) -> None:
    """A fund and the council behind it come back from its entry."""
    fund = funds.Fund(fund=name, kind=kind, partner="council" if kind == "partner" else None)
    record, *opened = funds.fund_opened(fund, ("2025-26", "2026-27"))
    assert isinstance(record, Record)
    assert funds.fund_of(*read(record)) == fund
    assert len(opened) == 2


def test_people_and_their_accounts_are_read_as_they_were_written() -> None:
    """What happened to a person and to a holder's account comes back, the day in the world included."""
    record = people.person_recorded("died", person=PERSON, on=END)
    assert people.person_of(*read(record)) == (PERSON, "died", END)
    approved = people.holder_account_recorded("approved", holder_account="H1", person=PERSON)[0]
    assert isinstance(approved, Record)
    assert people.holder_account_of(*read(approved)) == people.HolderAccount("H1", PERSON, "approved")
    again = people.holder_account_said("approved", holder_account="H1", person=PERSON)
    assert read(again) == read(approved)


GROUPS = (
    Group("birth_month", "1984-07", START), Group("sex", "female", START), Group("ethnicity", "A", START),
    Group("deprivation", "10", START), Group("sub_icb", "92G", START), Group("sub_icb", "11X", END),
    Group("right", "chc", START), Group("requested_on", "2025-03-20", START),
)  # fmt: skip


def test_groups_are_kept_in_the_detail_and_nowhere_else() -> None:
    """Birth month, sex and the rest come back from the erasable detail; the line has the reference and the act."""
    detail = people.groups_detail(SALT, GROUPS)
    record = people.person_recorded("registered", person=PERSON, detail=detail)
    assert set(people.groups_of(detail.content)) == set(GROUPS)
    assert people.groups_detail(SALT, GROUPS[::-1]) == detail
    assert dict(record.attributes) == {"act": "registered", "person": PERSON}
    assert plans.words_of(plans.plan_detail(SALT, title="Swimming", description="with Ann – twice").content) == (
        "Swimming", "with Ann – twice",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [("birth_month", "1984-13"), ("birth_month", "1984-07-02"), ("sex", "F"), ("deprivation", "0"),
     ("deprivation", "11"), ("ethnicity", "I"), ("right", "dp"), ("requested_on", "2025-02-30"), ("name", "Ann")],
)  # fmt: skip
def test_a_group_has_the_shape_of_its_kind(name: str, value: str) -> None:
    """A full date of birth, an unknown code or a free text is not kept as a group."""
    with pytest.raises(Malformed):
        Group(name, value, START)


def test_a_detail_that_is_none_is_malformed_and_not_a_crash() -> None:
    """Bytes that are no groups are refused by name."""
    for content in (b"", b"[]", b"{}", b'{"groups":3}', b'{"groups":[{}]}', b'{"groups":[3]}', b"\xff",
                    b'{"groups":[{"name":"sex","value":"male","from":7}]}'):  # fmt: skip
        with pytest.raises(Malformed):
            people.groups_of(content)


def test_every_single_slip_in_a_reference_is_seen() -> None:
    """A reference with any one sign changed is none; nor is a shorter, longer or lower-case one."""
    chance = random.Random(7)
    for _ in range(20):
        ref = person_ref(chance.randbytes(16))
        assert is_person_ref(ref)
        for place, sign in enumerate(ref):
            for other in people.SIGNS:
                assert is_person_ref(ref[:place] + other + ref[place + 1 :]) is (other == sign)
    for wrong in (ref[:-1], ref + ref[-1], ref.lower(), "", "P", f"{ref[:-1]} ", "L" + ref[1:]):
        assert not is_person_ref(wrong)


@given(st.binary(min_size=16, max_size=16), st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_an_nhs_number_never_fits_in_a_reference(chance: bytes, number: str) -> None:
    """A reference has no digits, so no NHS number is part of one or can be given as one, spaced and padded or not."""
    assert not any(sign.isdigit() for sign in person_ref(chance))
    for written in (number, f"{number[:3]} {number[3:6]} {number[6:]}", f"P{number}", f"P{number}".ljust(16, "B")):
        assert not is_person_ref(written)
        with pytest.raises(Malformed):
            people.person_recorded("registered", person=written)


def test_swapped_neighbours_are_nearly_always_seen() -> None:
    """The check sign sees two neighbours swapped in all but a few pairs of signs."""
    chance, seen, tried = random.Random(8), 0, 0
    for _ in range(300):
        ref = person_ref(chance.randbytes(16))
        for place in range(1, 15):
            if ref[place] != ref[place + 1]:
                swapped = ref[:place] + ref[place + 1] + ref[place] + ref[place + 2 :]
                tried += 1
                seen += not is_person_ref(swapped)
    assert seen / tried > 0.98


@pytest.mark.parametrize(
    "wrong",
    [
        {"management": "cash"}, {"amount": 0}, {"amount": -5}, {"end": date(2025, 3, 31)}, {"end": None}, {"services": ()},
        {"services": ("a", "a")}, {"shares": ()}, {"line": "a/b"}, {"version": 0}, {"services": ("home care",)},
        {"shares": (LineShare("nhs", "partner", 1), LineShare("nhs", "ring_fenced", 1))},
        {"management": "direct_payment"}, {"holder_account": "H1"},
        {"management": "direct_payment", "holder_account": "H1", "shares": (LineShare("own", "contribution", 1),)},
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_meant_is_refused_where_it_is_made(wrong: dict[str, Any]) -> None:
    """No services, no shares, an end before its start, a direct payment to no account: Malformed, and nothing recorded."""
    with pytest.raises(Malformed):
        make(**wrong)


@pytest.mark.parametrize("change", [
    {"amount": "012"}, {"amount": "x"}, {"amount": "²"}, {"from": "2025-4-1"}, {"from": "20250401"}, {"share.01": "nhs"},
    {"share.01": "nhs:ring_fenced:-1"}, {"share.03": "x:ring_fenced:1", "share.02": None}, {"act": "vanished"},
    {"person": None}, {"to": None}, {"service.01": None},
])  # fmt: skip
def test_attributes_that_no_builder_wrote_are_malformed(change: dict[str, str | None]) -> None:
    """A reader never guesses: a row that is not in the shared shape is refused by the name of its field."""
    subject, given = read(plans.line_recorded("agreed", make()))
    changed = {name: value for name, value in {**given, **change}.items() if value is not None}
    with pytest.raises(Malformed):
        plans.line_of(subject, changed)
    with pytest.raises(Malformed):
        plans.line_of("plan/L1", given)


def test_unknown_acts_are_refused_by_every_builder() -> None:
    """The acts of each register kind are a closed list."""
    with pytest.raises(Malformed):
        plans.line_recorded("paid", make())
    with pytest.raises(Malformed):
        people.person_recorded("moved", person=PERSON)
    with pytest.raises(Malformed):
        people.holder_account_recorded("opened", holder_account="H1", person=PERSON)
    with pytest.raises(Malformed):
        payees.payee_recorded("approved", payees.Payee(payee="A1", person=PERSON))
    with pytest.raises(Malformed):
        attributes("x", service=tuple("abcdefghijklmnopqrstuvwxyz"))
    with pytest.raises(Malformed):
        detail_of(SALT, {"title": "\ud800"})


def test_an_invoice_is_entered_once() -> None:
    """Under its guard the second entry of one payee's reference is refused, and nothing but the first stands."""
    world = World(IDENTITIES)
    subject = claims.invoice_subject("A1", "ab" * 16)
    invoice = claims.Evidence(subject=subject, person=PERSON, amount=33333, line="L1", payee="A1")
    entered = claims.evidence_recorded("invoice_entered", invoice)
    guard = (Guard(subject, 0),)
    number = world.done(entered, guards=guard)
    assert world.code(entered, guards=guard) == "guard_stale"
    world.done(claims.evidence_recorded("invoice_accepted", invoice, effective_on=START, because=number))
    with pytest.raises(Malformed):
        claims.evidence_recorded("invoice_accepted", invoice, because=number)
    for wrong in ("AB" * 16, "ab", "invoice 17"):
        with pytest.raises(Malformed):
            claims.invoice_subject("A1", wrong)


def test_what_a_budget_needs_opens_in_one_group() -> None:
    """Fund, partner, holder account, payee and shares open with the builders alone, and a second time is refused."""
    world = World(IDENTITIES)
    council = funds.Fund(fund="council", kind="partner", partner="council")
    share = Share(line="L1", fund="council", year="2025-26", person=PERSON, kind="partner", partner="council")
    own = Share(line="L1", fund="own", year="2025-26", person=PERSON, kind="contribution")
    together = (
        *funds.fund_opened(council, ("2025-26",)), funds.partner_opened("council"), payees.payable_opened("A1"),
        *people.holder_account_recorded("approved", holder_account="H1", person=PERSON),
        plans.line_recorded("agreed", make()), *plans.share_opened(share, because=-7), *plans.share_opened(own),
        *funds.contribution_opened(own),
    )  # fmt: skip
    world.done(*together)
    assert world.code(*together) == "account_exists"
    for code in (share.code("partner/unbilled"), own.code("partner/unbilled"), own.code("contribution"), "payable/H1",
                 own.code("advance", holder_account="H1"), share.code("unallocated")):  # fmt: skip
        assert world.state.accounts[code] is not None


def test_balances_read_become_a_share() -> None:
    """Signed balances by account code turn to the natural side: what is recorded beyond authority is a size."""
    line = make()
    made = plans.share_of(line, line.shares[1], "2025-26", partner="council")
    read_now = {made.code("available"): 70, made.code("held"): 30, made.code("unfunded"): -5}
    found = plans.share_of(line, line.shares[1], "2025-26", partner="council", balances=read_now)
    assert (found.available, found.held, found.unfunded, found.advanced) == (70, 30, 5, 0)
    assert (found.weight, found.ref) == (40, "L1/council/2025-26")
