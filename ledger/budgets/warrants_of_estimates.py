"""Accepted estimates of a year's end, as verification sees them: what comes for one is of the same thing, and within it."""

from typing import Any, NamedTuple

from ledger.book.verdict import Wrong


class Estimate(NamedTuple):
    """An accepted estimate of a year's end: whose, of what and for how much, and the act by which something comes for it."""

    subject: str
    person: str
    line: str
    payee: str | None
    pence: int
    met_by: str


MET_BY = {"uninvoiced_accepted": "invoice_accepted", "care_bought_accepted": "evidence_accepted"}


class Estimates:
    """Estimates as verification has seen them, and what has come for each."""

    def __init__(self) -> None:
        self.wrong: Wrong | None = None
        self._accepted: dict[int, Estimate] = {}
        self._came: dict[str, tuple[int, int]] = {}

    def take(self, row: Any) -> None:
        """The next row about an estimate; the first that is wrong is kept."""
        if row["act"] in MET_BY:
            self._accepted[row["number"]] = Estimate(
                row["subject"], row["person"], row["line"], row["payee"], row["amount"], MET_BY[row["act"]]
            )
        elif row["act"] == "reversed":
            self._came.pop(row["subject"], None)
            self._accepted = {number: each for number, each in self._accepted.items() if each.subject != row["subject"]}
        else:
            self._came[row["subject"]] = (row["estimate"], row["estimated"] or 0)
            why = self._fault(row)
            if why is not None and self.wrong is None:
                self.wrong = Wrong(row["number"], "unwarranted", f"entry {row['number']} settles an estimate: {why}")

    def _fault(self, row: Any) -> str | None:
        number = row["estimate"]
        found = self._accepted.get(number)
        if found is None or found.met_by != row["act"]:
            return f"entry {number} is none that stands"
        if (row["person"], row["line"]) != (found.person, found.line) or row["payee"] not in (found.payee, None):
            return f"entry {number} is about something else"
        if sum(pence for of, pence in self._came.values() if of == number) > found.pence:
            return f"entry {number} was accepted for less"
        return None
