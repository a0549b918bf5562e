"""A model file put to use: images in, probabilities and token maps out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.backbone_catalogue import choose, missing_weights_error
from fpt_core.bundle import Bundle, load_bundle
from fpt_core.config import FptConfig, PixelRecipe
from fpt_core.device import resolve_device
from fpt_core.errors import BundleError, ImageError
from fpt_core.events import TokenMap
from fpt_core.explain.token_maps import kept_share
from fpt_core.features.extract import resize, resized, stored_side_size, to_input
from fpt_core.images import apply_recipe, read_pixels
from fpt_core.model_card import BackboneCard, ModelCard
from fpt_core.models.backbone import FrozenBackbone, load_backbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.fpt import FptModel, backbone_shape

ImageLike = str | Path | NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one image."""

    class_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    """One per class, calibrated where the model is; they sum to 1."""
    uncalibrated: tuple[float, ...]
    """The same before calibration."""
    token_map: TokenMap | None
    """Which tokens were handed over; ``None`` for a probe, which reads no tokens."""
    seconds: float

    @property
    def class_name(self) -> str:
        """The most probable class."""
        return self.class_names[int(np.argmax(self.probabilities))]


class Predictor:
    """A model with its frozen backbone, ready to answer.

    Args:
        bundle: A model file's content.
        backbone: The backbone that its card names.

    Raises:
        BundleError: If the backbone is another one, or the weights do not fit the card.
    """

    def __init__(self, bundle: Bundle, backbone: FrozenBackbone) -> None:
        self.card: ModelCard = bundle.card
        self.backbone = backbone
        self._device = next(backbone.parameters()).device
        if backbone.weights_hash != self.card.backbone.weights_hash:
            raise BundleError(
                f"The model was trained with other weights of {self.card.backbone.name} than "
                "those found here.",
                "Ask for the backbone weights that the model was trained with.",
            )
        self.model = _build(bundle, backbone).to(self._device).eval()

    @torch.inference_mode()
    def predict(self, image: ImageLike, frame: int = 0) -> Prediction:
        """The answer to a file or to an array of pixels.

        Args:
            image: A file, or 8-bit RGB pixels of a whole image.
            frame: Which frame of a multi-frame file.

        Shape:
            array ``(H, W, 3)`` uint8.

        Raises:
            ImageError: If there is no image in it.
        """
        started = time.perf_counter()
        rgb, box = model_pixels(image, frame, self.card.recipe)
        if isinstance(self.model, LinearProbe):
            high = to_input(self.backbone, resized(rgb, (self.backbone.image_size,))[0])
            logits, token_map = self.model(self.backbone.pooled_features(high)), None
        else:
            logits, token_map = self._answer(self.model.config, rgb, box)
        uncalibrated = logits.double().softmax(1).cpu().numpy()
        calibration = self.card.calibration
        probabilities = uncalibrated if calibration is None else calibration.apply(uncalibrated)
        seconds = time.perf_counter() - started
        return Prediction(
            self.card.class_names,
            tuple(probabilities[0].tolist()),
            tuple(uncalibrated[0].tolist()),
            token_map,
            seconds,
        )

    def _answer(
        self, config: FptConfig, rgb: NDArray[np.uint8], box: tuple[int, int, int, int]
    ) -> tuple[Tensor, TokenMap]:
        backbone = self.backbone
        high, side = resized(rgb, (backbone.image_size, stored_side_size(config)))
        tokens = backbone.important_tokens(
            to_input(backbone, high),
            config.tapped_block_indices(backbone.depth),
            config.token_ratio,
            config.token_importance,
        )
        side_input = resize(to_input(backbone, side), config.side_image_size)
        logits = self.model(side_input, tokens.keys, tokens.values)
        share = kept_share(tokens.indices[:, 0], backbone.grid_size, backbone.num_prefix_tokens)
        rows, cols = share.shape
        return logits, TokenMap(rows, cols, tuple(share.ravel().tolist()), box)


def model_pixels(
    image: ImageLike, frame: int, recipe: PixelRecipe
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """The pixels that a model sees of an image, and which part of the whole they are.

    Raises:
        ImageError: If there is no image in it.
    """
    if isinstance(image, str | Path):
        return apply_recipe(read_pixels(image, frame, recipe.volume_axis), recipe)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ImageError(
            f"An image must be an array of shape (H, W, 3) and type uint8, not {image.shape} "
            f"and {image.dtype}.",
            "Give a file's path to have its pixels read as its kind of image means them.",
        )
    return image, (0, 0, image.shape[1], image.shape[0])


def load_model(
    path: str | Path, weights: str | Path | None = None, device: str = "auto"
) -> Predictor:
    """A model file, with its backbone found on this machine.

    Args:
        path: The ``.fpt`` file.
        weights: The backbone's weights file; ``None``: the usual places.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        BundleError: If the file is damaged, or its backbone is absent or another one.
    """
    bundle = load_bundle(Path(path))
    backbone = _find_backbone(bundle.card.backbone, None if weights is None else Path(weights))
    return Predictor(bundle, backbone.to(resolve_device(device)))


def _find_backbone(card: BackboneCard, weights: Path | None) -> FrozenBackbone:
    if not card.pretrained:
        return load_backbone(card.name, None, card.image_size)
    if weights is None:
        found = choose(card.name)
        if found is None:
            missing = missing_weights_error(card.name)
            raise BundleError(
                f"The model needs the backbone {card.name}. {missing.message}", missing.remedy
            )
        weights = found.path
    return load_backbone(card.name, weights, card.image_size)


def _build(bundle: Bundle, backbone: FrozenBackbone) -> FptModel | LinearProbe:
    card, state = bundle.card, bundle.state
    model: FptModel | LinearProbe
    try:
        if card.config is None:
            model = LinearProbe(state["mean"].shape[0], len(card.class_names))
        else:
            model = FptModel(card.config, len(card.class_names), **backbone_shape(backbone))
        model.load_state_dict(state)
    except (KeyError, RuntimeError) as error:
        raise BundleError(
            "The weights in the model file do not fit its own card: it is damaged.",
            "Ask for the file again.",
        ) from error
    return model
