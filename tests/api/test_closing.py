"""The close of a month over HTTP: what agrees, what is open, and who may see it."""

from ledger.reports.identities import HERE
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.


async def test_the_identities_are_asked_for_on_demand(lives: Tried) -> None:
    """Finance and auditors see each by name, with how much was looked at; nobody else does."""
    await lives.spend("10.00")
    for who in ("finance", "auditor"):
        found = (await lives.get("/identities", who)).json()
        assert (found["ok"], tuple(each["name"] for each in found["identities"])) == (True, HERE)
    for who in ("officer", "commissioner", "operator", "holder:holder-N"):
        assert (await lives.get("/identities", who)).status_code == 403
