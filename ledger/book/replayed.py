"""Parts of the state that a book's lines build: accounts, months and origins, and holds (docs/format.md section 5)."""

from collections.abc import Callable

from ledger.book.kinds import LineWrong, erasures, need, openings, replacements
from ledger.core.calendar import is_year, period_days
from ledger.core.canon import Entry, parse
from ledger.core.model import Identity

HELD = "held"
_FAR = 1 << 80
# Debit, credit and count of a total in one number: there may be one for every account and day, and lists are three times as
# large and slow. No sum of a field reaches the next: that would take 2**46 of the largest postings.
WIDTH = 96
ONE = 1 << 2 * WIDTH
_FIELD = (1 << WIDTH) - 1


def total_of(packed: int) -> tuple[int, int, int]:
    """Debit, credit and count of postings out of a total, in pence."""
    return packed & _FIELD, packed >> WIDTH & _FIELD, packed >> 2 * WIDTH


class Account:
    """One account, its balance in signed pence, and what was posted to it."""

    __slots__ = (
        "balance", "code", "days", "deltas", "group", "held", "high", "id", "klass", "last_number", "layer",
        "line", "low", "months", "opened_number", "person", "row", "shown", "special", "status", "tags", "terms",
    )  # fmt: skip

    def __init__(self, id_: int, parts: tuple[str, ...], tags: dict[str, str], opened_number: int) -> None:
        self.id = id_
        self.row = parts
        self.code, self.klass, self.layer, self.group = parts[:4]
        self.low = -_FAR if parts[6] == "-" else int(parts[6])
        self.high = _FAR if parts[7] == "-" else int(parts[7])
        self.tags = tags
        self.person = f"person/{tags['person']}" if "person" in tags else None
        self.opened_number = opened_number
        self.status = "open"
        self.balance = self.last_number = 0
        self.shown = str(id_)
        self.held = self.klass == HELD
        self.line = "line" in tags
        self.terms: tuple[tuple[str, str, int], ...] = ()
        self.special = self.held or self.line
        self.days: dict[str, int] = {}
        self.deltas: dict[str, int] = {}
        self.months: dict[tuple[str, str], int] = {}

    def add(self, day: str, pence: int) -> None:
        """Count one posting to the totals of its day."""
        self.days[day] = self.days.get(day, 0) + (ONE | pence if pence > 0 else ONE | -pence << WIDTH)

    def fold(self, recorded_month: str) -> None:
        """Add what was posted since the last fold to the totals, as recorded in one month."""
        deltas, months = self.deltas, self.months
        for day, total in self.days.items():
            effective = day[:7], recorded_month
            deltas[day] = deltas.get(day, 0) + total
            months[effective] = months.get(effective, 0) + total
        self.days = {}


class Acts:
    """What entries without legs change: accounts, months, erasures, the origin."""

    def __init__(self, identities: tuple[Identity, ...]) -> None:
        self.accounts: dict[str, Account] = {}
        self.closed: dict[str, frozenset[str]] = {}
        self.periods: dict[str, tuple[str, int]] = {}
        self.erased: dict[int, int] = {}
        self.origins: list[tuple[int, str]] = []
        self.restarts: list[tuple[int, str, int]] = []
        self.first_month = ""
        self.currency = ""
        self.nature = ""
        self.version: str | None = None
        self._identities = identities

    def take(self, entry: Entry, past: Callable[[int], str]) -> None:
        """One entry without legs, its shape checked before. Raises LineWrong."""
        kind = entry.kind
        if kind in ("account_opened", "share_opened"):
            self._open(entry)
        elif kind in ("account_frozen", "account_unfrozen", "account_closed"):
            self._change(entry)
        elif kind.startswith("period_"):
            self._period(entry)
        elif kind == "erasure":
            self._erase(entry, past)
        elif kind == "book":
            need(entry.subject == entry.book, "subject_wrong", "a book's entry is about that book")
            attributes = dict(entry.attributes)
            self.first_month, self.currency = attributes["first_month"], attributes["currency"]
            self.nature = attributes["nature"]
            self.origins.append((1, attributes["origin"]))
        elif kind == "log_restarted":
            attributes = dict(entry.attributes)
            old, new = attributes["old_origin"], attributes["origin"]
            need(
                old == self.origins[-1][1] and new != old,
                "origin_wrong",
                "a restart goes from the origin in force to another",
            )
            self.origins.append((entry.number, new))
            self.restarts.append((entry.number, old, int(attributes["note_size"])))
        elif kind == "line_version":
            self.version = entry.attribute("version")

    def _open(self, entry: Entry) -> None:
        tags = {name[4:]: value for name, value in entry.attributes if name.startswith("tag.")}
        specs = openings(entry)
        first = specs[0][0]
        need(
            entry.kind == "share_opened" or entry.subject == first,
            "subject_wrong",
            "it is about its first account",
        )
        for parts in specs:
            need(parts[0] not in self.accounts, "account_exists", f"{parts[0]} was opened before")
            account = Account(len(self.accounts) + 1, parts, tags, entry.number)
            account.terms = tuple(
                (rule.name, tags[rule.tag], term.coefficient)
                for rule in self._identities
                for term in rule.terms
                if term.klass == account.klass and rule.tag in tags
            )
            account.special = account.special or bool(account.terms)
            self.accounts[parts[0]] = account

    def _change(self, entry: Entry) -> None:
        account = self.accounts.get(entry.subject or "")
        if account is None:
            raise LineWrong("account_unknown", f"there is no account {entry.subject}")
        before = {
            "account_frozen": ("open",),
            "account_unfrozen": ("frozen",),
            "account_closed": ("open", "frozen"),
        }
        need(account.status in before[entry.kind], "account_state", f"{account.code} is {account.status}")
        if entry.kind == "account_closed":
            need(account.balance == 0, "account_not_empty", f"{account.code} is not at zero")
            account.special = True
        account.status = {"account_frozen": "frozen", "account_unfrozen": "open", "account_closed": "closed"}[
            entry.kind
        ]

    def _period(self, entry: Entry) -> None:
        period = entry.subject or ""
        try:
            last = period_days(period)[1].isoformat()[:7]
        except ValueError:
            raise LineWrong("period_malformed", f"{period} is not a month or a year") from None
        if entry.kind == "period_opened":
            earlier = not is_year(period) and period < self.first_month
            need(earlier, "period_state", f"{period} is not a month before the first")
            self.first_month = period
        elif entry.kind == "period_closed":
            need(period not in self.closed, "period_state", f"{period} is closed already")
            need(last >= self.first_month, "period_state", f"{period} ends before the first month")
            self.closed[period] = entry.people
            self.periods[period] = (entry.actor, entry.number)
        else:
            need(period in self.closed, "period_state", f"{period} is not closed")
            need(not self.closed[period] & entry.people, "second_person", "who closed a period does not reopen it")
            del self.closed[period]
            self.periods[period] = (entry.actor, entry.number)

    def _erase(self, entry: Entry, past: Callable[[int], str]) -> None:
        for number, commitment in erasures(entry):
            fits = number < entry.number and parse(past(number)).commitment == commitment
            need(fits, "erasure_wrong", f"entry {number} has no such commitment")
            need(number not in self.erased, "erased_twice", f"entry {number} was erased before")
            self.erased[number] = entry.number

    def is_open(self, day: str) -> bool:
        """Whether a real day is in an open month of an open year."""
        return day[:7] >= self.first_month and day[:7] not in self.closed and not self.year_closed(day)

    def year_closed(self, day: str) -> bool:
        """Whether the year April to March of a day is closed."""
        start = int(day[:4]) - (day[5:7] < "04")
        return f"{start:04d}-{(start + 1) % 100:02d}" in self.closed

    def check_correction(self, entry: Entry, past: Entry) -> None:
        """The rules of `corrects`. Raises LineWrong."""
        need(past.kind in ("transaction", "hold_settled"), "not_reversible", f"a {past.kind} is not corrected")
        assert past.effective_on is not None
        need(
            self.year_closed(past.effective_on.isoformat()),
            "year_open",
            f"{past.number} is of an open year: reverse it",
        )
        instead = replacements(entry)
        sums: dict[str, int] = {}
        for code, pence in past.legs:
            new = instead.get(code, code)
            account = self.accounts[code]
            other = self.accounts.get(new)
            moved = account.layer != "budget" or (other is not None and other.group != account.group)
            need(moved, "correction_incomplete", f"{code} stays in its closed year")
            sums[new] = sums.get(new, 0) - pence
        expected = {code: pence for code, pence in sums.items() if pence}
        need(
            dict(entry.legs) == expected,
            "correction_wrong",
            f"the legs are not those that correct {past.number}",
        )


class Hold:
    """One hold: for each holding account its origin, what was placed and what remains, in pence."""

    __slots__ = ("closed", "expires_us", "number", "pairs", "purpose", "subject")

    def __init__(self, entry: Entry) -> None:
        expires = entry.attribute("expires_at")
        self.number = entry.number
        self.purpose = entry.attribute("purpose") or ""
        self.subject = entry.subject
        self.expires_us = None if expires in ("-", None) else int(expires or 0)
        self.closed = False
        self.pairs: dict[str, list[str | int]] = {}


class Holds:
    """All holds of a book."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.all: dict[int, Hold] = {}
        self._accounts = accounts

    def refuse_held(self, entry: Entry) -> None:
        """A leg on a holding account belongs to a hold. Raises LineWrong."""
        for code, _ in entry.legs:
            need(not self._accounts[code].held, "holding_account", f"money comes to {code} only as a hold")

    def take(self, entry: Entry) -> None:
        """One of the four hold entries. Raises LineWrong."""
        if entry.kind == "hold_placed":
            self._place(entry)
            return
        hold = self.all.get(int(entry.attribute("hold") or 0))
        if hold is None or hold.closed:
            raise LineWrong("hold_wrong", "it names no open hold")
        if entry.kind == "hold_settled":
            taken = {code: pence for code, pence in entry.legs if self._accounts[code].held}
            need(taken and taken.keys() <= hold.pairs.keys(), "hold_wrong", "it takes from its own hold only")
        else:
            taken = {}
            for (holding, down), (origin, up) in _pairs(entry):
                pair = hold.pairs.get(holding)
                need(
                    pair is not None and pair[0] == origin and down == -up,
                    "hold_wrong",
                    "it does not go back in pairs",
                )
                taken[holding] = down
        for code, pence in taken.items():
            remaining = int(hold.pairs[code][2]) + pence
            need(pence < 0 <= remaining, "hold_exceeded", f"hold {hold.number} does not keep so much on {code}")
            hold.pairs[code][2] = remaining
        empty = all(pair[2] == 0 for pair in hold.pairs.values())
        if entry.kind == "hold_expired":
            due = hold.expires_us is not None and entry.recorded_us >= hold.expires_us
            need(due, "hold_not_due", f"hold {hold.number} was not due")
        if entry.kind == "hold_expired" or entry.attribute("final") == "yes":
            need(empty, "hold_remains", f"hold {hold.number} keeps something after its end")
        hold.closed = empty

    def _place(self, entry: Entry) -> None:
        hold = Hold(entry)
        for (holding, up), (origin, down) in _pairs(entry):
            kept, source = self._accounts[holding], self._accounts[origin]
            fits = up == -down and up > 0 and kept.held and not source.held and kept.group == source.group
            need(fits, "hold_wrong", "a hold moves from an account to a holding account of its group")
            hold.pairs[holding] = [origin, up, up]
        self.all[entry.number] = hold

    def give_back(self, entry: Entry, past: Entry) -> None:
        """What the reversal of a hold entry does to its hold. Raises LineWrong."""
        if past.kind == "transaction":
            return
        hold = self.all[past.number if past.kind == "hold_placed" else int(past.attribute("hold") or 0)]
        if past.kind == "hold_placed":
            whole = not hold.closed and all(pair[1] == pair[2] for pair in hold.pairs.values())
            need(whole, "hold_wrong", f"hold {hold.number} was used before it was reversed")
        for code, pence in entry.legs:
            if code in hold.pairs:
                hold.pairs[code][2] = int(hold.pairs[code][2]) + pence
        hold.closed = past.kind == "hold_placed"


def _pairs(entry: Entry) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    need(len(entry.legs) % 2 == 0, "hold_wrong", "the legs of a hold come in pairs")
    return list(zip(entry.legs[::2], entry.legs[1::2], strict=True))
