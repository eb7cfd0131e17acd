"""What is read again out of lines that passed: those that a later one refers to, and their legs."""

import re
from collections.abc import Callable, Iterator

from ledger.book.kinds import LineWrong


def lines_before(first: int, lines: list[str], others: dict[int, str]) -> Callable[[int], str]:
    """An earlier line by number: out of a chunk that begins with entry `first`, or out of those read beforehand."""

    def past(number: int) -> str:
        if number >= first:
            return lines[number - first]
        if number not in others:
            raise LineWrong("entry_unknown", f"entry {number} is not there")
        return others[number]

    return past


def legs_of(line: str) -> Iterator[tuple[str, str]]:
    """Account code and pence of each leg of a line that was taken before."""
    fields = line.split("|")
    legs = fields[21 + 2 * int(fields[19]) :]
    return zip(legs[::2], legs[1::2], strict=True)


_REFERENCE = re.compile(r"\|(?:reverses|corrects)\|([1-9][0-9]{0,17})\||\|erased\.[0-9]{3}\|([1-9][0-9]{0,17}):")


def references(text: str) -> Iterator[int]:
    """The numbers of earlier entries that a line refers to and whose lines are needed again."""
    # Few lines do, and three searches for a word are ten times cheaper than one for the expression.
    if "|reverses|" not in text and "|corrects|" not in text and "|erased." not in text:
        return
    for match in _REFERENCE.finditer(text):
        yield int(match[1] or match[2])
