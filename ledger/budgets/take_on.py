"""Take-on: what a commissioner already has comes into the book (accounting.md event 55), each figure with where it comes from.

Everything here is submitted with the source `migrated`. A movement of money names the statement of its figure, and the statement
names the take-on, the system, the file by its hash, the sheet and the row; nothing of it is a name or a number of a person. Amounts
are pence."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Unpack

import msgspec

from ledger.budgets.acts import order_placed
from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.facts import bank_line_taken
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.owing import Demand, demand_recorded
from ledger.budgets.shares import Share, check_name
from ledger.budgets.wording import among, attributes, day_needed, needed, number_of, numbered, subject_name
from ledger.core.model import Detail, Malformed, check_code, check_number, check_size
from ledger.core.requests import PlaceHold, Post, Record

EVENT = 55
ACTS = ("rehearsed", "posted", "agreed", "signed", "countersigned")
"""What becomes of a take-on, in this order: its figures are rehearsed, and posted; the holding side agrees; two people sign."""
TOTALS = ("allocated", "available", "held", "advanced", "spent", "recovering", "unfunded", "owed")
NO_RULES = "none"
"""What stands for the bundle in the decision about an order of an earlier system: none of ours decided it."""
NO_NOTICE = 0
"""What stands for the notice of a demand that an earlier system made."""
NOWHERE = "none"
"""What stands for the holder's account of a demand on a line that has none: it is paid or given up, and not withdrawn."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a figure comes from: the take-on, the system behind it, the SHA-256 of the file, the sheet, and the row as a reader of
    the file counts it. All are codes."""

    take_on: str
    source: str
    file: str
    sheet: str
    row: int

    def __post_init__(self) -> None:
        for field in ("take_on", "source", "sheet"):
            check_name(getattr(self, field), field)
        check_hash(self.file, "file")
        check_number(self.row, "row")

    def codes(self) -> dict[str, str | int]:
        """As attributes of a register entry."""
        return {each: getattr(self, each) for each in self.__struct_fields__}


def lineage_of(given: Mapping[str, str]) -> Lineage | None:
    """The lineage that a register entry states, or None where it states none."""
    if "take_on" not in given or "file" not in given:
        return None
    return Lineage(take_on=given["take_on"], source=needed(given, "source"), file=given["file"],
                   sheet=needed(given, "sheet"), row=number_of(given, "row"))  # fmt: skip


def check_hash(text: str, field: str) -> str:
    """Sixty-four hexadecimal digits, or Malformed(hash_malformed)."""
    if not _SHA256.fullmatch(text):
        raise Malformed("hash_malformed", field)
    return text


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What one share has when it is taken on, in pence: what it was allocated, and of that what was `spent`, what is `advanced`
    (in `place`, the code of the money account: the holder's or a third party's), what is `recovering` (from `debtor`, likewise a
    code), what is kept as `contingency`, and what open orders keep. `partner_owes` is what a partner has not yet paid of what was
    spent; the rest of it has been paid before. Of a contribution's share `allocated` is what was received of it, less what went
    back; what was spent beyond that is still owed.

    Malformed for amounts below zero, all of them nothing, money without its place, more contingency than is left, and for anything
    but received and spent in a contribution's share: it is never paid out ahead nor kept from whoever gave it (L8)."""

    share: Share
    allocated: int
    spent: int = 0
    advanced: int = 0
    recovering: int = 0
    held: int = 0
    contingency: int = 0
    partner_owes: int = 0
    place: str | None = None
    debtor: str | None = None

    def __post_init__(self) -> None:
        figures = ("allocated", "spent", "advanced", "recovering", "held", "contingency", "partner_owes")
        for field in figures:
            if getattr(self, field):
                check_size(getattr(self, field), field)
        if not any(getattr(self, field) for field in figures):
            raise Malformed("amount_zero", "allocated")
        if self.share.kind == "contribution":
            for field in ("advanced", "recovering", "contingency"):
                if getattr(self, field):
                    raise Malformed("contribution_not_taken_on", field)
        for amount, code, field in ((self.advanced, self.place, "place"), (self.recovering, self.debtor, "debtor")):
            if bool(amount) != (code is not None):
                raise Malformed("place_missing" if amount else "place_not_used", field)
        if self.contingency and self.available < self.held:
            raise Malformed("amount_too_large", "contingency")
        if self.partner_owes and self.share.kind != "partner":
            raise Malformed("partner_malformed", "partner_owes")
        if self.partner_owes > self.spent:
            raise Malformed("amount_too_large", "partner_owes")

    @property
    def unfunded(self) -> int:
        """What is spent, paid out, owed back and ordered beyond what was allocated."""
        return max(0, self.spent + self.advanced + self.recovering + self.held - self.allocated)

    @property
    def available(self) -> int:
        """What is left to spend before the open orders take theirs."""
        return self.allocated + self.unfunded - self.spent - self.advanced - self.recovering - self.contingency

    @property
    def amount(self) -> int:
        """What comes into the states of the share, all of them together."""
        return self.allocated + self.unfunded


def opening_stated(opening: Opening, lineage: Lineage, *, because: int) -> Record:
    """Says what a share has and where that is written; posts nothing. Subject `opening/{line}/{fund}/{year}`; `because` is the
    entry of the take-on."""
    share = opening.share
    given = attributes(
        "opening_stated", person=share.person, line=share.line, fund=share.fund, year=share.year, amount=opening.amount,
        allocated=opening.allocated, available=opening.available - opening.held, held=opening.held,
        advanced=opening.advanced, spent=opening.spent, recovering=opening.recovering, unfunded=opening.unfunded,
        contingency=opening.contingency or None,
        **lineage.codes(),
    )  # fmt: skip
    return Record(kind="evidence", subject=f"opening/{share.ref}", because=because, attributes=given)


def budget_taken_on(opening: Opening, *, source: str, **stated: Unpack[Stated]) -> Post:
    """Event 55: Dr spent, advanced, recovering, contingency, available / Cr the fund's unallocated (beyond it: unfunded); Dr
    expense, the place of what is advanced, the receivable / Cr `opening/{source}`; J, of which the part that the partner has paid
    meets the opening too.

    Of a contribution's share authority is what was received, as in event 45: Cr the fund's source, and Dr `opening/{source}` / Cr
    contribution; what is spent of it is Dr contribution / Cr recharge, and what is spent beyond it Dr unbilled / Cr recharge.

    What open orders keep comes into `available`, from where their holds take it (`order_taken_on`). `because` is the entry of
    `opening_stated`. Subject `line/{line}`. Refusals: not_enough_available (the fund has not so much left), account_unknown.
    Source: accounting.md event 55."""
    share, moved = opening.share, Movement()
    for state in ("spent", "advanced", "recovering", "contingency", "available"):
        moved.add(share.code(state), getattr(opening, state))
    moved.add(share.code("unfunded"), -opening.unfunded)
    moved.add(share.code("source" if share.kind == "contribution" else "unallocated"), -opening.allocated)
    brought = account("opening", source=source).code
    moved.pay(opening.spent, debit=share.code("expense"), credit=brought)
    for amount, code in ((opening.advanced, opening.place), (opening.recovering, opening.debtor)):
        if code is not None:
            moved.pay(amount, debit=code, credit=brought)
    if share.kind == "partner":
        moved.pay(opening.partner_owes, debit=share.code("partner/unbilled"), credit=share.code("recharge"))
        moved.pay(opening.spent - opening.partner_owes, debit=brought, credit=share.code("recharge"))
    elif share.kind == "contribution":
        moved.pay(opening.allocated, debit=brought, credit=share.code("contribution"))
        moved.pay(opening.spent - opening.unfunded, debit=share.code("contribution"), credit=share.code("recharge"))
        moved.pay(opening.unfunded, debit=share.code("partner/unbilled"), credit=share.code("recharge"))
    return Post(event=EVENT, legs=moved.legs, **about(f"line/{share.line}", stated))


def demand_taken_on(opening: Opening, *, holder_account: str | None, because: int) -> Record | None:
    """The demand behind what the person owes of a figure, so that it can be repaid, offset, waived or written off as any other: of
    money that was in `holder_account`, with no notice here (0). None where nobody owes, or a provider does. Subject
    `demand/{line}-{fund}-{year}`; `because` is the entry of `opening_stated`."""
    share, debtor = opening.share, (opening.debtor or "").split("/")
    if debtor[:2] != ["receivable", "reclaim"]:
        return None
    made = Demand(
        subject=f"demand/{share.line}-{share.fund}-{share.year}", person=share.person, line=share.line,
        amount=opening.recovering, debtor=debtor[2], source="advance", holder_account=holder_account or NOWHERE,
        notice=NO_NOTICE,
    )  # fmt: skip
    return demand_recorded(made, because=because)


def order_taken_on(
    *, amount: int, shares: Sequence[Share], service: str, payee: str | None, lineage: Lineage, effective_on: date,
    because: int, care_from: date | None = None, care_to: date | None = None, expires_us: int | None = None,
) -> tuple[Record, PlaceHold]:  # fmt: skip
    """Event 55, an open order: its decision, taken in the earlier system, and Dr held / Cr available as for event 5. Held is never
    posted without its hold. `because` is the entry of the take-on; the two are submitted one after the other. Refusals:
    not_enough_available, hold_expiry_past. Source: accounting.md events 5 and 55."""
    placed = order_placed(
        amount=amount, shares=shares, expires_us=expires_us, effective_on=effective_on, care_from=care_from, care_to=care_to,
        because=-1,
    )  # fmt: skip
    share = shares[0]
    given = attributes(
        "taken_on", person=share.person, line=share.line, amount=amount, service=service, payee=payee, outcome="allow",
        bundle=NO_RULES, hold=True, **lineage.codes(),
    )  # fmt: skip
    decision = Record(kind="decision", subject=f"line/{share.line}", effective_on=effective_on, care_from=care_from,
                      care_to=care_to, because=because, attributes=given)  # fmt: skip
    return decision, msgspec.structs.replace(placed, event=EVENT)


def invoice_taken_on(
    evidence: Evidence, lineage: Lineage, *, source: str, effective_on: date, because: int, position: int, detail: Detail
) -> tuple[Record, Record, Post]:  # fmt: skip
    """Event 55, an accepted invoice that is not paid: entered and accepted once more here, so that it is paid once and by another
    than took it on, and Dr `opening/{source}` / Cr payable. Its care is in the `spent` of its share already. `position` is the
    place of the first of the three in its group, counted from 1; `because` the entry of the take-on. Malformed without a
    payee; refusals: account_unknown. Source: accounting.md event 55, R3."""
    if evidence.payee is None:
        raise Malformed("payee_missing", "payee")
    records = []
    for act, reason in (("invoice_entered", because), ("invoice_accepted", -position)):
        said = evidence_recorded(act, evidence, because=reason, effective_on=effective_on,
                                 detail=detail if act == "invoice_entered" else None)  # fmt: skip
        records.append(_written(said, lineage))
    moved = Movement()
    moved.pay(evidence.amount, debit=account("opening", source=source).code,
              credit=account("payable", payee=evidence.payee).code)  # fmt: skip
    post = Post(event=EVENT, legs=moved.legs, effective_on=effective_on, because=-position - 1, subject=evidence.payee)
    return records[0], records[1], post


def _written(said: Record, lineage: Lineage) -> Record:
    """The same with where it is written."""
    codes = {name: str(value) for name, value in lineage.codes().items()}
    return msgspec.structs.replace(said, attributes=tuple(sorted({**dict(said.attributes), **codes}.items())))


def bank_line_taken_on(
    evidence: Evidence, lineage: Lineage, *, effective_on: date, because: int, position: int, detail: Detail
) -> tuple[Record, Post]:  # fmt: skip
    """Event 13 of a take-on: money of what event 55 advanced that left the holder's account and is not explained, as a line of its
    bank that is open here: Dr unidentified / Cr advance. `position` is the place of the first of the two in its group, counted from
    1; `because` the entry of the take-on. Malformed without an account;
    refusals: not_enough_available. Source: accounting.md events 13 and 55."""
    if evidence.holder_account is None:
        raise Malformed("place_missing", "holder_account")
    said = evidence_recorded("bank_line_taken", evidence, because=because, effective_on=effective_on, detail=detail)
    [post] = bank_line_taken(
        amount=evidence.amount, person=evidence.person, holder_account=evidence.holder_account, in_account=evidence.amount,
        effective_on=effective_on, because=-position,
    )  # fmt: skip
    return _written(said, lineage), post


class TakeOn(msgspec.Struct, frozen=True, kw_only=True):
    """One take-on of a book: which system it comes from, the accounting day on which balances open, the day from which the book
    is complete, how many people and lines, the sums by state in pence (TOTALS), the files by sheet and hash
    (`openings:{sha256}`), and the differences against the control totals that came with them (`spent:-1250`)."""

    code: str
    source: str
    opens_on: date
    complete_from: date
    people: int
    lines: int
    totals: tuple[int, ...]
    files: tuple[str, ...]
    differences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.code, "take_on")
        check_name(self.source, "source")
        if len(self.totals) != len(TOTALS):
            raise Malformed("number_malformed", "totals")


def take_on_recorded(
    act: str, take_on: TakeOn, *, because: int = 0, party: str | None = None, detail: Detail | None = None
) -> Record:  # fmt: skip
    """A take-on `rehearsed`, `posted`, `agreed` (by `party`, the side that holds the earlier record), `signed` or `countersigned`,
    stated whole each time. Subject `take_on/{code}`."""
    if party is not None:
        check_code(party, "party")
    given = attributes(
        among(act, ACTS, "act"), source=take_on.source, opens_on=take_on.opens_on, complete_from=take_on.complete_from,
        people=take_on.people, lines=take_on.lines, file=take_on.files, difference=take_on.differences, party=party,
        **dict(zip(TOTALS, take_on.totals, strict=True)),
    )  # fmt: skip
    return Record(kind="setting", subject=f"take_on/{take_on.code}", because=because, detail=detail, attributes=given)


def take_on_of(subject: str, given: Mapping[str, str]) -> tuple[TakeOn, str]:
    """The take-on of a register row, and how it stands."""
    found = TakeOn(
        code=subject_name(subject, "take_on"), source=needed(given, "source"), opens_on=day_needed(given, "opens_on"),
        complete_from=day_needed(given, "complete_from"), people=number_of(given, "people"), lines=number_of(given, "lines"),
        totals=tuple(number_of(given, name) for name in TOTALS), files=numbered(given, "file"),
        differences=numbered(given, "difference"),
    )  # fmt: skip
    return found, among(needed(given, "act"), ACTS, "act")
