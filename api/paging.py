"""Pages of a list: a cursor in, a Link header out."""

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeVar
from urllib.parse import urlencode

from litestar.params import QueryParameter

from api.cursors import CursorMalformed, seal, unseal
from api.desk import WireRequest
from api.problems import Problem

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many to return at most.")]
After = Annotated[
    str | None,
    QueryParameter(max_length=400, description="Go on where the link `next` of the page before says."),
]


class _Numbered(Protocol):
    @property
    def number(self) -> int:
        """Its entry."""
        raise NotImplementedError


Numbered = TypeVar("Numbered", bound=_Numbered)


def position(request: WireRequest, scope: str, cursor: str | None) -> str | None:
    """Where a page begins, out of its cursor; None for the first."""
    if cursor is None:
        return None
    try:
        return unseal(request.desk.books.keys.cursor, scope, cursor)
    except CursorMalformed:
        raise Problem("cursor_malformed", field="after") from None


def number_position(request: WireRequest, scope: str, cursor: str | None) -> int:
    """Where a page by entry number begins."""
    return int(position(request, scope, cursor) or 0)


def cut(
    request: WireRequest, scope: str, found: Sequence[Numbered], *, limit: int, **kept: object
) -> tuple[Sequence[Numbered], dict[str, str] | None]:  # fmt: skip
    """A page of what was found by entry number, one more than `limit` at most, and the link to the next where there is one."""
    page = found[:limit]
    return page, next_link(request, scope, page[-1].number if len(found) > limit else None, limit=limit, **kept)


def next_link(request: WireRequest, scope: str, goes_on_after: object | None, **kept: object) -> dict[str, str] | None:
    """The Link header to the next page (RFC 8288), keeping the other parameters; None on the last page."""
    if goes_on_after is None:
        return None
    cursor = seal(request.desk.books.keys.cursor, scope, str(goes_on_after))
    query = urlencode({name: value for name, value in {**kept, "after": cursor}.items() if value is not None})
    return {"Link": f'<{request.scope["path"]}?{query}>; rel="next"'}
