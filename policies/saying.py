"""What is said, in which form, and what the rules say in one explanation: each sentence once, and under a no nothing about
waiting for an answer that was given."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Literal

import msgspec

from policies.engine import Finding, Words
from policies.wording import ENGINE_TEXTS, Picture, Wording

Form = Literal["plain", "easy_read", "welsh"]
Part = Literal["why", "help"]
WAITS: Final = {
    "plain": ("Nothing to do now",),
    "easy_read": ("You do not have to do anything now.", "The budget team will tell you.", "You will hear from us."),
    "welsh": ("Does dim i'w wneud nawr", "Dim i'w wneud nawr"),
}
"""How the sentences begin, in each form, that say of a referral that one only has to wait."""
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?])\s")


class Sentence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is said. `picture` is of easy read only; `rule` and `source` are of a reason."""

    says: str
    picture: Picture | None = None
    rule: str | None = None
    source: str | None = None


def phrase(key: str, form: Form, wording: Wording, said: Mapping[str, str], source: str | None = None) -> Sentence:
    """A sentence that belongs to no rule in one form, with the numbers and names in it."""
    found = wording.phrases.sentences[key]
    if form == "easy_read":
        return Sentence(found.easy.format_map(said), found.picture, None, source)
    text = found.plain if form == "plain" else found.welsh
    return Sentence(text.format_map(said), None, None, source)


def notice_of(form: Form, wording: Wording) -> tuple[bool, tuple[str, ...]]:
    """Whether these words are a draft that no translator has reviewed, and what says so, in their language and in English."""
    draft, notice = form == "welsh" and wording.is_draft, wording.phrases.sentences["draft"]
    return draft, (notice.welsh, notice.plain) if draft else ()


class Once:
    """The sentences that an explanation has said."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def of(self, text: str) -> str:
        """What of a text has not been said yet; empty where all of it has."""
        fresh = [each for each in _BETWEEN_SENTENCES.split(text) if each not in self._said]
        self._said.update(fresh)
        return " ".join(fresh)


def without_waiting(text: str, form: str) -> str:
    """A remedy without the sentences that say to wait, in this form or in plain English; empty where it says no more."""
    waits = (*WAITS[form], *WAITS["plain"])
    return " ".join(each for each in _BETWEEN_SENTENCES.split(text) if not each.startswith(waits))


def written(
    found: Finding, part: Part, form: str, wording: Wording, numbers: Words, spoken: Words, untold: tuple[str, Picture | None]
) -> list[tuple[str, Picture | None]]:  # fmt: skip
    """What a rule says: in plain English the words of the day, in the other forms those of now with the numbers of the decision as
    this form has them, `spoken`. Where these do not say what the rule said, or there are none: `untold`, that there is a reason,
    and the plain words."""
    plain = found.message if part == "why" else found.remedy
    if form == "plain":
        return [(plain, None)]
    key = ENGINE_TEXTS if found.rule.startswith(f"{ENGINE_TEXTS}.") else found.rule
    with suppress(KeyError):
        if wording.says(found, numbers) and form == "welsh":
            welsh = wording.welsh.rules[key]
            return [((welsh.message if part == "why" else welsh.remedy).format_map(spoken), None)]
        if wording.says(found, numbers):
            easy = wording.easy[key]
            return [(each.says.format_map(spoken), each.picture) for each in (easy.why if part == "why" else easy.help)]
    return [*([untold] if part == "why" else ()), (plain, untold[1])]
