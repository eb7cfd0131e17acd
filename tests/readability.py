"""The Flesch–Kincaid grade level (Kincaid et al. 1975): 0.39 words a sentence + 11.8 syllables a word − 15.59; the reading age
is about five years more. Small and here, because the libraries that measure it bring or download dictionaries."""

import re

NAMES = {
    "direct payment": "cash pay", "direct payments": "cash pays", "personal health budget": "health plan",
    "budget team": "help team",
    "budget": "money", "representative": "helper", "representatives": "helpers", "nominee": "helper", "commissioner": "payer",
    "care co-ordinator": "care lead", "instalment": "payment", "instalments": "payments", "financial year": "year",
    "care quality commission": "care board", "nhs": "health", "gp": "doctor", "reference": "number",
    "parliamentary and health service ombudsman": "last judge", "ombudsman": "last judge", "pals": "help team",
    "safeguarding team": "help team", "safeguarding": "safe keeping", "personal assistant": "paid helper",
    "parental responsibility": "parent rights",
    "vaccination, immunisation": "jabs", "national child measurement programme": "child test",
    "third-party": "held", "notional": "held", "commissioners": "payers",
}  # fmt: skip
"""What the agreement and the law call things: a person is told these names once and cannot be spared them, so each counts as a
plain word of its kind, as the NHS content guide does with the names of illnesses."""

_SENTENCE = re.compile(r"[.!?](?:\s|$)")
_WORD = re.compile(r"[A-Za-z’'-]+")
_SILENT = re.compile(r"(?:(?<![sxzcg])(?<!ch)(?<!sh)(?<!ee)(?<!l)es|(?<![td])(?<!e)ed)\Z")
_VOWELS = re.compile(r"[aeiouy]+")


def syllables(word: str) -> int:
    """Groups of vowels, less a silent ending; every word has one."""
    bare = re.sub(r"[^a-z]", "", word.lower())
    if len(bare) <= 3:
        return 1
    count = len(_VOWELS.findall(bare))
    if (bare.endswith("e") and not bare.endswith(("le", "ee"))) or _SILENT.search(bare):
        count -= 1
    return max(1, count)


def plain_names(text: str) -> str:
    """The text with each of NAMES as its plain word, amounts as one word, and what is quoted as one."""
    plain = re.sub(r"“[^”]*”|\{\w+\}|£[\d,.]*\d", "this", text).lower()
    for name in sorted(NAMES, key=len, reverse=True):
        plain = re.sub(rf"\b{re.escape(name)}\b", NAMES[name], plain)
    return plain


def grade(text: str) -> float:
    """The grade of a text as it stands. A colon ends no sentence."""
    words = _WORD.findall(text)
    sentences = max(1, len(_SENTENCE.findall(text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def reading_age(text: str) -> float:
    """The age at which a text is read without effort, its names taken as plain words."""
    return grade(plain_names(text)) + 5
