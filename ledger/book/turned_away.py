"""What becomes of the senders of a batch that the database turned away, by the reason it gave."""

from typing import Any

import structlog

from ledger.book import store
from ledger.book.append import known, replay
from ledger.book.submission import ItemFailed, KeyReused, NotConsidered, Submission

Connection = Any
log = structlog.get_logger()


def once_more(members: list[Submission], most: int, why: type[NotConsidered]) -> str | None:
    """Each is tried again up to `most` times, then told why; the code of the problem once somebody has been."""
    problem = None
    for submission in members:
        submission.tries += 1
        if submission.tries > most:
            problem = why.code
            submission.fail(why())
    return problem


def alone_or_failed(book_id: int, members: list[Submission], no: Exception) -> None:
    """One bad item must not fail strangers: each is tried alone, and the one that fails alone is our mistake."""
    if len(members) == 1:
        state = getattr(no, "sqlstate", None)
        log.error("append_failed", book_id=book_id, sqlstate=state, error=type(no).__name__)
        members[0].fail(ItemFailed())
    for submission in members:
        submission.solo = True


async def replay_known(connection: Connection, book_id: int, members: list[Submission]) -> None:
    """Those whose keys are known get their first answers again; the others are left as they are."""
    rows = await known(connection, book_id, [s.item.key for s in members if s.item.key is not None])
    for submission in members:
        row = rows.get(submission.item.key) if submission.item.key is not None else None
        if row is None:
            continue
        try:
            submission.answer(await replay(connection, book_id, submission.item.prints, row))
        except KeyReused as reused:
            submission.fail(reused)


async def answer_noes(
    connection: Connection, book_id: int, members: list[Submission], roots: set[bytes] | None
) -> bool:
    """Answer refusals that leave no entry, once it is certain that they are right.

    A known key is replayed first: what was posted stays posted, whatever the book would say now. Nothing is answered, and
    the answer is False, when the head's root is none of `roots`: then the state they were decided from is not the book's.
    None means that the caller holds the lock, and so knows."""
    if roots is not None and await connection.fetchval(store.ROOT, book_id) not in roots:
        return False
    await replay_known(connection, book_id, members)
    for submission in members:
        submission.answer_outcome()
    return True
