"""``simulate-risk`` and ``export risk``."""

import io
import json

import pandas as pd
import pytest

from tests.integration.cli.conftest import one_error

FIGURES = (
    "method",
    "horizon_sessions",
    "n_paths",
    "confidence",
    "value_at_risk",
    "expected_shortfall",
    "standard_error",
)
EXPORTED = [
    "computed_at",
    "method",
    "horizon_sessions",
    "n_paths",
    "confidence",
    "value_at_risk",
    "expected_shortfall",
]


@pytest.fixture
def weights(tmp_path):
    """Write a file of weights; return its path."""

    def write(content, name="book.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.mark.slow
def test_json_is_a_list_and_the_same_figures_are_exported(call, own_filled_url, weights):
    given = weights("symbol,weight\naapl,0.6\nCASH,0.4\n")
    chosen = ("--method", "student_t", "--paths", "2000", "--horizon", "2", "--seed", "7")
    done = call("simulate-risk", "--weights", given, *chosen, "--json", DATABASE_URL=own_filled_url)
    assert done.returncode == 0, done
    found = json.loads(done.stdout)
    assert [row["confidence"] for row in found] == [0.9, 0.95, 0.99]
    assert set(FIGURES) <= set(found[0])
    assert {(row["method"], row["horizon_sessions"], row["n_paths"]) for row in found} == {
        ("student_t", 2, 2000)
    }
    again = call("simulate-risk", "--weights", given, *chosen, "--json", DATABASE_URL=own_filled_url)
    assert json.loads(again.stdout) == found
    exported = call("export", "risk", DATABASE_URL=own_filled_url)
    frame = pd.read_csv(io.StringIO(exported.stdout))
    assert list(frame.columns[: len(EXPORTED)]) == EXPORTED
    assert frame["value_at_risk"].tolist() == pytest.approx([row["value_at_risk"] for row in found])
    assert (
        len(call("export", "risk", "--as-of", "2013-02-28", DATABASE_URL=own_filled_url).stdout.split("\n"))
        == 2
    )
    json_book = weights('{"AAPL": 0.6, "CASH": 0.4}', "book.json")
    same = call("simulate-risk", "--weights", json_book, *chosen, "--json", DATABASE_URL=own_filled_url)
    assert json.loads(same.stdout) == found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("AAPL,0.5\nIBM,0.2\n", "add up to 0.7"),
        ("AAPL,0.5\nZZZ,0.5\n", "ZZZ"),
        ("AAPL,nan\nIBM,1\n", "entry 1"),
        ("AAPL,1e999\n", "entry 1"),
        ("AAPL;1\n", "line 1"),
        ("AAPL,1,2\n", "3 fields"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
        ('"AAPL,1\n', "no CSV"),
        ("", "0 positions"),
        ('{"AAPL": 0.5, "AAPL": 0.5}', "twice"),
        ('{"AAPL": {"x": 1}}', "entry 1"),
        ('{"AAPL": true}', "entry 1"),
        ('{"AAPL"', "no JSON"),
        ("{" * 100_000, "no JSON"),
        ("A" * 1_100_000, "bytes"),
    ],
)
def test_a_bad_file_is_one_clear_line_and_no_run(call, filled_url, weights, content, words):
    done = call("simulate-risk", "--weights", weights(content), DATABASE_URL=filled_url)
    assert words in one_error(done, 2)
    runs = call("jobs", "list", "--json", DATABASE_URL=filled_url)
    assert "simulate_risk" not in runs.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--paths", "999"),
        ("--paths", "1000001"),
        ("--horizon", "253"),
        ("--method", "magic"),
        ("--seed", "-1"),
    ],
)
def test_bad_usage(call, filled_url, arguments):
    one_error(call("simulate-risk", *arguments, DATABASE_URL=filled_url), 2)


def test_risk_is_not_that_of_a_symbol(call, filled_url):
    assert "whole books" in one_error(call("export", "risk", "--symbol", "IBM", DATABASE_URL=filled_url), 2)
