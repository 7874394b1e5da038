"""``python -m app explain``: the contract's JSON, lines for people, one clear sentence on what cannot be."""

import json
import os
import subprocess
import sys

import pytest

FEATURE = {"name", "value", "attribution"}
DAY = {"session", "attention", "attribution"}
WANTED = {"symbol", "session", "model_id", "shown_class", "method", "baseline", "output", "base_output"}


@pytest.fixture
def explain(desk, repository_root, champion):
    url = desk.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DATA_DIR": str(desk.data_dir),
        "DATA_PROVIDER": "sample",
    }

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "app", "explain", *arguments],
            cwd=repository_root, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.mark.slow
def test_what_it_prints(explain):
    found = json.loads(explain("AAPL", "--date", "2008-10-10", "--json").stdout)
    assert set(found) >= WANTED | {"additivity_error"}
    assert (found["symbol"], found["session"]) == ("AAPL", "2008-10-10")
    assert set(found["features"][0]) >= FEATURE
    assert set(found["days"][0]) >= DAY
    total = sum(one["attribution"] for one in found["features"])
    assert total == pytest.approx(found["output"] - found["base_output"], abs=1e-3)
    lines = explain("aapl").stdout
    assert "pushes" in lines
    assert "by family: " in lines
    refused = explain("NOPE")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "NOPE is not among the 6 symbols" in refused.stderr
