"""Reads camt.053, the statement of ISO 20022 (versions 001.02 and 001.08), one statement to a file.

Read with the parser that Python brings, so that what is wrong is told by its line. A document type is refused where it begins:
without one a file can declare no entity, and so neither read another file nor grow. Batches of transactions under one entry stay
one line: the bank booked one amount.
"""

import re
from datetime import date, datetime
from xml.parsers import expat

from ledger.budgets.bank_statement import (
    MOST_LINES,
    Statement,
    StatementLine,
    Unreadable,
    checked,
    currency_of,
    day_in_reach,
    pence_of,
    text_of,
    words_of,
)

NAMESPACES = ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08")
DEEPEST = 24
MOST_ELEMENTS = MOST_LINES * 60
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)[\"']")


class Element:
    """One element: its name, the line of the file it begins on, its attributes, what it holds and its text."""

    __slots__ = ("attributes", "inside", "line", "name", "text")

    def __init__(self, name: str, line: int, attributes: dict[str, str]) -> None:
        self.name, self.line, self.attributes = name, line, attributes
        self.inside: list[Element] = []
        self.text = ""

    def all(self, path: str) -> "list[Element]":
        """The elements at a path such as `Stmt/Ntry`."""
        found = [self]
        for step in path.split("/"):
            found = [each for parent in found for each in parent.inside if each.name == step]
        return found

    def first(self, *paths: str) -> "Element | None":
        """The first element at the first of these paths that is there."""
        return next((each for path in paths for each in self.all(path)), None)

    def said(self, *paths: str) -> str:
        """The text of the first element at these paths, or nothing."""
        found = self.first(*paths)
        return "" if found is None else found.text.strip()

    def needed(self, path: str) -> "Element":
        """The element at a path. Unreadable(element_missing)."""
        found = self.first(path)
        if found is None:
            raise Unreadable("element_missing", self.line, path)
        return found


def _tree(content: bytes) -> Element:
    text_of(content)
    declared = _ENCODING.match(content.lstrip(b"\xef\xbb\xbf"))
    if declared and declared.group(1).lower() not in (b"utf-8", b"iso-8859-1", b"latin1", b"us-ascii", b"ascii"):
        raise Unreadable("encoding_unknown", 1)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    root, open_, count = Element("", 1, {}), [], 0
    open_.append(root)

    def refuse(*_: object) -> None:
        raise Unreadable("document_type_refused", parser.CurrentLineNumber)

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_) > DEEPEST or count > MOST_ELEMENTS:
            raise Unreadable("file_too_large", parser.CurrentLineNumber)
        space, _, plain = name.rpartition(" ")
        # What a supplement or an envelope adds in a namespace of its own is not read.
        kept = plain if space in NAMESPACES else f"{{{space}}}{plain}"
        element = Element(kept, parser.CurrentLineNumber, attributes)
        open_[-1].inside.append(element)
        open_.append(element)

    def end(_: str) -> None:
        open_.pop()

    def words(text: str) -> None:
        open_[-1].text += text

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, words
    try:
        parser.Parse(content, True)
    except expat.ExpatError as no:
        raise Unreadable("xml_malformed", no.lineno) from None
    return root


def read_camt053(content: bytes) -> Statement:
    """The statement of a camt.053 file. Unreadable with the codes of `checked`, and xml_malformed, document_type_refused,
    namespace_unknown, element_missing, statement_repeated, day_malformed, amount_malformed, mark_unknown, balance_broken."""
    root = _tree(content)
    document = root.first("Document")
    if document is None:
        raise Unreadable("namespace_unknown", root.inside[0].line if root.inside else 1, "Document")
    statements = document.all("BkToCstmrStmt/Stmt")
    if len(statements) != 1:
        where = statements[1] if statements else document
        raise Unreadable("statement_repeated" if statements else "element_missing", where.line, "BkToCstmrStmt/Stmt")
    statement = statements[0]
    account = statement.said("Acct/Id/IBAN", "Acct/Id/Othr/Id")
    if not account:
        raise Unreadable("element_missing", statement.line, "Acct/Id")
    opening, currency, first_on = _balance(statement, ("OPBD", "PRCD"))
    closing, _, last_on = _balance(statement, ("CLBD",))
    # Pending and informational entries are not booked, and are in no balance.
    booked = [each for each in statement.all("Ntry") if (each.said("Sts/Cd", "Sts") or "BOOK") == "BOOK"]
    lines = [_line(each) for each in booked]
    return checked(account=account, currency=currency, opening=opening, closing=closing, first_on=first_on,
                   last_on=last_on, lines=lines)  # fmt: skip


def _balance(statement: Element, codes: tuple[str, ...]) -> tuple[int, str, date]:
    for code in codes:
        found = [each for each in statement.all("Bal") if each.said("Tp/CdOrPrtry/Cd") == code]
        if len(found) > 1:
            raise Unreadable("balance_repeated", found[1].line, "Bal")
        if found:
            pence, currency = _amount(found[0])
            return pence, currency, _day(found[0].needed("Dt"))
    raise Unreadable("element_missing", statement.line, f"Bal/{codes[0]}")


def _amount(element: Element) -> tuple[int, str]:
    amount, mark = element.needed("Amt"), element.needed("CdtDbtInd")
    if mark.text.strip() not in ("CRDT", "DBIT"):
        raise Unreadable("mark_unknown", mark.line, "CdtDbtInd")
    pence = pence_of(amount.text.strip(), amount.line, "Amt", ".")
    currency = currency_of(amount.attributes.get("Ccy", ""), amount.line, "Amt/@Ccy")
    return (pence if mark.text.strip() == "CRDT" else -pence), currency


def _day(element: Element) -> date:
    day, moment = element.first("Dt"), element.first("DtTm")
    try:
        if day is not None:
            return day_in_reach(date.fromisoformat(day.text.strip()), day.line, element.name)
        if moment is not None:
            return day_in_reach(datetime.fromisoformat(moment.text.strip()).date(), moment.line, element.name)
    except ValueError as no:
        if isinstance(no, Unreadable):
            raise
    raise Unreadable("day_malformed", (day or moment or element).line, element.name)


def _line(entry: Element) -> StatementLine:
    pence, currency = _amount(entry)
    booked = _day(entry.needed("BookgDt"))
    valued = entry.first("ValDt")
    details = entry.all("NtryDtls/TxDtls")
    one = details[0] if len(details) == 1 else Element("", entry.line, {})
    other = "Cdtr" if pence < 0 else "Dbtr"
    who = one.said(f"RltdPties/{other}/Nm", f"RltdPties/{other}/Pty/Nm")
    words = " ".join(each.text for each in one.all("RmtInf/Ustrd")) or entry.said("AddtlNtryInf")
    return StatementLine(
        place=entry.line, booked_on=booked, value_on=booked if valued is None else _day(valued), pence=pence,
        currency=currency, counterparty=words_of(who, entry.line, "RltdPties"),
        reference=entry.said("AcctSvcrRef") or one.said("Refs/AcctSvcrRef", "Refs/TxId") or entry.said("NtryRef"),
        remittance=words_of(words, entry.line, "RmtInf"),
        kind=words_of(_kind(entry), entry.line, "BkTxCd"),
    )  # fmt: skip


def _kind(entry: Element) -> str:
    parts = [entry.said(f"BkTxCd/Domn/{each}") for each in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(part for part in parts if part) or entry.said("BkTxCd/Prtry/Cd")
