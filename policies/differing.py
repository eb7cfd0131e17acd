"""Two answers to the same questions, compared: how many decisions, people and pounds go another way, and by which rule."""

from collections.abc import Iterable

import msgspec


class Tally(msgspec.Struct):
    """So many decisions about so many people, for so many pence together."""

    decisions: int = 0
    people: int = 0
    pence: int = 0


class Counted:
    """Counts decisions, and the people that they are about, each person once."""

    def __init__(self) -> None:
        self.decisions = 0
        self.pence = 0
        self.people: set[str] = set()

    def add(self, person: str, pence: int) -> None:
        """One decision more."""
        self.decisions += 1
        self.pence += pence
        self.people.add(person)

    def tally(self) -> Tally:
        """So far."""
        return Tally(self.decisions, len(self.people), self.pence)


class Answered(msgspec.Struct, frozen=True):
    """An outcome, the rules that objected, and those for which somebody looks afterwards."""

    outcome: str
    findings: frozenset[str] = frozenset()
    reviews: frozenset[str] = frozenset()

    @property
    def rules(self) -> frozenset[str]:
        """All rules that said something."""
        return self.findings | self.reviews


class Transition(msgspec.Struct, frozen=True):
    """Decisions that went from one outcome to another; from one to the same where only the rules differ."""

    before: str
    after: str
    tally: Tally


class RuleDifference(msgspec.Struct, frozen=True):
    """What a rule objects to in the second answers and not in the first, and the other way round."""

    rule: str
    raised: Tally
    dropped: Tally


class Differing(msgspec.Struct, frozen=True):
    """One decision that differs."""

    number: int
    person: str
    pence: int
    before: str
    after: str
    raised: list[str]
    dropped: list[str]


class Differences(msgspec.Struct, frozen=True):
    """Everything that differs. `treated` are those whose outcome is another; `each` is asked for, or empty."""

    compared: Tally
    treated: Tally
    transitions: list[Transition]
    rules: list[RuleDifference]
    each: list[Differing]


class Comparison:
    """Collects pairs of answers."""

    def __init__(self, *, keeps_each: bool = False) -> None:
        self._keeps_each = keeps_each
        self._all, self._treated = Counted(), Counted()
        self._transitions: dict[tuple[str, str], Counted] = {}
        self._rules: dict[str, tuple[Counted, Counted]] = {}
        self._each: list[Differing] = []

    def add(self, number: int, person: str, pence: int, before: Answered, after: Answered) -> None:
        """One decision with both answers."""
        self._all.add(person, pence)
        raised, dropped = after.rules - before.rules, before.rules - after.rules
        if before.outcome == after.outcome and not raised and not dropped:
            return
        self._transitions.setdefault((before.outcome, after.outcome), Counted()).add(person, pence)
        if before.outcome != after.outcome:
            self._treated.add(person, pence)
        for place, rules in enumerate((raised, dropped)):
            for rule in rules:
                self._rules.setdefault(rule, (Counted(), Counted()))[place].add(person, pence)
        if self._keeps_each:
            self._each.append(
                Differing(number, person, pence, before.outcome, after.outcome, sorted(raised), sorted(dropped))
            )

    def differences(self) -> Differences:
        """What was found."""
        return Differences(
            self._all.tally(), self._treated.tally(),
            [Transition(*outcomes, found.tally()) for outcomes, found in sorted(self._transitions.items())],
            [RuleDifference(rule, *(one.tally() for one in both)) for rule, both in sorted(self._rules.items())],
            self._each,
        )  # fmt: skip


def answered(outcome: str, findings: Iterable[str], reviews: Iterable[str]) -> Answered:
    """An answer from the ids of its rules."""
    return Answered(outcome, frozenset(findings), frozenset(reviews))
