"""Autonomy beside accountability over HTTP: figures worked out by hand, groups of too few kept back, the same answer later."""

from typing import Any

from ledger.budgets import people, plans
from tests.api.lives import DAY, END, NO, START, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import GBP, ON, Owed
from tests.api.test_returns import accepted, paid
from tests.api.test_spending import code

FROM, TO = "2025-06-01", "2025-06-30"


async def table(lives: Tried, who: str = "auditor", first: str = FROM, last: str = TO, **more: Any) -> dict[str, Any]:
    """The whole answer for a time."""
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    answer = await lives.get(f"/autonomy?from={first}&to={last}{asked}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def figure(read: dict[str, Any], name: str) -> tuple[Any, ...]:
    """Part, whole, pence of both, and both percentages of everybody."""
    found = next(each for each in read["measures"] if each["name"] == name)["everybody"]
    return tuple(
        found[each] for each in ("part", "whole", "part_amount", "whole_amount", "percent", "percent_of_amount")
    )


def waited(read: dict[str, Any], name: str, which: str = "over") -> tuple[int, int | None, int | None]:
    """How often, median and ninetieth percentile of everybody."""
    found = next(each for each in read["waiting"] if each["name"] == name)["everybody"][which]
    return found["times"], found["median_days"], found["days_of_nine_in_ten"]


async def test_the_share_decided_without_a_person_counts_each_wish_once(lives: Tried) -> None:
    """Of four orders two are allowed at once, one is referred and approved, one is referred and declined; what somebody laid out is
    counted too; an answer that somebody had to be asked for makes no order that follows it one of the rules' own."""
    await lives.spend("100.00")
    await lives.spend("300.00")
    for amount, act, why in (("1000.01", "approve", {}), ("1000.02", "decline", NO)):
        referred = await lives.spend(amount)
        assert referred["outcome"] == "refer"
        await lives.done(f"decisions/{referred['number']}/{act}", {**ON, **why}, "officer:olga")
    given = {
        "line": "D",
        "service": "home_care",
        "amount": "75.50",
        "spent_on": ON["effective_on"],
        "holder_account": "H1",
        **GBP,
    }
    claim = (await lives.done("reimbursements", given, "holder:holder-D", D))["entries"][0]["number"]
    due = (await lives.done(f"reimbursements/{claim}/accept", ON, "officer", D))["entries"][0]["number"]
    await lives.done("/payments", {"payee": "H1", "bank": "main", "invoices": [due], **ON}, "finance:pat")
    read = await table(lives)
    assert figure(read, "decided_without_a_person") == (3, 5, "475.50", "2475.53", "60.0", "19.2")
    assert figure(read, "referred") == (2, 5, "2000.03", "2475.53", "40.0", "80.8")
    assert figure(read, "refused") == (1, 5, "1000.02", "2475.53", "20.0", "40.4")
    assert figure(read, "off_plan") == (0, 1, "0.00", "75.50", "0.0", "0.0")
    assert figure(read, "overturned") == (0, 0, "0.00", "0.00", None, None)
    assert (read["by"], read["currency"], read["fewest_people"]) == ("book", "GBP", 5)
    # What was asked and answered today waited no day, whatever its accounting day; of two people how long is not told.
    recorded = await table(lives, last="2999-12-31")
    assert waited(recorded, "referral_to_decision") == (2, None, None)
    assert waited(recorded, "reimbursement_to_paid_back") == (1, None, None)
    assert figure(await table(lives, first="2025-06-03"), "decided_without_a_person")[:2] == (0, 0)


async def test_questions_demands_and_money_without_evidence(lives: Tried) -> None:
    """Of £2,000 paid ahead for four weeks £1,810 is left: on the last of them only what has gone without evidence counts, and the
    day after everything does. One question, of more than a year later, finds nothing; one ends in a demand of which £10 comes
    back."""
    await lives.instalment("2000.00")
    owed = Owed(lives)
    taken = await owed.bank_line("150.00")
    spent = (await lives.accept(await lives.claim("40.00", spent_on="2024-06-01"), "officer:olga", "claims", D))[
        "entries"
    ][0]["number"]
    first = (await owed.done("questions", {"of": spent, "amount": "40.00", **GBP, **ON}))["entries"][0]["number"]
    await owed.done(f"questions/{first}/explain", {"amount": "40.00", **GBP, **ON}, "officer:olga")
    late = {"effective_on": "2025-07-03"}
    second = (await owed.done("questions", {"of": taken, "amount": "60.00", **GBP, **late}))["entries"][0]["number"]
    read = await table(lives, last="2025-06-29")
    assert figure(read, "evidence_requests_found_nothing")[:4] == (1, 1, "40.00", "40.00")
    assert figure(read, "late_challenges")[:2] == (1, 1)
    assert figure(read, "money_without_evidence")[:4] == (1, 1, "150.00", "2000.00")
    assert figure(await table(lives), "money_without_evidence")[:4] == (1, 1, "1960.00", "2000.00")
    number = (await lives.get("/autonomy?from=2025-06-01&to=2025-07-31")).status_code
    assert number == 403, "an officer sees each person, and not this"
    demand = await owed.demanded("60.00", source="disputed", of=second)
    repay = {"amount": "10.00", "bank": "main", **GBP, **ON}
    await owed.done(f"demands/{demand}/repayments", repay, "finance")
    read = await table(lives, last="2025-07-31", who="auditor")
    assert figure(read, "late_challenges")[:4] == (1, 2, "40.00", "100.00")
    assert figure(read, "evidence_requests_found_nothing")[:4] == (1, 2, "40.00", "100.00")
    assert figure(read, "recovered")[:4] == (1, 1, "10.00", "60.00")
    before = await table(lives, last="2025-07-31", who="finance", known_at=demand)
    assert figure(before, "recovered")[:4] == (0, 1, "0.00", "60.00")
    assert before["through_entry"] == demand


async def test_decisions_that_do_not_stand_are_counted(lives: Tried) -> None:
    """Of two demands that are looked at again, one stands and one is taken back: 1 of 2; and nothing is recovered of what was
    taken back whole."""
    await lives.instalment("2000.00")
    owed = Owed(lives)
    for amount, given in (
        ("60.00", {"outcome": "upheld", "words": "It stands."}),
        ("50.00", {"outcome": "changed", "withdrawn": "50.00"}),
    ):
        number = await owed.demanded(amount)
        asked = await owed.done(
            "reconsiderations", {"about": "demand", "of": number, "received_on": ON["effective_on"]}
        )
        path = f"reconsiderations/{asked['entries'][0]['number']}/answer"
        await owed.done(path, {**given, "answered_on": "2025-06-30"}, "officer:olga")
    read = await table(lives, by="management")
    assert figure(read, "overturned")[:2] == (1, 2)
    assert figure(read, "recovered")[:4] == (0, 1, "0.00", "60.00")
    assert figure(await table(lives, last="2025-06-29"), "overturned")[:2] == (0, 0)


async def test_groups_of_too_few_are_kept_back_and_the_book_is_not(lives: Tried) -> None:
    """Two people are too few in every breakdown, down to the groups of nobody; the book's own totals are the same in each."""
    await lives.spend("100.00")
    whole = await table(lives)
    for by, size in (("cohort", 6), ("management", 5), ("age", 8), ("sex", 6), ("ethnicity", 19), ("deprivation", 6)):
        read = await table(lives, by=by)
        for one, other in zip(read["measures"], whole["measures"], strict=True):
            assert one["everybody"] == other["everybody"]
            assert len(one["groups"]) == size
        decided = read["measures"][0]["groups"]
        assert {each["says"] for each in decided} == {"too few to say"}
        assert {each["part"] for each in decided} == {each["whole_amount"] for each in decided} == {None}
        assert {each["says"] for each in read["measures"][1]["groups"]} == {"too few to say"}, (
            "two people have a budget, also where there is nothing of them"
        )
    for first, last, more, wrong in (
        ("2025-06-02", TO, "", "months_not_whole"), (FROM, "2025-06-29", "", "months_not_whole"),
        (FROM, TO, "&known_at=1", "known_at_misplaced"),
    ):  # fmt: skip
        no = await lives.get(f"/autonomy?from={first}&to={last}&by=sex{more}", "auditor")
        assert code(no) == (400, wrong), more
    assert code(await lives.get(f"/autonomy?from={TO}&to={FROM}", "auditor")) == (400, "dates_malformed")
    assert code(await lives.get(f"/autonomy?from={FROM}&to={TO}&by=person", "auditor"))[0] == 400
    assert code(await lives.get(f"/autonomy?from={FROM}&to={TO}", "holder:holder-D")) == (403, "permission_missing")
    assert code(await lives.get(f"/autonomy?from={FROM}", "auditor"))[0] == 400


async def _person_of(lives: Lives, place: int, sex: str | None) -> plans.Line:
    """One more person of a group, with a small budget."""
    person = people.person_ref(bytes([100 + place]) * 16)
    line = plans.Line(
        line=f"S{place}", person=person, plan=f"PS{place}", version=1, services=("home_care",),
        management="notional", amount=25_000, start=START, end=END, shares=(plans.LineShare("nhs", "ring_fenced", 1),),
    )  # fmt: skip
    await lives._person(line)
    if sex is not None:
        detail = people.groups_detail(b"g" * 16, [people.Group("sex", sex, START)])
        await lives.do(people.person_recorded("groups_changed", person=line.person, on=START, detail=detail))
    return line


async def _order(lives: Lives, line: plans.Line) -> None:
    body = {"line": line.line, "service": "home_care", "amount": "12.34", "payee": "A1", **GBP, **ON}
    await lives.done("spends", body, "officer", line)


async def test_groups_below_at_and_above_five_people(lives: Tried) -> None:
    """Of four men nothing is told, nor of the five women by whom they could be worked out; of six others it is, rounded, and one
    with many orders counts once of a hundred people. With a fifth man everything is told."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    groups = ("female",) * 5 + ("male",) * 4 + ("not_stated",) * 6
    lines = [await _person_of(plain, place, sex) for place, sex in enumerate(groups)]
    # With Dora and Ned five people of whom no group is recorded and who order nothing, so that nobody is kept back for them.
    for place in range(3):
        await _person_of(plain, 50 + place, None)
    for line in (*lines, lines[-1], lines[-1]):
        await _order(plain, line)

    async def told() -> dict[str, tuple[Any, ...]]:
        read = (await table(lives, by="sex"))["measures"][0]
        assert read["everybody"]["whole"] == len(lines) + 2
        wanted = ("says", "part", "whole", "people", "people_with_part", "per_100_people", "whole_amount")
        return {each["group"]: tuple(each[name] for name in wanted) for each in read["groups"]}

    found = await told()
    few = ("too few to say", *(None,) * 6)
    assert (found["male"], found["female"]) == (few, few)
    assert found["not_stated"] == (None, 10, 10, 5, 5, "100.0", "100.00")
    assert found["indeterminate"][:3] == (None, 0, 0)
    fifth = await _person_of(plain, len(lines), "male")
    await _order(plain, fifth)
    lines.append(fifth)
    found = await told()
    assert found["male"] == found["female"] == (None, 5, 5, 5, 5, "100.0", "100.00")


async def test_of_a_hundred_people_are_all_who_had_a_budget(lives: Tried) -> None:
    """Of ten women five order, and of ten men all: 50 and 100 of 100. Who asks for nothing counts in the month in which they have a
    budget, and nobody in one after it; of eleven women one would be told by the others, so both groups are kept back."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    women = [await _person_of(plain, place, "female") for place in range(10)]
    men = [await _person_of(plain, 20 + place, "male") for place in range(10)]
    for place in range(3):
        await _person_of(plain, 50 + place, None)
    for line in (*women[:5], *men):
        await _order(plain, line)

    async def told(first: str = FROM, last: str = TO) -> dict[str, tuple[Any, ...]]:
        read = (await table(lives, first=first, last=last, by="sex"))["measures"][0]
        wanted = ("says", "people", "people_with_part", "population", "per_100_people")
        everybody = {"everybody": tuple(read["everybody"][name] for name in wanted)}
        return everybody | {each["group"]: tuple(each[name] for name in wanted) for each in read["groups"]}

    found = await told()
    assert found["everybody"] == (None, 15, 15, 25, "60.0")
    assert (found["female"], found["male"]) == ((None, 5, 5, 10, "50.0"), (None, 10, 10, 10, "100.0"))
    assert found["not_recorded"] == (None, 0, 0, 5, "0.0")
    assert found["indeterminate"] == (None, 0, 0, 0, None)
    assert (await told("2025-05-01", "2025-05-31"))["female"] == (None, 0, 0, 10, "0.0")
    assert (await told("2026-04-01", "2026-04-30"))["everybody"] == (None, 0, 0, 0, None)
    await _order(plain, women[5])
    few = ("too few to say", *(None,) * 4)
    found = await told()
    assert (found["everybody"][1:4], found["female"]) == ((16, 16, 25), few)
    assert sum(each == few for each in found.values()) == 2


ALL_OF = ("says", "part", "whole", "people", "people_with_part", "population", "per_100_people", "per_100_people_low",
          "per_100_people_high", "percent", "percent_low", "percent_high")  # fmt: skip
FEW = ("too few to say", *(None,) * 11)
OLD = {"birth_month": "1950-03", "ethnicity": "A", "deprivation": "2"}
YOUNG = {"birth_month": "1990-07", "ethnicity": "H", "deprivation": "5"}
CHILD = {"birth_month": "2015-01", "ethnicity": "M", "deprivation": "10"}
GROUPED = {"age": ("75-84", "25-44", "0-17"), "ethnicity": ("A", "H", "M"), "deprivation": ("1", "3", "5")}
"""A breakdown → the groups of these three."""


async def test_age_ethnicity_and_deprivation_are_told_with_denominators_and_intervals_and_few_are_kept_back(
    lives: Tried,
) -> None:
    """Of ten old people five order, of ten young ones all; children first none, then four, who are kept back, and with them whoever
    they could be worked out by: everybody's figures less what is shown are never of fewer than five."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    old = [await _grouped(plain, place, OLD) for place in range(10)]
    young = [await _grouped(plain, 20 + place, YOUNG) for place in range(10)]
    for place in range(3):
        await _person_of(plain, 50 + place, None)
    for line in (*old[:5], *young):
        await _order(plain, line)
    for by, (one, other, none) in GROUPED.items():
        read = (await table(lives, by=by))["measures"][0]
        found = {each["group"]: tuple(each[name] for name in ALL_OF) for each in read["groups"]}
        # Wilson's intervals of 5 of 10, 5 of 5 and 10 of 10, worked out by hand.
        assert found[one] == (None, 5, 5, 5, 5, 10, "50.0", "23.7", "76.3", "100.0", "56.6", "100.0"), by
        assert found[other] == (None, 10, 10, 10, 10, 10, "100.0", "72.2", "100.0", "100.0", "72.2", "100.0"), by
        assert found[none][:6] == (None, 0, 0, 0, 0, 0), by
        assert found["not_recorded"][:7] == (None, 0, 0, 0, 0, 5, "0.0"), by
    for place in range(4):
        await _grouped(plain, 40 + place, CHILD)
    for by, (one, _, few) in GROUPED.items():
        read = (await table(lives, by=by))["measures"][0]
        found = {each["group"]: tuple(each[name] for name in ALL_OF) for each in read["groups"]}
        assert (found[few], found["not_recorded"]) == (FEW, FEW), by
        assert found[one][4:7] == (5, 10, "50.0"), by
        hidden = read["everybody"]["population"] - sum(each[5] for each in found.values() if each != FEW)
        assert (read["everybody"]["people_with_part"], hidden) == (15, 9), by


async def _grouped(lives: Lives, place: int, of: dict[str, str]) -> plans.Line:
    """One more person, of these groups."""
    line = await _person_of(lives, place, None)
    detail = people.groups_detail(b"g" * 16, [people.Group(name, value, START) for name, value in of.items()])
    await lives.do(people.person_recorded("groups_changed", person=line.person, on=START, detail=detail))
    return line


async def test_what_is_recorded_later_changes_no_answer_of_before(lives: Tried) -> None:
    """As known at an entry, the answer is the same to the letter after more has happened, and so is what was decided then."""
    await lives.spend("100.00")
    then = await table(lives)
    await lives.spend("200.00")
    await paid(lives, await accepted(lives, "AU-1", "10.00"))
    assert await table(lives, known_at=then["through_entry"]) == then
    assert figure(await table(lives), "decided_without_a_person")[:2] == (2, 2)


async def test_what_the_rules_deny_is_refused_and_each_group_has_its_share(lives: Tried) -> None:
    """Of ten women five are refused an order, and of ten men none; the fifth part that is referred is told with its interval."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    women = [await _person_of(plain, place, "female") for place in range(10)]
    men = [await _person_of(plain, 20 + place, "male") for place in range(10)]
    for place in range(3):
        await _person_of(plain, 50 + place, None)
    for line in (*women[5:], *men):
        await _order(plain, line)
    for line in women[:5]:
        body = {"line": line.line, "service": "massage", "amount": "12.34", "payee": "A1", **GBP, **ON}
        assert (await plain.done("spends", body, "officer", line))["outcome"] == "deny"
    read = await table(lives, by="sex")
    assert figure(read, "refused")[:4] == (5, 20, "61.70", "246.80")
    assert figure(read, "referred")[:2] == (0, 20)
    refused = next(each for each in read["measures"] if each["name"] == "refused")["groups"]
    found = {each["group"]: tuple(each[name] for name in ALL_OF) for each in refused}
    # Wilson's intervals of 5 of 10 and 0 of 10, worked out by hand.
    assert found["female"] == (None, 5, 10, 10, 5, 10, "50.0", "23.7", "76.3", "50.0", "23.7", "76.3")
    assert found["male"] == (None, 0, 10, 10, 0, 10, "0.0", "0.0", "27.8", "0.0", "0.0", "27.8")


async def test_whoever_may_not_see_people_is_told_of_whole_months_and_of_nobody_alone(lives: Tried) -> None:
    """The commissioner: no day by itself, no entry, and no figure of a book of one person, which finance sees; of enough people it
    is rounded, so that one more order does not show."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    await plain.spend("521.51")
    last = (await table(lives))["through_entry"]
    for first, until, more, wrong in (
        (DAY, DAY, "", "months_not_whole"), (FROM, "2025-06-29", "", "months_not_whole"),
        ("2025-06-02", TO, "", "months_not_whole"), (FROM, TO, f"&known_at={last}", "known_at_misplaced"),
        (DAY, DAY, f"&known_at={last}", "months_not_whole"),
    ):  # fmt: skip
        no = await lives.get(f"/autonomy?from={first}&to={until}&by=book{more}", "commissioner")
        assert code(no) == (400, wrong), (first, until, more)
    seen = await table(lives, "finance", DAY, DAY, known_at=last)
    assert figure(seen, "decided_without_a_person")[:4] == (1, 1, "521.51", "521.51")
    kept = await table(lives, "commissioner")
    assert {each["everybody"]["says"] for each in kept["measures"]} == {"too few to say"}
    assert {each["groups"][0]["says"] for each in kept["measures"]} == {"too few to say"}
    assert (kept["rounded_to"], kept["rounded_to_amount"], kept["rounded_to_days"]) == (5, "100.00", 5)
    assert "521.51" not in str(kept)
    lines = [await _person_of(plain, place, None) for place in range(13)]
    # With Dora five of whom there is nothing, so that nobody is kept back for them.
    for line in lines[:9]:
        await _order(plain, line)
    told = figure(await table(lives, "commissioner"), "referred")
    assert told == (0, 10, "0.00", "600.00", "0.0", "0.0")
    await _order(plain, lines[0])
    assert figure(await table(lives, "commissioner"), "referred") == told
    assert figure(await table(lives, "auditor"), "referred")[:4] == (0, 11, "0.00", "644.91")
    await _the_better_the_figure_the_more_of_it_shows(plain, lines)


async def _the_better_the_figure_the_more_of_it_shows(lives: Lives, lines: list[plans.Line]) -> None:
    """Of fifteen people thirteen got a yes, and two nothing but a no: the share of verdicts is told, and not how many got one."""
    for line in lines[9:12]:
        await _order(lives, line)
    more = [await _person_of(lives, 13 + place, None) for place in range(5)]
    for line in (lines[12], more[0], *lines[:3]):
        body = {"line": line.line, "service": "massage", "amount": "12.34", "payee": "A1", **GBP, **ON}
        assert (await lives.done("spends", body, "officer", line))["outcome"] == "deny"
    read = await table(lives, "commissioner")  # type: ignore[arg-type]
    decided = read["measures"][0]["everybody"]
    told = ("says", "part", "whole", "people", "population", "people_with_part", "per_100_people", "per_100_people_low")
    assert tuple(decided[name] for name in told) == (None, 15, 20, 15, 20, None, None, None)
    assert (decided["percent"], decided["part_amount"]) == ("75.0", "700.00")


async def test_the_commissioner_is_told_no_days_of_a_few(lives: Tried) -> None:
    """Of one wait that is over finance is told that there was one, and nobody how long it was."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    referred = await plain.spend("1000.01")
    await plain.done(f"decisions/{referred['number']}/decline", {**ON, **NO}, "officer:olga")
    last = "2999-12-31"
    assert waited(await table(lives, last=last), "referral_to_decision") == (1, None, None)
    kept = await table(lives, "commissioner", last=last)
    step = next(each for each in kept["waiting"] if each["name"] == "referral_to_decision")
    assert (step["everybody"]["over"]["says"], step["everybody"]["still_waiting"]["says"]) == ("too few to say", None)
