"""The attacks through the front door: calls of append_batch that are right but for one thing, and what stops
each."""

import json
from datetime import date, timedelta
from typing import Any

from ledger.core.model import AccountSpec, Detail
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Erase,
    Kept,
    OpenAccounts,
    PlaceHold,
    ReleaseHold,
    Reverse,
    Take,
)
from tests import kit
from tests.book.attack_scene import DAY, Call, act, field, post


def two(_facts: dict[str, Any]) -> list[Any]:
    """Two posts in one batch."""
    return [post(), post(pence=7)]


def one(_facts: dict[str, Any]) -> list[Any]:
    """One post of two legs."""
    return [post()]


def hold(_facts: dict[str, Any]) -> list[Any]:
    """A hold of 20."""
    return [PlaceHold(pairs=(Kept("held/a", "own/a", 20),), effective_on=DAY)]


def release(facts: dict[str, Any]) -> list[Any]:
    """A release of 50 out of the 400 that the open hold keeps."""
    return [ReleaseHold(hold=facts["hold"], takes=(Take("held/a", 50),), effective_on=DAY)]


def reverse(facts: dict[str, Any]) -> list[Any]:
    """The reversal of a post."""
    return [Reverse(entry=facts["post"], effective_on=DAY)]


def opening(_facts: dict[str, Any]) -> list[Any]:
    """A new account."""
    return [OpenAccounts(accounts=(AccountSpec("new/x", "bank"),))]


def detailed(_facts: dict[str, Any]) -> list[Any]:
    """A post with a detail."""
    return [post(detail=Detail(b"x" * 16, b"content"))]


def refusal(_facts: dict[str, Any]) -> list[Any]:
    """What the ledger refuses, so that its entry is a refusal."""
    return [post("guarded/x", "bank/a", 5), kit.post("bank/a", "guarded/x", 500, DAY)]


def many(_facts: dict[str, Any]) -> list[Any]:
    """Enough entries to complete a subtree of 256."""
    return [post(pence=i + 1) for i in range(256)]


def put(**values: Any) -> Any:
    """Replace arguments whole; a function is given the old value and the facts."""

    def change(arguments: dict[str, Any], facts: dict[str, Any]) -> None:
        for name, value in values.items():
            arguments[name] = value(arguments[name], facts) if callable(value) else value

    return change


def line(number: int, value: Any, at: int = 0) -> Any:
    """Replace one field of a line; a function is given its old text."""

    def change(arguments: dict[str, Any], facts: dict[str, Any]) -> None:
        old = arguments["lines"][at].split("|")[number - 1]
        field(arguments, number, str(value(old, facts)) if callable(value) else value, at)

    return change


def acting(**values: Any) -> Any:
    """Change the act of an administrative entry."""
    return lambda a, f: act(a, **{k: v(f) if callable(v) else v for k, v in values.items()})


def later(days: int) -> Any:
    """Book time moved by days."""
    return lambda old, _f: int(old) + days * 86_400_000_000


def both(*changes: Any) -> Any:
    """Several changes, in order."""

    def change(arguments: dict[str, Any], facts: dict[str, Any]) -> None:
        for each in changes:
            each(arguments, facts)

    return change


def _move(holding: str, amount: int) -> Any:
    """Put a movement of an open hold's remaining into a batch that has none."""
    return put(move_hold=lambda _o, f: [f[holding]], move_holding=lambda _o, f: [f["held_a"]], move_amount=[amount])


APPENDING = [
    ("the size of yesterday", Call(one, put(size=lambda v, _f: v - 1)), "moved"),
    ("a size ahead of the log", Call(one, put(size=lambda v, _f: v + 5)), "moved"),
    ("no size", Call(one, put(size=None)), "moved"),
    ("another root", Call(one, put(root=b"\0" * 32)), "moved"),
    ("no root", Call(one, put(root=None)), "moved"),
    ("a book that is not there", Call(one, put(book=999)), "moved"),
    ("no book", Call(one, put(book=None, size=None, root=None)), "moved"),
    ("no line", Call(one, put(lines=[])), "PH003"),
    ("no lines at all", Call(one, put(lines=None)), "PH003"),
    ("a line that is NULL", Call(two, put(lines=lambda v, _f: [v[0], None])), "PH003"),
    ("lines in two dimensions", Call(two, put(lines=lambda v, _f: [[each] for each in v])), "PH003"),
    ("a far number", Call(one, line(3, "9000")), "PH003"),
    ("a number again", Call(one, line(3, "5")), "PH003"),
    ("a gap between two lines", Call(two, line(3, lambda v, _f: int(v) + 1, at=1)), "PH003"),
    ("a number with a zero before it", Call(one, line(3, lambda v, _f: "0" + v)), "PH003"),
    ("another book's code in the line", Call(one, line(2, "OTHER")), "PH003"),
    ("another version of the line", Call(one, line(1, "phb9")), "PH003"),
    ("the same time twice", Call(two, lambda a, f: field(a, 4, a["lines"][0].split("|")[3], 1)), "PH003"),
    ("a time before the last entry", Call(one, line(4, later(-1))), "PH003"),
    ("a time that is none", Call(one, line(4, "soon")), "22P02"),
    ("a time with a plus sign", Call(one, line(4, lambda v, _f: "+" + v)), "PH003"),
    ("a time far in the future", Call(one, line(4, later(1))), "PH001"),
    ("a process clock of tomorrow", Call(one, put(process=lambda v, _f: v + 86_400_000_000)), "PH001"),
    ("no process clock", Call(one, put(process=None)), "PH001"),
    ("a root that is too short", Call(one, put(new_root=b"x")), "PH003"),
    ("no new root", Call(one, put(new_root=None)), "PH003"),
    ("a frontier of another size", Call(one, put(frontier=lambda v, _f: v + b"\0" * 32)), "PH003"),
    ("no frontier", Call(one, put(frontier=None)), "PH003"),
    ("legs that do not sum to zero", Call(one, put(leg_amount=[100, -99])), "PH005"),
    ("one leg alone", Call(one, put(leg_entry=[1], leg_account=lambda v, _f: v[:1], leg_amount=[1], leg_day=[DAY])), "PH005"),
    ("two groups that cancel", Call(one, put(leg_account=lambda _v, f: [f["fund_a"], f["next_b"]])), "PH005"),
    ("two entries that cancel", Call(two, put(leg_amount=[100, -99, 7, -8])), "PH005"),
    ("a leg of an entry before this batch", Call(one, put(leg_entry=lambda _v, f: [f["post"] - f["size"]] * 2)), "23505"),
    ("new legs for an entry before this batch", Call(one, put(
        leg_entry=lambda _v, f: [f["post"] - f["size"]] * 2, leg_account=lambda _v, f: [f["empty_x"], f["purse_p1"]])),
     "PH008"),
    ("a leg of an entry after this batch", Call(one, put(leg_entry=[1, 2])), "PH008"),
    ("a leg of no entry", Call(one, put(leg_entry=[1, None])), "23502"),
    ("a leg on an unknown account", Call(one, put(leg_account=lambda v, _f: [v[0], 9999])), "PH008"),
    ("a leg on another book's account", Call(one, put(leg_account=lambda v, f: [v[0], f["other_z"]])), "PH008"),
    ("a leg on no account", Call(one, put(leg_account=lambda v, _f: [v[0], None])), "PH008"),
    ("a leg of no amount", Call(one, put(leg_amount=[100, None])), "23502"),
    ("a leg of zero pence", Call(one, put(leg_amount=[0, 0])), "23514"),
    ("a leg past 2^63", Call(one, put(leg_amount=[2**63 - 1, -(2**63) + 1])), "22003"),
    ("more legs than accounts", Call(one, put(leg_entry=[1, 1, 1])), "PH008"),
    ("no accounts of legs", Call(one, put(leg_account=None)), "PH008"),
    ("an account twice in an entry", Call(one, put(leg_account=lambda v, _f: [v[0], v[0]])), "23505"),
    ("a day that is not the line's", Call(one, put(leg_day=[DAY + timedelta(days=1)] * 2)), "PH008"),
    ("a leg without a day", Call(one, put(leg_day=[DAY, None])), "23502"),
    ("legs on a refusal", Call(refusal, lambda a, f: a.update(leg_entry=[2, 2], leg_day=[DAY] * 2)), "PH008"),
    ("legs on an opening", Call(opening, put(leg_entry=[1, 1], leg_account=lambda _v, f: [f["bank_a"], f["bank_b"]],
                                             leg_amount=[1, -1], leg_day=[DAY] * 2)), "PH008"),
    ("a closed month", Call(one, both(put(leg_day=[date(2025, 4, 7)] * 2), line(7, "2025-04-07"))), "PH007"),
    ("a month before the first", Call(one, both(put(leg_day=[date(2025, 3, 7)] * 2), line(7, "2025-03-07"))), "PH007"),
    ("a closed account", Call(one, put(leg_account=lambda v, f: [v[0], f["closed_x"]])), "PH006"),
    ("a broken floor", Call(one, put(leg_account=lambda v, f: [v[0], f["guarded_x"]])), "PH006"),
    ("a broken ceiling", Call(one, put(leg_account=lambda v, f: [f["full_x"], v[1]])), "PH006"),
    ("a broken floor hidden by a later leg",
     Call(two, put(leg_account=lambda v, f: [v[0], f["guarded_x"], f["guarded_x"], v[0]], leg_amount=[50, -50, 60, -60])),
     "PH006"),
    ("a known key", Call(one, put(key=lambda _v, f: [f["key"]])), "PH002"),
    ("a key twice in the batch", Call(two, put(key=lambda v, _f: [v[0], v[0]])), "PH002"),
    ("a key of an earlier entry", Call(one, put(key_entry=lambda _v, f: [f["post"] - f["size"]])), "PH002"),
    ("a key of a later entry", Call(one, put(key_entry=[2])), "PH002"),
    ("a key of more entries than there are", Call(two, put(key_count=[1, 2])), "PH002"),
    ("a key of no entries", Call(one, put(key_count=[0])), "PH002"),
    ("a key that is NULL", Call(one, put(key=[None])), "PH002"),
    ("a key other than its line states", Call(one, put(key=[b"k" * 16])), "PH002"),
    ("a key with other fingerprints than its line states", Call(one, put(key_prints=[b"q" * 24])), "PH002"),
    ("a key without fingerprints", Call(one, put(key_prints=[None])), "PH002"),
    ("a key under another entry of the batch", Call(two, put(key_entry=[1, 1])), "PH002"),
    ("two keys that change places", Call(two, put(key_entry=[2, 1])), "PH002"),
    ("a key of two entries that its line calls one", Call(two, put(key_count=[2, 1])), "PH002"),
    ("a line that states a key which is not kept", Call(one, put(key=[], key_entry=[], key_count=[], key_prints=[])), "PH002"),
    ("a second line that states a key which is not kept", Call(two, put(
        key=lambda v, _f: v[:1], key_entry=[1], key_count=[1], key_prints=lambda v, _f: v[:1])), "PH002"),
    ("a key that no line states", Call(one, line(19, "-")), "PH002"),
    ("no keys at all", Call(one, put(key=None)), "PH002"),
    ("a subtree nobody completed", Call(one, put(subtree_level=[1], subtree_index=[0], subtree_root=[b"\0" * 32])), "PH008"),
    ("a subtree elsewhere", Call(many, put(subtree_index=[1])), "PH008"),
    ("a subtree of leaves", Call(many, put(subtree_level=[0])), "PH008"),
    ("a subtree of another level", Call(many, put(subtree_level=[2])), "PH008"),
    ("a subtree left out", Call(many, put(subtree_level=[], subtree_index=[], subtree_root=[])), "PH008"),
    ("a subtree's root too short", Call(many, put(subtree_root=[b"x"])), "PH008"),
    ("a detail that is not the committed one", Call(detailed, put(detail_content=[b"other content"])), "PH008"),
    ("another salt", Call(detailed, put(detail_salt=[b"y" * 16])), "PH008"),
    ("a detail without a commitment", Call(one, put(detail_entry=[1], detail_salt=[b"x" * 16], detail_content=[b"c"])), "PH008"),
    ("a detail of an earlier entry", Call(one, put(
        detail_entry=lambda _v, f: [f["detailed"] - f["size"]], detail_salt=lambda _v, f: [f["salt"]],
        detail_content=lambda _v, f: [f["content"]])), "PH008"),
    ("a hold on an entry that is none", Call(one, put(hold_entry=[1], hold_purpose=["order"], hold_expires=[None])), "PH008"),
    ("a hold on someone else's entry", Call(hold, put(hold_entry=lambda _v, f: [f["hold"] - f["size"]])), "PH008"),
    ("a pair on someone else's hold", Call(hold, put(pair_entry=lambda _v, f: [f["hold"] - f["size"]])), "PH008"),
    ("a pair on another account", Call(hold, put(pair_holding=lambda _v, f: [f["own_a"]])), "PH008"),
    ("a pair from another account", Call(hold, put(pair_origin=lambda _v, f: [f["fund_a"]])), "PH008"),
    ("a pair of more than was moved", Call(hold, put(pair_amount=[21])), "PH008"),
    ("a hold that keeps nothing", Call(hold, put(pair_entry=[], pair_holding=[], pair_origin=[], pair_amount=[])), "PH008"),
    ("a hold that is not written down", Call(hold, put(
        hold_entry=[], hold_purpose=[], hold_expires=[], pair_entry=[], pair_holding=[], pair_origin=[], pair_amount=[])),
     "PH008"),
    ("pairs of a hold that is not written down", Call(hold, put(hold_entry=[], hold_purpose=[], hold_expires=[])), "PH008"),
    ("pairs of no hold, to balance what is held", Call(hold, put(
        hold_entry=None, hold_purpose=None, hold_expires=None, pair_entry=None)), "PH008"),
    ("a movement of no hold, to balance what is given back", Call(release, put(move_hold=None)), "PH008"),
    ("remaining raised above placed", Call(release, put(move_amount=[101], leg_amount=[101, -101])), "23514"),
    ("remaining below zero", Call(release, put(move_amount=[-401], leg_amount=[-401, 401])), "23514"),
    ("remaining moved without money", Call(one, _move("hold", -10)), "PH008"),
    ("money moved without remaining", Call(release, put(move_hold=[], move_holding=[], move_amount=[])), "PH008"),
    ("less taken than moved", Call(release, put(move_amount=[-49])), "PH008"),
    ("a closed hold made to keep something", Call(release, put(
        move_hold=lambda _v, f: [f["hold"], f["gone_hold"]], move_holding=lambda v, _f: v * 2, move_amount=[-100, 50])), "PH008"),
    ("a hold nobody placed", Call(release, put(move_hold=lambda _v, f: [f["post"]])), "PH008"),
    ("a closed hold opened again", Call(one, put(closed_hold=lambda _v, f: [f["gone_hold"]], closed_state=[False])), "PH008"),
    ("an open hold closed while it keeps money", Call(one, put(closed_hold=lambda _v, f: [f["hold"]], closed_state=[True])),
     "PH008"),
    ("an unknown hold closed", Call(one, put(closed_hold=lambda _v, f: [f["post"]], closed_state=[True])), "PH008"),
    ("a second reversal", Call(reverse, both(put(undo_target=lambda _v, f: [f["reversed"]]), lambda a, f: a["lines"].__setitem__(
        0, a["lines"][0].replace(f"|reverses|{f['post']}|", f"|reverses|{f['reversed']}|")))), "23505"),
    ("a reversal of another entry than the line says", Call(reverse, put(undo_target=lambda _v, f: [f["paid_p1"]])), "PH008"),
    ("a reversal of a reversal", Call(reverse, both(put(undo_target=lambda _v, f: [f["reversal"]]), lambda a, f: a[
        "lines"].__setitem__(0, a["lines"][0].replace(f"|reverses|{f['post']}|", f"|reverses|{f['reversal']}|")))), "PH008"),
    ("a reversal of an entry to come", Call(reverse, put(undo_target=[99_999])), "PH008"),
    ("a reversal of entry 0", Call(reverse, put(undo_target=[0])), "PH008"),
    ("a reversal of what moved nothing", Call(reverse, put(undo_target=[1])), "PH008"),
    ("a reversal by an earlier entry", Call(reverse, put(undo_entry=lambda _v, f: [f["size"]])), "PH008"),
    ("a plain post as a reversal", Call(one, put(undo_target=lambda _v, f: [f["post"]], undo_entry=lambda _v, f: [f["size"] + 1])),
     "PH008"),
    ("a subject's version outside the batch", Call(one, put(subject=["person/p1"], subject_entry=[-3])), "PH008"),
    ("a subject's version of no entry", Call(one, put(subject=["person/p1"], subject_entry=[None])), "PH008"),
    ("acts that are no array", Call(one, put(acts='{"op": "open"}')), "22023"),
    ("an act nobody knows", Call(one, put(acts='[{"op": "pay", "entry": 1}]')), "PH004"),
    ("an act that is null", Call(one, put(acts="[null]")), "PH004"),
    ("an act outside the batch", Call(opening, acting(entry=2)), "PH004"),
    ("an act of an earlier entry", Call(opening, acting(entry=-3)), "PH004"),
    ("an act of no entry", Call(opening, acting(entry=None)), "PH004"),
    ("an account opened by a post", Call(one, put(acts=json.dumps(
        [{"op": "open", "entry": 1, "id": 99, "spec": "x/y:bank:actual:actual:asset:debit:-:-", "tags": {}}]))), "PH004"),
    ("an account with another floor than its line says",
     Call(opening, acting(spec="new/x:bank:actual:actual:asset:debit:-5:-")), "PH004"),
    ("an account with a person its line does not name", Call(opening, acting(tags={"person": "p1"})), "PH004"),
    ("an account with a far id", Call(opening, acting(id=500)), "PH004"),
    ("another account frozen than the line says", Call(
        lambda f: [ChangeAccount(account="bank/a", to="frozen")], acting(id=lambda f: f["bank_b"])), "PH004"),
    ("an account closed by a freezing", Call(
        lambda f: [ChangeAccount(account="empty/x", to="frozen")], acting(status="closed")), "PH004"),
    ("a closed account opened again", Call(
        lambda f: [ChangeAccount(account="bank/a", to="frozen")],
        both(line(5, "account_unfrozen"), line(16, "closed/x"), acting(status="open", id=lambda f: f["closed_x"]))), "PH004"),
    ("an account closed that is not empty", Call(
        lambda f: [ChangeAccount(account="empty/x", to="closed")], both(line(16, "bank/a"), acting(id=lambda f: f["bank_a"]))),
     "PH004"),
    ("a leg after the closing of its account", Call(
        lambda f: [ChangeAccount(account="empty/x", to="closed"), post(), post(pence=7)],
        put(leg_account=lambda v, f: [f["empty_x"], v[1], v[2], f["empty_x"]], leg_amount=[5, -5, 5, -5])), "PH004"),
    ("a leg before the opening of its account", Call(
        lambda f: [post(), OpenAccounts(accounts=(AccountSpec("new/x", "bank"),))],
        lambda a, f: a.update(leg_account=[a["leg_account"][0], json.loads(a["acts"])[0]["id"]])), "PH004"),
    ("a leg after the closing of its month", Call(
        lambda f: [ChangePeriod(period="2025-06", to="closed"), kit.post("bank/a", "bank/b", 1, date(2025, 7, 1))],
        both(put(leg_day=[DAY] * 2), line(7, DAY.isoformat(), at=1))), "PH004"),
    ("a month opened by a closing", Call(
        lambda f: [ChangePeriod(period="2025-07", to="closed")], acting(to="reopened", period="2025-04")), "PH004"),
    ("a month reopened by who closed it", Call(
        lambda f: [ChangePeriod(period="2025-07", to="closed")],
        both(line(5, "period_reopened"), line(16, "2025-04"), acting(to="reopened", period="2025-04"))), "PH004"),
    ("a month reopened that was never closed", Call(
        lambda f: [ChangePeriod(period="2025-07", to="closed")], both(line(5, "period_reopened"), acting(to="reopened"))),
     "PH004"),
    ("another's name on a closing", Call(
        lambda f: [ChangePeriod(period="2025-07", to="closed")], acting(actor="somebody-else")), "PH004"),
    ("an erasure that its line does not list", Call(
        lambda f: [Erase(entries=(f["detailed"],), second="x", ground="g")], acting(target=lambda f: f["post"])), "PH004"),
    ("an erasure twice", Call(
        lambda f: [Erase(entries=(f["detailed"],), second="x", ground="g")],
        lambda a, f: (act(a, target=f["forgotten"]), a["lines"].__setitem__(
            0, a["lines"][0].replace(f"|{f['detailed']}:", f"|{f['forgotten']}:")))), "23505"),
    ("a new origin by a post", Call(one, put(acts='[{"op": "origin", "entry": 1, "origin": "mine"}]')), "PH004"),
]  # fmt: skip
