"""A whole budget in a few short sentences: what is left, what can be used now, what is kept, what was spent, line by line.

In easy read with pictures, in plain English and in Welsh; the numbers are those of the budget itself, written as in every other
sentence, and what is nought is not said but for what is left. Once the person has died it is told to whoever reads it then, and
nothing of it is said to be theirs to use.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from ledger.budgets.home import Home, LineShown
from ledger.budgets.reading import LineMoney
from policies.contacting import coordinator_in
from policies.engine import pounds
from policies.explaining import Help, help_of, spelled
from policies.saying import Form, Sentence, notice_of, phrase
from policies.wording import Contact, Role, Wording

WAITS = "awaiting_decision"
AFTER = "_after"
"""How a sentence is named that says the same of the budget of somebody who has died."""


class LineSummed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the plan; `name` is the person's own word for it, or its code."""

    line: str
    name: str
    says: tuple[Sentence, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A budget in words. `draft` and `notice` as of an explanation."""

    form: Form
    language: Literal["en", "cy"]
    draft: bool
    notice: tuple[str, ...]
    title: tuple[Sentence, ...]
    money: tuple[Sentence, ...]
    lines: tuple[LineSummed, ...]
    help: tuple[Help, ...]


def sum_up(home: Home, on: date, form: Form, wording: Wording, contacts: Mapping[Role, Contact]) -> Summary:
    """What a budget has for a day, in one form; the named contact is the care co-ordinator whom its plan names on that day."""
    telling = _Summing(home, on, form, wording)
    draft, notice = notice_of(form, wording)
    return Summary(
        form=form, language="cy" if form == "welsh" else "en", draft=draft, notice=notice, title=tuple(telling.title()),
        money=tuple(telling.money()), lines=tuple(telling.line(each) for each in home.lines),
        help=help_of(form, wording, contacts, coordinator_in(home.setup, None, on)),
    )  # fmt: skip


class _Summing:
    """One budget on its way into one form."""

    def __init__(self, home: Home, on: date, form: Form, wording: Wording) -> None:
        self.home, self.on, self.form, self.wording = home, on, form, wording
        died_on = home.setup.died_on
        self.is_after = died_on is not None and died_on <= on

    def _say(self, key: str, **said: str) -> Sentence:
        key = f"budget_{key}"
        is_other = self.is_after and key + AFTER in self.wording.phrases.sentences
        return phrase(key + AFTER if is_other else key, self.form, self.wording, said)

    def title(self) -> Iterator[Sentence]:
        """Of which day it is, and whether its opening figures are agreed yet."""
        yield self._say("title", day=spelled(self.on, self.wording, self.form))
        if self.home.provisional is not None:
            yield self._say("provisional")

    def money(self) -> Iterator[Sentence]:
        """The whole of it, a cap that lines share once."""
        if not self.home.lines:
            yield self._say("none")
            return
        yield from self._amounts(self.home.total)
        waiting = sum(order.remaining for order in self.home.orders if order.purpose == WAITS)
        if waiting:
            yield self._say("waiting", amount=pounds(waiting))
        paid = self.home.last_payment
        if paid is not None:
            sent = spelled(paid.released_on, self.wording, self.form)
            yield self._say("payment" if paid.state != "returned" else "returned", amount=pounds(paid.amount), day=sent)

    def line(self, shown: LineShown) -> LineSummed:
        """The same of one line."""
        line = shown.line
        return LineSummed(line=line.line, name=shown.title or line.line, says=tuple(self._amounts(shown.money)))

    def _amounts(self, money: LineMoney) -> Iterator[Sentence]:
        yield self._say("left", amount=pounds(money.left_to_spend))
        if money.can_use_now != money.left_to_spend and not self.is_after:
            yield self._say("now", amount=pounds(money.can_use_now))
        for key, pence in (
            ("other_years", money.left_in_other_years), ("held", money.of("held")), ("contingency", money.of("contingency")),
            ("spent", money.of("spent")), ("awaiting", money.awaiting_evidence), ("recovering", money.of("recovering")),
        ):  # fmt: skip
            if pence > 0:
                yield self._say(key, amount=pounds(pence))
