"""What a command shows of one person: judged as over HTTP, and a denial is kept as it is there."""

import secrets
from typing import Any

from api.access import write_access
from api.auth import Caller
from api.cli_bank import gate_of
from api.deciding import denial_key, why_denied
from api.idempotency import canonical, prints_of, stored_key
from api.open_books import today
from api.permissions import PERMISSIONS_OF, Permission, Role
from api.problems import Problem
from api.session import Session
from ledger.book.books import BookRow
from policies.bundle import Bundle
from policies.engine import Engine
from policies.gate import Sender
from policies.publishing import bundle_on
from policies.shelf import Shelf
from policies.viewing import LookAllowed, deny_view, facts_of_view

Connection = Any
PATIENCE_SECONDS = 30.0


async def check_seen(
    session: Session, row: BookRow, connection: Connection, caller: Caller, person: str, act: str, right: Permission
) -> None:  # fmt: skip
    """A command, which needs `right`, shows nobody's record that is kept for others, nor of somebody whom its user acts for. That
    somebody tried is noted each time, and one decision is kept for each person, viewer, reason and day. Problem(view_denied), which
    says why."""
    is_auditor = Role.AUDITOR.value in caller.roles and right in PERMISSIONS_OF[Role.AUDITOR]
    sheet = await facts_of_view(
        connection, row.book_id, person, caller.sub, today(), purpose_said=True, is_auditor=is_auditor
    )
    bundle = await bundle_on(connection, row.book_id, today(), Shelf(Engine(Bundle.load())))
    verdict = Engine(bundle).judged(sheet)
    if verdict.outcome == "allow":
        return
    rules = [each.rule for each in verdict.findings]
    await note_taken(session, row, caller, act, f"person/{person}", outcome="deny", rule=rules[0])
    secret = session.keys.requests
    sender = Sender(
        caller.asked, stored_key(secret, row.code, caller, denial_key(person, rules)),
        prints_of(secret, canonical(f"people/{person}/view", {})),
    )  # fmt: skip
    try:
        async with gate_of(session, row, is_dry=False) as gate:
            kept = await deny_view(
                gate,
                sender,
                PATIENCE_SECONDS,
                person=person,
                actor=caller.sub,
                purpose="payment",
                is_auditor=is_auditor,
            )
    except LookAllowed:
        return
    raise Problem("view_denied", facts={"decision": str(kept.outcome.number), **why_denied(verdict)})


async def note_taken(
    session: Session, row: BookRow, caller: Caller, act: str, subject: str, *, purpose: str | None = None,
    outcome: str = "allow", rule: str | None = None,
) -> None:  # fmt: skip
    """Writes down who looks at what, or takes it away, with a command: before it is shown."""
    await write_access(
        session.place.serving, row, caller, act, subject, f"cli-{secrets.token_hex(16)}", purpose=purpose, outcome=outcome,
        rule=rule,
    )  # fmt: skip
