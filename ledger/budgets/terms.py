"""What a plan version says besides its lines: who signed, who monitors, who of the household is paid, in which intervals.

Each is one code in the entry, its parts set apart by colons; nothing here is a name or a word of a person.
"""

from datetime import date

import msgspec

from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, day_needed, number_of
from ledger.core.model import Malformed, check_code, check_size

SIDES = ("commissioner", "person", "representative")
CHANNELS_OF_SIGNING = ("in_person", "paper", "electronic", "video", "telephone")
NECESSITIES = ("meets_need", "child_welfare")
"""Why a connected person may be paid (reg 8(5A)): no other could meet the need as well, or a child's welfare is promoted."""
INTERVALS = ("weekly", "four_weekly", "monthly", "quarterly", "yearly", "once")
"""How often a service is paid for (reg 8(4)(c))."""


def _parts(text: str, field: str, count: int) -> list[str]:
    parts = text.split(":")
    if len(parts) != count:
        raise Malformed("code_malformed", field)
    return parts


class Signature(msgspec.Struct, frozen=True):
    """One side's signature: whose (`who` is a code), on which day, and how it was given."""

    side: str
    who: str
    on: date
    channel: str

    def __post_init__(self) -> None:
        among(self.side, SIDES, "side")
        check_name(self.who, "who")
        among(self.channel, CHANNELS_OF_SIGNING, "channel")
        if type(self.on) is not date:
            raise Malformed("dates_malformed", "on")

    @property
    def text(self) -> str:
        """As it stands in the entry."""
        return f"{self.side}:{self.who}:{self.on.isoformat()}:{self.channel}"

    @classmethod
    def of_text(cls, text: str) -> "Signature":
        """The inverse of `text`, or Malformed."""
        side, who, on, channel = _parts(text, "signature", 4)
        return cls(side, who, day_needed({"signature": on}, "signature"), channel)


class Monitor(msgspec.Struct, frozen=True):
    """Who monitors one health condition or need of the plan (reg 8(4)(e)): two codes."""

    need: str
    who: str

    def __post_init__(self) -> None:
        check_name(self.need, "need")
        check_name(self.who, "who")

    @property
    def text(self) -> str:
        """As it stands in the entry."""
        return f"{self.need}:{self.who}"

    @classmethod
    def of_text(cls, text: str) -> "Monitor":
        """The inverse of `text`, or Malformed."""
        return cls(*_parts(text, "monitor", 2))


class ConnectedPerson(msgspec.Struct, frozen=True):
    """A payee who is family or friend in the same household, and why that is necessary (reg 8(5A)): one of NECESSITIES, None while
    nobody has said."""

    payee: str
    necessity: str | None = None

    def __post_init__(self) -> None:
        check_name(self.payee, "payee")
        if self.necessity is not None:
            among(self.necessity, NECESSITIES, "necessity")

    @property
    def text(self) -> str:
        """As it stands in the entry."""
        return self.payee if self.necessity is None else f"{self.payee}:{self.necessity}"

    @classmethod
    def of_text(cls, text: str) -> "ConnectedPerson":
        """The inverse of `text`, or Malformed."""
        payee, colon, necessity = text.partition(":")
        return cls(payee, necessity if colon else None)


class Saving(msgspec.Struct, frozen=True):
    """What the plan lets a holder save up on a line: so many pence, for one service, until a day."""

    amount: int
    service: str
    until: date

    def __post_init__(self) -> None:
        check_size(self.amount, "saving")
        check_code(self.service, "service")
        if type(self.until) is not date:
            raise Malformed("dates_malformed", "until")

    @property
    def text(self) -> str:
        """As it stands in the entry."""
        return f"{self.amount}:{self.service}:{self.until.isoformat()}"

    @classmethod
    def of_text(cls, text: str) -> "Saving":
        """The inverse of `text`, or Malformed."""
        pence, service, until = _parts(text, "saving", 3)
        return cls(number_of({"saving": pence}, "saving"), service, day_needed({"until": until}, "until"))
