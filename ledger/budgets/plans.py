"""Plans: what was agreed for a person, version by version, and the lines that money is given to.

The person's own words are in erasable details. Nothing here moves money: an allocation (event 2) names the signed version.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from ledger.budgets.chart import FUND_KINDS, share_accounts
from ledger.budgets.shares import TERM, Share, check_name
from ledger.budgets.terms import INTERVALS, ConnectedPerson, Monitor, Saving, Signature
from ledger.budgets.wording import (
    among,
    answer_of,
    attributes,
    content_of,
    day_needed,
    day_of,
    detail_of,
    needed,
    number_of,
    numbered,
    optional_number,
    subject_name,
    within,
)
from ledger.core.calendar import year_of
from ledger.core.model import Detail, Malformed, check_code, check_size
from ledger.core.requests import OpenAccounts, Record

PLAN_ACTS = ("drafted", "signed", "suspended", "resumed", "ended")
LINE_ACTS = ("agreed", "suspended", "resumed", "ended")
MANAGEMENT = ("notional", "third_party", "direct_payment", "one_off")
CHANNELS = ("managed_account", "card", "own_account")
"""How a direct payment reaches whoever spends it; all three are direct payments (SI 2017/219)."""
OWNERS = ("nhs", "person")
MOST_NOTICE_DAYS = 999


class PlanVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a person's plan, with what reg 8(4) has it say; all of it is codes, days and pence.

    `coordinator` is the code of the care co-ordinator (reg 8(3)). `agreement` says whether the direct-payment agreement is signed,
    `agreement_on` the day by which both sides had. `needs` and `outcomes` are references to where they are written; `first_review`
    is the day of the next review (the first, in a first version), `notice_days` how many days of notice a cut or stop takes after
    it. `risks_on` is the day by which whoever is paid had been told of the significant risks, `risk_procedure` the code of where
    the procedure agreed for them is written (reg 8(1)). `cost` is what the care that the plan says is needed costs, in pence, and
    `enough_by` who confirmed that the lines are enough for it (reg 8(1), 13). `notice_on` is the day on which the person was given
    notice of what this version cuts, `notice` the entry of the written one (reg 13(5)), `cut` by how many pence, once signed."""

    plan: str
    person: str
    version: int
    start: date
    end: date | None = None
    coordinator: str | None = None
    agreement: bool = False
    agreement_on: date | None = None
    needs: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    first_review: date | None = None
    notice_days: int | None = None
    risks_on: date | None = None
    risk_procedure: str | None = None
    cost: int | None = None
    enough_by: str | None = None
    connected: tuple[ConnectedPerson, ...] = ()
    signatures: tuple[Signature, ...] = ()
    notice_on: date | None = None
    notice: int | None = None
    cut: int | None = None

    def __post_init__(self) -> None:
        check_name(self.plan, "plan")
        check_name(self.person, "person")
        if type(self.version) is not int or not 1 <= self.version <= 9999:
            raise Malformed("number_malformed", "version")
        within(self.start, self.end)
        for field in ("needs", "outcomes"):
            given = getattr(self, field)
            if len(set(given)) != len(given):
                raise Malformed("named_twice", field)
            for code in given:
                check_code(code, field)
        for field in ("enough_by", "risk_procedure"):
            if getattr(self, field) is not None:
                check_name(getattr(self, field), field)
        if self.cost is not None:
            check_size(self.cost, "cost")
        if self.notice_days is not None and not 0 <= self.notice_days <= MOST_NOTICE_DAYS:
            raise Malformed("number_malformed", "notice_days")
        if len({each.payee for each in self.connected}) != len(self.connected):
            raise Malformed("named_twice", "connected")


def plan_recorded(act: str, plan: PlanVersion, *, because: int = 0, detail: Detail | None = None) -> Record:
    """A version `drafted`, `signed`, `suspended`, `resumed` or `ended`, stated whole each time. Subject `plan/{plan}`."""
    given = attributes(
        among(act, PLAN_ACTS, "act"), person=plan.person, version=plan.version, from_=plan.start, to=plan.end,
        coordinator=plan.coordinator, agreement=plan.agreement, agreement_on=plan.agreement_on, need=plan.needs,
        outcome=plan.outcomes, monitor=tuple(each.text for each in plan.monitors), first_review=plan.first_review,
        notice_days=plan.notice_days, risks_on=plan.risks_on, risk_procedure=plan.risk_procedure, cost=plan.cost,
        enough_by=plan.enough_by, cut=plan.cut, connected=tuple(each.text for each in plan.connected),
        signature=tuple(each.text for each in plan.signatures), notice_on=plan.notice_on, notice=plan.notice,
    )  # fmt: skip
    return Record(kind="plan_version", subject=f"plan/{plan.plan}", because=because, detail=detail, attributes=given)


def plan_of(subject: str, given: Mapping[str, str]) -> tuple[PlanVersion, str]:
    """The plan version of a register row, and how it stands."""
    found = PlanVersion(
        plan=subject_name(subject, "plan"), person=needed(given, "person"), version=number_of(given, "version"),
        start=day_needed(given, "from"), end=day_of(given, "to"), coordinator=given.get("coordinator"),
        agreement=answer_of(given, "agreement") is True, agreement_on=day_of(given, "agreement_on"),
        needs=numbered(given, "need"), outcomes=numbered(given, "outcome"),
        monitors=tuple(Monitor.of_text(text) for text in numbered(given, "monitor")),
        first_review=day_of(given, "first_review"), notice_days=optional_number(given, "notice_days"),
        risks_on=day_of(given, "risks_on"), risk_procedure=given.get("risk_procedure"),
        cost=optional_number(given, "cost"), enough_by=given.get("enough_by"), cut=optional_number(given, "cut"),
        connected=tuple(ConnectedPerson.of_text(text) for text in numbered(given, "connected")),
        signatures=tuple(Signature.of_text(text) for text in numbered(given, "signature")),
        notice_on=day_of(given, "notice_on"), notice=optional_number(given, "notice"),
    )  # fmt: skip
    return found, among(needed(given, "act"), PLAN_ACTS, "act")


class LineShare(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fund's part of a line as agreed: `{fund}:{kind}:{weight}` in the entry, and `:{from}:{to}` after it where it is agreed for
    some days only, either of them empty for no bound. Ties go to the first of a line."""

    fund: str
    kind: str
    weight: int
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        within(self.start or date.min, self.end)
        check_name(self.fund, "share")
        among(self.kind, FUND_KINDS, "share")
        if type(self.weight) is not int or not 1 <= self.weight <= 10**12:
            raise Malformed("weight_malformed", "share")

    @property
    def text(self) -> str:
        """As it stands in the entry."""
        always = f"{self.fund}:{self.kind}:{self.weight}"
        if not self.is_dated:
            return always
        return f"{always}:{'' if self.start is None else self.start.isoformat()}:{'' if self.end is None else self.end.isoformat()}"

    @property
    def is_dated(self) -> bool:
        """Whether it is agreed for some days of the line only."""
        return self.start is not None or self.end is not None

    def covers(self, day: date) -> bool:
        """Whether the fund bears a part of what is for this day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    @classmethod
    def of_text(cls, text: str) -> "LineShare":
        """The inverse of `text`, or Malformed."""
        fund, _, rest = text.partition(":")
        kind, _, rest = rest.partition(":")
        weight, dated, days = rest.partition(":")
        start, colon, end = days.partition(":")
        if dated and not (colon and days != ":"):
            raise Malformed("dates_malformed", "share")
        said = {"from": start, "to": end}
        return cls(fund, kind, number_of({"share": weight}, "share"),
                   day_of(said, "from") if start else None, day_of(said, "to") if end else None)  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a plan version: what for (`services`, codes), how managed, how much in pence for its dates, who bears it, and,
    where the plan names them, who may be paid. A direct payment names the holder's account. `instalment` is what each payment of
    its schedule is (reg 8(4)(c)), where the plan says it, and `interval` how often; a one-off payment is of the whole amount. Money
    may move between lines of one `flexibility` group of a plan; a line without one is stated, and keeps what it was given.

    `channel` says how a direct payment is held, `account_with` which organisation (a payee) holds a managed account. `rate` is
    pence a `unit`, of which `quantity` (hundredths) were counted; `indicative` is what was said before the plan was made,
    `start_up` the part of the amount that starts things off. `years` are pence by financial year; without them all of it is that
    of the year in which the line begins, and of a thing that serves for a term that of TERM, which no year end touches. `owner`
    says whose a thing is that is bought (a notional wheelchair stays the NHS's, a third party's is the person's), `term_end` until
    when it has to serve. What the plan lets the holder save up is `saving`: it is no surplus. `contingency` is the part of the
    amount that is kept for emergencies from the signature on (event 4), of the year `contingency_year` in which it is signed.
    `cost` is what the care of this line costs, in pence: a direct payment is enough for it by itself (reg 13(1))."""

    line: str
    person: str
    plan: str
    version: int
    services: tuple[str, ...]
    management: str
    amount: int
    start: date
    end: date
    shares: tuple[LineShare, ...]
    payees: tuple[str, ...] = ()
    holder_account: str | None = None
    instalment: int | None = None
    flexibility: str | None = None
    interval: str | None = None
    years: tuple[tuple[str, int], ...] = ()
    channel: str | None = None
    account_with: str | None = None
    unit: str | None = None
    rate: int | None = None
    quantity: int | None = None
    indicative: int | None = None
    start_up: int | None = None
    owner: str | None = None
    term_end: date | None = None
    saving: Saving | None = None
    contingency: int | None = None
    contingency_year: str | None = None
    cost: int | None = None

    def __post_init__(self) -> None:
        for field in ("line", "person", "plan", "flexibility", "unit", "account_with"):
            if getattr(self, field) is not None:
                check_name(getattr(self, field), field)
        if type(self.version) is not int or not 1 <= self.version <= 9999:
            raise Malformed("number_malformed", "version")
        among(self.management, MANAGEMENT, "management")
        check_size(self.amount, "amount")
        within(self.start, self.end)
        if type(self.end) is not date:
            raise Malformed("dates_malformed", "to")
        if not self.services or len(set(self.services)) != len(self.services):
            raise Malformed("services_malformed", "service")
        for code in (*self.services, *self.payees):
            check_code(code, "service" if code in self.services else "payee")
        check_shares_agreed(self)
        if self.management == "direct_payment" and self.holder_account is None:
            raise Malformed("holder_account_missing", "holder_account")
        if self.holder_account is not None and self.management not in ("direct_payment", "one_off"):
            raise Malformed("holder_account_not_used", "holder_account")
        if self.instalment is not None:
            check_size(self.instalment, "instalment")
            if self.management not in ("direct_payment", "third_party") or self.is_kept:
                raise Malformed("instalment_not_used", "instalment")
            if self.instalment > self.amount:
                raise Malformed("instalment_too_large", "instalment")
        for field, codes in (("owner", OWNERS), ("interval", INTERVALS), ("channel", CHANNELS)):
            if getattr(self, field) is not None:
                among(getattr(self, field), codes, field)
        if self.channel is not None and self.management != "direct_payment":
            raise Malformed("channel_not_used", "channel")
        if self.account_with is not None and self.channel != "managed_account":
            raise Malformed("account_with_not_used", "account_with")
        self._check_numbers()
        # A person's own contribution is not paid out ahead: its authority is the money that they gave (L8).
        if not self.is_kept and any(share.kind == "contribution" for share in self.shares):
            raise Malformed("contribution_not_advanced", "share")

    def _check_numbers(self) -> None:
        if self.saving is not None and self.holder_account is None:
            raise Malformed("saving_not_used", "saving")
        if len({self.unit is None, self.rate is None, self.quantity is None}) != 1:
            raise Malformed("rate_incomplete", "rate")
        for field in ("rate", "quantity", "indicative", "start_up", "contingency", "cost"):
            if getattr(self, field) is not None:
                check_size(getattr(self, field), field)
        if self.start_up is not None and self.start_up > self.amount:
            raise Malformed("start_up_too_large", "start_up")
        if self.contingency is not None and self.contingency > max(self.by_year().values()):
            raise Malformed("contingency_too_large", "contingency")
        if self.years and (
            sum(pence for _, pence in self.years) != self.amount or len(dict(self.years)) != len(self.years)
        ):
            raise Malformed("years_malformed", "years")
        if TERM in dict(self.years) and (len(self.years) > 1 or self.term_end is None or not self.is_kept):
            raise Malformed("years_malformed", "years")

    @property
    def is_of_term(self) -> bool:
        """Whether its money is of the whole time that a thing has to serve, such as a wheelchair, and of no financial year."""
        return bool(self.years) and self.years[0][0] == TERM

    @property
    def is_kept(self) -> bool:
        """Whether the commissioner keeps its money and pays what is ordered and invoiced. So it is with a notional line; and with a
        third party's thing that the person adds to, or that serves for a term: its supplier sends the commissioner the invoice."""
        contributed = any(share.kind == "contribution" for share in self.shares)
        return self.management == "notional" or (self.management == "third_party" and (contributed or self.is_of_term))

    def year_on(self, day: date) -> str:
        """Of which year its money is that is used on a day: the financial year of the day, or TERM."""
        return TERM if self.is_of_term else year_of(day)

    def by_year(self) -> dict[str, int]:
        """Pence of each financial year: as said, or else all of it in the year in which the line begins."""
        return dict(self.years) or {year_of(self.start): self.amount}

    @property
    def bearers(self) -> tuple[LineShare, ...]:
        """One share of each fund that bears a part of the line on any day, in the order of their first mention."""
        found: dict[str, LineShare] = {}
        for share in self.shares:
            found.setdefault(share.fund, share)
        return tuple(found.values())

    @property
    def is_split_by_day(self) -> bool:
        """Whether who bears the line depends on the day."""
        return any(share.is_dated for share in self.shares)

    def weights_on(self, day: date) -> dict[str, int]:
        """The split in force on a day: the weight of each of the line's funds, 0 where a fund bears nothing then."""
        weights = dict.fromkeys((share.fund for share in self.bearers), 0)
        return weights | {share.fund: share.weight for share in self.shares if share.covers(day)}

    @property
    def third_party(self) -> str | None:
        """Who holds the money of a line that a third party manages: the one payee that the plan names for it; or None."""
        return self.payees[0] if self.management == "third_party" and len(self.payees) == 1 else None

    @property
    def agreed_instalment(self) -> int | None:
        """Pence of each payment that the plan agreed; None where it says nothing."""
        return self.amount if self.management == "one_off" else self.instalment


def turns_of(line: Line) -> list[date]:
    """The first days of the line's splits, in order: each holds until the next, the last until the line ends."""
    first = {share.start for share in line.shares if share.start is not None}
    after = {share.end + timedelta(days=1) for share in line.shares if share.end is not None and share.end < date.max}
    return [line.start, *sorted(day for day in first | after if line.start < day <= line.end)]


def check_shares_agreed(line: Line) -> None:
    """Each fund is of one kind, and at most once on a day; on each day of the line somebody bears it. Malformed."""
    named = {(share.fund, share.kind) for share in line.shares}
    if not line.shares or len({fund for fund, _ in named}) != len(named):
        raise Malformed("shares_malformed", "share")
    for fund, _ in named:
        own = sorted((s.start or date.min, s.end or date.max) for s in line.shares if s.fund == fund)
        if any(first[1] >= second[0] for first, second in pairwise(own)):
            raise Malformed("shares_malformed", "share")
    if line.is_split_by_day and not all(any(line.weights_on(day).values()) for day in turns_of(line)):
        raise Malformed("shares_malformed", "share")


def line_recorded(act: str, line: Line, *, because: int = 0, detail: Detail | None = None) -> Record:
    """A line `agreed`, `suspended`, `resumed` or `ended`, stated whole each time. Subject `line/{line}`; `because` is the entry of
    its plan version; the person's words come as `plan_detail`."""
    given = attributes(
        among(act, LINE_ACTS, "act"), person=line.person, plan=line.plan, version=line.version, service=line.services,
        management=line.management, amount=line.amount, from_=line.start, to=line.end,
        share=tuple(share.text for share in line.shares), payee=line.payees, holder_account=line.holder_account,
        instalment=line.instalment, flexibility=line.flexibility, interval=line.interval,
        year=tuple(f"{year}:{pence}" for year, pence in line.years), channel=line.channel, unit=line.unit, rate=line.rate,
        quantity=line.quantity, indicative=line.indicative, start_up=line.start_up, owner=line.owner,
        term_end=line.term_end, account_with=line.account_with, saving=None if line.saving is None else line.saving.text,
        contingency=line.contingency, contingency_year=line.contingency_year, cost=line.cost,
    )  # fmt: skip
    return Record(kind="line", subject=f"line/{line.line}", because=because, detail=detail, attributes=given)


def line_of(subject: str, given: Mapping[str, str]) -> tuple[Line, str]:
    """The line of a register row, and how it stands."""
    found = Line(
        line=subject_name(subject, "line"), person=needed(given, "person"), plan=needed(given, "plan"),
        version=number_of(given, "version"), services=numbered(given, "service"),
        management=needed(given, "management"), amount=number_of(given, "amount"), start=day_needed(given, "from"),
        end=day_needed(given, "to"), shares=tuple(LineShare.of_text(text) for text in numbered(given, "share")),
        payees=numbered(given, "payee"), holder_account=given.get("holder_account"),
        instalment=optional_number(given, "instalment"), flexibility=given.get("flexibility"), term_end=day_of(given, "term_end"),
        interval=given.get("interval"), years=tuple(_year_of_text(text) for text in numbered(given, "year")),
        channel=given.get("channel"), unit=given.get("unit"), rate=optional_number(given, "rate"),
        quantity=optional_number(given, "quantity"), indicative=optional_number(given, "indicative"),
        cost=optional_number(given, "cost"), start_up=optional_number(given, "start_up"), owner=given.get("owner"),
        account_with=given.get("account_with"), saving=Saving.of_text(given["saving"]) if "saving" in given else None,
        contingency=optional_number(given, "contingency"), contingency_year=given.get("contingency_year"),
    )  # fmt: skip
    return found, among(needed(given, "act"), LINE_ACTS, "act")


def _year_of_text(text: str) -> tuple[str, int]:
    year, _, pence = text.partition(":")
    return year, number_of({"years": pence}, "years")


def plan_detail(salt: bytes, *, title: str, description: str = "", working: str = "") -> Detail:
    """The person's own words for a plan or a line, and how its amount was worked out where that is kept; erasable."""
    return detail_of(salt, {"title": title, "description": description, **({"working": working} if working else {})})


def words_of(content: bytes) -> tuple[str, str]:
    """Title and description of `plan_detail`."""
    found = content_of(content)
    return str(found.get("title", "")), str(found.get("description", ""))


def share_of(
    line: Line, share: LineShare, year: str, *, partner: str | None = None, balances: Mapping[str, int] | None = None
) -> Share:
    """The share of a line in a year, with the signed balances read of its accounts (account code → pence, debit positive; an
    account not named is at nothing). `partner` is the council of the fund (`ledger.budgets.funds.Fund`)."""
    found = Share(line=line.line, fund=share.fund, year=year, person=line.person, kind=share.kind, weight=share.weight,
                  partner=partner)  # fmt: skip
    return with_balances(found, balances or {})


def with_balances(share: Share, balances: Mapping[str, int]) -> Share:
    """The share with signed balances of its accounts (account code → pence); what is not named is at nothing."""
    states = ("available", "contingency", "held", "advanced", "spent", "recovering", "lost")
    read = {state: balances.get(share.code(state), 0) for state in states}
    return msgspec.structs.replace(share, **read, unfunded=-balances.get(share.code("unfunded"), 0))


def share_opened(share: Share, *, because: int = 0) -> tuple[OpenAccounts, ...]:
    """Opens the accounts of one share. Refusals: account_exists (opened before)."""
    return (share_accounts(share.line, share.fund, share.year, person=share.person, kind=share.kind, because=because),)
