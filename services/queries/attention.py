"""What a model looks at over the universe, and what it relies on: the reads of the attention page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Engine

from models.domain.errors import NotYetComputedError, UnknownSymbolError
from models.domain.explanation_views import (
    AttentionOverview,
    AttentionRequest,
    ImportanceReport,
    ModelStamp,
    SymbolPrices,
)
from models.domain.explanations import DeletionTest, GlobalImportance, PermutationImportance, Stability
from models.domain.feed import NO_SECTOR, Activity
from models.domain.market import DatasetStatus
from models.domain.registry import ModelRecord
from services.ports import Clock
from services.quant.features.registry import METADATA
from services.queries.activity import read_activity
from services.queries.freshness import describe_staleness
from services.queries.model_stamps import serving_model, stamp_of
from services.queries.shown_dataset import dataset_id_of, session_to_show, shown_dataset
from services.storage.unit_of_work import SqlUnitOfWork

_NEWEST_WITHIN = timedelta(days=14)  # older windows are no longer the newest of a symbol that trades
_HISTORY_POINTS = 60  # evenings that "over time" goes back


class AttentionQueries:
    """Reads for the attention page; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def overview(self, request: AttentionRequest) -> AttentionOverview:
        """Return the newest window of every symbol.

        Raises
        ------
        NotYetComputedError
            If there are no prices, no models, or no explanations of that model and session; it says which
            and what computes them.
        InvalidRequestError
            If there is no such day.
        UnknownSymbolError
            If there is no such model.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            session = session_to_show(status, request.as_of)
            models, model = _models(work, dataset_id, request.model_id)
            lines, computed_at = work.explanations.newest_attention(
                dataset_id, model.id, session - _NEWEST_WITHIN, session
            )
            if not lines:
                newest = work.explanations.explained_models(dataset_id).get(model.id)
                raise NotYetComputedError(_nothing(model, session, newest))
            instruments = work.datasets.instruments(dataset_id)
            members = set(instruments.loc[instruments["in_universe"], "symbol"])
            deletion = next(iter(work.explanations.summaries(dataset_id, model.id, DeletionTest)), None)
        lines = tuple(replace(line, sector=line.sector or NO_SECTOR) for line in lines)
        shown = max(line.session for line in lines)
        return AttentionOverview(
            status=status,
            session=shown,
            model=model,
            models=models,
            lines=lines,
            n_without=len(members - {line.symbol for line in lines}),
            deletion=deletion,
            computed_at=computed_at,
            is_newest=session == status.last_session,
        )

    def prices(self, symbol: str, first: date, last: date) -> SymbolPrices:
        """Return a symbol's bars from one session to another, adjusted as of the last.

        Raises
        ------
        UnknownSymbolError
            If there are none.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            panel = work.bars.panel(
                dataset_id_of(status), symbols=[symbol], from_session=first, to_session=last
            )
        if panel.n_rows == 0:
            raise UnknownSymbolError(f"No bars of {symbol[:32]!r} from {first} to {last}")
        price = panel.gross_growth / panel.gross_growth[-1]
        shares = panel.share_growth[-1] / panel.share_growth
        return SymbolPrices(
            session=panel.session,
            open=panel.open * price,
            high=panel.high * price,
            low=panel.low * price,
            close=panel.close * price,
            volume=panel.volume * shares,
        )

    def importance(self, request: AttentionRequest) -> ImportanceReport:
        """Return what a model relies on; the same errors as ``overview``."""
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            session = session_to_show(status, request.as_of)
            models, model = _models(work, dataset_id, request.model_id)
            stored = work.explanations.summaries(dataset_id, model.id, GlobalImportance, _HISTORY_POINTS)
            known = [one for one in stored if one.session <= session]
            if not known:
                newest = stored[0].session if stored else None
                raise NotYetComputedError(_nothing(model, session, newest))
            permutation = work.explanations.summaries(dataset_id, model.id, PermutationImportance)
            stability = work.explanations.summaries(dataset_id, model.id, Stability)
        return ImportanceReport(
            status=status,
            model=model,
            models=models,
            newest=known[0],
            history=tuple(_without_points(one) for one in reversed(known)),
            permutation=next(iter(permutation), None),
            stability=next(iter(stability), None),
            titles={name: about.title for name, about in METADATA.items()},
            families={name: about.family for name, about in METADATA.items()},
        )

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now, empty where they are not."""
        return describe_staleness(status, self._clock.now())

    def activity(self) -> Activity:
        """Return what the worker does now.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            return read_activity(work, self._clock)


def _models(
    work: SqlUnitOfWork, dataset_id: int, model_id: int | None
) -> tuple[tuple[ModelStamp, ...], ModelStamp]:
    """Return the models to choose from, and the one that is asked for."""
    records = work.models.all(dataset_id)
    if not records:
        raise NotYetComputedError("No model has been trained yet. `python -m app train` trains the first.")
    serving = serving_model(records)
    explained = work.explanations.explained_models(dataset_id)
    offered = [one for one in records if one.id in explained or one is serving]
    offered.sort(key=lambda one: one is not serving)
    return tuple(stamp_of(one) for one in offered), stamp_of(_chosen(records, offered, model_id))


def _chosen(
    records: Sequence[ModelRecord], offered: Sequence[ModelRecord], model_id: int | None
) -> ModelRecord:
    if model_id is None:
        if not offered:
            raise NotYetComputedError(
                "No model can score now: each was refused, rolled back or is damaged. "
                "The Models page says why."
            )
        return offered[0]
    found = next((one for one in records if one.id == model_id), None)
    if found is None:
        raise UnknownSymbolError(f"There is no model {model_id} of these data: choose another")
    return found


def _nothing(model: ModelStamp, session: date, newest: date | None) -> str:
    if newest is not None and newest > session:
        return f"{model.words} has explained no signal up to {session}; its newest ones are of {newest}."
    return (
        f"{model.words} has explained no signal of {session} yet. The worker explains after each scoring; "
        "a look at a symbol's panel asks for that one at once."
    )


def _without_points(one: GlobalImportance) -> GlobalImportance:
    return replace(one, point_features=(), point_symbols=(), point_percentiles=(), point_attributions=())
