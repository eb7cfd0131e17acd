"""The texts of decisions in easy read and in Welsh, and whom to ask for help: data beside the bundle, checked when it is read.

They are no part of the bundle: a better sentence changes no decision, and so no hash. Every rule needs its texts, and `lacking`
names those that have none: `python -m policies.wording` says which. Of rules that a commissioner has changed or added the plain
words are shown in their place. The Welsh is a draft until somebody signs it, and a draft
again once a word of it has changed.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Final, Literal, get_args

import msgspec

from policies.bundle import DEFAULT_LIMITS, Bundle
from policies.engine import Finding
from policies.facts_watch import Watch
from policies.lint import Rule
from policies.sheet_kinds import KIND_OF_ACT

HERE = Path(__file__).parent
ENGINE_TEXTS = "engine"
"""The texts of everything that the engine itself could not do."""

Picture = Literal[
    "bank", "bill", "calendar", "child", "clock", "doctor", "family", "heart", "help", "home", "law", "letter", "money", "no",
    "pen", "people", "person", "phone", "plan", "question", "search", "shop", "stop", "team", "warning", "yes",
]  # fmt: skip
"""What a sentence of easy read can have beside it; whoever shows it has one picture for each."""
Role = Literal["named_contact", "advocate", "complaints", "ombudsman"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


AWAITS: Final = (
    "awaits_safeguarding", "awaits_care_team", "awaits_higher_limit", "awaits_finance", "awaits_second_officer", "awaits",
)  # fmt: skip
"""Who decides what is referred, whoever has to be asked before others first."""


class WordingUnfit(ValueError):
    """These files are no wording. `reasons` has everything that is wrong with them."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)


class Easy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One short sentence with its picture."""

    picture: Picture
    says: str


class EasyTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule says in easy read: why, and what would help."""

    why: tuple[Easy, ...]
    help: tuple[Easy, ...]


class WelshTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Message and remedy of a rule in Welsh."""

    message: str
    remedy: str


class Welsh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Welsh of all rules, and of the services by their codes. Whoever has reviewed it signs with their name, the day, and the
    hash of what they have read."""

    rules: dict[str, WelshTexts]
    services: dict[str, str]
    reviewed_by: str | None = None
    reviewed_on: date | None = None
    reviewed_hash: str | None = None


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence that belongs to no rule, in each form."""

    plain: str
    picture: Picture
    easy: str
    welsh: str


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sentences around the rules. Acts and months are pairs: English, Welsh; the act "" is any other."""

    acts: dict[str, tuple[str, str]]
    deciders: dict[str, str]
    """A rule or an act → the sentence that says who decides what is referred for it, and by when; `awaits` for every other."""
    months: tuple[tuple[str, str], ...]
    sentences: dict[str, Phrase]


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to ask for help. A `placeholder` says that the commissioner has not filled it in yet; it has no name or number."""

    name: str
    how: str
    placeholder: bool


class ContactSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begins": "from"}):
    """The contacts from a day on, until the next set begins."""

    begins: date
    contacts: dict[Role, Contact]


class _ContactFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sets: list[ContactSet]


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """All texts, read once."""

    easy: Mapping[str, EasyTexts]
    welsh: Welsh
    phrases: Phrases
    contacts: Mapping[str, tuple[ContactSet, ...]]
    """Book code or `default` → its sets, oldest first."""
    made_for: Mapping[str, Rule]
    """The rules of this program by their ids: those whose English the texts say in other words."""

    @classmethod
    def load(cls, folder: Path = HERE) -> "Wording":
        """Read and check the files of `wording/` and `contacts/`. WordingUnfit with every reason."""
        reasons: list[str] = []
        try:
            wording = cls(
                easy=msgspec.json.decode((folder / "wording/easy_read.json").read_bytes(), type=dict[str, EasyTexts]),
                welsh=msgspec.json.decode((folder / "wording/cy.json").read_bytes(), type=Welsh),
                phrases=msgspec.json.decode((folder / "wording/phrases.json").read_bytes(), type=Phrases),
                contacts={
                    path.stem: tuple(msgspec.json.decode(path.read_bytes(), type=_ContactFile).sets)
                    for path in sorted(folder.glob("contacts/*.json"))
                },
                made_for={rule.id: rule for rule in Bundle.load().rules.values()},
            )
        except (OSError, msgspec.DecodeError) as wrong:
            raise WordingUnfit([str(wrong)]) from wrong
        reasons += _unfit_phrases(wording.phrases)
        reasons += _unfit_contacts(wording.contacts)
        if reasons:
            raise WordingUnfit(reasons)
        return wording

    @property
    def is_draft(self) -> bool:
        """Whether nobody has signed the Welsh as it stands, phrases included."""
        return not (
            self.welsh.reviewed_by and self.welsh.reviewed_on and self.welsh.reviewed_hash == self.hash_to_sign()
        )

    def hash_to_sign(self) -> str:
        """What a translator signs: SHA-256 in hex of every Welsh text and of what it stands for in English among the phrases."""
        told = msgspec.json.encode([self.welsh.rules, self.welsh.services, self.phrases], order="sorted")
        return sha256(told).hexdigest()

    def says(self, found: Finding, numbers: Mapping[str, str]) -> bool:
        """Whether the texts say what a finding says in English: its rule is one of this program's, and has its words. A
        commissioner who changes a rule does not change the texts. What the engine could not do has texts of its own."""
        if found.rule.startswith(f"{ENGINE_TEXTS}."):
            return True
        rule = self.made_for.get(found.rule)
        if rule is None:
            return False
        with suppress(KeyError):
            told = (rule.message.format_map(numbers), rule.remedy_as(found.effect).format_map(numbers))
            return told == (found.message, found.remedy)
        return False

    def plain_only(self, rules: Iterable[Rule]) -> list[str]:
        """The ids of rules that have no easy read or Welsh of their own: new ones, and those of this program in other words. Their
        plain words are shown in each form."""
        words = {(id_, rule.message, rule.remedy) for id_, rule in self.made_for.items()}
        return sorted(
            rule.id for rule in rules
            if rule.kind != Watch.__name__ and (rule.id, rule.message, rule.remedy) not in words
        )  # fmt: skip

    def contacts_on(self, book: str, day: date) -> dict[Role, Contact]:
        """Whom a book (its code) names on a day; for a role that it does not fill, the default's, which may be a placeholder."""
        named: dict[Role, Contact] = {}
        for owner in (DEFAULT_LIMITS, book):
            kept = self.contacts.get(owner, ())
            # Before the first day of all there is nobody but the default's first.
            begun = [each for each in kept if each.begins <= day] or (kept[:1] if owner == DEFAULT_LIMITS else ())
            if begun:
                named.update(begun[-1].contacts)
        return named


def lacking(wording: Wording, rules: Iterable[Rule]) -> Iterator[str]:
    """What the rules lack in texts, one sentence for each, with the rule's id; and texts that belong to no rule. Rules about a
    month that is watched are for staff alone, and have none."""
    by_id = {rule.id: rule for rule in rules if rule.kind != Watch.__name__}
    for id_, rule in sorted(by_id.items()):
        easy, welsh = wording.easy.get(id_), wording.welsh.rules.get(id_)
        if easy is None or not easy.why or not easy.help:
            yield f"{id_} has no easy-read text in wording/easy_read.json"
        if welsh is None or not welsh.message or not welsh.remedy:
            yield f"{id_} has no Welsh text in wording/cy.json"
        if easy is not None:
            for name, part in (("message", easy.why), ("remedy", easy.help)):
                if set().union(*(_named(each.says) for each in part)) != _named(getattr(rule, name)):
                    yield f"{id_}: the {name} in easy read does not name the same numbers as in English"
        if welsh is not None:
            for name in ("message", "remedy"):
                if _named(getattr(welsh, name)) != _named(getattr(rule, name)):
                    yield f"{id_}: the {name} in Welsh does not name the same numbers as in English"
    known = {*by_id, *KIND_OF_ACT}
    yield from (
        f"{key} has somebody who decides, and is no rule and no act"
        for key in wording.phrases.deciders
        if key not in known
    )
    for id_ in sorted({*wording.easy, *wording.welsh.rules} - by_id.keys() - {ENGINE_TEXTS}):
        yield f"{id_} has texts and is no rule"


def _named(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def _unfit_phrases(phrases: Phrases) -> Iterator[str]:
    if len(phrases.months) != len({month for month, _ in phrases.months}) or len(phrases.months) != 12:
        yield "phrases.json: there are twelve months"
    if "" not in phrases.acts:
        yield "phrases.json: there is no word for any other act"
    yield from (
        f"phrases.json: {key} waits for somebody of whom there is no sentence"
        for key, said in phrases.deciders.items() if said not in AWAITS or said not in phrases.sentences
    )  # fmt: skip
    for key, phrase in phrases.sentences.items():
        if not _named(phrase.plain) == _named(phrase.easy) == _named(phrase.welsh):
            yield f"phrases.json: {key} does not name the same numbers in each form"
    yield from (
        f"phrases.json: there is no sentence for the role {role}" for role in ROLES if role not in phrases.sentences
    )


def _unfit_contacts(contacts: Mapping[str, tuple[ContactSet, ...]]) -> Iterator[str]:
    if not contacts.get(DEFAULT_LIMITS):
        yield "contacts/default.json is not there or says nothing"
    for owner, sets in contacts.items():
        days = [each.begins for each in sets]
        if days != sorted(set(days)):
            yield f"contacts/{owner}.json: the days do not rise"
        for each in sets:
            if owner == DEFAULT_LIMITS and set(each.contacts) != set(ROLES):
                yield f"contacts/{owner}.json: a role is not there"
            for role, contact in each.contacts.items():
                if not contact.placeholder and not (contact.name and contact.how):
                    yield f"contacts/{owner}.json: {role} has no name or no way to reach it, and is no placeholder"
                if contact.placeholder and (contact.name or contact.how):
                    yield f"contacts/{owner}.json: {role} is a placeholder and has a name or a number"


if __name__ == "__main__":
    found = list(lacking(Wording.load(), Bundle.load().rules.values()))
    sys.stdout.writelines(f"{each}\n" for each in found)
    sys.exit(bool(found))
