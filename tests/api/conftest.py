"""The service on a real database, asked over ASGI: the same application that granian serves."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from api.app import Application, create_app
from api.issuer import DevelopmentIssuer, open_issuer
from api.keyfiles import make_keys
from api.settings import Settings
from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.budgets.identities import IDENTITIES
from tests import kit
from tests.api.asking import Client
from tests.api.events_by_route import PROVED_BY, Posted
from tests.api.lives import Lives


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keys directory with everything that a service needs. Made once, because RSA takes its time."""
    directory = tmp_path_factory.mktemp("made") / "keys"
    make_keys(directory)
    open_issuer(directory)
    return directory


@pytest.fixture(scope="session")
def issuer(made_keys: Path) -> DevelopmentIssuer:
    """The development issuer of the services under test."""
    return open_issuer(made_keys)


@pytest.fixture
def keys_dir(made_keys: Path, tmp_path: Path) -> Path:
    """A keys directory of the test's own, with the keys that were made."""
    return Path(shutil.copytree(made_keys, tmp_path / "keys"))


@pytest.fixture
def settings(dsn: str, keys_dir: Path, tmp_path: Path) -> Settings:
    """The settings of the service under test."""
    return Settings(
        database_url=dsn, keys_dir=keys_dir, notes_dir=tmp_path / "notes", issuer="", audience="phb-ledger",
        development_issuer=True, read_connections=3,
    )  # fmt: skip


@pytest.fixture
async def make_app(settings: Settings) -> AsyncIterator[Callable[..., Application]]:
    """Makes and starts services, as workers would, and stops them at the end."""
    made: list[Application] = []

    async def make(given: Settings = settings) -> Application:
        app = create_app(given)
        await app.desk.books.start()
        made.append(app)
        return app

    yield make  # type: ignore[misc]
    for app in made:
        await app.desk.books.stop()


@pytest.fixture
async def app(make_app, book: kit.Book) -> Application:
    """A service with the synthetic book TEST."""
    return await make_app()


@pytest.fixture
async def client(
    app: Application, issuer: DevelopmentIssuer, dsn: str, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    """Asks the service; the token is that of finance unless another is named. A test that shows by which operation an event is
    posted does show it."""
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 40000))
    test, posted = f"{request.path.name}::{request.node.originalname}", Posted(dsn)
    hooks = {"request": [posted.before], "response": [posted.after]} if test in PROVED_BY else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger", event_hooks=hooks) as inner:
        yield Client(inner, issuer)
    assert test not in PROVED_BY or posted.missing(test) == []


@pytest.fixture
async def lives(app: Application, client: Client, book: kit.Book) -> AsyncIterator[Lives]:
    """The book of these lives. Whatever a test did to it, verification still finds nothing."""
    made = Lives(app, client)
    await made.begin()
    yield made
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    found = await verify_book(connection, book.book_id, verifiers=(), identities=IDENTITIES)
    await connection.close()
    assert found.ok, found
