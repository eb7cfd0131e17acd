"""`phb import payments`, run as a person runs it, on a data directory of its own."""

from pathlib import Path

import pytest

from tests.cli.running import phb

HEADER = "ICB,Payment Date,Supplier,Amount\n"
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "somerset-icb-payments-2021-2025.csv"


def payments(tmp_path: Path, *rows: str, name: str = "payments.csv") -> Path:
    """A published file with these rows."""
    path = tmp_path / name
    path.write_bytes((HEADER + "".join(f"{row}\n" for row in rows)).encode("utf-8", "surrogateescape"))
    return path


def test_the_same_file_posts_once_and_equal_rows_are_separate_payments(data: Path, tmp_path: Path) -> None:
    """Three rows, two of them equal, post three times on the first run and never again; the total is the same both times."""
    file = payments(tmp_path, "X,2021-04-30,A LTD,10.00", "X,2021-04-30,A LTD,10.00", "X,2021-05-01,B,-2.50")
    code, first = phb(data, "import", "payments", file, "--book", "AAA", "--create-book")
    assert code == 0
    wanted = {"rows": 3, "posted": 3, "replayed": 0, "refused": 0, "total": "17.50"}
    assert {name: first[name] for name in wanted} == wanted
    code, again = phb(data, "import", "payments", file, "--book", "AAA", "--create-book")
    assert code == 0
    assert {**wanted, "posted": 0, "replayed": 3} == {name: again[name] for name in wanted}
    code, verdict = phb(data, "verify", "--book", "AAA")
    assert code == 0
    assert verdict["ok"] is True
    assert verdict["postings"] == 6


def test_an_extended_file_posts_only_what_is_new_and_a_shorter_day_is_told(data: Path, tmp_path: Path) -> None:
    """A third equal row appears: one is posted. Then one is gone: nothing is reversed, and both counts are told."""
    row = "X,2021-04-30,A LTD,10.00"
    phb(data, "import", "payments", payments(tmp_path, row, row), "--book", "BBB", "--create-book")
    _, longer = phb(data, "import", "payments", payments(tmp_path, row, row, row), "--book", "BBB")
    assert (longer["posted"], longer["replayed"]) == (1, 2)
    code, shorter = phb(data, "import", "payments", payments(tmp_path, row, row), "--book", "BBB")
    assert code == 0
    assert shorter["shorter_days"] == [{"day": "2021-04-30", "in_file": 2, "in_book": 3}]


BROKEN = {
    "X,2021-02-30,A,1.00": "day_malformed",
    "X,30/04/2021,A,1.00": "day_malformed",
    "X,2021-04-30,,1.00": "payee_missing",
    "X,2021-04-30,A,ten": "amount_malformed",
    "X,2021-04-30,A,NaN": "amount_malformed",
    "X,2021-04-30,A,1e3": "amount_malformed",
    "X,2021-04-30,A,1.005": "amount_over_precise",
    "X,2021-04-30,A,92233720368547758.08": "amount_too_large",
    "X,2021-04-30,A,0.00": "amount_zero",
    "X,2021-04-30,A": "row_malformed",
    "X,2021-04-30,A,1.00,2.00": "row_malformed",
    "X,2021-04-30,A\x00B,1.00": "text_malformed",
    "X,2021-04-30,A\udcff,1.00": "text_malformed",
    "X,2021-04-30,A\x85,1.00": "text_malformed",
    "X,2021-04-30,\u202eDTL,1.00": "text_malformed",
    "X,2021-04-30,A\u2028,1.00": "text_malformed",
    "X,2013-03-31,A,1.00": "before_first_month",
    "X,2999-01-01,A,1.00": "effective_in_future",
}


def test_a_broken_row_is_named_and_the_rest_still_posts(data: Path, tmp_path: Path) -> None:
    """Each kind of broken row is reported with its line and reason; the good rows before and after are posted."""
    file = payments(tmp_path, "X,2021-04-30,A,1.00", *BROKEN, "X,2021-04-30,Z,2.00")
    code, report = phb(data, "import", "payments", file, "--book", "CCC", "--create-book")
    assert code == 3
    assert (report["rows"], report["posted"], report["refused"]) == (len(BROKEN) + 2, 2, len(BROKEN))
    by_line = {problem["line"]: problem["code"] for problem in report["problems"]}
    assert by_line == dict(enumerate(BROKEN.values(), 3))
    assert report["total"] == "5.00"


def test_broken_rows_are_told_in_the_order_of_the_file(data: Path, tmp_path: Path) -> None:
    """Whether the file or the book objects, a reader finds the lines in order."""
    file = payments(tmp_path, "X,2099-01-01,A,1.00", "X,2021-04-30,A,ten", "X,2000-01-01,A,1.00", "X,2021-04-31,A,1.00")
    _, found = phb(data, "import", "payments", file, "--book", "ORDER", "--create-book")
    assert [(each["line"], each["code"]) for each in found["problems"]] == [
        (2, "effective_in_future"), (3, "amount_malformed"), (4, "before_first_month"), (5, "day_malformed"),
    ]  # fmt: skip


def test_atomic_posts_nothing_if_one_row_is_broken(data: Path, tmp_path: Path) -> None:
    """With --atomic a file with one broken row, or one row in a closed month, leaves no payment; put right, it posts whole."""
    good = "X,2021-04-30,A,1.00"
    code, report = phb(data, "import", "payments", payments(tmp_path, good, "X,never,A,1.00"), "--book", "DDD",
                       "--create-book", "--atomic")  # fmt: skip
    assert (code, report["posted"], report["refused"], report["withheld"]) == (3, 0, 1, 1)
    _, verdict = phb(data, "verify", "--book", "DDD")
    assert verdict["postings"] == 0
    code, report = phb(data, "import", "payments", payments(tmp_path, good, good), "--book", "DDD", "--atomic")
    assert (code, report["posted"]) == (0, 2)


def test_rows_of_a_closed_month_post_when_it_is_reopened_and_the_file_is_run_again(data: Path, tmp_path: Path) -> None:
    """March is closed: its row is refused by line and leaves no entry and no key. Reopened by another person, it posts."""
    file = payments(tmp_path, "X,2022-03-31,A,1.00", "X,2022-04-01,A,2.00")
    phb(data, "import", "payments", payments(tmp_path, "X,2022-04-02,A,9.00", name="other.csv"), "--book", "EEE",
        "--create-book")  # fmt: skip
    assert phb(data, "period", "close", "2022-03", "--book", "EEE")[0] == 0
    code, report = phb(data, "import", "payments", file, "--book", "EEE")
    assert (code, report["posted"], report["problems"][0]["code"]) == (3, 1, "period_closed")
    assert report["problems"][0]["line"] == 2
    same_person = phb(data, "period", "reopen", "2022-03", "--reason", "late", "--book", "EEE")
    assert (same_person[0], same_person[1]["code"]) == (1, "second_person_needed")
    assert phb(data, "period", "reopen", "2022-03", "--reason", "late", "--book", "EEE", actor="someone-else")[0] == 0
    code, report = phb(data, "import", "payments", file, "--book", "EEE")
    assert (code, report["posted"], report["replayed"]) == (0, 1, 1)


def test_a_delivery_has_rows_of_its_own(data: Path, tmp_path: Path) -> None:
    """The same row in a named extract is another payment; the extract again posts nothing."""
    file = payments(tmp_path, "X,2021-04-30,A,1.00")
    phb(data, "import", "payments", file, "--book", "FFF", "--create-book")
    for posted in (1, 0):
        _, report = phb(data, "import", "payments", file, "--book", "FFF", "--delivery", "EXTRACT-7")
        assert report["posted"] == posted


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n", "Payment Date,Supplier\n", "\x00\x01\x02"])
def test_a_file_that_is_no_payments_file_is_refused_whole(data: Path, tmp_path: Path, text: str) -> None:
    """Without the columns Payment Date, Supplier and Amount nothing is read: exit code 2."""
    path = tmp_path / "other.csv"
    path.write_text(text)
    code, answer = phb(data, "import", "payments", path, "--book", "AAA", "--create-book")
    assert (code, answer["code"]) == (2, "not_a_payments_file")


def test_an_unknown_book_is_refused_without_the_flag(data: Path, tmp_path: Path) -> None:
    """A mistyped book is not silently opened."""
    file = payments(tmp_path, "X,2021-04-30,A,1.00")
    code, answer = phb(data, "import", "payments", file, "--book", "NOSUCH")
    assert (code, answer["code"]) == (2, "book_unknown")


@pytest.mark.skipif(not REAL.exists(), reason=f"the real payments file is not beside the project ({REAL.name})")
def test_the_real_file_gives_its_control_figures_twice_over(data: Path) -> None:
    """40,167 real payments, 1,299 of them equal to another: all are posted, their sum is exact, and again they are replayed."""
    for posted in (40_167, 0):
        code, report = phb(data, "import", "payments", REAL, "--book", "QSL", "--create-book")
        assert code == 0
        assert (report["rows"], report["posted"], report["replayed"]) == (40_167, posted, 40_167 - posted)
        assert (report["refused"], report["total"]) == (0, "5067864904.20")
        assert report["shorter_days"] == []
    _, balances = phb(data, "trial-balance", "--book", "QSL")
    suspense = next(each for each in balances["classes"] if each["class"] == "unassigned")
    assert (suspense["accounts"], suspense["debit"]) == (480, "5368333744.61")
    assert (suspense["credit"], suspense["balance"]) == ("300468840.41", "5067864904.20")
    code, verdict = phb(data, "verify", "--book", "QSL")
    assert (code, verdict["ok"], verdict["postings"]) == (0, True, 80_334)


def test_a_quotation_mark_that_is_never_closed_breaks_its_own_row_only(data: Path, tmp_path: Path) -> None:
    """The rows after it are read and posted, and a name with a comma in quotation marks is one name."""
    good = [f"X,2021-04-{day:02d},A,1.00" for day in range(1, 6)]
    file = payments(tmp_path, *good, 'X,2021-04-06,"BROKEN LTD,1.00', *good, 'X,2021-04-07,"FINE, LTD",1.00')
    code, report = phb(data, "import", "payments", file, "--book", "QUOTE", "--create-book")
    assert (code, report["rows"], report["posted"]) == (3, 12, 11)
    assert [(p["line"], p["code"]) for p in report["problems"]] == [(7, "row_malformed")]


def test_a_file_that_is_no_payments_file_opens_no_book(data: Path, tmp_path: Path) -> None:
    """A wrong file with --create-book leaves nothing behind, so the right one can still say its first month."""
    path = tmp_path / "other.csv"
    path.write_text("hello\nworld\n")
    assert phb(data, "import", "payments", path, "--book", "FRESH", "--create-book")[0] == 2
    assert "FRESH" not in {book["book"] for book in phb(data, "books")[1]["books"]}


def test_an_atomic_import_of_several_slices_posts_what_is_new(data: Path, tmp_path: Path) -> None:
    """More rows than one slice, half of them posted before: the trial and the posting both go through."""
    rows = [f"X,2021-{4 + n % 2:02d}-{1 + n % 28:02d},P{n % 300},{n + 1}.00" for n in range(4500)]
    phb(data, "import", "payments", payments(tmp_path, *rows[:2000]), "--book", "SLICES", "--create-book")
    code, report = phb(data, "import", "payments", payments(tmp_path, *rows), "--book", "SLICES", "--atomic")
    assert (code, report["posted"], report["replayed"], report["partial"]) == (0, 2500, 2000, False)


def test_an_extract_does_not_make_the_whole_of_a_day_look_shorter(data: Path, tmp_path: Path) -> None:
    """Rows of a named extract are not counted when a full file is compared with the book."""
    file = payments(tmp_path, "X,2021-04-30,A,1.00")
    phb(data, "import", "payments", file, "--book", "WHOLE", "--create-book")
    phb(data, "import", "payments", file, "--book", "WHOLE", "--delivery", "E7")
    assert phb(data, "import", "payments", file, "--book", "WHOLE")[1]["shorter_days"] == []
