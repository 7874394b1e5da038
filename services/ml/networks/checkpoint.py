"""The state of a training after its last epoch, in one file, so that a killed one goes on from there."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from models.domain.networks import EpochResult

_BROKEN = (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError)


@dataclass(frozen=True)
class Checkpoint:
    """A file that belongs to one training: its configuration, its data and its seed.

    Only on a CPU does the training go on bit for bit as if nothing had happened.
    """

    path: Path

    def save(
        self,
        network: nn.Module,
        best: dict[str, Tensor],
        optimiser: torch.optim.Optimizer,
        generator: torch.Generator,
        curve: Sequence[EpochResult],
    ) -> None:
        """Write the state after an epoch over the one before."""
        tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in best.items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
        tensors |= {"generator": generator.get_state(), "global_generator": torch.get_rng_state()}
        content = save(
            {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()},
            {"curve": json.dumps([asdict(epoch) for epoch in curve])},
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(self.path)

    def restore(
        self, network: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator
    ) -> tuple[dict[str, Tensor], list[EpochResult]] | None:
        """Put everything back as it was; None, and nothing done, where there is no whole file.

        Returns
        -------
        best : dict of Tensor
            Weights of the best epoch.
        curve : list of EpochResult
            Of the epochs that are done.
        """
        try:
            with safe_open(self.path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                curve = [EpochResult(**entry) for entry in json.loads(file.metadata()["curve"])]
            best = _part(tensors, "best.")
            _require_same_shapes(network, _part(tensors, "network."), best)
            state: dict[int, dict[str, Tensor]] = {}
            for name, value in _part(tensors, "optimiser.").items():
                number, kind = name.split(".")
                state.setdefault(int(number), {})[kind] = value
            network.load_state_dict(_part(tensors, "network."))
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": state, "param_groups": groups})
            generator.set_state(tensors["generator"])
            torch.set_rng_state(tensors["global_generator"])
        except _BROKEN:
            return None
        return best, curve


def _require_same_shapes(network: nn.Module, *states: dict[str, Tensor]) -> None:
    """Refuse the state of another network before anything of it is put in place."""
    own = {name: value.shape for name, value in network.state_dict().items()}
    if any({name: value.shape for name, value in state.items()} != own for state in states):
        raise ValueError("a checkpoint of another network")


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
