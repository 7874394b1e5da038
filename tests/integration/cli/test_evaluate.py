"""``evaluate``: what it prints, and that it stands in the ledger once whatever the seeds."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.cli.conftest import one_error
from tests.integration.processes.support import ask
from tests.unit.ml.factories import price_rows

ACL18 = Path(__file__).resolve().parents[3] / "benchmarks/protocols/acl18.toml"
SPAN = {"2015-08-03": "2014-03-03", "2015-10-01": "2014-03-12", "2015-12-31": "2014-03-31"}
LEDGER = "SELECT kind, model, n_runs, dataset_id, evaluation #> '{accuracy,by_seed}' FROM trials ORDER BY id"


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    """ACL18's rules over sixty business days, and prices for them."""
    folder = tmp_path_factory.mktemp("benchmark")
    rules = ACL18.read_text(encoding="utf-8")
    for old, new in SPAN.items():
        rules = rules.replace(f"= {old}", f"= {new}")
    (folder / "small.toml").write_text(rules, encoding="utf-8")
    bars: pd.DataFrame = price_rows(symbols=("AAA", "BBB", "CCC"))
    bars.rename(columns={"session": "date"}).to_csv(folder / "prices.csv", index=False)
    return folder


@pytest.fixture
def evaluate(call, benchmark):
    def run(*more, model="class_prior", url):
        chosen = ("--data", str(benchmark / "prices.csv"), "--model", model, "--json", *more)
        return call("evaluate", str(benchmark / "small.toml"), *chosen, DATABASE_URL=url)

    return run


def test_a_run_is_one_trial_whatever_its_seeds(own_filled_url, evaluate):
    first = json.loads(evaluate("--seeds", "2", url=own_filled_url).stdout)
    again = json.loads(evaluate("--seeds", "3", url=own_filled_url).stdout)
    other = json.loads(evaluate("--seeds", "1", model="majority", url=own_filled_url).stdout)
    assert first["trial"] == again["trial"] != other["trial"]
    assert first["accuracy"]["mean"] == again["accuracy"]["mean"]
    assert ask(own_filled_url, LEDGER) == [
        ("protocol", "class_prior", 2, None, again["accuracy"]["by_seed"]),
        ("protocol", "majority", 1, None, other["accuracy"]["by_seed"]),
    ]
    assert len(again["accuracy"]["by_seed"]) == 3


def test_without_a_database_the_result_is_kept_and_the_gap_is_said(evaluate):
    done = evaluate("--seeds", "1", url="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.returncode == 0
    assert json.loads(done.stdout)["trial"] is None
    assert done.stderr.startswith("warning: not logged in the ledger of trials: PostgreSQL at ")


def test_wrong_settings_are_said_before_the_training(evaluate, monkeypatch):
    monkeypatch.setattr("app.cli.evaluation.evaluate_protocol", None)
    one_error_of = evaluate(url="mysql://nowhere")
    assert one_error_of.returncode == 2
    assert "DATABASE_URL" in one_error_of.stderr


def test_an_unknown_model_is_bad_usage(own_filled_url, evaluate):
    assert "no model oracle" in one_error(evaluate(model="oracle", url=own_filled_url), 2)


def test_a_try_on_validation_is_a_trial_of_its_own_and_leaves_the_test_alone(own_filled_url, evaluate):
    url = own_filled_url
    tried = [
        json.loads(
            evaluate(
                "--seeds",
                "1",
                "--part",
                "validation",
                "--set",
                f"n_leaves={leaves}",
                model="lightgbm",
                url=url,
            ).stdout
        )
        for leaves in (3, 7, 3)
    ]
    assert [one["n_trials"] for one in tried] == [1, 2, 2]
    assert [one["n_test_readings"] for one in tried] == [0, 0, 0]
    assert {one["part"] for one in tried} == {"validation"}
    assert tried[0]["trial"] == tried[2]["trial"] != tried[1]["trial"]
    # The chosen one, now on the test: the same configuration, read once.
    chosen = json.loads(evaluate("--seeds", "1", "--set", "n_leaves=7", model="lightgbm", url=url).stdout)
    assert (chosen["n_trials"], chosen["n_test_readings"], chosen["part"]) == (2, 1, "test")
    stored = ask(url, "SELECT kind, n_runs, configuration #>> '{model,n_leaves}' FROM trials ORDER BY id")
    assert stored == [("validation", 2, "3"), ("validation", 1, "7"), ("protocol", 1, "7")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("batch_size", "--set batch_size has not the form NAME=VALUE"),
        ("layers=3", "fast has no setting layers"),
        ("batch_size=many", "batch_size of fast is 'many'; it must be int"),
        ("dropout=1.0", "dropout is 1.0, out of its range"),
        ("monitor=profit", "it must be one of loss, mcc"),
    ],
)
def test_a_setting_that_does_not_hold_is_bad_usage(own_filled_url, evaluate, change, words):
    assert words in one_error(evaluate("--set", change, model="fast", url=own_filled_url), 2)
