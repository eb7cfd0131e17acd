"""The format is for ever: a book written down once must read, hash and verify the same in every later version."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.book.verify import verify_export
from ledger.core.canon import KINDS, Entry, NotALine, parse, render
from ledger.core.merkle import leaf_hash, root_of
from ledger.core.note import Checkpoint, Verifier, open_note, sign_note
from tests.independent.check_export import check

GOLDEN = Path(__file__).parent / "golden"
SIGNER, KEY = "phb.test/IND", bytes(range(32))


def lines_of(name: str) -> list[str]:
    """The lines of a golden file."""
    return (GOLDEN / name).read_text(encoding="ascii").splitlines()


LINES = [*lines_of("book/entries.txt"), *lines_of("more_lines.txt")]


def test_there_is_a_line_of_every_kind() -> None:
    """A kind without a golden line could change without anybody noticing."""
    assert {parse(line).kind for line in LINES} == KINDS


def test_each_line_reads_as_it_did_and_is_written_as_it_was() -> None:
    """Every value of every field is kept beside the line, so that both directions are pinned."""
    entries = [msgspec.json.decode(line, type=Entry) for line in lines_of("entries.jsonl")]
    assert [parse(line) for line in LINES] == entries
    assert [render(entry) for entry in entries] == LINES


def test_leaves_and_root_are_what_they_were() -> None:
    """The leaf hash of each line, and the root that was signed over them."""
    leaves = [leaf_hash(line.encode()) for line in LINES]
    assert [leaf.hex() for leaf in leaves] == lines_of("leaves.txt")
    note = (GOLDEN / "book/checkpoint.txt").read_text(encoding="utf-8")
    stated = Checkpoint.parse(note.split("\n\n")[0] + "\n")
    assert root_of(leaves[: stated.size]) == stated.root


def test_the_note_is_signed_byte_for_byte_as_it_was() -> None:
    """Ed25519 is deterministic: the same text, name and key give the same note for ever."""
    note = (GOLDEN / "book/checkpoint.txt").read_text(encoding="utf-8")
    verifier = Verifier.parse(lines_of("book/verifiers.txt")[0])
    text, names = open_note(note, [verifier])
    assert names == (SIGNER,)
    assert sign_note(text, SIGNER, KEY) == note


def test_the_golden_book_verifies_today_as_it_did() -> None:
    """Ours and the independent checker find nothing wrong with a book written years ago."""
    ours, theirs = verify_export(GOLDEN / "book"), check(GOLDEN / "book")
    assert ours.ok, ours.why
    assert theirs["ok"], theirs["why"]
    assert ours.entries == theirs["entries"] == len(LINES) - 1


PAID = next(line for line in LINES if "|care|1234|bank|-1234" in line and "reverses" not in line)
NAMES = (
    "version", "book", "number", "recorded_at", "kind", "event", "effective_on", "care_from", "care_to", "source", "channel",
    "client", "actor", "acting_for", "because", "subject", "commitment", "nonce", "key",
    "attribute count",
)  # fmt: skip

DAMAGED = [
    ("version", 0, "phb2"), ("version", 0, ""), ("book", 1, "test"), ("book", 1, "T"), ("book", 1, "T" * 17),
    ("number", 2, "007"), ("number", 2, "0"), ("number", 2, "-1"), ("number", 2, "1" * 19), ("number", 2, "٣"),
    ("recorded_at", 3, "1.5"), ("recorded_at", 3, "-"), ("recorded_at", 3, " 1"), ("kind", 4, "Transaction"),
    ("kind", 4, "-"), ("event", 5, "+1"), ("effective_on", 6, "2026-02-30"), ("effective_on", 6, "20260602"),
    ("effective_on", 6, "2026-6-2"), ("effective_on", 6, "2026-W23-2"), ("care_from", 7, "x"), ("care_to", 7, "2026-06-01"),
    ("care_to", 8, "2026-06-01"), ("source", 9, "guessed"), ("channel", 10, "web"), ("client", 11, "-"),
    ("client", 11, "a b"), ("client", 11, "é"), ("actor", 12, ""), ("actor", 12, "a\n"), ("actor", 12, "x" * 257),
    ("acting_for", 13, ""), ("because", 14, "00"), ("because", 14, "999"), ("subject", 15, "a\x00"), ("subject", 15, ""),
    ("commitment", 16, "A" * 64), ("commitment", 16, "a" * 63), ("nonce", 17, "a" * 31), ("nonce", 17, "G" * 32),
    ("key", 18, "a" * 32), ("key", 18, "A" * 64), ("key", 18, "0"), ("key", 18, ""),
    ("attribute count", 19, "-"), ("attribute count", 19, "1000"), ("attribute name", 19, "1"), ("leg count", 20, "201"),
    ("account", 20, "3"), ("end", 20, "1"), ("account", 21, "-x"), ("account", 21, "a:b"), ("account", 21, "a" * 121),
    ("pence", 22, "0"), ("pence", 22, "-0"), ("pence", 22, "01"), ("pence", 22, "1e3"), ("pence", 22, str(10**15)),
    ("pence", 22, "1_0"), ("repeated account", 23, "care"), ("pence", 24, ""),
]  # fmt: skip


@pytest.mark.parametrize(("field", "position", "value"), DAMAGED)
def test_a_damaged_line_is_refused_and_the_field_is_named(field: str, position: int, value: str) -> None:
    """There is one spelling of each value; anything else is no line, and the answer says where."""
    fields = PAID.split("|")
    assert fields[position] != value
    fields[position] = value
    with pytest.raises(NotALine) as refused:
        parse("|".join(fields))
    assert refused.value.field == field


@pytest.mark.parametrize("change", [lambda line: line + "\n", lambda line: line + "|", lambda line: line[:-1] + "|x"])
def test_nothing_follows_the_last_leg(change: Any) -> None:
    """A line ends with its last leg: no line end, no empty field, no more."""
    with pytest.raises(NotALine):
        parse(change(PAID))


def test_a_line_cut_anywhere_names_the_field_that_is_missing() -> None:
    """A torn line is never taken for a shorter one."""
    fields = PAID.split("|")
    for count in range(1, len(fields)):
        with pytest.raises(NotALine) as refused:
            parse("|".join(fields[:count]))
        if count < len(NAMES):
            assert refused.value.field == NAMES[count]


def test_a_line_has_an_upper_length() -> None:
    """65,536 characters and no more, so that a reader can bound its memory."""
    fields = PAID.split("|")
    pairs = [text for i in range(300) for text in (f"a{i:03d}", "x" * 256)]
    long = "|".join([*fields[:19], "300", *pairs, *fields[20:]])
    assert len(long) > 65_536
    with pytest.raises(NotALine) as refused:
        parse(long)
    assert refused.value.field == "length"
