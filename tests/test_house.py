"""The house rules of the style guide as a failing test.

Taste that nobody checks is lost at the first hurry, so each rule that a machine can judge is judged here, and
each judge is shown a planted offence, because a rule that cannot fail protects nothing.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ledger", "policies", "api")
WORKING_FOLDERS = (*ROOMS, "migrations", "bench")

HOLD_SQL = ("book", "budgets", "reports")
"""The rooms of the ledger that read tables; the core knows of none."""
LONGEST_FILE = 420
LONGEST_FUNCTION = 60

VAGUE_FOLDERS = {
    "utils", "util", "common", "helpers", "helper", "services", "base", "manager", "managers", "misc",
    "repositories", "interfaces",
}  # fmt: skip
VAGUE_WORDS = {
    "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Abstract", "Impl",
    "Interface", "Repository", "Misc",
}  # fmt: skip

SQL_START = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|SET|ALTER|GRANT|REVOKE|DROP|TRUNCATE|MERGE|COPY|LOCK|CALL)\s"
)
MAKES_NEW_TEXT = {"format", "format_map", "join", "replace", "removeprefix", "removesuffix", "substitute"}

# The names are in two pieces each, so that this file does not hold what it forbids.
REGISTRY_HOST = re.compile(
    r"(pypi|pythonhosted|npmjs|crates|rubygems|anaconda|proxy\.golang|deb\.debian|security\.debian|snapshot\.debian)"
    r"\.(?:org|com|io)\b"
)
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.-])/" + r"(?:work|farm)/")
ADDRESS_OF_A_DOWNLOAD = re.compile(r"https?://[^ \"]+\.(?:whl|tgz|tar\.gz|deb)\b")


def python_files(*folders: str) -> list[Path]:
    """Every Python file of these folders, in an order that does not change between runs."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tracked_files() -> list[Path]:
    """Every file that git holds or would hold, so that an offence is named before it is committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = (ROOT / name for name in listing.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def is_store(path: Path) -> bool:
    """Whether this file is where SQL is allowed to stand."""
    return path.parent.parent == ROOT / "ledger" and path.parent.name in HOLD_SQL and path.name.startswith("store")


def parsed(path: Path) -> ast.Module:
    """The file's tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    """The path as people say it."""
    return path.relative_to(ROOT).as_posix()


def listed(offences: list[str]) -> str:
    """What the reader of a failure needs: every offence on its own line."""
    return "\n" + "\n".join(offences)


def with_parents(tree: ast.AST) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    """Each node with what it stands in, the nearest last."""
    waiting: list[tuple[ast.AST, list[ast.AST]]] = [(tree, [])]
    while waiting:
        node, parents = waiting.pop()
        yield node, parents
        waiting.extend((child, [*parents, node]) for child in ast.iter_child_nodes(node))


# Sizes


def long_functions(tree: ast.Module) -> Iterator[str]:
    """Functions that no longer fit on a screen."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {lines} lines, {LONGEST_FUNCTION} are allowed"


def test_no_file_is_longer_than_a_person_can_hold_in_mind() -> None:
    """A file past the limit has more than one reason to exist, and is named here with its length."""
    lengths = {path: len(path.read_text().splitlines()) for path in python_files(*WORKING_FOLDERS)}
    offences = [
        f"{named(path)} has {lines} lines, {LONGEST_FILE} are allowed"
        for path, lines in lengths.items()
        if lines > LONGEST_FILE
    ]
    assert not offences, listed(offences)


def test_no_function_is_longer_than_a_screen() -> None:
    """A function past the limit does more than its name says, and is named here with its length."""
    offences = [
        f"{named(path)}:{offence}"
        for path in python_files(*WORKING_FOLDERS)
        for offence in long_functions(parsed(path))
    ]
    assert not offences, listed(offences)


def test_the_readme_can_be_read_in_one_sitting() -> None:
    """The README is for a newcomer; what does not fit into it belongs in docs."""
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("README.md is not written yet")
    assert len(readme.read_text().splitlines()) < 400


# Docstrings


def test_every_module_says_why_it_exists() -> None:
    """Each file's first line tells a newcomer whether this is the file they look for."""
    offences = [
        f"{named(path)} has no docstring"
        for path in python_files(*WORKING_FOLDERS, "tests")
        if not ast.get_docstring(parsed(path))
    ]
    assert not offences, listed(offences)


def silent_tests(tree: ast.Module) -> Iterator[str]:
    """Tests which do not say what they show."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            and not ast.get_docstring(node)
        ):
            yield f"{node.lineno}: {node.name} does not say what it shows"


def test_every_test_says_what_it_shows() -> None:
    """The tests are the list of promises, so each is a sentence that can be read without the code."""
    offences = [
        f"{named(path)}:{offence}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for offence in silent_tests(parsed(path))
    ]
    assert not offences, listed(offences)


# SQL


def is_sql(node: ast.AST) -> bool:
    """Whether this is a text which a database would take for a statement."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SQL_START.match(node.value))


def is_docstring(node: ast.AST, parents: list[ast.AST]) -> bool:
    """Whether this text is prose about the code around it."""
    if len(parents) < 2 or not isinstance(parents[-1], ast.Expr):
        return False
    holder = parents[-2]
    return (
        isinstance(holder, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and holder.body[0] is parents[-1]
    )


def sql_literals(tree: ast.Module) -> Iterator[str]:
    """SQL in a file that is not its place."""
    for node, parents in with_parents(tree):
        if is_sql(node) and not is_docstring(node, parents):
            yield f"{getattr(node, 'lineno', 0)}: SQL stands outside the ledger's store*.py"


def assigned_names(node: ast.AST) -> list[str]:
    """The plain names that this statement gives a value to."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def nameless_sql(tree: ast.Module) -> Iterator[str]:
    """SQL in a store file which no name in capitals stands for, so that nobody can speak of it."""
    for node, parents in with_parents(tree):
        if not is_sql(node) or is_docstring(node, parents):
            continue
        names = [name for parent in parents for name in assigned_names(parent)]
        if not any(name.isupper() for name in names):
            yield f"{getattr(node, 'lineno', 0)}: SQL has no name in capitals"


def sql_names(tree: ast.Module) -> set[str]:
    """The names in capitals that hold SQL, so that building on a name is noticed too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if isinstance(value, ast.AST) and is_sql(value):
            found.update(name for name in assigned_names(node) if name.isupper())
    return found


def leftmost(node: ast.AST) -> ast.AST:
    """Where a sum or an f-string begins."""
    while True:
        if isinstance(node, ast.BinOp):
            node = node.left
        elif isinstance(node, ast.JoinedStr) and node.values:
            node = node.values[0]
        elif isinstance(node, ast.FormattedValue):
            node = node.value
        else:
            return node


def built_sql(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """SQL that is put together from pieces: the one way by which a value could become a command."""

    def holds_sql(node: ast.AST) -> bool:
        begins = leftmost(node)
        name = getattr(begins, "id", getattr(begins, "attr", ""))
        return is_sql(begins) or name in names

    for node in ast.walk(tree):
        built = False
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            built = holds_sql(node) or holds_sql(node.right)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Mod):
            built = holds_sql(node.target) or holds_sql(node.value)
        elif isinstance(node, ast.JoinedStr):
            pieces = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            built = bool(pieces) and (holds_sql(node) or any(holds_sql(part) for part in pieces))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            built = node.func.attr in MAKES_NEW_TEXT and holds_sql(node.func.value)
        if built:
            yield f"{getattr(node, 'lineno', 0)}: SQL is put together from pieces"


def test_sql_stands_in_the_store_files_only() -> None:
    """Whoever reviews what the service may do to the database has one short list of files to read."""
    offences = [
        f"{named(path)}:{offence}"
        for path in python_files(*ROOMS)
        if not is_store(path)
        for offence in sql_literals(parsed(path))
    ]
    assert not offences, listed(offences)


def test_sql_has_a_name_in_capitals() -> None:
    """A statement with a name can be spoken of, measured and looked up."""
    offences = [
        f"{named(path)}:{offence}"
        for path in python_files(*ROOMS)
        if is_store(path)
        for offence in nameless_sql(parsed(path))
    ]
    assert not offences, listed(offences)


def test_sql_is_never_built() -> None:
    """Row-level security is no defence against injection, so no statement is made from pieces anywhere."""
    trees = {path: parsed(path) for path in python_files(*ROOMS)}
    names = set().union(*(sql_names(tree) for tree in trees.values()))
    offences = [f"{named(path)}:{offence}" for path, tree in trees.items() for offence in built_sql(tree, names)]
    assert not offences, listed(offences)


# Names


def test_no_folder_has_a_vague_name() -> None:
    """A folder that is named for nothing in particular fills with everything in particular."""
    paths = [path.relative_to(ROOT) for path in python_files(*WORKING_FOLDERS, "tests")]
    offences = sorted({f"{path}" for path in paths if {*path.parts[:-1], path.stem} & VAGUE_FOLDERS})
    assert not offences, listed(offences)


def vague_classes(tree: ast.Module) -> Iterator[str]:
    """Classes named for a pattern, and exceptions named for being exceptions."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        words = set(re.findall(r"[A-Z][a-z0-9]*", node.name))
        for word in sorted(words & VAGUE_WORDS):
            yield f"{node.lineno}: class {node.name} says {word}, which names no thing"
        if node.name.endswith(("Error", "Exception")):
            yield f"{node.lineno}: class {node.name} is not named for what happened"


def test_classes_are_named_for_things_and_errors_for_what_happened() -> None:
    """A name says what a thing is in the words of the service; `Error` says only how it travels."""
    offences = [
        f"{named(path)}:{offence}" for path in python_files(*WORKING_FOLDERS) for offence in vague_classes(parsed(path))
    ]
    assert not offences, listed(offences)


# Imports and traces


def imports_of_moneyed(tree: ast.Module) -> Iterator[str]:
    """Places that take money from a library which accepts floats and NaN."""
    for node in ast.walk(tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        if any(module.split(".")[0] == "moneyed" for module in modules):
            yield f"{getattr(node, 'lineno', 0)}: moneyed is imported outside ledger/money.py"


def test_only_the_money_module_imports_moneyed() -> None:
    """The library rounds £10.005 without a word, so one module stands before it."""
    offences = [
        f"{named(path)}:{offence}"
        for path in python_files(*WORKING_FOLDERS)
        if path != ROOT / "ledger" / "money.py"
        for offence in imports_of_moneyed(parsed(path))
    ]
    assert not offences, listed(offences)


def traces(text: str) -> Iterator[str]:
    """Words that tie a file to one machine or one download address."""
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern in (REGISTRY_HOST, PATH_OF_A_MACHINE, ADDRESS_OF_A_DOWNLOAD):
            if found := pattern.search(line):
                yield f"{number}: {found.group(0)}"


def test_no_file_names_a_registry_host_or_a_path_of_one_machine() -> None:
    """A clone works anywhere, behind any mirror, because no file says where its maker worked."""
    offences = [
        f"{named(path)}:{offence}"
        for path in tracked_files()
        for offence in traces(path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert not offences, listed(offences)


# The judges themselves


def built(tree: ast.Module) -> Iterator[str]:
    """The judge of built SQL, with the names of the same file."""
    yield from built_sql(tree, sql_names(tree))


GUILTY: list[tuple[Callable[[ast.Module], Iterator[str]], str]] = [
    (long_functions, "def long():\n" + "    x = 1\n" * LONGEST_FUNCTION),
    (silent_tests, "def test_x():\n    pass\n"),
    (silent_tests, "class TestX:\n    async def test_x(self):\n        pass\n"),
    (sql_literals, "run('SELECT 1')"),
    (sql_literals, "X = '''\n    WITH a AS (SELECT 1) SELECT 2'''"),
    (sql_literals, "run(f'DELETE FROM {table}')"),
    (nameless_sql, "def f(c):\n    return c.fetch('SELECT 1')"),
    (nameless_sql, "query = 'SELECT 1'"),
    (built, "f'SELECT {x}'"),
    (built, "'SELECT %s' % x"),
    (built, "'SELECT ' + x + ' FROM y'"),
    (built, "'SELECT {}'.format(x)"),
    (built, "READ = 'SELECT 1'\nrun(READ + ' LIMIT 1')"),
    (built, "READ = 'SELECT 1'\nrun(prefix + READ)"),
    (built, "READ = 'SELECT 1'\nrun(f'{READ} LIMIT {n}')"),
    (built, "READ = 'SELECT 1'\nREAD += more"),
    (built, "READ = 'SELECT :x'\nrun(READ.replace(':x', x))"),
    (vague_classes, "class BookManager:\n    pass"),
    (vague_classes, "class BookClosedError(Exception):\n    pass"),
    (imports_of_moneyed, "import moneyed"),
    (imports_of_moneyed, "from moneyed.classes import Money"),
]

INNOCENT: list[tuple[Callable[[ast.Module], Iterator[str]], str]] = [
    (long_functions, "def short():\n" + "    x = 1\n" * (LONGEST_FUNCTION - 1)),
    (silent_tests, "def test_x():\n    '''It shows x.'''\n"),
    (sql_literals, "def f():\n    '''SELECT is what this is about.'''\n"),
    (sql_literals, "run('Select a payee', 'CREATED', 'SETTLED')"),
    (nameless_sql, "READ: str = 'SELECT 1'"),
    (nameless_sql, "READS = {'one': 'SELECT 1', 'two': 'SELECT 2'}"),
    (built, "READ = ('SELECT 1'\n        ' FROM x')\nrun(READ, x)"),
    (built, "f'{count} books' + 'more'"),
    (vague_classes, "class BookClosed(Exception):\n    pass\nclass Basement:\n    pass"),
    (imports_of_moneyed, "from ledger.money import Pence"),
]


@pytest.mark.parametrize(("judge", "source"), GUILTY)
def test_each_judge_finds_a_planted_offence(judge: Callable[[ast.Module], Iterator[str]], source: str) -> None:
    """A rule that has never said no may be one that cannot."""
    assert list(judge(ast.parse(source)))


@pytest.mark.parametrize(("judge", "source"), INNOCENT)
def test_no_judge_accuses_the_innocent(judge: Callable[[ast.Module], Iterator[str]], source: str) -> None:
    """A rule that cries without cause is soon switched off."""
    assert not list(judge(ast.parse(source)))


@pytest.mark.parametrize(
    ("line", "guilty"),
    [
        ("--index-url https://" + "pypi" + ".org/simple", True),
        ("see files." + "pythonhosted" + ".org", True),
        ("cd /" + "work/main", True),
        ("https://example.nhs.uk/x" + ".whl", True),
        ("docs/work/notes.md", False),
        ("it comes from PyPI and from Debian", False),
    ],
)
def test_traces_of_one_machine_are_found(line: str, guilty: bool) -> None:
    """The search sees an address or a path, and does not mistake ordinary words for one."""
    assert bool(list(traces(line))) is guilty
