"""Published benchmarks: their rules, their features, their samples."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError, InvalidRequestError
from models.domain.networks import Monitor
from models.domain.protocols import ProtocolPart
from services.ml.catalogue import make_classifier
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.reference import Reference, ReferenceRule
from services.ml.price_ratios import PRICE_RATIO_NAMES, price_ratios, protocol_samples
from services.ml.protocol_evaluation import evaluate_on_protocol
from services.ml.protocol_file import read_protocol
from tests.unit.ml.factories import price_rows

ACL18 = Path(__file__).resolve().parents[3] / "benchmarks/protocols/acl18.toml"


@pytest.fixture
def small():
    """ACL18's rules over sixty business days."""
    return replace(
        read_protocol(ACL18),
        train_from=date(2014, 1, 2),
        validation_from=date(2014, 3, 3),
        test_from=date(2014, 3, 12),
        test_to=date(2014, 3, 31),
    )


def test_the_shipped_protocol_is_acl18():
    protocol = read_protocol(ACL18)
    assert (protocol.name, protocol.window_sessions, protocol.drop_symbols) == ("ACL18", 5, ("GMRE",))
    assert (protocol.train_from, protocol.test_to) == (date(2014, 1, 2), date(2015, 12, 31))
    assert (protocol.up_from, protocol.down_to) == (0.0055, -0.005)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("window_sessions = 5", "", "window_sessions is missing"),
        ("window_sessions = 5", 'window_sessions = "5"', "window_sessions is '5', which is no int"),
        ("window_sessions = 5", "window_sessions = 0", "from 1 to 250"),
        ("2015-08-03", "2013-08-03", "sessions must rise"),
        ("down_to = -0.005", "down_to = 0.01", "labels.down_to must be below"),
        ("price_ratios_11", "tweets", "choose one of price_ratios_11"),
        ('name = "ACL18"', 'name = "ACL18"\nseeds = 3', "seeds is not known"),
        ("accuracy = 0.532", "", "published[0].accuracy is missing"),
        ('name = "ACL18"', 'name = "', "is no TOML"),
    ],
)
def test_a_wrong_protocol_is_refused_in_words(tmp_path, old, new, words):
    path = tmp_path / "wrong.toml"
    path.write_text(ACL18.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidRequestError) as refused:
        read_protocol(path)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)


def test_all_faults_are_named_at_once(tmp_path):
    path = tmp_path / "empty.toml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(InvalidRequestError) as refused:
        read_protocol(path)
    assert str(refused.value).count("is missing") == 10


def test_a_protocol_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        read_protocol(tmp_path / "none.toml")


def test_ratios_by_hand():
    bars = price_rows(symbols=("AAA",), n_sessions=40)
    ratios = price_ratios(bars)
    assert ratios.shape == (40, len(PRICE_RATIO_NAMES))
    assert ratios[35, :3] == pytest.approx([0.1, 1.0, -1.0], abs=1e-4)
    close, adjusted = bars["close"], bars["adj_close"]
    assert ratios[35, 3] == pytest.approx(100 * (close[35] / close[34] - 1), abs=1e-4)
    assert ratios[35, 5] == pytest.approx(100 * (adjusted[31:36].mean() / adjusted[35] - 1), abs=1e-4)
    assert ratios[35, 10] == pytest.approx(100 * (adjusted[6:36].mean() / adjusted[35] - 1), abs=1e-4)
    known = np.isfinite(ratios).all(axis=1)
    assert known.tolist() == [False] * 29 + [True] * 11


def test_a_sample_is_the_window_before_a_day_that_moved(small):
    bars = price_rows()
    samples = protocol_samples(bars, small)
    moved = bars.groupby("symbol")["adj_close"].pct_change()
    number = bars.groupby("symbol").cumcount()
    expected = bars[(number >= 29 + 5) & ((moved >= 0.0055) | (moved <= -0.005))]
    expected = expected[expected["session"] <= "2014-03-31"]
    assert len(samples) == len(expected)
    assert samples.sessions.tolist() == expected["session"].dt.date.tolist()
    assert samples.labels.tolist() == (moved[expected.index] > 0).astype(int).tolist()
    first = samples.windows(slice(0, 1))[0]
    at = expected.index[0]
    assert np.array_equal(first, samples.features[at - 5 : at])


def test_later_prices_change_no_sample(small):
    bars = price_rows()
    before = protocol_samples(bars, small)
    later = bars["session"] > "2014-03-20"
    changed = bars.assign(**{name: bars[name].where(~later, bars[name] * 3.0) for name in ("close", "open")})
    after = protocol_samples(changed, small)
    known = before.sessions <= np.datetime64("2014-03-20")
    assert np.array_equal(
        before.take(known).windows(), after.take(after.sessions <= before.sessions[known].max()).windows()
    )


def test_rows_with_a_hole_are_left_out(small):
    bars = price_rows()
    holed = bars.copy()
    holed.loc[20, "open"] = np.nan
    assert len(protocol_samples(holed, small)) <= len(protocol_samples(bars, small))


def test_data_of_other_years_are_refused_in_words(small):
    with pytest.raises(InsufficientHistoryError, match="the data have 2001-01-01 to"):
        protocol_samples(price_rows(start="2001-01-01"), small)


def test_always_up_is_right_as_often_as_days_rise(small):
    samples = protocol_samples(price_rows(symbols=("AAA", "BBB", "CCC")), small)
    found = evaluate_on_protocol(samples, small, Reference(ReferenceRule.ALWAYS_UP), 2, Quiet())
    test = samples.between(np.datetime64("2014-03-12"), np.datetime64("2014-03-31"))
    assert found.n_test == len(test)
    assert found.accuracy.value == pytest.approx((test.labels == 1).mean())
    assert found.accuracy_by_seed == (found.accuracy.value,) * 2
    assert found.accuracy.low <= found.accuracy.value <= found.accuracy.high
    assert found.mcc.value == 0.0


def test_on_validation_the_test_is_not_looked_at(small):
    samples = protocol_samples(price_rows(symbols=("AAA", "BBB", "CCC")), small)
    last = np.datetime64(small.test_from, "D")
    # Were the test read, its labels that count for no class would be refused.
    blind = replace(samples, labels=np.where(samples.sessions >= last, 99, samples.labels))
    found = evaluate_on_protocol(
        blind, small, Reference(ReferenceRule.ALWAYS_UP), 1, Quiet(), ProtocolPart.VALIDATION
    )
    validation = samples.between(np.datetime64("2014-03-03"), last - 1)
    assert found.part is ProtocolPart.VALIDATION
    assert found.accuracy.n == found.n_validation == len(validation)
    assert found.accuracy.value == pytest.approx((validation.labels == 1).mean())
    assert found.epochs_by_seed == (None,)
    with pytest.raises(ValueError, match="cannot reshape"):
        evaluate_on_protocol(blind, small, Reference(ReferenceRule.ALWAYS_UP), 1, Quiet())


def test_equal_settings_are_one_configuration_however_they_are_written():
    whole, fraction = (make_classifier("fast", 5, {"focal_gamma": value}) for value in (0, 0.0))
    assert repr(whole.configuration) == repr(fraction.configuration)
    clipped = make_classifier("fast", 5, {"gradient_clip": 1, "monitor": "mcc"}).settings
    assert (clipped.gradient_clip, clipped.monitor) == (1.0, Monitor.MCC)


def test_a_part_without_samples_is_named(small):
    samples = protocol_samples(price_rows(), small)
    late = replace(small, test_from=date(2014, 3, 29), test_to=date(2014, 3, 30))
    with pytest.raises(InsufficientHistoryError, match="no test sample"):
        evaluate_on_protocol(samples, late, Reference(ReferenceRule.MAJORITY), 1, Quiet())


def test_a_protocol_may_set_a_model_s_own_settings(tmp_path):
    text = ACL18.read_text().split("[models")[0]
    path = tmp_path / "own.toml"
    path.write_text(f"{text}\n[models.fast]\nbatch_size = 512\ndropout = 0\n")
    chosen = read_protocol(path).model_settings
    settings = make_classifier("fast", 5, chosen["fast"]).settings
    assert (settings.batch_size, settings.dropout, settings.window_sessions) == (512, 0, 5)
    assert settings == replace(make_classifier("fast", 5).settings, batch_size=512, dropout=0.0)
    path.write_text(f"{text}\n[models]\nfast = 3\n")
    with pytest.raises(InvalidRequestError, match=r"models\.fast is no table of settings"):
        read_protocol(path)


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        ("fast", {"layers": 3}, "fast has no setting layers; choose from window_sessions"),
        ("fast", {"batch_size": "many"}, "batch_size of fast is 'many'; it must be int"),
        ("fast", {"batch_size": True}, "it must be int"),
        ("majority", {"batch_size": 3}, "majority has no setting batch_size; it has none"),
        ("fast", {"first_units": 0}, "first_units is 0; it must be 1 or more"),
        ("fast", {"dropout": 1.0, "learning_rate": 0}, "dropout is 1.0, out of its range; learning_rate"),
        ("fast", {"learning_rate": float("nan")}, "learning_rate is nan, out of its range"),
        ("lstm_multihead", {"n_heads": 3}, r"second_units \(64\) cannot be shared by 3 heads"),
        ("cnn_bilstm_transformer", {"conv_channels": []}, "conv_channels is empty"),
        ("cnn_bilstm_transformer", {"dense_units": [8, 0.5]}, "it must be a list of int"),
    ],
)
def test_a_setting_that_does_not_hold_is_refused(model, changes, words):
    with pytest.raises(InvalidRequestError, match=words):
        make_classifier(model, 5, changes)
