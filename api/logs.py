"""Log lines as JSON with known keys only.

A line can hold what `KNOWN` names and nothing else: a processor drops the rest, so that a careless
`log.info(..., name=…)` somewhere in the ledger cannot write about a person. Bodies, query strings, headers
and raw paths have no key here.
"""

import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import msgspec
import structlog

KNOWN = frozenset((
    "event", "level", "timestamp", "request_id", "book", "book_id", "client", "method", "route", "status", "code",
    "milliseconds", "error", "sqlstate", "problem", "entries", "size", "worker", "port", "signal",
))  # fmt: skip
MAX_TEXT = 200


def drop_unknown(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keeps known keys with plain, short values; everything else never reaches the log."""
    return {
        key: value
        for key, value in line.items()
        if key in KNOWN
        and (value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= MAX_TEXT))
    }


def _json(line: MutableMapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(line).decode()


def configure(file: TextIO | None = None, *, least: str = "notset") -> None:
    """Point all logging of the service at one stream, stderr unless given, from a level on. Called once, by the process that
    serves."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_unknown,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr if file is None else file),
        cache_logger_on_first_use=file is None,
    )
