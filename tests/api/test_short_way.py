"""The short way in and the framework give the same answers, in what they allow as in what they turn away."""

from typing import Any

import pytest

from tests.api.lives import BOOK, DAY, NED, Lives

WANTED = {
    "line": "N", "service": "home_care", "amount": "12.34", "currency": "GBP", "effective_on": DAY, "payee": "A1"
}  # fmt: skip
OWN = ("x-request-id", "idempotency-replayed", "date")
CASES: dict[str, tuple[dict[str, Any], str, int]] = {
    "allowed": (WANTED, "holder:holder-N", 201),
    "referred": ({**WANTED, "amount": "1000.01"}, "officer", 201),
    "denied": ({**WANTED, "payee": "NEW"}, "officer", 201),
    "unknown line": ({**WANTED, "line": "X"}, "officer", 404),
    "unknown field": ({**WANTED, "colour": "red"}, "officer", 400),
    "no amount": ({name: value for name, value in WANTED.items() if name != "amount"}, "officer", 400),
    "a float": ({**WANTED, "amount": 12.34}, "officer", 400),
    "another currency": ({**WANTED, "currency": "EUR"}, "officer", 400),
    "another's budget": (WANTED, "holder:holder-D", 404),
    "may not": (WANTED, "commissioner", 403),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("route", ["asks", "spends"])
async def test_a_question_and_a_spend_are_answered_alike(lives: Lives, route: str, case: str) -> None:
    """The same request under the same key, with a query string and without: one answer byte for byte, but for its id."""
    body, who, status = CASES[case]
    short = await lives.send(route, body, who, key="way")
    framework = await lives.send(f"{route}?dry_run=false", body, who, key="way")
    assert short.status_code == framework.status_code == status
    said, again = short.content, framework.content
    if status >= 400:
        said, again = (content.replace(each.json()["request_id"].encode(), b"") for content, each in (
            (said, short), (again, framework),
        ))  # fmt: skip
    assert said == again
    assert {name for name in short.headers if name not in OWN} == {
        name for name in framework.headers if name not in OWN
    }


async def test_the_short_way_is_logged_by_its_template(lives: Lives, capsys: pytest.CaptureFixture[str]) -> None:
    """No person stands in the log, whichever way a request came in."""
    await lives.send("spends", WANTED)
    await lives.send("spends?dry_run=false", WANTED)
    said = capsys.readouterr().out
    assert said.count("/v1/books/{book}/budgets/{person}/spends") == 2
    assert NED not in said
    assert BOOK not in said


async def test_only_whole_paths_take_the_short_way(lives: Lives) -> None:
    """What stands below or beside a route that has a short way is another route, or none."""
    for path in (
        "spends/5",
        "spends/5/6",
        "asks/1",
        "/transactions/1",
        "/transactions/1/2",
    ):
        found = await lives.send(path, WANTED)
        assert (found.status_code, found.json()["code"]) in ((404, "not_found"), (405, "method_not_allowed")), path
    assert (await lives.send("/transactions/batch", WANTED, "finance")).json()["code"] == "field_unknown"
