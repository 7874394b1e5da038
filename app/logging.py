"""Logging to standard error and to a rotating file."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from pythonjsonlogger.json import JsonFormatter

from models.domain.settings import Settings

_CONSOLE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_JSON = "%(asctime)s %(levelname)s %(name)s %(message)s %(process)d"
_MAX_BYTES = 5_000_000
_QUIET = ("apscheduler", "alembic", "werkzeug", "gunicorn.access")


def configure_logging(settings: Settings, process: str) -> None:
    """Send records to standard error and to ``DATA_DIR/logs/<process>.log`` (five files of 5 MB)."""
    formatter: logging.Formatter = (
        JsonFormatter(_JSON) if settings.log_format == "json" else logging.Formatter(_CONSOLE)
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr), _file(settings.data_dir, process)]
    for handler in handlers:
        handler.setFormatter(formatter)
    logging.basicConfig(level=settings.log_level, handlers=handlers, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _LogFile(RotatingFileHandler):
    """A log whose disk may fill up: that is said once, and the records still reach standard error."""

    _is_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._is_told:
            self._is_told = True
            sys.stderr.write(
                f"The log {self.baseFilename} cannot be written ({error.strerror}): free space on its disk. "
                "Until then records stand here alone.\n"
            )


def _file(data_dir: Path, process: str) -> logging.Handler:
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return _LogFile(folder / f"{process}.log", maxBytes=_MAX_BYTES, backupCount=4, encoding="utf-8")
