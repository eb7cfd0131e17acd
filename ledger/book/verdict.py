"""What verification answers: one verdict, and the first thing that is wrong."""

from collections.abc import Iterable

import msgspec


class Wrong(msgspec.Struct, frozen=True):
    """One thing that is not as the lines say. `number` is the entry it belongs to, None where none can be named."""

    number: int | None
    what: str
    why: str


class Verification(msgspec.Struct):
    """The verdict on a book. `first_wrong` is the lowest entry number that is wrong, None where no entry can be named;
    `what` is a stable code, `why` a sentence; `checks` says how many of each thing were checked."""

    ok: bool
    book: str
    entries: int
    postings: int
    first_wrong: int | None = None
    what: str | None = None
    why: str | None = None
    checks: dict[str, int] = {}

    def accuse(self, first: Wrong | None) -> None:
        """Say what is wrong first, if anything is."""
        self.ok = first is None
        if first is not None:
            self.first_wrong, self.what, self.why = first.number, first.what, first.why


def first_of(wrongs: Iterable[Wrong]) -> Wrong | None:
    """The one with the lowest entry number; those that name no entry come last."""
    return min(wrongs, key=lambda each: (each.number is None, each.number or 0), default=None)
