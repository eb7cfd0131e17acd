"""What stands in the register about money that may be owed: questions, surpluses, notices, demands, losses, reconsiderations.

Each is stated whole where it begins; what becomes of a demand are steps under its subject, whose sum says what is outstanding.
Words, such as the reasons as they are written to somebody, are in erasable details. Amounts are pence.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from ledger.budgets.chart import LOSS_CLASSES
from ledger.budgets.recovery import SOURCES
from ledger.budgets.shares import check_name
from ledger.budgets.standing import Said
from ledger.budgets.wording import among, answer_of, attributes, day_of, needed, number_of, numbered, subject_name
from ledger.core.model import Detail, Malformed, check_code, check_number, check_size
from ledger.core.requests import Record

QUESTION_ACTS = (
    "questioned", "explained", "question_waived", "question_demanded", "question_moved", "question_reopened",
)  # fmt: skip
"""What was demanded of a question is questioned again (`question_reopened`) when the demand is withdrawn. What is open when the
person moves is questioned in the other commissioner's book (`question_moved`)."""
ENDS_OF_QUESTION = QUESTION_ACTS[1:5]
NOTICE_ABOUT = ("repayment", "cut", "stop")
NOTICE_ACTS = ("made", "sent", "delivered", "returned", "withdrawn")
"""`returned` is a notice that did not reach whom it was for."""
REASONS = ("plan_changed", "circumstances_changed", "accumulated", "off_plan", "offence", "died")
"""What the law has the commissioner have regard to before it requires a repayment (SI 2013/1617 reg 15)."""
DEBTORS = ("person", "representative", "nominee", "personal_representatives")
SAFEGUARDING = ("none", "concern_met", "concern_open")
STEPS = ("repaid", "offset", "waived", "written_off", "demand_withdrawn")
"""What takes away from a demand; `repayment_returned` puts a repayment back that the bank did not honour."""
RECONSIDERED = ("demand", "cut", "stop", "suspend", "left_out", "refusal")
"""What is looked at again: `left_out` is what a signed plan leaves out (reg 8(6A))."""
ANSWERS = ("upheld", "changed")
ANSWERS_OF_STOP = ("confirmed", "withdrawn")
WEEK_DAYS = 7


class Surplus(msgspec.Struct, frozen=True, kw_only=True):
    """The two tests of a surplus (accounting.md section 4). `reached` is whether there is anything to look at: the balance less
    unpaid liabilities, and what the plan lets the holder save up, is above the threshold. `most` is what may be taken at most: that
    less the agreed contingency, in pence, never below zero. The tests are two: a balance that is looked at may have nothing to
    take, and the other way round."""

    balance: int
    liabilities: int
    contingency: int
    threshold: int
    saving: int = 0

    def __post_init__(self) -> None:
        for field in ("balance", "liabilities", "contingency", "threshold", "saving"):
            if type(getattr(self, field)) is not int or getattr(self, field) < 0:
                raise Malformed("amount_malformed", field)

    @property
    def reached(self) -> bool:
        """Whether the threshold is passed."""
        return self.balance - self.liabilities - self.saving > self.threshold

    @property
    def most(self) -> int:
        """The most that may be taken, in pence."""
        return max(0, self.balance - self.liabilities - self.saving - self.contingency)


def weeks_of_payment(agreed: int, start: date, end: date, weeks: int) -> int:
    """What so many weeks of a line are in pence: its agreed amount by the days of its dates, both included, rounded down."""
    return agreed * weeks * WEEK_DAYS // ((end - start).days + 1)


def surplus_recorded(
    surplus: Surplus, *, subject: str, person: str, line: str, holder_account: str, amount: int, on: date, because: int
) -> Record:  # fmt: skip
    """A surplus determined: `amount` is to be taken, at most `surplus.most`. Kind `review`, act `surplus_determined`."""
    given = attributes(
        "surplus_determined", person=check_name(person, "person"), line=check_name(line, "line"),
        holder_account=check_name(holder_account, "holder_account"), amount=check_size(amount, "amount"),
        balance=surplus.balance, liabilities=surplus.liabilities, contingency=surplus.contingency,
        threshold=surplus.threshold, most=surplus.most, on=on, saving=surplus.saving or None,
    )  # fmt: skip
    return Record(kind="review", subject=f"surplus/{subject}", because=because, attributes=given)


def offset_recorded(
    *, surplus: str, person: str, line: str, amount: int, due: int, because: int, detail: Detail | None = None
) -> Record:  # fmt: skip
    """A part of a determined surplus taken from an instalment by route A, act `offset`; why in the detail. Subject: the surplus's.
    The period that is met so is named by the decision, and by nothing else, or it would count twice."""
    given = attributes("offset", person=person, line=line, amount=check_size(amount, "amount"), due=due)
    return Record(kind="review", subject=surplus, because=because, detail=detail, attributes=given)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question about money that has gone: `of` is the entry of the bank line or of the evidence that was accepted (below zero:
    one of the question's own group, so many entries before it); `line` that of accepted spend, None for money without evidence."""

    subject: str
    person: str
    amount: int
    holder_account: str
    of: int
    line: str | None = None


def question_recorded(
    act: str, question: Question, amount: int, *, because: int = 0, detail: Detail | None = None
) -> Record:  # fmt: skip
    """A question `questioned`, or `amount` of it explained, waived, demanded or moved. Kind `evidence`, subject `question/{id}`."""
    subject_name(question.subject, "question")
    given = attributes(
        among(act, QUESTION_ACTS, "act"), person=check_name(question.person, "person"), amount=check_size(amount, "amount"),
        holder_account=check_name(question.holder_account, "holder_account"), line=question.line,
        of=check_number(question.of, "of") if question.of >= 0 else None,
        entries_back=-question.of if question.of < 0 else None,
    )  # fmt: skip
    return Record(kind="evidence", subject=question.subject, because=because, detail=detail, attributes=given)


class QuestionRead(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it stands: its entry, the last one about it, and pence of it by act."""

    number: int
    version: int
    question: Question
    went: dict[str, int]

    @property
    def open(self) -> int:
        """What is still questioned."""
        return self.question.amount - sum(self.went.values())

    @property
    def taken(self) -> int:
        """What of the money it is about is questioned, waived, demanded or moved: all but what was explained."""
        return self.question.amount - self.went["explained"]


def question_of(said: Sequence[Said]) -> QuestionRead:
    """A question from all rows of its subject, oldest first; or Malformed."""
    first = said[0].attributes
    if said[0].act != "questioned":
        raise Malformed("subject_malformed", "subject")
    question = Question(
        subject=said[0].subject, person=needed(first, "person"), amount=number_of(first, "amount"),
        holder_account=needed(first, "holder_account"), line=first.get("line"),
        of=said[0].number - number_of(first, "entries_back") if "entries_back" in first else number_of(first, "of"),
    )  # fmt: skip
    went = dict.fromkeys(ENDS_OF_QUESTION, 0)
    for row in said[1:]:
        pence = number_of(row.attributes, "amount")
        if row.act == "question_reopened":
            went["question_demanded"] -= pence
        else:
            went[among(row.act, ENDS_OF_QUESTION, "act")] += pence
    return QuestionRead(number=said[0].number, version=said[-1].number, question=question, went=went)


def handed_back_recorded(
    *, subject: str, person: str, line: str, holder_account: str, amount: int, bank: str, bank_line: int | None = None
) -> Record:  # fmt: skip
    """Money that came back before anybody demanded it, of a line of the holder's bank where that came first. Kind `evidence`, act
    `handed_back`, subject `handed_back/{id}`."""
    given = attributes("handed_back", person=person, line=line, holder_account=holder_account, bank_line=bank_line,
                       amount=check_size(amount, "amount"), bank=check_name(bank, "bank"))  # fmt: skip
    return Record(kind="evidence", subject=f"handed_back/{subject}", attributes=given)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to somebody. `about` is one of NOTICE_ABOUT. What must be in it is the law's: for a repayment the reasons, the
    amount, the time to pay and who must pay (reg 15); for a cut or stop the reasons, the period of notice and the day
    (reg 13(5) and 17(3)). A notice may be written piece by piece; `missing` names what it lacks."""

    subject: str
    person: str
    about: str
    reasons: tuple[str, ...] = ()
    amount: int | None = None
    pay_by: date | None = None
    debtor: str | None = None
    debtor_is: str | None = None
    notice_days: int | None = None
    takes_effect_on: date | None = None

    def __post_init__(self) -> None:
        subject_name(self.subject, "notice")
        check_name(self.person, "person")
        among(self.about, NOTICE_ABOUT, "about")
        for reason in self.reasons:
            check_code(reason, "reasons") if self.about != "repayment" else among(reason, REASONS, "reasons")
        if self.amount is not None:
            check_size(self.amount, "amount")
        if self.debtor is not None:
            check_name(self.debtor, "debtor")
        if self.debtor_is is not None:
            among(self.debtor_is, DEBTORS, "debtor_is")
        if self.notice_days is not None and not 0 <= self.notice_days <= 3650:
            raise Malformed("number_malformed", "notice_days")

    @property
    def missing(self) -> tuple[str, ...]:
        """The mandatory fields that are not there, by name."""
        wanted = (
            ("amount", "pay_by", "debtor", "debtor_is")
            if self.about == "repayment"
            else ("notice_days", "takes_effect_on")
        )
        absent = tuple(name for name in wanted if getattr(self, name) is None)
        return absent if self.reasons else ("reasons", *absent)


def notice_recorded(
    act: str, notice: Notice, *, on: date, because: int = 0, detail: Detail | None = None
) -> Record:  # fmt: skip
    """A notice `made`, `sent`, `delivered`, `returned` or `withdrawn` on a day, stated whole each time. Kind `notice`."""
    given = attributes(
        among(act, NOTICE_ACTS, "act"), person=notice.person, about=notice.about, reason=notice.reasons, amount=notice.amount,
        pay_by=notice.pay_by, debtor=notice.debtor, debtor_is=notice.debtor_is, notice_days=notice.notice_days,
        takes_effect_on=notice.takes_effect_on, on=on,
    )  # fmt: skip
    return Record(kind="notice", subject=notice.subject, because=because, detail=detail, attributes=given)


def notice_of(subject: str, given: Mapping[str, str]) -> tuple[Notice, str]:
    """The notice of a register row, and how it stands."""
    found = Notice(
        subject=subject, person=needed(given, "person"), about=needed(given, "about"), reasons=numbered(given, "reason"),
        amount=number_of(given, "amount") if "amount" in given else None, pay_by=day_of(given, "pay_by"),
        debtor=given.get("debtor"), debtor_is=given.get("debtor_is"),
        notice_days=number_of(given, "notice_days") if "notice_days" in given else None,
        takes_effect_on=day_of(given, "takes_effect_on"),
    )  # fmt: skip
    return found, among(needed(given, "act"), NOTICE_ACTS, "act")


def factors_considered(
    *, notice: str, person: str, factors: Sequence[str], safeguarding: str, on: date, detail: Detail | None
) -> Record:  # fmt: skip
    """An officer's consideration, before a demand, of what the law says (reg 15) and of safeguarding: the factors that apply, of
    REASONS, and the reasoning in the detail. Kind `review`, act `factors_considered`, subject: the notice."""
    for factor in factors:
        among(factor, REASONS, "factors")
    given = attributes("factors_considered", person=person, factor=tuple(factors), on=on,
                       safeguarding=among(safeguarding, SAFEGUARDING, "safeguarding"))  # fmt: skip
    return Record(kind="review", subject=subject_of_consideration(notice), detail=detail, attributes=given)


def subject_of_consideration(notice: str) -> str:
    """What a consideration of a notice stands under."""
    return f"considered/{subject_name(notice, 'notice')}"


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """A demand for repayment (event 17) of what a line of a person is owed by `debtor`. `source` says where the money was, `of` the
    evidence that was accepted or the question that was open, `surplus` the determined surplus that it is for; each a number of
    an entry. `notice` is the entry by which its notice was made."""

    subject: str
    person: str
    line: str
    amount: int
    debtor: str
    source: str
    holder_account: str
    notice: int
    pay_by: date | None = None
    of: int | None = None
    surplus: int | None = None

    def __post_init__(self) -> None:
        subject_name(self.subject, "demand")
        for field in ("person", "line", "debtor", "holder_account"):
            check_name(getattr(self, field), field)
        check_size(self.amount, "amount")
        among(self.source, SOURCES, "source")


def demand_recorded(demand: Demand, *, because: int) -> Record:
    """A demand, once. Kind `notice`, act `demanded`, subject `demand/{id}`."""
    given = attributes(
        "demanded", person=demand.person, line=demand.line, amount=demand.amount, debtor=demand.debtor,
        source=demand.source, holder_account=demand.holder_account, notice=demand.notice, pay_by=demand.pay_by, of=demand.of,
        surplus=demand.surplus,
    )  # fmt: skip
    return Record(kind="notice", subject=demand.subject, because=because, attributes=given)


def step_recorded(
    act: str, demand: Demand, amount: int, *, because: int, due: int | None = None,
    loss: str | None = None, of: int | None = None, reason: str | None = None, detail: Detail | None = None,
) -> Record:  # fmt: skip
    """What became of `amount` pence of a demand: one of STEPS, or `repayment_returned`, whose `of` is the repayment. An offset
    states what was `due`; its decision names the period. Kind `notice`, subject `demand/{id}`."""
    given = attributes(
        among(act, (*STEPS, "repayment_returned"), "act"), person=demand.person, line=demand.line, debtor=demand.debtor,
        amount=check_size(amount, "amount"), due=due, loss=loss, of=of, reason=reason,
    )  # fmt: skip
    return Record(kind="notice", subject=demand.subject, because=because, detail=detail, attributes=given)


class DemandRead(msgspec.Struct, frozen=True, kw_only=True):
    """A demand as it stands: `number` its entry, `version` the last one about it, `went` what became of it, step by step in
    pence, and `outstanding` what is left."""

    number: int
    version: int
    demand: Demand
    went: dict[str, int]
    civil_debt: bool

    @property
    def outstanding(self) -> int:
        """Demanded, less what was repaid, offset, waived, written off and withdrawn."""
        return self.demand.amount - sum(self.went.values())


def demand_of(said: Sequence[Said]) -> DemandRead:
    """A demand from all rows of its subject, oldest first; or Malformed."""
    first = said[0].attributes
    if said[0].act != "demanded":
        raise Malformed("subject_malformed", "subject")
    demand = Demand(
        subject=said[0].subject, person=needed(first, "person"), line=needed(first, "line"),
        amount=number_of(first, "amount"), debtor=needed(first, "debtor"), source=needed(first, "source"),
        holder_account=needed(first, "holder_account"), notice=number_of(first, "notice"), pay_by=day_of(first, "pay_by"),
        of=number_of(first, "of") if "of" in first else None,
        surplus=number_of(first, "surplus") if "surplus" in first else None,
    )  # fmt: skip
    went = dict.fromkeys(STEPS, 0)
    for row in said[1:]:
        if row.act in STEPS:
            went[row.act] += number_of(row.attributes, "amount")
        elif row.act == "repayment_returned":
            went["repaid"] -= number_of(row.attributes, "amount")
    civil = any(row.act == "civil_debt_claimed" for row in said)
    return DemandRead(number=said[0].number, version=said[-1].number, demand=demand, went=went, civil_debt=civil)


def civil_debt_claimed(demand: Demand, *, on: date, because: int) -> Record:
    """A demand taken to court as a civil debt (reg 16); moves nothing. Kind `notice`, subject `demand/{id}`."""
    given = attributes("civil_debt_claimed", person=demand.person, line=demand.line, amount=demand.amount, on=on)
    return Record(kind="notice", subject=demand.subject, because=because, attributes=given)


def loss_recorded(
    *, subject: str, person: str, line: str, loss: str, amount: int, authority: str, limit: int, approved: int,
    demand: int | None, because: int, question: int | None = None,
) -> Record:  # fmt: skip
    """A row of the losses register: class, amount, by which authority, within which delegated limit in pence, and above it by
    which referral another person approved (`approved`, an entry). Kind `review`, act `loss_recorded`, subject `loss/{id}`."""
    given = attributes(
        "loss_recorded", person=person, line=line, loss=among(loss, LOSS_CLASSES, "loss"), amount=check_size(amount, "amount"),
        authority=check_code(authority, "authority"), limit=limit, approved=approved or None, demand=demand,
        question=question,
    )  # fmt: skip
    return Record(kind="review", subject=f"loss/{subject}", because=because, attributes=given)


class Reconsideration(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks that one of RECONSIDERED be looked at again. `of` is its entry; `answer_by` the day until which the
    commissioner said it would answer. Of a stop that was notified the subject is the stop's own, and `line` its line."""

    subject: str
    person: str
    about: str
    of: int
    received_on: date
    answer_by: date
    line: str | None = None


def reconsideration_recorded(
    act: str, asked: Reconsideration, *, answered_on: date | None = None, recorded_on: date | None = None, because: int = 0,
    detail: Detail | None = None,
) -> Record:  # fmt: skip
    """A reconsideration `requested`, `upheld` (the decision stands) or `changed`, of a stop `confirmed` or `withdrawn`; an answer
    states its day, and whether it is late and by how many days: by the day on which it is recorded, whichever day it says it is of.
    Kind `reconsideration`, subject `reconsideration/{id}` or `stop/{line}`. Malformed(dates_malformed) for an answer before what it
    answers, or of a day to come."""
    answers = ANSWERS if asked.line is None else ANSWERS_OF_STOP
    late = 0
    if answered_on is not None and recorded_on is not None:
        if not asked.received_on <= answered_on <= recorded_on:
            raise Malformed("dates_malformed", "answered_on")
        late = max(0, (recorded_on - asked.answer_by).days)
    given = attributes(
        among(act, ("requested", *answers), "act"), person=check_name(asked.person, "person"), line=asked.line,
        about=among(asked.about, RECONSIDERED, "about"), of=check_number(asked.of, "of"), received_on=asked.received_on,
        answer_by=asked.answer_by, answered_on=answered_on,
        late=None if answered_on is None else late > 0, late_days=late or None,
    )  # fmt: skip
    return Record(kind="reconsideration", subject=asked.subject, because=because, detail=detail, attributes=given)


def reconsideration_of(subject: str, given: Mapping[str, str]) -> tuple[Reconsideration, str]:
    """The reconsideration of a register row, and how it stands; or Malformed."""
    answer_of(given, "late")
    received, answer_by = day_of(given, "received_on"), day_of(given, "answer_by")
    if received is None or answer_by is None:
        raise Malformed("attribute_missing", "answer_by")
    found = Reconsideration(
        subject=subject, person=needed(given, "person"), about=needed(given, "about"), of=number_of(given, "of"),
        received_on=received, answer_by=answer_by, line=given.get("line"),
    )  # fmt: skip
    return found, needed(given, "act")
