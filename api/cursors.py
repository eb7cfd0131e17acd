"""Where a list goes on: an opaque text that only this service can make, so that nobody comes to depend on
what is in it."""

import base64
import hmac
from hashlib import sha256

MAC_BYTES = 12


class CursorMalformed(ValueError):
    """A text that is not a cursor of this list."""

    code = "cursor_malformed"


def seal(secret: bytes, scope: str, position: str) -> str:
    """A cursor for one list (`scope` says which book and which list) that goes on after `position`."""
    body = position.encode("utf-8")
    return base64.urlsafe_b64encode(_mac(secret, scope, body) + body).decode("ascii").rstrip("=")


def unseal(secret: bytes, scope: str, cursor: str) -> str:
    """The position of a cursor, or CursorMalformed when it was made for another list, or by someone else."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if len(cursor) <= 400 and hmac.compare_digest(mac, _mac(secret, scope, body)):
            return body.decode("utf-8")
    except ValueError:
        pass
    raise CursorMalformed


def _mac(secret: bytes, scope: str, body: bytes) -> bytes:
    return hmac.new(secret, scope.encode("utf-8") + b"\x00" + body, sha256).digest()[:MAC_BYTES]
