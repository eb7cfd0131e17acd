"""What a book should say, in dictionaries and in the words of accounting.md.

Written apart from the ledger: it imports nothing of what decides and applies in `ledger.core`, so that a mistake would
have to be made twice to go unseen.
"""

import copy
from datetime import date
from typing import Any

FIRST_DAY, TOO_EARLY, LAST_YEAR, FUTURE = date(2024, 4, 1), date(2024, 3, 31), date(2025, 2, 3), date(2999, 1, 1)
DAYS = (date(2025, 6, 2), date(2025, 7, 2))
MOST = 2**62
NEARLY = MOST - 60
"""Where `top` is put at the start: a few movements below what the ledger can keep."""

GUARDS: dict[str, tuple[int | None, int | None]] = {
    "b": (0, None), "c": (None, 0), "av": (0, None), "held": (0, None), "unf": (None, 0),
}  # fmt: skip
MONEY = ("a", "b", "c", "p", "s", "l1", "l2", "top", "exp", "shut", "ice")
THIS_YEAR = ("av", "una", "unf", "held", "spent")
NEXT_YEAR = ("av2", "una2", "spent2")
GROUP = dict.fromkeys(THIS_YEAR, "this") | dict.fromkeys(NEXT_YEAR, "next")
IN_A_LINE = ("l1", "l2")

Legs = dict[str, int]


def group_of(code: str) -> str:
    """The balance group of an account; whatever is no budget account is money."""
    return GROUP.get(code, "actual")


def guard(code: str, down: bool) -> int | None:
    """The floor of an account for a leg that lowers it, the ceiling for one that raises it."""
    return GUARDS.get(code, (None, None))[0 if down else 1]


class Model:
    """One book. Each method is one request: it changes nothing and names the refusal, or it happens."""

    def __init__(self) -> None:
        codes = (*MONEY, *THIS_YEAR, *NEXT_YEAR)
        self.debit, self.credit = dict.fromkeys(codes, 0), dict.fromkeys(codes, 0)
        self.debit["top"] = NEARLY
        self.status = dict.fromkeys(codes, "open")
        self.holds: dict[int, dict[str, Any]] = {}
        self.moved: dict[int, dict[str, Any]] = {}
        self.closed: dict[str, str] = {}
        self.details: dict[int, bool] = {}
        self.person = 0
        self.size = 0

    def copy(self) -> "Model":
        """As it is now, to go back to."""
        return copy.deepcopy(self)

    def balance(self, code: str) -> int:
        """Signed pence, debit positive."""
        return self.debit[code] - self.credit[code]

    # The rules that movements share

    def accounts(self, legs: Any, fact: bool) -> str | None:
        """Closed accounts take nothing, frozen ones take facts."""
        if any(self.status[leg] == "closed" for leg in legs):
            return "account_closed"
        return "account_frozen" if not fact and any(self.status[leg] == "frozen" for leg in legs) else None

    def reason(self, legs: Any, because: int = 0) -> str | None:
        """A person's budget line moves for a reason."""
        if because:
            return "because_unknown" if because > self.size else None
        return "because_missing" if any(leg in IN_A_LINE for leg in legs) else None

    def day(self, day: date) -> str | None:
        """It has come, the book reaches back to it, and neither its month nor its year is closed."""
        if day == FUTURE:
            return "effective_in_future"
        if day < FIRST_DAY:
            return "before_first_month"
        return "period_closed" if day.isoformat()[:7] in self.closed or self.year_is_closed(day) else None

    def year_is_closed(self, day: date) -> bool:
        """The financial year, April to March."""
        start = day.year - (day.month < 4)
        return f"{start}-{start % 100 + 1:02d}" in self.closed

    def sums(self, legs: Legs) -> str | None:
        """Nothing in each balance group; what is spent is what care cost."""
        for group in ("actual", "this", "next"):
            if sum(pence for code, pence in legs.items() if group_of(code) == group):
                return "unbalanced"
        spent = legs.get("spent", 0) + legs.get("spent2", 0)
        return "identity_broken" if legs.get("exp", 0) != spent else None

    def room(self, code: str, down: bool) -> int | None:
        """How many pence fit before the account's guard; None without one."""
        limit = guard(code, down)
        return None if limit is None else (self.balance(code) - limit if down else limit - self.balance(code))

    def money(self, legs: Legs) -> str | None:
        """Floors before ceilings before the end of the numbers."""
        for code, pence in legs.items():
            room = self.room(code, down=True)
            if pence < 0 and room is not None and -pence > room:
                return "not_enough_available"
        for code, pence in legs.items():
            room = self.room(code, down=False)
            if pence > 0 and room is not None and pence > room:
                return "ceiling_reached"
        for code, pence in legs.items():
            if max(abs(self.balance(code) + pence), self.debit[code], self.credit[code]) > MOST:
                return "balance_out_of_range"
        return None

    def routed(self, legs: Legs, short: dict[str, str]) -> Legs | None:
        """What a guarded account cannot bear goes where the fact says; None if it does not say so soundly."""
        sums, ways = dict(legs), {}
        for code, pence in legs.items():
            down = pence < 0
            room = None if code == "held" else self.room(code, down)
            if room is None:
                continue
            to = short.get(code, code)
            if to == code or group_of(to) != group_of(code) or guard(to, down) is not None:
                return None
            if ways.setdefault(to, down) != down:
                return None
            over = max(0, abs(pence) - max(0, room)) * (-1 if down else 1)
            sums[code] -= over
            sums[to] = sums.get(to, 0) + over
        return {code: pence for code, pence in sums.items() if pence}

    def record(self, kind: str, day: date, legs: Legs, **more: Any) -> None:
        """One more entry that moves money."""
        self.size += 1
        for code, pence in legs.items():
            self.debit[code] += max(0, pence)
            self.credit[code] += max(0, -pence)
        if "p" in legs:
            self.person = self.size
        self.moved[self.size] = {"kind": kind, "day": day, "legs": legs, "undone": False, "hold": 0, **more}

    # Movements

    def post(
        self, legs: Legs, day: date, fact: bool = False, short: dict[str, str] | None = None,
        up_to: str | None = None, because: int = 0, currency: str | None = None,
    ) -> str | None:  # fmt: skip
        """A movement between any accounts; one leg may shrink to what is available."""
        named = [*legs, *(short or {}).values()]
        if currency not in (None, "GBP"):
            return "currency_differs"
        if any(code not in self.status for code in named):
            return "account_unknown"
        if no := self.accounts(named, fact) or self.reason(legs, because):
            return no
        if "held" in named:
            return "holding_account"
        if no := self.day(day) or self.sums(legs):
            return no
        if up_to is not None and (room := self.room(up_to, legs[up_to] < 0)) is not None:
            if room <= 0:
                return "nothing_available"
            size = min(room, abs(legs[up_to]))
            legs = {code: size if pence > 0 else -size for code, pence in legs.items()}
        if fact:
            found = self.routed(legs, short or {})
            if found is None:
                return "shortfall_unnamed"
            legs = found
        if no := self.money(legs):
            return no
        self.record("transaction", day, legs)
        return None

    def place(self, holding: str, origin: str, pence: int, day: date, expires: int | None) -> str | None:
        """From the origin to the holding account."""
        legs = {holding: pence, origin: -pence}
        if no := self.accounts(legs, False) or self.reason(legs):
            return no
        if holding != "held" or origin == "held":
            return "holding_account"
        if expires == 1:
            return "hold_expiry_past"
        if no := self.day(day) or self.sums(legs) or self.money(legs):
            return no
        self.record("hold_placed", day, legs, hold=self.size + 1)
        self.holds[self.size] = {"placed": pence, "left": pence, "expires": expires, "closed": False}
        return None

    def known_hold(self, number: int, holding: str) -> str | None:
        """Whether there is such an open hold, and whether it keeps something there."""
        if number not in self.holds:
            return "hold_unknown"
        if self.holds[number]["closed"]:
            return "hold_closed"
        return None if holding == "held" else "hold_account_unknown"

    def settle(
        self, number: int, holding: str, taken: int, more: int, final: bool, fact: bool, day: date
    ) -> str | None:
        """Takes from the hold and `more` from `av`, all of it to `una`; what is left goes back when final."""
        if no := self.known_hold(number, holding):
            return no
        hold = self.holds[number]
        rest = max(0, hold["left"] - taken) if final else 0
        legs = {"una": taken + more, "held": -taken - rest, "av": rest - more}
        legs = {code: pence for code, pence in legs.items() if pence}
        named = ["una", *legs, *(["av"] if more else []), *(["unf"] if more and fact else [])]
        if no := self.accounts(named, fact) or self.day(day):
            return no
        if fact:
            legs = self.routed(legs, {"av": "unf"}) or legs
        if taken > hold["left"]:
            return "hold_exceeded"
        if no := self.money(legs):
            return no
        self.record("hold_settled", day, legs, hold=number)
        hold["left"] -= taken + rest
        hold["closed"] = final or hold["left"] == 0
        return None

    def release(self, number: int, holding: str, part: int | None, day: date) -> str | None:
        """`held` back to `av`."""
        if no := self.known_hold(number, holding):
            return no
        hold = self.holds[number]
        pence = hold["left"] if part is None else part
        legs = {"held": -pence, "av": pence}
        if no := self.accounts(legs, False) or self.day(day):
            return no
        if pence > hold["left"]:
            return "hold_exceeded"
        self.record("hold_released", day, legs, hold=number)
        hold["left"] -= pence
        hold["closed"] = hold["left"] == 0
        return None

    def expire(self, now_us: int) -> int:
        """All due holds; how many. A closed account could take nothing back, so they wait."""
        due = [n for n, hold in self.holds.items() if not hold["closed"] and (hold["expires"] or now_us + 1) <= now_us]
        if "closed" in (self.status["av"], self.status["held"]):
            return 0
        for number in due:
            left = self.holds[number]["left"]
            self.record("hold_expired", DAYS[0], {"held": -left, "av": left}, hold=number)
            self.holds[number].update(left=0, closed=True)
        return len(due)

    # Undoing

    def undoable(self, number: int, kinds: tuple[str, ...]) -> str | None:
        """A movement of these kinds, not undone yet."""
        if not 1 <= number <= self.size:
            return "entry_unknown"
        entry = self.moved.get(number)
        if entry is None or entry["kind"] in ("hold_expired", "undoing"):
            return "not_reversible"
        if entry["undone"]:
            return "already_reversed"
        return None if entry["kind"] in kinds else "not_reversible"

    def reverse(self, number: int, day: date) -> str | None:
        """Everything negated, once; an open hold gets back what it kept."""
        if no := self.undoable(number, ("transaction", "hold_placed", "hold_settled", "hold_released")):
            return no
        entry = self.moved[number]
        if self.year_is_closed(entry["day"]):
            return "year_closed"
        hold, placing = self.holds.get(entry["hold"]), entry["kind"] == "hold_placed"
        if placing and hold is not None and hold["closed"]:
            return "hold_closed"
        legs = {code: -pence for code, pence in entry["legs"].items()}
        if no := self.accounts(legs, False) or self.reason(legs) or self.day(day):
            return no
        if day < entry["day"]:
            return "reversal_too_early"
        if placing and hold is not None and hold["left"] < hold["placed"]:
            return "hold_exceeded"
        if no := self.money(legs):
            return no
        self.record("undoing", day, legs)
        entry["undone"] = True
        if hold is not None:
            hold["left"] += legs.get("held", 0)
            hold["closed"] = placing
        return None

    def correct(self, number: int, instead: dict[str, str], day: date) -> str | None:
        """A movement of a closed year negated in an open one, on accounts of the new year."""
        if no := self.undoable(number, ("transaction", "hold_settled")):
            return no
        entry = self.moved[number]
        if not self.year_is_closed(entry["day"]):
            return "year_open"
        legs: Legs = {}
        for code, pence in entry["legs"].items():
            new = instead.get(code, code)
            legs[new] = legs.get(new, 0) - pence
        if any(code not in self.status for code in legs):
            return "account_unknown"
        legs = {code: pence for code, pence in legs.items() if pence}
        if no := self.accounts(legs, False):
            return no
        budget = [code for code in entry["legs"] if group_of(code) != "actual"]
        if len(legs) < 2 or any(group_of(instead.get(code, code)) == group_of(code) for code in budget):
            return "correction_incomplete"
        if no := self.reason(legs):
            return no
        if "held" in legs:
            return "holding_account"
        if no := self.day(day) or self.sums(legs) or self.money(legs):
            return no
        self.record("undoing", day, legs)
        entry["undone"] = True
        return None

    # What moves no money

    def change(self, code: str, to: str) -> str | None:
        """Freeze, unfreeze, close."""
        if code not in self.status:
            return "account_unknown"
        now = self.status[code]
        if now == "closed":
            return "account_closed"
        if to == "frozen" and now == "frozen":
            return "account_frozen"
        if to == "unfrozen" and now != "frozen":
            return "account_not_frozen"
        kept = sum(hold["left"] for hold in self.holds.values()) if code == "av" else 0
        if to == "closed" and (self.balance(code) or kept):
            return "account_not_empty"
        self.size += 1
        self.status[code] = "open" if to == "unfrozen" else to
        return None

    def period(self, period: str, to: str, actor: str) -> str | None:
        """Close a month or a year, or reopen it by somebody else."""
        if to == "reopened" and self.closed.get(period) == actor:
            return "second_person_needed"
        if to == "closed" and period < "2024-04":
            return "before_first_month"
        if to == "closed" and period > "2090":
            return "period_in_future"
        if (period in self.closed) == (to == "closed"):
            return "period_state"
        self.size += 1
        if to == "closed":
            self.closed[period] = actor
        else:
            del self.closed[period]
        return None

    def open(self, code: str) -> str | None:
        """One more account without guards."""
        if code in self.status:
            return "account_exists"
        self.size += 1
        self.debit[code], self.credit[code], self.status[code] = 0, 0, "open"
        return None

    def note(self) -> str | None:
        """An entry with details that may be erased."""
        self.size += 1
        self.details[self.size] = False
        return None

    def erase(self, number: int, second: str, actor: str) -> str | None:
        """The details of an entry, once, by two people."""
        if not 1 <= number <= self.size:
            return "entry_unknown"
        if self.details.get(number, True):
            return "nothing_to_erase"
        if second == actor:
            return "second_person_needed"
        self.size += 1
        self.details[number] = True
        return None
