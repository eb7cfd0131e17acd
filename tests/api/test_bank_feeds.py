"""Bank statements over HTTP: taken whole and once, their lines suggested and matched, and the account rolled on to the penny."""

from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from ledger.budgets import acts, people, plans
from ledger.reports.identities import Identity, check_identities
from policies import banking
from tests.api.lives import BOOK, DAY, DORA, YEAR, D
from tests.api.test_cut_off import adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.reports.test_identities import Back

FILES = Path(__file__).parent.parent / "statements"
PLACE = "holder-accounts/H1/statements"
LINE = "CARD,SWIMMING POOL LEISURE,15.00"


def file_of(name: str = "household.csv", **more: Any) -> dict[str, Any]:
    """The body of an import; of another content if one is given."""
    kind = {"csv": "csv", "sta": "mt940", "xml": "camt053"}[name.rpartition(".")[2]]
    content = more.pop("content", None) or (FILES / name).read_bytes()
    mapping = {"mapping": msgspec.json.decode((FILES / "household.json").read_bytes())} if kind == "csv" else {}
    return {"format": kind, "provider": "hillbank", "content": b64encode(content).decode(), **mapping, **more}


def long_file(count: int, first: int = 1) -> bytes:
    """A CSV of so many lines of a penny each, from a balance of nothing."""
    rows = [f"02/06/2025,CARD,SHOP {i},0.01,,{-i / 100:.2f},L-{i:04d}" for i in range(first, first + count)]
    return "\n".join(["Date,Type,Description,Paid out,Paid in,Balance,Transaction ID", *rows, ""]).encode()


async def _feeds(lives: Tried) -> None:
    await lives.instalment("2000.00")


async def test_a_statement_is_taken_once_however_often_and_in_whatever_format_it_comes(lives: Tried) -> None:
    """Four lines: what went out is money without evidence (event 13), what came in posts nothing. The same file again, and the same
    month in another format, bring nothing and say so."""
    await _feeds(lives)
    taken = await lives.done(PLACE, file_of(), "finance", D)
    assert (taken["lines"], taken["new"], taken["known"], taken["posted_new"]) == (4, 4, 0, True)
    assert (taken["opening"], taken["closing"]) == ("150.25", "1714.35")
    for code, expected in (("advance", "1564.10"), ("unidentified", "435.90")):
        assert await lives.balance(f"{code}/{DORA}/H1") == expected
    size = (await lives.kept())[0]
    again = await lives.send(PLACE, file_of(), "finance", D)
    assert (again.status_code, again.json()["new"], again.json()["known"]) == (200, 0, 4)
    assert (again.json()["posted_new"], again.json()["number"]) == (False, taken["number"])
    assert (await lives.kept())[0] == size
    # Another format of the same month is another file, so it is a statement of its own without a new line.
    other = await lives.done(PLACE, file_of("household.08.xml"), "finance", D)
    assert (other["new"], other["known"], other["posted_new"]) == (0, 4, False)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "435.90"


async def test_an_overlapping_file_brings_what_is_new(lives: Tried) -> None:
    """Known lines are counted and not posted again."""
    await _feeds(lives)
    content = (FILES / "household.csv").read_bytes()
    head, *rows = content.decode().splitlines(keepends=True)
    await lives.done(PLACE, file_of(content="".join([head, *rows[:3]]).encode()), "finance", D)
    later = await lives.done(PLACE, file_of(content="".join([head, *rows[1:]]).encode()), "finance", D)
    assert (later["lines"], later["new"], later["known"]) == (3, 1, 2)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "435.90"


async def test_a_line_entered_by_hand_is_known_to_the_file(lives: Tried) -> None:
    """And the file to the hand: by account and reference, so it is not posted twice."""
    await _feeds(lives)
    by_hand = {"holder_account": "H1", "amount": "15.00", "currency": "GBP", "on": "2025-06-03", "reference": "t-0002",
               "source": "bank_feed"}  # fmt: skip
    await lives.done("bank-lines", by_hand, "finance", D)
    taken = await lives.done(PLACE, file_of(), "finance", D)
    assert (taken["new"], taken["known"]) == (3, 1)
    late = await lives.send("bank-lines", {**by_hand, "amount": "412.50", "reference": "T-0003"}, "finance", D)
    assert (late.status_code, late.json()["code"]) == (409, "bank_line_known")
    assert await lives.balance(f"unidentified/{DORA}/H1") == "435.90"


async def test_what_is_not_a_whole_statement_leaves_nothing(lives: Tried) -> None:
    """Each no by its code, and where in the file."""
    await _feeds(lives)
    await lives.done(PLACE, file_of(), "finance", D)
    content = (FILES / "household.csv").read_bytes()
    size = (await lives.kept())[0]
    for body, status, code, facts in (
        (file_of(content=content.replace(b"412.50", b"412.505")), 422, "statement_unreadable",
         {"reason": "amount_over_precise", "line": "4"}),
        (file_of("household.sta", content=(FILES / "household.sta").read_bytes().replace(b"714,35", b"714,36")), 422,
         "statement_unreadable", {"reason": "balance_broken", "line": "15"}),
        (file_of(content=content.replace(b"8.4,", b"8.5,").replace(b"1,714.35", b"1,714.25")), 409, "bank_line_differs",
         {"line": "5"}),
        ({**file_of(), "mapping": None}, 422, "statement_unreadable", {"reason": "mapping_missing", "line": "0"}),
        ({**file_of(), "content": "????"}, 400, "field_malformed", None),
        ({**file_of(), "format": "pdf"}, 400, "field_malformed", None),
    ):  # fmt: skip
        answer = await lives.send(PLACE, body, "finance", D)
        assert (answer.status_code, answer.json()["code"], answer.json().get("facts")) == (status, code, facts)
    for who, place, expected in (
        ("officer", PLACE, (403, "permission_missing")), ("holder:holder-D", PLACE, (403, "permission_missing")),
        ("finance", "holder-accounts/H2/statements", (422, "holder_account_unknown")),
    ):  # fmt: skip
        answer = await lives.send(place, file_of(), who, D)
        assert (answer.status_code, answer.json()["code"]) == expected
    plain = await lives.client.inner.post(
        f"{BOOK}/budgets/{DORA}/{PLACE}", content=content,
        headers={**lives.headers("finance"), "Idempotency-Key": "plain", "Content-Type": "text/csv"},
    )  # fmt: skip
    assert (plain.status_code, plain.json()["code"]) == (415, "media_type_unsupported")
    assert (await lives.kept())[0] == size


async def test_a_statement_of_another_account_is_refused(lives: Tried) -> None:
    """The account as the bank names it is the one of earlier statements."""
    await _feeds(lives)
    await lives.done(PLACE, file_of("household.02.xml"), "finance", D)
    other = (FILES / "household.sta").read_bytes().replace(b"12345678", b"87654321")
    answer = await lives.send(PLACE, file_of("household.sta", content=other), "finance", D)
    assert (answer.status_code, answer.json()["code"]) == (422, "statement_of_another_account")


async def test_a_file_that_was_cut_off_is_seen_and_taken_up_again(lives: Tried, monkeypatch) -> None:
    """Fifty lines go in by three groups. Cut off after the first, the statement is not whole and says how many lines were to come;
    the same request again, or the same file under another key, brings the rest, each line once."""
    await _feeds(lives)
    body, plain = file_of(content=long_file(50)), super(Tried, lives).send
    group, turns = banking._group, []

    async def cut(*given: Any) -> Any:
        turns.append(1)
        if len(turns) == 2:
            raise ConnectionResetError
        return await group(*given)

    monkeypatch.setattr(banking, "_group", cut)
    assert (await plain(PLACE, body, "finance", D, key="cut")).status_code == 503
    monkeypatch.undo()
    [half] = (await lives.get(f"/budgets/{DORA}/holder-accounts/H1/roll-forward")).json()["statements"]
    assert (half["whole"], half["left"], half["lines"]) == (False, 30, 50)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "0.20"
    again = await plain(PLACE, body, "finance", D, key="cut")
    assert (again.status_code, again.json()["new"], again.json()["known"]) == (201, 50, 0)
    [whole] = (await lives.get(f"/budgets/{DORA}/holder-accounts/H1/roll-forward")).json()["statements"]
    assert (whole["whole"], whole["left"]) == (True, 0)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "0.50"
    once_more = await plain(PLACE, body, "finance", D, key="cut")
    assert (once_more.status_code, once_more.text, once_more.headers["idempotency-replayed"]) == (
        201,
        again.text,
        "true",
    )
    assert (await plain(PLACE, body, "finance", D, key="new")).json()["posted_new"] is False


async def test_lines_are_suggested_matched_and_closed(lives: Tried) -> None:
    """The instalment that arrived, a claim that waits, spending accepted before its line came, and money that is not ours: each is
    suggested with its working where it can be, confirmed by a person once, and the account then comes to the bank's balance."""
    await _feeds(lives)
    early = await lives.claim("412.50", spent_on="2025-06-05")
    accepted = (await lives.accept(early, "officer", "claims", D))["entries"][0]["number"]
    claim = await lives.claim("15.00", spent_on="2025-06-03")
    taken = await lives.done(PLACE, file_of(), "finance", D)
    assert taken["new"] == 4
    lines = (await lives.get(f"/budgets/{DORA}/bank-lines?show=open")).json()["lines"]
    came, pool, rowan, shop = lines
    assert [line["suggestions"][0]["kind"] if line["suggestions"] else None for line in lines] == [
        "instalment", "claim", "evidence", None,
    ]  # fmt: skip
    best = rowan["suggestions"][0]
    assert (best["of"], best["score"], best["working"]) == (
        accepted, 90, [{"reason": "amount_same", "points": 60}, {"reason": "days_apart.0", "points": 30}],
    )  # fmt: skip
    on = {"effective_on": "2025-06-10"}
    before = (await lives.get(f"/budgets/{DORA}/holder-accounts/H1/roll-forward")).json()
    assert before["unexplained"] == "0.00"
    for line, kind, wrong in (
        (came, "claim", claim),
        (pool, "instalment", came["suggestions"][0]["of"]),
        (pool, "claim", early),
    ):
        answer = await lives.send(f"bank-lines/{line['number']}/match", {"kind": kind, "of": wrong, **on}, "officer", D)
        assert (answer.status_code, answer.json()["code"]) == (422, "match_unfit")
    matched = await lives.done(f"bank-lines/{came['number']}/match",
                               {"kind": "instalment", "of": came["suggestions"][0]["of"], **on}, "officer", D)  # fmt: skip
    assert matched["entries"][0]["attributes"]["matched"] == "instalment"
    await lives.done(f"bank-lines/{rowan['number']}/match", {"kind": "evidence", "of": accepted, **on}, "officer", D)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "23.40"
    tied = await lives.done(
        f"bank-lines/{pool['number']}/match", {"kind": "claim", "of": claim, **on}, "officer:mat", D
    )
    number = tied["entries"][1]["number"]
    for who in ("officer:mat", "holder:holder-D"):
        answer = await lives.send(f"claims/{number}/accept", on, who, D)
        assert answer.json()["code"] in ("second_person_needed", "permission_missing")
    await lives.accept(number, "officer:ann", "claims", D)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "8.40"
    again = await lives.send(f"bank-lines/{came['number']}/match", {"kind": "refund", **on}, "officer", D)
    assert (again.status_code, again.json()["code"]) == (409, "bank_line_matched")
    wrong = await lives.claim("412.50", bank_line=rowan["number"])
    refused = await lives.send(f"claims/{wrong}/accept", on, "officer", D)
    assert (refused.status_code, refused.json()["code"]) == (409, "bank_line_matched")
    left = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    assert [line["number"] for line in left] == [shop["number"]]
    rolled = (await lives.get(f"/budgets/{DORA}/holder-accounts/H1/roll-forward")).json()
    assert (rolled["bank"], rolled["unexplained"], rolled["advance"], rolled["unidentified"]) == (
        "1714.35", "0.00", "1564.10", "8.40"
    )  # fmt: skip
    assert (rolled["parts"]["instalments"], rolled["parts"]["evidence_accepted"], rolled["stands"]) == (
        "2000.00", "-427.50", "1572.50"
    )  # fmt: skip
    assert rolled["explained"]["brought_in"] == "150.25"
    listed = await lives.get("/roll-forwards?limit=1", "auditor")
    names = ("stands", "advance", "unidentified", "disputed", "bank", "unexplained")
    assert listed.json() == {
        "currency": "GBP",
        "accounts": [{"person": DORA, "holder_account": "H1", **{name: rolled[name] for name in names}}],
        "kept_back": 0,
    }
    assert "link" not in listed.headers
    await lives.do(*people.holder_account_recorded("registered", holder_account="H2", person=DORA))
    await lives.do(*people.holder_account_recorded("approved", holder_account="H2", person=DORA))
    listed = await lives.get("/roll-forwards?limit=1", "auditor")
    following = await lives.client.get(
        listed.headers["link"].partition(">")[0].removeprefix("<").removeprefix("http://ledger"),
        headers=lives.headers("auditor"),
    )
    [empty] = following.json()["accounts"]
    assert (empty["holder_account"], empty["stands"], empty["bank"]) == ("H2", "0.00", None)
    assert (await lives.get("/roll-forwards", "commissioner")).status_code == 403
    for who, status in (("auditor", 200), ("holder:holder-D", 403), ("commissioner", 403)):
        assert (await lives.get(f"/budgets/{DORA}/bank-lines", who)).status_code == status


async def test_other_money_in_the_account_is_told_apart(lives: Tried) -> None:
    """A deposit that no instalment explains is open until somebody says that it is not ours; what is spent beyond our money is the
    holder's own."""
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    rows = "02/06/2025,FPO,GIFT,,50.00,50.00,G-1\n03/06/2025,CARD,SHOES,20.00,,30.00,G-2\n"
    await lives.done(PLACE, file_of(content=(head + rows).encode()), "finance", D)
    gift, shoes = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    assert (gift["amount"], gift["suggestions"], shoes["amount"]) == ("50.00", [], "-20.00")
    answer = {"kind": "other_money", "reason": "own_money", "effective_on": DAY}
    await lives.done(f"bank-lines/{gift['number']}/match", answer, "officer", D)
    found = (await lives.get(f"/budgets/{DORA}/holder-accounts/H1/roll-forward", "auditor")).json()
    assert (found["bank"], found["stands"], found["unexplained"]) == ("30.00", "0.00", "0.00")
    assert (found["explained"]["money_of_others"], found["explained"]["spent_of_others"]) == ("50.00", "-20.00")


async def test_several_claims_explain_one_line(lives: Tried) -> None:
    """Each is tied to it as far as it goes; one that was declined leaves room for another, and one that goes beyond is refused."""
    await _feeds(lives)
    first, second = [await lives.claim(amount, spent_on="2025-06-05") for amount in ("300.00", "112.50")]
    await lives.done(PLACE, file_of(), "finance", D)
    rowan = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"][2]
    assert [(each["of"], each["score"]) for each in rowan["suggestions"]] == [(first, 60), (second, 60)]
    on = {"effective_on": "2025-06-10"}
    place = f"bank-lines/{rowan['number']}/match"
    tied = [(await lives.done(place, {"kind": "claim", "of": of, **on}, "officer:mat", D))["entries"][1]["number"]
            for of in (first, second)]  # fmt: skip
    await lives.done(f"claims/{tied[0]}/decline", {"reason": "not_care", "words": "It was not for care."}, "officer", D)
    third = await lives.claim("300.00", spent_on="2025-06-05")
    tied[0] = (await lives.done(place, {"kind": "claim", "of": third, **on}, "officer:mat", D))["entries"][1]["number"]
    for number in tied:
        await lives.accept(number, "officer:ann", "claims", D)
    more = await lives.claim("0.01", spent_on="2025-06-05")
    beyond = await lives.send(place, {"kind": "claim", "of": more, **on}, "officer:mat", D)
    assert (beyond.status_code, beyond.json()["code"]) == (409, "bank_line_matched")
    assert await lives.balance(f"unidentified/{DORA}/H1") == "23.40"


async def test_an_order_that_the_holder_paid_is_settled_and_owed_to_them(lives: Tried) -> None:
    """£15 were ordered for Dora on a line that the commissioner pays, and her account paid them. The feed suggests the order;
    another person than took the line confirms it: the order is used, the money is in the account again and owed to it, once."""
    care = msgspec.structs.replace(D, line="O", management="notional", holder_account=None, amount=100_00)
    [share] = [plans.share_of(care, each, YEAR) for each in care.shares]
    await lives.do(
        plans.line_recorded("agreed", care), *plans.share_opened(share),
        acts.allocated(amount=100_00, shares=[share], effective_on=date(2025, 4, 1), because=-1),
    )  # fmt: skip
    wish = {
        "line": "O",
        "service": "home_care",
        "amount": "15.00",
        "currency": "GBP",
        "effective_on": DAY,
        "payee": "A1",
    }
    order = await lives.done("spends", wish, "holder:holder-D", D)
    assert order["hold"], order["findings"]
    await _feeds(lives)
    await lives.done(PLACE, file_of(), "finance:fay", D)
    shown = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    line, could_be = next(
        (each["number"], each["suggestions"])
        for each in shown
        if any(s["kind"] == "order" for s in each["suggestions"])
    )
    assert [each["of"] for each in could_be if each["kind"] == "order"] == [order["hold"]]
    match, sent = f"bank-lines/{line}/match", {"kind": "order", "of": order["hold"], "effective_on": "2025-06-10"}
    assert (await lives.send(match, {**sent, "of": order["hold"] - 1}, "officer", D)).json()["code"] == "match_unfit"
    made = await lives.done(match, sent, "officer", D)
    assert [(each["kind"], each["event"]) for each in made["entries"]] == [
        ("evidence", 0), ("transaction", 38), ("evidence", 0), ("hold_settled", 16),
    ]  # fmt: skip
    for code, expected in (
        (f"advance/{DORA}/H1", "1579.10"), (f"unidentified/{DORA}/H1", "420.90"), ("payable/H1", "-15.00"),
        ("share/O/nhs/2025-26/spent", "15.00"), ("share/O/nhs/2025-26/held", "0.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    assert (await lives.send(match, sent, "officer", D)).json()["code"] == "bank_line_matched"
    paid = {"payee": "H1", "bank": "main", "invoices": [made["entries"][2]["number"]], "effective_on": "2025-06-10"}
    await lives.done("/payments", paid, "finance:pat")
    await adds_up(lives)


async def _r6(lives: Tried, change: str | None = None) -> Identity:
    """R6 as the reader finds it after a change by the owner of the database, who then takes it back."""
    book_id = (await lives.app.desk.books.row("TEST")).book_id
    connection: Any = await asyncpg.connect(lives.dsn)
    try:
        async with connection.transaction():
            if change is not None:
                await connection.execute("ALTER TABLE phb.register DISABLE TRIGGER ALL")
                assert (await connection.execute(change)).split()[-1] != "0", "the change changes nothing"
            await connection.execute("SELECT set_config('phb.book_id', $1, true)", str(book_id))
            await connection.execute("SET LOCAL ROLE phb_reader")
            found = await check_identities(connection, book_id)
            await connection.execute("RESET ROLE")
            raise Back(found)
    except Back as back:
        return next(each for each in back.found if each.name == "R6")
    finally:
        await connection.close()


async def test_a_banks_balance_that_the_ledger_does_not_make_breaks_r6(lives: Tried) -> None:
    """A gift of £50 that somebody wrote down as an instalment which never was is £50 of the bank's that no account has. A statement
    that says more than its lines is a gap, of which R6 says nothing here."""
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    rows = "02/06/2025,FPO,GIFT,,50.00,50.00,G-1\n03/06/2025,CARD,SHOES,20.00,,30.00,G-2\n"
    await lives.done(PLACE, file_of(content=(head + rows).encode()), "finance", D)
    gift = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"][0]
    answer = {"kind": "other_money", "reason": "own_money", "effective_on": DAY}
    await lives.done(f"bank-lines/{gift['number']}/match", answer, "officer", D)
    sound = await _r6(lives)
    broken = await _r6(lives, """UPDATE phb.register SET attributes = attributes || '{"matched": "instalment", "of": "1"}'
                                 WHERE act = 'bank_line_matched'""")  # fmt: skip
    assert (sound.ok, broken.ok, broken.first) == (
        True, False, "H1: 5000 of its bank's 3000 is in no account of ours"
    )  # fmt: skip
    gap = await _r6(lives, """UPDATE phb.register SET attributes = attributes || '{"closing": "9900"}'
                              WHERE act = 'statement_taken'""")  # fmt: skip
    assert (gap.ok, gap.checked) == (True, sound.checked - 1)
