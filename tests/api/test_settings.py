"""What stops a start: a missing variable by name, a right that a server must not hold, a key that is not
there."""

from pathlib import Path

import pytest

from api.app import create_app
from api.keyfiles import CURSOR, SIGNER, KeyMissing, KeysKept, load_keys, make_first_keys
from api.place import find_place
from api.settings import SettingMissing, SettingRefused, Settings, read_settings

GOOD = {
    "DATABASE_URL": "postgresql://x", "PHB_KEYS_DIR": "/k", "PHB_NOTES_DIR": "/n", "PHB_ISSUER": "https://issuer",
    "PHB_AUDIENCE": "phb", "PHB_JWKS": "/k/jwks.json",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_variable_stops_the_start_by_name(name: str) -> None:
    """Each needed variable, left out, is the one that the message names."""
    with pytest.raises(SettingMissing, match=name):
        read_settings({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("name", ["PHB_OWNER_URL", "PHB_ERASER_URL"])
def test_the_rights_of_owner_and_eraser_stop_the_start(name: str) -> None:
    """A process that serves does not even know these URLs."""
    with pytest.raises(SettingRefused, match=name):
        read_settings(GOOD | {name: "postgresql://owner"})


def test_a_list_of_revoked_tokens_is_there_or_nothing_starts(tmp_path: Path) -> None:
    """A named file that cannot be read stops the start, because without it the revoked would be let in; an empty one is enough."""
    file = tmp_path / "revoked"
    with pytest.raises(SettingRefused, match="PHB_REVOKED"):
        read_settings(GOOD | {"PHB_REVOKED": str(file)})
    file.touch()
    assert read_settings(GOOD | {"PHB_REVOKED": str(file)}).revoked == file


def test_the_development_issuer_serves_loopback_only() -> None:
    """With it on, another address than loopback stops the start, and no JWKS is needed."""
    local = {"DATABASE_URL": "postgresql://x", "PHB_DATA_DIR": "/d", "PHB_DEVELOPMENT_ISSUER": "yes"}
    assert read_settings(local).keys_dir == Path("/d/keys")
    with pytest.raises(SettingRefused, match="PHB_HOST"):
        read_settings(local | {"PHB_HOST": "192.0.2.1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("PHB_PORT", "0"), ("PHB_WORKERS", "many"), ("PHB_DEVELOPMENT_ISSUER", "maybe"), ("PHB_RECONCILE_HOUR", "24")],
)
def test_a_value_that_makes_no_sense_stops_the_start(name: str, value: str) -> None:
    """A wrong number or flag is named, not guessed at."""
    with pytest.raises(SettingRefused, match=name):
        read_settings(GOOD | {name: value})


def test_workers_cannot_share_fewer_refusals_than_they_are() -> None:
    """Each worker needs a share of the budget, or the sum would be more than the setting says."""
    with pytest.raises(SettingRefused, match="PHB_REFUSALS_PER_MINUTE"):
        read_settings(GOOD | {"PHB_WORKERS": "4", "PHB_REFUSALS_PER_MINUTE": "3"})


async def test_without_the_signing_key_there_is_no_service(settings: Settings) -> None:
    """An absent signing key stops the start and is not made anew (answers.md 10)."""
    (settings.keys_dir / SIGNER).unlink()
    with pytest.raises(KeyMissing):
        create_app(settings)
    assert not (settings.keys_dir / SIGNER).exists()


@pytest.mark.parametrize("name", ["DATABASE_URL", "PHB_OWNER_URL", "PHB_ERASER_URL"])
def test_the_url_of_any_login_means_a_real_server(name: str) -> None:
    """A migration that is given the owner's URL alone reaches that server, and not an embedded one that it starts itself."""
    place = find_place(None, {name: "postgresql://somewhere"})
    assert not place.is_embedded
    assert find_place(Path("/d"), {name: "postgresql://somewhere"}).is_embedded


def test_first_keys_are_made_once(tmp_path: Path) -> None:
    """Where one secret is left, no others are made beside it: each known key would become unknown, and be posted twice."""
    made = make_first_keys(tmp_path / "keys", "ledger.example.org")
    assert load_keys(tmp_path / "keys").verifier == made.verifier
    for path in (tmp_path / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        if path.name != CURSOR:
            path.unlink()
    with pytest.raises(KeysKept, match=CURSOR):
        make_first_keys(tmp_path / "keys", "ledger.example.org")
