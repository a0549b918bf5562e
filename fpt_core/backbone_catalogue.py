"""Which backbone weights are on this machine; nothing is downloaded, torch is not needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from fpt_core.config import DEFAULT_BACKBONE
from fpt_core.errors import WeightsError

WEIGHTS_DIR_VARIABLE = "FPT_WEIGHTS_DIR"
RANDOM_BACKBONE = "vit_tiny_patch16_224"
"""The architecture that stands in, with random weights, where none are found."""

_SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """Pretrained weights on this machine."""

    name: str
    """timm's name of the architecture, with the pretraining tag where the file has it."""
    path: Path


def models_dir() -> Path:
    """The folder in which this user's backbones are kept."""
    return Path(platformdirs.user_data_dir("FPT Studio", appauthor=False)) / "models"


def weights_dirs() -> tuple[Path, ...]:
    """Folders searched for ``<architecture>.safetensors``, in order."""
    given = os.environ.get(WEIGHTS_DIR_VARIABLE, "")
    return (*(Path(folder) for folder in given.split(os.pathsep) if folder), models_dir())


def find_weights() -> tuple[FoundWeights, ...]:
    """Weights in the folders and in the hub's local cache; the best choice first."""
    found: dict[str, FoundWeights] = {}
    for weights in (*_in_folders(), *_in_hub_cache()):
        found.setdefault(weights.name, weights)
    return tuple(sorted(found.values(), key=_preference))


def choose(name: str | None) -> FoundWeights | None:
    """The weights for backbone ``name``, or the best there are; ``None`` where there are none.

    A file named after the architecture alone serves every pretraining tag of it.
    """
    found = find_weights()
    if name is None:
        return found[0] if found else None
    wanted = [name, name.split(".")[0]]
    matches = [weights for weights in found if weights.name in wanted]
    matches += [weights for weights in found if weights.name.split(".")[0] == name]
    return matches[0] if matches else None


def missing_weights_error(name: str | None) -> WeightsError:
    """Tell which weights are missing and how to get them."""
    wanted = name or DEFAULT_BACKBONE
    return WeightsError(
        f"No pretrained weights for {wanted} were found on this machine.",
        f"Put {wanted.split('.')[0]}.safetensors into {models_dir()} or a folder named in "
        f"{WEIGHTS_DIR_VARIABLE}, or give a weights file.",
    )


def _preference(weights: FoundWeights) -> tuple[bool, int, str]:
    return (weights.name != DEFAULT_BACKBONE, -weights.path.stat().st_size, weights.name)


def _in_folders() -> Iterator[FoundWeights]:
    for folder in weights_dirs():
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.suffix in _SUFFIXES and path.is_file():
                    yield FoundWeights(path.stem, path)


def _in_hub_cache() -> Iterator[FoundWeights]:
    cache = os.environ.get("HF_HUB_CACHE") or os.path.join(
        os.environ.get("HF_HOME", os.path.expanduser("~/.cache/huggingface")), "hub"
    )
    for path in sorted(Path(cache).glob("models--timm--*/snapshots/*/model.safetensors")):
        yield FoundWeights(path.parents[2].name.removeprefix("models--timm--"), path)
