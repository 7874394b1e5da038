"""The sample with a small model of trees, ready to be explained."""

import pytest

from models.domain.explanations import SignalRequest
from models.domain.registry import ModelAction
from services.usecases.explain_signals import explain_signals
from services.usecases.explain_symbol import explain_symbol
from tests.integration.inference import conftest as inference
from tests.integration.scoring.conftest import no_progress

# The fixtures of the model's inference, under their own names.
prepared, desk, own_files = inference.prepared, inference.desk, inference.own_files


class Explaining:
    """What is asked of an inference desk here."""

    def __init__(self, desk):
        self.desk = desk
        with desk.work() as work:
            self.dataset_id = work.datasets.active().dataset.id

    def all(self):
        return explain_signals(self.desk.work, self.desk.data_dir, self.desk.clock, no_progress)

    def one(self, symbol, **asked):
        request = SignalRequest.of({"symbol": symbol, **asked})
        return explain_symbol(self.desk.work, self.desk.data_dir, self.desk.clock, no_progress, request)

    def stored(self, model_id, day):
        with self.desk.work() as work:
            return work.explanations.of_session(self.dataset_id, model_id, day)

    def summaries(self, model_id, kind):
        with self.desk.work() as work:
            return work.explanations.summaries(self.dataset_id, model_id, kind)

    def delete_bars(self, symbol, *days):
        with self.desk.engine.begin() as connection:
            for day in days:
                connection.exec_driver_sql(
                    "DELETE FROM bars USING instruments "
                    "WHERE id = instrument_id AND symbol = %s AND session = %s",
                    (symbol, day),
                )


@pytest.fixture
def explaining(desk):
    return Explaining(desk)


@pytest.fixture
def champion(desk):
    return desk.register(0, ModelAction.PROMOTE)
