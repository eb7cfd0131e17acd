"""Runs commands as a person does: in a process of their own, with --json."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def phb(place: Path, *arguments: object, actor: str | None = None, data: bool = True) -> tuple[int, dict[str, Any]]:
    """Run one command with --json; its exit code and its answer."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PHB_", "DATABASE_URL"))}
    if actor is not None:
        environment["PHB_TOKEN"] = token(place, actor)
    command = [sys.executable, "-m", "api.cli", *map(str, arguments), "--json"]
    if data:
        command += ["--data", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def token(data: Path, actor: str) -> str:
    """A development token of finance for somebody else."""
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "token",
        "--role",
        "finance",
        "--sub",
        actor,
        "--data",
        str(data),
        "--json",
    ]
    return str(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["token"])
