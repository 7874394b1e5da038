"""Errors by who must act: the user, the operator, or nobody (retried)."""


class GlassboxError(Exception):
    """Base of every error that the application raises on purpose.

    The message names the value that is wrong and what to do about it.
    """


class UserError(GlassboxError):
    """What was asked for cannot be done; whoever asked can ask differently."""


class OperatorError(GlassboxError):
    """The installation is at fault; whoever runs it must mend it."""


class TransientError(GlassboxError):
    """A fault outside that passes; the caller retries."""


class InvalidSettingsError(OperatorError):
    """One or more settings are wrong; ``problems`` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class DatabaseUnavailableError(OperatorError):
    """PostgreSQL cannot be started or reached."""


class DatabaseFullError(DatabaseUnavailableError):
    """The disk that PostgreSQL writes to is full: what is stored can be read, nothing can be added."""


class DamagedArtifactError(OperatorError):
    """The files of a trained model are missing, or not what they were when it was trained."""


class InvalidMarketDataError(UserError):
    """A provider's data break their contract; nothing of them was stored."""


class ProviderUnavailableError(TransientError):
    """A provider could not be asked, or gave nothing at all; what is stored of it stays."""


class UnknownSymbolError(UserError):
    """No instrument of that name is in the dataset."""


class NotYetComputedError(UserError):
    """A result that a job will compute is not there yet."""


class InsufficientHistoryError(UserError):
    """There are too few observations for what was asked."""


class InvalidRequestError(UserError):
    """A form field, parameter or command argument does not hold."""


class PrunedHistoryError(InvalidRequestError):
    """What was known so long ago is deleted by now; later moments can be told."""


class JobAlreadyRunningError(UserError):
    """The same job is being run by another process."""


class FencedError(TransientError):
    """Another process has taken over this run; what this one was writing is discarded."""


class JobCancelledError(GlassboxError):
    """Somebody asked for the run to stop."""
