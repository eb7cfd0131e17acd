"""Where files of evidence are kept: one promise, two stores, the second on a server on loopback that speaks S3."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from moto.server import create_backend_app
from werkzeug.serving import make_server

from api.evidence_bucket import BucketStore, store_at
from api.evidence_store import DirectoryStore, EvidenceStore, FilesAway, place_of
from api.settings import FilesAt, SettingRefused, read_files_at

ONE, TWO = b"a receipt", b"another receipt"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-2"}


def name_of(content: bytes, person: str = "P1", book: str = "TEST") -> str:
    return place_of(book, person, sha256(content).hexdigest())


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server of our own; it ends with the tests."""
    server = make_server("127.0.0.1", 0, create_backend_app("s3"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    """A bucket of its own."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    name = f"evidence-{os.urandom(4).hex()}"
    import httpx

    assert httpx.put(f"{s3}/{name}", content=b"").status_code == 200
    return BucketStore(name, s3)


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    """Each of the two."""
    return DirectoryStore(tmp_path) if request.param == "directory" else request.getfixturevalue("bucket")


def test_a_file_is_kept_once_and_given_out_as_it_was(store: EvidenceStore) -> None:
    """The same twice is once; deleted it is gone, and deleting it again is no matter."""
    name = name_of(ONE)
    assert (store.put_at(name), store.get(name), list(store.kept("TEST"))) == (None, None, [])
    store.put(name, ONE)
    store.put(name, ONE)
    [kept] = store.kept("TEST")
    assert (kept.name, kept.put_at, store.get(name)) == (name, store.put_at(name), ONE)
    assert abs(datetime.now(UTC) - kept.put_at) < timedelta(minutes=5)
    store.delete(name)
    store.delete(name)
    assert (store.put_at(name), store.get(name)) == (None, None)


def test_what_is_put_again_is_as_new(tmp_path: Path) -> None:
    """So that nobody sweeps a file as old which somebody sends in anew this moment."""
    store = DirectoryStore(tmp_path)
    store.put(name_of(ONE), ONE)
    os.utime(tmp_path / name_of(ONE), (0, 0))
    store.put(name_of(ONE), ONE)
    assert abs(datetime.now(UTC) - (store.put_at(name_of(ONE)) or datetime(1970, 1, 1, tzinfo=UTC))) < timedelta(
        minutes=5
    )


def test_a_folder_has_what_is_in_it_and_below(store: EvidenceStore) -> None:
    """A book's, a person's, in order; another book whose name begins alike is another."""
    names = sorted([name_of(ONE), name_of(TWO), name_of(ONE, "P2"), name_of(ONE, "P1", "TEST2")])
    for name in names:
        store.put(name, TWO if name == name_of(TWO) else ONE)
    assert [each.name for each in store.kept("TEST")] == [each for each in names if each.startswith("TEST/")]
    assert [each.name for each in store.kept("TEST/P2")] == [name_of(ONE, "P2")]
    assert list(store.kept("NONE")) == []


def test_what_is_kept_under_a_wrong_name_is_not_given_out(store: EvidenceStore) -> None:
    """Content that is not what its name says, changed where it lies, is as good as not there."""
    store.put(name_of(ONE), TWO)
    assert store.get(name_of(ONE)) is None


@pytest.mark.parametrize(
    "wrong", ["../x/" + "0" * 64, "a/b", "TEST/../" + "0" * 64, "/etc/x/" + "0" * 64, "a/b/c/" + "0" * 64]
)
def test_no_name_leaves_the_store(store: EvidenceStore, wrong: str) -> None:
    """For none of the four ways in."""
    for way in (store.get, store.put_at, store.delete, lambda name: store.put(name, b"")):
        with pytest.raises(ValueError, match="no name"):
            way(wrong)


def test_one_file_put_by_many_at_once_is_there_once(store: EvidenceStore) -> None:
    """Nobody meets what another is writing, and nothing else is left."""
    name = name_of(ONE)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.put(name, ONE), range(24)))
    assert store.get(name) == ONE
    assert [each.name for each in store.kept("TEST")] == [name]


def test_a_directory_has_nothing_beside_its_files(tmp_path: Path) -> None:
    """No half-written file stays, and one that a kill left is no file; after a day it is cleared away."""
    store = DirectoryStore(tmp_path)
    store.put(name_of(ONE), ONE)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [sha256(ONE).hexdigest()]
    left = tmp_path / f"{name_of(TWO)}.{'0' * 16}.beside"
    left.write_bytes(TWO[:3])
    assert [each.name for each in store.kept("TEST")] == [name_of(ONE)]
    assert left.exists()
    os.utime(left, (0, 0))
    list(store.kept("TEST"))
    assert not left.exists()


def test_a_store_that_is_not_there_says_so(tmp_path: Path, s3: str, bucket: BucketStore) -> None:
    """A bucket that nobody made, a server that does not answer, a directory that is a file: never an error of ours."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FilesAway):
        DirectoryStore(tmp_path / "file").put(name_of(ONE), ONE)
    for away in (BucketStore("no-such-bucket", s3), BucketStore("b", "http://127.0.0.1:1")):
        with pytest.raises(FilesAway):
            away.put(name_of(ONE), ONE)
        with pytest.raises(FilesAway):
            list(away.kept("TEST"))
    with pytest.raises(FilesAway):
        away.get(name_of(ONE))


def test_an_installation_has_one_store_and_says_which(tmp_path: Path) -> None:
    """A directory beside the notes, or as named, or a bucket; both, an address without a bucket, and http elsewhere are refused."""
    notes = tmp_path / "notes"
    assert read_files_at({}, notes) == FilesAt(tmp_path / "files")
    assert read_files_at({"PHB_FILES_DIR": "/x"}, notes).directory == Path("/x")
    assert isinstance(store_at(read_files_at({}, notes)), DirectoryStore)
    at = {"PHB_FILES_BUCKET": "b", "PHB_FILES_ENDPOINT": "http://127.0.0.1:1"}
    assert isinstance(store_at(read_files_at(at, notes)), BucketStore)
    for wrong in (
        {"PHB_FILES_DIR": "/x", "PHB_FILES_BUCKET": "b"},
        {"PHB_FILES_ENDPOINT": "https://s3.example"},
        {"PHB_FILES_BUCKET": "b", "PHB_FILES_ENDPOINT": "http://s3.example"},
        {"PHB_FILES_BUCKET": "b", "PHB_FILES_ENDPOINT": "ftp://127.0.0.1"},
    ):
        with pytest.raises(SettingRefused):
            read_files_at(wrong, notes)
