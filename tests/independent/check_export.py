"""Check an export of a book without trusting the program that made it; written from docs/format.md alone.

It shares no code with the project, so a mistake there is not repeated here. It reads the lines once and keeps
accounts, periods, holds and the little of each posted entry that a later one may refer to.
    python check_export.py DIR [--verifiers FILE] [--json]      exit 0 right, 1 wrong, 2 wrong call
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Record
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# fmt: off
ANY = "[A-Za-z0-9._:/+-]{1,256}"
CODE, NUM, POS, HEX64 = rf"(?!-(?:\||\Z)){ANY}", "(?:0|[1-9][0-9]{0,17})", "[1-9][0-9]{0,17}", "[0-9a-f]{64}"
MONTH, DAY, PENCE = "[0-9]{4}-(?:0[1-9]|1[0-2])", "(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|-)", "-?[1-9][0-9]{0,14}"
ACCOUNT, PART = "[A-Za-z0-9][A-Za-z0-9._/+-]{0,119}", "(?!-:)[A-Za-z0-9._/+-]+"
HEAD = re.compile(
    rf"phb1\|(?P<book>[A-Z][A-Z0-9]{{1,15}})\|(?P<number>{POS})\|(?P<time>{NUM})\|(?P<kind>{CODE})\|{NUM}"
    rf"\|(?P<day>{DAY})\|(?P<care_from>{DAY})\|(?P<care_to>{DAY})"
    rf"\|(?P<source>entered|imported|migrated|generated)\|(?:self|carer|officer|paper|machine)\|{CODE}"
    rf"\|(?P<actor>{CODE})\|{ANY}\|(?P<because>{NUM})\|(?P<subject>{ANY})\|(?P<commitment>{HEX64}|-)"
    rf"\|[0-9a-f]{{32}}\|(?P<count>{NUM})\|(?P<rest>[^\n]+)")
OPENING = re.compile(
    f"({ACCOUNT}):{PART}:(budget|actual):({PART}):(?:source|use|asset|liability|equity|income|expense"
    f"|suspense):(?:debit|credit):(0|{PENCE}|-):(0|{PENCE}|-)")
HOLDS = ("hold_placed", "hold_settled", "hold_released", "hold_expired")
MOVES = {"account_frozen": ("open", "frozen"), "account_unfrozen": ("frozen", "open"),
         "account_closed": ("open frozen", "closed")}
# kind: (subject, attributes it must have, those it may have, what any other may be); None: no other, the row
# is closed. A name that ends in a dot stands for a family.
OPENS = (CODE, {"account.01": ANY}, {"account.": ANY, "tag.": CODE}, ANY)
KINDS = {
    "book": (CODE, {"currency": "[A-Z]{3}", "first_month": MONTH, "nature": "live|synthetic|open_data",
                    "origin": CODE}, {}, None),
    "line_version": ("-", {"version": CODE}, {}, None),
    "log_restarted": ("-", {"ground": CODE, "note_root": f"{HEX64}|-", "note_size": NUM, "old_origin": CODE,
                            "origin": CODE, "second": CODE}, {}, None),
    "account_opened": OPENS, "share_opened": OPENS,
    "transaction": (ANY, {}, {"reverses": POS, "corrects": POS, "up_to": ACCOUNT}, ANY),
    "hold_placed": (ANY, {"expires_at": f"{NUM}|-", "purpose": CODE}, {}, ANY),
    "hold_settled": (ANY, {"final": "yes|no", "hold": POS}, {}, ANY),
    "hold_released": (ANY, {"hold": POS}, {}, ANY), "hold_expired": (ANY, {"hold": POS}, {}, ANY),
    "refusal": (ANY, {"code": CODE, "intent": CODE, "item": POS, "of": POS},
                {"bundle": CODE, "facts_commitment": HEX64, "fact.": ANY}, ANY),
    "decision": (CODE, {"bundle": CODE, "outcome": "allow|refer|deny"}, {}, CODE),
    "erasure": ("-", {"ground": CODE, "second": CODE, "erased.001": ANY},
                {"erased.": f"{POS}:{HEX64}"}, None),
    **dict.fromkeys([*MOVES, "period_opened", "period_closed", "period_reopened"],
                    (CODE, {}, {"reason": CODE}, None)),
    **dict.fromkeys("fund setting line_activated plan plan_version line holder_account schedule run bill "
                    "review reconsideration offer payee person delegation limit bundle evidence "
                    "notice".split(), (CODE, {"act": CODE}, {}, CODE))}
# fmt: on


class WrongError(Exception):
    """What is wrong, and the number of the entry, None where no single entry can be named."""


def need(ok: object, why: str, number: int | None = None) -> None:
    """Every rule of the page is one call of this, so that the rules can be read in a column."""
    if not ok:
        raise WrongError(why, number)


def london_day(micros: int) -> str:
    """The accounting day of an instant; by the rule itself where the machine has no zone data."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    try:
        return moment.astimezone(ZoneInfo("Europe/London")).date().isoformat()
    except ZoneInfoNotFoundError:
        turns = [datetime(moment.year, m, 31, 1, tzinfo=UTC) for m in (3, 10)]
        start, end = (t - timedelta(days=t.isoweekday() % 7) for t in turns)
        return (moment + timedelta(hours=start <= moment < end)).date().isoformat()


def year_of(day: str) -> str:
    """The year April to March of a day or month, as it is written: 2025-26."""
    year = int(day[:4]) - (day[5:7] < "04")
    return f"{year:04d}-{(year + 1) % 100:02d}"


def parse(text: str) -> Record:
    """A line by section 2; each value has one spelling only, and the tail is rendered again to be sure."""
    m = HEAD.fullmatch(text)
    if m is None or len(text) > 65536:
        raise WrongError("the line is malformed", None)
    e = Record(**m.groupdict())
    try:
        days = [x == "-" or date.fromisoformat(x) for x in (e.day, e.care_from, e.care_to)]
    except ValueError:
        raise WrongError("a day is not real", None) from None
    e.number, e.time, e.because, count = map(int, (e.number, e.time, e.because, e.count))
    rest = e.rest.split("|")
    need((days[1] is True) == (days[2] is True) and e.care_from <= e.care_to, "care days are not a span")
    need(e.time < 253402300800000000, "the time has no day")  # the year 10000
    need(count <= 999 and len(rest) > 2 * count, "the attribute count is wrong")
    names, tail = rest[: 2 * count : 2], rest[2 * count + 1 :]
    e.attrs = dict(zip(names, rest[1 : 2 * count : 2], strict=True))
    need(names == sorted(set(names)), "attribute names are not strictly ascending")
    need(all(re.fullmatch("[a-z][a-z0-9_.]{0,63}", n) for n in names), "an attribute name is malformed")
    need(all(re.fullmatch(ANY, v) for v in e.attrs.values()), "an attribute value is malformed")
    need(all(re.fullmatch(ACCOUNT, c) for c in tail[::2]), "a leg's account is malformed")
    need(all(re.fullmatch(PENCE, p) for p in tail[1::2]), "a leg's pence are malformed")
    need(len(tail) % 2 == 0 and len(tail) <= 400, "the leg count is wrong")
    e.legs = {c: int(p) for c, p in zip(tail[::2], tail[1::2], strict=True)}
    again = [x for pair in e.attrs.items() for x in pair] + [str(len(e.legs))]
    again += [str(x) for leg in e.legs.items() for x in leg]
    need(again == rest, "does not render to itself: a leg count, or an account twice")
    return e


def shape(e: Record) -> None:
    """Section 4's table: subject and attributes of a kind, and which kinds have legs at all."""
    need(e.kind in KINDS, f"kind {e.kind} is not of version 1")
    subject, must, may, others = KINDS[e.kind]
    need(re.fullmatch(subject, e.subject), "the subject is wrong")
    need(must.keys() <= e.attrs.keys(), f"{e.kind} lacks an attribute")
    for name, value in e.attrs.items():
        family = name[: name.find(".") + 1]
        pattern = may.get(family) or must.get(name) or may.get(name) or others
        need(pattern and (name != family or family not in may), f"{e.kind} may not have attribute {name}")
        need(re.fullmatch(pattern or "", value), f"attribute {name} is malformed")
    if e.kind == "transaction" or e.kind in HOLDS:
        need(len(e.legs) >= 2 and e.day != "-", "fewer than two legs, or no effective_on")
        undoing = len({"reverses", "corrects"} & e.attrs.keys())
        need(undoing <= (e.kind == "transaction"), "reverses or corrects where it cannot")
    else:
        need(not e.legs, f"{e.kind} may not have legs")
    need(e.kind != "refusal" or int(e.attrs["item"]) <= int(e.attrs["of"]), "item is beyond its group")
    need("second" not in must or e.attrs["second"] != e.actor, "the second person is the actor")


def numbered(e: Record, family: str, digits: int) -> list[str]:
    """The values of account.01 … or erased.001 …, which have no gap: one left out would not be missed."""
    names = [n for n in e.attrs if n.startswith(family)]
    want = [f"{family}{i:0{digits}d}" for i in range(1, len(names) + 1)]
    need(names == want and len(names) < 10**digits, f"a gap in {family}")
    return [e.attrs[n] for n in names]


def legs_of(text: str) -> dict[str, int]:
    """Account and pence of kept legs."""
    flat = text.split("|")
    return {c: int(p) for c, p in zip(flat[::2], flat[1::2], strict=True)}


class Book:
    """The state of section 5, built entry by entry; nothing is taken from outside the lines."""

    def __init__(self) -> None:
        """An empty book: its first entry gives it a code, a first month and an origin."""
        self.number, self.time, self.postings, self.code, self.origin, self.first = 0, -1, 0, "", "", ""
        self.accounts, self.closed, self.holds, self.posted, self.commitments = {}, {}, {}, {}, {}
        self.undone, self.erased = set(), set()

    def take(self, e: Record) -> None:
        """One entry, in the page's order of severity."""
        need(e.number == self.number + 1, f"number {e.number} where {self.number + 1} is due")
        need(e.time > self.time, "recorded_at does not rise")
        need((e.kind == "book") == (e.number == 1), "entry 1, and only it, is the book entry")
        self.code = self.code or e.book
        need(e.book == self.code, "another book's line")
        shape(e)
        need(e.because < e.number, "because is not an earlier entry")
        self.post(e) if e.legs else self.act(e)
        if e.commitment != "-":
            self.commitments[e.number] = e.commitment
        self.number, self.time, self.postings = e.number, e.time, self.postings + len(e.legs)

    def act(self, e: Record) -> None:
        """The kinds without legs that change what a later entry may do."""
        if e.kind == "book":
            need(e.subject == e.book, "the subject is not the book")
            self.first, self.origin = e.attrs["first_month"], e.attrs["origin"]
        elif e.kind == "log_restarted":
            need(e.attrs["old_origin"] == self.origin, "old_origin is not the origin")
            self.origin = e.attrs["origin"]
        elif e.kind == "erasure":
            for number, _, commitment in (v.partition(":") for v in numbered(e, "erased.", 3)):
                need(self.commitments.get(int(number)) == commitment, "erases what no entry committed to")
                self.erased.add(int(number))
        elif e.kind in ("account_opened", "share_opened"):
            line = "tag.line" in e.attrs
            for value in numbered(e, "account.", 2):
                m = OPENING.fullmatch(value)
                need(m and (m[2] == "actual") == (m[3] == "actual"), "an opening is malformed")
                need(m[1] not in self.accounts, f"{m[1]} was opened before")
                floor, ceiling = (None if x == "-" else int(x) for x in (m[4], m[5]))
                self.accounts[m[1]] = Record(
                    group=m[3], floor=floor, ceiling=ceiling, line=line, balance=0, state="open"
                )
            first = e.attrs["account.01"].partition(":")[0]
            need(e.kind == "share_opened" or e.subject == first, "the subject is not the first account")
        elif e.kind in MOVES:
            a = self.accounts.get(e.subject)
            need(a and a.state in MOVES[e.kind][0], f"{e.kind} out of another state")
            a.state = MOVES[e.kind][1]
            need(a.state != "closed" or a.balance == 0, "closed with a balance")
        elif e.kind.startswith("period_"):
            self.period(e)

    def month_open(self, month: str) -> bool:
        """Open from the first month on, until it or its year is closed."""
        return month >= self.first and not {("month", month), ("year", year_of(month))} & self.closed.keys()

    def period(self, e: Record) -> None:
        """Months and years opened, closed and opened again; 2011-12 is read as a month."""
        key = what, name = "month" if re.fullmatch(MONTH, e.subject) else "year", e.subject
        need(what == "month" or re.fullmatch("[0-9]{4}-[0-9]{2}", name), "no such period")
        need(what == "month" or year_of(name[:4] + "-04") == name, "no such year")
        if e.kind == "period_opened":
            need(what == "month" and name < self.first, "opens what is not a month before the first")
            self.first = name
        elif e.kind == "period_closed":
            last = f"{int(name[:4]) + 1:04d}-03"
            year_open = key not in self.closed and last >= self.first
            need(self.month_open(name) if what == "month" else year_open, "closes what is not open")
            self.closed[key] = e.actor  # whoever closed may not be the one who reopens
        else:
            need(self.closed.pop(key, e.actor) != e.actor, "reopens what is open, or one's own closing")

    def post(self, e: Record) -> None:
        """Sections 3 and 5 for an entry with legs."""
        need(self.month_open(e.day[:7]), "effective_on is not in an open month")
        need(e.source == "generated" or e.day <= london_day(e.time), "effective_on is after its recording")
        sums = defaultdict(int)
        for code, pence in e.legs.items():
            a = self.accounts.get(code)
            need(a and a.state != "closed", f"account {code} is not open")
            sums[a.group] += pence
            a.balance += pence
            need(pence > 0 or a.floor is None or a.balance >= a.floor, f"{code} is below its floor")
            need(pence < 0 or a.ceiling is None or a.balance <= a.ceiling, f"{code} is above its ceiling")
        need(not any(sums.values()), "a balance group does not sum to zero")
        exempt = e.source != "entered" or e.kind == "hold_expired" or e.because
        need(exempt or not any(self.accounts[c].line for c in e.legs), "a leg on a line without because")
        if e.kind in HOLDS:
            self.hold(e)
        else:
            need(e.attrs.get("up_to") in {None, *self.accounts}, "up_to names no account")
            if number := int(e.attrs.get("reverses") or e.attrs.get("corrects") or 0):
                need(number in self.posted and number not in self.undone, "undoes what is not there to undo")
                self.undone.add(number)
                self.reverse(e, number) if "reverses" in e.attrs else self.correct(e, number)
        legs = "|".join(f"{c}|{p}" for c, p in e.legs.items())  # as text: it is kept for every posted entry
        self.posted[e.number] = e.kind, e.day, legs, int(e.attrs.get("hold", 0)), "reverses" in e.attrs

    def hold(self, e: Record) -> None:
        """Money set aside, then settled, released or expired, never more than remains."""
        legs = list(e.legs.items())
        pairs = [(*a, *b) for a, b in zip(legs[::2], legs[1::2], strict=False)]
        if e.kind != "hold_settled":
            need(len(legs) % 2 == 0 and all(x == -y for _, x, _, y in pairs), "the legs are not pairs")
        if e.kind == "hold_placed":
            same = all(self.accounts[h].group == self.accounts[o].group for h, _, o, _ in pairs)
            need(same and all(x > 0 for _, x, _, _ in pairs), "a pair of two groups, or a hold of nothing")
            state = {h: [o, x, x] for h, x, o, _ in pairs}  # origin, placed, remaining
            self.holds[e.number] = Record(expires=e.attrs["expires_at"], pairs=state, open=True)
            return
        hold = self.holds.get(int(e.attrs["hold"]))
        need(hold and hold.open, "the hold is not an open one")
        if e.kind != "hold_settled":
            need(all(hold.pairs.get(h, [""])[0] == o for h, _, o, _ in pairs), "the pairs are not the hold's")
        taken = {c: -x for c, x in legs if c in hold.pairs}
        need(taken, "takes nothing from the hold")
        for code, x in taken.items():
            hold.pairs[code][2] -= x
            need(x > 0 and hold.pairs[code][2] >= 0, "adds to the hold, or takes more than remains")
        hold.open = any(p[2] for p in hold.pairs.values())
        if e.kind == "hold_expired":
            need(hold.expires != "-" and e.time >= int(hold.expires), "expired before its time")
        final = e.kind == "hold_expired" or e.attrs.get("final") == "yes"
        need(not (final and hold.open), "something remains")

    def reverse(self, e: Record, number: int) -> None:
        """The mirror of N, not before it, and its hold as it was."""
        kind, day, legs, held, reversal = self.posted[number]
        need(not reversal and kind != "hold_expired", "reverses what cannot be reversed")
        need(e.legs == {c: -p for c, p in legs_of(legs).items()}, "the legs are not N's negated")
        need(e.day >= day, "reversed before its day")
        hold = self.holds.get(number if kind == "hold_placed" else held)
        if kind in HOLDS:
            all_there = hold.open and all(p[1] == p[2] for p in hold.pairs.values())
            need(kind != "hold_placed" or all_there, "not all of the hold remains")
            for code in hold.pairs.keys() & e.legs.keys():
                hold.pairs[code][2] += e.legs[code]
            hold.open = kind != "hold_placed"

    def correct(self, e: Record, number: int) -> None:
        """N negated, with what lay in its closed year moved into an open one and the rest as it was."""
        _, day, legs, _, _ = self.posted[number]
        year, old = year_of(day), legs_of(legs)
        need(("year", year) in self.closed, "corrects what is not in a closed year")
        for code in old.keys() | e.legs.keys():
            group, was, now = self.accounts[code].group, old.get(code), e.legs.get(code)
            mine = group.rpartition("/")[2] == year
            shut = ("year", group.rpartition("/")[2]) in self.closed
            need(now is None or not mine, "leaves a leg in the closed year")
            need(now is None or was is not None or not shut, "replaced by an account of a closed year")
            need(now is not None or mine or group == "actual", "leaves out what is not of the closed year")
            need(now is None or was is None or now == -was, "an account that is kept has another sum")


def unbase64(text: str) -> bytes:
    """Standard base64 in its one spelling; every caller turns a ValueError into its own words."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(text)
    return data


def open_note(raw: bytes, verifiers: str) -> tuple[str, int, bytes]:
    """Origin, size and root, once a known key has signed them and no known key's signature is bad."""
    known, good = {}, 0
    try:
        for name, mark, key in (line.split("+", 2) for line in verifiers.split("\n") if line):
            data = unbase64(key)
            digest = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
            need(mark == digest.hex() and len(data) == 33 and data[0] == 1, "a verifier line is malformed")
            known[name, digest] = Ed25519PublicKey.from_public_bytes(data[1:])
        text, _, block = raw.rpartition(b"\n\n")
        need(block.endswith(b"\n"), "the checkpoint is not a signed note")
        for dash, name, sig in (line.split(" ") for line in block.decode()[:-1].split("\n")):
            data = unbase64(sig)
            need(dash == "—" and name and len(data) > 4, "a signature line is malformed")
            if signer := known.get((name, data[:4])):
                signer.verify(data[4:], text + b"\n")
                good += 1
        origin, size, root = text.decode("ascii").split("\n")
        need(good and re.fullmatch(NUM, size) and len(unbase64(root)) == 32, "no known key, size or root")
        return origin, int(size), unbase64(root)
    except InvalidSignature:
        raise WrongError("the checkpoint's signature is wrong", None) from None
    except ValueError:
        raise WrongError("the checkpoint or a verifier line is malformed", None) from None


def check_details(path: Path, book: Book) -> None:
    """Every commitment has its detail, unless an entry says that it was erased; then it has none."""
    last, due = 0, (n for n in book.commitments if n not in book.erased)
    for raw in path.open("rb"):
        number = None
        try:
            detail = json.loads(raw.decode())
            number = detail["number"] if type(detail["number"]) is int else None
            need(number and re.fullmatch("[0-9a-f]{32}", detail["salt"]), "a detail is malformed", number)
            data = bytes.fromhex(detail["salt"]) + unbase64(detail["content"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise WrongError("a detail is malformed", number) from None
        need(number > last, "details do not ascend", number)
        need(number in book.commitments, "a detail that no entry committed to", number)
        need(number not in book.erased, "a detail is there after its erasure", number)
        missing = next(due)
        need(missing == number, "a detail is missing", missing)
        same = hashlib.sha256(data).hexdigest() == book.commitments[number]
        need(same, "a detail has other bytes", number)
        last = number
    missing = next(due, None)
    need(missing is None, "a detail is missing", missing)


def read_lines(path: Path) -> Iterator[bytes]:
    """Lines of bounded length: a file that is one endless line must not fill the memory."""
    with path.open("rb") as lines:
        yield from iter(lambda: lines.readline(65538), b"")


def run(directory: Path, verifiers: Path, book: Book) -> None:
    """Lines, then root and signature, then commitments; of the tree only its perfect subtrees are kept."""
    size, stack = 0, []
    for raw in read_lines(directory / "entries.txt"):
        try:
            need(raw.endswith(b"\n"), "a line is too long or has no end")
            book.take(parse(raw[:-1].decode("ascii", "replace")))
        except WrongError as wrong:
            raise WrongError(wrong.args[0], size + 1) from None
        node, carry, size = hashlib.sha256(b"\0" + raw[:-1]).digest(), size, size + 1
        while carry & 1:
            node, carry = hashlib.sha256(b"\1" + stack.pop() + node).digest(), carry >> 1
        stack.append(node)
    need(size, "no entries", 1)
    node = stack.pop()
    for left in reversed(stack):
        node = hashlib.sha256(b"\1" + left + node).digest()
    note = (directory / "checkpoint.txt").read_bytes()
    origin, signed, root = open_note(note, verifiers.read_text("utf-8"))
    need(signed == size, f"{size} entries, the checkpoint has {signed}", min(size, signed) + 1)
    need(origin == book.origin, "the checkpoint is of another origin")
    need(root == node, "the root is not that of the checkpoint")
    if (directory / "details.jsonl").exists():
        check_details(directory / "details.jsonl", book)


def check(directory: str | Path, verifiers: str | Path | None = None) -> dict:
    """The verdict on an export; verifiers names a file of one's own keys, else the export's own are used."""
    book, found = Book(), {"ok": True, "first_wrong": None, "why": ""}
    try:
        run(Path(directory), Path(verifiers or Path(directory) / "verifiers.txt"), book)
    except WrongError as wrong:
        found = {"ok": False, "first_wrong": wrong.args[1], "why": wrong.args[0]}
    except (OSError, UnicodeDecodeError) as error:
        found = {"ok": False, "first_wrong": None, "why": f"cannot be read: {error}"}
    return {"entries": book.number, "postings": book.postings, **found}


def main() -> int:
    """The command: 0 right, 1 wrong, 2 wrong call."""
    parser = argparse.ArgumentParser(description="Check an export of a book.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--verifiers", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.directory.is_dir() or (given.verifiers and not given.verifiers.is_file()):
        parser.error("no such directory, or no such file of verifiers")
    found = check(given.directory, given.verifiers)
    plain = "\n".join(f"{k}: {v}" for k, v in found.items())
    sys.stdout.write((json.dumps(found) if given.json else plain) + "\n")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
