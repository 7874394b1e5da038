"""Stored scores beside a panel's rows, and what signals make of them."""

import numpy as np
import pandas as pd
import pytest

from services.quant.model_scores import NO_MODEL, ModelScores, rows_of
from services.quant.score_panel import score_panel
from tests.unit.quant.factories import make_panel, random_bars


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(4)
    return make_panel({symbol: random_bars(rng, 230) for symbol in ("CC", "AA", "BB")})


def stored(panel, rows, score, *, is_proven):
    return pd.DataFrame(
        {
            "instrument_id": panel.instrument_ids[panel.code[rows]],
            "session": panel.session[rows].astype("datetime64[s]"),
            "model_id": 7,
            "score": score,
            "is_proven": is_proven,
        }
    )


def test_rows_are_found_as_a_dictionary_finds_them(panel):
    rng = np.random.default_rng(0)
    ids = np.append(panel.instrument_ids, [panel.instrument_ids.max() + 1, -3])
    asked_id = rng.choice(ids, 400)
    asked_day = rng.choice(np.append(panel.session[:200], np.datetime64("1990-01-01", "D")), 400)
    places = {
        (number, day): row
        for row, (number, day) in enumerate(zip(panel.instrument_ids[panel.code], panel.session, strict=True))
    }
    expected = [places.get(key, -1) for key in zip(asked_id, asked_day, strict=True)]
    assert rows_of(panel, asked_id, asked_day).tolist() == expected
    assert rows_of(panel, np.zeros(0, dtype=np.int64), np.zeros(0, "datetime64[D]")).size == 0


def test_scores_of_other_bars_fall_away(panel):
    rows = np.array([5, 231, 689])
    frame = stored(panel, rows, [0.1, 0.2, 0.3], is_proven=True)
    stranger = frame.assign(instrument_id=10_000)
    found = ModelScores.beside(panel, pd.concat([frame, stranger]))
    assert np.flatnonzero(~np.isnan(found.score)).tolist() == rows.tolist()
    assert found.score[rows].tolist() == [0.1, 0.2, 0.3]
    assert found.model_id[rows].tolist() == [7, 7, 7]
    assert (found.model_id == NO_MODEL).sum() == panel.n_rows - 3
    assert found.is_proven.sum() == 3


@pytest.mark.parametrize("is_proven", [True, False])
def test_a_proven_score_weighs_three_sevenths_and_an_unproven_one_nothing(panel, is_proven):
    rows = panel.starts[1:] - 1
    scores = ModelScores.beside(panel, stored(panel, rows, 0.9, is_proven=is_proven))
    newest = panel.session[rows[0]].astype("datetime64[s]")
    plain = score_panel(panel).signals
    mixed = score_panel(panel, models=scores).signals
    today = (mixed["session"] == newest).to_numpy()
    assert today.sum() == 3
    pd.testing.assert_frame_equal(mixed[~today], plain[~today])
    assert mixed.loc[today, "model"].tolist() == [0.9] * 3
    assert mixed.loc[today, "model_id"].tolist() == [7] * 3
    technical = plain.loc[today, "technical"].to_numpy()
    expected = (4.0 * technical + 3.0 * 0.9) / 7.0 if is_proven else technical
    np.testing.assert_allclose(mixed.loc[today, "confluence"], expected)
    np.testing.assert_allclose(mixed.loc[today, "technical"], technical)
