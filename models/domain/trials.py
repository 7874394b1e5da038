"""What was tried, and what an audit looked at."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np


class TrialKind(StrEnum):
    """How a configuration was tried."""

    WALK_FORWARD = "walk_forward"
    PROTOCOL = "protocol"


@dataclass(frozen=True)
class Trial:
    """A configuration that was tried on some data.

    ``configuration`` holds all that somebody chose: the model and its settings, labels, features, splits, the
    provider and source of the data. Not in it: seeds, and the newest session, so that a rerun is no new
    trial. ``data_snapshot`` and ``code_version`` tell with what the newest run can be repeated.
    """

    kind: TrialKind
    model: str
    configuration: Mapping[str, Any]
    data_snapshot: str
    code_version: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of kind, model and configuration, the same whatever the order of the settings."""
        content = {"kind": self.kind.value, "model": self.model, "configuration": dict(self.configuration)}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class TrialReturns:
    """Net returns of a trial's book: datetime64[D] and float64, shape (n_sessions,)."""

    sessions: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class AuditCheck:
    """One line of an audit: what was looked for, whether all is well, and what was seen."""

    name: str
    passed: bool
    detail: str
