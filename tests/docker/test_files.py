"""What the image and the composition promise, read from their files; the tools judge them as well where they are present."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrations.logins import logins_sql

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKER = ROOT / "docker"
DOCKERFILE = DOCKER / "Dockerfile"
COMPOSE = DOCKER / "compose.yaml"
PINNED = re.compile(r"[a-z]+:(?!latest)[\w.-]+@sha256:\$\{[A-Z0-9_]+(?::\?[^}]+)?\}")
DIGESTS = {"PYTHON_SHA256": "0" * 64, "POSTGRES_SHA256": "0" * 64, "PHB_ISSUER": "https://issuer.example.org"}
OWN_IMAGE = "phb-ledger:0.1.0"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order: name, and the rest with its continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def last(name: str) -> str:
    """What the image is left with for an instruction."""
    return [rest for found, rest in instructions() if found == name][-1]


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of the composition, with what they share merged in."""
    return dict(yaml.safe_load(COMPOSE.read_text())["services"])


def test_no_image_stands_on_a_tag_that_can_move() -> None:
    """Both stages name a digest, and it has no default: a build without one fails and is never unpinned."""
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(bases) == 2
    assert all(PINNED.fullmatch(base) for base in bases), bases
    assert [rest for name, rest in instructions() if name == "ARG"] == ["PYTHON_SHA256"]
    for planted in ("python:3.11-slim", "python:latest@sha256:${X}", "python@sha256:${X}", "python:3@sha256:${X:-1}"):
        assert not PINNED.fullmatch(planted)


def test_the_image_runs_as_a_numbered_user_who_owns_nothing_that_runs() -> None:
    """Not root in either stage after its folders are made, and what is copied to run belongs to root."""
    assert last("USER") == "10001:10001"
    assert '"python"' in last("HEALTHCHECK")
    assert "/health/ready" in last("HEALTHCHECK")
    kept = [rest for name, rest in instructions() if name == "COPY" and rest != ". /src"]
    assert kept
    assert all("--chown=0:0" in rest for rest in kept)
    assert last("ENTRYPOINT").startswith("[")
    assert last("CMD").startswith("[")


def test_the_image_is_installed_by_the_script_that_is_tested() -> None:
    """Nothing is fetched besides: the one command that reaches an index is docker/install.sh, which checks every hash."""
    runs = [rest for name, rest in instructions() if name == "RUN"]
    assert [run for run in runs if not run.startswith("install -d ")] == ["/src/docker/install.sh /opt/phb"]
    script = (DOCKER / "install.sh").read_text()
    for line in script.splitlines():
        if " install " in line and " -r " in line:
            assert "--require-hashes" in line


def test_nothing_enters_the_image_that_is_not_named() -> None:
    """The build sees what is listed: every package of the wheel, and neither keys, databases, history nor tests."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    named = {line[1:] for line in lines if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    files = {"pyproject.toml", "requirements.txt", *project["project"]["license-files"]}
    assert named == packages | files | {"docker"}
    # Later lines win, so what is never let in comes last.
    assert {"docker/secrets", "**/*.key", "**/*.pem", "**/*.jwks", "**/.env"} <= set(lines[len(named) + 1 :])
    assert not any(line.startswith("!") for line in lines[len(named) + 1 :])


def test_every_container_is_hardened(services: dict[str, dict[str, Any]]) -> None:
    """Read-only, no capability, no way to new privileges, and a numbered user: the image's own, or one that is given."""
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        if service["image"] == OWN_IMAGE:
            assert service["build"]["dockerfile"] == "docker/Dockerfile"
        else:
            assert PINNED.fullmatch(service["image"]), name
            assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name


def test_each_login_is_where_it_is_used_and_nowhere_else(services: dict[str, dict[str, Any]]) -> None:
    """The owner's right is in the migration, the serving login in the service; the superuser's password only in the server."""
    holders: dict[str, set[str]] = {}
    for name, service in services.items():
        for secret in service.get("secrets", []):
            holders.setdefault(secret, set()).add(name)
    assert holders == {
        "superuser_password": {"db"}, "owner_password": {"db", "migrate"}, "serving_password": {"db", "service"},
        "issuer_jwks": {"service"},
    }  # fmt: skip
    knows = {name: set(service.get("environment", {})) for name, service in services.items()}
    assert [name for name in knows if "PHB_OWNER_URL" in knows[name]] == ["migrate"]
    assert [name for name in knows if "DATABASE_URL" in knows[name]] == ["service"]
    assert not any("PHB_ERASER_URL" in names for names in knows.values())


def test_no_password_stands_in_the_composition(services: dict[str, dict[str, Any]]) -> None:
    """Every secret is a file outside version control, and no URL carries a password."""
    composition = yaml.safe_load(COMPOSE.read_text())
    assert all(set(secret) == {"file"} for secret in composition["secrets"].values())
    assert all(secret["file"].startswith("secrets/") for secret in composition["secrets"].values())
    assert "docker/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or name.endswith("_FILE")
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value))


def test_the_service_waits_for_the_database_and_its_migration(services: dict[str, dict[str, Any]]) -> None:
    """It starts on a healthy server whose migration has ended well; and only it can be reached from outside."""
    assert services["service"]["depends_on"] == {
        "db": {"condition": "service_healthy"}, "migrate": {"condition": "service_completed_successfully"},
    }  # fmt: skip
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "restart" not in services["migrate"]
    assert yaml.safe_load(COMPOSE.read_text())["networks"]["database"] == {"internal": True}
    assert [name for name, service in services.items() if "ports" in service] == ["service"]
    assert all(port.startswith("127.0.0.1:") for port in services["service"]["ports"])
    for name in ("db", "migrate"):
        assert services[name]["networks"] == ["database"]


def test_the_server_is_given_the_roles_that_phb_prints() -> None:
    """The script that sets the server up fills in the template as `phb migrate --print-roles` does."""
    script = (DOCKER / "init-database.sh").read_text()
    filling = re.search(r"^ +(sed -e .*) \"\$template\"$", script, re.MULTILINE)
    assert filling is not None
    template = ROOT / "migrations" / "sql" / "logins.sql.tmpl"
    done = subprocess.run(["sh", "-c", f'{filling[1]} "$0"', template], check=True, capture_output=True, text=True)
    assert done.stdout == logins_sql()


def test_passwords_are_made_once_and_for_their_folder_only(tmp_path: Path) -> None:
    """Three long passwords that differ, in a folder that is closed to others; a second run keeps them."""
    folder = tmp_path / "secrets"
    script = DOCKER / "make-secrets.sh"
    subprocess.run([script, folder], check=True)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == {"superuser_password", "serving_password", "owner_password"}
    assert len(set(made.values())) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", password) for password in made.values())
    assert folder.stat().st_mode & 0o777 == 0o700
    subprocess.run([script, folder], check=True)
    assert made == {path.name: path.read_text() for path in folder.iterdir()}


def test_hadolint_objects_to_nothing() -> None:
    """The linter of Dockerfiles, which set-up installs, and which does object to an image without a pinned version."""
    hadolint = Path(sys.executable).parent / "hadolint"
    subprocess.run([hadolint, "--no-color", DOCKERFILE], check=True)
    planted = subprocess.run([hadolint, "-"], input=b"FROM python\n", capture_output=True, check=False)
    assert planted.returncode != 0


def test_compose_reads_the_composition() -> None:
    """`docker compose config` finds nothing to object to, and refuses without the digests. No engine is needed for it."""
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], check=False, capture_output=True).returncode != 0
    ):
        pytest.skip("docker compose is not installed here")
    command = [docker, "compose", "--env-file", os.devnull, "--file", COMPOSE, "--profile", "setup", "config"]
    bare = {key: value for key, value in os.environ.items() if key not in DIGESTS}
    subprocess.run([*command, "--quiet"], check=True, env=bare | DIGESTS)
    assert subprocess.run([*command, "--quiet"], check=False, env=bare, capture_output=True).returncode != 0
