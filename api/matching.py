"""ETag and If-Match of what two people may change at once: the tag is the number of the last entry about it."""

import re

from api.desk import Arrived
from api.problems import Problem

_TAG = re.compile(r'"([0-9]{1,12})"')


def tag_of(number: int) -> str:
    """The ETag of a thing whose last entry has this number."""
    return f'"{number}"'


def read_number(request: Arrived) -> int:
    """The entry that the thing had come to when the caller read it. Problem(if_match_missing, if_match_malformed)."""
    sent = request.headers.get("if-match")
    if sent is None:
        raise Problem("if_match_missing")
    found = _TAG.fullmatch(sent.strip())
    if found is None:
        raise Problem("if_match_malformed")
    return int(found[1])


def stale(number: int, version: str) -> Problem:
    """The no to a change of a plan that somebody else has changed since: it names the newer version and its last entry."""
    problem = Problem("plan_changed", facts={"number": str(number), "version": version})
    problem.headers["ETag"] = tag_of(number)
    return problem
