"""What the service is told from outside: one frozen value, read once. Nothing is created when this module is
imported."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

FORBIDDEN_WHILE_SERVING = ("PHB_OWNER_URL", "PHB_ERASER_URL")
LOOPBACK_HOSTS = frozenset(("127.0.0.1", "::1", "localhost"))
YES = frozenset(("yes", "true", "1"))
NO = frozenset(("", "no", "false", "0"))


class SettingMissing(Exception):
    """A variable that the service cannot start without is not set; its name is the message."""

    code = "setting_missing"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not set")
        self.name = name


class SettingRefused(Exception):
    """A variable has a value with which the service does not start."""

    code = "setting_refused"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


class FilesAt(msgspec.Struct, frozen=True):
    """Where an installation keeps files of evidence: in a directory, or in a bucket; `endpoint` is the address of another provider
    than AWS."""

    directory: Path
    bucket: str | None = None
    endpoint: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation, as its environment describes it. `jwks` is a file: the service calls no one to check
    a token. `reconcile_hour` is the hour of the night, in London, at which every identity is checked; None for never. `is_alone` is
    for a command (api.in_process) of the one person of this machine who consented to live books here; no server has it."""

    database_url: str
    keys_dir: Path
    notes_dir: Path
    issuer: str
    audience: str
    jwks: Path | None = None
    development_issuer: bool = False
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    read_connections: int = 8
    refusals_per_minute: int = 120
    timeout_seconds: float = 5.0
    run_dir: Path | None = None
    revoked: Path | None = None
    reconcile_hour: int | None = None
    files_at: FilesAt | None = None
    file_bytes: int = 10_000_000
    is_alone: bool = False

    @property
    def files(self) -> FilesAt:
        """Where files of evidence are kept: beside the notes where nothing else is said."""
        return self.files_at or FilesAt(self.notes_dir.parent / "files")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises SettingMissing naming the variable, or SettingRefused.

    Without PHB_KEYS_DIR and PHB_NOTES_DIR both lie under PHB_DATA_DIR, as the demo has them; notes of a live
    book belong outside the data directory and its backup (docs/keys.md)."""
    for name in FORBIDDEN_WHILE_SERVING:
        if environment.get(name):
            raise SettingRefused(
                name, "must be absent while serving: the service never holds the owner's or eraser's rights"
            )
    development = _flag(environment, "PHB_DEVELOPMENT_ISSUER")
    host = environment.get("PHB_HOST") or "127.0.0.1"
    if development and host not in LOOPBACK_HOSTS:
        raise SettingRefused("PHB_HOST", "the development issuer is for loopback only")
    jwks = environment.get("PHB_JWKS")
    if not jwks and not development:
        raise SettingMissing("PHB_JWKS")
    workers = _number(environment, "PHB_WORKERS", 1, 64)
    refusals = _number(environment, "PHB_REFUSALS_PER_MINUTE", 120, 1_000_000)
    if refusals < workers:
        raise SettingRefused("PHB_REFUSALS_PER_MINUTE", "is at least the number of workers, which share it")
    notes_dir = _directory(environment, "PHB_NOTES_DIR", "notes")
    return Settings(
        database_url=_needed(environment, "DATABASE_URL"),
        keys_dir=_directory(environment, "PHB_KEYS_DIR", "keys"),
        notes_dir=notes_dir,
        issuer=_needed(environment, "PHB_ISSUER") if jwks else environment.get("PHB_ISSUER", ""),
        audience=_needed(environment, "PHB_AUDIENCE") if jwks else environment.get("PHB_AUDIENCE") or "phb-ledger",
        jwks=Path(jwks) if jwks else None,
        development_issuer=development,
        host=host,
        port=_number(environment, "PHB_PORT", 8080, 65535),
        workers=workers,
        read_connections=_number(environment, "PHB_READ_CONNECTIONS", 8, 100),
        refusals_per_minute=refusals,
        timeout_seconds=float(_number(environment, "PHB_TIMEOUT_SECONDS", 5, 60)),
        run_dir=Path(environment["PHB_RUN_DIR"]) if environment.get("PHB_RUN_DIR") else None,
        revoked=_readable(environment, "PHB_REVOKED"),
        reconcile_hour=_hour(environment, "PHB_RECONCILE_HOUR", 2),
        files_at=read_files_at(environment, notes_dir),
        file_bytes=_number(environment, "PHB_FILE_BYTES", 10_000_000, 25_000_000),
    )


def read_files_at(environment: Mapping[str, str], notes: Path) -> FilesAt:
    """What PHB_FILES_DIR, PHB_FILES_BUCKET and PHB_FILES_ENDPOINT say; beside the notes where nothing is said. SettingRefused."""
    directory, bucket, endpoint = (
        environment.get(name) or None for name in ("PHB_FILES_DIR", "PHB_FILES_BUCKET", "PHB_FILES_ENDPOINT")
    )
    if directory and bucket:
        raise SettingRefused("PHB_FILES_BUCKET", "files are in a directory or in a bucket, and not in both")
    if endpoint is not None:
        told = urlsplit(endpoint)
        if bucket is None:
            raise SettingRefused("PHB_FILES_ENDPOINT", "is the address of a bucket, and PHB_FILES_BUCKET names none")
        if told.scheme != "https" and not (told.scheme == "http" and told.hostname in LOOPBACK_HOSTS):
            raise SettingRefused("PHB_FILES_ENDPOINT", "is https, unless it is on this machine")
    return FilesAt(Path(directory) if directory else notes.parent / "files", bucket, endpoint)


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingMissing(name)
    return value


def _directory(environment: Mapping[str, str], name: str, below: str) -> Path:
    value = environment.get(name)
    if value:
        return Path(value)
    data = environment.get("PHB_DATA_DIR")
    if not data:
        raise SettingMissing(name)
    return Path(data) / below


def _readable(environment: Mapping[str, str], name: str) -> Path | None:
    """A file that can be read when the service starts, or None where none is named."""
    value = environment.get(name)
    if not value:
        return None
    try:
        Path(value).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingRefused(name, "is a file of text that can be read; an empty one revokes nothing") from None
    return Path(value)


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").lower()
    if value in YES:
        return True
    if value in NO:
        return False
    raise SettingRefused(name, "is yes or no")


def _hour(environment: Mapping[str, str], name: str, otherwise: int) -> int | None:
    value = environment.get(name)
    if not value:
        return otherwise
    if value.lower() == "off":
        return None
    if not (value.isascii() and value.isdigit() and int(value) <= 23):
        raise SettingRefused(name, "is an hour from 0 to 23, or off")
    return int(value)


def _number(environment: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    value = environment.get(name)
    if not value:
        return otherwise
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
        raise SettingRefused(name, f"is a whole number from 1 to {most}")
    return int(value)
