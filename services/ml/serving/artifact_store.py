"""Files of trained models: a folder each, named by the hash of its manifest, written whole or not at all."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.domain.errors import DamagedArtifactError, OperatorError

_MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_ABANDONED_SECONDS = 3600


@dataclass(frozen=True)
class Artifact:
    """A model's files as they were written. ``about``: what its manifest says beside their hashes."""

    content_hash: str
    about: Mapping[str, Any]
    files: Mapping[str, bytes]


class ArtifactStore:
    """Models below one DATA_DIR."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "models"

    def write(self, files: Mapping[str, bytes], about: Mapping[str, Any]) -> str:
        """Store a model and return its content hash; the same content again changes nothing.

        Raises
        ------
        OperatorError
            If it cannot be written; nothing half-done is left then.
        """
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        manifest = json.dumps({"about": about, "sha256": hashes}, sort_keys=True, indent=1).encode()
        content_hash = hashlib.sha256(manifest).hexdigest()
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            if not self._is_sound(content_hash):
                self._put(content_hash, {**files, _MANIFEST: manifest})
        except OSError as error:
            raise OperatorError(
                f"The trained model cannot be written to {self._root} ({error.strerror or error}): "
                "free space there and train again; its finished folds are kept"
            ) from error
        return content_hash

    def read(self, content_hash: str) -> Artifact:
        """Return a model's files, every one checked against its hash.

        Raises
        ------
        DamagedArtifactError
            If one is missing or another one than was written; it says which.
        """
        folder = self._root / content_hash
        manifest = _bytes_of(folder / _MANIFEST)
        if hashlib.sha256(manifest).hexdigest() != content_hash:
            raise DamagedArtifactError(f"{_MANIFEST} is not the one that was written")
        found = json.loads(manifest)
        files = {}
        for name, expected in found["sha256"].items():
            files[name] = _bytes_of(folder / name)
            if hashlib.sha256(files[name]).hexdigest() != expected:
                raise DamagedArtifactError(f"{name} is not the one that was written")
        return Artifact(content_hash, found["about"], files)

    def drop(self, content_hashes: Collection[str]) -> int:
        """Delete models, and what killed processes left unfinished; return how many models went.

        A reader that opens one at this moment finds files missing, and takes the next model.
        """
        n_dropped = 0
        for content_hash in content_hashes:
            folder = self._root / content_hash
            if folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)
                n_dropped += 1
        for path in self._root.glob(f"{_UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
        return n_dropped

    def _is_sound(self, content_hash: str) -> bool:
        try:
            self.read(content_hash)
        except DamagedArtifactError:
            return False
        return True

    def _put(self, content_hash: str, files: Mapping[str, bytes]) -> None:
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        try:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            folder.chmod(0o755)
            place = self._root / content_hash
            if place.exists():  # damaged: out of the way, since a folder does not replace one that has files
                place.rename(self._root / f"{_UNFINISHED}{folder.name[len(_UNFINISHED) :]}-damaged")
            folder.rename(place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DamagedArtifactError(f"{path.name} is missing") from error
    except OSError as error:
        raise DamagedArtifactError(f"{path.name} cannot be read ({error.strerror or error})") from error
