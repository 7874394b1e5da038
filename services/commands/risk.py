"""What people ask of risk simulations: that one be run, that one of theirs be stopped."""

from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.jobs import JobName
from models.domain.risk_request import RiskRequest
from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, current_actor
from services.ports import Clock
from services.quant.risk.books import edited_book
from services.storage.unit_of_work import SqlUnitOfWork

_MOST_WAITING = 3  # simulations that one person may have waiting or running


def may_simulate() -> bool:
    """Whether whoever asks may have a simulation run: traders, administrators, and guests.

    Guests exist only where APP_ENV=dev serves a loopback address: whoever sits at that machine.
    """
    actor = current_actor()
    return actor is not None and (actor.guest or actor.role.includes(Role.TRADER))


def may_cancel(requested_by: str) -> bool:
    """Whether whoever asks may stop a simulation: their own, or any as an administrator."""
    actor = current_actor()
    return actor is not None and (actor.role.includes(Role.ADMIN) or requested_by == actor.username)


class RiskCommands:
    """The commands on risk simulations; all are written to the audit log."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def simulate(self, request: RiskRequest, address: str = "") -> int:
        """Queue a simulation; return its run. One that waits or runs already is not queued again.

        Parameters
        ----------
        request : RiskRequest
            Its book is checked before anything is written.
        address : str
            Where the request came from, for the audit log.

        Raises
        ------
        NotAllowedError
            If whoever asks may not.
        InvalidRequestError
            If the book cannot be, or too many of theirs wait already.
        UnknownSymbolError
            If a symbol of the book is not in the dataset.
        NotYetComputedError
            If there are no prices yet.
        DatabaseUnavailableError
            While there is no database.
        """
        actor, now = _simulating_actor(), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            _check_book(work, request)
            waiting = [run for run in work.jobs.active() if run.job is JobName.SIMULATE_RISK]
            parameters = request.to_parameters()
            same = next((run for run in waiting if run.parameters == parameters), None)
            if same is not None:
                return same.id
            if sum(run.requested_by == actor.username for run in waiting) >= _MOST_WAITING:
                raise InvalidRequestError(
                    f"{_MOST_WAITING} of your simulations wait already: cancel one, or wait for it"
                )
            run_id = work.jobs.enqueue(JobName.SIMULATE_RISK, now, actor.username, parameters)
            if run_id is None:
                raise InvalidRequestError("The same was asked for in the same instant: try again")
            work.audit.add(now, actor.username, "risk_simulate", str(run_id), address)
            work.touch("jobs")
            work.commit()
        return run_id

    def cancel_run(self, run_id: int, address: str = "") -> None:
        """Stop a simulation; nothing half-done is kept.

        Raises
        ------
        NotAllowedError
            If it is somebody else's and whoever asks is no administrator.
        InvalidRequestError
            If it neither waits nor runs (any more).
        DatabaseUnavailableError
            While there is no database.
        """
        actor, now = _simulating_actor(), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            run = next((each for each in work.jobs.active() if each.id == run_id), None)
            if run is None or run.job is not JobName.SIMULATE_RISK:
                raise InvalidRequestError(f"Run {run_id} is no simulation that waits or runs: it may be over")
            if not may_cancel(run.requested_by):
                raise NotAllowedError("This simulation is somebody else's: it takes the role admin.")
            work.jobs.request_cancel(run_id, now)
            work.audit.add(now, actor.username, "job_cancel", str(run_id), address)
            work.touch("jobs")
            work.commit()


def _simulating_actor() -> Actor:
    actor = current_actor()
    if actor is None or not may_simulate():
        raise NotAllowedError("This needs the role trader: sign in with an account that has it.")
    return actor


def _check_book(work: SqlUnitOfWork, request: RiskRequest) -> None:
    status = work.datasets.active()
    if status is None or status.last_session is None or status.dataset.id is None:
        raise NotYetComputedError("There are no prices yet: a book has nothing to be simulated from")
    if request.weights is None:
        return
    known = work.datasets.instruments(status.dataset.id)
    sectors = dict(zip(known["symbol"], known["sector"], strict=True))
    edited_book(request.weights, set(sectors), sectors, status.last_session)
