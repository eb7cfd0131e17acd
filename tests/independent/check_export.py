"""Check an export of a book without trusting the program that made it; written from docs/format.md alone.

It shares no code with the project, so a mistake there is not repeated here.
    python check_export.py DIR [VERIFIERS]      prints one JSON object; exit 0 right, 1 wrong, 2 wrong call
"""

# fmt: off
# ruff: noqa: E401, E701, I001
import base64, hashlib, json, re, sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace as Record
from zoneinfo import ZoneInfo
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ANY = "[A-Za-z0-9._:/+-]{1,256}"
CODE, NUM, POS, HEX64 = rf"(?!-(?:\||\Z)){ANY}", "(?:0|[1-9][0-9]{0,17})", "[1-9][0-9]{0,17}", "[0-9a-f]{64}"
MONTH, DAY, PENCE = "[0-9]{4}-(?:0[1-9]|1[0-2])", "(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|-)", "-?[1-9][0-9]{0,14}"
ACCOUNT = "[A-Za-z0-9][A-Za-z0-9._/+-]{0,119}"
HEAD = re.compile(
    rf"phb1\|(?P<book>[A-Z][A-Z0-9]{{1,15}})\|(?P<number>{POS})\|(?P<time>{NUM})\|(?P<kind>{CODE})\|{NUM}"
    rf"\|(?P<day>{DAY})\|(?P<care_from>{DAY})\|(?P<care_to>{DAY})"
    rf"\|(?P<source>entered|imported|migrated|generated)\|(?:self|carer|officer|paper|machine)\|{CODE}"
    rf"\|(?P<actor>{CODE})\|(?P<acting>{CODE}|-)\|(?P<because>{NUM})\|(?P<subject>{ANY})\|(?P<commitment>{HEX64}|-)"
    rf"\|[0-9a-f]{{32}}\|(?P<key>{HEX64}|-)\|(?P<count>{NUM})\|(?P<rest>[^\n]+)")
OPENING = re.compile(
    f"({ACCOUNT}):({ACCOUNT}):(budget|actual):({ACCOUNT}):(?:source|use|asset|liability|equity|income|expense"
    f"|suspense):(?:debit|credit):(0|{PENCE}|-):(0|{PENCE}|-)")
HOLDS = "hold_placed", "hold_settled", "hold_released", "hold_expired"
MOVES = {"account_frozen": ["open"], "account_unfrozen": ["frozen"], "account_closed": ["open", "frozen"]}
# kind: subject, attributes it must have, may have (a family ends in a dot), what others may be (None: none)
OPENS, HOLD = (CODE, {"account.01": ANY}, {"account.": ANY}, CODE), (ANY, {"hold": POS}, {}, CODE)
REASONED, ACT = (CODE, {}, {"reason": CODE}, None), (CODE, {"act": CODE}, {}, CODE)
NATURE, RESTART = "live|synthetic|open_data", dict.fromkeys("ground old_origin origin second".split(), CODE)
KINDS = {
    "book": (CODE, {"currency": "[A-Z]{3}", "first_month": MONTH, "nature": NATURE, "origin": CODE}, {}, None),
    "line_version": ("-", {"version": CODE}, {}, None),
    "log_restarted": ("-", {**RESTART, "note_root": f"{HEX64}|-", "note_size": NUM}, {}, None),
    "account_opened": OPENS, "share_opened": OPENS, "hold_released": HOLD, "hold_expired": HOLD,
    "transaction": (ANY, {}, {"reverses": POS, "corrects": POS, "up_to": ACCOUNT}, CODE),
    "hold_placed": (ANY, {"expires_at": f"{NUM}|-", "purpose": CODE}, {}, CODE),
    "hold_settled": (ANY, {"final": "yes|no", "hold": POS}, {}, CODE),
    "refusal": (ANY, {"code": CODE, "intent": CODE, "item": POS, "of": POS}, {"fact.": ANY}, CODE),
    "decision": (CODE, {"bundle": CODE, "outcome": "allow|refer|deny"}, {}, CODE),
    "erasure": ("-", {"ground": CODE, "second": CODE, "erased.001": ANY}, {"erased.": f"{POS}:{HEX64}"}, None),
    **dict.fromkeys([*MOVES, "period_opened", "period_closed", "period_reopened"], REASONED),
    **dict.fromkeys("fund setting line_activated plan plan_version line holder_account schedule run bill".split(), ACT),
    **dict.fromkeys("review reconsideration offer payee person delegation limit bundle evidence notice".split(), ACT)}
class Wrong(Exception): pass  # why, and the number of the entry, None where none can be named
# Every rule of the page is one call of `need`, so that the rules can be read in a column.
def need(ok: object, why: str, number: int | None = None) -> None:
    if not ok:
        raise Wrong(why, number)
def year_of(day: str) -> str:  # The year April to March of a day or month, as it is written: 2025-26
    year = int(day[:4]) - (day[5:7] < "04")
    return f"{year:04d}-{(year + 1) % 100:02d}"
def parse(text: str) -> Record:  # A line by section 2; each value has one spelling only
    m = HEAD.fullmatch(text)
    need(m and len(text) <= 65536, "the line is malformed")
    e = Record(**m.groupdict(), people={m["actor"], m["acting"]} - {"-"})  # whoever acts for another is no second person
    days = [x == "-" or date.fromisoformat(x) for x in (e.day, e.care_from, e.care_to)]  # ValueError if not real
    need((days[1] is True) == (days[2] is True) and e.care_from <= e.care_to, "care days are not a span")
    e.number, e.time, e.because, count = map(int, (e.number, e.time, e.because, e.count))
    rest = e.rest.split("|")
    need(count <= 999 and len(rest) > 2 * count and e.time < 253402300800000000, "a count or the time is too high")
    names, tail = rest[: 2 * count : 2], rest[2 * count + 1 :]
    e.attrs = dict(zip(names, rest[1 : 2 * count : 2], strict=True))
    need(names == sorted(set(names)), "attribute names are not strictly ascending")
    shapes = ("[a-z][a-z0-9_.]{0,63}", names), (ANY, e.attrs.values()), (ACCOUNT, tail[::2]), (PENCE, tail[1::2])
    need(all(re.fullmatch(p, x) for p, xs in shapes for x in xs), "an attribute or a leg is malformed")
    need(len(tail) % 2 == 0 and len(tail) <= 400, "too many legs, or half a one")
    e.legs = {c: int(p) for c, p in zip(tail[::2], tail[1::2], strict=True)}
    need([str(len(e.legs)), *tail[::2]] == [rest[2 * count], *e.legs], "a wrong leg count, or an account twice")
    return e
def shape(e: Record) -> None:  # Section 4's table: subject and attributes of a kind, and which have legs at all
    need(e.kind in KINDS, f"kind {e.kind} is not of version 1")
    subject, must, may, others = KINDS[e.kind]
    need(re.fullmatch(subject, e.subject) and must.keys() <= e.attrs.keys(), "wrong subject, or an attribute lacks")
    for name, value in e.attrs.items():
        pattern = may.get(name[: name.find(".") + 1]) or must.get(name) or may.get(name) or others
        need(pattern and re.fullmatch(pattern, value), f"attribute {name} is malformed, or not of {e.kind}")
    moves, undoing = e.kind in ("transaction", *HOLDS), len({"reverses", "corrects"} & e.attrs.keys())
    need(len(e.legs) >= 2 and e.day != "-" if moves else not e.legs, "too few or too many legs, or no day")
    need(not moves or undoing <= (e.kind == "transaction"), "reverses or corrects where it cannot")
    need(e.kind != "refusal" or int(e.attrs["item"]) <= int(e.attrs["of"]), "item is beyond its group")
    need("second" not in must or e.attrs["second"] not in e.people, "the second person is the actor, or whom they act for")
def numbered(e: Record, family: str, digits: int) -> list[str]:  # The values of account.01 …, without a gap
    names = [n for n in e.attrs if n.startswith(family)]
    need(names == [f"{family}{i:0{digits}d}" for i in range(1, len(names) + 1)], f"a gap in {family}")
    return [e.attrs[n] for n in names]

class Book:  # The state of section 5, built entry by entry; nothing is taken from outside the lines
    def __init__(self) -> None:
        self.number, self.time, self.postings, self.code, self.origin, self.first = 0, -1, 0, "", "", ""
        self.accounts, self.closed, self.holds, self.posted, self.commitments = {}, {}, {}, {}, {}
        self.erased, self.version, self.keys = set(), None, set()
    def take(self, text: str) -> None:  # One entry, by every rule of sections 2 to 5
        need(self.version is None, f"this program does not know line version {self.version}: no verdict")
        e = parse(text)
        need(e.number == self.number + 1 and e.book == (self.code or e.book), "not the next number, or another book's line")
        need(e.time > self.time and e.because < e.number, "recorded_at does not rise, or because is not earlier")
        need(e.key[:32] not in self.keys, "states the key of an earlier entry: one request happens once")
        need((e.kind == "book") == (e.number == 1), "entry 1, and only it, is the book entry")
        shape(e)
        self.post(e) if e.legs else self.act(e)
        if e.commitment != "-":
            self.commitments[e.number] = e.commitment
        self.keys |= {e.key[:32]} - {"-"}
        self.code, self.number, self.time, self.postings = e.book, e.number, e.time, self.postings + len(e.legs)
    def act(self, e: Record) -> None:  # The kinds without legs that change what a later entry may do
        self.version = e.attrs["version"] if e.kind == "line_version" else None
        if e.kind == "book":
            need(e.subject == e.book, "the subject is not the book")
            self.first, self.origin = e.attrs["first_month"], e.attrs["origin"]
        elif e.kind == "log_restarted":
            need(e.attrs["old_origin"] == self.origin != e.attrs["origin"], "the origins do not follow")
            self.origin = e.attrs["origin"]
        elif e.kind == "erasure":
            for number, _, commitment in (v.partition(":") for v in numbered(e, "erased.", 3)):
                due = self.commitments.get(int(number)) == commitment and int(number) not in self.erased
                need(due, "erases what no entry committed to, or again")
                self.erased.add(int(number))
        elif e.kind in ("account_opened", "share_opened"):
            for value in numbered(e, "account.", 2):
                m = OPENING.fullmatch(value)
                need(m and (m[3] == "actual") == (m[4] == "actual"), "an opening is malformed")
                need(m[1] not in self.accounts, f"{m[1]} was opened before")
                low, high = (far if x == "-" else int(x) for x, far in ((m[5], -10**30), (m[6], 10**30)))
                self.accounts[m[1]] = Record(group=m[4], layer=m[3], held=m[2] == "held", low=low, high=high,
                                             line="tag.line" in e.attrs, balance=0, state="open")
            need(e.kind[0] == "s" or e.attrs["account.01"].startswith(e.subject + ":"), "not about its first account")
        elif e.kind in MOVES:
            a, after = self.accounts.get(e.subject), e.kind.partition("_")[2].replace("unfrozen", "open")
            need(a and a.state in MOVES[e.kind] and (after != "closed" or a.balance == 0), "not in a state for this")
            a.state = after
        elif e.kind.startswith("period_"):
            self.period(e)
    def period(self, e: Record) -> None:  # Months and years opened, closed and opened again; 2011-12 is a month
        name, month = e.subject, re.fullmatch(MONTH, e.subject)
        year = re.fullmatch("[0-9]{4}-[0-9]{2}", name) and year_of(name[:4] + "-04") == name
        need((month or year) and name > "0001", "no such period")
        if e.kind == "period_opened":
            need(month and name < self.first, "opens what is not a month before the first")
            self.first = name
        elif e.kind == "period_closed":
            late = (name if month else f"{int(name[:4]) + 1:04d}-03") >= self.first
            need(name not in self.closed and late, "closes what is closed, or before the book")
            self.closed[name] = e.people  # whoever closed may not be the one who reopens
        else:
            need(not self.closed.pop(name, e.people) & e.people, "reopens what is open, or one's own closing")
    def post(self, e: Record) -> None:  # Sections 3 and 5 for an entry with legs
        month, sums = e.day[:7], defaultdict(int)
        need(month >= self.first and not {month, year_of(month)} & self.closed.keys(), "not in an open month")
        now = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=e.time)).astimezone(ZoneInfo("Europe/London"))
        need(e.source == "generated" or e.day <= now.date().isoformat(), "effective_on is after its recording")
        for code, pence in e.legs.items():
            a = self.accounts.get(code)
            need(a and a.state != "closed", f"account {code} is not open")
            sums[a.group] += pence
            a.balance += pence
            need(a.low <= a.balance if pence < 0 else a.balance <= a.high, f"{code} breaks its floor or ceiling")
        need(not any(sums.values()), "a balance group does not sum to zero")
        exempt = e.source != "entered" or e.kind == "hold_expired" or e.because
        need(exempt or not any(self.accounts[c].line for c in e.legs), "a leg on a line without because")
        held = {c: p for c, p in e.legs.items() if self.accounts[c].held}
        undoing = {"reverses", "corrects"} & e.attrs.keys()
        number = e.number if e.kind == "hold_placed" else int(e.attrs["hold"]) if e.kind in HOLDS else 0
        if number:
            self.hold(e, held, number)
        else:
            need(e.attrs.get("up_to") in {None, *self.accounts}, "up_to names no account")
            need("reverses" in e.attrs or not held, "a holding account outside a hold")
        for name in undoing:
            n = self.posted.get(int(e.attrs[name]))
            need(n and n.can, "undoes what is not there to undo, or cannot be, or was before")
            n.can = False
            self.reverse(e, n) if name == "reverses" else self.correct(e, n)
        can = e.kind != "hold_expired" and not undoing
        self.posted[e.number] = Record(kind=e.kind, day=e.day, legs=e.legs, hold=number, can=can)
    def hold(self, e: Record, held: dict[str, int], number: int) -> None:  # Set aside, then used or given back
        legs = list(e.legs.items())
        pairs = [(*a, *b) for a, b in zip(legs[::2], legs[1::2], strict=False)]
        paired = e.kind == "hold_settled" or (len(legs) % 2 == 0 and all(x == -y for _, x, _, y in pairs))
        if e.kind == "hold_placed":
            same = all(x > 0 and self.accounts[h].group == self.accounts[o].group for h, x, o, _ in pairs)
            need(paired and same and held.keys() == {h for h, *_ in pairs}, "of two groups, or not onto holding accounts")
            state = {h: [o, x, x] for h, x, o, _ in pairs}  # origin, placed, remaining
            self.holds[number] = Record(expires=e.attrs["expires_at"], pairs=state, open=True)
            return
        hold = self.holds.get(number)
        need(hold and hold.open, "the hold is not an open one")
        theirs = all(hold.pairs.get(h, [""])[0] == o for h, _, o, _ in pairs)
        need(e.kind == "hold_settled" or (theirs and paired), "the pairs are not the hold's")
        need(held and held.keys() <= hold.pairs.keys(), "takes nothing from its hold, or from another")
        for code, x in held.items():
            hold.pairs[code][2] += x
            need(x < 0 <= hold.pairs[code][2], "adds to the hold, or takes more than remains")
        hold.open = any(p[2] for p in hold.pairs.values())
        early = e.kind == "hold_expired" and not (hold.expires != "-" and e.time >= int(hold.expires))
        may_remain = e.kind == "hold_released" or e.attrs.get("final") == "no"
        need(not early and (may_remain or not hold.open), "it is too early, or something remains")
    def reverse(self, e: Record, n: Record) -> None:  # The mirror of N, not before it, and its hold as it was
        need(year_of(n.day) not in self.closed and e.day >= n.day, "N is of a closed year, or later")
        need(e.legs == {c: -p for c, p in n.legs.items()}, "the legs are not N's negated")
        if n.hold:
            hold, placed = self.holds[n.hold], n.kind == "hold_placed"
            need(not placed or all(hold.open and p[1] == p[2] for p in hold.pairs.values()), "a hold that was used")
            for code in hold.pairs.keys() & e.legs.keys():
                hold.pairs[code][2] += e.legs[code]
            hold.open = not placed
    def correct(self, e: Record, n: Record) -> None:  # N negated, with accounts of its closed year replaced
        instead, legs = {}, defaultdict(int)
        need(n.kind in ("transaction", "hold_settled") and year_of(n.day) in self.closed, "N is not to be corrected")
        for old, _, new in (value.partition(":") for value in numbered(e, "instead.", 2)):
            need(re.fullmatch(f"{ACCOUNT}:{ACCOUNT}", f"{old}:{new}") and old not in instead, "malformed, or twice")
            instead[old] = new
        for code, pence in n.legs.items():
            a, b = self.accounts[code], self.accounts.get(instead.get(code, code))
            need(a.layer != "budget" or (b and b.group != a.group), "leaves a budget leg in its group")
            legs[instead.get(code, code)] -= pence
        need(e.legs == {c: p for c, p in legs.items() if p}, "the legs are not N's negated and replaced")

def unbase64(text: str) -> bytes:  # standard base64 in its one spelling; nothing if it is spelt otherwise
    data = base64.b64decode(text, validate=True)
    return data if base64.b64encode(data).decode() == text else b""

# Origin, size and root, once a known key has signed them and no known key's signature is bad.
def open_note(raw: bytes, verifiers: str) -> tuple[str, int, bytes]:
    known, good = {}, 0
    try:
        for name, mark, key in (line.split("+", 2) for line in verifiers.split("\n") if line):
            data = unbase64(key)
            digest = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
            need(mark == digest.hex() and len(data) == 33 and data[0] == 1, "a verifier line is malformed")
            known[name, digest] = Ed25519PublicKey.from_public_bytes(data[1:])
        text, _, block = raw.rpartition(b"\n\n")
        need(block[-1:] == b"\n", "the checkpoint is not a signed note")
        for dash, name, sig in (line.split(" ") for line in block[:-1].decode().split("\n")):
            data = unbase64(sig)
            need(dash == "—" and name and len(data) > 4, "a signature line is malformed")
            if signer := known.get((name, data[:4])):
                signer.verify(data[4:], text + b"\n")
                good += 1
        origin, size, root = text.decode("ascii").split("\n")
        need(good and re.fullmatch(NUM, size) and len(unbase64(root)) == 32, "no known key, size or root")
        return origin, int(size), unbase64(root)
    except (InvalidSignature, ValueError) as error:
        raise Wrong(f"the checkpoint or a verifier line is wrong: {error!r}", None) from None

def check_details(path: Path, book: Book) -> None:  # Every commitment has its detail, unless it was erased
    due = [n for n in book.commitments if n not in book.erased]
    for expected, raw in zip_longest(due, path.read_bytes().split(b"\n")[:-1]):
        number = None
        try:
            number, salt, text = map(json.loads(raw or b"[]").get, ("number", "salt", "content")) if raw else (0, "", "")
            data = bytes.fromhex(salt) + (unbase64(text) if re.fullmatch("[0-9a-f]{32}", salt) else b"")
        except (ValueError, AttributeError, TypeError, RecursionError):
            raise Wrong("a detail is malformed", number if type(number) is int else expected) from None
        need(number == expected, "a detail is missing or surplus", min(n for n in (number, expected) if n))
        need(hashlib.sha256(data).hexdigest() == book.commitments[number], "a detail has other bytes", number)

def root_of(hashes: list[bytes]) -> bytes:
    half = 1 << (len(hashes) - 1).bit_length() >> 1
    both = b"\1" + root_of(hashes[:half]) + root_of(hashes[half:]) if half else b""
    return hashlib.sha256(both).digest() if half else hashes[0]

def run(directory: Path, verifiers: Path, book: Book) -> None:  # Lines, then root and signature, then details
    hashes = []
    with (directory / "entries.txt").open("rb") as lines:
        for raw in iter(lambda: lines.readline(65538), b""):  # bounded: one endless line must not fill memory
            try:
                need(raw.endswith(b"\n"), "a line is too long or has no end")
                book.take(raw[:-1].decode("ascii"))
            except (Wrong, ValueError) as wrong:
                raise Wrong(str(wrong.args[0]), len(hashes) + 1) from None
            hashes.append(hashlib.sha256(b"\0" + raw[:-1]).digest())
    need(hashes, "no entries", 1)
    note, size = (directory / "checkpoint.txt").read_bytes(), len(hashes)
    origin, signed, root = open_note(note, verifiers.read_text("utf-8"))
    need(signed == size, f"{size} entries, the checkpoint has {signed}", min(size, signed) + 1)
    need((origin, root) == (book.origin, root_of(hashes)), "origin or root is not that of the checkpoint")
    if (directory / "details.jsonl").exists():
        check_details(directory / "details.jsonl", book)

# The verdict on an export; verifiers names a file of one's own keys, else the export's own are used.
def check(directory: str | Path, verifiers: str | Path | None = None) -> dict:
    book, number, why = Book(), None, ""
    try:
        run(Path(directory), Path(verifiers or Path(directory) / "verifiers.txt"), book)
    except (Wrong, OSError, UnicodeDecodeError) as wrong:
        why, number = wrong.args if isinstance(wrong, Wrong) else (f"cannot be read: {wrong}", None)
    return {"ok": not why, "entries": book.number, "postings": book.postings, "first_wrong": number, "why": why}

if __name__ == "__main__":
    verdict = check(*sys.argv[1:3]) if len(sys.argv) > 1 else sys.exit(2)
    sys.stdout.write(json.dumps(verdict) + "\n")
    sys.exit(not verdict["ok"])
