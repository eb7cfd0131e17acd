"""The development issuer: signs short-lived tokens for books of made-up or published data, on this machine
only.

A live service trusts the issuer of its organisation (PHB_ISSUER, PHB_JWKS). This one exists so that a
newcomer needs none.
"""

import json
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "phb-development"
AUDIENCE = "phb-ledger"
KEY = "development-issuer.pem"
JWKS = "development-issuer.jwks"
LIFETIME_SECONDS = 300
ALGORITHM = "RS512"


class DevelopmentIssuer:
    """A key of its own and the tokens it signs."""

    def __init__(self, key: RSAKey) -> None:
        self._key = key

    def jwks(self) -> dict[str, list[dict[str, object]]]:
        """The public half, as a JSON Web Key Set."""
        return {"keys": [{**self._key.as_dict(private=False), "kid": self._kid, "use": "sig", "alg": ALGORITHM}]}

    @property
    def _kid(self) -> str:
        return self._key.thumbprint()

    def token(
        self, *, roles: Iterable[str], sub: str, azp: str = "phb-cli", acting_for: str | None = None,
        audience: str = AUDIENCE, books: Iterable[str] | None = None, now: float | None = None,
        lifetime_seconds: int = LIFETIME_SECONDS,
    ) -> str:  # fmt: skip
        """A token for `sub` using the program `azp`. Without `books` it reaches every book that the service
        lets it reach."""
        issued = int(time.time() if now is None else now)
        claims: dict[str, object] = {
            "iss": ISSUER, "aud": audience, "sub": sub, "azp": azp, "roles": sorted(roles),
            "iat": issued, "nbf": issued - 1, "exp": issued + lifetime_seconds, "jti": secrets.token_hex(16),
        }  # fmt: skip
        if acting_for is not None:
            claims["acting_for"] = acting_for
        if books is not None:
            claims["books"] = sorted(books)
        return jwt.encode({"alg": ALGORITHM, "kid": self._kid}, claims, self._key, algorithms=[ALGORITHM])


def open_issuer(keys_dir: Path) -> DevelopmentIssuer:
    """The issuer of a keys directory; its key is made, mode 0600, when there is none yet, with its key set
    beside it."""
    path = keys_dir / KEY
    if not path.exists():
        keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = RSAKey.generate_key(2048, private=True)
        _write_new(path, made.as_pem(private=True))
    issuer = DevelopmentIssuer(RSAKey.import_key(path.read_bytes()))
    _write_new(keys_dir / JWKS, json.dumps(issuer.jwks()).encode("ascii") + b"\n")
    return issuer


def local_token(
    keys_dir: Path, *, roles: Iterable[str], sub: str, azp: str = "phb-cli", acting_for: str | None = None,
    audience: str = AUDIENCE, lifetime_seconds: int = LIFETIME_SECONDS,
) -> str:  # fmt: skip
    """A short-lived token signed with the local development key, as the command line uses it for the user who
    runs it."""
    return open_issuer(keys_dir).token(
        roles=roles,
        sub=sub,
        azp=azp,
        acting_for=acting_for,
        audience=audience,
        lifetime_seconds=lifetime_seconds,
    )


def _write_new(path: Path, content: bytes) -> None:
    """Create-only, whole or not at all: two workers that start at once must not read half a key."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
