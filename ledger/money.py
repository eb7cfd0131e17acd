"""Exact pounds and pence: the one place where text, `moneyed` values and shares become whole pence.

Everywhere else an amount is an `int` of pence, so that no rounding can happen unseen. `moneyed.Money` accepts
NaN and floats and rounds half pennies silently, so this module is the only importer of it.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Final

from moneyed import CurrencyDoesNotExist, Money, get_currency

PENCE_PER_POUND: Final = 100
MAX_PENCE: Final = 10**15 - 1
"""The largest size of a single amount, in pence: thousands of them still fit into one bigint balance."""

# `[0-9]` and not `\d`, which also matches digits of other scripts.
_WIRE_SHAPE: Final = re.compile(r"(-?)(0|[1-9][0-9]*)\.([0-9]{2,})")
_PUBLISHED_SHAPE: Final = re.compile(r"([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_PUBLISHED_SIGNS: Final = re.compile(r"(-?)[ \u00a0]*£?[ \u00a0]*(-?)(.*?)(-?)", re.DOTALL)
_MAX_POUND_DIGITS: Final = len(str(MAX_PENCE // PENCE_PER_POUND))


class NotAnAmount(ValueError):
    """A text or value is not an exact amount of pence within bounds.

    `code` is one of `amount_malformed`, `amount_over_precise`, `amount_too_large`, `amount_negative`.
    `explanation` is for people and never repeats the text that was refused.
    """

    transient: ClassVar[bool] = False

    def __init__(self, code: str, explanation: str) -> None:
        super().__init__(explanation)
        self.code = code
        self.explanation = explanation


class CurrencyNotInPence(ValueError):
    """A currency is not known, or is not counted in hundredths. `code` is `currency_not_in_pence`."""

    transient: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__("the currency is not known, or is not counted in hundredths")
        self.code = "currency_not_in_pence"


class CannotApportion(ValueError):
    """An amount cannot be split as asked.

    `code` is one of `weights_empty` (none, or all zero), `weight_negative`, `caps_mismatched` (not one for
    each weight), `cap_negative`, `caps_with_negative_amount`, `caps_below_amount`.
    """

    transient: ClassVar[bool] = False

    def __init__(self, code: str, explanation: str) -> None:
        super().__init__(explanation)
        self.code = code
        self.explanation = explanation


def parse_amount(text: str, *, signed: bool = True) -> int:
    """Read the wire form of an amount ("75.50", "-1234.56") and return it in pence, exactly.

    The form is strict, so that every amount has one spelling: an optional `-`, digits without leading zeros,
    a point, two digits. `format_amount` writes it, and nothing else is read.

    Refuses with NotAnAmount, in this order: `amount_malformed` (`-0.00` and values that are not text too),
    `amount_over_precise` (well formed but for a third decimal), `amount_too_large` (beyond MAX_PENCE either
    way), `amount_negative` (below zero when `signed` is false).
    """
    try:
        shape = _WIRE_SHAPE.fullmatch(text)
    except TypeError:
        # A JSON number that slipped through a decoder is refused like any other wrong shape.
        shape = None
    if shape is None or text == "-0.00":
        raise NotAnAmount("amount_malformed", "an amount is text with two decimal places, such as 75.50")
    minus, pounds, pence = shape.groups()
    amount = _pence_of(pounds, pence)
    if minus and not signed:
        raise NotAnAmount("amount_negative", "this amount may not be below zero")
    return -amount if minus else amount


def parse_published_amount(text: str) -> int:
    """Read an amount as public bodies print it in spreadsheets, and return it in pence, exactly.

    Reads `1,234.5`, `£1,234.50`, `-£75`, `£-75`, `75.00-` and `(75.00)`, with blanks around: thousands commas
    and the pound sign are optional, there are no, one or two decimals, and a minus before or after, or
    brackets, make it negative. Zero comes back as 0; whether it means anything is for the caller.

    Refuses with NotAnAmount: `amount_malformed` (a comma out of place and two signs included),
    `amount_over_precise`, `amount_too_large` (beyond MAX_PENCE either way).
    """
    printed = text.strip()
    bracketed = printed.startswith("(") and printed.endswith(")")
    parts = _PUBLISHED_SIGNS.fullmatch(printed[1:-1].strip() if bracketed else printed)
    before, after_pound_sign, number, behind = parts.groups() if parts else ("", "", "", "")
    signs = [bracketed, before == "-", after_pound_sign == "-", behind == "-"].count(True)
    shape = _PUBLISHED_SHAPE.fullmatch(number.rstrip())
    if signs > 1 or shape is None:
        raise NotAnAmount("amount_malformed", "this is not an amount in pounds and pence")
    pounds, pence = shape.groups(default="")
    amount = _pence_of(pounds.replace(",", "").lstrip("0"), pence.ljust(2, "0"))
    return -amount if signs else amount


def format_amount(pence: int) -> str:
    """Write pence in the wire form that `parse_amount` reads: "-1234.56", "0.00"."""
    pounds, rest = divmod(abs(pence), PENCE_PER_POUND)
    return f"{'-' if pence < 0 else ''}{pounds}.{rest:02d}"


def format_pounds(pence: int) -> str:
    """Write pence for prose, as the NHS style guide does: £75, £75.50, £1,234, -£5."""
    pounds, rest = divmod(abs(pence), PENCE_PER_POUND)
    decimals = f".{rest:02d}" if rest else ""
    return f"{'-' if pence < 0 else ''}£{pounds:,}{decimals}"


def to_money(pence: int, currency: str = "GBP") -> Money:
    """Return pence as a `moneyed.Money` of the same value. Raises CurrencyNotInPence."""
    return Money(Decimal(format_amount(pence)), _hundredths_currency(currency))


def from_money(money: Money) -> int:
    """Return a `moneyed.Money` in pence, exactly; its currency stays with the caller.

    Raises CurrencyNotInPence, and NotAnAmount: `amount_malformed` (NaN, infinity), `amount_too_large` (beyond
    MAX_PENCE either way), `amount_over_precise` (a part of a penny; zeros beyond the second place are none).
    """
    _hundredths_currency(money.currency.code)
    amount = money.amount
    if not amount.is_finite():
        raise NotAnAmount("amount_malformed", "an amount is a finite number")
    if amount.is_zero():
        return 0
    # Decided on the exponent first: 1E+999999 must not be written out.
    if amount.adjusted() >= _MAX_POUND_DIGITS:
        raise NotAnAmount("amount_too_large", "the amount is larger than one entry can hold")
    negative, digits, exponent = amount.as_tuple()
    # By position of the digits: decimal arithmetic would round to whatever context is in force.
    whole, places = int("".join(map(str, digits))), int(exponent) + 2
    # Below a penny altogether; decided first, because 1E-999999 must not be written out either.
    if places < -len(digits):
        raise NotAnAmount("amount_over_precise", "an amount has no parts of a penny")
    scale: int = 10 ** abs(places)
    pence, part_of_a_penny = (whole * scale, 0) if places >= 0 else divmod(whole, scale)
    if part_of_a_penny:
        raise NotAnAmount("amount_over_precise", "an amount has no parts of a penny")
    return -pence if negative else pence


def apportion(amount: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> tuple[int, ...]:
    """Split `amount` pence by `weights` into whole pence that sum to it exactly, one part for each weight.

    Method: largest remainder (Hamilton). Every part first gets its exact proportion rounded down; the pennies
    left go one each to the largest remainders, ties to the first in order. All arithmetic is on integers of
    any size. A part is always less than a penny away from its exact proportion, a weight of 0 gets 0, and a
    negative amount is split by magnitude and negated, so that a reversal mirrors what it reverses.

    With `caps` (pence; not for a negative amount) no part exceeds its cap: parts that would are set to it;
    what remains of the amount is split by the same rule among the others until all fit. Settle a hold with
    what each share still holds as caps: without them £10.01 held at 60/40 (6.01 / 4.00) and settled as 3.34,
    3.34, 3.33 ends at 6.00 / 4.01, a penny that the second share does not hold.

    Do not take differences of cumulative splits instead: largest remainder is not monotonic in the amount. By
    weights 47, 33, 20 seven pence split 3, 2, 2 and eight pence 4, 3, 1; the difference has a negative part.

    Raises CannotApportion. Source: accounting.md, "Splitting between shares".
    """
    if any(weight < 0 for weight in weights):
        raise CannotApportion("weight_negative", "no weight may be below zero")
    if not any(weights):
        raise CannotApportion("weights_empty", "at least one weight must be above zero")
    if caps is not None:
        return _apportion_within(amount, weights, caps)
    if amount < 0:
        return tuple(-part for part in _largest_remainder(-amount, weights))
    return tuple(_largest_remainder(amount, weights))


def _apportion_within(amount: int, weights: Sequence[int], caps: Sequence[int]) -> tuple[int, ...]:
    if len(caps) != len(weights):
        raise CannotApportion("caps_mismatched", "there must be one cap for each weight")
    if amount < 0:
        raise CannotApportion("caps_with_negative_amount", "a negative amount is split without caps")
    if any(cap < 0 for cap in caps):
        raise CannotApportion("cap_negative", "no cap may be below zero")
    if sum(cap for cap, weight in zip(caps, weights, strict=True) if weight) < amount:
        raise CannotApportion("caps_below_amount", "the shares that bear a part have less room than the amount")
    capped: dict[int, int] = {}
    while True:
        open_weights = [0 if i in capped else weight for i, weight in enumerate(weights)]
        parts = _largest_remainder(amount - sum(capped.values()), open_weights)
        # A part rounds to above its cap only when its exact proportion is above it, and capping others only
        # adds to that: a part once capped stays capped, so each round caps another one or is the last.
        over = {i: caps[i] for i, part in enumerate(parts) if part > caps[i]}
        if not over:
            return tuple(capped.get(i, part) for i, part in enumerate(parts))
        capped |= over


def _largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    total = sum(weights)
    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(amount * weight, total)
        parts.append(part)
        remainders.append(remainder)
    # Fewer pennies are left than there are remainders above zero, so a weight of 0 never gets one.
    pennies_left = amount - sum(parts)
    for i in sorted(range(len(parts)), key=lambda i: -remainders[i])[:pennies_left]:
        parts[i] += 1
    return parts


def _pence_of(pounds: str, decimals: str) -> int:
    if len(decimals) > 2:
        raise NotAnAmount("amount_over_precise", "an amount has no more than two decimal places")
    # Decided on the length first: Python refuses to read numbers of thousands of digits.
    if len(pounds) > _MAX_POUND_DIGITS:
        raise NotAnAmount("amount_too_large", "the amount is larger than one entry can hold")
    return int(pounds or "0") * PENCE_PER_POUND + int(decimals)


def _hundredths_currency(code: str) -> str:
    try:
        currency = get_currency(code)
    except CurrencyDoesNotExist:
        raise CurrencyNotInPence from None
    if currency.sub_unit != PENCE_PER_POUND:
        raise CurrencyNotInPence
    return code
