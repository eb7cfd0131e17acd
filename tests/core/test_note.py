"""Notes and checkpoints are those of C2SP and Go, and nothing that is not signed by a known key opens."""

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.core import note
from ledger.core.note import (
    Checkpoint,
    NotACheckpoint,
    NotAKey,
    NoteNotVerified,
    TextNotSignable,
    Verifier,
    open_note,
    sign_note,
)

# From the documentation of golang.org/x/mod/sumdb/note; the private key is published there as an example.
GO_NAME = "PeterNeumann"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_NOTE = f"{GO_TEXT}\n{GO_SIGNATURE}"

# From the text of C2SP tlog-checkpoint.
C2SP_CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

NAME = "phb.example/book-1"
SEED = bytes(range(32))
VERIFIER = note.verifier_of(NAME, SEED)
TEXT = Checkpoint(NAME, 5, bytes(32)).text()
NOTE = sign_note(TEXT, NAME, SEED)


def signature_line(text: str, name: str, seed: bytes) -> str:
    """The signature line of a note by this key, to put below another one."""
    return sign_note(text, name, seed)[len(text) + 1 :]


def test_the_example_of_go_is_signed_and_opened_alike() -> None:
    """Go's published keys and note: the same signature, and its note opens under its public key."""
    name, private_key = note.parse_signer_key(GO_PRIVATE)
    assert name == GO_NAME
    assert sign_note(GO_TEXT, name, private_key) == GO_NOTE
    assert open_note(GO_NOTE, [Verifier.parse(GO_PUBLIC)]) == (GO_TEXT, (GO_NAME,))
    assert note.signer_key_text(name, private_key) == GO_PRIVATE
    assert note.verifier_of(name, private_key).text() == GO_PUBLIC


def test_the_example_of_the_checkpoint_standard_reads_and_writes_alike() -> None:
    """The checkpoint that C2SP prints: its parts, and the same text again."""
    checkpoint = Checkpoint.parse(C2SP_CHECKPOINT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.text() == C2SP_CHECKPOINT


def test_raw_bytes_and_a_key_object_sign_the_same_note() -> None:
    """A private key may come from a file or from a key store, and signing has no chance in it."""
    private_key = Ed25519PrivateKey.from_private_bytes(SEED)
    assert sign_note(TEXT, NAME, private_key) == NOTE
    assert note.signer_key_text(NAME, private_key) == note.signer_key_text(NAME, SEED)


@given(
    st.text(st.characters(min_codepoint=33, exclude_characters="+", exclude_categories=["Z", "C"]), min_size=1),
    st.binary(min_size=32, max_size=32),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n")),
)
def test_every_key_and_text_survives_being_written_and_read(name: str, seed: bytes, text: str) -> None:
    """Key files read back to the same key, and a note opens to exactly the text that was signed."""
    verifier = Verifier.parse(note.verifier_of(name, seed).text())
    read_name, private_key = note.parse_signer_key(note.signer_key_text(name, seed))
    assert (read_name, private_key.private_bytes_raw()) == (name, seed)
    assert open_note(sign_note(f"{text}\n", name, private_key), [verifier]) == (f"{text}\n", (name,))


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1), st.integers(0, 2**63 - 1), st.binary())
def test_every_checkpoint_survives_being_written_and_read(origin: str, size: int, seed: bytes) -> None:
    """Any origin of one line, any size and any root."""
    checkpoint = Checkpoint(origin, size, sha256(seed).digest())
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


def test_signatures_of_strangers_are_ignored() -> None:
    """A witness we do not know may sign too; alone it opens nothing, even under a name we know."""
    stranger = signature_line(TEXT, "witness.example", bytes(32))
    namesake = signature_line(TEXT, NAME, bytes(32))
    assert open_note(NOTE + stranger + namesake, [VERIFIER]) == (TEXT, (NAME,))
    for lines in (stranger, namesake):
        with pytest.raises(NoteNotVerified) as refused:
            open_note(f"{TEXT}\n{lines}", [VERIFIER])
        assert refused.value.code == "note_signer_unknown"
    assert open_note(NOTE + namesake * 99, [VERIFIER]) == (TEXT, (NAME,))
    with pytest.raises(NoteNotVerified) as refused:
        open_note(NOTE, [])
    assert refused.value.code == "note_signer_unknown"


def test_each_known_signer_is_named_once_in_the_order_of_the_note() -> None:
    """Two signers, a repeated signature and a second key of the same name: two names."""
    witness = note.verifier_of("witness.example", bytes(32))
    rotated = note.verifier_of(NAME, b"r" * 32)
    signed = (
        signature_line(TEXT, "witness.example", bytes(32))
        + signature_line(TEXT, NAME, SEED) * 2
        + signature_line(TEXT, NAME, b"r" * 32)
    )
    assert open_note(f"{TEXT}\n{signed}", [VERIFIER, witness, rotated]) == (TEXT, ("witness.example", NAME))


def test_a_wrong_signature_by_a_known_key_refuses_the_whole_note() -> None:
    """A changed text, or a signature cut short: the good signature of another signer does not save it."""
    witness = note.verifier_of("witness.example", bytes(32))
    wrong = signature_line("another text\n", NAME, SEED)
    short = f"— {NAME} {b64encode(VERIFIER.key_id + b'short').decode()}\n"
    for line in (wrong, short):
        with pytest.raises(NoteNotVerified) as refused:
            open_note(f"{sign_note(TEXT, 'witness.example', bytes(32))}{line}", [VERIFIER, witness])
        assert refused.value.code == "note_signature_wrong"
    with pytest.raises(NoteNotVerified) as refused:
        open_note(NOTE.replace("\n5\n", "\n6\n"), [VERIFIER])
    assert refused.value.code == "note_signature_wrong"


def test_a_text_with_blank_lines_ends_at_the_last_one() -> None:
    """A note inside a note cannot pass its own signature off as the outer one."""
    outer = sign_note(NOTE, "witness.example", bytes(32))
    assert open_note(outer, [note.verifier_of("witness.example", bytes(32))]) == (NOTE, ("witness.example",))
    with pytest.raises(NoteNotVerified) as refused:
        open_note(outer, [VERIFIER])
    assert refused.value.code == "note_signer_unknown"


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.removesuffix("\n"),
        f"{NOTE}\n",
        f"{NOTE}trailing\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—"),
        NOTE.replace("\n5\n", "\r\n5\n"),
        NOTE.replace("\n5\n", "\t\n5\n"),
        NOTE.replace("\n5\n", "\x00\n5\n"),
        NOTE.replace("\n5\n", "\ud800\n5\n"),
        f"{TEXT}\n— {NAME}\n",
        f"{TEXT}\n— {NAME} \n",
        f"{TEXT}\n— {NAME} AAAA\n",
        f"{TEXT}\n— {NAME} AAAAAA==\n",
        f"{TEXT}\n— {NAME} not-base64!\n",
        f"{TEXT}\n— {NAME} AAAAAAB=\n",
        f"{TEXT}\n—  AAAAAAA=\n",
        f"{TEXT}\n— a+b AAAAAAA=\n",
        f"{TEXT}\n— a\u00a0b AAAAAAA=\n",
        NOTE + f"— {NAME} AAAAAAA=\n" * 100,
    ],
)
def test_a_malformed_note_is_refused(malformed: str) -> None:
    """Control characters, no blank line, no or broken signature lines, too many: no text comes back."""
    with pytest.raises(NoteNotVerified) as refused:
        open_note(malformed, [VERIFIER])
    assert refused.value.code == "note_malformed"


def test_two_keys_that_share_name_and_id_are_refused() -> None:
    """Whoever got a colliding key among ours is noticed; the same key twice is no matter."""
    first, second = (Verifier(NAME, number.to_bytes(32, "big")) for number in (39_847, 51_381))
    assert first.key_id == second.key_id
    with pytest.raises(NoteNotVerified) as refused:
        open_note(NOTE, [VERIFIER, first, second])
    assert refused.value.code == "note_keys_ambiguous"
    assert open_note(NOTE, [VERIFIER, VERIFIER]) == (TEXT, (NAME,))


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "return\r\n", "\x00\n", "\ud800\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    """What we could not open again, we do not sign."""
    with pytest.raises(TextNotSignable) as refused:
        sign_note(text, NAME, SEED)
    assert refused.value.code == "note_text_malformed"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u2003b", "a\x01", "\ud800"])
def test_a_name_that_would_break_a_note_is_refused(name: str) -> None:
    """Empty, with a blank of any script, a plus or a control character: not as signer, not as verifier."""
    with pytest.raises(NotAKey) as refused:
        sign_note(TEXT, name, SEED)
    assert refused.value.code == "key_name_malformed"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "key_malformed"),
        ("PeterNeumann", "key_malformed"),
        (GO_PUBLIC.replace("c74f20a3", "c74f20a"), "key_malformed"),
        (GO_PUBLIC.replace("c74f20a3", "C74F20A3"), "key_malformed"),
        (GO_PUBLIC[:-4], "key_malformed"),
        (GO_PUBLIC + "\n", "key_malformed"),
        (GO_PUBLIC[:-2] + "!!", "key_malformed"),
        (GO_PUBLIC.replace("c74f20a3", "c74f20a4"), "key_id_mismatched"),
        (GO_PUBLIC.replace("PeterNeumann", "PeterNewman"), "key_id_mismatched"),
        (GO_PUBLIC.replace("PeterNeumann", "Peter Neumann"), "key_name_malformed"),
        (GO_PUBLIC.replace("+AR", "+BR"), "key_algorithm_unknown"),
    ],
)
def test_a_damaged_public_key_is_refused(text: str, code: str) -> None:
    """A mistyped key says so at once, instead of failing on every note later."""
    with pytest.raises(NotAKey) as refused:
        Verifier.parse(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GO_PUBLIC, "key_malformed"),
        (GO_PRIVATE[:-4], "key_malformed"),
        (GO_PRIVATE.replace("c74f20a3", "c74f20a4"), "key_id_mismatched"),
        (GO_PRIVATE.replace("+AY", "+BY"), "key_algorithm_unknown"),
    ],
)
def test_a_damaged_private_key_is_refused_without_repeating_it(text: str, code: str) -> None:
    """The refusal may reach a log, so nothing of the key is in it."""
    with pytest.raises(NotAKey) as refused:
        note.parse_signer_key(text)
    assert refused.value.code == str(refused.value) == code


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33), bytes(64)])
def test_a_raw_key_of_another_length_is_refused(raw: bytes) -> None:
    """The 64-byte form of other libraries is not taken for a seed."""
    for use in (lambda: sign_note(TEXT, NAME, raw), lambda: Verifier(NAME, raw)):
        with pytest.raises(NotAKey) as refused:
            use()
        assert refused.value.code == "key_malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        C2SP_CHECKPOINT.removesuffix("\n"),
        C2SP_CHECKPOINT + "\n",
        C2SP_CHECKPOINT + "extension\n",
        C2SP_CHECKPOINT.replace("example.com/behind-the-sofa", ""),
        C2SP_CHECKPOINT.replace("example.com", "example\t.com"),
        C2SP_CHECKPOINT.replace("\n", "\r\n"),
        C2SP_CHECKPOINT.replace("20852163", "020852163"),
        C2SP_CHECKPOINT.replace("20852163", "-1"),
        C2SP_CHECKPOINT.replace("20852163", "+5"),
        C2SP_CHECKPOINT.replace("20852163", " 5"),
        C2SP_CHECKPOINT.replace("20852163", "\u0665"),
        C2SP_CHECKPOINT.replace("20852163", "5.0"),
        C2SP_CHECKPOINT.replace("20852163", str(2**63)),
        C2SP_CHECKPOINT.replace("20852163", "9" * 5000),
        C2SP_CHECKPOINT.replace("q2I=", "q2J="),
        C2SP_CHECKPOINT.replace("q2I=", "q2I"),
        C2SP_CHECKPOINT.replace("q2I=", ""),
        C2SP_CHECKPOINT.replace("CsUY", "CsU\u00a0"),
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    """Each tree head has one spelling, and a text that is not it states nothing."""
    with pytest.raises(NotACheckpoint) as refused:
        Checkpoint.parse(text)
    assert refused.value.code == "checkpoint_malformed"
