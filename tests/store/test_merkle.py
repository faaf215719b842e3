"""The trees of checkpoints against the definition in RFC 6962, written down as it stands there."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.store.merkle import (
    Frontier,
    Roots,
    Run,
    consistency,
    consistency_runs,
    includes,
    inclusion,
    inclusion_runs,
    is_consistent,
    root_of,
)

# The leaves of the reference implementation of Certificate Transparency, and the root of all eight.
REFERENCE = [
    bytes.fromhex(text)
    for text in (
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
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def leaf(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def defined(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 2.1, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\1" + defined(hashes[:k]) + defined(hashes[k:])).digest()


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_roots_are_those_of_the_reference(size: int, root: str) -> None:
    assert root_of(map(leaf, REFERENCE[:size])).hex() == root


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == sha256(b"").digest()


@given(leaves)
def test_a_frontier_that_grows_has_the_defined_root_at_each_size(hashes: list[bytes]) -> None:
    frontier = Frontier()
    for size, each in enumerate(hashes, 1):
        frontier.add(each)
        assert frontier.root() == defined(hashes[:size])
        assert len(frontier.peaks) == size.bit_count()


@given(leaves, st.data())
def test_a_leaf_is_proved_and_nothing_else(hashes: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    root, path = root_of(hashes), inclusion(hashes, index)

    assert includes(hashes[index], index, len(hashes), path, root)
    assert not includes(leaf(b"another"), index, len(hashes), path, root)
    assert not includes(hashes[index], index, len(hashes), [*path, root], root)
    for place in range(len(path)):
        forged = [*path[:place], leaf(b"forged"), *path[place + 1 :]]
        assert not includes(hashes[index], index, len(hashes), forged, root)


@given(leaves, st.data())
def test_growth_is_proved_and_change_is_not(hashes: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(hashes)))
    before, after, path = root_of(hashes[:size]), root_of(hashes), consistency(hashes, size)

    assert is_consistent(before, size, after, len(hashes), path)
    changed = data.draw(st.integers(0, size - 1))
    forged = root_of([*hashes[:changed], leaf(b"forged"), *hashes[changed + 1 :]])
    assert not is_consistent(before, size, forged, len(hashes), path)
    if size < len(hashes):
        other = [*hashes[:changed], leaf(b"forged"), *hashes[changed + 1 :]]
        assert not is_consistent(before, size, forged, len(hashes), consistency(other, size))


@given(leaves, st.data())
def test_a_proof_can_be_made_of_leaves_that_come_one_by_one(hashes: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))

    assert streamed(hashes, inclusion_runs(len(hashes), index)) == inclusion(hashes, index)
    assert streamed(hashes, consistency_runs(len(hashes), index + 1)) == consistency(hashes, index + 1)


def streamed(hashes: list[bytes], runs: list[Run]) -> list[bytes]:
    roots = Roots(runs)
    for each in hashes:
        roots.add(each)
    return roots.roots()


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_of_what_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion([leaf(each) for each in REFERENCE], index)
    with pytest.raises(IndexError):
        consistency([leaf(each) for each in REFERENCE], index + 1)
