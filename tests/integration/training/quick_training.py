"""A training in a process of its own, to be killed; its arguments: the database, DATA_DIR."""

import sys
from pathlib import Path

from app.bootstrap import CLOCK
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.train_models import train_models
from tests.integration.training.test_train_models import QUICK, no_progress

if __name__ == "__main__":
    engine = open_engine(sys.argv[1])
    train_models(lambda: SqlUnitOfWork(engine), Path(sys.argv[2]), CLOCK, no_progress, QUICK)
