"""Consent to keep live books where every local user is trusted is given by name, and opens nothing else."""

from pathlib import Path

import pytest

from api.issuer import open_issuer
from api.permissions import Permission
from api.place import BookNotForEmbedded, ConsentRefused, Place, check_nature, system_user
from api.session import NotAllowed, Session
from ledger.book.books import BookRow

LIVE = BookRow(1, "LIVE", "GBP", "live", "2025-04-01")


def here(tmp_path: Path) -> Place:
    """An embedded place whose server is never asked for."""
    return Place(tmp_path, tmp_path / "keys", tmp_path / "notes")


@pytest.mark.parametrize("given", ["yes", "1", "somebody-else", "os:" + system_user()])
def test_consent_that_does_not_name_the_person_is_refused(tmp_path: Path, given: str) -> None:
    """Anything but the name of who runs the command is told so, and no live book comes of it."""
    with pytest.raises(ConsentRefused, match=system_user()):
        check_nature(here(tmp_path), "live", {"PHB_I_AM_ALONE": given})


def test_a_live_book_needs_consent_and_a_name_gives_it(tmp_path: Path) -> None:
    """Without the setting the embedded server takes no live book; with the name it does."""
    with pytest.raises(BookNotForEmbedded):
        check_nature(here(tmp_path), "live", {})
    check_nature(here(tmp_path), "live", {"PHB_I_AM_ALONE": system_user()})


def test_consent_does_not_pass_over_the_books_of_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consent lets the local token reach a live book; a token that names other books stays bound to them."""
    place = here(tmp_path)
    issuer = open_issuer(place.keys_dir)
    given = {books: issuer.token(roles=["auditor"], sub="x", books=books) for books in (("OTHER",), ("LIVE",), None)}
    allowed = {books: Session(place, token) for books, token in given.items()}
    for session in allowed.values():
        with pytest.raises(NotAllowed):
            session.allowed(Permission.SEE_RECEIPTS, LIVE)
    monkeypatch.setenv("PHB_I_AM_ALONE", system_user())
    with pytest.raises(NotAllowed):
        allowed[("OTHER",)].allowed(Permission.SEE_RECEIPTS, LIVE)
    allowed[("LIVE",)].allowed(Permission.SEE_RECEIPTS, LIVE)
    allowed[None].allowed(Permission.SEE_RECEIPTS, LIVE)
