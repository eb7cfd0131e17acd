"""What one command does against a book: who runs it, with which rights, through which connections."""

import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from api.auth import Authenticator, Caller, trusts_of
from api.idempotency import canonical, chosen_key, prints_of, stored_key
from api.issuer import AUDIENCE, JWKS, local_token, open_issuer
from api.keyfiles import KeyFiles
from api.opening import open_once
from api.permissions import Permission, Role, permissions_of
from api.place import Place, SettingMissing, check_nature, is_alone, system_user
from ledger.book import store
from ledger.book.books import BookRow, find_book
from ledger.book.checkpoint import fork_check_for
from ledger.book.database import READING, connect, set_book
from ledger.book.writer import Settings, Writer
from ledger.budgets.identities import IDENTITIES
from ledger.core.batch import Outcome
from ledger.core.model import Item
from ledger.core.requests import AnyRequest

Connection = Any
LOCAL_ROLES = ("finance", "operator", "auditor")


class NotAllowed(PermissionError):
    """The token does not allow this act, or not on this book."""

    code = "not_allowed"


def clock_us() -> int:
    """The process clock in microseconds UTC."""
    return time.time_ns() // 1000


def nonce() -> str:
    """Sixteen random bytes for a line."""
    return secrets.token_hex(16)


def user_name() -> str:
    """The operating-system user who runs this command, as a code."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in system_user())
    return f"os:{kept or 'user'}"


class Session:
    """One command's dealings with one place."""

    def __init__(self, place: Place, token: str | None = None) -> None:
        self.place = place
        self._token = token

    @cached_property
    def keys(self) -> KeyFiles:
        """The secrets of the place, or KeyMissing."""
        return self.place.keys()

    def caller(self, token: str | None = None) -> Caller:
        """Who runs this command. On the embedded server a short-lived token is signed here for the operating-system user."""
        given = token or self._token or os.environ.get("PHB_TOKEN")
        if self.place.is_embedded:
            open_issuer(self.place.keys_dir)
            given = given or local_token(self.place.keys_dir, roles=LOCAL_ROLES, sub=user_name())
            trusts = trusts_of("", AUDIENCE, None, self.place.keys_dir / JWKS)
        else:
            jwks, issuer = os.environ.get("PHB_JWKS"), os.environ.get("PHB_ISSUER")
            if not given or not jwks or not issuer:
                raise SettingMissing(
                    "This command needs a token: set PHB_TOKEN, PHB_ISSUER, PHB_AUDIENCE and PHB_JWKS."
                )
            trusts = trusts_of(issuer, os.environ.get("PHB_AUDIENCE") or AUDIENCE, Path(jwks), None)
        return Authenticator(trusts).caller(f"Bearer {given}")

    def allowed(self, permission: Permission, row: BookRow | None = None, token: str | None = None) -> Caller:
        """The caller, if the token has this right and reaches this book; else NotAllowed. What a token may as a holder's counts for
        nothing here: a command tells of everybody, and a holder reaches their own budgets in the service."""
        caller = self.caller(token)
        if permission not in permissions_of(caller.roles - {Role.HOLDER.value}):
            whom = " and is for staff: a holder asks the service" if permission in caller.allowed else ""
            raise NotAllowed(f"This needs the right {permission.value}{whom}.")
        if row is not None and not caller.reaches(row.code, row.nature, may_be_live=is_alone(self.place)):
            raise NotAllowed(f"This token does not reach the book {row.code}.")
        return caller

    @asynccontextmanager
    async def reading(self, code: str) -> AsyncIterator[tuple[BookRow, Connection]]:
        """A book and a connection of the reader pointed at it. BookUnknown."""
        connection = await connect(self.place.serving, "phb_reader", None, READING)
        try:
            row = await find_book(connection, code)
            await set_book(connection, row.book_id)
            yield row, connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def writing(self, row: BookRow) -> AsyncIterator[tuple[Writer, Connection]]:
        """A writer on a book, checked for forks, and a connection of its role. The last checkpoint is for the caller."""
        settings = Settings(
            dsn=self.place.serving, book_id=row.book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES,
            fork_check=fork_check_for(self.place.notes_dir, self.place.verifiers()),
        )  # fmt: skip
        writer = Writer(settings)
        connection = await connect(self.place.serving, "phb_writer", row.book_id)
        await writer.start()
        try:
            yield writer, connection
        finally:
            await writer.stop()
            await connection.close()

    async def find(self, code: str) -> BookRow | None:
        """A book, or None."""
        connection = await connect(self.place.serving, "phb_reader", None, READING)
        try:
            rows = await connection.fetch(store.BOOKS)
            return await find_book(connection, code) if any(row["code"] == code for row in rows) else None
        finally:
            await connection.close()

    async def create(self, code: str, *, nature: str, first_month: str, currency: str = "GBP") -> BookRow:
        """Open a new book here. Raises what `open_new` raises."""
        await self.open_new(code, nature=nature, first_month=first_month, currency=currency, key=None)
        row = await self.find(code)
        assert row is not None
        return row

    async def open_new(self, code: str, *, nature: str, first_month: str, currency: str, key: str | None) -> Outcome:
        """Open a new book here, under a key if one is given. Raises BookNotForEmbedded, BookExists, Malformed, NotAllowed."""
        check_nature(self.place, nature)
        caller = self.allowed(Permission.OPEN_BOOKS)
        if not caller.reaches(code, nature, may_be_live=is_alone(self.place)):
            raise NotAllowed(f"This token does not reach the book {code}.")
        fields = {"book": code, "nature": nature, "first_month": first_month, "currency": currency}
        return await open_once(
            self.place.serving, self.keys.requests, caller, code, nature=nature, first_month=first_month,
            currency=currency, key=key, fields=fields, clock_us=clock_us, nonce=nonce,
        )  # fmt: skip


class Act(msgspec.Struct, frozen=True):
    """One act of a command under its key, as the API has it: sent again with that key it is replayed, not done twice."""

    key: str
    item: Item
    fields: dict[str, bytes]


def key_of(chosen: str | None) -> str:
    """The key of an act: as chosen, or a random one, which the command tells."""
    return chosen_key(chosen or f"cli-{secrets.token_hex(16)}", None)


def act_of(
    session: Session,
    caller: Caller,
    row: BookRow,
    key: str | None,
    route: str,
    fields: dict[str, Any],
    request: AnyRequest,
) -> Act:
    """The act that these fields fingerprint. Without a key it has a random one, which the command tells."""
    key = key_of(key)
    secret, prints = session.keys.requests, canonical(route, fields)
    item = Item(
        requests=(request,), asked=caller.asked, key=stored_key(secret, row.code, caller, key),
        prints=prints_of(secret, prints),
    )  # fmt: skip
    return Act(key, item, prints)
