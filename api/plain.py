"""Whole numbers in addresses and queries, as people write them: `1e2`, `1_0` and `+1` are somebody's mistake, not a number."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qsl

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from api.problems import Problem

_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


async def plain_numbers(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard of every route: the framework takes more spellings for a number than anybody means.

    It awaits nothing, and is asynchronous because the framework would run it in another thread otherwise."""
    for value in connection.path_params.values():
        if type(value) is int and str(value) not in connection.scope["path"].split("/"):
            raise Problem("not_found")
    query: bytes = connection.scope["query_string"]
    if query:
        whole = _whole_numbers(handler.fn)
        for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name in whole and not _WHOLE.fullmatch(text):
                raise Problem("parameter_malformed", field=name)


@cache
def _whole_numbers(handle: Callable[..., Any]) -> frozenset[str]:
    """Which parameters of a handler are whole numbers, left out or not."""
    return frozenset(name for name, hint in get_type_hints(handle).items() if hint is int or int in get_args(hint))
