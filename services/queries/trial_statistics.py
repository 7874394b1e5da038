"""What all trials of the dataset say together: each one's Sharpe ratio, deflated, and the search itself."""

from sqlalchemy import Engine

from models.domain.trials import TrialStatistics
from services.quant.judging.trial_statistics import trial_statistics
from services.storage.unit_of_work import SqlUnitOfWork


class LedgerStatistics:
    """The ledger, judged as a whole."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_active_dataset(self) -> TrialStatistics | None:
        """Return the statistics of all trials on the active dataset, None before the first.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            status = work.datasets.active()
            if status is None or status.dataset.id is None:
                return None
            number = status.dataset.id
            n_trials = work.trials.count(number)
            return trial_statistics(work.trials.returns(number), n_trials) if n_trials else None
