"""A decision explained, as clients get it."""

from msgspec import UNSET, Struct, UnsetType

from policies.explaining import Explanation, Sentence


class SentenceOut(Struct, frozen=True):
    """One thing that is said. `picture` is a picture's id, in easy read only; `rule` and `source` are there for a reason."""

    says: str
    picture: str | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    source: str | UnsetType = UNSET


class HelpOut(Struct, frozen=True):
    """Somebody who can help. A `placeholder` is one that the commissioner has not filled in: it has no name and no number."""

    role: str
    says: str
    name: str
    how: str
    placeholder: bool


class ExplanationOut(Struct, frozen=True, kw_only=True):
    """A decision in words for the person: the same members and the same numbers in each form. `draft` is true of words that no
    translator has reviewed, and `notice` says so in their language and in English: show it with them."""

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
    help: list[HelpOut]


def _sentences(said: tuple[Sentence, ...]) -> list[SentenceOut]:
    return [SentenceOut(each.says, each.picture or UNSET, each.rule or UNSET, each.source or UNSET) for each in said]


def explanation_of(told: Explanation, *, book: str, number: int, reference: str) -> ExplanationOut:
    """The answer for one explanation."""
    return ExplanationOut(
        book=book, number=number, reference=reference, form=told.form, language=told.language, draft=told.draft,
        notice=list(told.notice), title=_sentences(told.title), why=_sentences(told.why), conditions=_sentences(told.conditions),
        what_would_help=_sentences(told.what_would_help), next=_sentences(told.next),
        ask_again=_sentences(told.ask_again),
        help=[HelpOut(each.role, each.says, each.name, each.how, each.placeholder) for each in told.help],
    )  # fmt: skip
