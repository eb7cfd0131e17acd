"""The hash tree over a book's entries, so that anyone can check that no entry was changed, dropped or moved.

It is the tree of RFC 9162 §2.1 with SHA-256. A book keeps its `Frontier` (a few dozen hashes) to append to,
and the root of every complete 256**k-leaf subtree, so that any old proof takes a few hundred stored hashes.
Levels count powers of 256: level 0 is the leaf hashes, level k the roots of complete 256**k-leaf subtrees.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of the tree without leaves (RFC 9162 §2.1.1)."""

MAX_SIZE: Final = 2**63 - 1
"""The largest number of leaves: what a bigint and Go's int64 hold."""

_LEVEL_HEIGHT: Final = 8
_BLOCK: Final = 1 << _LEVEL_HEIGHT


class NotAFrontier(ValueError):
    """Hashes and size do not make a frontier, or a leaf is not a hash.

    `code` is `frontier_malformed` (a size out of bounds, or not one hash for each of its complete subtrees)
    or `hash_malformed` (a hash that is not 32 bytes).
    """

    transient: ClassVar[bool] = False

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchProof(ValueError):
    """A proof was asked for a leaf or a size that the tree does not have. `code` is `proof_out_of_range`."""

    transient: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__("proof_out_of_range")
        self.code = "proof_out_of_range"


class HashMissing(LookupError):
    """A hash that a proof needs was not given: (`level`, `index`) says which. `code` is `hash_missing`."""

    transient: ClassVar[bool] = False

    def __init__(self, level: int, index: int) -> None:
        super().__init__("hash_missing")
        self.code = "hash_missing"
        self.level = level
        self.index = index


@dataclass(frozen=True, slots=True)
class Subtree:
    """The root of a complete subtree: of the leaves index * 256**level up to (index + 1) * 256**level."""

    level: int
    index: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Range:
    """`count` (1 to 256) neighbouring hashes of one level from `first_index` on; it crosses no 256-block."""

    level: int
    first_index: int
    count: int


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree reduced to what appending needs: the roots of its complete subtrees, largest (leftmost) first.

    There is one hash for each bit that is set in `size`. Raises NotAFrontier.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.hashes) != self.size.bit_count():
            raise NotAFrontier("frontier_malformed")
        if any(len(hash_) != HASH_BYTES for hash_ in self.hashes):
            raise NotAFrontier("hash_malformed")

    def append(self, leaf: bytes) -> "Frontier":
        """Return the tree with one more leaf, given as its leaf hash. Raises NotAFrontier."""
        return append_many(self, (leaf,))[0]

    def root(self) -> bytes:
        """Return the root hash of the whole tree (RFC 9162 §2.1.1)."""
        root = b""
        for peak in reversed(self.hashes):
            root = node_hash(peak, root) if root else peak
        return root or EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Return the hashes in order, 32 bytes each; the size is stored beside them."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, hashes: bytes) -> "Frontier":
        """Read what `to_bytes` wrote for a tree of `size` leaves. Raises NotAFrontier."""
        return cls(size, tuple(hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)))


EMPTY_FRONTIER: Final = Frontier(0, ())


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf with these bytes: SHA-256(0x00 || body) (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees: SHA-256(0x01 || left || right) (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def append_many(frontier: Frontier, leaves: Sequence[bytes]) -> tuple[Frontier, list[Subtree]]:
    """Append leaves, given as leaf hashes, and return the new tree with the subtrees it has completed.

    Those are all complete subtrees of 256, 65,536, 16,777,216 … leaves that the old tree did not have, by
    level and then by index: what a book stores, once each. Raises NotAFrontier.
    """
    if not set(map(len, leaves)) <= {HASH_BYTES}:
        raise NotAFrontier("hash_malformed")
    digest = sha256
    size = frontier.size
    peaks = list(frontier.hashes)
    kept: list[bytes] = []
    completed: list[Subtree] = []
    nodes = list(leaves)
    height = 0
    # One height of the whole batch at a time, which needs no test per leaf: the old peak of this height, if
    # any, is the left neighbour of the new nodes; a node without a right neighbour is a peak of the new tree.
    while nodes:
        if size >> height & 1:
            nodes.insert(0, peaks.pop())
        if len(nodes) & 1:
            kept.append(nodes.pop())
        pairs = iter(nodes)
        nodes = [digest(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
        height += 1
        if height % _LEVEL_HEIGHT == 0:
            first = size >> height
            completed += [Subtree(height // _LEVEL_HEIGHT, first + i, root) for i, root in enumerate(nodes)]
    return Frontier(size + len(leaves), (*peaks, *reversed(kept))), completed


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes. Raises NotAFrontier."""
    return append_many(EMPTY_FRONTIER, leaves)[0].root()


def root_needs(size: int) -> list[Range]:
    """Say which hashes `root_at` needs. Raises NoSuchProof when `size` is below zero or above MAX_SIZE."""
    return _ranges(_whole_tree(size), size)


def root_at(size: int, hashes: Mapping[tuple[int, int], bytes]) -> bytes:
    """Return the root that the tree had at `size`, from the hashes that `root_needs` names by (level, index).

    Raises NoSuchProof, HashMissing.
    """
    return next((_node(height, index, size, hashes) for height, index in _whole_tree(size)), EMPTY_ROOT)


def inclusion_needs(index: int, size: int) -> list[Range]:
    """Say which hashes `inclusion_path` needs: at most three ranges for each level that the tree has.

    `index` counts leaves from 0. Raises NoSuchProof unless 0 <= index < size <= MAX_SIZE.
    """
    return _ranges(_inclusion_nodes(index, size), size)


def inclusion_path(index: int, size: int, hashes: Mapping[tuple[int, int], bytes]) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` (from 0) is in the tree of `size` leaves (RFC 9162 §2.1.3.1).

    `hashes` maps (level, index) to the hashes that `inclusion_needs` names; more do no harm.
    Raises NoSuchProof, HashMissing.
    """
    return tuple(_node(height, i, size, hashes) for height, i in _inclusion_nodes(index, size))


def consistency_needs(old: int, new: int) -> list[Range]:
    """Say which hashes `consistency_path` needs. Raises NoSuchProof unless 0 <= old <= new <= MAX_SIZE."""
    return _ranges(_consistency_nodes(old, new), new)


def consistency_path(old: int, new: int, hashes: Mapping[tuple[int, int], bytes]) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` (RFC 9162 §2.1.4.1).

    `hashes` maps (level, index) to the hashes that `consistency_needs` names; more do no harm. The proof is
    empty when `old` is 0 or equals `new`. Raises NoSuchProof, HashMissing.
    """
    return tuple(_node(height, i, new, hashes) for height, i in _consistency_nodes(old, new))


def verify_inclusion(leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether `path` proves that leaf hash `leaf` is at `index` (from 0) of the tree with this root.

    RFC 9162 §2.1.3.2. Anything malformed is no proof: it gives False and raises nothing.
    """
    if not (_is_size(index) and _is_size(size) and index < size and _are_hashes((leaf, root), path)):
        return False
    first, second = index, size - 1
    running = leaf
    for hash_ in path:
        if second == 0:
            return False
        if first & 1 or first == second:
            running = node_hash(hash_, running)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            running = node_hash(running, hash_)
        first, second = first >> 1, second >> 1
    return second == 0 and running == root


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether `path` proves that the tree of `new_size` leaves begins with the tree of `old_size`.

    RFC 9162 §2.1.4.2, and where that is silent: equal sizes need equal roots and an empty path; an old size
    of 0 needs the empty root and an empty path. Anything malformed is no proof: it gives False and raises
    nothing.
    """
    if not (_is_size(old_size) and _is_size(new_size) and old_size <= new_size):
        return False
    if not _are_hashes((old_root, new_root), path):
        return False
    if new_size == 0 and new_root != EMPTY_ROOT:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    return _extends(old_size, old_root, new_size, new_root, path)


def _extends(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    if not path:
        return False
    # A complete old tree is a node of the new one, and the proof leaves it out.
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    first, second = old_size - 1, new_size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old_running = new_running = steps[0]
    for hash_ in steps[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            old_running = node_hash(hash_, old_running)
            new_running = node_hash(hash_, new_running)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            new_running = node_hash(new_running, hash_)
        first, second = first >> 1, second >> 1
    return second == 0 and old_running == old_root and new_running == new_root


def _is_size(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= MAX_SIZE


def _are_hashes(roots: tuple[object, ...], path: object) -> bool:
    if not isinstance(path, tuple | list):
        return False
    return all(isinstance(hash_, bytes) and len(hash_) == HASH_BYTES for hash_ in (*roots, *path))


# Below, a node is (height, index): it stands over the leaves index << height to (index + 1) << height, or
# to the end of the tree where that comes first.


def _whole_tree(size: int) -> list[tuple[int, int]]:
    if not 0 <= size <= MAX_SIZE:
        raise NoSuchProof
    return [((size - 1).bit_length(), 0)] if size else []


def _inclusion_nodes(index: int, size: int) -> list[tuple[int, int]]:
    if not 0 <= index < size <= MAX_SIZE:
        raise NoSuchProof
    return list(_siblings_above(0, index, size))


def _consistency_nodes(old: int, new: int) -> list[tuple[int, int]]:
    if not 0 <= old <= new <= MAX_SIZE:
        raise NoSuchProof
    if old in (0, new):
        return []
    # The largest complete subtree that ends where the old tree ends is also a node of the new tree.
    height = (old & -old).bit_length() - 1
    index = (old - 1) >> height
    own = [(height, index)] if index else []
    return [*own, *_siblings_above(height, index, new)]


def _siblings_above(height: int, index: int, size: int) -> Iterator[tuple[int, int]]:
    while index or 1 << height < size:
        sibling = index ^ 1
        # A node at the right edge without a neighbour moves up as it is.
        if sibling << height < size:
            yield height, sibling
        height, index = height + 1, index >> 1


def _node(height: int, index: int, size: int, hashes: Mapping[tuple[int, int], bytes]) -> bytes:
    if height % _LEVEL_HEIGHT == 0 and (index + 1) << height <= size:
        level = height // _LEVEL_HEIGHT
        hash_ = hashes.get((level, index))
        if hash_ is None:
            raise HashMissing(level, index)
        return hash_
    left = _node(height - 1, 2 * index, size, hashes)
    if (2 * index + 1) << (height - 1) >= size:
        return left
    return node_hash(left, _node(height - 1, 2 * index + 1, size, hashes))


def _ranges(nodes: Iterable[tuple[int, int]], size: int) -> list[Range]:
    # One range per 256-block that any node touches: the nodes of one path leave at most one gap in a block.
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for height, index in nodes:
        for level, first, end in _stored_under(height, index, size):
            block = (level, first // _BLOCK)
            known_first, known_end = spans.get(block, (first, end))
            spans[block] = (min(first, known_first), max(end, known_end))
    return [Range(level, first, end - first) for (level, _), (first, end) in sorted(spans.items())]


def _stored_under(height: int, index: int, size: int) -> Iterator[tuple[int, int, int]]:
    level, rest = divmod(height, _LEVEL_HEIGHT)
    if (index + 1) << height <= size:
        yield level, index << rest, (index + 1) << rest
        return
    # A node over the right edge: at each level the complete subtrees that no larger complete one contains.
    start = index << height
    while level >= 0:
        shift = level * _LEVEL_HEIGHT
        first = max(start >> shift, size >> (shift + _LEVEL_HEIGHT) << _LEVEL_HEIGHT)
        if first < size >> shift:
            yield level, first, size >> shift
        level -= 1
