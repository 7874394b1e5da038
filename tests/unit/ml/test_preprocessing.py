"""What training saw of each feature is kept: where a value lies among it, and what was never seen."""

import numpy as np
import pytest

from services.ml.preprocessing import QUANTILE_LEVELS, Preprocessing, PreprocessingSettings
from tests.unit.ml.factories import planted_samples


@pytest.fixture(scope="module")
def fitted():
    samples = planted_samples()
    samples.features[:, 5] = samples.features[:, 5] > 1.0  # a flag, 0 on most days
    samples.features[::7, 4] = np.nan
    return Preprocessing.fit(samples, PreprocessingSettings()), samples


def test_quantiles_are_those_of_the_newest_sessions_of_the_windows(fitted):
    preprocessing, samples = fitted
    newest = samples.flat(1).astype(np.float64)
    for column, name in enumerate(preprocessing.feature_names):
        known = newest[:, samples.feature_names.index(name)]
        expected = np.percentile(known[~np.isnan(known)], QUANTILE_LEVELS)
        assert preprocessing.quantiles[:, column] == pytest.approx(expected)
    assert preprocessing.to_json()["quantiles"] == preprocessing.quantiles.tolist()


def test_a_percentile_is_the_share_that_lies_below(fitted):
    preprocessing, samples = fitted
    newest = samples.flat(1).astype(np.float64)
    asked = np.quantile(newest[:, :4], [0.03, 0.5, 0.87], axis=0)
    rows = np.column_stack((asked, np.full((3, 1), np.nan), [[0.0], [1.0], [1.0]]))
    found = preprocessing.percentiles(rows)
    assert found[:, :4] == pytest.approx(np.tile([[0.03], [0.5], [0.87]], 4), abs=0.01)
    assert np.isnan(found[:, 4]).all()
    share_of_zeros = (newest[:, 5] == 0.0).mean()
    assert found[0, 5] == pytest.approx(share_of_zeros / 2.0, abs=0.08)  # the middle of its share
    assert found[1, 5] > 0.85
    outside = preprocessing.percentiles(np.array([[-99.0] * 6, [99.0] * 6]))
    assert outside[0] == pytest.approx(np.r_[[0.0] * 5, outside[0, 5]])
    assert (outside[1] > 0.94).all()
