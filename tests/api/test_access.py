"""Who may do what: every route against every role, and every way in which a token can be wrong."""

import json
import time
from base64 import urlsafe_b64decode

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from litestar.handlers import HTTPRouteHandler

from api.app import Application
from api.auth import LOOK_AGAIN_SECONDS
from api.issuer import JWKS, DevelopmentIssuer, open_issuer
from api.permissions import PERMISSIONS_OF, PUBLIC, Permission, Role
from tests import kit
from tests.api.asking import Client

BOOKS = "/v1/books"


def routes(app: Application) -> list[tuple[str, str, Permission]]:
    """Every method and path of the service with its permission."""
    found = []
    for route in app.framework.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.http_methods != {"OPTIONS"}:
                path = route.path_format.replace("{book}", "TEST").replace("{number}", "1")
                found += [(method, path, handler.opt["permission"]) for method in handler.http_methods]
    return found


async def test_every_route_declares_one_permission_and_lets_in_exactly_its_roles(
    app: Application, client: Client
) -> None:
    """Every route × every role: without the permission 403 and nothing else, with it anything but 401 and
    403."""
    every = routes(app)
    assert len(every) > 25
    for method, path, permission in every:
        assert isinstance(permission, Permission)
        for role in Role:
            headers = {"Authorization": client.token(role.value)}
            answer = await client.inner.request(method, path, headers=headers)
            allowed = permission in PUBLIC or permission in PERMISSIONS_OF[role]
            assert (answer.status_code == 403) is not allowed, (method, path, role, answer.text)
            assert answer.status_code != 401


async def test_every_route_but_the_public_ones_wants_a_good_token(app: Application, client: Client) -> None:
    """Every route × no token, expired, wrong audience: 401 with a code, and a WWW-Authenticate header."""
    bad = {
        "token_missing": None,
        "token_expired": client.token("finance", now=time.time() - 9000),
        "token_audience_wrong": client.token("finance", audience="another"),
    }
    for method, path, permission in routes(app):
        for code, token in bad.items():
            headers = {} if token is None else {"Authorization": token}
            answer = await client.inner.request(method, path, headers=headers)
            if permission in PUBLIC:
                assert answer.status_code != 401
            else:
                assert (answer.status_code, answer.json()["code"]) == (401, code), (method, path)
                assert answer.headers["www-authenticate"].startswith("Bearer")


def forged(kid: str, key: RSAKey | OctKey, algorithm: str, **claims: object) -> str:
    """A token that someone made up."""
    now = int(time.time())
    made = {
        "iss": "phb-development",
        "aud": "phb-ledger",
        "sub": "x",
        "azp": "x",
        "roles": ["finance"],
        "exp": now + 60,
    }
    return "Bearer " + jwt.encode({"alg": algorithm, "kid": kid}, made | claims, key, algorithms=[algorithm])


async def test_a_forged_token_opens_nothing(client: Client, keys_dir) -> None:
    """Another key under the issuer's id, a shared secret, alg none, an unknown issuer, claims of the wrong
    kind: 401 each."""
    kid = json.loads((keys_dir / JWKS).read_text())["keys"][0]["kid"]
    stranger = RSAKey.generate_key(2048)
    public = (keys_dir / JWKS).read_bytes()
    unsigned = client.token("finance").split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoieCJ9." + unsigned[1] + "."
    cases = {
        forged(kid, stranger, "RS512"): "token_signature_wrong",
        forged("other", stranger, "RS512"): "token_key_unknown",
        forged(kid, OctKey.import_key(public), "HS256"): "token_malformed",
        forged(kid, stranger, "RS256"): "token_malformed",
        forged(kid, stranger, "RS512", iss="https://elsewhere"): "token_issuer_wrong",
        "Bearer " + none: "token_malformed",
        "Bearer x.y.z": "token_malformed",
        "Bearer " + "a" * 9000: "token_malformed",
        "Basic abc": "token_missing",
        client.token("finance", now=time.time() + 900): "token_not_yet_valid",
        client.token("finance", sub="two words"): "token_claims_malformed",
    }
    for token, code in cases.items():
        answer = await client.inner.get(BOOKS, headers={"Authorization": token})
        assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_key_taken_out_of_the_key_set_opens_nothing_any_more(
    app: Application, client: Client, keys_dir
) -> None:
    """A token that was accepted is refused once its key is gone from the file, though it had been remembered;
    a new key works."""
    token = {"Authorization": client.token("finance")}
    assert (await client.inner.get(BOOKS, headers=token)).status_code == 200
    new = DevelopmentIssuer(RSAKey.generate_key(2048))
    (keys_dir / JWKS).write_text(json.dumps(new.jwks()))
    app.desk.authenticator._looked -= LOOK_AGAIN_SECONDS
    answer = await client.inner.get(BOOKS, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_key_unknown")
    rotated = Client(client.inner, new)
    assert (await rotated.get(BOOKS)).status_code == 200


@pytest.mark.parametrize("by", ["jti", "sub"])
async def test_a_revoked_token_opens_nothing_within_a_second(
    make_app, settings, issuer: DevelopmentIssuer, book: kit.Book, tmp_path, by: str
) -> None:  # fmt: skip
    """One token, or all tokens of a person, named in the file: refused though remembered; others go on; and a file that is gone
    takes nothing back."""
    file = tmp_path / "revoked"
    file.write_text("# nobody yet\n")
    app = await make_app(msgspec.structs.replace(settings, revoked=file))
    stolen, other = (issuer.token(roles=["finance"], sub=sub, azp="test") for sub in ("lost", "kept"))
    claims = json.loads(urlsafe_b64decode(stolen.split(".")[1] + "=="))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as inner:

        async def status(token: str) -> tuple[int, str | None]:
            app.desk.authenticator._looked -= LOOK_AGAIN_SECONDS
            answer = await inner.get(BOOKS, headers={"Authorization": f"Bearer {token}"})
            return answer.status_code, answer.json().get("code")

        assert await status(stolen) == (200, None)
        file.write_text(f"# lost on a train\n{claims[by]}\n")
        assert await status(stolen) == (401, "token_revoked")
        assert await status(other) == (200, None)
        file.unlink()
        assert await status(stolen) == (401, "token_revoked")


async def test_a_development_token_works_on_loopback_only(app: Application, issuer: DevelopmentIssuer) -> None:
    """From another machine the same token is refused."""
    transport = httpx.ASGITransport(app, client=("10.0.0.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as inner:
        answer = await Client(inner, issuer).get(BOOKS)
        assert (answer.status_code, answer.json()["code"]) == (401, "development_token_remote")


async def test_a_development_token_does_not_reach_a_live_book(client: Client, dsn: str) -> None:
    """A live book is not listed and not opened for tokens of the development issuer."""
    await kit.open_book(dsn, "LIVE", nature="live")
    listed = (await client.get(BOOKS)).json()["books"]
    assert [each["book"] for each in listed] == ["TEST"]
    answer = await client.get(f"{BOOKS}/LIVE")
    assert (answer.status_code, answer.json()["code"]) == (403, "development_token_live_book")


async def test_a_token_for_some_books_does_not_learn_of_others(client: Client, dsn: str) -> None:
    """A book outside the token's list looks like one that does not exist."""
    await kit.open_book(dsn, "OTHER")
    headers = {"Authorization": client.token("finance", books=["OTHER"])}
    assert (await client.inner.get(f"{BOOKS}/OTHER", headers=headers)).status_code == 200
    hidden = await client.inner.get(f"{BOOKS}/TEST", headers=headers)
    unknown = await client.inner.get(f"{BOOKS}/NONE", headers=headers)
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.json()["code"] == unknown.json()["code"] == "book_unknown"


@pytest.mark.parametrize("name", ["development-issuer.pem", JWKS])
def test_the_development_key_is_its_owners_alone(keys_dir, name: str) -> None:
    """The key files have mode 0600, and opening the issuer again makes no new key."""
    first = open_issuer(keys_dir).jwks()
    assert (keys_dir / name).stat().st_mode & 0o777 == 0o600
    assert open_issuer(keys_dir).jwks() == first
