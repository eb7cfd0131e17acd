"""What several commands do with a record: read it from a file, keep it under a key, and tell a no of the rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from api.idempotency import naming_reuse
from api.permissions import Permission
from api.session import Session, act_of
from ledger.book.books import BookRow
from ledger.core.batch import Outcome
from ledger.core.model import Malformed
from ledger.core.requests import AnyRequest
from policies.decisions import content_of
from policies.gate import Decided

PATIENCE_SECONDS = 30.0
Wanted = TypeVar("Wanted")


def read_as(file: Path, wanted: type[Wanted], code: str, field: str) -> Wanted:
    """A file of JSON as what it has to be. Malformed(code) at `field`."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=wanted)
    except msgspec.MsgspecError:
        raise Malformed(code, field) from None


async def keep_record(
    session: Session, book: str, permission: Permission, key: str | None, route: str, fields: dict[str, Any],
    make: Callable[[BookRow], AnyRequest],
) -> tuple[Outcome, str]:  # fmt: skip
    """Submits what `make` gives for a book, under a key; the outcome and the key. Raises NotAllowed, and what `make` raises."""
    async with session.reading(book) as (row, _):
        caller = session.allowed(permission, row)
    act = act_of(session, caller, row, key, route, fields, make(row))
    with naming_reuse(session.keys.requests, act.fields):
        async with session.writing(row) as (writer, _):
            return await writer.submit(act.item, PATIENCE_SECONDS), act.key


class RulesNo(NamedTuple):
    """A no of the rules that is kept: `policy_deny` or `policy_refer`, the decision's number, its sentences and rules."""

    code: str
    number: int
    says: str
    rules: list[str]

    @property
    def words(self) -> str:
        """For one line of many."""
        return f"{self.code} (decision {self.number})"


def rules_no(decided: Decided) -> RulesNo | None:
    """What the rules said where nothing follows their decision; None where it was done, or the ledger refused."""
    outcome = decided.outcome
    if outcome.refusal is not None or outcome.entries[-1].kind != "decision":
        return None
    said = content_of(decided.detail).findings if decided.detail is not None else []
    return RulesNo(f"policy_{outcome.entries[0].attribute('outcome')}", outcome.number, " ".join(each.message for each in said),
                   [each.rule for each in said])  # fmt: skip
