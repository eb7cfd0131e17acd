"""Which demo: a seed, a last day and a number of people, from which everything in it follows."""

import random
from datetime import date

import msgspec


class DemoIsAnother(ValueError):
    """The book DEMO here is of another seed, day or size: give another --data, or leave these options out."""

    code = "demo_is_another"


class DayNotYet(ValueError):
    """The demo's last day lies in the future."""

    code = "day_in_future"


class Script(msgspec.Struct, frozen=True):
    """Which demo: everything in it follows from these."""

    seed: int
    as_of: date
    people: int

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """As the book's own entries about the demo have them, but for `act`."""
        return (("as_of", self.as_of.isoformat()), ("people", str(self.people)), ("seed", str(self.seed)))

    @property
    def prefix(self) -> str:
        """What the keys of all steps begin with."""
        return f"demo/{self.seed}/{self.as_of.isoformat()}/{self.people}"

    def chance(self, what: str) -> random.Random:
        """The chance of one part of the demo, so that a change in one part leaves the others alone."""
        return random.Random(f"{self.prefix}/{what}")  # noqa: S311 - made-up data, the same each time
