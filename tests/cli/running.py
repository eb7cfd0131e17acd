"""Runs commands as a person does: in a process of their own, with --json.

The process is forked from one that has imported the command already, because importing it takes longer than nearly every
command does. It is a process all the same: with its own environment, its own output, and an end that lets go of the server.
"""

import atexit
import json
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from api.issuer import local_token

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["api.cli", "tests.cli.preloaded"])
SECONDS = 120


def phb(
    place: Path, *arguments: object, actor: str | None = None, data: bool = True, **variables: str
) -> tuple[int, dict[str, Any]]:
    """Run one command with --json, and with variables of its environment; its exit code and its answer."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PHB_", "DATABASE_URL"))} | variables
    if actor is not None:
        environment["PHB_TOKEN"] = token(place, actor)
    return _run([*map(str, arguments), "--json", *(["--data", str(place)] if data else [])], environment)


def token(data: Path, actor: str, role: str = "finance") -> str:
    """A development token of finance, or of another role, for somebody else."""
    command = ["token", "--role", role, "--sub", actor, "--data", str(data), "--json"]
    code, answer = _run(command, dict(os.environ))
    assert code == 0, answer
    return str(answer["token"])


def do(place: Path, who: str, operation: str, *fields: object, book: str = "TEST") -> tuple[int, dict[str, Any]]:
    """Run `phb do` as somebody, `officer:olga`: its exit code and its answer."""
    role, _, sub = who.partition(":")
    given = local_token(place / "keys", roles=(role,), sub=sub or role)
    return phb(place, "do", operation, *fields, "--book", book, "--token", given)


def done(place: Path, who: str, operation: str, *fields: object, book: str = "TEST") -> dict[str, Any]:
    """What `phb do` did as somebody; it has to succeed."""
    code, answer = do(place, who, operation, *fields, book=book)
    assert code == 0, answer
    return answer


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[int, dict[str, Any]]:
    with tempfile.NamedTemporaryFile("r") as said, tempfile.NamedTemporaryFile("r") as complained:
        asked = (arguments, environment, str(Path.cwd()), said.name, complained.name)
        process = _forking.Process(target=_command, args=asked)
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(arguments)
        out = said.read()
        assert out, complained.read()
        return process.exitcode, json.loads(out)


def _command(arguments: list[str], environment: dict[str, str], folder: str, said: str, complained: str) -> None:
    """What the new process does: the entry point of the command, and at its end what every process does at its end."""
    for path, number in ((said, 1), (complained, 2)):
        file = os.open(path, os.O_WRONLY)
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["phb", *arguments]
    from api.cli import main

    try:
        main()
    finally:
        sys.stdout.flush()
        atexit._run_exitfuncs()
