"""What the clients of the state machine ask: each a request, and what it should do to the model."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from ledger.core.model import AccountSpec, Detail, Leg
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Correct,
    Erase,
    Kept,
    OpenAccounts,
    PlaceHold,
    Post,
    Record,
    ReleaseHold,
    Replacement,
    Reverse,
    SettleHold,
    Take,
)
from tests.machine.model import DAYS, FUTURE, LAST_YEAR, TOO_EARLY, Legs, Model

Asking = tuple[Any, Callable[[Model], str | None]]
NO_ENTRY = 10**6
ACTOR = "tester"
COMPLETE = {"av": "av2", "una": "una2", "unf": "av2", "held": "av2", "spent": "spent2"}
INSTEAD = (
    COMPLETE, COMPLETE, COMPLETE, {"av": "av2"}, {"av": "una", "una": "av"}, {**COMPLETE, "una": "av2"},
    {**COMPLETE, "av": "none"}, {"av": "a", "una": "una2"}, {**COMPLETE, "a": "p"},
)  # fmt: skip
"""Complete, incomplete, within the closed year, netted to nothing, on an account that is not there, out of balance."""
SHORT = (
    {"av": "unf", "b": "s", "c": "s"},
    {"av": "unf", "b": "s", "c": "s"},
    {},
    {"av": "s"},
    {"b": "none"},
    {"c": "held"},
)
days = st.sampled_from((DAYS[0], DAYS[0], DAYS[1], LAST_YEAR))


def moving(
    legs: Legs, day: Any = DAYS[0], fact: bool = False, short: dict[str, str] | None = None, **more: Any
) -> Asking:
    """A movement of signed pence; a fact names where each guarded leg's shortfall goes."""
    named = {code: to for code, to in (short or {}).items() if fact and code in legs}
    sent = tuple(Leg(code, pence, named.get(code)) for code, pence in legs.items())
    request = Post(effective_on=day, legs=sent, fact=fact, **more)
    return request, lambda model: model.post(legs, day, fact, named, **more)


def placing(pence: int, expires: int | None, holding: str = "held", origin: str = "av", day: Any = DAYS[0]) -> Asking:
    """A hold of one pair."""
    request = PlaceHold(effective_on=day, pairs=(Kept(holding, origin, pence),), expires_us=expires)
    return request, lambda model: model.place(holding, origin, pence, day, expires)


def settling(
    number: int,
    taken: int,
    more: int = 0,
    final: bool = False,
    fact: bool = True,
    holding: str = "held",
    day: Any = DAYS[0],
) -> Asking:
    """A hold used in part, for less or for more."""
    legs = [Leg("una", taken + more)] + [Leg("av", -more, "unf" if fact else None)] * (more > 0)
    request = SettleHold(
        effective_on=day, hold=number, takes=(Take(holding, taken),), legs=tuple(legs), final=final, fact=fact
    )
    return request, lambda model: model.settle(number, holding, taken, more, final, fact, day)


def releasing(number: int, part: int | None = None, holding: str = "held", day: Any = DAYS[0]) -> Asking:
    """A hold given back, whole or in part."""
    takes, holding = ((), "held") if part is None else ((Take(holding, part),), holding)
    request = ReleaseHold(effective_on=day, hold=number, takes=takes)
    return request, lambda model: model.release(number, holding, part, day)


def reversing(number: int, day: Any = DAYS[1]) -> Asking:
    """A movement undone in its own year."""
    return Reverse(entry=number, effective_on=day), lambda model: model.reverse(number, day)


def correcting(number: int, instead: dict[str, str], day: Any = DAYS[1]) -> Asking:
    """A movement of a closed year undone in an open one."""
    pairs = tuple(Replacement(*pair) for pair in instead.items())
    request = Correct(entry=number, effective_on=day, replacements=pairs)
    return request, lambda model: model.correct(number, instead, day)


def changing(code: str, to: str) -> Asking:
    """An account frozen, unfrozen or closed."""
    return ChangeAccount(account=code, to=to), lambda model: model.change(code, to)


def shutting(period: str, to: str, actor: str = ACTOR) -> Asking:
    """A month or a year closed or reopened."""
    return ChangePeriod(period=period, to=to, reason="late"), lambda model: model.period(period, to, actor)


def opening(code: str) -> Asking:
    """One more account."""
    return OpenAccounts(accounts=(AccountSpec(code, "bank"),)), lambda model: model.open(code)


def noting() -> Asking:
    """An entry with details."""
    detail = Detail(b"s" * 16, b"what may be erased")
    request = Record(kind="payee", subject="payee/P9", attributes=(("act", "registered"),), detail=detail)
    return request, lambda model: model.note()


def erasing(number: int, second: str = "other") -> Asking:
    """The details of an entry erased."""
    request = Erase(entries=(number,), second=second, ground="request")
    return request, lambda model: model.erase(number, second, ACTOR)


def acts() -> st.SearchStrategy[Asking]:
    """Movements between two accounts, some of them senseless, some only up to what is available."""

    def made(one: str, two: str, pence: int, off: int, day: Any, up_to: int, because: int, currency: str) -> Asking:
        if one == two:
            two = "a" if one != "a" else "p"
        more: dict[str, Any] = {"because": because, "currency": currency}
        if up_to and not off:
            more["up_to"] = (one, two)[up_to - 1]
        return moving({one: pence + off, two: -pence}, day, **more)

    codes = st.sampled_from(("a", "a", "b", "b", "c", "p", "av", "av", "una", "una", "held", "none", "l1", "top", "s"))
    return st.builds(
        made, codes, codes, st.integers(1, 50), st.sampled_from((0, 0, 0, 0, 0, 1)), days, st.sampled_from((0, 0, 1, 2)),
        st.sampled_from((0, 0, 0, 1, NO_ENTRY)), st.sampled_from((None, None, None, None, "GBP", "EUR")),
    )  # fmt: skip


def facts() -> st.SearchStrategy[Asking]:
    """What has happened and is never refused for money, if it says where a shortfall goes."""

    def made(pair: tuple[str, str], pence: int, day: Any, short: dict[str, str]) -> Asking:
        return moving({pair[0]: pence, pair[1]: -pence}, day, True, short)

    pairs = st.sampled_from((("una", "av"), ("una", "av"), ("a", "b"), ("c", "a"), ("c", "b")))
    return st.builds(made, pairs, st.integers(1, 90), days, st.sampled_from(SHORT))


def care(pence: int, off: int = 0, day: Any = DAYS[0]) -> Asking:
    """Care that cost something, in both layers; `off` pence apart when they do not agree."""
    return moving({"exp": pence + off, "a": -pence - off, "spent": pence, "una": -pence}, day)


def about(model: Model) -> st.SearchStrategy[Asking]:
    """Holds, undoing, accounts: mostly about what is there."""
    pence = st.integers(1, 40)
    holds = st.sampled_from([*model.holds, *model.holds, 1])
    entries = st.sampled_from([*model.moved, *model.moved, 1, model.size, NO_ENTRY])
    holding, day = st.sampled_from(("held",) * 6 + ("b",)), st.sampled_from((DAYS[0], DAYS[1], DAYS[1]))
    often = st.sampled_from((True, True, False))
    return st.one_of(
        st.builds(settling, holds, pence, st.sampled_from((0, 0, 7, 60)), st.booleans(), often, holding, days),
        st.builds(releasing, holds, st.none() | pence, holding, days),
        st.builds(lambda amount, on: moving({"av": amount, "una": -amount}, on), st.integers(10, 80), days),
        st.builds(reversing, entries, day),
        st.builds(correcting, entries, st.sampled_from(INSTEAD), day),
        st.builds(
            changing, st.sampled_from(("b", "c", "av", "una", "unf", "held", "x1", "none")),
            st.sampled_from(("frozen", "unfrozen", "unfrozen", "closed")),
        ),
        st.builds(opening, st.sampled_from(("x1", "x2", "a"))),
        st.builds(care, pence, st.sampled_from((0, 0, 1)), days),
        st.builds(noting),
        st.builds(erasing, st.sampled_from([*model.details, *model.details, 1]), st.sampled_from(("other", ACTOR))),
    )  # fmt: skip


def anything(model: Model) -> st.SearchStrategy[Asking]:
    """Whatever one can ask of a book."""
    return acts() | facts() | about(model)


def senseless(model: Model) -> list[Asking]:
    """One request for each way of asking for what cannot be, whatever the book looks like by now."""
    last, over = model.size, next((n for n, hold in model.holds.items() if hold["closed"]), NO_ENTRY)
    held = next((n for n, hold in model.holds.items() if not hold["closed"]), NO_ENTRY)
    late = [n for n, entry in model.moved.items() if (entry["day"], entry["kind"]) == (DAYS[1], "transaction")]
    return [
        reversing(NO_ENTRY), reversing(1), reversing(last), reversing(late[0], DAYS[0]), correcting(last, COMPLETE),
        correcting(min(model.moved), {"una": "una2"}), erasing(1), erasing(max(model.details, default=1), ACTOR),
        erasing(NO_ENTRY), releasing(NO_ENTRY), releasing(over), releasing(held, 1, "b"), releasing(held, 10**6),
        settling(held, 10**6), settling(held, 1, 10**6, fact=False), opening("a"), moving({"a": 1, "none": -1}),
        changing("a", "unfrozen"), changing("una", "closed"), changing("none", "frozen"),
        moving({"a": 1, "p": -1}, because=NO_ENTRY), moving({"l1": 1, "l2": -1}), moving({"held": 1, "av": -1}),
        placing(1, 1), placing(1, None, holding="una"), placing(1, None, origin="a"), placing(10**6, None),
        moving({"a": 1, "p": -1}, FUTURE), moving({"a": 1, "p": -1}, TOO_EARLY), moving({"a": 1, "p": -1}, currency="EUR"),
        moving({"a": 2, "p": -1}), care(5, 1), moving({"una": 1, "av": -1}, fact=True),
        moving({"c": 1, "b": -1}, fact=True, short=SHORT[0]), moving({"c": 10**6, "a": -(10**6)}, up_to="c"),
        moving({"a": 1, "b": -1}, up_to="b"), moving({"a": 1, "shut": -1}), moving({"a": 1, "ice": -1}),

        moving({"a": 10**6, "b": -(10**6)}), moving({"c": 10**6, "a": -(10**6)}), moving({"top": 10**6, "a": -(10**6)}),
        shutting("2025-05", "reopened"), shutting("2023-05", "closed"),
        shutting("2099-05", "closed"),
    ]  # fmt: skip
