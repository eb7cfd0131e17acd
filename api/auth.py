"""Who is asking: bearer tokens, checked against key sets that lie beside the service, and never against
anything remote.

A checked token is remembered until it expires, because RS512 costs more than the rest of a request; what is
remembered is dropped when the key set's file changes, so that a key taken out of it opens nothing within a
second.
"""

import ipaddress
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from api import issuer as development
from api.permissions import Permission, permissions_of
from api.problems import Problem
from ledger.core.model import Asked, Malformed

ALGORITHM = "RS512"
LEEWAY_SECONDS = 5
LOOK_AGAIN_SECONDS = 1.0
MAX_REMEMBERED = 8192
MAX_TOKEN = 8192


class Caller(msgspec.Struct, frozen=True):
    """Who asks, through which program, with which rights. `books` None: every book that the token's issuer
    may reach."""

    sub: str
    azp: str
    acting_for: str | None
    allowed: frozenset[Permission]
    books: frozenset[str] | None
    is_development: bool
    asked: Asked
    expires: float
    roles: frozenset[str]

    def reaches(self, code: str, nature: str, *, may_be_live: bool = False) -> bool:
        """Whether this caller may know of a book. A development token never reaches a live one, unless the one person of
        this machine has consented to that; the books that a token names bind it always."""
        if self.is_development and nature == "live" and not may_be_live:
            return False
        return self.is_development if self.books is None else code in self.books


class Trust(msgspec.Struct, frozen=True):
    """One issuer, what its tokens must be meant for, and the file with its public keys."""

    issuer: str
    audience: str
    jwks: Path
    is_development: bool = False


class KeySet:
    """The public keys of one issuer, read again when the file changes. An unreadable file is an empty set:
    nobody enters."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self.keys: dict[str, RSAKey] = {}

    def changed(self) -> bool:
        """Read the file again if it is another one than last time; whether it was."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            seen = (0, 0, 0)
        if seen == self._seen:
            return False
        self._seen = seen
        self.keys = self._read()
        return True

    def _read(self) -> dict[str, RSAKey]:
        try:
            entries = json.loads(self._path.read_bytes())["keys"]
            return {
                key["kid"]: RSAKey.import_key(key)
                for key in entries
                if key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and key.get("alg", ALGORITHM) == ALGORITHM
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, JoseError):
            return {}


class Revoked:
    """The ids of tokens and people who are let in no more, one `jti` or `sub` a line, read again when the file changes.

    A file that cannot be read any more takes nothing back: the ids that were read last stay revoked."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self.ids: frozenset[str] = frozenset()

    def changed(self) -> bool:
        """Read the file again if it is another one than last time; whether it was."""
        if self._path is None:
            return False
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen == self._seen:
                return False
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return False
        self._seen = seen
        self.ids = frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
        return True


class Authenticator:
    """Turns an Authorization header into a Caller, or raises the Problem that says what is wrong with it."""

    def __init__(
        self, trusts: list[Trust], clock: Callable[[], float] = time.time, *, revoked: Path | None = None
    ) -> None:  # fmt: skip
        self._revoked = Revoked(revoked)
        self._trusts = {trust.issuer: (trust, KeySet(trust.jwks)) for trust in trusts}
        self._clock = clock
        self._remembered: dict[str, Caller] = {}
        self._looked = -LOOK_AGAIN_SECONDS

    def caller(self, authorization: str | None) -> Caller:
        """The caller of a request; `authorization` is the header as it came."""
        if not authorization:
            raise Problem("token_missing")
        now = self._clock()
        self._look(time.monotonic())
        known = self._remembered.get(authorization)
        if known is not None:
            if now < known.expires:
                return known
            raise Problem("token_expired")
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN or not token.isascii():
            raise Problem("token_missing" if scheme.lower() != "bearer" else "token_malformed")
        caller = self._checked(token, now)
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[authorization] = caller
        return caller

    def _look(self, tick: float) -> None:
        if tick - self._looked < LOOK_AGAIN_SECONDS:
            return
        for _, keys in self._trusts.values():
            if keys.changed():
                self._remembered.clear()
        if self._revoked.changed():
            self._remembered.clear()
        self._looked = tick

    def _checked(self, token: str, now: float) -> Caller:
        header, claimed = _peek(token)
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str) or "crit" in header:
            raise Problem("token_malformed")
        found = self._trusts.get(claimed["iss"]) if isinstance(claimed.get("iss"), str) else None
        if found is None:
            raise Problem("token_issuer_wrong")
        trust, keys = found
        key = keys.keys.get(header["kid"])
        if key is None:
            raise Problem("token_key_unknown")
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            raise Problem("token_signature_wrong") from None
        if self._revoked.ids.intersection(each for each in (claims.get("sub"), claims.get("jti")) if type(each) is str):
            raise Problem("token_revoked")
        return _caller_of(claims, trust, now)


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims before the signature is checked, only to find the key it must be checked with."""
    parts = token.split(".")
    try:
        header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        raise Problem("token_malformed") from None
    if len(parts) != 3 or not isinstance(header, dict) or not isinstance(claims, dict):
        raise Problem("token_malformed")
    return header, claims


def _caller_of(claims: dict[str, Any], trust: Trust, now: float) -> Caller:
    audience = claims.get("aud")
    if trust.audience not in (audience if isinstance(audience, list) else [audience]):
        raise Problem("token_audience_wrong")
    expires, not_before = claims.get("exp"), claims.get("nbf", 0)
    roles, books = claims.get("roles"), claims.get("books")
    if (
        not _is_number(expires)
        or not _is_number(not_before)
        or not _is_texts(roles)
        or not (books is None or _is_texts(books))
    ):
        raise Problem("token_claims_malformed")
    if now >= expires:
        raise Problem("token_expired")
    if now < not_before - LEEWAY_SECONDS:
        raise Problem("token_not_yet_valid")
    sub, azp, acting_for = claims.get("sub"), claims.get("azp"), claims.get("acting_for")
    try:
        asked = Asked(azp, sub, acting_for)  # type: ignore[arg-type]
    except (Malformed, TypeError):
        raise Problem("token_claims_malformed") from None
    reach = None if books is None else frozenset(books)
    return Caller(
        asked.actor,
        asked.client,
        asked.acting_for,
        permissions_of(roles),
        reach,
        trust.is_development,
        asked,
        expires,
        frozenset(roles),
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def is_loopback(client: tuple[str, int] | None) -> bool:
    """Whether a request came from this machine. Unknown is no."""
    return client is not None and _is_loopback_host(client[0])


@lru_cache(maxsize=1024)
def _is_loopback_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def trusts_of(issuer: str, audience: str, jwks: Path | None, development_jwks: Path | None) -> list[Trust]:
    """Whom a service trusts, after its settings. The development issuer's name is reserved for it."""
    trusts = []
    if jwks is not None and issuer != development.ISSUER:
        trusts.append(Trust(issuer, audience, jwks))
    if development_jwks is not None:
        trusts.append(Trust(development.ISSUER, audience, development_jwks, is_development=True))
    return trusts
