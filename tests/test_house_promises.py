"""More house rules as failing tests: public code says what it promises, and nothing but arguments moves the rules."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.test_house import ROOMS, ROOT, listed, named, parsed, python_files, with_parents

HIDDEN_INPUT = re.compile(
    r"datetime\.(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|monotonic|monotonic_ns|localtime|gmtime)"
    r"|uuid\.uuid[1-8]|os\.(urandom|getrandom)|(random|secrets)\..+"
)
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def silent_promises(tree: ast.Module) -> Iterator[str]:
    """Public functions, methods and classes which do not say what they promise."""
    for node, parents in with_parents(tree):
        if not isinstance(node, FUNCTION | ast.ClassDef) or node.name.startswith("_"):
            continue
        # What is inside a function is its own business; what is inside a private class is that class's.
        if any(isinstance(each, FUNCTION) for each in parents):
            continue
        if any(isinstance(each, ast.ClassDef) and each.name.startswith("_") for each in parents):
            continue
        if not ast.get_docstring(node):
            yield f"{node.lineno}: {node.name} does not say what it promises"


def hidden_inputs(tree: ast.Module) -> Iterator[str]:
    """Calls that take the time, an identifier or chance from nowhere, whatever the import is called."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases.update({each.asname or each.name: each.name for each in node.names})
        elif isinstance(node, ast.ImportFrom):
            aliases.update({each.asname or each.name: f"{node.module}.{each.name}" for each in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            called = ".".join(filter(None, (aliases.get(first, first), rest)))
            if HIDDEN_INPUT.fullmatch(called):
                yield f"{node.lineno}: {called} must be an argument here"


def test_public_code_says_what_it_promises() -> None:
    """A docstring is the contract: what is promised, in which units, and what is refused."""
    offences = [
        f"{named(path)}:{offence}" for path in python_files(*ROOMS) for offence in silent_promises(parsed(path))
    ]
    assert not offences, listed(offences)


def test_time_identifiers_and_chance_are_arguments_of_the_rules() -> None:
    """The rules decide the same today and in a replay years later, because nothing but their arguments moves them."""
    paths = [*python_files("ledger/core", "ledger/budgets", "policies"), ROOT / "ledger" / "money.py"]
    offences = [f"{named(path)}:{offence}" for path in paths for offence in hidden_inputs(parsed(path))]
    assert not offences, listed(offences)


GUILTY: list[tuple[Callable[[ast.Module], Iterator[str]], str]] = [
    (silent_promises, "def f():\n    pass"),
    (silent_promises, "class A:\n    'It is.'\n    async def f(self):\n        pass"),
    (silent_promises, "class A:\n    pass"),
    (hidden_inputs, "from datetime import datetime as d\nd.now()"),
    (hidden_inputs, "import datetime\ndatetime.date.today()"),
    (hidden_inputs, "from time import time_ns\ntime_ns()"),
    (hidden_inputs, "import uuid\nuuid.uuid4()"),
    (hidden_inputs, "from secrets import token_hex\ntoken_hex(16)"),
]
INNOCENT: list[tuple[Callable[[ast.Module], Iterator[str]], str]] = [
    (silent_promises, "def _f():\n    pass\ndef f():\n    'It does.'\n    def g():\n        pass"),
    (silent_promises, "class _A:\n    def f(self):\n        pass"),
    (hidden_inputs, "from datetime import datetime\ndatetime.fromtimestamp(given)\nclock.now()"),
]


@pytest.mark.parametrize(("judge", "source"), GUILTY)
def test_each_judge_finds_a_planted_offence(judge: Callable[[ast.Module], Iterator[str]], source: str) -> None:
    """A rule that has never said no may be one that cannot."""
    assert list(judge(ast.parse(source)))


@pytest.mark.parametrize(("judge", "source"), INNOCENT)
def test_no_judge_accuses_the_innocent(judge: Callable[[ast.Module], Iterator[str]], source: str) -> None:
    """A rule that cries without cause is soon switched off."""
    assert not list(judge(ast.parse(source)))
