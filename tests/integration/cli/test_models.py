"""``models``, ``infer`` and ``export models``: who serves, who decides, and what is refused."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from services.ml.serving.artifact_store import ArtifactStore
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from tests.integration.cli.conftest import one_error
from tests.registry_records import CLEAN, evaluation, new_model

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
COLUMNS = [
    "id",
    "name",
    "status",
    "trained_at",
    "train_from",
    "train_to",
    "trial",
    "accuracy",
    "mcc",
    "brier",
]


@pytest.fixture
def url(own_filled_url):
    return own_filled_url


@pytest.fixture
def register(url, tmp_path):
    """Enter models that were judged, and whose files stand in DATA_DIR; return their numbers."""

    def enter(*names, judged=True):
        engine = open_engine(url)
        numbers = []
        with SqlUnitOfWork(engine) as work:
            dataset_id = work.datasets.active().dataset.id
            for name in names:
                content = ArtifactStore(tmp_path).write({"model.txt": name.encode()}, {"name": name})
                numbers.append(work.models.register(new_model(dataset_id, name=name, content_hash=content)))
                if judged:
                    audit = work.trials.add_audit(
                        CLEAN, dataset_id=dataset_id, trial_id=None, code_version="c", now=NOW
                    )
                    work.models.judge(numbers[-1], evaluation(low=-0.01), None, audit)
            work.commit()
        engine.dispose()
        return numbers

    return enter


@pytest.fixture
def ask(call, url, tmp_path):
    def run(*arguments):
        return call(*arguments, DATABASE_URL=url, DATA_DIR=str(tmp_path))

    return run


def test_before_any_training_everything_says_so(ask):
    assert ask("models", "list").stdout.startswith("No model has been trained on this dataset")
    found = json.loads(ask("infer", "--json").stdout)
    assert {name: found[name] for name in ("symbols", "rows_written", "quarantined", "flagged")} == {
        "symbols": 0, "rows_written": 0, "quarantined": 0, "flagged": 0
    }  # fmt: skip
    exported = ask("export", "models").stdout
    assert exported.splitlines()[0].split(",")[:10] == COLUMNS
    assert len(exported.splitlines()) == 1


def test_a_refusal_has_its_reasons_and_status_1_and_force_is_written_down(ask, register):
    first, second = register("fast", "lightgbm")
    refused = ask("models", "promote", str(first))
    assert refused.returncode == 1
    assert "No edge found: the IC's one-sided 90 % lower bound is -0.0100" in refused.stdout
    forced = json.loads(ask("models", "promote", str(first), "--force", "--json").stdout)
    assert forced["action"] == "force"
    assert ask("models", "promote", str(second), "--force").returncode == 0
    listed = {one["id"]: one for one in json.loads(ask("models", "list", "--json").stdout)["models"]}
    assert (listed[first]["status"], listed[second]["status"]) == ("retired", "champion")
    assert listed[second]["is_forced"]
    back = json.loads(ask("models", "rollback", "--json").stdout)
    assert back == {"rolled_back": second, "champion": first}
    last = ask("models", "rollback")
    assert last.stdout == f"Model {first} (fast) is no champion any more; no model is the champion now.\n"
    assert "There is no champion to roll back" in one_error(ask("models", "rollback"), 2)


def test_what_cannot_be_promoted_says_why(ask, register, tmp_path):
    assert "There is no model 99" in one_error(ask("models", "promote", "99"), 2)
    (never,) = register("fast", judged=False)
    assert "never judged, so not even force" in one_error(ask("models", "promote", str(never), "--force"), 2)
    (gone,) = register("lightgbm")
    for path in (tmp_path / "models").glob("*/model.txt"):
        path.unlink()
    said = one_error(ask("models", "promote", str(gone), "--force"), 2)
    assert "cannot serve: model.txt is missing. Train it again; nothing changed" in said


def test_models_are_exported_with_their_periods(ask, register, tmp_path):
    (number,) = register("fast")
    path = tmp_path / "models.csv"
    path.write_text(ask("export", "models").stdout)
    (row,) = pd.read_csv(path).to_dict("records")
    assert (row["id"], row["name"], row["status"]) == (number, "fast", "candidate")
    assert (row["train_from"], row["train_to"], row["brier"]) == ("2001-05-29", "2013-02-14", 0.66)


@pytest.mark.parametrize("wrong", [("--window", "3"), ("--classes", "4"), ("--model", "oracle")])
def test_a_training_that_cannot_be_is_bad_usage(ask, wrong):
    one_error(ask("train", *wrong), 2)
