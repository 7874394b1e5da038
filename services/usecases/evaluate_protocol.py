"""Run a published benchmark on a file of prices."""

from pathlib import Path

from models.domain.errors import InvalidMarketDataError
from models.domain.protocols import Protocol
from models.domain.settings import Settings
from services.ml.catalogue import make_classifier
from services.ml.price_ratios import protocol_samples
from services.ml.protocol_evaluation import ProtocolEvaluation, evaluate_on_protocol
from services.ports import Clock, Progress
from services.providers.files import FilesProvider


def evaluate_protocol(
    protocol: Protocol, prices: Path, model: str, n_seeds: int, clock: Clock, progress: Progress
) -> ProtocolEvaluation:
    """Read the prices, make the protocol's samples, train and judge.

    Parameters
    ----------
    protocol : Protocol
    prices : Path
        CSV or Parquet with symbol, date, open, high, low, close, adj_close, volume.
    model : str
        Name in ``services.ml.catalogue``.
    n_seeds : int
        Trainings, from seed 0 up.
    clock, progress
        The world.

    Raises
    ------
    InvalidMarketDataError
        If the file cannot be used.
    InvalidRequestError
        If there is no such model.
    InsufficientHistoryError
        If the file lacks the protocol's sessions.
    """
    classifier = make_classifier(model, protocol.window_sessions)
    progress(0, n_seeds, "reading prices")
    provider = FilesProvider(Settings(data_path=(prices,)), clock)
    bars = provider.fetch(progress).bars
    if bars["adj_close"].isna().all():
        raise InvalidMarketDataError(f"{prices}: has no column adj_close, which protocols go by; add it")
    return evaluate_on_protocol(protocol_samples(bars, protocol), protocol, classifier, n_seeds, progress)
