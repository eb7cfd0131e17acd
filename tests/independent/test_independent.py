"""A second implementation, written from the page alone, agrees with ours about what is right and about what is wrong."""

import ast
import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.embedded import Embedded
from ledger.book.checkpoint import consistency, receipt, root_of_size
from ledger.book.database import READING, connect
from ledger.book.verify import verify_book, verify_export
from tests.book.history import Clock
from tests.independent.check_export import check
from tests.independent.plants import APPENDED, DETAILS, LINES, Export, Plant, more, pair
from tests.independent.scene import SIGNER, Scene, sealed_note, verifier_text, write_export

CHECKER = Path(__file__).parent / "check_export.py"
GO = Path(__file__).parent / "go" / "verify.go"
GO_PATH = Path("/usr/share/gocode")


class Made:
    """The scene's export, kept in memory and on disk."""

    def __init__(self, scene: Scene, directory: Path) -> None:
        self.scene = scene
        self.directory = directory
        self.lines = (directory / "entries.txt").read_text().splitlines()
        self.details = [json.loads(line) for line in (directory / "details.jsonl").read_text().splitlines()]
        self.note = (directory / "checkpoint.txt").read_text()

    def copy(self) -> Export:
        """A copy to change."""
        return Export(self.lines, self.details, self.note, {"book": 1, **self.scene.numbers})


@pytest.fixture(scope="module")
def made(server: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The scene, built once for all tests of this file: a plain fixture, because tests that await and tests that do not
    share it."""
    name = f"t_independent_{os.getpid()}"
    directory = tmp_path_factory.mktemp("export") / "book"
    yield Made(asyncio.run(_built(server, name, template, directory)), directory)
    asyncio.run(_run_as_admin(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _built(server: Embedded, name: str, template: str, directory: Path) -> Scene:
    await _run_as_admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    scene = Scene(server.uri(name), Clock(server.uri(name)))
    await scene.build()
    await scene.export(directory)
    return scene


async def _run_as_admin(server: Embedded, statement: str) -> None:
    admin = await asyncpg.connect(server.uri("postgres"))
    await admin.execute(statement)
    await admin.close()


def both(directory: Path) -> list[tuple[bool, int | None, Any]]:
    """What the two programs say."""
    ours, theirs = verify_export(directory), check(directory)
    return [(ours.ok, ours.first_wrong, ours.why), (theirs["ok"], theirs["first_wrong"], theirs["why"])]


def written(export: Export, directory: Path) -> Path:
    """The export on disk."""
    write_export(directory, export.lines, export.note, verifier_text(), export.details, json.dumps)
    return directory


async def test_both_find_nothing_wrong_with_what_the_program_wrote(made: Made) -> None:
    """Every kind of line that can be made is in it, and database, export and second opinion agree."""
    kinds = {line.split("|")[4] for line in made.lines}
    assert len(kinds) == 38, sorted(kinds)
    ours, theirs = verify_export(made.directory), check(made.directory)
    assert ours.ok, ours.why
    assert theirs["ok"], theirs["why"]
    assert (ours.entries, ours.postings) == (theirs["entries"], theirs["postings"])
    connection = await connect(made.scene.dsn, "phb_reader", made.scene.book.book_id, READING)
    found = await verify_book(connection, made.scene.book.book_id, verifiers=())
    await connection.close()
    assert found.ok, found.why
    assert (found.entries, found.postings) == (ours.entries, ours.postings)


@pytest.mark.parametrize("plant", [*LINES, *APPENDED, *DETAILS], ids=lambda plant: plant.name.replace(" ", "_"))
def test_each_planted_change_is_found_by_both_and_named(made: Made, plant: Plant, tmp_path: Path) -> None:
    """Whoever holds the key can sign anything: the rules find it, and both name the same first wrong entry."""
    export = made.copy()
    expected = plant.wrong
    if isinstance(expected, str):
        expected = export.numbers[expected]
    elif expected is not None:
        expected += len(export.lines)
    plant.make(export)
    if plant.sealed:
        export.seal()
    for ok, first_wrong, why in both(written(export, tmp_path / "x")):
        assert (ok, first_wrong) == (False, expected), why


def test_appended_lines_are_right_but_for_what_was_planted(made: Made, tmp_path: Path) -> None:
    """An appended, sealed, lawful line is no offence: so it is the offence that the plants above are found for."""
    export = made.copy()
    more("transaction", f"0|{pair('care', 'bank', 1)}")(export)
    export.seal()
    assert [ok for ok, _, _ in both(written(export, tmp_path / "x"))] == [True, True]


def test_a_shorter_or_longer_file_names_where_it_ends(made: Made, tmp_path: Path) -> None:
    """The checkpoint says how many entries there are; the first that is missing or surplus is named."""
    shorter = made.copy()
    shorter.lines.pop()
    longer = made.copy()
    more("transaction", f"0|{pair('care', 'bank', 1)}")(longer)
    for name, export, number in (("s", shorter, len(made.lines)), ("l", longer, len(made.lines) + 1)):
        for ok, first_wrong, why in both(written(export, tmp_path / name)):
            assert (ok, first_wrong) == (False, number), why


def test_a_note_that_nobody_known_signed_is_not_believed(made: Made, tmp_path: Path) -> None:
    """Another key, another origin, a broken signature, no last line end: each is found, and no entry is blamed."""
    good = made.copy()
    other_key = sealed_note(good.lines, key=b"\x07" * 32)
    other_origin = sealed_note(good.lines, origin="phb.test/IND")
    name_and_signature = good.note.rpartition(" ")
    broken = f"{name_and_signature[0]} {'A' + name_and_signature[2][1:]}"
    torn = good.note.replace(SIGNER, SIGNER + "x")
    for place, note in enumerate((other_key, other_origin, broken, torn, good.note[:-1], "")):
        export = made.copy()
        export.note = note
        for ok, first_wrong, why in both(written(export, tmp_path / str(place))):
            assert (ok, first_wrong) == (False, None), why


def test_a_file_without_its_last_line_end_or_without_entries_is_wrong(made: Made, tmp_path: Path) -> None:
    """A torn last line is named, and an empty export is no export."""
    torn = written(made.copy(), tmp_path / "torn")
    text = (torn / "entries.txt").read_bytes()
    (torn / "entries.txt").write_bytes(text[:-1])
    assert [(ok, number) for ok, number, _ in both(torn)] == [(False, len(made.lines))] * 2
    (torn / "entries.txt").write_bytes(b"")
    assert [(ok, number) for ok, number, _ in both(torn)] == [(False, 1)] * 2
    (torn / "entries.txt").unlink()
    assert [(ok, number) for ok, number, _ in both(torn)] == [(False, None)] * 2


def test_an_export_without_details_says_nothing_of_them(made: Made, tmp_path: Path) -> None:
    """Details are personal data, so an export may leave them out as a whole, but not one by one."""
    export = made.copy()
    write_export(tmp_path / "x", export.lines, export.note, verifier_text(), None, json.dumps)
    assert [ok for ok, _, _ in both(tmp_path / "x")] == [True, True]
    (tmp_path / "x" / "details.jsonl").write_text("")
    number = made.scene.numbers["decision"]
    assert [(ok, first) for ok, first, _ in both(tmp_path / "x")] == [(False, number)] * 2


def test_the_checker_runs_by_itself(made: Made) -> None:
    """An auditor needs Python, one library and this file: no part of the program."""
    run = subprocess.run([sys.executable, "-I", CHECKER, made.directory], capture_output=True, check=True, text=True)
    assert json.loads(run.stdout)["ok"] is True
    assert subprocess.run([sys.executable, "-I", CHECKER], check=False).returncode == 2


def test_the_checker_is_short_and_imports_nothing_of_ours() -> None:
    """It can be read in one sitting, and no mistake of ours can reach it."""
    text = CHECKER.read_text()
    assert len(text.splitlines()) <= 300
    modules = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules.add((node.module or "").split(".")[0])
    assert modules - {"cryptography"} <= sys.stdlib_module_names


@pytest.fixture(scope="module")
def go_verify(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Go program, built with the Go authors' own transparency-log packages."""
    if shutil.which("go") is None or not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        if os.environ.get("PHB_REQUIRE_TOOLS") == "1":
            pytest.fail("go or its transparency-log packages are missing, and PHB_REQUIRE_TOOLS=1")
        pytest.skip("go or its transparency-log packages (Debian: golang-go, golang-golang-x-mod-dev) are missing")
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""
    }  # fmt: skip
    subprocess.run(["go", "build", "-o", folder / "verify", GO], check=True, env=environment)
    return str(folder / "verify")


def go_says(program: str, *arguments: object) -> int:
    """Its exit status: 0 right, 1 wrong, 2 wrong call."""
    run = subprocess.run([program, *map(str, arguments)], check=False, capture_output=True)
    return run.returncode


@pytest.mark.needs_tools
def test_go_opens_our_note_and_finds_our_root(made: Made, go_verify: str, tmp_path: Path) -> None:
    """Go's note and tlog packages read the export's checkpoint, and do not when one byte of a line differs."""
    assert go_says(go_verify, "export", made.directory, made.directory / "verifiers.txt") == 0
    changed = made.copy()
    changed.lines[3] = changed.lines[3].replace("|officer|", "|nobody|")
    directory = written(changed, tmp_path / "x")
    assert go_says(go_verify, "export", directory, directory / "verifiers.txt") == 1


@pytest.mark.needs_tools
async def test_go_believes_our_receipts_and_consistency_proofs(made: Made, go_verify: str, tmp_path: Path) -> None:
    """Every entry's receipt at several tree sizes, signed and unsigned, and consistency between all pairs of sizes."""
    book_id = made.scene.book.book_id
    connection = await connect(made.scene.dsn, "phb_reader", book_id, READING)
    size = len(made.lines)
    path = tmp_path / "proof.json"
    for number, at in ((1, 1), (1, size), (7, 8), (29, 33), (size, size), (size - 1, None)):
        proof = await receipt(connection, book_id, number, at, made.note if at != 8 else None)
        path.write_text(json.dumps(proof))
        keys = made.directory / "verifiers.txt"
        assert await asyncio.to_thread(go_says, go_verify, "inclusion", path, keys) == 0
        path.write_text(json.dumps({**proof, "number": proof["number"] % size + 1}))
        assert await asyncio.to_thread(go_says, go_verify, "inclusion", path, keys) == 1
    for old, new in ((1, 2), (3, 7), (8, size), (32, 64), (size, size)):
        roots = [(await root_of_size(connection, book_id, each)).hex() for each in (old, new)]
        found = {"old_size": old, "old_root": roots[0], "new_size": new, "new_root": roots[1],
                 "path": await consistency(connection, book_id, old, new)}  # fmt: skip
        path.write_text(json.dumps(found))
        assert await asyncio.to_thread(go_says, go_verify, "consistency", path) == 0
        path.write_text(json.dumps({**found, "old_root": "0" * 64}))
        assert await asyncio.to_thread(go_says, go_verify, "consistency", path) == 1
    await connection.close()
