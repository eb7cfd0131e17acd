"""The sheet of facts about a document of evidence: what a rule may look at when somebody says how it stands."""

from typing import Literal

from policies.facts import FactSheet, Pence

JudgingAct = Literal["judge_evidence"]


class Judging(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one document, and of what is said of it; at most one of the states is true, and none for what is missing or
    explained: those are lawful, and nobody has to agree (reg 12)."""

    act: JudgingAct

    said_complete: bool
    said_illegible: bool
    said_exempt: bool
    """No evidence is asked for at all."""
    has_document: bool
    """A file was given, and not only a word."""
    amount_pence: Pence
    """What the document is for: what it shows, or else what it is evidence of."""
    limit_exempt_pence: Pence
