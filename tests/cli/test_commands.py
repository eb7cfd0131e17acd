"""What all commands have in common, and what those promise that act, serve or read a pipe."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli import app
from api.place import system_user
from api.port import PortTaken, check_free
from tests.cli.running import phb, token

HEADER = "ICB,Payment Date,Supplier,Amount\n"
ROW = "X,2024-05-01,A LTD,10.00\n"


def leaves(command: Any, name: str = "phb") -> Iterator[tuple[str, Any]]:
    """Every command under a group, by its whole name."""
    if hasattr(command, "commands"):
        for part, each in command.commands.items():
            yield from leaves(each, f"{name} {part}")
    else:
        yield name, command


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_takes_data_and_json(name: str, tmp_path: Path) -> None:
    """Each has both options, and reads them with whatever else it needs."""
    command = COMMANDS[name]
    options = {option for each in command.params for option in each.opts}
    assert {"--data", "--json"} <= options
    given = command.make_context(name, ["--data", str(tmp_path), "--json"], resilient_parsing=True).params
    assert (given["data"], given["as_json"]) == (tmp_path, True)


def test_all_commands_were_walked() -> None:
    """The walk above finds the commands of groups too."""
    assert {"phb serve", "phb restore", "phb import payments", "phb period close", "phb export entries"} <= set(
        COMMANDS
    )


def book(data: Path, tmp_path: Path, code: str) -> None:
    """A book with one payment."""
    file = tmp_path / f"{code}.csv"
    file.write_text(HEADER + ROW)
    assert phb(data, "import", "payments", file, "--book", code, "--create-book")[0] == 0


def test_an_act_repeated_under_its_key_is_replayed(data: Path, tmp_path: Path) -> None:
    """Closing, reopening and erasing: the key stands in the answer, the same key again has the first entry, another request
    under it is refused and says what differs, and without a key each run has one of its own."""
    book(data, tmp_path, "KEYED")
    close = ("period", "close", "2024-06", "--book", "KEYED", "--key", "close-june")
    code, first = phb(data, *close)
    assert (code, first["key"], first["replayed"]) == (0, "close-june", False)
    reopen = ("period", "reopen", "2024-06", "--reason", "late", "--book", "KEYED", "--key", "reopen-june")
    other = phb(data, *reopen, actor="os:jane")[1]
    assert phb(data, *close)[1] == first | {"replayed": True}
    again = phb(data, *reopen, actor="os:jane")[1]
    assert again == other | {"replayed": True}
    code, no = phb(data, *close[:2], "2024-07", *close[3:])
    assert (code, no["code"]) == (2, "idempotency_key_reused")
    assert "period" in no["detail"]
    erase = ("erase", 3, "--book", "KEYED", "--ground", "x", "--second", "somebody-else", "--key", "erase-it")
    code, gone = phb(data, *erase)
    assert code == 0
    assert phb(data, *erase)[1] == gone | {"replayed": True}
    alone = [phb(data, "period", "close", "2024-08", "--book", "KEYED")[1] for _ in range(2)]
    assert [each.get("code") for each in alone] == [None, "period_state"]
    assert alone[0]["key"] != alone[1]["key"]


def test_a_healthy_book_is_not_recovered(data: Path, tmp_path: Path) -> None:
    """Without a suspected fork `phb recover` is refused by its code, and the book keeps its origin."""
    book(data, tmp_path, "HALE")
    before = phb(data, "checkpoint", "--book", "HALE")[1]
    code, no = phb(data, "recover", "--book", "HALE", "--ground", "x", "--second", "somebody-else")
    assert (code, no["code"]) == (1, "recovery_not_needed")
    assert phb(data, "checkpoint", "--book", "HALE")[1] == before


def test_projecting_needs_a_token_with_the_right(data: Path, tmp_path: Path) -> None:
    """An operator brings the totals up to date, finance does not."""
    book(data, tmp_path, "TOTALS")
    code, no = phb(data, "project", "--book", "TOTALS", "--token", token(data, "os:jane"))
    assert (code, no["code"]) == (2, "not_allowed")
    code, done = phb(data, "project", "--book", "TOTALS")
    assert (code, done["book"]) == (0, "TOTALS")


def test_each_no_of_a_command_has_a_code_and_a_sentence(data: Path, tmp_path: Path) -> None:
    """What cannot be done is told by a stable code and a whole sentence, not by the name of a class or a bare number."""
    book(data, tmp_path, "SAYING")
    file = tmp_path / "SAYING.csv"
    for arguments, code in (
        (("period", "close", "2024-13", "--book", "SAYING"), "period_malformed"),
        (("import", "payments", file, "--book", "lower", "--create-book"), "code_malformed"),
        (("import", "payments", file, "--book", "SAYING", "--delivery", "a b"), "code_malformed"),
        (("import", "payments", file, "--book", "SAYING", "--delivery", ""), "code_malformed"),
        (
            ("import", "payments", file, "--book", "LATE", "--create-book", "--first-month", "2099-01"),
            "first_month_in_future",
        ),
        (("import", "payments", tmp_path / "nowhere", "--book", "SAYING"), "file_not_found"),
        (("import", "payments", tmp_path, "--book", "SAYING"), "file_is_directory"),
        (("receipt", "99", "--book", "SAYING"), "entry_unknown"),
        (("export", "entries", "--book", "SAYING", "--out", tmp_path), "directory_not_empty"),
        (("token", "--role", "finance", "--sub", "jane@example.org"), "code_malformed"),
        (("verify", "--book", "NONE"), "book_unknown"),
        (("verify", "--export", tmp_path / "nowhere"), "directory_not_found"),
        (("verify", "--export", file), "directory_not_found"),
    ):
        exit_code, no = phb(data, *arguments)
        assert (exit_code, no["code"]) == (2, code), no
        assert no["detail"].endswith("."), no
        assert " " in no["detail"], no
        assert code not in no["detail"], no
    assert phb(data, "verify", "--book", "LATE")[1]["code"] == "book_unknown"


def test_the_second_person_is_not_oneself_under_another_spelling(data: Path, tmp_path: Path) -> None:
    """On the embedded server the second person is named, and the name of who runs the command is refused with and without
    the prefix that makes it a code."""
    book(data, tmp_path, "TWICE")
    for own in (system_user(), f"os:{system_user()}"):
        code, no = phb(data, "erase", 3, "--book", "TWICE", "--ground", "x", "--second", own)
        assert (code, no["code"]) == (1, "second_person_needed")


@pytest.mark.parametrize("atomic", [(), ("--atomic",)])
def test_a_pipe_is_kept_on_disk_and_read_as_often_as_needed(data: Path, atomic: tuple[str, ...]) -> None:
    """`phb import payments -` posts what comes through a pipe; with --atomic and a broken row it posts nothing."""
    code = "PIPED" + str(len(atomic))
    command = [sys.executable, "-m", "api.cli", "import", "payments", "-", "--book", code, "--create-book", *atomic,
               "--json", "--data", str(data)]  # fmt: skip

    def piped(text: str) -> dict[str, object]:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
        found: dict[str, object] = json.loads(done.stdout)
        return found

    broken = piped(HEADER + ROW + "X,never,A,1.00\n")
    assert (broken["posted"], broken["refused"]) == (0 if atomic else 1, 1)
    whole = piped(HEADER + ROW + ROW)
    assert (whole["rows"], whole["posted"]) == (2, 2 if atomic else 1)
    assert piped("no header\n")["code"] == "not_a_payments_file"


def test_a_port_that_is_taken_is_told_and_a_service_says_when_it_is_ready(data: Path, tmp_path: Path) -> None:
    """`phb serve --json` prints one object when it answers; a second on the same port ends with code 2 and a sentence; the
    first goes on, and ends when told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    book(data, tmp_path, "SERVED")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PHB_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--json", "--data", str(data)]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert service.stdout is not None
        ready = json.loads(service.stdout.readline())
        assert (ready["ok"], ready["ready"], ready["port"]) == (True, True, port)
        code, no = phb(data, "serve", "--port", port)
        assert (code, no["code"]) == (2, "port_taken")
        assert str(port) in no["detail"]
        assert service.poll() is None
    finally:
        service.terminate()
        rest, _ = service.communicate(timeout=60)
    assert rest == ""


def test_a_host_that_is_not_ours_cannot_be_listened_on() -> None:
    """The sentence names host and port."""
    with pytest.raises(PortTaken, match=r"192\.0\.2\.1 port 8080"):
        check_free("192.0.2.1", 8080)
