"""Builds a book's whole state from its lines alone, breaking off at the first line that breaks a rule.

Pure: it reads no table. Verification compares what it has built with what is stored. There are three ways through a line, and
each hands what it does not know to the next: transfers between two accounts whose first fields were read before, transactions
by one expression made of the format's grammar, everything by the strict parser.
"""

import re
from collections.abc import Callable
from datetime import date

from ledger.book.kinds import LineWrong, VersionUnknown, check_shape, need
from ledger.book.replayed import ONE, WIDTH, Account, Acts, Holds
from ledger.core.calendar import london_day
from ledger.core.canon import CHANNELS, POSTING_KINDS, SOURCES, VERSION, Entry, NotALine, parse, person_of
from ledger.core.merkle import EMPTY_FRONTIER, Frontier, Subtree, append_many
from ledger.core.model import Identity

_FIELD, _DAY = "[A-Za-z0-9._:/+-]{1,256}", "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CODE = rf"(?!-\|){_FIELD}"
_NUMBER = "0|[1-9][0-9]{0,17}"
_PLAIN = (
    rf"phb1\|BOOK\|([1-9][0-9]{{0,17}})\|({_NUMBER})\|transaction\|(?:{_NUMBER})\|({_DAY})\|({_DAY}\|{_DAY}|-\|-)"
    rf"\|({'|'.join(SOURCES)})\|(?:{'|'.join(CHANNELS)})\|({_CODE}\|{_CODE}\|{_FIELD})\|({_NUMBER})\|({_FIELD})"
    rf"\|([0-9a-f]{{64}}|-)\|[0-9a-f]{{32}}\|([0-9a-f]{{64}}|-)\|0\|([1-9][0-9]{{0,2}})((?:\|[A-Za-z0-9][A-Za-z0-9._/+-]{{0,119}}"
    r"\|-?[1-9][0-9]{0,14})+)"
)
_HOUR_US = 3_600_000_000
_LAST_US = 253_402_300_800_000_000
Moved = list[tuple[Account, int]]
MAY_OWN_KEY, SAME_ASKER, REFUSED = 1, 2, 4
_SAME = MAY_OWN_KEY | SAME_ASKER
_FRONTS = 20_000


class Replay:
    """The state of a book after the lines it was given. `past` gives an earlier line again, for reversals, corrections and
    erasures. Whoever takes lines empties `keys` now and then: what entries state of their requests, which is compared
    elsewhere. With `tables` also what the tables must hold: totals by day and month, and the rows of postings as COPY text."""

    def __init__(
        self, past: Callable[[int], str], identities: tuple[Identity, ...] = (), *, tables: bool = True
    ) -> None:
        self.past = past
        self.rows: list[str] | None = [] if tables else None
        self.touched: set[int] = set()
        self.number = 0
        self.last_us = -1
        self.postings = 0
        self.code = ""
        self.acts = Acts(identities)
        self.accounts = self.acts.accounts
        self.holds = Holds(self.accounts)
        self.undone: dict[int, int] = {}
        self.subjects: dict[str, int] = {}
        self.frontier: Frontier = EMPTY_FRONTIER
        self.commitments: dict[int, str] = {}
        self.keys: list[tuple[int, str]] = []
        self.owners = bytearray(1)
        self._plain: Callable[[str], re.Match[str] | None] | None = None
        self._open_days: set[str] = set()
        self._spans: set[str] = {"-|-"}
        self._hour_ends = 0
        self._today = ""
        self._month = ""
        self._asker = ""
        self._source = ""
        self._head = ""
        self._fronts: dict[str, tuple[str, str, str]] = {}

    # ---- one line ------------------------------------------------------------------------------------------------------

    def take(self, line: str) -> tuple[str, str, str]:
        """Take the next line; its recorded time, kind and day as they stand in it. Raises LineWrong, VersionUnknown."""
        number = self.number + 1
        shown = self._take_transfer(line, number)
        if shown is None:
            match = self._plain(line) if self._plain is not None else None
            shown = self._take_entry(line, number) if match is None else self._take_plain(match, number)
        self.number = number
        return shown

    def _take_transfer(self, line: str, number: int) -> tuple[str, str, str] | None:
        """Take a transaction of two legs without attributes, or change nothing: None where anything is new or wrong.

        Verification spends its time here. Every field is looked at, as the expression does it: those before `because` by
        being equal to some that passed, since the same days and askers come again and again."""
        parts = line.rsplit("|", 11)
        head = f"{self._head}{number}|"
        if len(parts) != 12 or not parts[0].startswith(head):
            return None
        front, because, subject, commitment, nonce, key, attributes, legs, *pairs = parts
        after = len(head) + 16
        us, known = front[len(head) : after], self._fronts.get(front[after:])
        if known is None or attributes != "0" or legs != "2" or not line.isascii():
            return None
        day, source, asker = known
        # Sixteen digits are times of the years 2001 to 2286.
        if not us.isdecimal() or us[0] == "0" or not self.last_us < (time := int(us)) < self._hour_ends:
            return None
        if day > self._today and source != "generated":
            return None
        if because != "0" and not (because.isdecimal() and because[0] != "0" and int(because) < number):
            return None
        if (subject != "-" and subject not in self.subjects) or not _is_hex(nonce, 32):
            return None
        if (commitment != "-" and not _is_hex(commitment, 64)) or (key != "-" and not _is_hex(key, 64)):
            return None
        if not self._transfer(number, day, *pairs):
            return None
        self.last_us = time
        self._note_plain(number, source, asker, (subject, commitment, key))
        return us, "transaction", day

    def _transfer(self, number: int, day: str, code: str, text: str, other_code: str, other_text: str) -> bool:
        """Move pence between two accounts that have no rules but floors and ceilings, or change nothing."""
        if text.startswith("-"):
            code, text, other_code, other_text = other_code, other_text, code, text
        up, down = self.accounts.get(code), self.accounts.get(other_code)
        if up is None or down is None or up is down or up.group != down.group or up.special or down.special:
            return False
        if not text.isdecimal() or text[0] == "0" or len(text) > 15 or other_text != f"-{text}":
            return False
        pence = int(text)
        raised, lowered = up.balance + pence, down.balance - pence
        if raised > up.high or lowered < down.low:
            return False
        up.balance, down.balance = raised, lowered
        up.last_number = down.last_number = number
        self.postings += 2
        if self.rows is not None:
            self.rows.append(f"{up.shown}\t{number}\t{text}\t{raised}\t{day}")
            self.rows.append(f"{down.shown}\t{number}\t-{text}\t{lowered}\t{day}")
            self.touched.add(up.id)
            self.touched.add(down.id)
            days, other_days = up.days, down.days
            days[day] = days.get(day, 0) + (ONE | pence)
            other_days[day] = other_days.get(day, 0) + (ONE | pence << WIDTH)
        return True

    def _take_plain(self, match: re.Match[str], number: int) -> tuple[str, str, str]:
        stated, us, day, span, source, asker, because, subject, commitment, key, count, legs = match.groups()
        if stated != str(number):
            raise LineWrong("number_wrong", f"entry {number} is due, and {stated} is there")
        time = int(us)
        if time <= self.last_us or time >= self._hour_ends:
            self._check_time(time)
        self.last_us = time
        if because != "0" and int(because) >= number:
            raise LineWrong("because_wrong", "what stands behind an entry comes before it")
        if span not in self._spans:
            self._check_span(span)
        if day not in self._open_days:
            self._check_open(day)
        if day > self._today and source != "generated":
            raise LineWrong("day_in_future", f"{day} had not come when it was recorded")
        parts = legs.split("|")
        if len(parts) != 2 * int(count) + 1 or not 5 <= len(parts) <= 401:
            raise LineWrong("line_malformed", "the leg count is not that of the legs")
        special = self._move(number, day, parts[1::2], parts[2::2])
        if special is not None:
            self._check_special(special, "transaction", source, because == "0")
            for account, _ in special:
                need(not account.held, "holding_account", f"money comes to {account.code} only as a hold")
        if len(self._fronts) >= _FRONTS:
            self._fronts.clear()
        self._fronts[match.string[match.end(2) : match.start(7) - 1]] = day, source, asker
        self._note_plain(number, source, asker, (subject, commitment, key))
        return us, "transaction", day

    def _note_plain(self, number: int, source: str, asker: str, stated: tuple[str, str, str]) -> None:
        subject, commitment, key = stated
        if subject != "-":
            self.subjects[subject] = number
        if commitment != "-":
            self.commitments[number] = commitment
        if key != "-":
            self.keys.append((number, key))
        self.owners.append(_SAME if asker == self._asker and source == self._source else MAY_OWN_KEY)
        self._asker = asker
        self._source = source

    def _take_entry(self, line: str, number: int) -> tuple[str, str, str]:
        if self.acts.version is not None:
            raise VersionUnknown(self.acts.version)
        try:
            entry = parse(line)
        except NotALine as no:
            raise LineWrong("line_malformed", f"this is no line of version 1: {no.field}") from None
        need(entry.number == number, "number_wrong", f"entry {number} is due, and {entry.number} is there")
        need(
            (entry.kind == "book") == (number == 1),
            "book_entry_wrong",
            "a book begins with its entry, and has one",
        )
        if number == 1:
            self.code = entry.book
            self._plain = re.compile(_PLAIN.replace("BOOK", entry.book)).fullmatch
            self._head = f"{VERSION}|{entry.book}|"
        need(entry.book == self.code, "book_wrong", f"this line is of the book {entry.book}")
        self._check_time(entry.recorded_us)
        check_shape(entry)
        if entry.kind in POSTING_KINDS:
            self._post(entry)
        else:
            self.acts.take(entry, self.past)
            if entry.kind.startswith("period_"):
                self._open_days.clear()
                self._fronts.clear()
            elif entry.kind == "line_version":
                self._plain = None
                self._fronts.clear()
        self._note(entry)
        day = entry.effective_on.isoformat() if entry.effective_on else "-"
        return str(entry.recorded_us), entry.kind, day

    def _note(self, entry: Entry) -> None:
        if entry.subject is not None and entry.kind != "refusal":
            self.subjects[entry.subject] = entry.number
        if (person := person_of(entry)) is not None:
            self.subjects[person] = entry.number
        if entry.commitment is not None:
            self.commitments[entry.number] = entry.commitment
        if entry.key is not None:
            self.keys.append((entry.number, entry.key))
        asker = f"{entry.client}|{entry.actor}|{entry.acting_for or '-'}"
        together = asker == self._asker and entry.source == self._source and entry.kind != "hold_expired"
        flags = 0 if entry.kind == "hold_expired" else MAY_OWN_KEY
        flags |= SAME_ASKER if together else 0
        self._source = entry.source
        self.owners.append(flags | REFUSED if entry.kind == "refusal" else flags)
        self._asker = asker

    # ---- rules of every entry ------------------------------------------------------------------------------------------

    def _check_time(self, us: int) -> None:
        if us <= self.last_us or us >= _LAST_US:
            raise LineWrong("time_wrong", "recorded times rise")
        self.last_us = us
        if us >= self._hour_ends:
            # London's offset changes on the hour only, so a day never begins inside one.
            self._hour_ends = (us // _HOUR_US + 1) * _HOUR_US
            self._today = london_day(us).isoformat()
            if self._today[:7] != self._month:
                self.fold()
                self._month = self._today[:7]

    def fold(self) -> None:
        """Add what was posted in the recorded month so far to the totals by day and by months."""
        for account in self.accounts.values():
            account.fold(self._month)

    def _check_span(self, span: str) -> None:
        first, _, last = span.partition("|")
        need(
            _is_day(first) and _is_day(last) and first <= last,
            "care_days_wrong",
            "care has a first and a last day",
        )
        self._spans.add(span)

    def _check_open(self, day: str) -> None:
        need(_is_day(day), "line_malformed", f"{day} is not a day")
        need(self.acts.is_open(day), "period_closed", f"{day} is not in an open month")
        self._open_days.add(day)

    # ---- money ---------------------------------------------------------------------------------------------------------

    def _move(self, number: int, day: str, codes: list[str], amounts: list[str]) -> Moved | None:
        """Post the legs. What comes back are those on accounts with rules of their own, if there are any."""
        accounts, rows = self.accounts, self.rows
        special: Moved | None = None
        total, group = 0, None
        groups: dict[str, int] | None = None
        for code, text in zip(codes, amounts):  # noqa: B905 - this runs for every posting of a book
            try:
                account = accounts[code]
            except KeyError:
                raise LineWrong("account_unknown", f"there is no account {code}") from None
            pence = int(text)
            account.balance = balance = account.balance + pence
            if pence < 0:
                if balance < account.low:
                    raise LineWrong("floor_broken", f"{code} is below its floor")
            elif balance > account.high:
                raise LineWrong("ceiling_broken", f"{code} is above its ceiling")
            if account.last_number == number:
                raise LineWrong("line_malformed", f"{code} stands twice among the legs")
            account.last_number = number
            if rows is not None:
                rows.append(f"{account.shown}\t{number}\t{text}\t{balance}\t{day}")
                self.touched.add(account.id)
                account.add(day, pence)
            if account.group == group:
                total += pence
            elif group is None:
                group, total = account.group, pence
            else:
                groups = {} if groups is None else groups
                groups[account.group] = groups.get(account.group, 0) + pence
            if account.special:
                special = [] if special is None else special
                special.append((account, pence))
        if total or (groups and any(groups.values())):
            raise LineWrong("unbalanced", "the legs of a balance group sum to zero")
        self.postings += len(codes)
        return special

    def _check_special(self, special: Moved, kind: str, source: str, without_reason: bool) -> None:
        rules: dict[tuple[str, str], int] = {}
        for account, pence in special:
            need(account.status != "closed", "account_closed", f"{account.code} is closed")
            if account.line and without_reason and source == "entered" and kind != "hold_expired":
                raise LineWrong("because_missing", f"{account.code} is of a budget line: a decision is behind it")
            for name, of, coefficient in account.terms:
                rules[name, of] = rules.get((name, of), 0) + coefficient * pence
        for (name, of), total in rules.items():
            need(not total, "identity_broken", f"the rule {name} is broken for {of} by {total} pence")

    def _post(self, entry: Entry) -> None:
        assert entry.effective_on is not None
        day = entry.effective_on.isoformat()
        if day not in self._open_days:
            self._check_open(day)
        if day > self._today and entry.source != "generated":
            raise LineWrong("day_in_future", f"{day} had not come when it was recorded")
        codes, amounts = [code for code, _ in entry.legs], [str(pence) for _, pence in entry.legs]
        special = self._move(entry.number, day, codes, amounts)
        self._check_special(special or [], entry.kind, entry.source, entry.because == 0)
        attributes = dict(entry.attributes)
        undoes = attributes.get("reverses") or attributes.get("corrects")
        if entry.kind != "transaction":
            self.holds.take(entry)
        elif undoes is not None:
            self._undo(entry, int(undoes), "corrects" in attributes)
        else:
            self.holds.refuse_held(entry)
        if entry.kind == "transaction" and "up_to" in attributes:
            need(attributes["up_to"] in self.accounts, "account_unknown", "up_to names an account")

    def _undo(self, entry: Entry, target: int, corrects: bool) -> None:
        need(target < entry.number, "entry_unknown", "what is undone comes before")
        past = parse(self.past(target))
        again = past.attribute("reverses") or past.attribute("corrects")
        fits = past.kind in POSTING_KINDS and past.kind != "hold_expired"
        need(
            fits and not (past.kind == "transaction" and again),
            "not_reversible",
            f"entry {target} is not undone",
        )
        need(
            target not in self.undone,
            "reversed_twice",
            f"entry {target} was undone by {self.undone.get(target)}",
        )
        if corrects:
            self.acts.check_correction(entry, past)
            self.holds.refuse_held(entry)
        else:
            assert past.effective_on is not None
            assert entry.effective_on is not None
            need(
                not self.acts.year_closed(past.effective_on.isoformat()),
                "year_closed",
                f"{target} is of a closed year",
            )
            need(entry.effective_on >= past.effective_on, "reversal_too_early", f"{target} took effect later")
            mirrored = {code: -pence for code, pence in past.legs}
            need(dict(entry.legs) == mirrored, "reversal_wrong", f"the legs are not those of {target} negated")
            self.holds.give_back(entry, past)
        self.undone[target] = entry.number

    # ---- the tree ------------------------------------------------------------------------------------------------------

    def take_rows(self) -> tuple[list[str], set[int]]:
        """Hand over the rows of postings made since the last call, and the ids of their accounts."""
        rows, touched = self.rows or [], self.touched
        if self.rows is not None:
            self.rows = []
        self.touched = set()
        # A line that broke off has left the legs before its wrong one.
        broken = str(self.number + 1)
        while rows and rows[-1].split("\t", 2)[1] == broken:
            rows.pop()
        return rows, touched

    def grow(self, leaves: list[bytes]) -> list[Subtree]:
        """Append leaf hashes to the tree; the subtrees they complete."""
        self.frontier, completed = append_many(self.frontier, leaves)
        return completed

    def all_subjects(self) -> dict[str, int]:
        """The version of every subject: entries about it, and legs on accounts of a person."""
        found = dict(self.subjects)
        for account in self.accounts.values():
            if account.person is not None and account.last_number:
                found[account.person] = max(found.get(account.person, 0), account.last_number)
        return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and not text.strip("0123456789abcdef")
