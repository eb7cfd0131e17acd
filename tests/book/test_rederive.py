"""The short ways through a line and through a chunk judge as the long ones do."""

import os
import signal
from hashlib import sha256

from ledger.book.kinds import LineWrong
from ledger.book.leaves import Leaves, leaves_of
from ledger.book.rederive import Replay

NONCE, KEY, KIND = "0123456789abcdef" * 2, "fedcba9876543210" * 4, "a:bank:actual:actual:asset:debit:-:900"
US = 1_780_000_000_000_000


def line(number: int, legs: str, actor: str = "officer", because: str = "0", subject: str = "-") -> str:
    """A transaction of two legs as the format has it."""
    asked = f"-|-|entered|machine|bench|{actor}|-|{because}|{subject}|-|{NONCE}|{KEY}"
    return f"phb1|IND|{number}|{US + number}|transaction|0|2026-05-01|{asked}|0|2|{legs}"


def opened() -> Replay:
    """A book with two accounts, one of which may not go above 900 pence."""
    replay = Replay(lambda number: "")
    asked = f"-|-|-|entered|machine|bench|officer|-|0|IND|-|{NONCE}|-"
    origin = "4|currency|GBP|first_month|2026-04|nature|synthetic|origin|o/IND/1"
    replay.take(f"phb1|IND|1|{US + 1}|book|0|{asked}|{origin}|0")
    accounts = f"2|account.01|{KIND}|account.02|b:bank:actual:actual:asset:debit:-:-"
    replay.take(f"phb1|IND|2|{US + 2}|account_opened|0|{asked.replace('IND', 'a')}|{accounts}|0")
    return replay


def judged(text: str, before: str) -> tuple[str, int, int, int]:
    """What becomes of a line after another: the code of what is wrong, and what the book then holds."""
    replay = opened()
    replay.take(before)
    code = ""
    try:
        replay.take(text)
    except LineWrong as wrong:
        code = wrong.code
    rows, _ = replay.take_rows()
    return code, replay.accounts["a"].balance if not code else 0, len(rows), replay.last_us if not code else 0


def test_a_transfer_whose_first_fields_were_seen_is_judged_as_one_whose_were_not() -> None:
    """Every character of a line changed into every kind of character, and what rules forbid: the verdict is the same."""
    known, unknown = (line(3, "a|500|b|-500", actor, subject="s") for actor in ("officer", "another"))
    right = line(4, "a|300|b|-300", because="2", subject="s")
    tried = [
        right[:at] + new + right[at + 1 :]
        for at in range(len(right))
        for new in ("", "0", "-", "|", "+", "_", "g", "A", "\u0663", " ")
    ]
    tried += [right + more for more in ("0", "|", "\n", "|c|1")]
    tried += [
        line(4, legs)
        for legs in (
            "a|401|b|-401",
            "b|-400|a|400",
            "a|0|b|-0",
            "a|5|a|-5",
            "a|5|c|-5",
            "a|5|b|5",
            "a|-5|b|-5",
            "a||b|-",
            "a|-|b|--",
            "a|1000000000000000|b|-1000000000000000",
            "b|1000000000000000|a|-1000000000000000",
        )
    ]
    tried.append(line(5, "a|300|b|-300"))
    tried += [line(4, "a|300|b|-300", because=number) for number in ("4", "3", "03", "99999999999999999999")]
    outcomes = {text: judged(text, known) for text in tried}
    assert outcomes == {text: judged(text, unknown) for text in tried}
    codes = {code for code, *_ in outcomes.values()}
    assert {
        "",
        "ceiling_broken",
        "line_malformed",
        "number_wrong",
        "because_wrong",
        "unbalanced",
        "account_unknown",
    } <= codes


def test_a_process_beside_finds_the_leaves_that_this_one_finds_and_may_die() -> None:
    """Its answer is that of the function, also for the first row that is not as its line, and killing it loses nothing."""
    lines = [line(number, "a|5|b|-5") for number in range(1, 6)]
    rows = [f"{text.split('|')[2]}\t{text.split('|')[3]}\ttransaction\t2026-05-01\t" for text in lines]
    leaves = [sha256(b"\x00" + text.encode()).digest() for text in lines]
    data = "".join(f"{row}{leaf.hex()}\t{text}\n" for row, leaf, text in zip(rows, leaves, lines, strict=True))
    wrong = data.replace(rows[3], f"5{rows[3][1:]}")
    with Leaves(beside=True) as beside:
        assert beside.of(data.encode()) == leaves_of(data.encode()) == (5, b"".join(leaves))
        assert beside.of(wrong.encode()) == leaves_of(wrong.encode()) == (3, b"".join(leaves))
        assert beside.process_id is not None
        os.kill(beside.process_id, signal.SIGKILL)
        assert beside.of(data.encode()) == (5, b"".join(leaves))
        assert beside.process_id is None
