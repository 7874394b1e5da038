"""ACL18 as published: exactly its samples."""

import json

import pytest
from click.testing import CliRunner

from app.cli.evaluation import evaluate
from tests.unit.ml.test_protocols import ACL18


@pytest.mark.slow
def test_the_protocol_has_exactly_its_published_instances(real_data):
    prices = real_data / "acl18/price_raw.parquet"
    arguments = [str(ACL18), "--data", str(prices), "--model", "lightgbm", "--seeds", "2", "--json"]
    found = json.loads(CliRunner().invoke(evaluate, arguments, catch_exceptions=False).stdout)
    assert (found["n_train"], found["n_validation"], found["n_test"]) == (20_315, 2_555, 3_720)
    assert len(found["accuracy"]["by_seed"]) == 2
    # Far above what is published would be a leak, far below a mistake.
    assert 0.50 < found["accuracy"]["mean"] < 0.57
    assert found["accuracy"]["low"] < found["accuracy"]["mean"] < found["accuracy"]["high"]
