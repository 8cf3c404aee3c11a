"""Merkle arithmetic against published hashes, sigstore's verifier and the recursive twin."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore.errors import VerificationError
from tests.twins import merkle_rfc6962 as twin

from tertius.log.merkle import (
    EMPTY_ROOT,
    MAX_TREE_SIZE,
    Frontier,
    NodeGetter,
    ProofError,
    TreeRangeError,
    leaf_hash,
    leaf_hashes,
    node_hash,
    perfect_root,
    prove_consistency,
    prove_inclusion,
    span_root,
    verify_consistency,
    verify_inclusion,
)

EXHAUSTIVE = 70
ENTRIES = [f"entry {i}".encode() for i in range(EXHAUSTIVE)]
ROOTS = [twin.mth(ENTRIES[:size]) for size in range(EXHAUSTIVE + 1)]

# Leaf inputs and roots of sizes 0 to 8 as certificate-transparency and transparency-dev/merkle
# (testonly/constants.go) publish them.
PUBLISHED_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                    "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
PUBLISHED_ROOTS = [
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


def getter(hashes: list[bytes]) -> NodeGetter:
    """A node getter over leaf hashes in memory; like tiles, it has perfect subtrees only."""

    def node(level: int, index: int) -> bytes:
        below = hashes[index << level : (index + 1) << level]
        assert len(below) == 1 << level, "asked for a node that the tree does not have"
        return perfect_root(below)

    return node


NODE = getter(leaf_hashes(ENTRIES))


def test_published_roots() -> None:
    tree = Frontier()
    roots = [tree.root().hex()]
    for text in PUBLISHED_LEAVES:
        tree.append(leaf_hash(bytes.fromhex(text)))
        roots.append(tree.root().hex())
    assert roots == PUBLISHED_ROOTS
    assert EMPTY_ROOT.hex() == PUBLISHED_ROOTS[0]


def test_frontier_and_span_agree_with_the_twin_at_every_size() -> None:
    tree = Frontier()
    for size in range(EXHAUSTIVE + 1):
        assert tree.size == size
        assert tree.root() == ROOTS[size] == span_root(NODE, 0, size)
        assert Frontier(size, tree.peaks).root() == ROOTS[size]
        if size < EXHAUSTIVE:
            tree.append(leaf_hash(ENTRIES[size]))


def test_every_inclusion_proof_is_the_twins_and_verifies() -> None:
    for size in range(1, EXHAUSTIVE + 1):
        for index in range(size):
            proof = prove_inclusion(NODE, index, size)
            if size <= 20 or index in (0, size // 2, size - 1):
                assert proof == twin.path(index, ENTRIES[:size])
            verify_inclusion(
                proof, index=index, size=size, leaf=leaf_hash(ENTRIES[index]), root=ROOTS[size]
            )


def test_every_consistency_proof_is_the_twins_and_verifies() -> None:
    for size in range(1, EXHAUSTIVE + 1):
        for old in range(1, size + 1):
            proof = prove_consistency(NODE, old, size)
            if size <= 20 or old in (1, size // 2, size - 1, size):
                assert proof == twin.proof(old, ENTRIES[:size])
            verify_consistency(
                proof, old_size=old, old_root=ROOTS[old], size=size, root=ROOTS[size]
            )


def test_the_empty_tree_is_consistent_with_any_tree_and_needs_no_proof() -> None:
    assert prove_consistency(NODE, 0, 9) == []
    verify_consistency([], old_size=0, old_root=EMPTY_ROOT, size=9, root=ROOTS[9])
    with pytest.raises(ProofError):
        verify_consistency([ROOTS[1]], old_size=0, old_root=EMPTY_ROOT, size=9, root=ROOTS[9])
    with pytest.raises(ProofError):
        verify_consistency([], old_size=0, old_root=ROOTS[1], size=9, root=ROOTS[9])


def test_one_tree_under_two_roots_is_a_fork() -> None:
    with pytest.raises(ProofError):
        verify_consistency([], old_size=9, old_root=ROOTS[9], size=9, root=ROOTS[8])


def test_an_inner_node_does_not_pass_for_a_leaf_or_a_smaller_tree() -> None:
    """Proofs that are too short or too long, with hashes chosen so that the sums still come out."""
    root, above = ROOTS[2], node_hash(ROOTS[7], ROOTS[2])
    with pytest.raises(ProofError):
        verify_inclusion([], index=0, size=2, leaf=root, root=root)
    with pytest.raises(ProofError):
        verify_inclusion([ROOTS[7]], index=0, size=1, leaf=root, root=above)
    with pytest.raises(ProofError):
        verify_consistency([], old_size=2, old_root=root, size=3, root=root)
    proof = [*prove_consistency(NODE, 3, 5), ROOTS[7]]
    with pytest.raises(ProofError):
        verify_consistency(
            proof,
            old_size=3,
            old_root=node_hash(ROOTS[7], ROOTS[3]),
            size=5,
            root=node_hash(ROOTS[7], ROOTS[5]),
        )


SIZES = st.integers(1, EXHAUSTIVE)


def mangle(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    """Change a proof: drop, repeat, swap, add or alter a hash."""
    proof = list(proof)
    kind = data.draw(st.sampled_from(["drop", "repeat", "swap", "add", "alter"]))
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    if kind == "add" or not proof:
        proof.insert(at, data.draw(st.sampled_from(ROOTS)))
    elif kind == "drop":
        del proof[at]
    elif kind == "repeat":
        proof.insert(at, proof[at])
    elif kind == "swap":
        proof[0], proof[at] = proof[at], proof[0]
    else:
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    return proof


@given(data=st.data(), size=SIZES)
def test_a_changed_inclusion_proof_is_judged_as_the_twin_judges_it(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(NODE, index, size)
    changed = mangle(data, proof)
    claimed = data.draw(st.integers(0, size - 1))
    expected = twin.accepts_inclusion(claimed, size, ENTRIES[index], changed, ROOTS[size])
    assert expected == (changed == proof and claimed == index)
    try:
        verify_inclusion(
            changed, index=claimed, size=size, leaf=leaf_hash(ENTRIES[index]), root=ROOTS[size]
        )
        accepted = True
    except ProofError:
        accepted = False
    assert accepted == expected


@given(data=st.data(), size=SIZES)
def test_a_changed_consistency_proof_is_judged_as_the_twin_judges_it(
    data: st.DataObject, size: int
) -> None:
    old = data.draw(st.integers(1, size))
    proof = prove_consistency(NODE, old, size)
    changed = mangle(data, proof) if data.draw(st.booleans()) else proof
    claimed = data.draw(st.sampled_from([old, max(old - 1, 1)]))
    expected = twin.accepts_consistency(claimed, size, ROOTS[old], changed, ROOTS[size])
    try:
        verify_consistency(
            changed, old_size=claimed, old_root=ROOTS[old], size=size, root=ROOTS[size]
        )
        accepted = True
    except ProofError:
        accepted = False
    assert accepted == expected


@given(old=st.integers(1, 2000), more=st.integers(0, 2000), data=st.data())
def test_larger_trees(old: int, more: int, data: st.DataObject) -> None:
    size = old + more
    hashes = LARGE[:size]
    node = getter(hashes)
    before, after = Frontier(), Frontier()
    before.extend(hashes[:old])
    after.extend(hashes)
    proof = prove_consistency(node, old, size)
    verify_consistency(proof, old_size=old, old_root=before.root(), size=size, root=after.root())
    index = data.draw(st.integers(0, size - 1))
    inclusion = prove_inclusion(node, index, size)
    verify_inclusion(inclusion, index=index, size=size, leaf=hashes[index], root=after.root())
    with pytest.raises(ProofError):
        verify_inclusion(
            inclusion, index=index, size=size, leaf=leaf_hash(b"other"), root=after.root()
        )


LARGE = leaf_hashes(i.to_bytes(4, "big") for i in range(4000))


def test_whole_tiles_give_the_same_tree_as_single_leaves() -> None:
    by_tile, by_leaf = Frontier(), Frontier()
    for start in range(0, 1024, 256):
        root = by_tile.append_tile(LARGE[start : start + 256])
        assert root == perfect_root(LARGE[start : start + 256])
    by_tile.extend(LARGE[1024:1100])
    by_leaf.extend(LARGE[:1100])
    assert (by_tile.size, by_tile.peaks) == (by_leaf.size, by_leaf.peaks)


def test_a_tile_cannot_begin_inside_a_tile() -> None:
    tree = Frontier()
    tree.append(LARGE[0])
    with pytest.raises(TreeRangeError):
        tree.append_tile(LARGE[:256])
    assert tree.size == 1


@pytest.mark.parametrize("count", [0, 3, 255])
def test_no_perfect_root_over_other_than_a_power_of_two(count: int) -> None:
    with pytest.raises(TreeRangeError):
        perfect_root(LARGE[:count])


def test_arguments_that_no_tree_has() -> None:
    for call in (
        lambda: Frontier(-1),
        lambda: Frontier(3, [ROOTS[1]]),
        lambda: Frontier(MAX_TREE_SIZE + 1),
        lambda: prove_inclusion(NODE, 5, 5),
        lambda: prove_inclusion(NODE, -1, 5),
        lambda: prove_consistency(NODE, 6, 5),
    ):
        with pytest.raises(TreeRangeError):
            call()


@given(
    proof=st.lists(st.binary(min_size=32, max_size=32), max_size=70),
    index=st.integers(-1, 2**64),
    size=st.integers(-1, 2**64),
)
def test_verifiers_raise_nothing_but_proof_errors(
    proof: list[bytes], index: int, size: int
) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(proof, index=index, size=size, leaf=b"leaf", root=b"root")
    with pytest.raises(ProofError):
        verify_consistency(proof, old_size=index, old_root=b"old", size=size, root=b"new")


@given(size=SIZES, data=st.data())
def test_sigstore_accepts_our_inclusion_proofs_and_no_others(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = prove_inclusion(NODE, index, size)

    def entry(hashes: list[bytes]) -> object:
        proof = SimpleNamespace(
            log_index=index, tree_size=size, hashes=hashes, root_hash=ROOTS[size]
        )
        inner = SimpleNamespace(inclusion_proof=proof, canonicalized_body=ENTRIES[index])
        return SimpleNamespace(_inner=inner)

    verify_merkle_inclusion(entry(hashes))  # type: ignore[arg-type]  # the fields it reads
    with pytest.raises(VerificationError):
        verify_merkle_inclusion(entry([*hashes, hashes[0] if hashes else ROOTS[0]]))  # type: ignore[arg-type]


def test_leaves_and_nodes_cannot_be_mistaken_for_each_other() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
