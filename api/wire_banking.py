"""What clients may send about bank statements and their lines."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code, Day, EntryNumber, Limit
from api.wire_budgets import Name
from ledger.budgets.bank_csv import Columns

Content = Annotated[
    str,
    Meta(
        description="The file as it came, byte for byte, in base64; 700,000 bytes at most.", min_length=4, max_length=940_000,
        extra_json_schema={"contentEncoding": "base64"},
    ),
]  # fmt: skip


class BankStatementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bank's statement as a file. `provider` names the bank or card provider; a CSV needs `mapping`, whose columns say what it
    means, and both balances where it has no running one. Lines of closed months are posted on `not_before`."""

    format: Literal["csv", "mt940", "camt053"]
    provider: Name
    content: Content
    mapping: Columns | None = None
    opening: Limit | None = None
    closing: Limit | None = None
    not_before: date | None = None


class MatchIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a line is: `of` is the entry of the instalment, the claim, the accepted evidence, the receipt of what went back to us,
    what was refunded or the refund itself, or the hold of the order; money that is not ours has none, and a `source`: social care,
    the Independent Living Fund and another direct payment of a disabled person may share the account. `effective_on` is the day on
    which what the line had moved is taken back, where it was known before, and on which an order is settled."""

    kind: Literal["instalment", "claim", "evidence", "order", "repayment", "refund", "other_money"]
    effective_on: Day
    of: EntryNumber | None = None
    source: Literal["social_care", "independent_living_fund", "disabled_person", "own", "other"] | None = None
    reason: Code | None = None


class UnmatchIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why what was said of a line is wrong, as a code. `effective_on` is the day on which what the match had taken off money
    without evidence is there again."""

    reason: Code
    effective_on: Day


class OwnMatchIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a line of one of our banks is. `payments` cleared by it are named by the entries that the list of payments under way
    gives; `returned` names the clearing of the payment that came back, `entry` what put just this on the bank: one entry or several
    together."""

    kind: Literal["payments", "returned", "entry"]
    of: Annotated[list[EntryNumber], Meta(min_length=1, max_length=20)]
    effective_on: Day
