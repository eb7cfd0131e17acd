"""The tree is the one of RFC 9162, its proofs are the RFC's proofs, and only true proofs verify."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core import merkle
from ledger.core.merkle import Frontier, HashMissing, NoSuchProof, NotAFrontier, Range, Subtree

CT_LEAVES = [
    bytes.fromhex(body)
    for body in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NEAR_A_LEVEL = [65_535, 65_536, 65_537, 65_600, 256 * 257 + 3]


@cache
def leaf(index: int) -> bytes:
    return merkle.leaf_hash(b"%d" % index)


def split(size: int) -> int:
    """The largest power of two below `size`: k of the RFC's recursive definitions."""
    return 1 << ((size - 1).bit_length() - 1)


@cache
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]), transcribed from RFC 9162 §2.1.1."""
    if end - start == 0:
        return merkle.EMPTY_ROOT
    if end - start == 1:
        return leaf(start)
    middle = start + split(end - start)
    return merkle.node_hash(mth(start, middle), mth(middle, end))


def naive_path(m: int, start: int, end: int) -> tuple[bytes, ...]:
    """PATH(m, D[start:end]), transcribed from RFC 9162 §2.1.3.1."""
    if end - start == 1:
        return ()
    k = split(end - start)
    if m < k:
        return (*naive_path(m, start, start + k), mth(start + k, end))
    return (*naive_path(m - k, start + k, end), mth(start, start + k))


def naive_subproof(m: int, start: int, end: int, known: bool) -> tuple[bytes, ...]:
    """SUBPROOF(m, D[start:end], known), transcribed from RFC 9162 §2.1.4.1."""
    if m == end - start:
        return () if known else (mth(start, end),)
    k = split(end - start)
    if m <= k:
        return (*naive_subproof(m, start, start + k, known), mth(start + k, end))
    return (*naive_subproof(m - k, start + k, end, False), mth(start, start + k))


def only(needs: list[Range]) -> dict[tuple[int, int], bytes]:
    """What a book would read for these ranges, and nothing else."""
    return {
        (r.level, i): mth(i << 8 * r.level, (i + 1) << 8 * r.level)
        for r in needs
        for i in range(r.first_index, r.first_index + r.count)
    }


def telling_indexes(size: int) -> list[int]:
    """All places in a small tree; in a large one its edges, its middle and the edges of its subtrees."""
    if size <= 40:
        return list(range(size))
    edges = {0, 1, size // 3, size // 2, 254, 255, 256, 257, 65_535, 65_536, size & ~255, size - 2, size - 1}
    return sorted(index for index in edges if 0 <= index < size)


@pytest.mark.parametrize("size", range(9))
def test_the_published_certificate_transparency_roots_come_out(size: int) -> None:
    """The eight-leaf vectors that every implementation of RFC 6962 is checked with, and the empty root."""
    assert merkle.root_of([merkle.leaf_hash(body) for body in CT_LEAVES[:size]]).hex() == CT_ROOTS[size]


def test_a_published_inclusion_proof_comes_out() -> None:
    """Leaf 0 of the eight-leaf vectors, with the path that is published for it."""
    leaves = [merkle.leaf_hash(body) for body in CT_LEAVES]
    path = merkle.inclusion_path(0, 8, {(0, i): leaf_ for i, leaf_ in enumerate(leaves)})
    assert [hash_.hex() for hash_ in path] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert merkle.verify_inclusion(leaves[0], 0, 8, bytes.fromhex(CT_ROOTS[8]), path)


def test_appending_one_by_one_gives_the_root_of_the_rfc_at_every_size() -> None:
    """Sizes 0 to 300, compared with the recursive definition, the frontier surviving storage each time."""
    frontier = merkle.EMPTY_FRONTIER
    for size in range(301):
        assert frontier.root() == mth(0, size)
        frontier = Frontier.from_bytes(size, frontier.to_bytes()).append(leaf(size))


@pytest.mark.parametrize("size", NEAR_A_LEVEL)
def test_a_large_batch_gives_the_root_of_the_rfc(size: int) -> None:
    """Sizes around the first subtree of 65,536 leaves."""
    assert merkle.root_of([leaf(index) for index in range(size)]) == mth(0, size)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 700), max_size=6))
def test_batches_of_any_size_equal_appending_one_by_one(batches: list[int]) -> None:
    """The same tree and the same subtrees, however the leaves were sliced, and each subtree once."""
    frontier, found = merkle.EMPTY_FRONTIER, []
    for batch in batches:
        start = frontier.size
        leaves = [leaf(index) for index in range(start, start + batch)]
        frontier, completed = merkle.append_many(frontier, leaves)
        found += completed
    assert frontier.root() == mth(0, sum(batches))
    assert found == [Subtree(1, i, mth(i * 256, i * 256 + 256)) for i in range(sum(batches) // 256)]


def test_the_subtrees_of_every_level_are_reported_when_they_complete() -> None:
    """One leaf that completes 256 and 65,536 leaves reports both; a large batch reports all within it."""
    before, first_part = merkle.append_many(merkle.EMPTY_FRONTIER, [leaf(i) for i in range(65_535)])
    after, last_part = merkle.append_many(before, [leaf(65_535)])
    assert first_part == [Subtree(1, i, mth(i * 256, i * 256 + 256)) for i in range(255)]
    assert last_part == [Subtree(1, 255, mth(65_280, 65_536)), Subtree(2, 0, mth(0, 65_536))]
    assert merkle.append_many(after, []) == (after, [])


@pytest.mark.parametrize("sizes", [range(301), NEAR_A_LEVEL], ids=["to 300", "near 65,536"])
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(sizes: list[int]) -> None:
    """Made only from the hashes that were asked for; and such a proof holds for no other place."""
    for size in sizes:
        root = mth(0, size)
        for index in telling_indexes(size):
            path = merkle.inclusion_path(index, size, only(merkle.inclusion_needs(index, size)))
            assert path == naive_path(index, 0, size)
            assert merkle.verify_inclusion(leaf(index), index, size, root, path)
            assert not merkle.verify_inclusion(leaf(index), (index + 1) % (size + 1), size, root, path)


@pytest.mark.parametrize("sizes", [range(301), NEAR_A_LEVEL], ids=["to 300", "near 65,536"])
def test_consistency_proofs_are_those_of_the_rfc_and_verify(sizes: list[int]) -> None:
    """Made only from the hashes that were asked for; and such a proof holds for no other old size."""
    for new in sizes:
        for old in [index + 1 for index in telling_indexes(new)]:
            path = merkle.consistency_path(old, new, only(merkle.consistency_needs(old, new)))
            assert path == naive_subproof(old, 0, new, True)
            assert merkle.verify_consistency(old, mth(0, old), new, mth(0, new), path)
            assert not merkle.verify_consistency(old - 1, mth(0, old), new, mth(0, new), path)


def test_an_old_root_is_made_again_from_stored_hashes() -> None:
    """The root that the tree had at any earlier size, to compare with a note that was published then."""
    for size in [*range(301), *NEAR_A_LEVEL]:
        assert merkle.root_at(size, only(merkle.root_needs(size))) == mth(0, size)


@pytest.mark.parametrize("size", [9_999_999, 10_000_000, 2**24, 2**24 + 1, 2**40 - 1, merkle.MAX_SIZE])
def test_a_proof_in_a_large_book_reads_few_ranges_of_neighbours(size: int) -> None:
    """At most three ranges a level, each within one 256-block, so that a proof is a few short index scans."""
    levels = (size.bit_length() + 7) // 8
    for place in {0, 1, 255, 256, 65_535, size // 7, size // 2, size - 257, size - 1}:
        for needs in (merkle.inclusion_needs(place, size), merkle.consistency_needs(place + 1, size)):
            assert len(needs) <= 3 * levels
            for r in needs:
                assert 1 <= r.count <= 256
                assert r.first_index // 256 == (r.first_index + r.count - 1) // 256
                assert (r.first_index + r.count) << 8 * r.level <= size
    assert sum(r.count for r in merkle.inclusion_needs(size // 2, size)) <= 512 * levels


def test_a_proof_that_was_tampered_with_fails() -> None:
    """One bit in any hash, one hash more or fewer or swapped, another leaf or another root: none verifies."""
    path = naive_path(37, 0, 100)
    root, other = mth(0, 100), mth(0, 99)
    for i, hash_ in enumerate(path):
        flipped = bytes([hash_[0] ^ 1]) + hash_[1:]
        assert not merkle.verify_inclusion(leaf(37), 37, 100, root, (*path[:i], flipped, *path[i + 1 :]))
        assert not merkle.verify_inclusion(leaf(37), 37, 100, root, path[:i] + path[i + 1 :])
        assert not merkle.verify_inclusion(leaf(37), 37, 100, root, (*path[:i], other, *path[i:]))
    assert not merkle.verify_inclusion(leaf(37), 37, 100, root, (*path, other))
    assert not merkle.verify_inclusion(leaf(37), 37, 100, root, path[::-1])
    assert not merkle.verify_inclusion(leaf(36), 37, 100, root, path)
    assert not merkle.verify_inclusion(leaf(37), 37, 100, other, path)


@pytest.mark.parametrize("old", [1, 6, 32, 63, 64, 99])
def test_a_rewritten_past_fails_the_consistency_proof(old: int) -> None:
    """One bit in any hash, one hash more or fewer, or another old or new root: none verifies."""
    path = naive_subproof(old, 0, 100, True)
    roots = mth(0, old), mth(0, 100)
    for i, hash_ in enumerate(path):
        flipped = bytes([hash_[0] ^ 1]) + hash_[1:]
        for broken in ((*path[:i], flipped, *path[i + 1 :]), path[:i] + path[i + 1 :]):
            assert not merkle.verify_consistency(old, roots[0], 100, roots[1], broken)
    assert not merkle.verify_consistency(old, roots[0], 100, roots[1], (*path, roots[0]))
    assert not merkle.verify_consistency(old, mth(1, old + 1), 100, roots[1], path)
    assert not merkle.verify_consistency(old, roots[0], 100, mth(0, 101), path)


def test_consistency_at_the_edges_is_decided() -> None:
    """Equal sizes need equal roots; the empty tree begins every tree; a tree does not shrink."""
    empty, root = merkle.EMPTY_ROOT, mth(0, 5)
    for old in (0, 5):
        assert merkle.consistency_needs(old, 5) == []
        assert merkle.consistency_path(old, 5, {}) == ()
    assert merkle.verify_consistency(5, root, 5, root, ())
    assert merkle.verify_consistency(0, empty, 5, root, ())
    assert merkle.verify_consistency(0, empty, 0, empty, ())
    assert not merkle.verify_consistency(0, root, 0, root, ())
    assert not merkle.verify_consistency(0, root, 5, root, ())
    assert not merkle.verify_consistency(0, empty, 5, root, (root,))
    assert not merkle.verify_consistency(5, mth(1, 6), 5, root, ())
    assert not merkle.verify_consistency(5, root, 5, root, (root,))
    assert not merkle.verify_consistency(4, mth(0, 4), 5, root, ())
    assert not merkle.verify_consistency(5, root, 4, mth(0, 4), naive_subproof(4, 0, 5, True))


ODD: list[Any] = [
    None,
    -1,
    2**63,
    10**4000,
    1.0,
    "1",
    b"",
    b"x" * 31,
    bytearray(32),
    [None],
    ("x",),
    [b"x"],
    {},
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_a_malformed_proof_is_false_and_raises_nothing(odd: Any) -> None:
    """Proofs come from strangers: whatever stands in any place of one, the answer is no."""
    path, root, old_root = naive_path(2, 0, 5), mth(0, 5), mth(0, 3)
    inclusion: list[Any] = [leaf(2), 2, 5, root, path]
    consistency: list[Any] = [3, old_root, 5, root, naive_subproof(3, 0, 5, True)]
    assert merkle.verify_inclusion(*inclusion)
    assert merkle.verify_consistency(*consistency)
    for place in range(5):
        assert not merkle.verify_inclusion(*[*inclusion[:place], odd, *inclusion[place + 1 :]])
        assert not merkle.verify_consistency(*[*consistency[:place], odd, *consistency[place + 1 :]])


@pytest.mark.parametrize(
    ("size", "hashes", "code"),
    [
        (1, b"", "frontier_malformed"),
        (0, b"x" * 32, "frontier_malformed"),
        (3, b"x" * 32, "frontier_malformed"),
        (-1, b"x" * 32, "frontier_malformed"),
        (2**63, b"x" * 32, "frontier_malformed"),
        (3, b"x" * 33, "hash_malformed"),
    ],
)
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, hashes: bytes, code: str) -> None:
    """A damaged head row stops the book instead of growing a wrong tree."""
    with pytest.raises(NotAFrontier) as refused:
        Frontier.from_bytes(size, hashes)
    assert refused.value.code == code


def test_a_leaf_that_is_not_a_hash_is_refused() -> None:
    """The body of an entry passed by mistake instead of its hash does not get into the tree."""
    with pytest.raises(NotAFrontier) as refused:
        merkle.append_many(merkle.EMPTY_FRONTIER, [leaf(0), b"body"])
    assert refused.value.code == "hash_malformed"


def test_a_proof_outside_the_tree_is_refused() -> None:
    """Asking for what the tree does not have is refused by name, for the needs and for the path alike."""
    for index, size in ((0, 0), (5, 5), (-1, 5), (0, 2**63)):
        with pytest.raises(NoSuchProof):
            merkle.inclusion_needs(index, size)
        with pytest.raises(NoSuchProof):
            merkle.inclusion_path(index, size, {})
    for old, new in ((-1, 5), (6, 5), (1, 2**63)):
        with pytest.raises(NoSuchProof):
            merkle.consistency_needs(old, new)
        with pytest.raises(NoSuchProof):
            merkle.consistency_path(old, new, {})
    with pytest.raises(NoSuchProof) as refused:
        merkle.root_needs(-1)
    assert refused.value.code == "proof_out_of_range"


def test_a_stored_hash_that_is_missing_is_named() -> None:
    """A gap among the stored hashes says where it is."""
    hashes = only(merkle.inclusion_needs(300, 70_000))
    del hashes[1, 3]
    with pytest.raises(HashMissing) as missing:
        merkle.inclusion_path(300, 70_000, hashes)
    assert (missing.value.code, missing.value.level, missing.value.index) == ("hash_missing", 1, 3)
