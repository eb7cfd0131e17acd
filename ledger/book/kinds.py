"""What each kind of entry may say: the table of docs/format.md section 4, for verification.

Written from the page and not from the program that makes entries, so that a mistake there is not repeated here.
"""

import re

import msgspec

from ledger.core.canon import KINDS, POSTING_KINDS, REGISTER_KINDS, Entry


class LineWrong(ValueError):
    """A line breaks a rule of the format. `code` is stable, `why` a sentence."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class VersionUnknown(ValueError):
    """The lines from here on are of a later version: this program stops, which is no verdict."""

    code = "line_version_unknown"


def need(ok: object, code: str, why: str) -> None:
    """Raise LineWrong unless it is so: the rules can be read in a column."""
    if not ok:
        raise LineWrong(code, why)


_CODE, _ANY, _NUMBER, _POSITION = r"(?!-\Z).+", ".+", "0|[1-9][0-9]{0,17}", "[1-9][0-9]{0,17}"
_HEX64, _ACCOUNT, _MONTH = "[0-9a-f]{64}", "[A-Za-z0-9][A-Za-z0-9._/+-]{0,119}", "[0-9]{4}-(?:0[1-9]|1[0-2])"
_GUARD = "-|0|-?[1-9][0-9]{0,14}"
_TYPES = "source|use|asset|liability|equity|income|expense|suspense"
_OPENING = re.compile(
    f"({_ACCOUNT}):({_ACCOUNT}):(budget|actual):({_ACCOUNT}):({_TYPES}):(debit|credit):({_GUARD}):({_GUARD})"
)
_ERASED = re.compile(f"({_POSITION}):({_HEX64})")
_INSTEAD = re.compile(f"({_ACCOUNT}):({_ACCOUNT})")


class Shape(msgspec.Struct):
    """One row of the table. `others` is what further attributes may be, None where the row is closed; a family is a
    name that ends in a dot."""

    subject: str
    must: dict[str, str] = {}
    may: dict[str, str] = {}
    others: str | None = None


def _shapes() -> dict[str, Shape]:
    opens = Shape(_CODE, {"account.01": _ANY}, {"account.": _ANY, "tag.": _CODE})
    reasoned = Shape(_CODE, may={"reason": _CODE})
    shapes = {
        "book": Shape(_CODE, {"currency": "[A-Z]{3}", "first_month": _MONTH,
                              "nature": "live|synthetic|open_data", "origin": _CODE}),
        "line_version": Shape("-", {"version": _CODE}),
        "log_restarted": Shape("-", {"ground": _CODE, "note_root": f"{_HEX64}|-", "note_size": _NUMBER,
                                     "old_origin": _CODE, "origin": _CODE, "second": _CODE}),
        "account_opened": Shape(opens.subject, opens.must, opens.may, _CODE),
        "share_opened": Shape(opens.subject, opens.must, opens.may, _CODE),
        "transaction": Shape(_ANY, {}, {"reverses": _POSITION, "corrects": _POSITION, "up_to": _ACCOUNT}, _CODE),
        "hold_placed": Shape(_ANY, {"expires_at": f"{_NUMBER}|-", "purpose": _CODE}, {}, _CODE),
        "hold_settled": Shape(_ANY, {"final": "yes|no", "hold": _POSITION}, {}, _CODE),
        "hold_released": Shape(_ANY, {"hold": _POSITION}, {}, _CODE),
        "hold_expired": Shape(_ANY, {"hold": _POSITION}, {}, _CODE),
        "refusal": Shape(_ANY, {"code": _CODE, "intent": _CODE, "item": _POSITION, "of": _POSITION},
                         {"bundle": _CODE, "fact.": _ANY}, _CODE),
        "decision": Shape(_CODE, {"bundle": _CODE, "outcome": "allow|refer|deny"}, {}, _CODE),
        "erasure": Shape("-", {"ground": _CODE, "second": _CODE, "erased.001": _ANY}, {"erased.": _ANY}),
    }  # fmt: skip
    for kind in ("period_opened", "period_closed", "period_reopened", "account_frozen", "account_unfrozen",
                 "account_closed"):  # fmt: skip
        shapes[kind] = reasoned
    for kind in REGISTER_KINDS:
        shapes[kind] = Shape(_CODE, {"act": _CODE}, {}, _CODE)
    return shapes


_SHAPES = _shapes()
assert _SHAPES.keys() == KINDS


def check_shape(entry: Entry) -> None:
    """Subject, attributes and legs of one kind. Raises LineWrong."""
    shape = _SHAPES[entry.kind]
    need(
        re.fullmatch(shape.subject, entry.subject or "-"),
        "subject_wrong",
        f"a {entry.kind} has another subject",
    )
    attributes = dict(entry.attributes)
    for name in shape.must:
        need(name in attributes, "attribute_missing", f"a {entry.kind} states {name}")
    for name, value in entry.attributes:
        family = name[: name.find(".") + 1]
        pattern = shape.may.get(family) or shape.must.get(name) or shape.may.get(name) or shape.others
        known = pattern is not None and not (name == family and family in shape.may)
        need(known, "attribute_unknown", f"a {entry.kind} has no attribute {name}")
        need(re.fullmatch(pattern or "", value), "attribute_wrong", f"{name} is not as it should be")
    if entry.kind in POSTING_KINDS:
        need(len(entry.legs) >= 2, "legs_too_few", "money moves between two accounts at least")
        need(entry.effective_on is not None, "day_missing", "money moves on a day")
    else:
        need(not entry.legs, "legs_forbidden", f"a {entry.kind} has no legs")
    if entry.kind == "transaction":
        need(not {"reverses", "corrects"} <= attributes.keys(), "attribute_wrong", "it reverses or it corrects")
    elif entry.legs:
        need(not {"reverses", "corrects"} & attributes.keys(), "attribute_unknown", "only a transaction undoes")
    if entry.kind == "refusal":
        need(int(attributes["item"]) <= int(attributes["of"]), "attribute_wrong", "item lies within its group")
    if "second" in shape.must:
        need(attributes["second"] not in entry.people, "second_person", "the second person is nobody whose act it is")


def numbered(entry: Entry, family: str, digits: int) -> list[str]:
    """The values of NAME01, NAME02 … without a gap. Raises LineWrong."""
    found = [(name, value) for name, value in entry.attributes if name.startswith(family)]
    expected = [f"{family}{i:0{digits}d}" for i in range(1, len(found) + 1)]
    need([name for name, _ in found] == expected, "attribute_gap", f"the {family} are counted without a gap")
    return [value for _, value in found]


def openings(entry: Entry) -> list[tuple[str, ...]]:
    """The eight parts of each account that an entry opens. Raises LineWrong."""
    found = []
    for value in numbered(entry, "account.", 2):
        match = _OPENING.fullmatch(value)
        if match is None:
            raise LineWrong("account_malformed", "an account is stated in eight parts")
        need((match[3] == "actual") == (match[4] == "actual"), "group_wrong", "layer and group belong together")
        found.append(match.groups())
    return found


def erasures(entry: Entry) -> list[tuple[int, str]]:
    """Number and commitment of each detail that an entry erases. Raises LineWrong."""
    found = []
    for value in numbered(entry, "erased.", 3):
        match = _ERASED.fullmatch(value)
        if match is None:
            raise LineWrong("erasure_malformed", "an erasure names entries and commitments")
        found.append((int(match[1]), match[2]))
    return found


def replacements(entry: Entry) -> dict[str, str]:
    """Old and new account of each replacement of a correction. Raises LineWrong."""
    values = numbered(entry, "instead.", 2)
    found: dict[str, str] = {}
    for value in values:
        match = _INSTEAD.fullmatch(value)
        if match is None or match[1] in found:
            raise LineWrong("replacement_malformed", "a correction names each old account once, and a new one")
        found[match[1]] = match[2]
    return found
