"""The bundle as it is published, loaded once for all tests, and a book with people for those that need one."""

from collections.abc import AsyncIterator

import pytest

from policies.bundle import Bundle
from policies.engine import Engine
from tests.policies.scene import Scene, opened


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The bundle in the repository."""
    return Bundle.load()


@pytest.fixture(scope="session")
def engine(bundle: Bundle) -> Engine:
    """The engine on it."""
    return Engine(bundle)


@pytest.fixture
async def scene(dsn: str, engine: Engine) -> AsyncIterator[Scene]:
    """A founded book on a database of its own."""
    made, close = await opened(dsn, engine)
    yield made
    await close()
