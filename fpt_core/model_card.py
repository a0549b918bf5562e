"""What a model file says of itself, read without torch.

The card is JSON in the safetensors header, so that reading it touches no weight.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from fpt_core.config import FptConfig, PixelRecipe, TrainingConfig
from fpt_core.errors import BundleError, ConfigError
from fpt_core.evaluation.calibration import Calibration
from fpt_core.evaluation.cross_fit import CrossFit
from fpt_core.evaluation.drift import Profile
from fpt_core.evaluation.operating_point import OperatingPoint
from fpt_core.version import __version__

FORMAT_VERSION = 5
METADATA_KEY = "fpt_studio"
"""Of the card among the safetensors metadata."""
PROGRAM = "fpt-studio"
"""This program's name among the versions."""
INTENDED_USE = "Research use only. Not a medical device."


@dataclass(frozen=True, slots=True)
class BackboneCard:
    """The backbone that a model was trained on."""

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
class DataCard:
    """What a model learned from and was measured on, in counts that identify nobody."""

    images: Mapping[str, Mapping[str, int]]
    """By class, then by split."""
    patients: Mapping[str, int] | None
    """By split; ``None`` where some image's patient was unknown."""

    def in_split(self, split: str) -> int:
        """Images of all classes in ``split``."""
        return sum(counts.get(split, 0) for counts in self.images.values())


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What the training took."""

    trainable_parameters: int
    total_parameters: int
    """Backbone and method together."""
    preparation_s: float
    """Seconds for the feature store of all images, whenever they were spent."""
    training_s: float
    """Seconds, over all resumptions."""
    peak_memory_bytes: int
    """Most that training held beyond what the process held before it; on a GPU as torch
    allocated it."""
    full_finetuning_bytes: int
    """Estimate for full fine-tuning with the same backbone, image and batch size."""
    device: str

    @property
    def learnable_share(self) -> float:
        """Of all parameters, 0 to 1."""
        return self.trainable_parameters / self.total_parameters

    @property
    def seconds(self) -> float:
        """Preparation and training."""
        return self.preparation_s + self.training_s


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that a model file says of itself."""

    method: str
    class_names: tuple[str, ...]
    backbone: BackboneCard
    recipe: PixelRecipe
    config: FptConfig | None
    """The shape of FPT and FPT+; ``None`` for the other methods."""
    training: TrainingConfig
    split_fingerprint: str
    """SHA-256 over image hashes, classes and splits that the model came from."""
    data: DataCard | None = None
    """``None`` in files of earlier versions."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """By split."""
    cost: TrainingCost | None = None
    """``None`` until training has ended, and in files of earlier versions."""
    calibration: Calibration | None = None
    """What turns the model's answers into probabilities; ``None``: they are used as they are."""
    operating_points: tuple[OperatingPoint, ...] = ()
    """Thresholds chosen on validation images."""
    profile: Profile | None = None
    """What the training images are like, to tell other ones apart."""
    cross_fit: CrossFit | None = None
    """How the recommended method put it together; ``None`` for other methods."""
    intended_use: str = INTENDED_USE
    statements: dict[str, str] = field(default_factory=dict)
    """What the author says of the study, by topic, since a report of the run was written."""
    versions: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @property
    def holds_backbone(self) -> bool:
        """Whether the file holds the whole network, so that no other weights are needed."""
        return self.method == "full"


def load_card(path: Path) -> ModelCard:
    """The card of a model file, without its weights.

    Raises:
        BundleError: If it is absent, truncated, of a newer version or no model file.
    """
    if not path.is_file():
        raise BundleError(f"There is no model file {path}.", "Check the path.")
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise damaged_file(path) from error
    if METADATA_KEY not in metadata:
        raise BundleError(
            f"{path.name} is no model file of FPT Studio.", "Choose a file that ends in .fpt."
        )
    return parse_card(path.name, metadata[METADATA_KEY])


def damaged_file(path: Path) -> BundleError:
    """Tell that the model file cannot be read."""
    return BundleError(
        f"{path.name} is truncated or damaged, or is no model file.",
        "Ask for the file again, or copy it again.",
    )


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
    if not isinstance(found, int):
        raise _damaged_card(name)
    if found > FORMAT_VERSION:
        raise _newer(name, found, fields)
    try:
        return _card(_of_today(fields, found))
    except (KeyError, TypeError, ConfigError) as error:
        raise _damaged_card(name) from error


def _card(fields: Mapping[str, Any]) -> ModelCard:
    return ModelCard(
        **{
            **fields,
            "class_names": tuple(fields["class_names"]),
            "backbone": BackboneCard(**fields["backbone"]),
            "recipe": PixelRecipe.from_dict(fields["recipe"]),
            "config": _where_given(fields["config"], lambda kept: FptConfig(**kept)),
            "training": TrainingConfig(**fields["training"]),
            "data": _where_given(fields.get("data"), lambda kept: DataCard(**kept)),
            "cost": _where_given(fields.get("cost"), lambda kept: TrainingCost(**kept)),
            "calibration": _where_given(fields.get("calibration"), Calibration.parse),
            "operating_points": tuple(
                OperatingPoint(**point) for point in fields.get("operating_points", ())
            ),
            "profile": _where_given(fields.get("profile"), Profile.parse),
            "cross_fit": _where_given(fields.get("cross_fit"), CrossFit.parse),
        }
    )


def _where_given(record: Any, read: Callable[[Any], Any]) -> Any:
    return None if record is None else read(record)


def _of_today(fields: dict[str, Any], version: int) -> dict[str, Any]:
    """Format 1 had at most one window, as two fields; later ones have only grown."""
    fields = {**fields, "format_version": FORMAT_VERSION}
    if version == 1:
        recipe = fields["recipe"]
        center, width = recipe["window_center"], recipe["window_width"]
        windows = [] if center is None else [{"center": center, "width": width}]
        fields["recipe"] = {"windows": windows, "fundus_crop": recipe["fundus_crop"]}
    return fields


def _newer(name: str, found: int, fields: Mapping[str, Any]) -> BundleError:
    versions = fields.get("versions")
    made_by = versions.get(PROGRAM) if isinstance(versions, dict) else None
    return BundleError(
        f"{name} was made by FPT Studio {made_by or 'of a later version'} (model format {found}); "
        f"this is {__version__}, which reads up to format {FORMAT_VERSION}.",
        f"Update FPT Studio{f' to {made_by} or later' if made_by else ''}.",
    )


def _damaged_card(name: str) -> BundleError:
    return BundleError(f"The card of {name} is incomplete or damaged.", "Ask for the file again.")
