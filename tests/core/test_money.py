"""Amounts are whole pence, read and written exactly, and every split sums to the penny."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from ledger import money
from ledger.money import MAX_PENCE, CannotApportion, CurrencyNotInPence, NotAnAmount, apportion

AMOUNTS = st.integers(-MAX_PENCE, MAX_PENCE)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("0.00", 0),
        ("0.01", 1),
        ("-0.01", -1),
        ("75.50", 7550),
        ("-1234.56", -123456),
        ("9999999999999.99", MAX_PENCE),
        ("-9999999999999.99", -MAX_PENCE),
    ],
)
def test_the_wire_form_is_read_and_written_exactly(text: str, pence: int) -> None:
    """Up to the last penny of the bound on both sides."""
    assert money.parse_amount(text) == pence
    assert money.format_amount(pence) == text


@given(AMOUNTS)
def test_every_amount_survives_being_written_and_read(pence: int) -> None:
    """The wire form, the published form and Money all give back the same pence."""
    assert money.parse_amount(money.format_amount(pence)) == pence
    assert money.parse_published_amount(money.format_amount(pence)) == pence
    assert money.parse_published_amount(money.format_pounds(pence)) == pence
    assert money.from_money(money.to_money(pence)) == pence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(
            (text, "amount_malformed")
            for text in [
                "", " ", "75", "75.5", "75.", ".50", "+75.50", "007.00", "00.00", "-0.00", "--1.00", "- 1.00",
                "1,234.00", "£75.00", "75.50 ", " 75.50", "75.50\n", "75,50", "7.55e1", "1E2", "0x10.00",
                "NaN", "-NaN", "Infinity", "1_000.00", "\u0661\u0662.\u0663\u0664", "\uff17\uff15.50",
                "75.50\x00", "\u221275.50", "75.5\u00b2", "null", "(75.00)",
            ]
        ),
        ("75.500", "amount_over_precise"),
        ("75.505", "amount_over_precise"),
        ("-0.000", "amount_over_precise"),
        ("0." + "0" * 5000, "amount_over_precise"),
        ("10000000000000.00", "amount_too_large"),
        ("-10000000000000.00", "amount_too_large"),
        ("92233720368547758.08", "amount_too_large"),
        ("9223372036854775808.00", "amount_too_large"),
        ("9" * 5000 + ".00", "amount_too_large"),
    ],
)  # fmt: skip
def test_anything_but_the_wire_form_is_refused(text: str, code: str) -> None:
    """Every amount has one spelling, and each kind of wrong has its code."""
    with pytest.raises(NotAnAmount) as refused:
        money.parse_amount(text)
    assert refused.value.code == code


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    """Somebody's name in the wrong column does not end up in a log."""
    for parse in (money.parse_amount, money.parse_published_amount):
        with pytest.raises(NotAnAmount) as refused:
            parse("Zebedee")
        assert "Zebedee" not in str(refused.value) + repr(refused.value) + refused.value.explanation


@pytest.mark.parametrize("value", [75.5, 75, None, True, b"75.50", Decimal("75.50"), float("nan"), ["75.50"]])
def test_a_value_that_is_not_text_is_refused(value: Any) -> None:
    """A JSON number that got past a decoder is a refusal, not a crash."""
    with pytest.raises(NotAnAmount) as refused:
        money.parse_amount(value)
    assert refused.value.code == "amount_malformed"


def test_an_unsigned_amount_may_not_be_negative() -> None:
    """Zero and above pass; a penny below has a code of its own; a broken one stays malformed."""
    assert money.parse_amount("0.00", signed=False) == 0
    assert money.parse_amount("0.01", signed=False) == 1
    for text, code in (("-0.01", "amount_negative"), ("-0.00", "amount_malformed")):
        with pytest.raises(NotAnAmount) as refused:
            money.parse_amount(text, signed=False)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("0", 0),
        ("-0.00", 0),
        ("0.5", 50),
        ("75", 7500),
        ("1,234.5", 123450),
        ("£1,234,567.89", 123456789),
        (" £ 25,000.00 ", 2500000),
        ("\u00a0£25,000\u00a0", 2500000),
        ("-£75", -7500),
        ("£-75", -7500),
        ("- 75.00", -7500),
        ("75.00-", -7500),
        ("75.00 -", -7500),
        ("(75.00)", -7500),
        ("( £75.00 )", -7500),
        ("£9,999,999,999,999.99", MAX_PENCE),
        ("00075.00", 7500),
    ],
)
def test_published_amounts_are_read_as_people_print_them(text: str, pence: int) -> None:
    """Commas, pound signs, brackets and minus signs of public spending files, to the penny."""
    assert money.parse_published_amount(text) == pence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(
            (text, "amount_malformed")
            for text in [
                "", "-", "£", "()", "(", ")", "(75", "75)", "(-75)", "-75-", "--75", "(75-)", "12,34",
                "1,23,456", "1234,567", ",123", "1,234,", "75.", ".5", "+75", "1e5", "NaN", "75.5.5", "£££5",
                "$75", "75 GBP", "7 5", "((75))", "n/a", "\u0667\u0665", "\u221275.00",
            ]
        ),
        ("75.505", "amount_over_precise"),
        ("75.000", "amount_over_precise"),
        ("£10,000,000,000,000", "amount_too_large"),
        ("9" * 5000, "amount_too_large"),
        # Takes minutes when the sign is looked for at every blank.
        ("-1" + " " * 130_000 + "x", "amount_malformed"),
    ],
)  # fmt: skip
def test_a_published_amount_that_is_unclear_is_refused(text: str, code: str) -> None:
    """Two signs, commas out of place, other currencies or parts of a penny are never guessed at."""
    with pytest.raises(NotAnAmount) as refused:
        money.parse_published_amount(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("pence", "prose"),
    [
        (7500, "£75"),
        (7550, "£75.50"),
        (7505, "£75.05"),
        (123400, "£1,234"),
        (123456789, "£1,234,567.89"),
        (-500, "-£5"),
        (-1, "-£0.01"),
        (0, "£0"),
    ],
)
def test_prose_writes_pounds_as_the_style_guide_does(pence: int, prose: str) -> None:
    """£75 and £75.50, never £75.00."""
    assert money.format_pounds(pence) == prose


@pytest.mark.parametrize(
    ("amount", "pence"),
    [
        ("75.50", 7550),
        ("75.500000", 7550),
        ("-0", 0),
        ("1E+3", 100000),
        ("1E-2", 1),
        ("-9999999999999.99", -MAX_PENCE),
    ],
)
def test_money_is_read_by_its_value(amount: str, pence: int) -> None:
    """However the decimal is spelt, and whatever precision the decimal context has."""
    with localcontext() as context:
        context.prec = 3
        assert money.from_money(Money(Decimal(amount), "GBP")) == pence
        assert money.to_money(pence) == Money(Decimal(amount), "GBP")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("NaN", "amount_malformed"),
        ("sNaN", "amount_malformed"),
        ("Infinity", "amount_malformed"),
        ("10.005", "amount_over_precise"),
        ("1E-3", "amount_over_precise"),
        ("1E-999999", "amount_over_precise"),
        ("10000000000000", "amount_too_large"),
        ("1E+999999", "amount_too_large"),
    ],
)
def test_money_that_is_no_whole_pence_is_refused(amount: str, code: str) -> None:
    """The library itself would take NaN for an amount and round £10.005 silently."""
    with pytest.raises(NotAnAmount) as refused:
        money.from_money(Money(Decimal(amount), "GBP"))
    assert refused.value.code == code


@pytest.mark.parametrize("currency", ["XYZ", "gbp", "", "JPY", "KWD"])
def test_a_currency_that_is_not_counted_in_hundredths_is_refused(currency: str) -> None:
    """Unknown, misspelt, or with another number of decimals; the library's own error does not get out."""
    with pytest.raises(CurrencyNotInPence) as refused:
        money.to_money(100, currency)
    assert refused.value.code == "currency_not_in_pence"


def test_money_in_a_currency_without_pence_is_refused() -> None:
    """A hundred yen are not a hundred pounds and no pence."""
    with pytest.raises(CurrencyNotInPence):
        money.from_money(Money(100, "JPY"))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (1001, [60, 40], (601, 400)),
        (334, [60, 40], (200, 134)),
        (7, [47, 33, 20], (3, 2, 2)),
        (8, [47, 33, 20], (4, 3, 1)),
        (1, [1, 1], (1, 0)),
        (2, [1, 1, 1], (1, 1, 0)),
        (-2, [1, 1, 1], (-1, -1, 0)),
        (5, [0, 1, 0], (0, 5, 0)),
        (0, [60, 40], (0, 0)),
        (10, [3], (10,)),
    ],
)
def test_an_amount_is_split_by_largest_remainder(amount: int, weights: list[int], parts: tuple[int, ...]) -> None:
    """The examples of the accounting rules; ties go to the first in order, also below zero."""
    assert apportion(amount, weights) == parts


def settle(held: tuple[int, ...], settlements: list[int], weights: list[int], *, capped: bool) -> list[int]:
    """What each share has borne after these settlements of what it holds."""
    left = list(held)
    for settlement in settlements:
        parts = apportion(settlement, weights, left if capped else None)
        left = [share - part for share, part in zip(left, parts, strict=True)]
    return [share - rest for share, rest in zip(held, left, strict=True)]


def test_a_hold_settled_in_parts_ends_at_what_each_share_held() -> None:
    """£10.01 at 60/40 settled as 3.34, 3.34, 3.33: with caps 6.01 / 4.00, without them a penny off."""
    held = apportion(1001, [60, 40])
    assert settle(held, [334, 334, 333], [60, 40], capped=True) == [601, 400]
    assert settle(held, [334, 334, 333], [60, 40], capped=False) == [600, 401]


@given(st.integers(0, 10**6), WEIGHTS, st.data())
def test_a_hold_settled_in_any_parts_ends_at_what_each_share_held(
    amount: int, weights: list[int], data: st.DataObject
) -> None:
    """However a hold is cut into settlements, nobody bears more than they held, and all of it is used."""
    cuts = sorted(data.draw(st.lists(st.integers(0, amount), max_size=5)))
    settlements = [end - start for start, end in pairwise([0, *cuts, amount])]
    held = apportion(amount, weights)
    assert settle(held, settlements, weights, capped=True) == list(held)


@given(AMOUNTS, WEIGHTS)
def test_a_split_is_exact_fair_and_mirrored(amount: int, weights: list[int]) -> None:
    """It sums to the amount, each part is within a penny of its proportion, and a reversal is its mirror."""
    parts = apportion(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1
        assert weight or not part
    assert apportion(-amount, weights) == tuple(-part for part in parts)


@given(st.integers(0, 1000), st.integers(1, 8))
def test_equal_weights_give_the_odd_pennies_to_the_first(amount: int, count: int) -> None:
    """Ties go to the first in order, so the parts never rise."""
    parts = apportion(amount, [7] * count)
    assert list(parts) == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


def filled_evenly(amount: int, weights: list[int], caps: list[int]) -> list[Fraction]:
    """The parts in fractions: all rise by their weights until they meet their caps, up to where they sum to the amount."""
    level, reached = Fraction(0), Fraction(0)
    for meets in sorted({Fraction(cap, weight) for weight, cap in zip(weights, caps, strict=True) if weight}):
        rising = sum(
            weight for weight, cap in zip(weights, caps, strict=True) if weight and Fraction(cap, weight) > level
        )
        step = min(meets - level, (amount - reached) / rising) if rising else Fraction(0)
        level, reached = level + step, reached + step * rising
    return [min(Fraction(cap), level * weight) for weight, cap in zip(weights, caps, strict=True)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 300)), min_size=1, max_size=6), st.data())
def test_a_split_with_caps_is_exact_and_keeps_them(shares: list[tuple[int, int]], data: st.DataObject) -> None:
    """The sum is the amount, no cap is exceeded, and each part is within a penny of what no rounding would give."""
    weights, caps = [weight for weight, _ in shares], [cap for _, cap in shares]
    weights[0] += not any(weights)
    room = sum(cap for weight, cap in zip(weights, caps, strict=True) if weight)
    amount = data.draw(st.integers(0, room))
    parts = apportion(amount, weights, caps)
    assert sum(parts) == amount
    assert all(0 <= part <= cap for part, cap in zip(parts, caps, strict=True))
    exact = filled_evenly(amount, weights, caps)
    assert all(abs(part - due) < 1 for part, due in zip(parts, exact, strict=True))
    assert not any(part for part, weight in zip(parts, weights, strict=True) if not weight)


def test_a_part_that_rounding_brings_to_its_cap_is_within_a_penny() -> None:
    """The odd penny fills the second share exactly: its proportion is 196.76, its cap 197."""
    assert apportion(223, (6, 45), (27, 197)) == (26, 197)


@given(st.integers(0, MAX_PENCE), WEIGHTS)
def test_caps_that_do_not_bind_change_nothing(amount: int, weights: list[int]) -> None:
    """With room for everyone the split is the one without caps; at exactly the split, too."""
    parts = apportion(amount, weights)
    assert apportion(amount, weights, [amount] * len(weights)) == parts
    assert apportion(amount, weights, parts) == parts


def test_what_a_capped_share_cannot_bear_goes_to_those_with_room() -> None:
    """In one round, in two rounds when the next one fills up, and in order when pennies tie."""
    assert apportion(100, [50, 30, 20], [10, 100, 100]) == (10, 54, 36)
    assert apportion(100, [50, 30, 20], [10, 50, 100]) == (10, 50, 40)
    assert apportion(10, [1, 1, 1], [3, 9, 9]) == (3, 4, 3)
    assert apportion(10, [1, 1, 1], [3, 4, 3]) == (3, 4, 3)
    assert apportion(0, [1, 1], [0, 0]) == (0, 0)


@pytest.mark.parametrize(
    ("amount", "weights", "caps", "code"),
    [
        (5, [], None, "weights_empty"),
        (5, [0, 0], None, "weights_empty"),
        (0, [0], None, "weights_empty"),
        (5, [2, -1], None, "weight_negative"),
        (5, [1, 1], [5], "caps_mismatched"),
        (5, [1, 1], [9, -1], "cap_negative"),
        (-5, [1, 1], [5, 5], "caps_with_negative_amount"),
        (5, [1, 1], [2, 2], "caps_below_amount"),
        (5, [1, 0], [4, 9], "caps_below_amount"),
    ],
)
def test_a_split_that_cannot_be_made_is_refused(
    amount: int, weights: list[int], caps: list[int] | None, code: str
) -> None:
    """Nobody to bear it, or no room: a refusal with its code, never a split that does not sum."""
    with pytest.raises(CannotApportion) as refused:
        apportion(amount, weights, caps)
    assert refused.value.code == code


@given(st.integers(0, 10**12), WEIGHTS, st.data())
def test_a_larger_weight_or_cap_never_gets_less(amount: int, weights: list[int], data: st.DataObject) -> None:
    """Of one split, who has the larger weight has no less; and whose cap grows, the others' as they were, has no less either."""
    parts = apportion(amount, weights)
    ranked = sorted(zip(weights, parts, strict=True))
    assert all(one[1] <= other[1] for one, other in pairwise(ranked) if one[0] < other[0])
    caps = [part + data.draw(st.integers(0, 50)) for part in parts]
    which = data.draw(st.integers(0, len(weights) - 1))
    caps[which] = data.draw(st.integers(0, caps[which]))
    room = sum(cap for cap, weight in zip(caps, weights, strict=True) if weight)
    if room < amount:
        return
    grown = list(caps)
    grown[which] += data.draw(st.integers(0, 10**6))
    before, after = apportion(amount, weights, caps), apportion(amount, weights, grown)
    assert sum(before) == sum(after) == amount
    assert all(0 <= part <= cap for part, cap in zip(before, caps, strict=True))
    assert after[which] >= before[which]
