"""The patterns D1 to D15: of each something that is found, and something close to it that is not. All thresholds are made up."""

from datetime import date, timedelta

import msgspec
import pytest

from ledger.budgets import people, stopping
from ledger.budgets.reading import decisions_of
from ledger.core.calendar import day_ends_us, month_of
from policies.thresholds import thresholds_set
from tests.policies.scene import START, Scene
from tests.policies.watched import MADE_UP, Watched, days, mark

JUNE = date(2025, 6, 1)


@pytest.fixture
async def watched(scene: Scene) -> Watched:
    """A book with thresholds that are made up."""
    made = Watched(scene)
    await made.begin()
    return made


async def test_d1_money_to_an_account_of_the_holder(watched: Watched) -> None:
    """To the representative's own account, by the bank's line or by a payee that has it; not a penny below, nor to another's."""
    made = {}
    for pence in (100_00, 99_99):
        by_line = await watched.person()
        by_line.noted(bank=mark("mother"))
        by_line.paid(JUNE, 1_000_00)
        by_line.claimed(JUNE, 10_00)
        by_line.went(JUNE, pence, to_bank=mark("mother"))
        by_line.went(JUNE, 200_00, to_bank=mark("elsewhere"))
        by_payee = await watched.person()
        by_payee.noted(bank=mark(f"own-{pence}"))
        by_payee.paid(JUNE, 1_000_00)
        by_payee.claimed(JUNE, pence, await watched.payee(f"P-{pence}", bank=mark(f"own-{pence}")))
        made[pence] = (by_line.person, by_payee.person)
    assert await watched.found() == {person: {"own_account"} for person in made[100_00]}


async def test_d2_one_bank_account_of_payees_of_several_people(watched: Watched) -> None:
    """Three assistants of three people with one account; two with one, and an agency that three people use, are not it."""
    found, quiet = [await watched.person() for _ in range(3)], [await watched.person() for _ in range(5)]
    for place, lived in enumerate(found):
        lived.paid(JUNE, 1_000_00)
        lived.claimed(JUNE, 100_00, await watched.payee(f"S{place}", bank=mark("shared")))
    for place, lived in enumerate(quiet):
        lived.paid(JUNE, 1_000_00)
        code = await watched.payee(f"T{place}", bank=mark("of-two")) if place < 2 else "A1"
        lived.claimed(JUNE, 100_00, code)
    assert await watched.found() == {lived.person: {"bank_shared"} for lived in found}


async def test_d3_hours_in_a_day_and_a_week(watched: Watched) -> None:
    """Twenty-four hours in a day and sixty in a week can be; a quarter of an hour more is looked at, over all employers."""
    monday = date(2025, 6, 2)
    cases = {"day": 24 + 1, "not_day": 24, "week": 60 + 1, "not_week": 60}
    made = {}
    for name, hours in cases.items():
        lived = made[name] = await watched.person()
        lived.paid(JUNE, 2_000_00)
        assistant = await watched.payee(f"PA-{name}", employed=True)
        last = monday if name.endswith("day") else monday + timedelta(days=6)
        lived.claimed(last, 800_00, assistant, "personal_assistant", care=(monday, last), hours=hours)
    split = [await watched.person() for _ in range(2)]
    assistant = await watched.payee("PA-split", employed=True)
    for lived in split:
        lived.paid(JUNE, 2_000_00)
        lived.claimed(monday, 200_00, assistant, "personal_assistant", care=(monday, monday), hours=13)
    found = await watched.found()
    assert found == {
        made["day"].person: {"hours_in_day"}, made["week"].person: {"hours_in_week"},
        split[0].person: {"hours_in_day"}, split[1].person: {"hours_in_day"},
    }  # fmt: skip


async def test_d3_two_employers_a_hospital_stay_and_an_absence(watched: Watched) -> None:
    """The days on which an assistant was paid and could not well have been there; fewer, or a stay taken back, is not."""
    cases = {
        "two": 3,
        "two_not": 2,
        "two_short": 3,
        "stay": 3,
        "not_stay": 2,
        "withdrawn": 3,
        "away": 2,
        "not_away": 1,
        "abroad": 2,
    }
    made = {}
    for name, many in cases.items():
        lived = made[name] = await watched.person()
        lived.paid(JUNE, 2_000_00)
        assistant = await watched.payee(f"PA-{name}", employed=True)
        worked = days(date(2025, 6, 9), 5)
        lived.claimed(worked[-1], 600_00, assistant, "personal_assistant", care=(worked[0], worked[-1]), hours=40)
        if "two" in name:
            other = await watched.person()
            made[f"{name}-other"] = other
            other.paid(JUNE, 2_000_00)
            hours = 11 if name == "two_short" else 4 * many
            other.claimed(
                worked[many - 1],
                100_00,
                assistant,
                "personal_assistant",
                care=(worked[0], worked[many - 1]),
                hours=hours,
            )
        elif name in ("stay", "not_stay", "withdrawn"):
            lived.away(worked[5 - many], worked[-1] + timedelta(days=4))
            if name == "withdrawn":
                lived.away(worked[5 - many], worked[-1] + timedelta(days=4), "away_withdrawn")
        else:
            watched.away(
                assistant, worked[5 - many], worked[-1], "employed_elsewhere" if name == "abroad" else "absent"
            )
    assert await watched.found() == {
        made["two"].person: {"two_employers"}, made["two-other"].person: {"two_employers"},
        made["stay"].person: {"hospital_stay"}, made["away"].person: {"assistant_away"},
        made["abroad"].person: {"assistant_away"},
    }  # fmt: skip


async def test_case_83_a_timesheet_during_another_job_is_looked_at_and_nobody_is_told(watched: Watched) -> None:
    """The assistant was recorded as employed elsewhere: staff look, the wages stay spent, and the person's budget says nothing."""
    lived = await watched.person()
    lived.paid(JUNE, 2_000_00)
    assistant, worked = await watched.payee("PA-83", employed=True), days(date(2025, 6, 9), 5)
    watched.away(assistant, date(2025, 1, 1), date(2025, 12, 31), "employed_elsewhere")
    lived.claimed(worked[-1], 600_00, assistant, "personal_assistant", care=(worked[0], worked[-1]), hours=40)
    assert await watched.found() == {lived.person: {"assistant_away"}}
    assert await watched.scene.left(lived.budget, "spent") == 600_00
    async with watched.scene.reading() as connection:
        shown = await decisions_of(connection, watched.scene.book.book_id, lived.person, after=0, limit=10)
    assert shown.decisions == ()


async def test_d4_round_amounts_and_invoices_in_a_row(watched: Watched) -> None:
    """Four times the same £150 in a month, and four numbers without a gap; a wage of pence, three times, and gaps are ordinary."""
    made = {}
    for name, many, pence in (("round", 4, 150_00), ("thrice", 3, 150_00), ("odd", 5, 152_25)):
        lived = made[name] = await watched.person()
        lived.paid(JUNE, 2_000_00)
        for on in days(JUNE, many, 5):
            lived.claimed(on, pence)
    for name, numbers in (("row", (7, 8, 9, 10)), ("gap", (20, 21, 23, 24)), ("old", (31, 32, 33, 34))):
        lived = made[name] = await watched.person("notional")
        payee = await watched.payee(f"I-{name}")
        for place, number in enumerate(numbers):
            first = date(2025, 4, 7) if name == "old" else date(2025, 4, 21)
            lived.billed(first + timedelta(days=14 * place), 120_00 + place, payee, number=number)
    assert await watched.found() == {
        made["round"].person: {"round_amounts"},
        made["row"].person: {"sequential_invoices"},
    }


async def test_d4_the_same_again_to_one_payee_soon_after(watched: Watched) -> None:
    """Twice in a month an amount that was paid three days before; later, another amount, another payee, once only, or one that was
    taken back is ordinary. What was paid before the month counts as the first."""
    cases = {
        "again": [(1, 75_10), (4, 75_10), (7, 75_10)], "before": [(-1, 75_10), (2, 75_10), (2, 75_10)],
        "late": [(1, 75_10), (5, 75_10), (9, 75_10)], "other": [(1, 75_10), (2, 75_11), (3, 75_12)],
        "once": [(1, 75_10), (2, 75_10)],
    }  # fmt: skip
    made = {}
    for name, paid in cases.items():
        lived = made[name] = await watched.person()
        lived.paid(JUNE, 2_000_00)
        for after, pence in paid:
            lived.claimed(JUNE + timedelta(days=after), pence)
    others = await watched.person()
    others.paid(JUNE, 2_000_00)
    for place in range(3):
        others.claimed(JUNE, 75_10, await watched.payee(f"M{place}"))
    assert await watched.found() == {made[name].person: {"same_again"} for name in ("again", "before")}


async def test_d5_a_document_given_again_or_one_that_looks_the_same(watched: Watched) -> None:
    """The file of somebody else's claim, a picture with another word in it; another receipt, or two nearly blank, are not."""
    now = watched.scene.today()
    given = {"first": ("aa", "1.2.3.4"), "again": ("aa", "1.2.3.4"), "alike": ("bb", "1.2.3.9"), "other": ("cc", "1.2.7.8"),
             "blank": ("ee", "5.-.-.-"), "blank_too": ("ff", "5.-.-.-"), "paper": ("dd", None)}  # fmt: skip
    made = {}
    for name, (sha256, likeness) in given.items():
        lived = made[name] = await watched.person()
        lived.given(sha256, likeness)
    await watched.settle()
    await watched.scene.clock.set(day_ends_us(now + timedelta(days=40)))
    assert await watched.found(month_of(now)) == {
        made["again"].person: {"document_again"}, made["alike"].person: {"document_alike"},
    }  # fmt: skip


async def test_d6_cash(watched: Watched) -> None:
    """Three tenths of a quarter's payments drawn as cash, and any cash where nothing was paid in; a penny below is not."""
    made = {}
    for name, pence in (("cash", 300_00), ("not_cash", 299_99), ("card", 300_00)):
        lived = made[name] = await watched.person()
        lived.paid(date(2025, 4, 10), 1_000_00)
        lived.claimed(JUNE, 150_10)
        lived.went(date(2025, 5, 5), 10_00, way="card")
        lived.went(JUNE, pence, way="card" if name == "card" else "cash")
    assert await watched.found() == {made["cash"].person: {"cash"}}


async def test_d7_a_new_payee_at_the_holders_address(watched: Watched) -> None:
    """By address or by telephone, when they are first paid; one paid before, and a neighbour, are not."""
    made = {}
    for name, of in (("place", {"place": mark("home")}), ("phone", {"phone": mark("0161")}), ("next", {"place": mark("door")}),
                     ("before", {"place": mark("home")})):  # fmt: skip
        lived = made[name] = await watched.person()
        lived.noted(place=mark("home"), phone=mark("0161"))
        lived.paid(date(2025, 4, 10), 1_000_00)
        payee = await watched.payee(f"L-{name}", **of)
        lived.claimed(date(2025, 5, 31) if name == "before" else JUNE, 20_00, payee)
        lived.claimed(JUNE, 20_00, payee)
    assert await watched.found() == {made["place"].person: {"linked_payee"}, made["phone"].person: {"linked_payee"}}


async def test_d8_much_spent_before_a_review(watched: Watched) -> None:
    """Two and a half times what is usual in four weeks; a penny less, the same without a review, and a beginner are not."""
    made = {}
    for name, pence in (("late", 350_00), ("less", 349_99), ("no_review", 350_00), ("new", 350_00)):
        lived = made[name] = await watched.person()
        lived.paid(date(2025, 4, 2), 900_00)
        for on in (date(2025, 5, 20),) if name == "new" else (date(2025, 4, 10), date(2025, 5, 8)):
            # £220 in the 44 days before the last 28 are £140 in 28 days.
            lived.claimed(on, 110_00)
        lived.claimed(date(2025, 6, 10), pence)
        if name != "no_review":
            lived.reviewed(date(2025, 6, 20))
    assert await watched.found() == {made["late"].person: {"late_spend"}}


async def test_d9_wages_and_nothing_to_payroll(watched: Watched) -> None:
    """£1,200 of wages in a quarter; with payroll paid for, or a penny less, nobody looks."""
    made = {}
    for name, pence in (("wages", 1_200_00), ("less", 1_199_99), ("payroll", 1_300_10), ("agency", 1_300_10)):
        lived = made[name] = await watched.person()
        lived.paid(date(2025, 4, 2), 3_000_00)
        payee = "A1" if name == "agency" else await watched.payee(f"W-{name}", employed=True)
        lived.claimed(date(2025, 5, 2), 600_00, payee, "personal_assistant")
        lived.claimed(date(2025, 6, 2), pence - 600_00, payee, "personal_assistant")
        if name == "payroll":
            lived.claimed(date(2025, 5, 5), 18_10, "A1", "payroll", act="claimed")
    assert await watched.found() == {made["wages"].person: {"wages_unreported"}}


async def test_d10_money_leaves_and_nobody_says_that_care_was_bought(watched: Watched) -> None:
    """£500 in a month without a claim; with one claim, even one that waits, or a penny less, it is ordinary."""
    made = {}
    for name, pence in (("fall", 500_00), ("less", 499_99), ("claimed", 700_00)):
        lived = made[name] = await watched.person()
        lived.paid(date(2025, 4, 2), 2_000_00)
        lived.claimed(date(2025, 4, 20), 300_10)
        lived.went(date(2025, 6, 5), pence)
        if name == "claimed":
            lived.claimed(date(2025, 6, 6), 30_10, act="claimed")
    assert await watched.found() == {made["fall"].person: {"unplanned_fall"}}


async def test_d11_a_credit_that_nobody_has_explained(watched: Watched) -> None:
    """£200 of somebody's; the instalment as it arrives, a refund that was matched, and a penny less are not."""
    made = {}
    for name, pence in (("credit", 200_00), ("less", 199_99), ("instalment", 1_000_00), ("refund", 300_00)):
        lived = made[name] = await watched.person()
        lived.paid(date(2025, 6, 2), 1_000_00)
        lived.claimed(date(2025, 6, 3), 500_10)
        lived.came(date(2025, 6, 4), pence)
        if name == "refund":
            number = await watched.number_of_last()
            lived.matched(number, pence, "refund")
    assert await watched.found() == {made["credit"].person: {"unknown_credit"}}


async def test_how_far_d8_and_d11_look_is_local_data(watched: Watched) -> None:
    """By other windows a purchase ten days before the review is usual, and what arrives two days after its payment is unknown."""
    other = msgspec.structs.replace(MADE_UP, late_days=9, arrives_days=1)
    await watched.scene.do(thresholds_set(other, since=START, made_up=True, salt=b"s" * 16))
    late, credit = await watched.person(), await watched.person()
    late.paid(date(2025, 4, 2), 900_00)
    for on, pence in ((date(2025, 4, 10), 110_00), (date(2025, 5, 8), 110_00), (date(2025, 6, 10), 350_00)):
        late.claimed(on, pence)
    late.reviewed(date(2025, 6, 20))
    credit.paid(date(2025, 6, 2), 1_000_00)
    credit.claimed(date(2025, 6, 3), 500_10)
    credit.came(date(2025, 6, 4), 1_000_00)
    assert await watched.found() == {credit.person: {"unknown_credit"}}


async def test_d12_a_payment_at_once_after_a_change_of_account(watched: Watched) -> None:
    """Within a week; on the eighth day, after the first account that was ever noted, or below, it is ordinary."""
    made = {}
    for name, pence, paid in (("soon", 100_00, 9), ("later", 100_00, 10), ("less", 99_99, 9), ("first", 100_00, 9)):
        lived = made[name] = await watched.person("notional")
        payee = await watched.payee(f"B-{name}", **({} if name == "first" else {"bank": mark(f"old-{name}")}))
        watched.noted(payee, date(2025, 6, 2), bank=mark(f"new-{name}"))
        lived.billed(date(2025, 6, 1), pence, payee, paid_on=date(2025, 6, paid))
    assert await watched.found() == {made["soon"].person: {"paid_after_change"}}


async def test_d13_payments_after_the_end(watched: Watched) -> None:
    """A payment after the death, money that leaves the account then, care billed for later; care of the last day is owed."""
    made = {}
    for name in ("paid", "went", "care", "owed", "not_patient"):
        lived = made[name] = await watched.person("notional" if name in ("care", "owed") else "direct_payment")
        ended = date(2025, 6, 10)
        if name == "not_patient":
            stop = stopping.Stop(line=lived.budget.line.line, person=lived.person, ground="not_patient", ends_on=ended,
                                 notified_on=date(2025, 5, 1), alternative="not_needed")  # fmt: skip
            await watched.scene.do(stopping.stop_recorded("stop_made", stop))
        else:
            await watched.scene.do(people.person_recorded("died", person=lived.person, on=ended))
        if name in ("care", "owed"):
            lived.billed(date(2025, 6, 28), 80_10, "A1", care=date(2025, 6, 10 if name == "owed" else 11))
        else:
            lived.paid(date(2025, 6, 11 if name in ("paid", "not_patient") else 10), 500_10)
            lived.claimed(date(2025, 6, 5), 60_10)
        if name == "went":
            lived.went(date(2025, 6, 11), 1_00)
    expected = {made[name].person: {"paid_after_end"} for name in ("paid", "went", "care", "not_patient")}
    assert await watched.found() == expected


async def test_d14_money_is_kept_and_hardly_any_care_is_bought(watched: Watched) -> None:
    """A rise of £3,000 in a quarter with a tenth of the money claimed; with a penny more of care, or a smaller rise, it is not."""
    made = {}
    for name, paid, care in (("kept", 1_200_00, 360_00), ("care", 1_200_00, 360_01), ("less", 999_99, 0)):
        lived = made[name] = await watched.person()
        for month in (4, 5, 6):
            lived.paid(date(2025, month, 2), paid)
        if care:
            lived.claimed(date(2025, 6, 3), care)
    assert await watched.found() == {made["kept"].person: {"rise_without_care"}}


async def test_d15_draws_a_sample_by_digits_and_by_peers(watched: Watched) -> None:
    """Forty amounts that all begin with a nine, and four times what others spend; amounts as they come, and thrice, are not."""
    lived, quiet = await watched.person(), await watched.person()
    for each in (lived, quiet):
        each.paid(date(2025, 4, 2), 500_00)
    # First digits as often as amounts that come about by themselves have them.
    natural = [digit for digit, many in enumerate((12, 7, 5, 4, 3, 3, 2, 2, 2), 1) for _ in range(many)]
    for place, digit in enumerate(natural):
        lived.claimed(date(2025, 6, 1), 9_00 + place, service="exercise")
        quiet.claimed(date(2025, 6, 1), digit * 100 + place % 90, service="exercise")
    peers = [await watched.person() for _ in range(7)]
    for place, peer in enumerate(peers):
        peer.paid(date(2025, 4, 2), 500_00)
        peer.claimed(date(2025, 6, 1), {5: 410_10, 6: 310_10}.get(place, 100_10))
    assert await watched.found() == {lived.person: {"sample_digits"}, peers[5].person: {"sample_peers"}}
