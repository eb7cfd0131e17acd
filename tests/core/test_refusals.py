"""Every no of the ledger by name, in its order, and everything that is not even considered."""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.core.batch import Batch
from ledger.core.model import (
    AccountSpec,
    Asked,
    AtLeast,
    Detail,
    Guard,
    Identity,
    Item,
    Leg,
    Malformed,
    Term,
)
from ledger.core.refusals import PRECEDENCE, REFUSALS, Refusal
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Correct,
    Erase,
    Kept,
    OpenAccounts,
    OpenBook,
    PlaceHold,
    Post,
    Record,
    ReleaseHold,
    Replacement,
    Restart,
    Reverse,
    SettleHold,
    Take,
)
from tests.world import ASKED, IMPORTED, NOON, TODAY, World, budget, moves

RULE = Identity("L3", "share", (Term("expense", 1), Term("spent", -1)))
SECOND = Asked("test", "second")
HOUR = 3_600_000_000


def scene() -> World:
    """A small book in which every refusal can be met."""
    world = World((RULE,))
    world.open("bank/a", "bank/b", "bank/shut", "bank/ice", "bank/empty")
    world.open(AccountSpec("payable/p", "payable", ceiling=0), AccountSpec("petty", "bank", floor=0))
    world.open(budget("av", floor=0), budget("held", "held", floor=0), budget("unf", "unfunded", ceiling=0))
    world.open(budget("av2", group="nhs/2026-27"), budget("other", group="nhs/2026-27"), budget("una", "unallocated"))
    world.open(budget("line/av"), budget("line/una", "unallocated"), line="D")
    world.open(AccountSpec("exp", "expense"), budget("spent", "spent"), share="D/nhs/2025-26")
    world.done(ChangeAccount(account="bank/shut", to="closed"))
    world.done(ChangeAccount(account="bank/ice", to="frozen"))
    world.done(moves(("av", 10_000), ("una", -10_000)))
    return world


def hold(world: World, pence: int = 1000, **more: Any) -> int:
    """A hold on the scene's one fund."""
    return world.done(PlaceHold(effective_on=TODAY, pairs=(Kept("held", "av", pence),), **more))


def settle(number: int, pence: int, **more: Any) -> SettleHold:
    """A settlement of the scene's hold, the rest of the movement on `una`."""
    return SettleHold(effective_on=TODAY, hold=number, takes=(Take("held", pence),), legs=(Leg("una", pence),), **more)


def reverse(number: int, **more: Any) -> Reverse:
    """A reversal today."""
    return Reverse(entry=number, effective_on=TODAY, **more)


def correct(number: int, *pairs: tuple[str, str], **more: Any) -> Correct:
    """A correction today."""
    replacements = tuple(Replacement(*pair) for pair in pairs)
    return Correct(entry=number, effective_on=TODAY, replacements=replacements, **more)


def old_movement(world: World) -> int:
    """A movement of budget money in the year 2024-25, which is then closed."""
    world.done(ChangePeriod(period="2024-04", to="opened"))
    number = world.done(moves(("av", 5), ("una", -5), day=date(2025, 1, 2)))
    world.done(ChangePeriod(period="2024-25", to="closed"))
    return number


def _settled_twice(world: World) -> str | None:
    number = hold(world)
    world.done(settle(number, 1000))
    return world.code(settle(number, 1))


def _wrong_pair(world: World) -> str | None:
    world.open(budget("held/2", "held", floor=0))
    return world.code(ReleaseHold(effective_on=TODAY, hold=hold(world), takes=(Take("held/2", 1),)))


def _reversed_twice(world: World) -> str | None:
    number = world.done(moves(("bank/a", 1), ("bank/b", -1)))
    world.done(reverse(number))
    return world.code(reverse(number))


def _too_early(world: World) -> str | None:
    number = world.done(moves(("bank/a", 1), ("bank/b", -1)))
    return world.code(Reverse(entry=number, effective_on=date(2025, 6, 9)))


def _reopened_alone(world: World) -> str | None:
    world.done(ChangePeriod(period="2025-05", to="closed"))
    return world.code(ChangePeriod(period="2025-05", to="reopened", reason="late"))


def _erased_twice(world: World) -> str | None:
    detail = Detail(b"s" * 16, b"why")
    number = world.done(Record(kind="payee", subject="P1", attributes=(("act", "registered"),), detail=detail))
    erase = Erase(entries=(number,), second="other", ground="request")
    world.done(erase)
    return world.code(erase)


def _in_closed_month(world: World) -> str | None:
    world.done(ChangePeriod(period="2025-04", to="closed"))
    return world.code(moves(("bank/a", 1), ("bank/b", -1), day=date(2025, 4, 30)))


def _too_much(world: World) -> str | None:
    world.set_balance("bank/a", 2**62)
    return world.code(moves(("bank/a", 1), ("bank/b", -1)))


def _asked(*requests: Any, **more: Any) -> Callable[[World], str | None]:
    return lambda world: world.code(*requests, **more)


def _in_open_data(request: Any) -> Callable[[World], str | None]:
    def case(world: World) -> str | None:
        world.state.nature = "open_data"
        return world.code(request)

    return case


PENNY = moves(("bank/a", 1), ("bank/b", -1))
WAYS = {"payable": "a payment"}
CASES: dict[str, Callable[[World], str | None]] = {
    "line_account_refused": _asked(moves(("line/av", 1), ("line/una", -1)), lines_barred=True),
    "event_account_refused": _asked(moves(("payable/p", -1), ("bank/b", 1)), ways=WAYS),
    "guard_stale": _asked(PENNY, guards=(Guard("person/P1", 7),)),
    "open_data_only": _in_open_data(PENNY),
    "currency_differs": _asked(moves(("bank/a", 1), ("bank/b", -1), currency="EUR")),
    "entry_unknown": _asked(reverse(999)),
    "not_reversible": _asked(reverse(1)),
    "already_reversed": _reversed_twice,
    "year_closed": lambda world: world.code(reverse(old_movement(world))),
    "year_open": lambda world: world.code(correct(world.done(PENNY), ("bank/a", "bank/b"))),
    "nothing_to_erase": _erased_twice,
    "hold_unknown": _asked(ReleaseHold(effective_on=TODAY, hold=1)),
    "hold_closed": _settled_twice,
    "hold_account_unknown": _wrong_pair,
    "account_exists": _asked(OpenAccounts(accounts=(AccountSpec("bank/a", "bank"),))),
    "account_unknown": _asked(moves(("bank/a", 1), ("bank/none", -1))),
    "account_closed": _asked(moves(("bank/a", 1), ("bank/shut", -1))),
    "account_frozen": _asked(moves(("bank/a", 1), ("bank/ice", -1))),
    "account_not_frozen": _asked(ChangeAccount(account="bank/a", to="unfrozen")),
    "account_not_empty": _asked(ChangeAccount(account="av", to="closed")),
    "correction_incomplete": lambda world: world.code(correct(old_movement(world), ("av", "av2"))),
    "second_person_needed": _reopened_alone,
    "because_unknown": _asked(moves(("bank/a", 1), ("bank/b", -1), because=999)),
    "because_missing": _asked(moves(("line/av", 1), ("line/una", -1))),
    "holding_account": _asked(moves(("held", 1), ("av", -1))),
    "hold_expiry_past": _asked(PlaceHold(effective_on=TODAY, pairs=(Kept("held", "av", 1),), expires_us=NOON)),
    "effective_in_future": _asked(moves(("bank/a", 1), ("bank/b", -1), day=date(2025, 6, 11))),
    "before_first_month": _asked(moves(("bank/a", 1), ("bank/b", -1), day=date(2025, 3, 31))),
    "period_closed": _in_closed_month,
    "reversal_too_early": _too_early,
    "period_in_future": _asked(ChangePeriod(period="2025-07", to="closed")),
    "period_state": _asked(ChangePeriod(period="2025-05", to="reopened", reason="late")),
    "unbalanced": _asked(moves(("bank/a", 2), ("bank/b", -1))),
    "identity_broken": _asked(moves(("exp", 1), ("bank/b", -1))),
    "shortfall_unnamed": _asked(moves(("una", 5), ("av", -5), fact=True)),
    "hold_exceeded": lambda world: world.code(settle(hold(world), 1001)),
    "nothing_available": _asked(moves(("bank/a", 1), ("petty", -1), up_to="petty")),
    "below_required": _asked(PENNY, at_least=(AtLeast("av", 10_001),)),
    "not_enough_available": _asked(moves(("una", 10_001), ("av", -10_001))),
    "ceiling_reached": _asked(moves(("payable/p", 1), ("bank/b", -1))),
    "balance_out_of_range": _too_much,
}


@pytest.mark.parametrize("code", CASES)
def test_every_refusal_can_be_met(code: str) -> None:
    """A request of the table meets the refusal that it is named after."""
    world = scene()
    assert CASES[code](world) == code


def test_the_table_knows_every_refusal() -> None:
    """The list of refusals is closed: a new one needs a request that meets it."""
    assert set(CASES) == set(REFUSALS)
    assert sorted(PRECEDENCE.values()) == list(range(len(REFUSALS)))


@pytest.mark.parametrize("code", CASES)
def test_a_refusal_tells_its_facts_in_plain_words(code: str) -> None:
    """The sentence has every fact filled in, and its facts are codes and whole numbers that a line can carry."""
    world = scene()
    answers = []
    ask = world.ask
    world.ask = lambda *requests, **more: answers.append(ask(*requests, **more)) or answers[-1]  # type: ignore[method-assign,func-returns-value]
    CASES[code](world)
    refusal = answers[-1].refusal
    assert refusal is not None
    assert "{" not in refusal.sentence
    for name, value in refusal.facts:
        assert value
        assert name in REFUSALS[code].facts
    assert refusal.transient is REFUSALS[code].transient
    assert bool(answers[-1].entries) is refusal.recorded
    if refusal.recorded:
        entry = answers[-1].entries[0]
        assert entry.kind == "refusal"
        assert entry.attribute("code") == code
        assert not entry.legs
        assert {f"fact.{name}": value for name, value in refusal.facts}.items() <= dict(entry.attributes).items()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("not_enough_available", "av has 100.00 available, and 100.01 are needed."),
        ("below_required", "The request asks that av holds at least 100.01; it holds 100.00."),
        ("ceiling_reached", "payable/p can take 0.00 more, and 0.01 were sent."),
        ("hold_exceeded", "The hold 10 keeps 10.00 on held, and 10.01 were asked for."),
        ("account_not_empty", "The account av still holds 100.00. Only an empty account can be closed."),
        ("unbalanced", "The legs in actual sum to 0.01 and not to zero."),
    ],
)
def test_amounts_are_told_in_pounds_and_kept_in_pence(code: str, told: str) -> None:
    """The sentence says what the facts beside it say; the log keeps whole pence."""
    world, answers = scene(), []
    ask = world.ask
    world.ask = lambda *requests, **more: answers.append(ask(*requests, **more)) or answers[-1]  # type: ignore[method-assign,func-returns-value]
    CASES[code](world)
    refusal = answers[-1].refusal
    assert refusal is not None
    assert refusal.sentence == told
    for name, value in refusal.facts:
        assert value == answers[-1].entries[0].attribute(f"fact.{name}")
        assert refusal.told[name] in told or name in ("group",)


# Conditions that can hold at once: each breaks the same request in one more way.

POST_WAYS: dict[str, dict[str, Any]] = {
    "line_account_refused": {"lines_barred": True, "third": "line/av"},
    "event_account_refused": {"ways": WAYS, "seventh": "payable/p"},
    "guard_stale": {"guards": (Guard("person/P1", 7),)},
    "currency_differs": {"currency": "EUR"},
    "account_unknown": {"debit": "bank/none"},
    "account_closed": {"debit": "bank/shut"},
    "account_frozen": {"credit": "bank/ice"},
    "because_unknown": {"because": 999},
    "because_missing": {"third": "line/av"},
    "holding_account": {"fourth": "held"},
    "effective_in_future": {"day": date(2025, 6, 11)},
    "before_first_month": {"day": date(2025, 3, 31)},
    "unbalanced": {"fifth": 5},
    "below_required": {"at_least": (AtLeast("petty", 1),)},
    "not_enough_available": {"sixth": "petty"},
    "ceiling_reached": {"seventh": "payable/p"},
}
UNHOLDABLE = {
    frozenset(("event_account_refused", "ceiling_reached")),
    frozenset(("account_unknown", "account_closed")), frozenset(("because_unknown", "because_missing")),
    frozenset(("effective_in_future", "before_first_month")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two"),
    [pair for pair in itertools.combinations(POST_WAYS, 2) if frozenset(pair) not in UNHOLDABLE],
)
def test_the_earlier_of_two_refusals_is_the_answer(one: str, two: str) -> None:
    """When two conditions of the list hold at once for a movement, the first of the list is the answer."""
    world = scene()
    given = {**POST_WAYS[one], **POST_WAYS[two]}
    pairs = [(given.get("debit", "bank/a"), 9 + given.get("fifth", 0)), (given.get("credit", "bank/b"), -9)]
    if "third" in given:
        pairs += [("line/av", 3), ("line/una", -3)]
    if "fourth" in given:
        pairs += [("held", 4), ("una", -4)]
    guarded = [("petty", -2)] * ("sixth" in given) + [("payable/p", 2)] * ("seventh" in given)
    if len(guarded) == 1:
        guarded.append(("bank/empty", -guarded[0][1]))
    pairs += guarded
    around = {name: given[name] for name in ("guards", "at_least", "lines_barred", "ways") if name in given}
    about = {name: given[name] for name in ("currency", "because") if name in given}
    expected = min((one, two), key=PRECEDENCE.__getitem__)
    assert world.code(moves(*pairs, day=given.get("day", TODAY), **about), **around) == expected


BARRED: dict[str, Callable[[World], tuple[Any, ...]]] = {
    "the last of a group": lambda world: (PENNY, PENNY, moves(("line/av", 1), ("line/una", -1))),
    "a group that fails before": lambda world: (
        moves(("una", 10_001), ("av", -10_001)), moves(("line/av", 1), ("line/una", -1))),
    "a reversal": lambda world: (reverse(_on_line(world)),),
    "a placing": lambda world: (PlaceHold(effective_on=TODAY, pairs=(Kept("held", "line/av", 1),)),),
    "a release": lambda world: (ReleaseHold(effective_on=TODAY, hold=_held_from_line(world)),),
    "a freezing": lambda world: (ChangeAccount(account="line/av", to="frozen"),),
}  # fmt: skip


def _on_line(world: World) -> int:
    return world.done(moves(("line/av", 5), ("line/una", -5)), asked=IMPORTED)


def _held_from_line(world: World) -> int:
    _on_line(world)
    return world.done(PlaceHold(effective_on=TODAY, pairs=(Kept("held", "line/av", 1),)), asked=IMPORTED)


def _left_nothing(world: World, requests: tuple[Any, ...], **barred: Any) -> Refusal:
    """The refusal of a request that leaves no entry and moves nothing."""
    size, before = world.state.size, world.balances()
    outcome = world.ask(*requests, **barred)
    assert outcome.refusal is not None
    assert outcome.entries == ()
    assert (world.state.size, world.balances()) == (size, before)
    return outcome.refusal


@pytest.mark.parametrize("what", BARRED)
def test_who_may_not_touch_lines_leaves_nothing_however_they_are_named(what: str) -> None:
    """Directly, in a group, through a hold or through an entry: no refusal is recorded, and the key can be used again."""
    world = scene()
    assert _left_nothing(world, BARRED[what](world), lines_barred=True).code == "line_account_refused"


OTHER_WAYS: dict[str, Callable[[World], tuple[Any, ...]]] = {
    "a leg": lambda world: (PENNY, moves(("payable/p", -1), ("bank/a", 1))),
    "where a shortfall goes": lambda world: (
        Post(effective_on=TODAY, fact=True, legs=(Leg("bank/a", 1), Leg("petty", -1, "payable/p"))),),
    "a reversal": lambda world: (reverse(world.done(moves(("payable/p", -1), ("bank/a", 1)))),),
    "a hold": lambda world: (PlaceHold(effective_on=TODAY, pairs=(Kept("held", "payable/p", 1),)),),
    "a closing": lambda world: (ChangeAccount(account="payable/p", to="closed"),),
    "one that is not there": lambda world: (moves(("payable/q", -1), ("bank/a", 1)),),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHER_WAYS)
def test_what_moves_another_way_is_not_touched_however_it_is_named(what: str) -> None:
    """Nothing is recorded, and the answer says by which way the account moves."""
    world = scene()
    refusal = _left_nothing(world, OTHER_WAYS[what](world), ways=WAYS)
    assert refusal.code == "event_account_refused"
    assert "a payment" in refusal.sentence


def test_an_account_that_moves_another_way_can_be_opened() -> None:
    """To open is no movement; opened a second time it exists."""
    world = scene()
    opening = OpenAccounts(accounts=(AccountSpec("payable/q", "payable", ceiling=0),))
    assert world.ask(opening, ways=WAYS).refusal is None
    assert world.code(opening, ways=WAYS) == "account_exists"


def test_a_movement_of_a_line_cannot_be_reversed_before_it_can_be_read() -> None:
    """Both meet in one batch, so that nobody could look the movement's accounts up beforehand."""
    world = scene()
    paid = Item(requests=(moves(("line/av", 5), ("line/una", -5)),), asked=IMPORTED, key=b"a" * 16)
    back = Item(requests=(reverse(world.state.size + 1),), asked=ASKED, key=b"b" * 16, lines_barred=True)
    for item in (paid, back):
        world.load(item)
    batch = Batch(world.state, world.nonce)
    outcomes = [batch.add(item, world.now_us) for item in (paid, back)]
    assert [each.refusal and each.refusal.code for each in outcomes] == [None, "line_account_refused"]
    assert (len(batch), batch.columns.key) == (1, [b"a" * 16])


def _closed_and_frozen(world: World) -> str | None:
    """The hold is closed, and the account it was taken from is frozen."""
    number = hold(world)
    world.done(ReleaseHold(effective_on=TODAY, hold=number))
    world.done(ChangeAccount(account="av", to="frozen"))
    return world.code(ReleaseHold(effective_on=TODAY, hold=number))


def _reversed_and_shut(world: World) -> str | None:
    """The movement was reversed, and one of its accounts is closed since."""
    number = world.done(PENNY)
    world.done(reverse(number))
    world.done(ChangeAccount(account="bank/a", to="closed"))
    return world.code(reverse(number))


def _reversal_early_in_closed_month(world: World) -> str | None:
    """The day lies before the movement's own and in a closed month."""
    number = world.done(PENNY)
    world.done(ChangePeriod(period="2025-05", to="closed"))
    return world.code(Reverse(entry=number, effective_on=date(2025, 5, 31)))


def _up_to_unbalanced(world: World) -> str | None:
    """The two legs do not agree, and nothing is available either."""
    return world.code(moves(("bank/a", 2), ("petty", -1), up_to="petty"))


def _fact_unbalanced_and_unnamed(world: World) -> str | None:
    """The legs do not agree, and a guarded one names no shortfall."""
    return world.code(moves(("una", 2), ("av", -1), fact=True))


def _exceeded_and_short(world: World) -> str | None:
    """More is taken than the hold keeps, and it breaks a floor as well."""
    return world.code(settle(hold(world, 10_000), 10_001))


def _erase_unknown_alone(world: World) -> str | None:
    """The entry is not there, and both people are one."""
    return world.code(Erase(entries=(999,), second="tester", ground="request"))


def _reopen_alone_for_nothing(world: World) -> str | None:
    """The reason is unknown, and the month is open."""
    return world.code(ChangePeriod(period="2025-05", to="reopened", reason="late", because=999))


def _hold_in_future_past(world: World) -> str | None:
    """The hold has expired already, and its day has not come."""
    future = date(2025, 6, 11)
    return world.code(PlaceHold(effective_on=future, pairs=(Kept("held", "av", 1),), expires_us=1))


def _floor_and_ceiling(world: World) -> str | None:
    """One leg meets a ceiling before another meets a floor."""
    return world.code(moves(("payable/p", 1), ("petty", -1)))


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (_closed_and_frozen, "hold_closed"),
        (_reversed_and_shut, "already_reversed"),
        (_reversal_early_in_closed_month, "period_closed"),
        (_up_to_unbalanced, "unbalanced"),
        (_fact_unbalanced_and_unnamed, "unbalanced"),
        (_exceeded_and_short, "hold_exceeded"),
        (_erase_unknown_alone, "entry_unknown"),
        (_reopen_alone_for_nothing, "because_unknown"),
        (_hold_in_future_past, "hold_expiry_past"),
        (_floor_and_ceiling, "not_enough_available"),
    ],
)
def test_the_order_holds_for_other_requests_too(ask: Callable[[World], str | None], expected: str) -> None:
    """Holds, reversals, erasures and months answer in the order of the list as well."""
    assert ask(scene()) == expected


# What is not considered at all.

BAD_CODES = (
    "", "-", " bank", "a b", "a|b", "bank\x00", "bank\n", "\x7f", "caf\u00e9", "\ud800", "\u0661\u0662", "\uff41",
    "x" * 300,
)  # fmt: skip
BAD_ACCOUNTS = (*BAD_CODES, "a:b", "/a", ".a", "x" * 121)
BAD_LEG_AMOUNTS = (
    (0, "amount_zero"), (1.5, "amount_malformed"), (float("nan"), "amount_malformed"), ("1", "amount_malformed"),
    (None, "amount_malformed"), (True, "amount_malformed"), (2**63, "amount_too_large"), (-(2**63), "amount_too_large"),
    (10**15, "amount_too_large"), (-(10**15), "amount_too_large"),
)  # fmt: skip
BAD_SIZES = (*BAD_LEG_AMOUNTS[:6], (-1, "amount_negative"), (2**63, "amount_too_large"), (10**15, "amount_too_large"))


def malformed(make: Callable[[], object]) -> str:
    """The code with which a request is turned away before it exists."""
    with pytest.raises(Malformed) as told:
        make()
    return told.value.code


@pytest.mark.parametrize(("pence", "code"), BAD_LEG_AMOUNTS)
def test_a_leg_is_whole_pence_within_bounds(pence: Any, code: str) -> None:
    """Zero, fractions, NaN, text, truth values and amounts beyond the bound are no legs."""
    assert malformed(lambda: moves(("bank/a", pence), ("bank/b", -1))) == code


@pytest.mark.parametrize(("pence", "code"), BAD_SIZES)
def test_a_size_is_above_zero(pence: Any, code: str) -> None:
    """Where a size is asked for, a negative amount is refused by that name; the rest as for legs."""
    assert malformed(lambda: PlaceHold(effective_on=TODAY, pairs=(Kept("h", "o", pence),))) == code
    assert malformed(lambda: ReleaseHold(effective_on=TODAY, hold=1, takes=(Take("h", pence),))) == code
    assert malformed(lambda: settle(1, pence)) == code


@pytest.mark.parametrize("code", BAD_ACCOUNTS)
def test_an_account_code_is_plain(code: str) -> None:
    """Controls, NUL, lone surrogates, other scripts' digits, colons and blanks name no account anywhere."""
    makers: list[Callable[[], object]] = [
        lambda: moves((code, 1), ("b", -1)),
        lambda: Post(effective_on=TODAY, legs=(Leg("a", 1), Leg("b", -1, code)), fact=True),
        lambda: PlaceHold(effective_on=TODAY, pairs=(Kept(code, "o", 1),)),
        lambda: PlaceHold(effective_on=TODAY, pairs=(Kept("h", code, 1),)),
        lambda: ReleaseHold(effective_on=TODAY, hold=1, takes=(Take(code, 1),)),
        lambda: correct(1, (code, "a")),
        lambda: correct(1, ("a", code)),
        lambda: ChangeAccount(account=code, to="frozen"),
        lambda: AccountSpec(code, "bank"),
        lambda: AccountSpec("a", code),
        lambda: AtLeast(code, 1),
    ]
    assert {malformed(make) for make in makers} == {"code_malformed"}


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_code_is_plain(code: str) -> None:
    """Whatever stands in a line is in its alphabet: subject, people, reasons, attributes, guards."""
    makers: list[Callable[[], object]] = [
        lambda: moves(("a", 1), ("b", -1), subject=code),
        lambda: Asked(code, "tester"),
        lambda: Asked("test", code),
        lambda: Asked("test", "tester", code),
        lambda: PlaceHold(effective_on=TODAY, pairs=(Kept("h", "o", 1),), purpose=code),
        lambda: ChangeAccount(account="a", to="frozen", reason=code),
        lambda: ChangePeriod(period="2025-05", to="closed", reason=code),
        lambda: Record(kind="payee", subject=code, attributes=(("act", "registered"),)),
        lambda: Record(kind="payee", subject="P1", attributes=(("act", code),)),
        lambda: Record(kind="payee", subject="P1", attributes=(("act", "registered"), (code, "x"))),
        lambda: Erase(entries=(1,), second=code, ground="request"),
        lambda: Erase(entries=(1,), second="other", ground=code),
        lambda: OpenAccounts(accounts=(AccountSpec("a", "bank"),), tags=(("person", code),)),
        lambda: Guard(code, 1),
        lambda: Item(requests=(PENNY,), asked=ASKED, refusal_attributes=(("bundle", code),)),
    ]
    assert {malformed(make) for make in makers} == {"code_malformed"}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: moves(("a", 1)), "legs_too_few"),
        (lambda: moves(*((f"a/{i}", 1) for i in range(201))), "legs_too_many"),
        (lambda: moves(("a", 1), ("a", -1)), "account_repeated"),
        (lambda: Post(effective_on=TODAY, legs=(Leg("a", 1), Leg("b", -1, "a")), fact=True), "account_repeated"),
        (lambda: PlaceHold(effective_on=TODAY, pairs=(Kept("h", "o", 1), Kept("k", "o", 1))), "account_repeated"),
        (lambda: PlaceHold(effective_on=TODAY, pairs=()), "legs_too_few"),
        (lambda: SettleHold(effective_on=TODAY, hold=1, takes=(Take("h", 1),), legs=(Leg("h", 1),)), "account_repeated"),
        (lambda: SettleHold(effective_on=TODAY, hold=1, takes=(), legs=(Leg("a", 1),)), "legs_too_few"),
        (lambda: ReleaseHold(effective_on=TODAY, hold=1, takes=(Take("h", 1), Take("h", 2))), "account_repeated"),
        (lambda: moves(("a", 1), ("b", -1), up_to="c"), "up_to_malformed"),
        (lambda: moves(("a", 1), ("b", -2), ("c", 1), up_to="a"), "up_to_malformed"),
        (lambda: moves(("a", 1), ("b", -1), up_to="a", fact=True), "up_to_malformed"),
        (lambda: correct(1), "legs_too_few"),
        (lambda: correct(1, ("a", "b"), ("a", "c")), "account_repeated"),
        (lambda: moves(("a", 1), ("b", -1), day=None), "day_missing"),
        (lambda: moves(("a", 1), ("b", -1), day="2025-06-10"), "dates_malformed"),
        (lambda: moves(("a", 1), ("b", -1), care_from=TODAY), "dates_malformed"),
        (lambda: moves(("a", 1), ("b", -1), care_from=TODAY, care_to=date(2025, 6, 9)), "dates_malformed"),
        (lambda: moves(("a", 1), ("b", -1), event=1000), "event_unknown"),
        (lambda: moves(("a", 1), ("b", -1), because=2**63), "because_malformed"),
        (lambda: reverse(0), "number_malformed"),
        (lambda: reverse(2**63), "number_malformed"),
        (lambda: settle(-1, 1), "number_malformed"),
        (lambda: Erase(entries=(2**63,), second="other", ground="x"), "number_malformed"),
        (lambda: Erase(entries=(1, 1), second="other", ground="x"), "entries_malformed"),
        (lambda: PlaceHold(effective_on=TODAY, pairs=(Kept("h", "o", 1),), expires_us=2**63), "time_malformed"),
        (lambda: ChangePeriod(period="2025-13", to="closed"), "period_malformed"),
        (lambda: ChangePeriod(period="\u0662025-05", to="closed"), "period_malformed"),
        (lambda: ChangePeriod(period="2025-05", to="shut"), "code_unknown"),
        (lambda: AccountSpec("a", "bank", "budget"), "group_malformed"),
        (lambda: AccountSpec("a", "bank", floor=1, ceiling=0), "guard_malformed"),
        (lambda: AccountSpec("a", "bank", floor=2**63), "amount_too_large"),
        (lambda: OpenAccounts(accounts=(AccountSpec("a", "x"), AccountSpec("a", "y"))), "account_repeated"),
        (lambda: OpenAccounts(accounts=(AccountSpec("a", "x"),), tags=(("p", "1"), ("p", "2"))), "tag_repeated"),
        (lambda: Record(kind="payee", subject="P1", attributes=()), "act_missing"),
        (lambda: Record(kind="transaction", subject="P1", attributes=(("act", "x"),)), "code_unknown"),
        (lambda: Record(kind="decision", subject="P1", attributes=(("bundle", "b"),)), "code_unknown"),
        (lambda: Record(kind="payee", subject="P1", attributes=(("act", "x"), ("act", "y"))), "attribute_repeated"),
        (lambda: OpenBook(currency="G8P", first_month="2025-04", nature="synthetic", origin="o"), "currency_malformed"),
        (lambda: OpenBook(currency="GBP", first_month="2025-26", nature="live", origin="o"), "period_malformed"),
        (lambda: Restart(origin="o", second="s", ground="g", note_size=-1, note_root=None), "number_malformed"),
        (lambda: Restart(origin="o", second="s", ground="g", note_size=1, note_root="ab"), "code_malformed"),
        (lambda: Asked("test", "tester", channel="phone"), "code_unknown"),
        (lambda: Asked("test", "tester", source="guessed"), "code_unknown"),
        (lambda: Detail(b"short", b""), "salt_malformed"),
        (lambda: Item(requests=(), asked=ASKED), "group_malformed"),
        (lambda: Item(requests=(PENNY,) * 51, asked=ASKED), "group_malformed"),
        (lambda: Item(requests=(PENNY,) * 501, asked=ASKED, key=b"k" * 16, natural=True), "group_malformed"),
        (lambda: Item(requests=(moves(("a", 1), ("b", -1), because=-1),), asked=ASKED), "because_malformed"),
        (lambda: Item(requests=(PENNY,), asked=ASKED, refusal_attributes=(("fact.x", "y"),)), "attribute_repeated"),
    ],
)  # fmt: skip
def test_a_request_that_exists_is_well_formed(make: Callable[[], object], code: str) -> None:
    """A request with a wrong shape cannot be made, and says by which code and where."""
    assert malformed(make) == code


def test_a_request_cannot_be_changed_after_it_was_checked() -> None:
    """The shape is checked where a request is made, so nothing may be put into it later."""
    with pytest.raises(AttributeError):
        PENNY.legs = ()  # type: ignore[misc]
    with pytest.raises(Malformed):
        msgspec.structs.replace(PENNY, legs=())


def test_what_would_not_fit_a_line_is_malformed() -> None:
    """Attributes within their own bounds can still be longer than a line together: refused before anything is written."""
    many = tuple((f"name{i:03d}", "v" * 250) for i in range(300))
    with pytest.raises(Malformed) as no:
        Record(kind="setting", subject="x", attributes=(("act", "made"), *many))
    assert no.value.code == "attributes_too_many"


@pytest.mark.parametrize("tag", ["person", "line"])
def test_a_book_of_published_payments_takes_imports_and_nothing_of_a_person(tag: str) -> None:
    """An account of a person or a line is refused there, an import and a suspense account are not."""
    world = scene()
    world.state.nature = "open_data"
    spec = AccountSpec("share/x", "available", "budget", "nhs/2025-26", "use")
    assert world.code(OpenAccounts(accounts=(spec,), tags=((tag, "P1"),))) == "open_data_only"
    assert world.code(OpenAccounts(accounts=(spec,), tags=(("payee", "P1"),))) is None
    assert world.code(PENNY, asked=IMPORTED) is None
    sent = Record(kind="run", subject="sent/payments", attributes=(("act", "payments_sent"), ("rows", "3")))
    assert world.code(sent) == "open_data_only"
    assert world.code(sent, asked=IMPORTED) is None


@pytest.mark.parametrize(
    ("period", "expected"),
    [("2025-06", None), ("2025-07", "period_in_future"), ("2025-26", None), ("2026-27", "period_in_future"),
     ("2099-12", "period_in_future"), ("2024-12", "before_first_month")],
)  # fmt: skip
def test_what_has_begun_can_be_closed(period: str, expected: str | None) -> None:
    """On the tenth of June 2025 that is June and its year, and neither the month nor the year after."""
    assert scene().code(ChangePeriod(period=period, to="closed")) == expected


def test_whom_somebody_acts_for_is_no_second_person_beside_them() -> None:
    """Of an erasure, and of a log that goes on under another origin: neither who does it nor for whom; another is."""
    world, acting = scene(), Asked("test", "one", "boss")
    kept = Record(kind="setting", subject="setting/x", attributes=(("act", "said"),), detail=Detail(b"s" * 16, b"{}"))
    number = world.done(kept)
    for second in ("one", "boss"):
        erase = Erase(entries=(number,), second=second, ground="request")
        restart = Restart(origin="phb-ledger/PURE/2", second=second, ground="restore", note_size=0, note_root=None)
        assert world.code(erase, asked=acting) == "second_person_needed"
        assert world.code(restart, asked=acting) == "second_person_needed"
    assert world.code(Erase(entries=(number,), second="other", ground="request"), asked=acting) is None
