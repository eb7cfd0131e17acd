"""Sheets of approvals of payees, for tests."""

import random

from policies.facts_payees import Approving


def drawn_approving(lot: random.Random) -> Approving:
    """A random sheet; registered is only who somebody has said it of."""
    said = lot.random() < 0.7
    return Approving(
        act="approve_payee", regulated_activity=lot.random() < 0.7, registration_said=said,
        provider_registered=said and lot.random() < 0.5, directly_employed=lot.random() < 0.3,
        profession_lacking=lot.random() < 0.2, indemnity_lacking=lot.random() < 0.2,
    )  # fmt: skip
