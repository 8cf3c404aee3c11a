"""Our statistics beside published ones: the same list, the same growth, the same change."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from online_fdr.e_values.batch import e_bh as their_e_bh
from river.drift import ADWIN
from savvi.multinomial import Multinomial

from tertius.stats.ebh import e_bh
from tertius.stats.eprocess import EProcess
from tertius.stats.payoffs import ceiling


@given(
    st.lists(st.floats(0, 5000), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.1, 0.2])
)
def test_online_fdr_freezes_the_same_list(values: list[float], level: float) -> None:
    theirs = {place for place, listed in enumerate(their_e_bh(values, level)) if listed}
    assert set(e_bh(values, level)) == theirs


def test_evidence_grows_as_fast_as_savvi_s_closed_form() -> None:
    hits = (np.random.default_rng(1).random(4000) < 0.5).astype(int).tolist()
    ours, theirs = EProcess(), Multinomial(0.05, np.array([0.7, 0.3]))
    at_half = (0.0, 0.0)
    for turn, hit in enumerate(hits, 1):
        ours.update(ceiling(float(hit), 0.3))
        theirs.update(np.array([1 - hit, hit]))
        if turn == 2000:
            at_half = math.log(ours.value), math.log(theirs.odds)
    mine, other = math.log(ours.value) - at_half[0], math.log(theirs.odds) - at_half[1]
    # a grid of eight bets loses at most a tenth of what the best bet earns
    assert 0.9 < mine / other <= 1.02


def test_a_change_is_found_where_river_s_adwin_finds_it_and_none_where_there_is_none() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = [], []
    for _ in range(20):
        stream = [*(rng.random(5000) < 0.05).tolist(), *(rng.random(1500) < 0.15).tolist()]
        process, adwin = EProcess(), ADWIN()
        first = first_theirs = math.inf
        for turn, hit in enumerate(stream):
            if process.update(ceiling(float(hit), 0.05)) >= 20:
                first = min(first, turn)
            adwin.update(float(hit))
            if adwin.drift_detected:
                first_theirs = min(first_theirs, turn)
        ours.append(first - 5000)
        theirs.append(first_theirs - 5000)
    # one false alarm in twenty is what 0.05 allows on average; 4 is the 99.9 % point
    assert sum(delay < 0 for delay in ours) <= 4 and sum(delay < 0 for delay in theirs) <= 4
    assert float(np.median(ours)) < 2 * float(np.median(theirs)) < 1000
