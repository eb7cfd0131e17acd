"""A decision explained, as clients get it."""

from datetime import date

from msgspec import UNSET, Struct, UnsetType

from policies.explaining import Explanation, Help
from policies.saying import Sentence
from policies.summing_up import Summary


class SentenceOut(Struct, frozen=True):
    """One thing that is said. `picture` is a picture's id, in easy read only; `rule` and `source` are there for a reason."""

    says: str
    picture: str | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    source: str | UnsetType = UNSET


class HelpOut(Struct, frozen=True):
    """Somebody who can help. A `placeholder` is one that the commissioner has not filled in: it has no name and no number. Where a
    plan names a care co-ordinator, they are the named contact, by the plan's reference for them. `picture` is a picture's id, in
    easy read only."""

    role: str
    says: str
    name: str
    how: str
    placeholder: bool
    picture: str | UnsetType = UNSET


class LookAgainOut(Struct, frozen=True):
    """What to send to `reconsiderations` to ask for this decision to be looked at again."""

    about: str
    of: int


class ExplanationOut(Struct, frozen=True, kw_only=True):
    """A decision in words for the person: the same members and the same numbers in each form. `draft` is true of words that no
    translator has reviewed, and `notice` says so in their language and in English: show it with them. `look_again` is null where
    nobody can ask for that, or somebody has."""

    book: str
    number: int
    reference: str
    form: str
    language: str
    draft: bool
    notice: list[str]
    title: list[SentenceOut]
    why: list[SentenceOut]
    conditions: list[SentenceOut]
    what_would_help: list[SentenceOut]
    next: list[SentenceOut]
    ask_again: list[SentenceOut]
    look_again: LookAgainOut | None
    help: list[HelpOut]


class LineSummaryOut(Struct, frozen=True, kw_only=True):
    """One line of a budget in words; `name` is the person's own word for it."""

    line: str
    name: str
    says: list[SentenceOut]


class BudgetSummaryOut(Struct, frozen=True, kw_only=True):
    """A whole budget in short sentences: the same numbers in each form, and those of the budget itself after entry
    `through_entry`. `draft` and `notice` are of words that no translator has reviewed: show the notice with them."""

    book: str
    person: str
    through_entry: int
    on: date
    form: str
    language: str
    draft: bool
    notice: list[str]
    title: list[SentenceOut]
    money: list[SentenceOut]
    lines: list[LineSummaryOut]
    help: list[HelpOut]


def summary_of(told: Summary, *, book: str, person: str, through: int, on: date) -> BudgetSummaryOut:
    """The answer for a budget in words."""
    return BudgetSummaryOut(
        book=book, person=person, through_entry=through, on=on, form=told.form, language=told.language, draft=told.draft,
        notice=list(told.notice), title=_sentences(told.title), money=_sentences(told.money),
        lines=[LineSummaryOut(line=each.line, name=each.name, says=_sentences(each.says)) for each in told.lines],
        help=_helpers(told.help),
    )  # fmt: skip


def _sentences(said: tuple[Sentence, ...]) -> list[SentenceOut]:
    return [SentenceOut(each.says, each.picture or UNSET, each.rule or UNSET, each.source or UNSET) for each in said]


def _helpers(named: tuple[Help, ...]) -> list[HelpOut]:
    return [
        HelpOut(each.role, each.says, each.name, each.how, each.placeholder, each.picture or UNSET) for each in named
    ]


def explanation_of(told: Explanation, *, book: str, number: int, reference: str) -> ExplanationOut:
    """The answer for one explanation."""
    return ExplanationOut(
        book=book, number=number, reference=reference, form=told.form, language=told.language, draft=told.draft,
        notice=list(told.notice), title=_sentences(told.title), why=_sentences(told.why), conditions=_sentences(told.conditions),
        what_would_help=_sentences(told.what_would_help), next=_sentences(told.next),
        ask_again=_sentences(told.ask_again),
        look_again=None if told.about is None else LookAgainOut(told.about, number),
        help=_helpers(told.help),
    )  # fmt: skip
