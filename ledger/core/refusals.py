"""Every way the ledger says no, in order of precedence: when several apply, the first of this list is the answer.

A refusal is a value, not a failure: well-formed, permitted requests meet one when the books do not allow them.
`transient` says that a new request may succeed later; it does not thaw an answer frozen under its key.
The order is that of a person's questions: may this touch what it names, is what it refers to there, are the accounts
open, is there a reason, is the day open, do the sums agree, is there money enough.
`recorded` says that the no becomes an entry (under a key that a client chose); the others leave nothing.
"""

from typing import NamedTuple

import msgspec

from ledger.money import format_amount


class RefusalKind(NamedTuple):
    """What every refusal of one code has in common."""

    code: str
    transient: bool
    recorded: bool
    facts: tuple[str, ...]
    sentence: str


_LIST = (
    RefusalKind("line_account_refused", False, False, ("account",),
                "The account {account} belongs to a person's budget. A finance journal cannot touch it: a decision "
                "has to stand behind such a movement."),
    RefusalKind("event_account_refused", False, False, ("account", "way"),
                "The account {account} moves by its own events only, which different people ask for and accept. A journal "
                "cannot touch it: go by {way}."),
    RefusalKind("guard_stale", True, False, ("subject", "expected", "actual"),
                "Something about {subject} has changed since you looked. Read it again and repeat the request."),
    RefusalKind("open_data_only", False, True, ("intent",),
                "This book holds published payments only: it takes imports, and nothing of a person. "
                "A {intent} has no place in it."),
    RefusalKind("currency_differs", False, True, ("expected", "given"),
                "This book is kept in {expected}, and the request is in {given}."),
    RefusalKind("entry_unknown", False, True, ("entry",), "There is no entry {entry} in this book."),
    RefusalKind("not_reversible", False, True, ("entry", "kind"),
                "Entry {entry} is a {kind} that cannot be reversed: only movements that are not themselves "
                "reversals or expiries can be."),
    RefusalKind("already_reversed", False, True, ("entry", "by"),
                "Entry {entry} has been reversed already, by entry {by}. A movement is reversed once."),
    RefusalKind("year_closed", True, True, ("entry", "year"),
                "Entry {entry} lies in the closed year {year}. Correct it in an open year instead of reversing it."),
    RefusalKind("year_open", False, True, ("entry", "year"),
                "Entry {entry} lies in the open year {year}. Reverse it instead of correcting it."),
    RefusalKind("nothing_to_erase", False, True, ("entry",), "Entry {entry} has no details that could be erased."),
    RefusalKind("hold_unknown", False, True, ("hold",), "There is no hold {hold} in this book."),
    RefusalKind("hold_closed", False, True, ("hold",), "The hold {hold} is closed: nothing of it remains."),
    RefusalKind("hold_account_unknown", False, True, ("hold", "account"),
                "The hold {hold} keeps nothing on {account}."),
    RefusalKind("account_exists", False, True, ("account",), "An account {account} has been opened before."),
    RefusalKind("account_unknown", False, True, ("account",), "There is no account {account} in this book."),
    RefusalKind("account_closed", False, True, ("account",), "The account {account} is closed for good."),
    RefusalKind("account_frozen", True, True, ("account",),
                "The account {account} is frozen. It takes recorded facts only until it is unfrozen."),
    RefusalKind("account_not_frozen", False, True, ("account",), "The account {account} is not frozen."),
    RefusalKind("account_not_empty", True, True, ("account", "balance"),
                "The account {account} still holds {balance}. Only an empty account can be closed."),
    RefusalKind("correction_incomplete", False, True, ("entry", "account"),
                "The correction of entry {entry} must name an account of an open year in place of {account}."),
    RefusalKind("second_person_needed", False, True, ("actor",),
                "Two different people are needed, and both are {actor}."),
    RefusalKind("because_unknown", False, True, ("because",),
                "The entry {because} given as the reason does not exist in this book."),
    RefusalKind("because_missing", False, True, ("account",),
                "The account {account} belongs to a person's budget line: a decision has to stand behind it."),
    RefusalKind("holding_account", False, True, ("account",),
                "Money comes to and leaves {account} only as a hold: holds move to accounts of class held, "
                "and nothing else does."),
    RefusalKind("hold_expiry_past", False, True, ("expires_at",), "A hold cannot expire in the past."),
    RefusalKind("effective_in_future", True, True, ("effective_on", "today"),
                "The accounting day {effective_on} has not come yet; today is {today}."),
    RefusalKind("before_first_month", False, True, ("effective_on", "first_open_on"),
                "This book has no month for {effective_on}. Its first open day is {first_open_on}."),
    RefusalKind("period_closed", True, True, ("period", "first_open_on"),
                "The period {period} is closed. The first open day is {first_open_on}."),
    RefusalKind("reversal_too_early", False, True, ("entry", "not_before"),
                "A reversal of entry {entry} cannot take effect before {not_before}."),
    RefusalKind("period_in_future", True, True, ("period", "today"),
                "The period {period} has not begun; today is {today}. Only what has begun can be closed."),
    RefusalKind("period_state", False, True, ("period", "state"), "The period {period} is {state}."),
    RefusalKind("unbalanced", False, True, ("group", "sum"),
                "The legs in {group} sum to {sum} and not to zero."),
    RefusalKind("identity_broken", False, True, ("identity", "of", "sum"),
                "The legs break the rule {identity} for {of} by {sum}."),
    RefusalKind("shortfall_unnamed", False, True, ("account",),
                "A fact must name where a shortfall on {account} is recorded, in the same fund and year."),
    RefusalKind("hold_exceeded", True, True, ("hold", "account", "needed", "available"),
                "The hold {hold} keeps {available} on {account}, and {needed} were asked for."),
    RefusalKind("nothing_available", True, True, ("account",), "Nothing is available on {account}."),
    RefusalKind("below_required", True, True, ("account", "needed", "available"),
                "The request asks that {account} holds at least {needed}; it holds {available}."),
    RefusalKind("not_enough_available", True, True, ("account", "needed", "available"),
                "{account} has {available} available, and {needed} are needed."),
    RefusalKind("ceiling_reached", True, True, ("account", "needed", "available"),
                "{account} can take {available} more, and {needed} were sent."),
    RefusalKind("balance_out_of_range", False, True, ("account",),
                "The balance of {account} would leave the range that the ledger can keep."),
)  # fmt: skip

REFUSALS: dict[str, RefusalKind] = {kind.code: kind for kind in _LIST}
PRECEDENCE: dict[str, int] = {kind.code: position for position, kind in enumerate(_LIST)}


PENCE_FACTS = frozenset(("needed", "available", "balance", "sum"))
"""Facts that are whole pence in the log. Everywhere else they are amounts, in sentences as beside them."""


class Refusal(msgspec.Struct, frozen=True):
    """One no, with its facts as codes and whole numbers (pence, entry numbers, days): nothing about a person."""

    code: str
    facts: tuple[tuple[str, str], ...]

    @property
    def transient(self) -> bool:
        """Whether a new request may succeed later."""
        return REFUSALS[self.code].transient

    @property
    def recorded(self) -> bool:
        """Whether this no becomes an entry of the log."""
        return REFUSALS[self.code].recorded

    @property
    def told(self) -> dict[str, str]:
        """The facts as people are told them: amounts in pounds and pence, in the order of the list of refusals."""
        given = dict(self.facts)
        return {
            name: format_amount(int(given[name])) if name in PENCE_FACTS else given[name]
            for name in REFUSALS[self.code].facts
        }

    @property
    def sentence(self) -> str:
        """The no in plain words, with its facts filled in as they are told."""
        return REFUSALS[self.code].sentence.format(**self.told)


class Refused(Exception):
    """Carries a refusal out of the rules; never leaves ledger.core."""

    def __init__(self, code: str, *facts: object) -> None:
        super().__init__(code)
        names = REFUSALS[code].facts
        self.refusal = Refusal(code, tuple(zip(names, map(str, facts), strict=True)))
