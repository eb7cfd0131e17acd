"""Files sent in piece by piece: each part once wherever it was lost, the whole under one key, and nobody else's."""

import asyncio
import json
from hashlib import sha256
from typing import Any

import pytest

from api import evidence_uploads
from api.evidence_store import PARTS
from tests.api.lives import DORA, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_evidence_files import HEIC, PDF

HOLDER, DAD = "holder:holder-D", "holder:holder-N"
PLACE = f"/v1/books/TEST/budgets/{DORA}/evidence/uploads"
PARTS_OF = [HEIC[:300], HEIC[300:600], HEIC[600:]]
WHOLE = sha256(HEIC).hexdigest()


class Sending:
    """Somebody who sends a file in."""

    def __init__(self, lives: Tried, who: str = HOLDER, whole: str = WHOLE) -> None:
        self.lives, self.who, self.whole = lives, who, whole

    async def ask(self, method: str, path: str = "", **more: Any) -> Any:
        headers = {**self.lives.headers(self.who), **more.pop("headers", {})}
        return await self.lives.client.inner.request(method, f"{PLACE}/{self.whole}{path}", headers=headers, **more)

    async def part(self, offset: int, content: bytes) -> tuple[int, Any, Any]:
        """The status, the code of a no, and the offset to go on at."""
        answer = await self.ask("PUT", "/parts", params={"offset": offset}, content=content)
        told = answer.json()
        return answer.status_code, told.get("code"), told.get("offset", told.get("facts", {}).get("offset"))

    async def offset(self) -> int:
        answer = await self.ask("GET")
        assert answer.status_code == 200, answer.text
        return answer.json()["offset"]

    async def finish(self, of: int, key: str, **more: Any) -> Any:
        query = {"of": of, "document": "receipt", **more}
        return await self.ask("POST", "/finish", params=query, headers={"Idempotency-Key": key})

    def waiting(self) -> int:
        """How many parts are in the store."""
        return len(list(self.lives.app.desk.files.kept(PARTS)))


@pytest.fixture
async def claim(lives: Tried) -> int:
    """What the file is evidence of."""
    await lives.instalment("100.00")
    return await lives.claim("12.00")


async def test_a_picture_comes_in_parts_over_a_connection_that_comes_and_goes(lives: Tried, claim: int) -> None:
    """Each part goes on where the last ended, and again it changes nothing; elsewhere the place to go on is told; finished once, as
    if it had come whole, under one key with that; then nothing waits."""
    sending = Sending(lives)
    assert await sending.offset() == 0
    assert await sending.part(0, PARTS_OF[0]) == (200, None, 300)
    assert await sending.part(0, PARTS_OF[0]) == (200, None, 300)
    assert await sending.part(600, PARTS_OF[2]) == (409, "upload_elsewhere", "300")
    assert await sending.part(0, PARTS_OF[0][:-1]) == (409, "upload_elsewhere", "300")
    early = await sending.finish(claim, "k")
    assert (early.status_code, early.json()["code"], early.json()["facts"]) == (
        409,
        "upload_incomplete",
        {"offset": "300"},
    )
    assert await sending.part(300, PARTS_OF[1]) == (200, None, 600)
    assert await sending.offset() == 600
    assert await sending.part(600, PARTS_OF[2]) == (200, None, len(HEIC))
    before = await lives.kept()
    tried = await sending.finish(claim, "k", dry_run="true")
    assert (tried.status_code, await lives.kept(), sending.waiting()) == (200, before, 3)
    done = await sending.finish(claim, "k")
    assert done.status_code == 201, done.text
    said = done.json()["entries"][0]["attributes"]
    assert (said["type"], said["document"], sending.waiting()) == ("image/jpeg", "receipt", 0)
    assert (await sending.finish(claim, "k")).content == done.content
    other = await sending.finish(claim, "k", amount="12.00")
    assert other.status_code == 422
    whole = await super(Tried, lives).send(f"evidence/files?of={claim}&document=receipt", HEIC, HOLDER, D, key="k")  # type: ignore[arg-type]
    assert whole.content == done.content
    gone = await sending.finish(claim, "another")
    assert gone.json()["code"] == "upload_incomplete"
    number = done.json()["entries"][0]["number"]
    served = await lives.get(f"/budgets/{DORA}/evidence/{number}/file", HOLDER)
    assert sha256(served.content).hexdigest() == said["sha256"]


async def test_parts_at_once_are_one_and_what_does_not_fit_is_begun_anew(lives: Tried, claim: int) -> None:
    """The same part many times at once is there once; of two for one place one counts, and if that is not the file's it is told,
    dropped and sent anew; finished by many at once it is given once."""
    sending = Sending(lives)
    same = await asyncio.gather(*(sending.part(0, PARTS_OF[0]) for _ in range(6)))
    assert {each[:2] for each in same} == {(200, None)}
    assert (await sending.offset(), sending.waiting()) == (300, 1)
    await sending.part(300, b"not of this file")
    assert (await sending.finish(claim, "k")).json()["code"] == "upload_incomplete"
    assert (await sending.ask("DELETE")).json()["offset"] == 0
    assert (await sending.offset(), sending.waiting()) == (0, 0)
    for offset, content in ((0, PARTS_OF[0]), (300, PARTS_OF[1]), (600, PARTS_OF[2])):
        await sending.part(offset, content)
    many = await asyncio.gather(*(sending.finish(claim, "k") for _ in range(4)))
    given = [each for each in many if each.status_code == 201]
    assert given
    assert {each.content for each in given} == {given[0].content}
    assert {each.status_code for each in many} <= {201, 409}
    assert len((await lives.get(f"/budgets/{DORA}/evidence", HOLDER)).json()["documents"]) == 1


async def test_a_part_that_was_cut_off_is_not_there(lives: Tried) -> None:
    """Half of a part that came before the connection was lost counts for nothing."""
    path = f"{PLACE}/{WHOLE}/parts"
    coming = iter([{"type": "http.request", "body": PARTS_OF[0][:10], "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {**lives.headers(HOLDER), "content-type": "application/octet-stream"}
    await lives.app(
        {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": b"offset=0", "root_path": "", "server": ("ledger", 80),
            "client": ("127.0.0.1", 40000), "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        },
        receive, send,
    )  # fmt: skip
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "body_cut_off")
    assert (await Sending(lives).offset(), Sending(lives).waiting()) == (0, 0)


async def test_nobody_meets_the_upload_of_another(lives: Tried, claim: int) -> None:
    """Who has no part in the budget finds nothing there; an officer has a space of their own; finance sends in nothing."""
    await Sending(lives).part(0, HEIC)
    for method, path, query in (
        ("GET", "", {}),
        ("PUT", "/parts", {"offset": 0}),
        ("DELETE", "", {}),
        ("POST", "/finish", {"of": claim, "document": "receipt"}),
    ):
        answer = await Sending(lives, DAD).ask(
            method, path, params=query, headers={"Idempotency-Key": "k"}, content=b"x" if method == "PUT" else None
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "person_unknown"), method
        assert (
            await Sending(lives, "finance").ask(method, path, params=query, headers={"Idempotency-Key": "k"})
        ).status_code == 403
    officer = Sending(lives, "officer")
    assert await officer.offset() == 0
    assert (await officer.finish(claim, "k")).json()["code"] == "upload_incomplete"
    await officer.ask("DELETE")
    assert await Sending(lives).offset() == len(HEIC)


async def test_an_upload_has_bounds(lives: Tried, claim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name but a hash, no empty part, no more than a file may have, no more parts and no more waiting than is said; and what is
    no document is refused when it is whole."""
    answer = await Sending(lives, whole="../x").ask("GET")
    assert answer.status_code == 404
    assert (await Sending(lives, whole="A" * 64).ask("GET")).json()["code"] == "parameter_malformed"
    sending = Sending(lives)
    assert (await sending.part(0, b""))[:2] == (400, "file_empty")
    assert (await sending.part(9_999_999, b"xx"))[:2] == (413, "file_too_large")
    assert (await sending.part(0, b"x" * 5_000_001))[0] == 413
    assert (await sending.ask("PUT", "/parts", params={"offset": -1}, content=b"x")).status_code == 400
    monkeypatch.setattr(evidence_uploads, "MOST_PARTS", 1)
    assert (await sending.part(0, PARTS_OF[0]))[0] == 200
    assert (await sending.part(300, PARTS_OF[1]))[:2] == (409, "uploads_full")
    monkeypatch.setattr(evidence_uploads, "WAITING", 0)
    archive = b"PK\x03\x04rest"
    zipped = Sending(lives, whole=sha256(archive).hexdigest())
    assert (await zipped.part(0, archive))[:2] == (409, "uploads_full")
    monkeypatch.undo()
    await zipped.part(0, archive)
    assert (await zipped.finish(claim, "k")).json()["code"] == "file_archive"
    assert (await Sending(lives, whole=sha256(PDF).hexdigest()).finish(1, "k")).json()["code"] == "upload_incomplete"
