"""The OpenAPI document is complete, and the service keeps to it under requests that nobody thought of."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import described
from api.issuer import DevelopmentIssuer
from api.permissions import PUBLIC
from api.settings import Settings
from ledger.book.checkpoint import latest_note
from tests import kit
from tests.api.asking import ALL_ROLES, Client

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ("/docs", "/docs/problems", "/docs/redoc.js", "/schema/openapi.json")


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of the document."""
    for path, item in json.loads(described())["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_operation_says_what_can_go_wrong() -> None:
    """Each has its error answers as problems, those with a token its security, each write its key; all fields
    are closed."""
    found = json.loads(described())
    assert found["openapi"].startswith("3.1")
    for path, method, operation in operations():
        responses = operation["responses"]
        assert {"400", "406", "500"} <= set(responses)
        assert all("application/problem+json" in each["content"] for code, each in responses.items()
                   if code >= "4" and path != "/health/ready")  # fmt: skip
        assert ("security" in operation) is (operation["x-permission"] not in PUBLIC)
        if method == "post":
            assert {"409", "415", "422", "429", "503"} <= set(responses)
            names = {each["name"] for each in operation["parameters"]}
            assert ("Idempotency-Key" in names) is (operation["operationId"] not in {"requestCheckpoint", "whatIf"})
    for name, schema in found["components"]["schemas"].items():
        if name.endswith("In"):
            assert schema["additionalProperties"] is False, name


async def test_the_documentation_is_served_from_here_alone(client: Client) -> None:
    """Pages without a log-in, with a language and a policy that lets nothing in from elsewhere."""
    for path in DOCS:
        answer = await client.inner.get(path)
        assert answer.status_code == 200
        if answer.headers["content-type"].startswith("text/html"):
            assert 'lang="en"' in answer.text
            assert "http" not in answer.text
            assert "default-src" in answer.headers["content-security-policy"]
            assert "http" not in answer.headers["content-security-policy"]


@pytest.fixture
def environment(settings: Settings, issuer: DevelopmentIssuer) -> dict[str, str]:
    """What a worker of the service is told."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "PATH": os.environ["PATH"], "DATABASE_URL": settings.database_url, "PHB_KEYS_DIR": str(settings.keys_dir),
        "PHB_NOTES_DIR": str(settings.notes_dir), "PHB_DEVELOPMENT_ISSUER": "yes", "PHB_PORT": str(port),
        "PHB_REFUSALS_PER_MINUTE": "100000",
    }  # fmt: skip


@asynccontextmanager
async def served(environment: dict[str, str]) -> AsyncIterator[tuple[str, subprocess.Popen[bytes]]]:
    """The service under granian on a port of its own, told to stop at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api.serve"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{environment['PHB_PORT']}"
    try:
        async with httpx.AsyncClient() as inner:
            while True:
                assert process.poll() is None
                try:
                    await inner.get(f"{url}/health/live")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield url, process
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 30)


async def test_no_request_that_fits_or_breaks_the_document_finds_a_fault(
    environment: dict[str, str], book: kit.Book, issuer: DevelopmentIssuer
) -> None:
    """schemathesis with a token of every role: no server error, no undocumented status, type or body, no bad
    data taken."""
    token = issuer.token(roles=ALL_ROLES, sub="fuzz", azp="fuzz", lifetime_seconds=900)
    async with served(environment) as (url, _):
        done = await asyncio.to_thread(
            subprocess.run,
            [Path(sys.executable).parent / "schemathesis", "--config-file",
             ROOT / "tests" / "api" / "schemathesis.toml", "run", f"{url}/schema/openapi.json", "--header",
             f"Authorization: Bearer {token}", "--max-examples", "3", "--phases", "examples,coverage,fuzzing",
             "--workers", "1", "--seed", "1", "--generation-database", "none", "--no-color"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[max(0, done.stdout.find("= FAILURES")) :][:6000]


async def test_a_stop_signs_a_last_checkpoint(
    environment: dict[str, str], book: kit.Book, issuer: DevelopmentIssuer
) -> None:
    """SIGTERM ends the service with exit code 0, after a checkpoint that covers the last answered write."""
    headers = {"Authorization": "Bearer " + issuer.token(roles=["finance"], sub="s", azp="s"), "Idempotency-Key": "k"}
    async with served(environment) as (url, process), httpx.AsyncClient() as inner:
        body = {"accounts": [{"account": "a", "class": "bank"}]}
        answer = await inner.post(f"{url}/v1/books/TEST/accounts", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
    assert process.returncode == 0
    note = latest_note(Path(environment["PHB_NOTES_DIR"]), "TEST")
    assert note is not None
    assert int(note.splitlines()[1]) == answer.json()["number"]


def examples() -> list[str]:
    """The shell examples of the API guide, in order."""
    return re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)


@pytest.mark.needs_tools
async def test_the_examples_of_the_guide_work(
    environment: dict[str, str], book: kit.Book, issuer: DevelopmentIssuer
) -> None:
    """Every example of docs/api.md, run in order with curl against the running service, succeeds."""
    if shutil.which("curl") is None:
        assert not os.environ.get("PHB_REQUIRE_TOOLS"), "curl is missing"
        pytest.skip("curl is missing")
    assert len(examples()) >= 6
    token, operator = (issuer.token(roles=[role], sub="reader", azp="curl") for role in ("finance", "operator"))
    async with served(environment) as (url, _):
        for example in examples():
            done = await asyncio.to_thread(
                subprocess.run,
                ["bash", "-e", "-c", example],
                env={"PATH": os.environ["PATH"], "URL": url, "TOKEN": token, "OPERATOR": operator},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, example + done.stdout + done.stderr
            for line in done.stdout.replace("}{", "}\n{").splitlines():
                assert "problem" not in json.loads(line)
