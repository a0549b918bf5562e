"""One model file: safetensors with a card of JSON metadata.

The frozen backbone is not inside; the card names it and its weights' hash.
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from fpt_core.config import FptConfig, PixelRecipe, TrainingConfig, to_dict
from fpt_core.errors import BundleError, ConfigError, translate_os_error
from fpt_core.evaluation.calibration import Calibration
from fpt_core.evaluation.drift import Profile
from fpt_core.evaluation.thresholds import OperatingPoint
from fpt_core.files import write_atomically

FORMAT_VERSION = 2
_METADATA_KEY = "fpt_studio"
INTENDED_USE = "Research use only. Not a medical device."


@dataclass(frozen=True, slots=True)
class BackboneCard:
    """The frozen backbone that a model needs."""

    name: str
    weights_hash: str
    """SHA-256 over the tensors, as ``fpt_core.models.backbone.state_hash`` computes it."""
    pretrained: bool
    image_size: int
    depth: int
    embed_dim: int
    num_heads: int
    patch_size: int


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that a model file says of itself."""

    method: str
    class_names: tuple[str, ...]
    backbone: BackboneCard
    recipe: PixelRecipe
    config: FptConfig | None
    """The shape of FPT and FPT+; ``None`` for a probe."""
    training: TrainingConfig
    split_fingerprint: str
    """SHA-256 over image hashes, classes and splits that the model came from."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """By split."""
    calibration: Calibration | None = None
    """What turns the model's answers into probabilities; ``None``: they are used as they are."""
    operating_points: tuple[OperatingPoint, ...] = ()
    """Thresholds chosen on validation images."""
    profile: Profile | None = None
    """What the training images are like, to tell other ones apart."""
    intended_use: str = INTENDED_USE
    versions: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model file's content."""

    card: ModelCard
    state: dict[str, Tensor]


def software_versions() -> dict[str, str]:
    """Versions of what shapes a model's numbers."""
    packages = ("torch", "timm", "numpy", "pillow", "pydicom")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def save_bundle(path: Path, bundle: Bundle) -> None:
    """Write a model file; a kill leaves the old one or the new one.

    Raises:
        DiskFullError: If there is no space left.
    """
    state = {key: tensor.detach().cpu().contiguous() for key, tensor in bundle.state.items()}
    try:
        write_atomically(path, save(state, {_METADATA_KEY: json.dumps(to_dict(bundle.card))}))
    except OSError as error:
        raise translate_os_error(error, path) from error


def load_card(path: Path) -> ModelCard:
    """The card of a model file, without its weights.

    Raises:
        BundleError: If it is absent, truncated, of a newer version or no model file.
    """
    return _read(path, with_state=False).card


def load_bundle(path: Path) -> Bundle:
    """Read a model file; nothing in it is executed.

    Raises:
        BundleError: If it is absent, truncated, of a newer version or no model file.
    """
    return _read(path, with_state=True)


def _read(path: Path, *, with_state: bool) -> Bundle:
    if not path.is_file():
        raise BundleError(f"There is no model file {path}.", "Check the path.")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()} if with_state else {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise BundleError(
            f"{path.name} is truncated or damaged, or is no model file.",
            "Ask for the file again, or copy it again.",
        ) from error
    if _METADATA_KEY not in metadata:
        raise BundleError(
            f"{path.name} is no model file of FPT Studio.", "Choose a file that ends in .fpt."
        )
    return Bundle(parse_card(path.name, metadata[_METADATA_KEY]), state)


def parse_card(name: str, text: str) -> ModelCard:
    """A card from its JSON.

    Args:
        name: Of the file that it comes from.
        text: The JSON.

    Raises:
        BundleError: If it is damaged or of a newer version.
    """
    try:
        fields: dict[str, Any] = json.loads(text)
        found = fields.get("format_version")
    except (ValueError, AttributeError) as error:
        raise _damaged_card(name) from error
    if not isinstance(found, int) or found > FORMAT_VERSION:
        raise BundleError(
            f"{name} has format version {found}; this program reads up to {FORMAT_VERSION}.",
            "Update FPT Studio.",
        )
    try:
        config, training = fields["config"], fields["training"]
        calibration, profile = fields.get("calibration"), fields.get("profile")
        points = fields.get("operating_points", ())
        return ModelCard(
            **{
                **fields,
                "class_names": tuple(fields["class_names"]),
                "backbone": BackboneCard(**fields["backbone"]),
                "recipe": PixelRecipe.from_dict(_recipe_of_today(fields["recipe"], found)),
                "format_version": FORMAT_VERSION,
                "config": None if config is None else FptConfig(**config),
                "training": TrainingConfig(**training),
                "calibration": None if calibration is None else Calibration.parse(calibration),
                "operating_points": tuple(OperatingPoint(**point) for point in points),
                "profile": None if profile is None else Profile.parse(profile),
            }
        )
    except (KeyError, TypeError, ConfigError) as error:
        raise _damaged_card(name) from error


def _recipe_of_today(recipe: dict[str, Any], version: int) -> dict[str, Any]:
    """Format 1 had at most one window, as two fields."""
    if version > 1:
        return recipe
    center, width = recipe["window_center"], recipe["window_width"]
    windows = [] if center is None else [{"center": center, "width": width}]
    return {"windows": windows, "fundus_crop": recipe["fundus_crop"]}


def _damaged_card(name: str) -> BundleError:
    return BundleError(f"The card of {name} is incomplete or damaged.", "Ask for the file again.")
