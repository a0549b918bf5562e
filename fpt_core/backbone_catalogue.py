"""Which backbone weights are on this machine; nothing is downloaded, torch is not needed.

They are looked for in this order: the folders named in ``FPT_WEIGHTS_DIR``, the models
folder, the hub's local cache, and last the small backbone that comes with the program.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

import platformdirs

from fpt_core.config import DEFAULT_BACKBONE
from fpt_core.errors import WeightsError

WEIGHTS_DIR_VARIABLE = "FPT_WEIGHTS_DIR"
BUILT_IN_BACKBONE = "vit_studio_patch16_224"
"""The small backbone in the box; ``resources/backbones/README.md`` is its model card."""
BUILT_IN_SHA256 = "84ad1a3bf7be371ccc9031142cf78ab593cc5fc0e178b7aa9a035dfd211db6f0"
"""Hash of its file; anything else in its place is refused."""
RANDOM_BACKBONE = "vit_tiny_patch16_224"
"""The architecture with random weights where these are asked for without a name."""

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
"""Of weights files."""
Place = Literal["folder", "hub cache", "built in"]
"""Where weights were found."""
PLACES: tuple[Place, ...] = get_args(Place)


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """Pretrained weights on this machine."""

    name: str
    """timm's name of the architecture, with the pretraining tag where the file has it."""
    path: Path
    place: Place = "folder"

    @property
    def built_in(self) -> bool:
        """Whether they came with the program: small, for getting started."""
        return self.place == "built in"

    @property
    def file_bytes(self) -> int:
        """Size of the file."""
        return self.path.stat().st_size


def models_dir() -> Path:
    """The folder in which this user's backbones are kept."""
    return Path(platformdirs.user_data_dir("FPT Studio", appauthor=False)) / "models"


def weights_dirs() -> tuple[Path, ...]:
    """Folders searched for ``<architecture>.safetensors``, in order."""
    given = os.environ.get(WEIGHTS_DIR_VARIABLE, "")
    folders = (*(Path(folder) for folder in given.split(os.pathsep) if folder), models_dir())
    return tuple(dict.fromkeys(folders))


def built_in_path() -> Path:
    """Where the backbone in the box lies."""
    return Path(str(files("resources"))) / "backbones" / f"{BUILT_IN_BACKBONE}.safetensors"


def built_in_weights() -> FoundWeights:
    """The backbone in the box, its file verified.

    Raises:
        WeightsError: If the file is absent, or not the one that came with the program.
    """
    path = built_in_path()
    try:
        sound = hashlib.sha256(path.read_bytes()).hexdigest() == BUILT_IN_SHA256
    except OSError as error:
        raise _refused(f"cannot be read ({error.strerror})") from error
    if not sound:
        raise _refused("is damaged or was exchanged: its SHA-256 is not the one it came with")
    return FoundWeights(BUILT_IN_BACKBONE, path, "built in")


def built_in_refusal() -> str:
    """Why the backbone in the box is not used, and what to do; empty where it is sound."""
    try:
        built_in_weights()
    except WeightsError as error:
        return str(error)
    return ""


def find_weights() -> tuple[FoundWeights, ...]:
    """Weights on this machine, one for each name; the best choice first."""
    found: dict[str, FoundWeights] = {}
    for weights in _everywhere():
        found.setdefault(weights.name, weights)
    return tuple(sorted(found.values(), key=_preference))


def candidates(name: str | None) -> tuple[FoundWeights, ...]:
    """All weights that can serve as backbone ``name``, or as any; to be tried in this order.

    A file named after the architecture alone serves every pretraining tag of it.
    """
    found = tuple(_everywhere())
    if name is None:
        return tuple(sorted(found, key=_preference))
    matches = (
        [weights for weights in found if weights.name == name],
        [weights for weights in found if weights.name == name.split(".")[0]],
        [weights for weights in found if weights.name.split(".")[0] == name],
    )
    return tuple(dict.fromkeys(weights for group in matches for weights in group))


def choose(name: str | None) -> FoundWeights | None:
    """The first of the candidates; ``None`` where there are none."""
    return next(iter(candidates(name)), None)


def missing_weights_error(name: str | None) -> WeightsError:
    """Tell which weights are missing, why the built-in ones do not serve, and what to do."""
    wanted = name or DEFAULT_BACKBONE
    message = f"No pretrained weights for {wanted} were found on this machine."
    if name in (None, BUILT_IN_BACKBONE):
        try:
            built_in_weights()
        except WeightsError as refused:
            return WeightsError(f"{message} {refused.message}", f"{refused.remedy} {how_to_add()}")
    return WeightsError(message, how_to_add(wanted))


def how_to_add(name: str = DEFAULT_BACKBONE) -> str:
    """How to give this machine the weights of ``name``, in one sentence."""
    return (
        f"Put {name.split('.')[0]}.safetensors into {models_dir()} or a folder named in "
        f"{WEIGHTS_DIR_VARIABLE}, or give a weights file; `fpt backbones` says more."
    )


def _refused(why: str) -> WeightsError:
    return WeightsError(
        f"The built-in backbone {built_in_path().name} {why}.", "Install the program again."
    )


def _everywhere() -> Iterator[FoundWeights]:
    yield from _in_folders()
    yield from _in_hub_cache()
    yield from _in_box()


def _preference(weights: FoundWeights) -> tuple[bool, bool, int, str]:
    not_recommended = weights.name != DEFAULT_BACKBONE
    return (weights.built_in, not_recommended, -weights.file_bytes, weights.name)


def _in_folders() -> Iterator[FoundWeights]:
    for folder in weights_dirs():
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.suffix in SUFFIXES and path.is_file():
                    yield FoundWeights(path.stem, path)


def _in_hub_cache() -> Iterator[FoundWeights]:
    cache = os.environ.get("HF_HUB_CACHE") or os.path.join(
        os.environ.get("HF_HOME", os.path.expanduser("~/.cache/huggingface")), "hub"
    )
    for path in sorted(Path(cache).glob("models--timm--*/snapshots/*/model.safetensors")):
        name = path.parents[2].name.removeprefix("models--timm--")
        yield FoundWeights(name, path, "hub cache")


def _in_box() -> Iterator[FoundWeights]:
    try:
        yield built_in_weights()
    except WeightsError:
        return  # told by whoever lists the sources, and by the error where nothing else is left
