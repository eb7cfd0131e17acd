"""From which day a notice counts: that of its delivery, which another person says of a day that has passed, or else the day on
which it was written down here. Nobody dates one back to shorten its period, nor ahead."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.open_books import today
from tests.api.lives import DAY, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import notice, written
from tests.api.test_people_and_plans import PLAN, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import SIMPLE, planned, signed

GIVEN = {
    "about": "cut",
    "reasons": ["needs_changed"],
    "notice_days": 28,
    "takes_effect_on": DAY,
    "words": "Fewer hours.",
}
BACK, SHORT = "icb_policy.stop_notice_dated_back", "icb_policy.stop_notice_short"


def days_from_now(days: int) -> str:
    """A day so many days from today."""
    return (today() + timedelta(days=days)).isoformat()


async def rules(lives: Tried, **more: Any) -> set[str]:
    """What the rules say of a stop, beside that it is a power."""
    asked = await lives.done("lines/D/stop", notice(**more), line=D)
    return {each["rule"] for each in asked["findings"]} - {"statute.stop_is_a_power"}


async def test_a_notice_of_a_stop_is_dated_back_against_the_clock_and_not_the_accounting_day(lives: Tried) -> None:
    """A notice and an accounting day of the same day in the past: another person checks it, and its 28 days count from today. From
    today on it asks for nobody, and with a day less it is short."""
    back = {"notified_on": DAY, "effective_on": DAY}
    assert await rules(lives, **back, ends_on=days_from_now(28)) == {BACK}
    assert await rules(lives, **back, ends_on=days_from_now(27)) == {BACK, SHORT}
    assert await rules(lives, notified_on=days_from_now(0), ends_on=days_from_now(28)) == set()
    assert await rules(lives, notified_on=days_from_now(0), ends_on=days_from_now(27)) == {SHORT}
    ahead = await lives.send("lines/D/stop", notice(notified_on=days_from_now(1), ends_on=days_from_now(40)), line=D)
    assert (ahead.status_code, ahead.json()["code"]) == (422, "notice_in_future")


async def test_a_written_notice_counts_from_its_delivery_or_from_when_its_sending_was_recorded(lives: Tried) -> None:
    """Delivered on a day that has passed, 28 days after it suffice; sent only, they count from today; about something else, come
    back or withdrawn, it is as if there were none."""
    enough = (date.fromisoformat(DAY) + timedelta(days=28)).isoformat()
    delivered, sent = await written(lives), await written(lives, delivered=False)
    assert await rules(lives, notice=delivered, ends_on=enough) == set()
    assert await rules(lives, notice=delivered, ends_on="2025-06-29") == {SHORT}
    assert await rules(lives, notice=sent, ends_on=enough) == {SHORT}
    assert await rules(lives, notice=sent, ends_on=days_from_now(28)) == set()
    other = await written(lives, about="cut")
    assert await rules(lives, notice=other, ends_on=enough) == {BACK, SHORT}
    await lives.done(f"notices/{delivered}/move", {"act": "withdrawn", "on": DAY}, line=D)
    await lives.done(f"notices/{sent}/move", {"act": "returned", "on": DAY}, line=D)
    for number in (delivered, sent):
        assert await rules(lives, notice=number, ends_on=enough) == {BACK, SHORT}
    unknown = await lives.send("lines/D/stop", notice(notice=1), line=D)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "notice_not_found")


async def test_what_becomes_of_a_notice_has_happened_and_in_order(lives: Tried) -> None:
    """No day ahead, none before the last; a delivery of the past is said by another than made or sent it, of today by anyone."""
    ahead = await lives.send("notices", GIVEN | {"on": days_from_now(1)}, line=D)
    assert ahead.json()["code"] == "notice_in_future"
    number = (await lives.done("notices", GIVEN | {"on": DAY}, line=D))["entries"][0]["number"]
    path = f"notices/{number}/move"
    for act, on, who, code in (
        ("sent", "2025-06-01", "officer", "notice_before_last"), ("sent", days_from_now(1), "officer", "notice_in_future"),
        ("sent", "2025-06-03", "officer:amy", None), ("delivered", "2025-06-02", "officer:olga", "notice_before_last"),
        ("delivered", "2025-06-04", "officer", "second_person_needed"),
        ("delivered", "2025-06-04", "officer:amy", "second_person_needed"), ("delivered", "2025-06-04", "officer:olga", None),
    ):  # fmt: skip
        answer = await lives.send(path, {"act": act, "on": on}, who, D)
        assert answer.json().get("code") == code, (act, on, who)
    now = (await lives.done("notices", GIVEN | {"on": DAY}, line=D))["entries"][0]["number"]
    for act in ("sent", "delivered"):
        await lives.done(f"notices/{now}/move", {"act": act, "on": days_from_now(0)}, line=D)


@pytest.mark.parametrize("way", ["said", "sent", "delivered"])
async def test_a_cut_counts_from_the_delivery_of_its_notice_and_no_draft_dates_it_back(
    office: Office, way: str
) -> None:
    """Twenty-eight days before the day of signing, of a line that the commissioner pays: said in the draft, or recorded today as
    sent, they have not passed; delivered then, as another person says, they have."""
    person, path, [line] = await planned(office, [SIMPLE])
    version = PLAN | {"from": "2025-05-01", "lines": [SIMPLE | {"line": line, "amount": "900.00"}], "notice_days": 28}
    more: dict[str, Any] = {"notice_on": "2025-05-05"}
    if way != "said":
        notices = f"/budgets/{person}/notices"
        more = {"notice": (await office.done("ann", notices, GIVEN | {"on": "2025-05-05"}))["entries"][0]["number"]}
        for act, who in (("sent", "ann"), ("delivered", "ben"))[: 1 + (way == "delivered")]:
            await office.done(who, f"{notices}/{more['notice']}/move", {"act": act, "on": "2025-05-05"})
    await office.done("ann", f"{path}/versions", version | more)
    decision = (await signed(office, path))["decision"]
    found = {each["rule"] for each in decision["findings"]}
    assert found == (set() if way == "delivered" else {"icb_policy.cut_without_notice"})
