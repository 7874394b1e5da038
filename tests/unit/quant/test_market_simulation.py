"""The simulated market as a function: the same again, longer, larger, or with a signal and nothing else."""

import hashlib
import os
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError
from services.quant.market_simulation.market import MODEL_VERSION, CompanyEvents, simulate_market
from services.quant.market_simulation.settings import SimulationSettings

PER_SESSION = ("open", "high", "low", "close", "volume", "score")
# Late listings and delistings come often enough to be met in short simulations.
LIVELY = {"share_listed_late": 0.4, "delistings_per_year": 0.3, "signal_strength": 0.05}


def _simulate(n_symbols, n_sessions, seed=3, **chosen):
    return simulate_market(SimulationSettings(n_symbols, n_sessions, **{**LIVELY, **chosen}), seed)


def _arrays(market):
    for item in fields(market):
        value = getattr(market, item.name)
        if isinstance(value, CompanyEvents):
            for part in fields(value):
                yield f"{item.name}.{part.name}", getattr(value, part.name)
        else:
            yield item.name, value


def _content(market):
    digest = hashlib.sha256()
    for _, values in _arrays(market):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _events_before(events, n_sessions, n_symbols):
    kept = (events.session < n_sessions) & (events.company < n_symbols)
    return [getattr(events, item.name)[kept] for item in fields(events)]


def test_one_seed_is_one_market_and_another_seed_another():
    first, again, other = _simulate(70, 130), _simulate(70, 130), _simulate(70, 130, seed=4)
    assert _content(first) == _content(again)
    for name in PER_SESSION:
        assert not np.array_equal(getattr(first, name), getattr(other, name), equal_nan=True)
    assert not np.array_equal(first.index_close, other.index_close)


def test_the_numbers_of_this_version():
    """Who changes them raises MODEL_VERSION, so that stored prices belong to another dataset, and these."""
    assert MODEL_VERSION == 1
    chosen = SimulationSettings(4, 1_000, 0.05, share_listed_late=0.0, delistings_per_year=0.0)
    market = simulate_market(chosen, 1)
    # To the cent: on another processor a logarithm may round its last digit the other way.
    known = [[173.25, 86.36, 26.58, 63.09], [182.58, 83.35, 25.99, 54.36], [96.44, 53.13, 24.90, 45.48]]
    np.testing.assert_allclose(market.close[[0, 20, 999]], known, atol=0.011)
    np.testing.assert_allclose(market.volume[999], [622_145, 111_946, 926_948, 363_667], atol=1)
    assert market.index_close[999] == pytest.approx(1464.71, abs=0.05)
    assert market.splits.session.tolist() == [41, 104, 482, 545]


@pytest.mark.parametrize("n_threads", ["1", "4"])
def test_another_process_with_other_threads_gives_the_same_market(repository_root, n_threads):
    code = (
        "from tests.unit.quant.test_market_simulation import _content, _simulate; "
        "print(_content(_simulate(70, 130)))"
    )
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), n_threads)
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository_root,
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [_content(_simulate(70, 130))]


@pytest.mark.parametrize("n_sessions", [1, 20, 63, 64, 65, 300])
def test_a_longer_simulation_begins_with_the_shorter_one(n_sessions):
    shorter, longer = _simulate(70, n_sessions), _simulate(70, 400)
    for name in (*PER_SESSION, "index_open", "index_close"):
        np.testing.assert_array_equal(getattr(shorter, name), getattr(longer, name)[:n_sessions], name)
    for name in ("dividends", "splits"):
        expected = _events_before(getattr(longer, name), n_sessions, 70)
        found = _events_before(getattr(shorter, name), 400, 70)
        for values, wanted in zip(found, expected, strict=True):
            np.testing.assert_array_equal(values, wanted, name)
    np.testing.assert_array_equal(shorter.sector, longer.sector)


def test_what_has_not_happened_yet_is_not_told():
    shorter, longer = _simulate(70, 200), _simulate(70, 900)
    will_list = longer.listing_session >= 200
    will_leave = longer.delisting_session >= 199
    assert will_list.any()
    assert will_leave.any()
    assert (shorter.listing_session[will_list] == -1).all()
    assert (shorter.delisting_session[will_leave] == -1).all()
    known = (longer.listing_session >= 0) & ~will_list
    np.testing.assert_array_equal(shorter.listing_session[known], longer.listing_session[known])
    gone = (longer.delisting_session >= 0) & ~will_leave
    np.testing.assert_array_equal(shorter.delisting_session[gone], longer.delisting_session[gone])


@pytest.mark.parametrize("n_symbols", [1, 60, 64, 65])
def test_a_larger_market_begins_with_the_smaller_one(n_symbols):
    smaller, larger = _simulate(n_symbols, 300), _simulate(130, 300)
    for name in PER_SESSION:
        np.testing.assert_array_equal(getattr(smaller, name), getattr(larger, name)[:, :n_symbols], name)
    for name in ("sector", "listing_session", "delisting_session"):
        np.testing.assert_array_equal(getattr(smaller, name), getattr(larger, name)[:n_symbols], name)
    for name in ("dividends", "splits"):
        expected = _events_before(getattr(larger, name), 300, n_symbols)
        found = _events_before(getattr(smaller, name), 300, n_symbols)
        for values, wanted in zip(found, expected, strict=True):
            np.testing.assert_array_equal(values, wanted, name)


def test_a_signal_moves_prices_after_twenty_returns_and_nothing_before():
    plain, planted = (_simulate(64, 300, signal_strength=strength) for strength in (0.0, 0.1))
    for name in ("sector", "listing_session", "delisting_session"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(planted, name))
    age = np.arange(300)[:, None] - plain.listing_session
    is_before = (age <= 20) & np.isfinite(plain.close)
    np.testing.assert_array_equal(plain.close[is_before], planted.close[is_before])
    is_after = (age > 25) & np.isfinite(plain.close)
    assert (plain.close[is_after] != planted.close[is_after]).mean() > 0.9
    # Without splits the same shares change hands.
    unsplit = np.setdiff1d(np.arange(64), np.append(plain.splits.company, planted.splits.company))
    assert unsplit.size > 40
    np.testing.assert_array_equal(plain.volume[:, unsplit], planted.volume[:, unsplit])


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("n_symbols", 0, "1 to 10,000"),
        ("n_symbols", 10_001, "1 to 10,000"),
        ("n_sessions", 0, "1 or more"),
        ("signal_strength", -0.01, "0 to below 0.2"),
        ("signal_strength", 0.2, "0 to below 0.2"),
        ("signal_strength", float("nan"), "0 to below 0.2"),
        ("share_listed_late", 1.1, "0 to 1"),
        ("delistings_per_year", 1.0, "0 to below 1"),
    ],
)
def test_a_value_outside_its_range_is_refused_with_the_range(name, value, allowed):
    with pytest.raises(InvalidRequestError, match=f"{name}={value}: must be {allowed}"):
        SimulationSettings(**{name: value})
