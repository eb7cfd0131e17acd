"""What was counted before: accepted claims, reimbursements and invoices of a person that say the same, or show the same file.

Two of the same are lawful (two fares of one day, one bill for two lines), so somebody looks. The same receipt for the same amount
is one purchase, and is counted once: a duplicate is what a fact is refused for (accounting.md 1, decision 6).
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.budgets.claims import Evidence, evidence_of
from ledger.budgets.documents import documents_in
from ledger.budgets.standing import Said

ENTERED = ("claimed", "reimbursement_claimed", "invoice_entered")
ACCEPTED = frozenset(("evidence_accepted", "reimbursement_accepted", "invoice_accepted"))
NOT_COUNTED = frozenset((*ENTERED, "declined", "reversed"))
OF_ONE_PURCHASE = frozenset(("receipt", "invoice"))
"""Kinds of documents that are about one purchase; a bank statement or a payslip may show several of the same."""


class Counted(NamedTuple):
    """The entry of the claim or invoice that says the same, 0 for none, and whether that has the same receipt and amount."""

    number: int = 0
    by_receipt: bool = False


def counted_before(said: Sequence[Said], asked: Evidence) -> Counted:
    """Whether what is to be accepted was counted before, by all evidence of its person. The same are files given for both, or, of
    what is claimed, the day, the amount, the service and the payee; what two lines of a bank show was paid twice. An invoice is
    known by its reference, so only its files count. What says the same and shows another file is another purchase."""
    about: dict[str, tuple[Said, Evidence]] = {}
    newest: dict[str, str] = {}
    accepted: set[str] = set()
    subjects = {row.number: row.subject for row in said}
    for row in said:
        if row.subject.startswith(("claim/", "invoice/")):
            newest[row.subject] = row.act
            if row.act in ENTERED:
                about[row.subject] = (row, evidence_of(row.subject, row.attributes)[0])
            if row.act in ACCEPTED:
                accepted.add(row.subject)
    files: dict[str, dict[str, str]] = {}
    for _, document in documents_in(said):
        if document.sha256 is not None:
            files.setdefault(subjects.get(document.of, ""), {})[document.sha256] = document.kind
    own, found, mine = files.get(asked.subject, {}), Counted(), about.pop(asked.subject, None)
    for subject, other in about.items():
        if subject not in accepted or newest[subject] in NOT_COUNTED:
            continue
        shared = own.keys() & files.get(subject, {}).keys()
        kinds = {kind for each in shared for kind in (own[each], files[subject][each])}
        if kinds & OF_ONE_PURCHASE and other[1].amount == asked.amount:
            return Counted(other[0].number, by_receipt=True)
        # Two of the same that each show a paper of their own are two.
        each_shows_its_own = bool(own and files.get(subject)) and not shared
        if not found.number and (
            shared or (mine is not None and not each_shows_its_own and _says_the_same(mine, other))
        ):
            found = Counted(other[0].number)
    return found


def _says_the_same(one: tuple[Said, Evidence], other: tuple[Said, Evidence]) -> bool:
    pair = (one[1], other[1])
    if (
        "invoice_entered" in (one[0].act, other[0].act)
        or None in (day := {each.document_on for each in pair})
        or len(day) > 1
    ):
        return False
    if len({each.bank_line for each in pair} - {None}) == len(pair):
        return False
    # Who is named by a reimbursement is the account that it is paid into, and whom it was paid to is not said.
    payees = {each.payee for said, each in (one, other) if said.act == "claimed"} - {None}
    return len(payees) <= 1 and len({(each.amount, each.service) for each in pair}) == 1
