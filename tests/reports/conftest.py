"""A small demo book, loaded once for all tests of reports."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.demo.run import load_demo
from api.place import find_place, open_place
from tests.cli.conftest import data  # noqa: F401 - a fixture, found by its name

PEOPLE = 24


class Loaded(NamedTuple):
    """Where the demo is, as its superuser, and what was found when it was loaded."""

    dsn: str
    facts: dict[str, Any]


@pytest.fixture(scope="module")
def demo(data: Path) -> Loaded:  # noqa: F811 - the fixture above
    """The book DEMO with a few people."""
    facts = asyncio.run(load_demo(data, people=PEOPLE))
    return Loaded(asyncio.run(open_place(find_place(data))).owner, facts)
