"""What an administrator decides about models."""

from pathlib import Path

from sqlalchemy import Engine

from models.domain.errors import DamagedArtifactError, InvalidRequestError, NotYetComputedError
from models.domain.registry import ModelAction, ModelDecision, ModelRecord
from models.domain.users import Role
from services.commands.access import require_role
from services.ml.registry_decisions import decide_by_gate, roll_back
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import Clock
from services.storage.unit_of_work import SqlUnitOfWork


class ModelCommands:
    """The commands on models; all need the role admin and are written to the audit log."""

    def __init__(self, engine: Engine, clock: Clock, data_dir: Path) -> None:
        self._engine = engine
        self._clock = clock
        self._store = ArtifactStore(data_dir)

    def promote(self, model_id: int, *, force: bool = False, address: str = "") -> ModelDecision:
        """Put a model through the promotion gate and return what came of it, a refusal too.

        Stored signals stay as they are: a promoted model counts from the next session that it scores.

        Parameters
        ----------
        model_id : int
        force : bool
            Promote it although the gate refuses it; both are recorded.
        address : str
            Where the request came from, for the audit log.

        Raises
        ------
        NotAllowedError
            If whoever asks lacks the role admin.
        InvalidRequestError
            If there is no such model, it is the champion, was never judged, or its files do not hold.
        DatabaseUnavailableError
            While there is no database.
        """
        actor, now = require_role(Role.ADMIN), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            record = work.models.get(model_id)
            if record is None:
                raise InvalidRequestError(
                    f"There is no model {model_id}: `models list` shows those there are"
                )
            self._check_files(record)
            decision = decide_by_gate(work, record, now, actor=actor.username, force=force)
            work.audit.add(now, actor.username, f"model_{decision.action.value}", str(model_id), address)
            work.touch("models")
            work.commit()
        return decision

    def roll_back(self, address: str = "") -> tuple[ModelRecord, ModelRecord | None]:
        """Take the active dataset's champion out of use and restore the one before it; return both.

        Raises
        ------
        NotAllowedError
            If whoever asks lacks the role admin.
        NotYetComputedError
            If there is no dataset.
        InvalidRequestError
            If it has no champion.
        DatabaseUnavailableError
            While there is no database.
        """
        actor, now = require_role(Role.ADMIN), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            status = work.datasets.active()
            if status is None or status.dataset.id is None:
                raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
            gone, restored = roll_back(work, status.dataset.id, actor.username, now)
            work.audit.add(now, actor.username, f"model_{ModelAction.ROLLBACK.value}", str(gone.id), address)
            work.touch("models")
            work.commit()
        return gone, restored

    def _check_files(self, record: ModelRecord) -> None:
        try:
            self._store.read(record.trained.content_hash)
        except DamagedArtifactError as error:
            raise InvalidRequestError(
                f"Model {record.id} ({record.name}) cannot serve: {error}. Train it again; nothing changed"
            ) from error
