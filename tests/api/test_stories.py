"""docs/stories.md is run: every request in it is sent as it stands there to the loaded demo, and every answer shown there is what
comes back.

Loaded are the nine people of the page out of the demo's 240, with the funds and payees of all: everything about them is as in the
whole demo, as PHB_STORIES_AMONG_ALL=1 shows, which loads everybody (about a minute). With PHB_WRITE_STORIES=1 the answers are
written again, and `null` stands for what to fill in.
"""

import json
import os
import re
import shlex
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import Application
from api.demo.cast import span_to
from api.demo.people import Person, made_up_people
from api.demo.run import load_into
from api.demo.script import Script
from api.embedded import Embedded
from api.issuer import DevelopmentIssuer
from api.place import Place
from api.session import Session
from api.settings import Settings
from tests.api.asking import Client

STORIES = Path(__file__).resolve().parents[2] / "docs" / "stories.md"
DEMO = Script(seed=1, as_of=date(2026, 6, 30), people=240)
"""What `phb demo --as-of 2026-06-30` loads."""
WHO = re.compile(r'^AS_(\w+)="Authorization: Bearer \$\(phb token --role (\w+) --sub ([\w.-]+)\)"$', re.MULTILINE)
SETS = re.compile(r"^([A-Z][A-Z0-9_]*)=([^\s\"$]+)$", re.MULTILINE)
STEP = re.compile(r"```sh\n(?P<command>curl .*?)\n```\n+```json (?P<status>\d+)\n(?P<shown>.*?)\n```", re.DOTALL)
NAME = re.compile(r"\$([A-Z][A-Z0-9_]*)")


class Differs(Exception):
    """What is shown is not what came back."""


class Reader:
    """Reads a story as a shell with curl would, and remembers the values that differ from load to load."""

    def __init__(self, client: Client, text: str) -> None:
        self.client = client
        self.values = {name: value.removeprefix("http://127.0.0.1:8000") for name, value in SETS.findall(text)}
        for name, role, sub in WHO.findall(text):
            self.values[f"AS_{name}"] = f"Authorization: {client.token(role, sub=sub)}"

    def filled(self, text: str) -> str:
        """The text with its variables replaced, as in double quotes."""
        return NAME.sub(lambda found: self.values[found[1]], text)

    async def send(self, command: str) -> httpx.Response:
        """Do what a curl command says. Its body is a document that follows it."""
        line, _, document = command.partition(" <<END\n")
        _, url, *options = shlex.split(line)
        headers = {}
        for option, value in zip(options[::2], options[1::2], strict=True):
            if option == "-H":
                name, _, content = self.filled(value).partition(": ")
                headers[name] = content
            elif option == "--data-binary":
                picture = (STORIES.parent / value.removeprefix("@")).read_bytes()
                return await self.client.inner.post(self.filled(url), content=picture, headers=headers)
            else:
                assert (option, value) == ("--json", "@-")
        if not document:
            return await self.client.inner.get(self.filled(url), headers=headers)
        body, _, end = document.rpartition("\n")
        assert end == "END"
        headers["Content-Type"] = "application/json"
        return await self.client.inner.post(self.filled(url), content=self.filled(body), headers=headers)

    def told(self, shown: Any, came: Any, at: str = "") -> Any:
        """The part of an answer that is shown, with its values. Differs where a value that is kept is another now."""
        if isinstance(shown, dict):
            return {name: self.told(value, came[name], f"{at}.{name}") for name, value in shown.items()}
        if isinstance(shown, list) and shown and isinstance(came, list):
            return [self.told(shown[min(n, len(shown) - 1)], each, f"{at}[{n}]") for n, each in enumerate(came)]
        if isinstance(shown, str) and (found := NAME.search(shown)):
            begins, ends = shown[: found.start()], shown[found.end() :]
            came = str(came)
            middle = came.removeprefix(begins).removesuffix(ends)
            if self.values.setdefault(found[1], middle) != middle or begins + middle + ends != came:
                raise Differs(f"{at} is {came}, and {shown} is {self.values[found[1]]}")
            return shown
        return came


def printed(value: Any, indent: str = "", before: int = 0) -> str:
    """An answer as the page has it: what fits on a line stands on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if before + len(indent) + len(flat) < 150 or not isinstance(value, dict | list):
        return flat
    inner = indent + " "
    if isinstance(value, list):
        parts, (opens, closes) = [printed(each, inner) for each in value], "[]"
    else:
        names = [f"{json.dumps(name)}: " for name in value]
        parts = [name + printed(each, inner, len(name)) for name, each in zip(names, value.values(), strict=True)]
        opens, closes = "{}"
    return f"{opens}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closes}"


@pytest.fixture(scope="module")
def text() -> str:
    """The page."""
    return STORIES.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told_of(text: str) -> tuple[Person, ...]:
    """The people of the page, found in the demo by the references that the page has for them."""
    refs = set(dict(SETS.findall(text)).values())
    everybody = made_up_people(DEMO.chance("people"), span_to(DEMO.as_of), DEMO.people)
    return tuple(each for each in everybody if each.ref in refs)


@pytest.fixture
async def demo(
    dsn: str, server: Embedded, settings: Settings, make_app: Callable[..., Any], issuer: DevelopmentIssuer,
    told_of: tuple[Person, ...],
) -> AsyncIterator[Client]:  # fmt: skip
    """The service on the demo, loaded by the demo's own loader."""
    place = Place(settings.keys_dir.parent, settings.keys_dir, settings.notes_dir, dsn, dsn, dsn, server)
    only = () if os.environ.get("PHB_STORIES_AMONG_ALL") else [each.index for each in told_of]
    found = await load_into(Session(place), seed=DEMO.seed, as_of=DEMO.as_of, people=DEMO.people, only=only)
    assert found["verified"], found
    assert all(each["ok"] for each in found["identities"].values()), found
    app: Application = await make_app()
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as inner:
        yield Client(inner, issuer)


def test_the_page_tells_of_nine_people_of_the_demo(text: str, told_of: tuple[Person, ...]) -> None:
    """Each story is of one of the 240 that `phb demo` with the page's day loads, and read with the token of their own holder."""
    assert f"phb demo --as-of {DEMO.as_of}" in text
    assert len(told_of) == len(re.findall(r"^## \d\. ", text, re.MULTILINE)) == 9
    assert {each.holder.actor for each in told_of} == {sub for _, role, sub in WHO.findall(text) if role == "holder"}


async def test_the_stories_are_what_happens(text: str, demo: Client) -> None:
    """From the first line to the last, on the loaded demo."""
    reader, written, end = Reader(demo, text), [], 0
    assert text.count("```sh\ncurl ") == len(list(STEP.finditer(text))) > 0
    for step in STEP.finditer(text):
        answer = await reader.send(step["command"])
        shown = json.loads(step["shown"])
        try:
            told = reader.told(shown, answer.json())
        except (KeyError, TypeError, Differs) as wrong:
            pytest.fail(f"{step['command']}\n{wrong!r}\n{answer.status_code} {answer.text}")
        block = f"```sh\n{step['command']}\n```\n\n```json {answer.status_code}\n{printed(told)}\n```"
        written += [text[end : step.start()], block]
        end = step.end()
    after = "".join([*written, text[end:]])
    if os.environ.get("PHB_WRITE_STORIES"):
        STORIES.write_text(after, encoding="utf-8")
    else:
        assert after == text
