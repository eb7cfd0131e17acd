"""How a test speaks to the service: with a token, a fresh key, and the shortest words for the usual
requests."""

import itertools
from typing import Any

import httpx

from api.issuer import DevelopmentIssuer

ALL_ROLES = ("finance", "commissioner", "auditor", "officer", "holder", "operator")
DAY = "2025-06-02"
_numbers = itertools.count()


def journal(debit: str, credit: str, amount: str = "75.50", **more: Any) -> dict[str, Any]:
    """The body of a journal between two accounts."""
    legs = [{"account": debit, "amount": amount}, {"account": credit, "amount": negated(amount)}]
    return {"effective_on": DAY, "currency": "GBP", "legs": legs, **more}


def negated(amount: str) -> str:
    """The same amount the other way."""
    return amount[1:] if amount.startswith("-") else f"-{amount}"


class Client:
    """Asks the service on behalf of one role."""

    def __init__(self, inner: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
        self.inner = inner
        self.issuer = issuer

    def token(self, *roles: str, **claims: Any) -> str:
        """The value of an Authorization header."""
        return "Bearer " + self.issuer.token(
            roles=roles or ("finance",), sub=claims.pop("sub", "tester"), azp=claims.pop("azp", "test"), **claims
        )

    async def get(self, path: str, role: str = "finance", **more: Any) -> httpx.Response:
        """A read."""
        headers = {"Authorization": self.token(role), **more.pop("headers", {})}
        return await self.inner.get(path, headers=headers, **more)

    async def post(
        self, path: str, body: Any, role: str = "finance", key: str | None = None, **more: Any
    ) -> httpx.Response:
        """A write, under a key of its own unless one is given. A body of bytes is sent as it is."""
        headers = {
            "Authorization": self.token(role), "Idempotency-Key": key or f"key-{next(_numbers)}",
            "Content-Type": "application/json", **more.pop("headers", {}),
        }  # fmt: skip
        if isinstance(body, bytes):
            return await self.inner.post(path, content=body, headers=headers, **more)
        return await self.inner.post(path, json=body, headers=headers, **more)

    async def open(self, *accounts: str | dict[str, Any]) -> httpx.Response:
        """Opens accounts; a plain code becomes an unguarded asset."""
        made = [each if isinstance(each, dict) else {"account": each, "class": "bank"} for each in accounts]
        answer = await self.post("/v1/books/TEST/accounts", {"accounts": made})
        assert answer.status_code == 201, answer.text
        return answer
