"""Scores of other code are computed again, once."""

import pandas as pd
import pytest

from models.domain.jobs import JobResult
from services.ml.inference.scoring_window import LOOKBACK
from services.quant.indicators.registry import METADATA, STORED
from services.quant.quantile_labels import WINDOW_SESSIONS
from services.usecases.score_indicators import score_indicators
from tests.integration.scoring.conftest import no_progress

pytestmark = pytest.mark.slow

N_SPOILED = 3  # symbols with a score on the day that is spoilt


def score(desk, code: str, **given) -> JobResult:
    return score_indicators(desk.work, desk.clock, no_progress, code=code, **given)


def spoil(desk, session: str) -> None:
    """Leave a technical score as other code might have computed it."""
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE signals SET technical = 0.123 WHERE session = '{session}'")


def n_spoiled(desk) -> int:
    return int(desk.read("SELECT count(*) AS n FROM signals WHERE technical = 0.123").loc[0, "n"])


def scored_with(desk) -> str | None:
    return desk.read("SELECT scored_with FROM datasets").iloc[0, 0]


def test_other_code_scores_everything_again_and_then_only_what_is_new(desk, market):
    desk.ingest(market)
    first = score(desk, "one")
    assert scored_with(desk) == "one"
    assert "code" not in first.message
    spoil(desk, "2005-03-01")
    assert score(desk, "one").rows_written == 0
    assert n_spoiled(desk) == N_SPOILED
    again = score(desk, "two")
    assert again.rows_written == N_SPOILED
    assert n_spoiled(desk) == 0
    assert "the code that scores has changed" in again.message
    assert scored_with(desk) == "two"
    spoil(desk, "2005-03-01")
    once_more = score(desk, "two")
    assert (once_more.rows_written, n_spoiled(desk)) == (0, N_SPOILED)
    assert "code" not in once_more.message


def test_a_part_scored_with_other_code_does_not_count_as_all_of_it(desk, market):
    desk.ingest(market)
    score(desk, "one")
    score(desk, "two", as_of=pd.Timestamp("2004-03-01").date())
    assert scored_with(desk) == "one"


def test_a_run_that_fails_leaves_the_old_mark(desk, market, monkeypatch):
    desk.ingest(market)
    score(desk, "one")

    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("services.storage.signals.SqlSignalRepository.save_scored_with", fail)
    spoil(desk, "2005-03-01")
    with pytest.raises(RuntimeError, match="in the middle"):
        score(desk, "two")
    assert (scored_with(desk), n_spoiled(desk)) == ("one", N_SPOILED)


def test_what_was_scored_before_codes_were_noted_is_scored_again(desk, market):
    desk.ingest(market)
    score(desk, "one")
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE datasets SET scored_with = NULL")
    spoil(desk, "2005-03-01")
    assert score(desk, "one").rows_written == N_SPOILED
    assert scored_with(desk) == "one"


def test_the_lookback_holds_what_an_indicator_forgets_and_the_window_of_the_quantiles():
    n_sessions = LOOKBACK.days * 250 / 365.25  # no year has fewer sessions
    # Registered for 1e-6; what is stored has to agree within 1e-9, half as many sessions later.
    longest = max(METADATA[name].convergence_sessions for name in STORED)
    assert n_sessions >= 1.5 * longest + WINDOW_SESSIONS
