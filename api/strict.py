"""Reads a JSON body and refuses what a lenient reader would let through, each with its own code.

Duplicate fields, numbers with decimals, NaN, integers beyond 64 bits, NUL, control characters, marks of direction
and half surrogate pairs never get further than this file. No message repeats anything of the body.
"""

import json
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from api.problems import Problem
from ledger.text import is_clean

MAX_BODY = 1_048_576
_PLAIN = re.compile(rb"[\n\r\t\x20-\x5b\x5d-\x7e]*")
_AMOUNT_PATH = re.compile(r"(^|\.)(amount|floor|ceiling)$")
_WHERE = re.compile(r" - at `\$\.?([^`]*)`$")
_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")
_WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)
Wanted = TypeVar("Wanted")


class _Inexact:
    """Stands for a JSON number that no field takes, until it is known which field it was sent for."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.code = code


_DECIMAL, _NOT_A_NUMBER, _TOO_LARGE = (
    _Inexact("amount_float"),
    _Inexact("amount_not_a_number"),
    _Inexact("number_too_large"),
)


def _integer(text: str) -> Any:
    # Decided on the length first: Python refuses to read numbers of thousands of digits.
    if len(text) > 20:
        return _TOO_LARGE
    value = int(text)
    return value if -(2**63) <= value < 2**63 else _TOO_LARGE


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Problem("field_repeated")
    return made


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=lambda text: _DECIMAL,
    parse_int=_integer,
    parse_constant=lambda text: _NOT_A_NUMBER,
)


def read_object(body: bytes) -> dict[str, Any]:
    """The one JSON object of a body, by field. Raises the Problem that says what is wrong with it."""
    if not body:
        raise Problem("body_missing")
    if len(body) > MAX_BODY:
        raise Problem("body_too_large")
    try:
        found = _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise Problem("body_too_deep") from None
    except ValueError:
        raise Problem("body_not_json") from None
    if not isinstance(found, dict):
        raise Problem("body_not_json")
    if not _PLAIN.fullmatch(body):
        _check_texts(found)
    return found


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        if not is_clean(value, lines=True):
            raise Problem("text_malformed")
    elif isinstance(value, dict):
        for name, each in value.items():
            _check_texts(name)
            _check_texts(each)
    elif isinstance(value, list):
        for each in value:
            _check_texts(each)


def shape(fields: dict[str, Any], wanted: type[Wanted]) -> Wanted:
    """The fields as the struct that a route wants, or the Problem naming the field by its path in our own
    words."""
    try:
        return msgspec.convert(fields, wanted)
    except msgspec.ValidationError as wrong:
        _explain(str(wrong), fields)


def _explain(message: str, fields: dict[str, Any]) -> NoReturn:
    where = _WHERE.search(message)
    path = where.group(1) if where else ""
    if message.startswith("Object contains unknown field"):
        raise Problem("field_unknown", **({"field": path} if path else {}))
    if message.startswith("Object missing required field"):
        name = message.split("`")[1]
        raise Problem("field_missing", field=f"{path}.{name}" if path else name)
    value = _at(fields, path)
    is_amount = bool(_AMOUNT_PATH.search(path))
    if isinstance(value, _Inexact):
        code = value.code
        if not is_amount and code != "number_too_large":
            code = "number_malformed"
        raise Problem("amount_too_large" if is_amount and code == "number_too_large" else code, field=path)
    if is_amount and isinstance(value, int) and not isinstance(value, bool):
        raise Problem("amount_not_text", field=path)
    raise Problem("field_malformed", **({"field": path} if path else {}))


def _at(value: Any, path: str) -> Any:
    """What the body holds at a path of msgspec's messages, such as `legs[0].amount`."""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return None
    return value


def check_impersonal(text: str, field: str) -> None:
    """Refuses a code in which a valid NHS number stands: ten digits whose last checks the others by modulus
    11 (NHS Data Dictionary, NHS NUMBER). One random number of ten digits in eleven is refused with it; that
    is the price."""
    for found in _TEN_DIGITS.finditer(text):
        digits = [int(digit) for digit in found.group()]
        check = 11 - sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
        if check % 11 == digits[9]:
            raise Problem("personal_number", field=field)
