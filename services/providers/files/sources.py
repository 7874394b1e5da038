"""Which files DATA_PATH means."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.domain.errors import InvalidMarketDataError

_TEXT = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".pq")
_COMPRESSED = tuple(ending + ".gz" for ending in _TEXT)
# A day in a file's name: 20150820, 2015-08-20, 2015_08_20.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
_BLOCK_BYTES = 1 << 20
ENDINGS = (*_TEXT, *_COMPRESSED, *_PARQUET)


@dataclass(frozen=True)
class SourceFile:
    """A file and what messages call it: its name, below the folder that DATA_PATH names.

    ``named`` is false where only its folder is named.
    """

    path: Path
    shown: str
    named: bool = True

    @property
    def is_parquet(self) -> bool:
        """Whether its name says Parquet."""
        return self.path.name.lower().endswith(_PARQUET)

    @property
    def stem(self) -> str:
        """Its name without the ending."""
        name = self.path.name
        found = max((end for end in ENDINGS if name.lower().endswith(end)), key=len, default="")
        return name[: len(name) - len(found)]

    @property
    def feed(self) -> str | None:
        """What it shares with the other instalments of a feed: its path but for the first date in it.

        None where neither its name nor a folder below the one that DATA_PATH names has a date.
        """
        name, n_dates = _DATE.subn("*", self.shown, count=1)
        return str(self.path).removesuffix(self.shown) + name if n_dates else None


def find_files(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Return the data files of DATA_PATH: files as named, folders with all below them, each once, sorted.

    Hidden files and folders are passed over; links are followed, and a folder is entered once.

    Raises
    ------
    InvalidMarketDataError
        With a line for every path that is missing, unreadable or without data files.
    """
    if not paths:
        raise InvalidMarketDataError(
            "DATA_PROVIDER=files needs DATA_PATH: one or more files or folders, separated by commas"
        )
    found: dict[Path, SourceFile] = {}
    problems: list[str] = []
    for path in paths:
        try:
            for source in _files_of(path):
                found.setdefault(source.path.resolve(), source)
        except InvalidMarketDataError as error:
            problems.append(str(error))
        except (OSError, RuntimeError) as error:
            problems.append(_unreadable(path, error))
    if problems:
        raise InvalidMarketDataError("\n".join(problems))
    return tuple(sorted(found.values(), key=lambda source: str(source.path)))


def fingerprint(paths: Sequence[Path], benchmark: str | None) -> str:
    """Return a hash of the source's address: the resolved paths of DATA_PATH, and BENCHMARK.

    Not of the content: the same files with a day more are the same dataset, which gets the new rows and
    keeps versions of changed ones. ``Dataset`` allows either.
    """
    address = sorted({os.path.realpath(path) for path in paths})
    return hashlib.sha256("\0".join([*address, "", benchmark or ""]).encode()).hexdigest()


def content_digest(files: Sequence[SourceFile], chosen: str) -> str:
    """Return a hash of the names and contents of files, and of ``chosen``: the settings they are read under.

    Raises
    ------
    InvalidMarketDataError
        If a file cannot be read.
    """
    whole = hashlib.sha256(chosen.encode())
    for source in files:
        try:
            content = _digest_of(source)
        except OSError as error:
            raise InvalidMarketDataError(_unreadable(source.path, error)) from error
        whole.update(f"\0{source.path}\0{source.shown}\0{content}".encode())
    return whole.hexdigest()


def _digest_of(source: SourceFile) -> str:
    content = hashlib.sha256()
    with source.path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            content.update(block)
            has_lines = source.is_parquet or len(block) < _BLOCK_BYTES or b"\n" in block or b"\r" in block
            if not has_lines:
                break  # such a text is refused when it is read: its rest, gigabytes perhaps, needs no look
    return content.hexdigest()


def _files_of(path: Path) -> Iterator[SourceFile]:
    if not path.exists():
        raise InvalidMarketDataError(f"DATA_PATH={path}: there is no such file or folder; correct the path")
    if path.is_file():
        yield SourceFile(path, path.name)
        return
    if not path.is_dir():
        raise InvalidMarketDataError(f"DATA_PATH={path}: is neither a file nor a folder; name one of them")
    found = sorted(_walk(path, set()))
    if not found:
        raise InvalidMarketDataError(
            f"DATA_PATH={path}: the folder holds no data files; expected names ending in {', '.join(ENDINGS)}"
        )
    for file in found:
        yield SourceFile(file, str(file.relative_to(path)), named=False)


def _walk(folder: Path, entered: set[Path]) -> Iterator[Path]:
    """Yield the data files below a folder; a link back to a folder above ends there."""
    real = folder.resolve()
    if real in entered:
        return
    entered.add(real)
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, entered)
        elif entry.name.lower().endswith(ENDINGS):
            if not entry.exists():
                raise InvalidMarketDataError(f"{entry}: is a link that leads nowhere; remove or mend it")
            yield entry


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        place = error.filename or path
        return f"{place}: may not be read by this user; change its permissions (chmod +r)"
    return f"{path}: cannot be read ({error}); check for links that lead in a circle"
