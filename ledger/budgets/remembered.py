"""What was read of a book in one moment for an act, and how it answers the statements that would ask for it again.

What is not among it is not answered: None, and whoever asked asks the book. An answer is what the book would have said then, row by
row. How it comes to be read is `ledger.budgets.foreseen`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.book import store as book_store
from ledger.book import store_reads
from ledger.budgets import store, store_banking, store_closing, store_endings, store_facts, store_own_bank
from ledger.budgets.chart import account
from ledger.budgets.concerned import About, BankLineRow, Concerned, OfAccount, Row, Rows, read_account, read_line
from ledger.budgets.standing import PayeeStanding, Rules, Standing, rules_from, standing_from

OF_PERSON = ("advance", "tp_advance", "estimated_use", "unidentified", "disputed")
"""Classes of accounts of a person that are read with the budget; of a line, `available` is."""


class Remembered:
    """Of one moment: the rules in force, the budgets of some people by `budgets` (of accounting days since `since`), whether the
    request's key is known, and what was read about what the act names. `person` is whose budget it is about, if it is of one."""

    def __init__(
        self, book_id: int, facts: Any, budgets: Mapping[str, str | msgspec.Raw], key: bytes, since: date = date.max
    ) -> None:  # fmt: skip
        self._book_id, self._facts, self._budgets, self._key, self._since = book_id, facts, budgets, key, since
        self._person = next(iter(budgets)) if len(budgets) == 1 else None
        self._about = About()
        self._read: Concerned | None = None
        self._size = self._projected = 0
        self._named: set[int] = set()
        self._behind: set[int] = set()
        self._by_number: dict[int, Row] = {}
        self._by_subject: dict[str, list[Row]] = {}
        self._bodies: dict[int, dict[str, Any]] = {}
        self._accounts: dict[str, int] = {}
        self._followed: set[str] = set()
        self._versions: dict[str, int] = {}
        self.standings: dict[str, Standing] = {each: standing_from(text, since) for each, text in budgets.items()}
        """Every budget that was read, by its person."""
        for person, standing in self.standings.items():
            self._versions[f"person/{person}"] = standing.version
            self._accounts |= standing.balances
        self._drafts: dict[int, str | None] = {}
        self._holds: dict[int, Rows] = {}
        self._open: list[tuple[int, str | None]] = []
        self._granted: dict[int, list[tuple[int, int]]] = {}
        self._touched: dict[int, set[str]] = {}
        self._bank_lines: list[BankLineRow] | None = None
        self._posted: dict[int, dict[str, int]] = {}
        self._periods: Rows | None = None
        self._returned: dict[tuple[str | None, int | None], Rows] = {}
        self._credited: dict[str, list[int]] = {}
        self._statements: dict[str, Rows] = {}
        self._moved: Rows | None = None
        self._back: dict[int, dict[str, Any]] = {}
        self._of_bank: dict[str, tuple[frozenset[int], Rows]] = {}
        self._answers = self._answered()

    @property
    def standing(self) -> Standing:
        """The budget of the person whom it is about, as it was read."""
        assert self._person is not None
        return self.standings[self._person]

    @property
    def rules(self) -> Rules:
        """What holds for every budget of the book."""
        return rules_from(self._facts["rules"])

    @property
    def payees(self) -> dict[str, PayeeStanding]:
        """The payees that were read with what the act is about."""
        found = {}
        for subject, said in self._by_subject.items():
            rows = [row[:6] for row in said if row.kind == "payee"]
            if rows:
                found[subject] = PayeeStanding(self._versions[subject], msgspec.Raw(msgspec.json.encode(rows)))
        return found

    @property
    def is_known(self) -> bool:
        """Whether the request's key has its answer already."""
        return bool(self._facts["is_known"])

    def take(self, about: About, read: Concerned) -> None:
        """Remember what was read about these."""
        self._read = read
        self._behind |= set(read.behind)
        self._size, self._projected = read.size, read.projected
        self._about |= about
        self._versions |= read.subjects | read.lines
        self._accounts |= read.accounts
        self._by_number |= {row.number: row for row in read.said}
        self._by_subject |= {subject: [] for subject in read.subjects}
        for row in read.said:
            if row.subject in read.subjects:
                self._by_subject[row.subject].append(row)
                self._follow(row)
        self._credited |= read.credited
        for begins in about.statements:
            self._statements[begins] = [
                each._asdict() | {"attributes": bytes(each.attributes).decode()} for each in read.statements or ()
            ]
        if read.moved is not None:
            self._moved = read.moved
            for name in {row["holder_account"] for row in read.moved}:
                begins = f"statement/{name}/"
                self._statements[begins] = [row for row in read.stated or () if row["subject"].startswith(begins)]
        for line, ended in about.ended:
            self._returned[line, ended] = [{"number": number} for number, *_ in read.returned or ()]
        for at, body, undone_by, erased_by in (*read.entries, *(read.returned or ())):
            self._bodies[at] = {"number": at, "body": body, "undone_by": undone_by, "erased_by": erased_by}
        if read.bank_lines is not None:
            self._bank_lines = read.bank_lines
            self._back |= {each.number: each._asdict() for each in read.back or ()}
            self._posted |= {of: {} for of in about.entries}
            for of, posted, event in reversed(read.posted):
                self._posted[of][event] = posted
        if read.periods is not None:
            self._periods = [each._asdict() for each in read.periods]
            self._bodies |= {each["number"]: each for each in self._periods}
        self._open += read.open
        self._granted |= dict(read.granted)
        self._touched |= {number: set(persons) for number, persons in read.touched}
        for bank in about.banks:
            found = {"in_transit": read.under_way or (), "bank": read.on_bank or ()}
            for klass, rows in found.items():
                self._of_bank[account(klass, account=bank).code] = (about.entries, [each._asdict() for each in rows])
        self._drafts |= dict(read.drafts)
        self._holds |= {number + 1: [] for number in read.decisions}
        for pair in read.holds:
            self._holds[pair["number"]].append(pair)

    def _follow(self, row: Row) -> None:
        """What a row says of others, and was followed: what is not among the rows then is not of the register, and an account that
        is not there is none."""
        given = read_line(row.attributes)
        if row.person is not None and row.person == self._person and given.of is not None and given.of.isdecimal():
            self._named.add(int(given.of))
        if row.act == "uninvoiced_entered" and given.payee is not None:
            self._followed.add(account("uninvoiced", payee=given.payee).code)

    def learn(
        self, subjects: Iterable[str], number: int, said: Iterable[Row], entry: tuple[int, str, int | None, int | None] | None,
        size: int,
    ) -> None:  # fmt: skip
        """Remember all that is said of some subjects, and an entry, that a statement of another kind has read: of its own rows
        `said` has those alone that are about either. `size` is the number of the last entry."""
        self._size = size
        self._named.add(number)
        self._by_subject |= {subject: [row for row in said if row.subject == subject] for subject in subjects}
        self._by_number |= {row.number: row for row in said if row.number == number or row.subject in self._by_subject}
        if entry is not None:
            self._bodies[number] = dict(zip(("number", "body", "undone_by", "erased_by"), entry, strict=True))

    def _has_reached(self, number: int) -> bool:
        """Whether an entry of the register was read with all that it rests on."""
        row = self._by_number.get(number)
        if row is None:
            return number in self._behind
        return (f"decision/{number}" if row.kind == "decision" else row.subject) in self._by_subject

    def _answered(self) -> dict[str, Callable[..., Rows | None]]:
        """What answers each statement that is answered from memory."""
        return {
            store_facts.FACTS: self._facts_of,
            store.SUBJECT_VERSION: self._version_of,
            store.SAID_AT: self._said_at,
            store.SAID_OF_SUBJECT: self._said_of,
            store.SAID_OF_PERSON: self._said_of_person,
            store.ACCOUNTS_THERE: self._accounts_there,
            store.BALANCE_OF: self._balance_of,
            store.CAME_IN_ON: self._credited_by,
            store.TOUCHES_PERSON: self._touches,
            store.USED_UNDER: self._used_under,
            store_endings.OPEN_HOLDS: self._open_holds,
            store_endings.RETURNS_OF: self._returned_of,
            store_closing.IS_CLOSED: self._is_closed,
            book_store.HOLDS: self._holds_of,
            book_store.DETAIL: self._detail_of,
            store_reads.SPAN: self._span,
            store_reads.ENTRIES: self._entry,
            store_reads.FIRST_DAY: self._first_day,
            store_reads.PERIODS_WITH_ENTRIES: self._every_period,
            store_banking.HOLDER_LINES: self._lines_of_bank,
            store_banking.KNOWN_FROM_FEED: self._known_from_feed,
            store_banking.MONEY_BACK: self._money_back,
            store_banking.STATEMENTS: self._statements_under,
            store_banking.LINES_KNOWN: self._lines_known,
            store_banking.POSTED_BECAUSE: self._posted_for_line,
            store_banking.ACCOUNT_MOVES: self._moves_on,
            store_own_bank.FILES_OF_BANK: self._files_of_bank,
            store_own_bank.UNDER_WAY: self._named_of_bank,
            store_own_bank.ENTRIES_ON_BANK: self._named_of_bank,
        }

    def _answer(self, sql: str, values: tuple[Any, ...]) -> Rows | None:
        """The rows of a statement about this book, or None where they were not foreseen."""
        answer = self._answers.get(sql)
        return answer(*values[1:]) if answer is not None and values[0] == self._book_id else None

    def _facts_of(
        self, person: str | None, since: date, key: bytes | None, _rules: bool, payee: str | None, relies_on: int | None
    ) -> Rows | None:  # fmt: skip
        if key not in (None, self._key) or person not in (None, *self._budgets) or since not in (date.max, self._since):
            return None
        row = {
            "standing": None if person is None else self._budgets[person], "rules": self._facts["rules"], "payee": None,
            "ask": None, "is_known": key is not None and self.is_known,
        }  # fmt: skip
        if payee is not None:
            if payee not in self._by_subject:
                return None
            said = [each[:6] for each in self._by_subject[payee] if each.kind == "payee"]
            row["payee"] = _as_text({"version": self._versions[payee], "said": said})
        if relies_on is not None:
            if relies_on not in self._granted:
                return None
            row["ask"] = _as_text(self._by_number[relies_on][:6])
        return [row]

    def _version_of(self, subject: str) -> Rows | None:
        number = self._versions.get(subject)
        return None if number is None else [{"number": number}] if number else []

    def _said_at(self, number: int) -> Rows | None:
        if number in self._by_number:
            return _rows([self._by_number[number]])
        return [] if number < 1 or number in self._about.entries | self._named | self._behind else None

    def _said_of(self, subject: str) -> Rows | None:
        return _rows(self._by_subject[subject]) if subject in self._by_subject else None

    def _said_of_person(self, person: str, kinds: Sequence[str]) -> Rows | None:
        if person != self._person or not self._about.kinds.issuperset(kinds):
            return None
        return _rows(row for _, row in sorted(self._by_number.items()) if row.person == person and row.kind in kinds)

    def _accounts_there(self, codes: Sequence[str]) -> Rows | None:
        if not all(self._knows(code) for code in codes):
            return None
        return [{"code": code} for code in codes if code in self._accounts]

    def _balance_of(self, code: str) -> Rows | None:
        if not self._knows(code):
            return None
        return [{"balance": self._accounts[code]}] if code in self._accounts else []

    def _knows(self, code: str) -> bool:
        """Whether an account would be known if it were there: it was foreseen, or its class is read of every person."""
        klass, *place = code.split("/")
        if klass == "share":
            own = code.endswith("/available") and any(each.startswith(f"share/{place[0]}/") for each in self._accounts)
        else:
            own = klass in OF_PERSON and not self._budgets.keys().isdisjoint(place)
            own = own or (klass == "receivable" and self._read is not None and self._person in place)
        return own or code in self._followed or code.startswith(tuple(self._about.accounts))

    def _open_holds(self, person: str, line: str | None) -> Rows | None:
        if self._read is None or not self._about.orders or person != self._person:
            return None
        numbers = dict.fromkeys(number for number, own in self._open if line in (None, own))
        return [{"number": number} for number in numbers]

    def _touches(self, person: str, number: int) -> Rows | None:
        return [{"exists": person in self._touched[number]}] if number in self._touched else None

    def _used_under(self, person: str, approval: int | None, hold: int | None) -> Rows | None:
        said = self._said_of_person(person, ["evidence"])
        if said is None or (approval is not None and approval not in self._granted):
            return None
        holds = list(self._granted[approval]) if approval is not None else []
        if hold is not None:
            if not self._holds.get(hold):
                return None
            holds.append((hold, sum(pair["remaining"] for pair in self._holds[hold])))
        rows = [[row["number"], row["subject"], row["act"], row["attributes"]] for row in said]
        return [{"holds": _as_text(holds), "said": _as_text(rows)}]

    def _is_closed(self, period: str) -> Rows | None:
        return None if self._read is None else [{"exists": period in self._read.closed}]

    def _holds_of(self, numbers: Sequence[int]) -> Rows | None:
        if not all(number in self._holds for number in numbers):
            return None
        return [pair for number in sorted(numbers) for pair in self._holds[number]]

    def _detail_of(self, number: int) -> Rows | None:
        if number not in self._drafts:
            return None
        words = self._drafts[number]
        return [] if words is None else [{"content": words.encode()}]

    def _span(self, _cursor: str) -> Rows | None:
        return [{"size": self._size, "projected": self._projected}] if self._size else None

    def _entry(self, first: int, last: int, _limit: int) -> Rows | None:
        return [self._bodies[first]] if first == last and first in self._bodies else None

    def _returned_of(self, person: str, line: str, ended: int) -> Rows | None:
        return self._returned.get((line, ended)) if person == self._person else None

    def _credited_by(self, code: str) -> Rows | None:
        return [{"number": number} for number in self._credited[code]] if code in self._credited else None

    def _first_day(self) -> Rows | None:
        return None if self._read is None else [{"first_day": self._read.first_day}]

    def _every_period(self) -> Rows | None:
        return self._periods

    def _lines_of_bank(self, person: str, holder_account: str | None) -> Rows | None:
        if self._bank_lines is None or person != self._person:
            return None
        return [
            each._asdict() | {"attributes": bytes(each.attributes).decode()} for each in self._bank_lines
            if holder_account in (None, read_account(each.attributes).holder_account)
        ]  # fmt: skip

    def _known_from_feed(self, person: str, holder_account: str, by_hand: str) -> Rows | None:
        said = self._said_of_person(person, ["evidence"])
        if said is None:
            return None
        taken = [read_account(row["attributes"]) for row in said if row["act"] == "bank_line_taken"]
        return [{"exists": OfAccount(holder_account, by_hand) in taken}]

    def _files_of_bank(self, subject: str) -> Rows | None:
        said = self._said_of(subject)
        if said is None:
            return None
        made = [row for row in said if (row["kind"], row["act"]) == ("run", "file_made")]
        return [{"number": row["number"], "attributes": bytes(row["attributes"]).decode()} for row in made]

    def _named_of_bank(self, code: str, numbers: Sequence[int] | None) -> Rows | None:
        among, rows = self._of_bank.get(code, (frozenset[int](), []))
        if numbers is None or not among.issuperset(numbers):
            return None
        return [row for row in rows if row["number"] in numbers]

    def _money_back(self, person: str, holder_account: str, number: int | None) -> Rows | None:
        if number not in self._posted or person != self._person:
            return None
        row = self._back.get(number or 0)
        return [row] if row is not None and row["holder_account"] == holder_account else []

    def _statements_under(self, begins: str, _ends: str) -> Rows | None:
        return self._statements.get(begins)

    def _lines_known(self, subjects: Sequence[str]) -> Rows | None:
        if not all(subject in self._by_subject for subject in subjects):
            return None
        firsts = [self._by_subject[subject][0] for subject in sorted(set(subjects)) if self._by_subject[subject]]
        given = [(row, read_line(row.attributes)) for row in firsts]
        return [row._asdict() | {"amount": line.amount, "day": line.document_on} for row, line in given]

    def _moves_on(self, codes: Sequence[str]) -> Rows | None:
        [(person, holder_account)] = {tuple(code.split("/")[1:]) for code in codes}
        if self._moved is None or person != self._person:
            return None
        return [row for row in self._moved if row["holder_account"] == holder_account]

    def _posted_for_line(self, number: int, event: str) -> Rows | None:
        if number not in self._posted:
            return None
        return [{"number": each} for name, each in self._posted[number].items() if name == event]


def _rows(rows: Iterable[Row]) -> Rows:
    return [row._asdict() for row in rows]


def _as_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
