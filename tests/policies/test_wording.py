"""Every rule can be read by those whom it is for: plain English, easy read, Welsh that says that it is a draft.

The measure is the Flesch–Kincaid grade (tests/readability.py). Its limits: it counts syllables and words, so it says that a
sentence is short and its words are, not that it is clear or kind; for Welsh there is no such measure, and for one short
sentence it jumps about, so what a rule says is measured together. Nobody with a learning disability has read the easy read;
that is still to be done.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from statistics import mean

import msgspec
import pytest

from policies.bundle import Bundle
from policies.engine import trouble
from policies.wording import HERE, Phrase, Wording, WordingUnfit, lacking
from tests.readability import grade, reading_age, syllables

OLDEST_READER = 12
"""As NHS content is written: for a reading age of 11 to 12. What a rule says, with the names of things taken as plain words."""
OLDEST_ON_AVERAGE = 11
OLDEST_AS_IT_STANDS = 12
"""On average over all rules, and no word spared."""
LONGEST_SENTENCE = 25
LONGEST_EASY = 12
OLDEST_EASY = 10

BUNDLE = Bundle.load()
RULES = sorted(BUNDLE.rules.values(), key=lambda rule: rule.id)
WORDING = Wording.load()


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s", text)


def _numbers(*texts: str) -> set[str]:
    """The numbers of a text, and the facts that it will say."""
    return {name or figure for text in texts for name, figure in re.findall(r"\{(\w+)\}|(£?\d+)", text)}


def test_the_measure_is_the_published_one() -> None:
    """Against worked values: one word a sentence of one syllable is −3.4, and the grade rises with both parts."""
    assert grade("Go.") == pytest.approx(0.39 + 11.8 - 15.59)
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    counted = {"money": 2, "payment": 2, "decided": 3, "representative": 5, "people": 2, "asked": 1, "passes": 2, "times": 1,
               "simple": 2, "agree": 2, "wanted": 2}  # fmt: skip
    assert {word: syllables(word) for word in counted} == counted
    assert grade("The authorisation of expenditure necessitates consideration of applicable regulations.") > 15


def test_no_rule_lacks_its_texts() -> None:
    """Every rule that a person may be told has its easy-read and its Welsh text."""
    assert list(lacking(WORDING, RULES)) == []


def test_a_rule_without_texts_is_named() -> None:
    """Which rule, and which text; a text without a rule as well."""
    added = msgspec.structs.replace(RULES[0], id="plan.new_one", kind="Sheet")
    found = list(lacking(WORDING, [*RULES[1:], added]))
    assert found == [
        "plan.new_one has no easy-read text in wording/easy_read.json",
        "plan.new_one has no Welsh text in wording/cy.json",
        f"{RULES[0].id} has texts and is no rule",
    ]


@pytest.mark.parametrize("rule", [*RULES, trouble("exception")], ids=lambda rule: rule.id)
def test_what_a_rule_says_is_read_at_twelve(rule) -> None:
    """Message and remedy of each rule are no harder than a reader of twelve can manage."""
    text = f"{rule.message} {rule.remedy}"
    assert reading_age(text) <= OLDEST_READER, text
    assert [each for each in _sentences(text) if len(each.split()) > LONGEST_SENTENCE] == []


def test_on_average_the_rules_are_read_at_eleven_and_with_no_word_spared_at_twelve() -> None:
    """The average is a year easier, and holds with the names that the law gives counted as well."""
    texts = [f"{rule.message} {rule.remedy}" for rule in RULES]
    assert mean(map(reading_age, texts)) <= OLDEST_ON_AVERAGE
    assert mean(grade(text) + 5 for text in texts) <= OLDEST_AS_IT_STANDS


@pytest.mark.parametrize("id_", sorted(WORDING.easy))
def test_easy_read_is_short_sentences_with_pictures(id_: str) -> None:
    """Twelve words at most, a picture each."""
    texts = WORDING.easy[id_]
    said = [each.says for each in (*texts.why, *texts.help)]
    parts = [part for text in said for part in _sentences(text)]
    assert [part for part in parts if len(part.split()) > LONGEST_EASY] == []
    assert [part for part in parts if part[-1] not in ".?" and part[-1] != "}"] == []
    assert reading_age(" ".join(said)) <= OLDEST_EASY


@pytest.mark.parametrize("id_", sorted(WORDING.easy))
def test_every_form_of_a_rule_says_the_same_numbers_in_the_same_part(id_: str) -> None:
    """Why, and what would help: no form says a number that another leaves out."""
    rule = next((rule for rule in RULES if rule.id == id_), trouble("exception"))
    easy, welsh = WORDING.easy[id_], WORDING.welsh.rules[id_]
    for english, parts, cymraeg in (
        (rule.message, easy.why, welsh.message),
        (rule.remedy, easy.help, welsh.remedy),
    ):
        assert _numbers(english) == _numbers(*(each.says for each in parts)) == _numbers(cymraeg)


def test_texts_whose_forms_say_other_numbers_are_named() -> None:
    """Which rule, and which part; of a sentence between them, which."""
    rule = next(rule for rule in RULES if "{" in rule.remedy)
    silent = msgspec.structs.replace(
        WORDING.easy[rule.id], help=(msgspec.structs.replace(WORDING.easy[rule.id].help[0], says="Ask us."),)
    )
    found = list(lacking(msgspec.structs.replace(WORDING, easy={**WORDING.easy, rule.id: silent}), RULES))
    assert found == [f"{rule.id}: the remedy in easy read does not name the same numbers as in English"]


@pytest.mark.parametrize("key", sorted(WORDING.phrases.sentences))
def test_what_is_said_around_the_rules_is_as_plain(key: str) -> None:
    """The sentences between the reasons are held to the same, and to the same numbers."""
    phrase = WORDING.phrases.sentences[key]
    assert _numbers(phrase.plain) == _numbers(phrase.easy) == _numbers(phrase.welsh)
    assert reading_age(phrase.plain) <= OLDEST_READER
    assert [part for part in _sentences(phrase.easy) if len(part.split()) > LONGEST_EASY] == []


def _spoiled() -> Iterator[tuple[str, str, str, str]]:
    yield (
        "wording/phrases.json",
        "within {answer_days}",
        "within 28 days",
        "answered_within does not name the same numbers",
    )
    yield "wording/phrases.json", '"picture": "yes"', '"picture": "frog"', "frog"
    yield "wording/easy_read.json", '"picture": "plan"', '"picture": "frog"', "frog"
    yield (
        "contacts/default.json",
        '"placeholder": false',
        '"placeholder": true',
        "ombudsman is a placeholder and has a name",
    )
    yield (
        "contacts/default.json",
        '"name": "", "how": "", "placeholder": true',
        '"name": "", "how": "", "placeholder": false',
        ("has no name or no way to reach it"),
    )


@pytest.mark.parametrize(("name", "old", "new", "said"), list(_spoiled()))
def test_wording_that_is_unfit_is_not_read(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    """Files that lack or spoil something are refused whole, with what is wrong."""
    for folder in ("wording", "contacts"):
        copytree(HERE / folder, tmp_path / folder)
    text = (tmp_path / name).read_text()
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new))
    with pytest.raises(WordingUnfit, match=said):
        Wording.load(tmp_path)


def test_every_service_has_a_welsh_name_and_no_other_has() -> None:
    """A draft like the rest, by the codes of the list; what a translator signs has them."""
    assert WORDING.welsh.services.keys() == BUNDLE.services.keys()
    assert all(each.strip() == each != "" for each in WORDING.welsh.services.values())
    other = msgspec.structs.replace(WORDING.welsh, services={**WORDING.welsh.services, "transport": "Tacsis"})
    assert msgspec.structs.replace(WORDING, welsh=other).hash_to_sign() != WORDING.hash_to_sign()


def test_welsh_is_a_draft_until_it_is_signed_and_again_once_it_changes() -> None:
    """A signature is of these texts; a changed text has none."""
    assert WORDING.is_draft
    signed = msgspec.structs.replace(
        WORDING,
        welsh=msgspec.structs.replace(
            WORDING.welsh, reviewed_by="A. Translator", reviewed_on="2026-12-01", reviewed_hash=WORDING.hash_to_sign()
        ),
    )
    assert not signed.is_draft
    changed = Phrase(plain="So.", picture="yes", easy="So.", welsh="Felly.")
    phrases = msgspec.structs.replace(signed.phrases, sentences={**signed.phrases.sentences, "settled": changed})
    assert msgspec.structs.replace(signed, phrases=phrases).is_draft
