"""Which models keep their files: those that serve or may have to, and the newest."""

from collections import defaultdict
from pathlib import Path

from models.domain.registry import ModelRecord, serving_order
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import UnitOfWorkFactory

_N_SERVING = 5  # the first of the serving order: who falls back that often has other worries
_N_NEWEST = 10


def drop_unused_files(open_work: UnitOfWorkFactory, data_dir: Path) -> int:
    """Delete the files of models that neither serve, nor would soon, nor are new; return how many.

    Folders that this database does not know stay: another one may share DATA_DIR.
    """
    with open_work() as work:
        models = work.models.all()
    by_dataset: dict[int, list[ModelRecord]] = defaultdict(list)
    for one in models:
        by_dataset[one.trained.dataset_id].append(one)
    kept = {
        one.trained.content_hash
        for members in by_dataset.values()
        for one in (*serving_order(members)[:_N_SERVING], *members[:_N_NEWEST])
    }
    return ArtifactStore(data_dir).drop({one.trained.content_hash for one in models} - kept)
