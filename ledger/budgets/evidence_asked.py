"""Evidence that an approval asked for by a day: that it came is an entry about `condition/{approval}`, and posts nothing."""

from datetime import date

from ledger.budgets.shares import check_name
from ledger.budgets.wording import attributes
from ledger.core.model import Detail, check_number
from ledger.core.requests import Record


def evidence_came(*, person: str, approval: int, on: date, detail: Detail | None = None) -> Record:
    """The evidence that the approval of entry `approval` asked for came in on a day."""
    given = attributes("condition_met", person=check_name(person, "person"), of=check_number(approval, "of"), on=on)
    return Record(kind="evidence", subject=f"condition/{approval}", because=approval, detail=detail, attributes=given)
