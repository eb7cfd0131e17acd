"""Why no migration goes back."""


class HistoryIsKept(RuntimeError):
    """A downgrade would drop a log that others hold receipts for: restore an older backup beside it
    instead."""

    code = "history_is_kept"

    def __init__(self) -> None:
        super().__init__("a migration never goes back: history is kept")
