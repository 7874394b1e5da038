"""Where the cluster lives: in the data folder, or where the server's account can reach it."""

import hashlib
import os
import secrets
import stat
from pathlib import Path

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded.account import ServerAccount

_RECORD = "home"
_SHARED_PARENT = Path("/var/lib/glassbox")
_FALLBACK_PREFIX = "/var/tmp/glassbox-"  # noqa: S108  created by us alone and checked, see _make_ours


def recorded_home(state: Path) -> Path | None:
    """Read where an earlier start put the cluster; None before the first."""
    try:
        record = (state / _RECORD).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return state / record


def find_home(state: Path, account: ServerAccount) -> Path:
    """Give the cluster's folder, chosen once and recorded in ``state``.

    A choice made anew at each start would show an empty database after a mere change of permissions.

    Raises
    ------
    DatabaseUnavailableError
        If the recorded folder is gone or closed to the account, or none can be made.
    """
    home = recorded_home(state)
    if home is None:
        home = state if not account.is_other or account.can_use(state) else _make_root_place(state)
        write_atomically(state / _RECORD, "." if home == state else str(home))
        return home
    if not home.is_dir():
        raise DatabaseUnavailableError(
            f"The database was kept in {home}, which is gone: put it back, or delete {state / _RECORD} "
            "to begin with an empty database"
        )
    if home != state:
        _check_ours(home)
    elif account.is_other and not account.can_use(home):
        raise DatabaseUnavailableError(
            f"User {account.name}, who runs PostgreSQL, can no longer reach {home}: let others pass through "
            "the folders above it again (chmod o+x)"
        )
    return home


def write_atomically(path: Path, text: str) -> None:
    """Write a file that only its owner reads; after a crash it is there whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new-{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_root_place(home: Path) -> None:
    """Remove the emptied folder, and the one shared by all of them after the last."""
    home.rmdir()
    if home.parent == _SHARED_PARENT and not any(_SHARED_PARENT.iterdir()):
        _SHARED_PARENT.rmdir()


def _make_root_place(state: Path) -> Path:
    # The token keeps a data folder that was deleted and made anew from finding its forerunner's cluster.
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    name = f"{digest}-{secrets.token_hex(4)}"
    problems = []
    for folders in ((_SHARED_PARENT, _SHARED_PARENT / name), (Path(f"{_FALLBACK_PREFIX}{name}"),)):
        try:
            for folder in folders:
                _make_ours(folder)
            return folders[-1]
        except (OSError, DatabaseUnavailableError) as error:
            problems.append(str(error))
    raise DatabaseUnavailableError(
        f"PostgreSQL does not run as root, and no folder for it can be made ({'; '.join(problems)}): run "
        "Glassbox as another user, let others pass through the folders above DATA_DIR (chmod o+x), or set "
        "DATABASE_URL to a PostgreSQL server"
    )


def _make_ours(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)  # whatever the umask
    except FileExistsError:
        pass
    _check_ours(folder)


def _check_ours(folder: Path) -> None:
    # In a world-writable folder someone else may have put a link or a folder of theirs under our name.
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise DatabaseUnavailableError(
            f"{folder} must be a folder, not a link, that belongs to user id {os.geteuid()} and that nobody "
            "else can write to: remove it or mend it (chown, chmod 755)"
        )
