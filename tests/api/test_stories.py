"""docs/stories.md is run: every request in it is sent as it stands there, and every answer shown there is what comes back.

An answer shows the fields that the story is about. A value like `$ROSE` differs each time: it is kept where it first appears, and
compared and sent from then on. With PHB_WRITE_STORIES=1 the answers are written again, and `null` stands for what to fill in.
"""

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.asking import Client

STORIES = Path(__file__).resolve().parents[2] / "docs" / "stories.md"
WHO = re.compile(r'^AS_(\w+)="Authorization: Bearer \$\(phb token --role (\w+) --sub ([\w.-]+)\)"$', re.MULTILINE)
STEP = re.compile(r"```sh\n(?P<command>curl .*?)\n```\n+```json (?P<status>\d+)\n(?P<shown>.*?)\n```", re.DOTALL)
NAME = re.compile(r"\$([A-Z][A-Z0-9_]*)")


class Differs(Exception):
    """What is shown is not what came back."""


class Reader:
    """Reads a story as a shell with curl would, and remembers the values that differ each time."""

    def __init__(self, client: Client, text: str) -> None:
        self.client = client
        self.values = {"BOOK": "/v1/books/TEST"}
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


def printed(value: Any) -> str:
    """An answer as the page has it: short things on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    return flat if len(flat) < 150 else json.dumps(value, ensure_ascii=False, indent=1)


async def test_the_stories_are_what_happens(app: object, client: Client) -> None:
    """From the first line to the last, on one new book."""
    text = STORIES.read_text(encoding="utf-8")
    reader, written, end = Reader(client, text), [], 0
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
