"""People: whose care it is, what is known of them for reports, and who may act for them. Nobody is named here."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from ledger.budgets.chart import account, holder_accounts
from ledger.budgets.shares import check_name
from ledger.budgets.wording import (
    among,
    attributes,
    content_of,
    day_needed,
    day_of,
    detail_of,
    needed,
    numbered,
    subject_name,
    within,
)
from ledger.core.model import Detail, Malformed, check_code
from ledger.core.requests import OpenAccounts, Record

SIGNS = "BCDFGHJKLMNPQRSTVWXZ"
"""No digits, so that an NHS number never fits into a reference; no vowels, so that no word appears in one."""
REF_SIGNS = 16
PERSON_ACTS = (
    "registered", "groups_changed", "consent_given", "consent_withdrawn", "capacity_found", "capacity_lost",
    "excluded_by_schedule", "schedule_lifted", "died", "restricted", "restriction_questioned", "restriction_lifted",
)  # fmt: skip
"""`excluded_by_schedule` says that the Schedule to SI 2013/1617 lets them have no direct payment (reg 3(3)(c)): a yes with the day
of the evidence, and never what it rests on; `schedule_lifted` says that it does no more.
`restricted` says that the record is for staff who are named, and why; `restriction_questioned` that somebody else of the team, or
who said it, asks for another to look at that; `restriction_lifted` that it is as every other."""
RESTRICTED_FOR = ("staff_connected", "safeguarding", "another")
LEAST_NAMED, MOST_NAMED = 2, 20
SCOPES = ("holder", "see", "ask", "spend")
ROLES = ("person", "representative", "nominee")
"""As what a holder manages the money: the person themself, who acts for them, or whom one of these nominated (reg 3 to 6)."""
AUTHORITIES = ("deputy", "lasting_power", "enduring_power", "parental_responsibility", "appointee")
"""What lets a representative act (reg 2): `appointee` is whom the commissioner appointed (reg 5(4))."""
HELD_BY = ("person", "representative", "nominee", "organisation", "carer")
"""Who can use a holder's account; `carer` is one carer alone, whom no account is approved for."""
GROUPS = {
    "birth_month": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])"),
    "sex": re.compile(r"female|male|indeterminate|not_known|not_stated"),
    "ethnicity": re.compile(r"[A-HJ-NPR-SZ]|99"),
    "deprivation": re.compile(r"[1-9]|10"),
    "sub_icb": re.compile(r"[0-9A-Z]{3,5}"),
    "right": re.compile(r"chc|children_cc|s117|wheelchair|none"),
    "requested_on": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
"""What is kept of a person for reports, each with the shape of its value. Ethnicity is the NHS code of sixteen categories and
Z, deprivation the decile (1 is the most deprived), right the ground of a right to a budget."""


def opaque_ref(first: str, random_bytes: bytes) -> str:
    """A reference of sixteen signs: a first one that says what it is of, fourteen of chance, one to check.

    Takes 16 random bytes. The check is the hybrid system of ISO 7064 on twenty signs: every single wrong sign is found."""
    if len(random_bytes) != 16 or first not in SIGNS or len(first) != 1:
        raise Malformed("random_malformed", "ref")
    number, signs = int.from_bytes(random_bytes), first
    while len(signs) < REF_SIGNS - 1:
        number, sign = divmod(number, len(SIGNS))
        signs += SIGNS[sign]
    return signs + SIGNS[(1 - _check(signs)) % len(SIGNS)]


def _check(signs: str) -> int:
    size, carried = len(SIGNS), len(SIGNS)
    for sign in signs:
        carried = ((carried + SIGNS.index(sign)) % size or size) * 2 % (size + 1)
    return carried


def is_ref(first: str, text: str) -> bool:
    """Whether the text is a reference of this kind, check sign and all."""
    if len(text) != REF_SIGNS or text[0] != first or any(sign not in SIGNS for sign in text):
        return False
    return (_check(text[:-1]) + SIGNS.index(text[-1])) % len(SIGNS) == 1


def person_ref(random_bytes: bytes) -> str:
    """A new reference of a person from 16 random bytes; it says nothing about them, and is never the NHS number."""
    return opaque_ref("P", random_bytes)


def is_person_ref(text: str) -> bool:
    """Whether this is a reference of a person that was read without a slip."""
    return is_ref("P", text)


class Group(msgspec.Struct, frozen=True):
    """One fact about a person for reports, from a day on: `Group("sub_icb", "92G", date(2025, 4, 1))`."""

    name: str
    value: str
    since: date

    def __post_init__(self) -> None:
        shape = GROUPS.get(self.name)
        if shape is None or not shape.fullmatch(self.value) or type(self.since) is not date:
            raise Malformed("group_malformed", self.name if shape is not None else "groups")
        if self.name == "requested_on":
            day_needed({"requested_on": self.value}, "requested_on")


def groups_detail(salt: bytes, groups: Sequence[Group]) -> Detail:
    """The erasable detail of a person's groups; the same groups in any order give the same bytes."""
    rows = sorted((group.name, group.since.isoformat(), group.value) for group in groups)
    return detail_of(salt, {"groups": [{"from": since, "name": name, "value": value} for name, since, value in rows]})


def groups_of(content: bytes) -> tuple[Group, ...]:
    """The groups of a detail, by name and day; Malformed when it holds none."""
    try:
        rows = content_of(content)["groups"]
        return tuple(Group(row["name"], row["value"], day_needed(row, "from")) for row in rows)
    except (KeyError, TypeError):
        raise Malformed("detail_malformed", "groups") from None


@lru_cache(maxsize=8192)
def born_of(details: tuple[str, ...]) -> date | None:
    """The first day of the month of birth that groups tell, the newest word; None where nobody has said, or it was erased."""
    months = [each.value for text in details for each in groups_of(text.encode()) if each.name == "birth_month"]
    return date.fromisoformat(f"{months[-1]}-01") if months else None


def person_recorded(
    act: str, *, person: str, on: date | None = None, detail: Detail | None = None, because: int = 0
) -> Record:
    """An event in a person's record, subject `person/{ref}`; `on` is when it happened in the world. Groups come as the
    detail of `registered` or `groups_changed`. Malformed for another act or what is no reference."""
    if not is_person_ref(person):
        raise Malformed("person_ref_malformed", "person")
    given = attributes(among(act, PERSON_ACTS, "act"), person=person, on=on)
    return Record(kind="person", subject=f"person/{person}", because=because, detail=detail, attributes=given)


def restriction_recorded(
    act: str, *, person: str, on: date, reason: str | None = None, staff: Sequence[str] = (), because: int = 0
) -> Record:  # fmt: skip
    """A record `restricted` to staff by the `sub` of their tokens, for one of RESTRICTED_FOR, or its restriction questioned or
    lifted. It names two at least: one alone cannot change it (`other_than`)."""
    if not is_person_ref(person):
        raise Malformed("person_ref_malformed", "person")
    among(act, ("restricted", "restriction_questioned", "restriction_lifted"), "act")
    is_whole = reason is not None and LEAST_NAMED <= len(set(staff)) == len(staff) <= MOST_NAMED
    if not (is_whole if act == "restricted" else reason is None and not staff):
        raise Malformed("restriction_malformed", "staff")
    given = attributes(
        act, person=person, on=on, reason=None if reason is None else among(reason, RESTRICTED_FOR, "reason"),
        staff=tuple(sorted(check_code(each, "staff") for each in staff)),
    )  # fmt: skip
    return Record(kind="person", subject=f"person/{person}", because=because, attributes=given)


def restriction_of(given: Mapping[str, str]) -> frozenset[str] | None:
    """Whom a restriction names, of the attributes of its row; None of one that is lifted."""
    return frozenset(numbered(given, "staff")) if given["act"] == "restricted" else None


def person_of(subject: str, given: Mapping[str, str]) -> tuple[str, str, date | None]:
    """The person of a register row, what happened last, and when in the world."""
    return subject_name(subject, "person"), among(needed(given, "act"), PERSON_ACTS, "act"), day_of(given, "on")


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what for a person, and from when to when. `holder` is the `sub` of their token; a scope of `holder` is who
    manages the money, the others may see, ask or spend. `role` and `authority` say as what, and by what right, a holder does."""

    delegation: str
    person: str
    holder: str
    scope: str
    start: date
    end: date | None = None
    role: str | None = None
    authority: str | None = None

    def __post_init__(self) -> None:
        check_name(self.delegation, "delegation")
        check_name(self.person, "person")
        check_code(self.holder, "holder")
        among(self.scope, SCOPES, "scope")
        within(self.start, self.end)
        if self.role is not None:
            among(self.role, ROLES, "role")
        if self.authority is not None:
            among(self.authority, AUTHORITIES, "authority")
            if self.role != "representative":
                raise Malformed("authority_misplaced", "authority")


def delegation_recorded(act: str, delegation: Delegation, *, because: int = 0, detail: Detail | None = None) -> Record:
    """A delegation `granted` or `revoked`, subject `delegation/{id}`, stated whole each time."""
    given = attributes(
        among(act, ("granted", "revoked"), "act"), person=delegation.person, holder=delegation.holder,
        scope=delegation.scope, from_=delegation.start, to=delegation.end, role=delegation.role,
        authority=delegation.authority,
    )  # fmt: skip
    return Record(kind="delegation", subject=f"delegation/{delegation.delegation}", because=because, detail=detail,
                  attributes=given)  # fmt: skip


def delegation_of(subject: str, given: Mapping[str, str]) -> Delegation:
    """The delegation of a register row."""
    return Delegation(
        delegation=subject_name(subject, "delegation"), person=needed(given, "person"), holder=needed(given, "holder"),
        scope=needed(given, "scope"), start=day_needed(given, "from"), end=day_of(given, "to"), role=given.get("role"),
        authority=given.get("authority"),
    )  # fmt: skip


def bank_detail(salt: bytes, *, sort_code: str, account_number: str, account_name: str) -> Detail:
    """What the bank calls an account, erasable."""
    return detail_of(salt, {"account_name": account_name, "account_number": account_number, "sort_code": sort_code})


HOLDER_ACCOUNT_ACTS = ("registered", "approved_once", "approved", "barred", "returned")
"""Two people approve, besides whoever registered: `approved_once` is the first. `returned`: a payment into it came back, so that
it is approved anew before the next one."""


def holder_account_recorded(
    act: str, *, holder_account: str, person: str, because: int = 0, detail: Detail | None = None, held_by: str | None = None,
    usable_from: date | None = None, auditable: bool | None = None,
) -> tuple[Record | OpenAccounts, ...]:  # fmt: skip
    """How a bank account for direct payments stands, one of HOLDER_ACCOUNT_ACTS (reg 10(1)), subject `holder_account/{id}`. The
    number of the account is in the detail. `held_by` is one of HELD_BY, None where nobody has said; nothing is paid into it by
    itself before `usable_from`. `auditable` says whether it gives statements of where its money is from and goes to.

    The first approval by the second person opens what stands in it, and `payable/{id}` for what we owe the holder. Refusals:
    account_exists for another such: approve again with `holder_account_said`."""
    record = holder_account_said(
        act, holder_account=holder_account, person=person, because=because, detail=detail, held_by=held_by,
        usable_from=usable_from, auditable=auditable,
    )  # fmt: skip
    if act != "approved":
        return (record,)
    owed = OpenAccounts(accounts=(account("payable", payee=holder_account),), tags=(("person", person),))
    return (record, holder_accounts(person, holder_account), owed)


def holder_account_said(
    act: str, *, holder_account: str, person: str, because: int = 0, detail: Detail | None = None, held_by: str | None = None,
    usable_from: date | None = None, auditable: bool | None = None,
) -> Record:  # fmt: skip
    """The same of an account whose ledger accounts are there, or are not opened yet."""
    among(act, HOLDER_ACCOUNT_ACTS, "act")
    given = attributes(
        act, person=check_name(person, "person"), usable_from=usable_from, auditable=auditable,
        held_by=None if held_by is None else among(held_by, HELD_BY, "held_by"),
    )  # fmt: skip
    return Record(
        kind="holder_account", subject=f"holder_account/{check_name(holder_account, 'holder_account')}",
        because=because, detail=detail, attributes=given,
    )  # fmt: skip


class HolderAccount(msgspec.Struct, frozen=True):
    """A holder's account as its newest row has it: whose money comes into it, and how it stands, one of HOLDER_ACCOUNT_ACTS."""

    holder_account: str
    person: str
    act: str
    held_by: str | None = None
    usable_from: date | None = None


def holder_account_of(subject: str, given: Mapping[str, str]) -> HolderAccount:
    """The holder account of a register row."""
    return HolderAccount(
        subject_name(subject, "holder_account"), needed(given, "person"), needed(given, "act"), given.get("held_by"),
        day_of(given, "usable_from"),
    )  # fmt: skip
