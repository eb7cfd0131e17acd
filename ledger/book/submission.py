"""What a writer is given and what it may answer besides an outcome: the ways a request is not considered at all."""

import asyncio

from ledger.core.batch import Outcome
from ledger.core.model import Item


class NotConsidered(Exception):
    """Nothing was recorded and the key stays free; `transient` because the same request may be sent again."""

    code = "not_considered"
    transient = True
    retry_after_seconds = 1


class QueueFull(NotConsidered):
    """More requests wait for this book than its queue takes."""

    code = "queue_full"


class DeadlinePassed(NotConsidered):
    """The request waited past its deadline before it was written."""

    code = "deadline_passed"


class KeyInUse(NotConsidered):
    """Another request with this key has no answer yet, and this one could wait for it no longer."""

    code = "idempotency_key_in_use"


class OutcomeUnknown(NotConsidered):
    """The request was sent and its answer is not known: repeat it with the same key."""

    code = "outcome_unknown"


class ClockSkew(NotConsidered):
    """The clocks of process, database and book disagree by more than five seconds."""

    code = "clock_skew"
    retry_after_seconds = 10


class ForkSuspected(NotConsidered):
    """The book does not extend what was published of it; it is read-only until two people recover it."""

    code = "fork_suspected"
    retry_after_seconds = 60


class WriterStopped(NotConsidered):
    """The writer is shutting down or in maintenance."""

    code = "writer_stopped"


class DatabaseAway(NotConsidered):
    """The database cannot be reached, or stayed away until the deadline."""

    code = "database_away"


class ItemFailed(RuntimeError):
    """We are wrong: this item alone makes the database fail. Nothing of it was recorded."""

    code = "internal_error"


class DecideAgain(Exception):
    """Within a writer only: its state was thrown away, and everything not yet sent is back in the queue."""


class KeyReused(ValueError):
    """The key was used before for another request; `stored` are the fingerprints of that one."""

    code = "idempotency_key_reused"

    def __init__(self, stored: bytes) -> None:
        super().__init__("the key was used for another request")
        self.stored = stored


class Submission:
    """One item on its way through the writer, with the future its sender waits on."""

    __slots__ = ("bulk", "deadline", "first", "future", "item", "outcome", "sent", "solo", "tries")

    def __init__(self, item: Item, deadline: float, bulk: bool) -> None:
        self.item = item
        self.deadline = deadline
        self.bulk = bulk
        self.future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.outcome: Outcome | None = None
        self.first: Submission | None = None
        """The request whose answer this one waits for, because it came first with the same key."""
        self.sent = False
        self.solo = False
        self.tries = 0

    def answer(self, outcome: Outcome) -> None:
        """Tell the sender, unless it has gone."""
        if not self.future.done():
            self.future.set_result(outcome)

    def answer_outcome(self) -> None:
        """Tell the sender what was decided of its item, now that it holds."""
        assert self.outcome is not None
        self.answer(self.outcome)

    def result(self) -> Outcome | Exception:
        """The outcome, or why there is none. The future must be done."""
        error = self.future.exception()
        return error if isinstance(error, Exception) else self.future.result()

    def fail(self, error: Exception) -> None:
        """Tell the sender why there is no outcome, unless it has gone."""
        if not self.future.done():
            self.future.set_exception(error)
            self.future.exception()
