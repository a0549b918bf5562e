"""Settings as frozen dataclasses, and the presets FPT and FPT+."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from fpt_core.errors import ConfigError

HeatmapLayer = Literal["selected", "read", "evidence"]
TokenImportance = Literal["global", "class_token"]
TappedBlocks = Literal["all", "deeper-half"] | tuple[int, ...]
StoreDtype = Literal["int8", "float16", "float32"]
ONNX_SUFFIX = ".onnx"
MODEL_SUFFIX = ".fpt"
MODEL_SUFFIXES = (MODEL_SUFFIX, ONNX_SUFFIX)
"""Of the files that answer images."""
CalibrationMethod = Literal["temperature", "platt"]
Imbalance = Literal["as-is", "class-weights", "balanced-sampling"]
IMBALANCE: tuple[Imbalance, ...] = get_args(Imbalance)
ProbeFeatures = Literal["class-token", "mean", "both"]
PROBE_FEATURES: tuple[ProbeFeatures, ...] = get_args(ProbeFeatures)
VolumeAxis = Literal["axial", "coronal", "sagittal"]
VOLUME_AXES: tuple[VolumeAxis, ...] = get_args(VolumeAxis)

DEFAULT_BACKBONE = "vit_base_patch16_384.augreg_in21k_ft_in1k"
"""The backbone recommended where its weights can be had."""


def _require(condition: bool, parameter: str, allowed: str, received: object) -> None:
    if not condition:
        raise ConfigError(
            f"{parameter} must be {allowed}, not {received!r}.", "Change it and retry."
        )


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """A display window: one that is given, or one of those that each file names.

    Either ``center`` and ``width`` or ``name`` is set.
    """

    center: float | None = None
    """In rescaled units (HU for CT)."""
    width: float | None = None
    """In rescaled units (HU for CT)."""
    name: str = ""
    """The file's name of its window, DICOM's WindowCenterWidthExplanation."""

    def __post_init__(self) -> None:
        numbers = (self.center, self.width)
        given, absent = None not in numbers, numbers == (None, None)
        _require(
            given != bool(self.name) and (given or absent),
            "a window",
            "either center and width, or the name of one of the file's windows",
            (*numbers, self.name),
        )
        for field, number in zip(("center", "width"), numbers, strict=True):
            if number is not None:
                _require(math.isfinite(number), f"a window's {field}", "a finite number", number)
                object.__setattr__(self, field, float(number))  # 40 and 40.0 are one recipe
        if self.width is not None:
            _require(self.width > 0, "a window's width", "above 0", self.width)

    @classmethod
    def parse(cls, text: str) -> WindowChoice:
        """A window written as ``lung``, ``40,80`` or ``file:NAME``.

        Raises:
            ConfigError: If it is none of these.
        """
        if text in CT_WINDOWS:
            return CT_WINDOWS[text]
        source, _, name = text.partition(":")
        if source == "file" and name.strip():
            return cls(name=name.strip())
        try:
            center, width = map(float, text.split(","))
        except ValueError as error:
            raise ConfigError(
                f"{text!r} is no display window.",
                f"Write {', '.join(CT_WINDOWS)}, centre and width such as 40,80, or file:NAME for "
                "a window that the files name.",
            ) from error
        return cls(center, width)

    def __str__(self) -> str:
        if self.name:
            return f"file:{self.name}"
        preset = next((name for name, window in CT_WINDOWS.items() if window == self), None)
        return preset or f"{self.center:g},{self.width:g}"


CT_WINDOWS: Mapping[str, WindowChoice] = MappingProxyType(
    {
        "brain": WindowChoice(40, 80),
        "lung": WindowChoice(-600, 1500),
        "soft-tissue": WindowChoice(50, 400),
        "bone": WindowChoice(400, 1800),
    }
)
"""Usual display windows of CT, in HU.

Reference: Murphy A. et al., Windowing (CT), Radiopaedia.org, doi 10.53347/rID-52108.
"""


def parse_windows(texts: Sequence[str]) -> tuple[WindowChoice, ...]:
    """Windows as the command line takes them; ``file`` alone is the files' own.

    Raises:
        ConfigError: If one of them is no window.
    """
    return () if list(texts) == ["file"] else tuple(WindowChoice.parse(text) for text in texts)


@dataclass(frozen=True, slots=True)
class PixelRecipe:
    """How a file's pixels become the 8-bit RGB image that a model sees.

    It belongs to the project, and is part of the feature store's fingerprint and of the
    model file, so that training and review treat an image identically.
    """

    windows: tuple[WindowChoice, ...] = ()
    """Display windows of grey images: none: the file's own, else a robust one of its values;
    one: grey; three: one each for red, green and blue."""
    volume_axis: VolumeAxis = "axial"
    """The direction in which a volume is cut into slices."""
    fundus_crop: bool = False
    """Crop a fundus photograph to the bounding box of its disc."""
    fundus_contrast: bool = False
    """Subtract from a fundus photograph its local average colour, which evens out the light."""

    def __post_init__(self) -> None:
        _require(len(self.windows) in (0, 1, 3), "windows", "none, one or three", len(self.windows))
        _require(
            self.volume_axis in VOLUME_AXES,
            "volume_axis",
            f"one of {', '.join(VOLUME_AXES)}",
            self.volume_axis,
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> PixelRecipe:
        """The recipe that ``to_dict`` wrote.

        Raises:
            ConfigError: If a field is unknown or cannot be used.
        """
        try:
            windows = tuple(WindowChoice(**window) for window in fields.get("windows", ()))
            return cls(**{**fields, "windows": windows})
        except (TypeError, AttributeError) as error:
            raise ConfigError(
                f"{fields!r} is no pixel recipe of this version.", "Set the recipe again."
            ) from error


@dataclass(frozen=True, slots=True)
class FptConfig:
    """The shape of one fine-grained prompt tuning model.

    Reference: Huang et al., FPT, MICCAI 2024 (arXiv 2403.07576) and FPT+,
    TNNLS 2025 (arXiv 2408.02426).
    """

    image_size: int
    """Side of the square image that the frozen backbone reads, in pixels."""
    side_image_size: int
    """Side of the square copy that the side network reads, in pixels."""
    tapped_blocks: TappedBlocks
    """Backbone blocks whose keys and values are handed over: a rule, or their indices."""
    prompt_reduction: int
    """Prompt width is the backbone's width divided by this."""
    prompt_norm: bool
    """LayerNorm on the prompts before they query (FPT+)."""
    prompt_proj: bool
    """Linear projection of the prompts to the backbone's width (FPT)."""
    side_reduction: int = 8
    """Side network width is the backbone's width divided by this."""
    num_prompts: int = 16
    """Fused prompts per tapped block."""
    token_ratio: float = 0.2
    """Share of the backbone's tokens kept in each head."""
    token_importance: TokenImportance = "global"
    """``global``: mean attention received; ``class_token``: attention from the class token."""
    dropout: float = 0.5
    """Dropout on the fused prompts while training."""

    def __post_init__(self) -> None:
        _require(self.image_size > 0, "image_size", "a positive number of pixels", self.image_size)
        _require(
            self.side_image_size > 0, "side_image_size", "a positive number", self.side_image_size
        )
        _require(
            self.tapped_blocks in ("all", "deeper-half")
            or (isinstance(self.tapped_blocks, tuple) and len(self.tapped_blocks) > 0),
            "tapped_blocks",
            "'all', 'deeper-half' or indices of blocks",
            self.tapped_blocks,
        )
        _require(
            self.token_importance in ("global", "class_token"),
            "token_importance",
            "'global' or 'class_token'",
            self.token_importance,
        )
        _require(
            0 < self.token_ratio <= 1, "token_ratio", "above 0 and at most 1", self.token_ratio
        )
        _require(self.num_prompts > 0, "num_prompts", "at least 1", self.num_prompts)
        _require(self.side_reduction > 0, "side_reduction", "at least 1", self.side_reduction)
        _require(0 <= self.dropout < 1, "dropout", "at least 0 and below 1", self.dropout)
        _require(
            self.prompt_proj or self.prompt_reduction == 1,
            "prompt_reduction",
            "1 where prompts are not projected (prompt_proj)",
            self.prompt_reduction,
        )
        _require(
            not self.prompt_proj or self.prompt_reduction == self.side_reduction,
            "prompt_reduction",
            f"side_reduction, {self.side_reduction}, where prompts are projected (prompt_proj)",
            self.prompt_reduction,
        )

    def tapped_block_indices(self, depth: int) -> tuple[int, ...]:
        """Indices of the tapped blocks of a backbone with ``depth`` blocks, in order.

        Raises:
            ConfigError: If a block is named that the backbone does not have.
        """
        if isinstance(self.tapped_blocks, tuple):
            inside = all(0 <= block < depth for block in self.tapped_blocks)
            _require(inside, "tapped_blocks", f"between 0 and {depth - 1}", self.tapped_blocks)
            return tuple(sorted(self.tapped_blocks))
        return tuple(range(depth // 2 if self.tapped_blocks == "deeper-half" else 0, depth))


PRESETS: Mapping[str, FptConfig] = MappingProxyType(
    {
        "fpt+": FptConfig(
            image_size=512,
            side_image_size=128,
            tapped_blocks="deeper-half",
            prompt_reduction=1,
            prompt_norm=True,
            prompt_proj=False,
        ),
        "fpt": FptConfig(
            image_size=512,
            side_image_size=224,
            tapped_blocks="all",
            prompt_reduction=8,
            prompt_norm=False,
            prompt_proj=True,
        ),
    }
)
"""The two published presets, by method name."""

AUTO = "auto"
"""The recommended method: side networks of FPT+ by folds, and a probe beside them."""
METHODS = (AUTO, *PRESETS, "linear-probe", "attentive-probe", "lora", "full")
"""What ``fpt train --method`` takes; the first is the default."""

USUAL_LEARNING_RATE = 1e-3
LEARNING_RATES: Mapping[str, float] = MappingProxyType(
    {method: 1e-4 if method == "full" else USUAL_LEARNING_RATE for method in METHODS}
)
"""Base rates where none is given: pretrained weights that are themselves trained break at the
rate from which small new parts learn."""

DEFAULT_IMAGE_SIZE = PRESETS["fpt+"].image_size
"""Pixels that the backbone reads, for every method."""


def preset(method: str, image_size: int | None = None) -> FptConfig:
    """The preset of ``method``, at another input size where one is given.

    Raises:
        ConfigError: If there is no such preset.
    """
    if method not in PRESETS:
        raise ConfigError(
            f"There is no preset {method!r}.", f"Choose one of: {', '.join(PRESETS)}."
        )
    config = PRESETS[method]
    return config if image_size is None else dataclasses.replace(config, image_size=image_size)


def shape_of(method: str, image_size: int | None = None) -> FptConfig | None:
    """The shape of a method that has a side network; ``None``: it has none."""
    if method == AUTO:
        return preset("fpt+", image_size)
    return preset(method, image_size) if method in PRESETS else None


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How the learnable part is trained; the defaults are the published ones."""

    epochs: int = 20
    """Passes over the training images."""
    batch_size: int = 16
    """Images per step; a last partial batch is dropped."""
    learning_rate: float = USUAL_LEARNING_RATE
    """Base rate of the half-cosine schedule."""
    weight_decay: float = 0.1
    """AdamW's decoupled weight decay."""
    betas: tuple[float, float] = (0.9, 0.999)
    """AdamW's moment decay rates."""
    grad_clip: float = 1.0
    """Largest allowed norm of the gradient."""
    seed: int = 0
    """Seeds initial weights, order, augmentation and dropout."""
    imbalance: Imbalance = "as-is"
    """For classes of unequal size: nothing, as published; errors on rare classes count more;
    or rare classes are shown as often as common ones."""
    probe_features: ProbeFeatures = "both"
    """What a linear probe reads: the class token, the mean of the patch tokens, or all of these
    that the backbone has."""
    search_budget: float = 2.0
    """What the recommended method spends on searching settings, in steps of a plain run of FPT+;
    0: it takes the published ones."""
    class_order: tuple[str, ...] = ()
    """All classes from least to most, where they are steps of a scale: a far miss then costs
    more than a near one. Empty: classes without an order."""

    def __post_init__(self) -> None:
        for name in ("betas", "class_order"):  # JSON has no tuples
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _require(self.epochs > 0, "epochs", "at least 1", self.epochs)
        _require(self.batch_size > 0, "batch_size", "at least 1", self.batch_size)
        _require(self.learning_rate > 0, "learning_rate", "above 0", self.learning_rate)
        _require(self.search_budget >= 0, "search_budget", "at least 0", self.search_budget)
        _require(self.weight_decay >= 0, "weight_decay", "at least 0", self.weight_decay)
        _require(self.grad_clip > 0, "grad_clip", "above 0", self.grad_clip)
        _require(
            self.imbalance in IMBALANCE,
            "imbalance",
            f"one of {', '.join(IMBALANCE)}",
            self.imbalance,
        )
        _require(
            self.probe_features in PROBE_FEATURES,
            "probe_features",
            f"one of {', '.join(PROBE_FEATURES)}",
            self.probe_features,
        )
        _require(
            len(self.class_order) == 0 or len(set(self.class_order)) == len(self.class_order) > 1,
            "class_order",
            "each class once, from least to most",
            self.class_order,
        )


def to_dict(config: Any) -> dict[str, Any]:
    """A settings dataclass as JSON-ready values."""
    return dataclasses.asdict(config)
