"""The operations of the API as a terminal names them: read from the OpenAPI document, so that whatever has a route has a command.

An operation is called by its words: `list-referrals` is `listReferrals`. What it takes is told by its schemas: parameters of the
path and the query, and fields of the body, those of objects within by dots.
"""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from re import sub
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from ledger.core.model import Malformed

JSON, FILE = "application/json", "application/octet-stream"
DEEPEST = 4
NOT_OFFERED = {
    "live": "it tells whether a server's process is alive, and a command is no server",
    "ready": "it tells whether a server can serve; `phb` itself says what it cannot reach",
    "metrics": "they are what a server's process has counted",
}
"""Operations that are about the process which serves; there are none that go on without end."""
Schema = Mapping[str, Any]
Where = Literal["path", "query", "body"]


class OperationUnknown(ValueError):
    """There is no such operation; the message says which are called nearly so."""

    code = "operation_unknown"


class OptionUnfit(ValueError):
    """The operation does not take what an option says; the message says which."""

    code = "option_unfit"


class Field(msgspec.Struct, frozen=True):
    """One thing that an operation takes. `choices` are the values of a closed list."""

    name: str
    where: Where
    type: str
    required: bool
    says: str = ""
    choices: tuple[str, ...] = ()
    example: Any = None


class Operation(msgspec.Struct, frozen=True):
    """One operation. `schemas` are those of its parameters, by name, and `body` that of its body; `media` what its body is sent as,
    None for none."""

    id: str
    word: str
    tag: str
    method: str
    path: str
    summary: str
    says: str
    permission: str
    headers: frozenset[str]
    path_names: tuple[str, ...]
    query_names: tuple[str, ...]
    required: frozenset[str]
    schemas: Mapping[str, Schema]
    body: Schema | None
    media: str | None

    @property
    def is_act(self) -> bool:
        """Whether it may write."""
        return self.method != "GET"


class Asked(msgspec.Struct, frozen=True):
    """A request of an operation, put together; `content` is None where it has no body."""

    path: str
    query: dict[str, str]
    content: bytes | None


def word_of(identity: str) -> str:
    """An operation's id in words of a terminal: `listReferrals` is `list-referrals`."""
    return sub("([A-Z])", lambda found: f"-{found[1].lower()}", identity)


def _word(name: str) -> str:
    return word_of(name[:1].lower() + name[1:])


class Operations:
    """All operations of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        made = [
            self._operation(method, path, told)
            for path, item in document["paths"].items()
            for method, told in item.items()
        ]
        self.all = {each.word: each for each in made if each.id not in NOT_OFFERED}

    def _operation(self, method: str, path: str, told: Schema) -> Operation:
        parameters = told.get("parameters", [])
        content = told.get("requestBody", {}).get("content", {})
        media = next(iter(content), None)
        named = {each["name"]: each for each in parameters if each["in"] != "header"}
        return Operation(
            id=told["operationId"], word=word_of(told["operationId"]), tag=told["tags"][0], method=method.upper(), path=path,
            summary=told["summary"], says=told["description"], permission=told["x-permission"],
            headers=frozenset(each["name"] for each in parameters if each["in"] == "header"),
            path_names=tuple(name for name, each in named.items() if each["in"] == "path"),
            query_names=tuple(name for name, each in named.items() if each["in"] == "query"),
            required=frozenset(name for name, each in named.items() if each.get("required")),
            schemas={name: {**each["schema"], "description": each.get("description") or each["schema"].get("description", "")}
                     for name, each in named.items()},
            body=content[JSON]["schema"] if media == JSON else None, media=media,
        )  # fmt: skip

    def find(self, name: str) -> Operation:
        """The operation of a name, in words or as its id. OperationUnknown."""
        wanted = _word(name)
        if wanted in self.all:
            return self.all[wanted]
        for identity, why in NOT_OFFERED.items():
            if word_of(identity) == wanted:
                raise OperationUnknown(f"{name} is no command: {why}.")
        near = ", ".join(get_close_matches(wanted, self.all, n=4, cutoff=0.5))
        raise OperationUnknown(
            f"There is no operation {name}.{f' Nearly so: {near}.' if near else ''} `phb do` lists all."
        )

    def about(self, word: str) -> list[Operation]:
        """The operations in whose name, tag, path or description a word stands; all for the empty one."""
        wanted = word.lower()
        return [
            each
            for each in self.all.values()
            if wanted in f"{each.word} {each.tag} {each.path} {each.says} {each.permission}".lower()
        ]

    def alternatives(self, schema: Schema) -> list[Schema]:
        """What a value may be: references looked up, each alternative by itself."""
        if "$ref" in schema:
            return self.alternatives(self._schemas[schema["$ref"].rpartition("/")[2]])
        among = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        return [found for each in among for found in self.alternatives(each)] if among else [schema]

    def kinds(self, schema: Schema) -> frozenset[str]:
        """The JSON types that a value may have."""
        found: set[str] = set()
        for each in self.alternatives(schema):
            told = each.get("type")
            if told is None:
                values = each.get("enum", [each["const"]] if "const" in each else [])
                found.update(kind_of(value) for value in values)
            else:
                found.update([told] if isinstance(told, str) else told)
        return frozenset(found)

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The fields of the objects that a value may be."""
        return {
            name: each for one in self.alternatives(schema) for name, each in one.get("properties", {}).items()
        }  # fmt: skip

    def fields(self, operation: Operation) -> list[Field]:
        """Everything that an operation takes, in the order of its path, its query and its body."""
        named: list[tuple[Where, tuple[str, ...]]] = [("path", operation.path_names), ("query", operation.query_names)]
        made = [
            self._field(name, where, operation.schemas[name], name in operation.required)
            for where, names in named
            for name in names
        ]
        return made if operation.body is None else [*made, *self._within(operation.body, "", DEEPEST)]

    def _within(self, schema: Schema, before: str, deep: int) -> Iterator[Field]:
        needed = self._needed(schema)
        for name, each in self.properties(schema).items():
            yield self._field(f"{before}{name}", "body", each, name in needed)
            items = [one["items"] for one in self.alternatives(each) if "items" in one]
            for inner, mark in ((each, "."), *((item, "[].") for item in items)):
                if deep > 1 and self.properties(inner):
                    yield from self._within(inner, f"{before}{name}{mark}", deep - 1)

    def _field(self, name: str, where: Where, schema: Schema, required: bool) -> Field:
        among = self.alternatives(schema)
        said = [schema.get("description", ""), *(each.get("description", "") for each in among)]
        values = [value for each in (schema, *among) for value in each.get("enum", ()) if value is not None]
        examples = [value for each in (schema, *among) for value in each.get("examples", ())]
        forms = {each["format"] for each in (schema, *among) if "format" in each}
        kinds = " or ".join(sorted(self.kinds(schema) - {"null"})) or "any"
        return Field(
            name, where, f"{kinds} ({', '.join(sorted(forms))})" if forms else kinds, required,
            " ".join(next((each for each in said if each), "").split()),
            tuple(dict.fromkeys(map(str, values))), next(iter(examples), None),
        )  # fmt: skip

    def asked(self, operation: Operation, given: list[str], book: str | None, sent: bytes | None) -> Asked:
        """The request that `name=value` texts, a book and a body make; what a value says is for the API to judge. Malformed,
        OptionUnfit."""
        if sent is not None and operation.media is None:
            raise OptionUnfit(f"{operation.word} takes no --body.")
        if operation.media == FILE and sent is None:
            raise Malformed("body_missing", "--body")
        parameters: dict[str, str] = {}
        if book is not None and "book" in operation.path_names:
            # Where the body has a field of that name too, it is given as book=…
            parameters["book"] = book
        elif book is not None:
            given = [f"book={book}", *given]
        inner: list[tuple[str, str]] = []
        for each in given:
            name, mark, text = each.partition("=")
            if not mark:
                raise Malformed("field_malformed", f"{name} is not name=value")
            if name in operation.schemas and name not in parameters:
                parameters[name] = self._parameter(operation, name, text)
            elif operation.body is not None:
                inner.append((name, text))
            else:
                raise Malformed("parameter_repeated" if name in parameters else "parameter_unknown", name)
        content = sent
        body = _object(sent) if operation.body is not None else {}
        if operation.body is not None and (inner or sent is None):
            for name, text in inner:
                self._put(body, operation.body, name, text)
            content = msgspec.json.encode(body)
        missing = [name for name in operation.schemas if name in operation.required - parameters.keys()]
        if operation.body is not None:
            missing += [name for name in self._needed(operation.body) if name not in body]
        if missing:
            raise Malformed("field_missing", ", ".join(missing))
        path = sub(r"\{(\w+)\}", lambda found: quote(parameters[found[1]], safe=""), operation.path)
        return Asked(path, {name: parameters[name] for name in operation.query_names if name in parameters}, content)

    def _needed(self, schema: Schema) -> list[str]:
        return [name for each in self.alternatives(schema) for name in each.get("required", ())]

    def _parameter(self, operation: Operation, name: str, text: str) -> str:
        """The text of a parameter, which has to read as its type. One of the path is one part of it."""
        self.value(name, text, operation.schemas[name])
        if name in operation.path_names and (not text.strip(".") or "/" in text):
            raise Malformed("parameter_malformed", name)
        return text

    def _put(self, body: dict[str, Any], schema: Schema, name: str, text: str) -> None:
        """Fills one field of a body, an inner one by dots."""
        *outer, last = name.split(".")
        at: Any = body
        for each in outer:
            schema, at = self._field_of(schema, each, name), at.setdefault(each, {})
            if not isinstance(at, dict):
                raise Malformed("field_repeated", name)
        at[last] = self.value(name, text, self._field_of(schema, last, name))

    def _field_of(self, schema: Schema, name: str, whole: str) -> Schema:
        """The schema of a field of an object, by its name or because the object takes any. Malformed(field_unknown)."""
        found = self.properties(schema).get(name)
        others = [
            each["additionalProperties"] for each in self.alternatives(schema) if each.get("additionalProperties")
        ]
        if found is None and not others:
            raise Malformed("field_unknown", whole)
        return found if found is not None else others[0] if isinstance(others[0], Mapping) else {}

    def value(self, name: str, text: str, schema: Schema) -> Any:
        """A value as the schema's type has it: a text stays as it is, money among them; anything else is JSON. Malformed."""
        kinds = self.kinds(schema)
        is_inner = text[:1] in ("[", "{") and kinds & {"array", "object"}
        if not kinds or ("string" in kinds and not is_inner):
            return text
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise Malformed("field_malformed", f"{name}, which is {' or '.join(sorted(kinds))}") from None
        if kind_of(found) not in kinds and not (kind_of(found) == "integer" and "number" in kinds):
            raise Malformed("field_malformed", f"{name}, which is {' or '.join(sorted(kinds))}")
        return found


def kind_of(value: object) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "null")


def _object(sent: bytes | None) -> dict[str, Any]:
    """The object that a body was given as. Malformed."""
    try:
        found = {} if sent is None else json.loads(sent, object_pairs_hook=_once)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise Malformed("body_not_json", "--body") from None
    if not isinstance(found, dict):
        raise Malformed("body_not_json", "--body")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("field_repeated", "--body")
    return made


def operations_here(name: str | None = None) -> Operations:
    """The operations of this version's API; only the one of a name, where one is called so."""
    from api.app import HANDLERS, described

    known = {word_of(each.operation_id): each.operation_id for each in HANDLERS if each.operation_id}
    return Operations(json.loads(described(known.get(_word(name or "")))))
