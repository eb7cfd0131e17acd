"""`phb do`: every operation of the API at a terminal, with the rights, rules and keys that it has over HTTP."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.app import described
from api.cli_do import exit_code
from api.issuer import JWKS, KEY
from api.operations import NOT_OFFERED, OperationUnknown, operations_here, word_of
from api.place import find_place, open_place, system_user
from ledger.core.model import Malformed
from tests import kit
from tests.api.lives import DAY, DORA, NED
from tests.api.test_evidence_files import photograph
from tests.cli.conftest import during, live
from tests.cli.running import do, done, phb

ON = f"effective_on={DAY}"
NED_, DORA_ = f"person={NED}", f"person={DORA}"
VIREMENT = (NED_, "line=N", "to=M", "currency=GBP", ON)


def test_every_operation_of_the_api_has_a_command_or_a_reason() -> None:
    """The list is the document's: none is missing, and none that is left out is not there."""
    document = {each["operationId"] for item in json.loads(described())["paths"].values() for each in item.values()}
    code, listed = phb(Path(), "do", data=False)
    words = {each["operation"] for each in listed["operations"]}
    assert (code, words) == (0, {word_of(each) for each in document - NOT_OFFERED.keys()})
    assert NOT_OFFERED.keys() <= document
    assert all(each["summary"] and each["right"] for each in listed["operations"])
    found = phb(Path(), "do", "--find", "Virement", data=False)[1]["operations"]
    assert "move-between-lines" in {each["operation"] for each in found} < words


def test_whatever_an_operation_takes_is_told_with_its_type() -> None:
    """Each field has a type; what the path names is needed; amounts have an example, closed lists their values."""
    here = operations_here()
    for operation in here.all.values():
        fields = here.fields(operation)
        assert [each.name for each in fields if each.where == "path" and not each.required] == []
        assert [each.name for each in fields if each.type == "any"] == [], operation.word
        assert len({(each.where, each.name) for each in fields}) == len(fields), operation.word
    code, told = phb(Path(), "do", "moveBetweenLines", "--fields", data=False)
    amount = next(each for each in told["fields"] if each["name"] == "amount")
    assert (code, amount["required"], amount["example"], told["options"]) == (
        0,
        True,
        "75.50",
        ["--key", "--body", "--dry-run"],
    )
    fields = phb(Path(), "do", "make-notice", "--fields", data=False)[1]["fields"]
    assert next(each for each in fields if each["name"] == "about")["choices"] == ["cut", "repayment", "stop"]


def test_an_operation_that_is_not_there_names_those_that_are_called_nearly_so() -> None:
    """And one that is about a server says so."""
    code, no = phb(Path(), "do", "list-referral", data=False)
    assert (code, no["code"], "list-referrals" in no["detail"]) == (2, "operation_unknown", True)
    with pytest.raises(OperationUnknown, match="process"):
        operations_here().find("metrics")


@pytest.mark.parametrize(
    ("given", "code", "where"),
    [
        (("line=N",), "field_missing", "person, to, amount, currency, effective_on"),
        ((*VIREMENT, "amout=5.00"), "field_unknown", "amout"),
        ((*VIREMENT, "amount=5.00", "approved.by=1"), "field_unknown", "approved.by"),
        ((*VIREMENT, "amount=5.00", "in_hand=perhaps"), "field_malformed", "in_hand, which is boolean"),
        ((*VIREMENT, "amount=5.00", "approved=1.5"), "field_malformed", "approved, which is integer or null"),
        ((*VIREMENT, "amount"), "field_malformed", "amount is not name=value"),
        (("person=a/plans", *VIREMENT[1:], "amount=5.00"), "parameter_malformed", "person"),
    ],
)
def test_what_an_operation_does_not_take_is_told_before_anything_is_asked(
    given: tuple[str, ...], code: str, where: str
) -> None:  # fmt: skip
    """Misspelt, missing, of another type, or a path that would lead elsewhere."""
    here = operations_here()
    with pytest.raises(Malformed) as no:
        here.asked(here.find("move-between-lines"), [*given], "TEST", None)
    assert (no.value.code, no.value.field) == (code, where)


def test_values_are_read_as_their_schema_has_them_and_inner_fields_by_dots() -> None:
    """Money stays text, a number is a number, a list is JSON; what is named goes on top of a body; a field that the path has too
    is the body's once the book is named."""
    here = operations_here()
    draft = here.find("draft-plan")
    sent = b'{"title": "Old", "lines": [{"line": "N"}], "currency": "GBP"}'
    asked = here.asked(draft, [NED_, "title=New", "from=2025-04-01", "agreement=true", "notice_days=28"], "TEST", sent)
    assert asked.path == f"/v1/books/TEST/budgets/{NED}/plans"
    assert json.loads(asked.content or b"") == {
        "title": "New", "lines": [{"line": "N"}], "currency": "GBP", "from": "2025-04-01", "agreement": True, "notice_days": 28,
    }  # fmt: skip
    set_contacts = here.find("set-contacts")
    asked = here.asked(
        set_contacts, ["from=2025-04-01", "contacts.advocate.name=A", "contacts.advocate.how=B"], "TEST", None
    )
    assert json.loads(asked.content or b"")["contacts"] == {"advocate": {"name": "A", "how": "B"}}
    moved = here.find("move-out")
    taken = {name: "x" for name in here._needed(moved.body or {}) if name != "book"}
    asked = here.asked(moved, [NED_, "line=N", "book=OTHER"], "TEST", json.dumps(taken).encode())
    assert (asked.path.startswith("/v1/books/TEST/"), json.loads(asked.content or b"")["book"]) == (True, "OTHER")
    with pytest.raises(Malformed, match="body_not_json"):
        here.asked(draft, [NED_], "TEST", b"[1]")
    with pytest.raises(Malformed, match="field_repeated"):
        here.asked(draft, [NED_], "TEST", b'{"title": "A", "title": "B"}')


@pytest.mark.parametrize(
    ("operation", "status", "body", "code"),
    [
        ("move-between-lines", 201, {"outcome": "allow"}, 0),
        ("move-between-lines", 201, {"outcome": "refer"}, 1),
        ("demand-repayment", 201, {"decision": {"outcome": "deny"}}, 1),
        ("demand-repayment", 201, {"decision": None}, 0),
        ("read-decision", 200, {"outcome": "deny"}, 0),
        ("post-batch", 200, {"items": [], "refused": 1}, 3),
        ("post-transaction", 422, {"code": "not_enough_available", "transient": False}, 1),
        ("post-transaction", 422, {"code": "idempotency_key_reused", "transient": False}, 2),
        ("post-transaction", 403, {"code": "permission_missing", "transient": False}, 2),
        ("post-transaction", 409, {"code": "budget_busy", "transient": True}, 4),
        ("post-transaction", 503, {"code": "fork_suspected", "transient": False}, 4),
        ("post-transaction", 500, {"code": "internal_error", "transient": False}, 1),
    ],
)
def test_the_shell_is_told_which_kind_of_no_it_was(operation: str, status: int, body: Any, code: int) -> None:
    """A no of rules or ledger 1, a request that is not right 2, a part of a batch 3, what may be sent again 4."""
    assert exit_code(operations_here().find(operation), status, body) == code


def test_a_virement_is_tried_done_once_and_refused_by_the_rules(lived: Path) -> None:
    """Without the right, tried, denied with what is left, done, the same again, and another one under its key."""
    wish = ("move-between-lines", *VIREMENT)
    assert do(lived, "finance", *wish, "amount=50.00")[1]["code"] == "permission_missing"
    code, tried = do(lived, "officer", *wish, "amount=50.00", "--dry-run")
    assert (code, tried["outcome"], tried["number"], tried["key"][:4]) == (0, "allow", 0, "cli-")
    code, denied = do(lived, "officer", *wish, "amount=10400.01")
    assert (code, denied["outcome"]) == (1, "deny")
    assert denied["findings"][0]["rule"] == "icb_policy.change_not_enough_left"
    code, moved = do(lived, "officer", *wish, "amount=50.00", "--key", "move-1")
    assert (code, moved["outcome"], moved["amount"]) == (0, "allow", "50.00")
    assert do(lived, "officer", *wish, "amount=50.00", "--key", "move-1") == (0, moved)
    code, no = do(lived, "officer", *wish, "amount=60.00", "--key", "move-1")
    assert (code, no["code"], no["fields"], no["key"]) == (2, "idempotency_key_reused", ["amount"], "move-1")
    left = {
        each["line"]: each["money"]["left_to_spend"]
        for each in done(lived, "officer", "read-budget", NED_, f"on={DAY}")["lines"]
    }
    assert left == {"N": "10350.00", "M": "1050.00"}
    assert do(lived, "officer", "read-budget", NED_, "--key", "none")[1]["code"] == "option_unfit"
    assert do(lived, "officer", "read-budget", NED_, "--dry-run")[1]["code"] == "option_unfit"


def test_a_payment_is_released_by_another_and_cleared_by_a_line_of_our_bank(lived: Path) -> None:
    """Entered, accepted, released and matched: who accepted does not release; the bank's line clears it once, and the
    reconciliation comes together."""
    bill = ("line=N", "payee=A1", "reference=DO-1", "service=home_care", "amount=300.00", "currency=GBP")
    entered = done(lived, "officer", "enter-invoice", NED_, *bill)["entries"][0]["number"]
    accepted = done(lived, "finance:fay", "accept-invoice", NED_, f"number={entered}", ON)["entries"][0]["number"]
    release = ("release-payment", "payee=A1", "bank=main", f"invoices=[{accepted}]", ON)
    code, no = do(lived, "finance:fay", *release)
    assert (code, no["code"], no["ok"]) == (1, "second_person_needed", False)
    paid = done(lived, "finance:pat", *release, "--key", "pay-1")["entries"][0]["number"]
    assert done(lived, "finance:pat", *release, "--key", "pay-1")["entries"][0]["number"] == paid
    assert do(lived, "finance:pat", *release)[0] == 2
    statement = lived / "own.csv"
    statement.write_text(
        "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n03/06/2025,BACS,RUN 1,300.00,,700.00,B-1\n"
    )
    mapping = Path(__file__).parent.parent / "statements" / "household.json"
    taken = (
        "import",
        "statement",
        statement,
        "--bank",
        "main",
        "--format",
        "csv",
        "--mapping",
        mapping,
        "--book",
        "TEST",
    )
    assert phb(lived, *taken)[1]["closing"] == "700.00"
    [line] = done(lived, "finance", "list-own-lines", "bank=main")["lines"]
    match = ("match-own-line", "bank=main", f"number={line['number']}", "kind=payments", ON)
    code, no = do(lived, "finance", *match, f"of=[{paid},{paid}]")
    assert (code, no["ok"]) == (2, False)
    done(lived, "finance", *match, f"of=[{paid}]")
    assert do(lived, "finance", *match, f"of=[{paid}]")[0] == 2
    assert do(lived, "finance:pat", "clear-payment", f"number={paid}", ON)[0] == 2
    found = done(lived, "finance", "reconcile-bank", "bank=main")
    assert (found["matched"], found["open_in"], found["open_out"], found["gap"]) == ("-300.00", "0.00", "0.00", "0.00")


def test_a_referral_is_found_approved_by_another_and_paid(lived: Path) -> None:
    """An instalment that the plan says nothing of waits: listed, not approved by who asked, approved by another, released."""
    ask = (DORA_, "line=D", "service=home_care", "amount=2000.00", "currency=GBP", ON)
    code, asked = do(lived, "officer", "request-instalment", *ask)
    assert (code, asked["outcome"]) == (1, "refer")
    number = f"number={asked['number']}"
    assert asked["number"] in [each["number"] for each in done(lived, "officer", "list-referrals")["referrals"]]
    code, no = do(lived, "officer", "approve-referral", DORA_, number, ON)
    assert (code, no["code"]) == (1, "second_person_needed")
    approved = done(lived, "officer:olga", "approve-referral", DORA_, number, ON)
    assert approved["outcome"] == "allow"
    assert do(lived, "officer:olga", "approve-referral", DORA_, number, ON)[0] == 2
    done(lived, "finance:pat", "release-instalment", DORA_, number, ON, "bank=main")
    assert asked["number"] not in [each["number"] for each in done(lived, "officer", "list-referrals")["referrals"]]


def test_a_referral_is_declined_with_a_reason(lived: Path) -> None:
    """Declined is done, and no refusal: 0; without a reason it is not asked."""
    ask = (DORA_, "line=D", "service=home_care", "amount=1.00", "currency=GBP", ON)
    asked = do(lived, "officer", "request-instalment", *ask)[1]
    decline = ("decline-referral", DORA_, f"number={asked['number']}", ON)
    assert do(lived, "officer:olga", *decline)[0] == 2
    assert do(lived, "officer:olga", *decline, "reason=another", "words=Not in this way.")[0] == 0


def test_money_is_demanded_after_a_notice_that_was_sent_and_waived_by_another(lived: Path) -> None:
    """Without its notice sent a demand is denied; with it there is a debt, which who demanded does not waive."""
    during(lived, lambda lives: lives.instalment("100.00"))
    notice = ("make-notice", DORA_, "about=repayment", f"on={DAY}", 'reasons=["off_plan"]', "amount=60.00", "pay_by=2025-07-02",
              f"debtor={DORA}", "debtor_is=person", "words=Bought outside the plan.")  # fmt: skip
    made = done(lived, "officer", *notice)["entries"][0]["number"]
    named = f"number={made}"
    done(lived, "officer", "consider-notice", DORA_, named, 'factors=["off_plan"]', "safeguarding=none", f"on={DAY}")
    demand = (
        "demand-repayment",
        DORA_,
        f"notice={made}",
        "line=D",
        "amount=60.00",
        "source=advance",
        "currency=GBP",
        ON,
    )
    code, denied = do(lived, "officer", *demand)
    assert (code, denied["decision"]["outcome"]) == (1, "deny")
    done(lived, "officer", "move-notice", DORA_, named, "act=sent", f"on={DAY}")
    debt = done(lived, "officer", *demand)["entries"][0]["number"]
    [owed] = done(lived, "officer", "list-debts", "on=2025-08-01")["debts"]
    assert (owed["outstanding"], owed["person"]) == ("60.00", DORA)
    waive = ("waive-demand", DORA_, f"number={debt}", "currency=GBP", "authority=icb", ON)
    code, no = do(lived, "officer", *waive, "amount=10.00")
    assert (code, no["code"]) == (1, "second_person_needed")
    assert done(lived, "officer:olga", *waive, "amount=10.00")["decision"]["outcome"] == "allow"
    assert done(lived, "officer", "list-debts", "on=2025-08-01")["outstanding"] == "50.00"


def test_a_list_goes_on_over_its_pages_up_to_so_many(lived: Path) -> None:
    """Two at a time are as many as all at once; and where more are left than were asked for, that is said."""
    whole = done(lived, "finance", "list-transactions", "limit=500")
    assert len(whole["entries"]) > 4
    assert done(lived, "finance", "list-transactions", "limit=2") == whole
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "do",
        "list-transactions",
        "limit=2",
        "--rows",
        "3",
        "--book",
        "TEST",
        "--json",
    ]
    found = subprocess.run([*command, "--data", str(lived)], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["entries"] == whole["entries"][:4]
    assert "--rows" in found.stderr


def test_a_person_reads_rows_as_a_table_and_an_object_as_lines(lived: Path) -> None:
    """Columns in the order of the schema; what is nothing is left out; the key is told beside the answer."""
    command = [sys.executable, "-m", "api.cli", "do", "--data", str(lived)]
    listed = subprocess.run([*command, "list-books"], capture_output=True, text=True, check=True).stdout
    assert [line.split() for line in listed.splitlines() if "book" in line or "TEST" in line] == [
        ["books:"], ["┃", "book", "┃", "currency", "┃", "nature", "┃", "first_day", "┃"],
        ["│", "TEST", "│", "GBP", "│", "synthetic", "│", "2025-04-01", "│"],
    ]  # fmt: skip
    drawn = subprocess.run([*command, "grant-fund", "fund=nhs", "year=2025-26", "amount=1.00", "currency=GBP", ON, "--book",
                            "TEST"], capture_output=True, text=True, check=True)  # fmt: skip
    assert "kind: transaction" in drawn.stdout.splitlines()
    assert drawn.stderr.startswith("key: cli-")


def test_a_file_of_evidence_goes_in_and_comes_out(lived: Path) -> None:
    """Given as the body, without which it is not asked; read into a file that replaces none."""
    claim = ("line=D", "service=home_care", "amount=40.00", "currency=GBP", f"spent_on={DAY}")
    number = done(lived, "officer", "claim", DORA_, *claim)["entries"][0]["number"]
    picture, copy = lived / "receipt.png", lived / "copy"
    picture.write_bytes(photograph("PNG"))
    given = ("give-file", DORA_, f"of={number}", "document=receipt", "amount=40.00")
    code, no = do(lived, "officer", *given)
    assert (code, no["code"]) == (2, "body_missing")
    document = done(lived, "officer", *given, "--body", picture)["entries"][0]["number"]
    read = ("read-file", DORA_, f"number={document}")
    code, no = do(lived, "officer", *read)
    assert (code, no["code"]) == (2, "option_unfit")
    assert done(lived, "officer", *read, "--out", copy)["bytes"] == len(copy.read_bytes()) > 0
    assert do(lived, "officer", *read, "--out", copy)[1]["code"] == "file_exists"


def test_a_year_end_that_was_referred_is_finished(data: Path) -> None:
    """What a run of the command leaves, because the rules refer it, is approved by an officer and ended by its number."""
    live(data, "YEAR")

    def did(who: str, operation: str, *fields: object) -> dict[str, Any]:
        return done(data, who, operation, *fields, book="YEAR")

    for fund in ("nhs", "council"):
        did("finance", "set-carry-rule", f"fund={fund}", "rule=all", "first_day=2025-04-01")
        did("finance", "open-fund-years", f"fund={fund}", 'years=["2026-27"]')
    did("finance", "grant-fund", "fund=nhs", "year=2025-26", "amount=30000.00", "currency=GBP", ON)
    end = ("close", "2025-26", "--year-end", "--book", "YEAR")
    proposal = phb(data, *end, actor="fay")[1]["proposal"]
    code, ended = phb(data, *end, "--confirm", proposal, actor="pat")
    assert (code, list(ended["refused"])) == (1, ["lines/D", "funds/nhs"])
    today = f"effective_on={did('finance', 'list-accounts', 'limit=1', '--rows', 1)['effective_on']}"
    for named, operation, field, approve in (
        ("lines/D", "end-line-year", "line=D", ("approve-referral", DORA_)),
        ("funds/nhs", "end-fund-year", "fund=nhs", ("approve-referral-of-book",)),
    ):
        said, _, number = ended["refused"][named].rstrip(")").rpartition(" ")
        assert said == "policy_refer (decision"
        finish = (operation, "year=2025-26", field, f"approved={number}")
        code, no = do(data, "finance:pat", *finish, book="YEAR")
        assert (code, no["code"]) == (2, "approval_unfit")
        did("officer:olga", *approve, f"number={number}", today)
        assert did("finance:pat", *finish)["decision"]["outcome"] == "allow"
    left = did("finance", "read-year-end", "year=2025-26")
    assert (left["lines"], {each["unallocated"] for each in left["funds"]}) == ([], {"0.00"})


async def test_a_real_server_is_asked_with_the_token_of_its_issuer(lived: Path) -> None:
    """By DATABASE_URL: without a token, with one that was revoked, with one that names another book, and with its own."""
    place = await open_place(find_place(lived))
    revoked = lived / "revoked"
    revoked.write_text("")
    here = {
        "DATABASE_URL": place.serving, "PHB_KEYS_DIR": str(place.keys_dir), "PHB_NOTES_DIR": str(place.notes_dir),
        "PHB_ISSUER": "https://icb.example", "PHB_AUDIENCE": "phb-ledger", "PHB_JWKS": str(place.keys_dir / JWKS),
        "PHB_REVOKED": str(revoked), "PHB_OWNER_URL": place.owner,
    }  # fmt: skip
    signing = RSAKey.import_key((place.keys_dir / KEY).read_bytes())
    claims = {"iss": here["PHB_ISSUER"], "aud": "phb-ledger", "sub": "fay", "azp": "desk", "roles": ["finance"],
              "exp": kit.clock_us() // 1_000_000 + 600}  # fmt: skip
    head = {"alg": "RS512", "kid": signing.thumbprint()}
    mine, other = (
        jwt.encode(head, claims | {"books": [code]}, signing, algorithms=["RS512"]) for code in ("TEST", "OTHER")
    )
    ask = ("do", "list-periods", "--book", "TEST")
    code, no = phb(lived, *ask, data=False, **here)
    assert (code, no["code"]) == (2, "token_missing")
    code, no = phb(lived, *ask, data=False, **here, PHB_TOKEN=other)
    assert (code, no["code"]) == (2, "book_unknown")
    code, found = phb(lived, *ask, data=False, **here, PHB_TOKEN=mine)
    assert (code, found["first_day"]) == (0, "2025-04-01")
    revoked.write_text("fay\n")
    code, no = phb(lived, *ask, data=False, **here, PHB_TOKEN=mine)
    assert (code, no["code"]) == (2, "token_revoked")
    gone = here | {"DATABASE_URL": "postgresql://phb_serve@127.0.0.1:1/phb"}
    revoked.write_text("")
    assert phb(lived, *ask, data=False, **gone, PHB_TOKEN=mine)[0] == 4


def test_a_live_book_needs_the_consent_that_every_command_needs(data: Path) -> None:
    """Without it none is opened here; with it, by name, it is opened and read; and read only with it."""
    opening = ("do", "open-book", "book=LIVE", "nature=live", "first_month=2026-04", "currency=GBP")
    code, no = phb(data, *opening)
    assert (code, no["code"]) == (2, "development_token_live_book")
    code, no = phb(data, *opening, PHB_I_AM_ALONE=f"{system_user()}-2")
    assert (code, no["code"]) == (2, "consent_refused")
    assert phb(data, *opening, PHB_I_AM_ALONE=system_user())[0] == 0
    read = ("do", "list-periods", "--book", "LIVE")
    assert phb(data, *read)[1]["code"] == "development_token_live_book"
    assert phb(data, *read, PHB_I_AM_ALONE=system_user())[0] == 0
