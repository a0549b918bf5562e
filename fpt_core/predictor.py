"""A model file put to use: images in, probabilities and token maps out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.backbone_catalogue import candidates, missing_weights_error
from fpt_core.bundle import Bundle, load_bundle
from fpt_core.config import AUTO, PixelRecipe
from fpt_core.device import resolve_device
from fpt_core.errors import BundleError, ConfigError, FptError, ImageError, WeightsError
from fpt_core.evaluation.familiarity import Likeness
from fpt_core.events import HeadTokens, TokenMap
from fpt_core.explain.explained import Explained
from fpt_core.explain.summaries import TracedSummaries
from fpt_core.explain.token_maps import kept_share
from fpt_core.features.descriptor import of_values, of_vectors
from fpt_core.features.reading import SummedReading
from fpt_core.features.resizing import resize, resized, stored_size, to_input
from fpt_core.images import apply_recipe, read_pixels
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone, ImportantTokens, TracedBlock, load_backbone
from fpt_core.models.baselines.attentive_probe import AttentiveProbe
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.ensemble import EnsembleModel
from fpt_core.models.fpt import FptModel
from fpt_core.models.learned import load_learned
from fpt_core.models.methods import Network, build_network

ImageLike = str | Path | NDArray[np.uint8]
Traces = tuple[list[TracedBlock], ...]
"""Of one image, for each size at which its summaries are read; none for models without any."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one image."""

    class_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    """One per class, calibrated where the model is; they sum to 1."""
    uncalibrated: tuple[float, ...]
    """The same before calibration."""
    token_map: TokenMap | None
    """Which tokens were handed over; ``None`` for methods that are handed none."""
    seconds: float
    read: TokenMap | None = None
    """How strongly the prompts attended to each token, where that was asked for."""
    evidence: tuple[TokenMap, ...] = ()
    """For each class, how much its logit owes to each token, where that was asked for."""
    likeness: Likeness | None = None
    """How the image compares with the training images; ``None``: it cannot be told."""
    evidence_of: tuple[tuple[str, float], ...] = ()
    """What read the image, and its share of all evidence, where that was asked for."""
    heads: HeadTokens | None = None
    """What each head kept and read, where that was asked for."""

    @property
    def class_name(self) -> str:
        """The most probable class."""
        return self.class_names[int(np.argmax(self.probabilities))]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a model makes of one image."""

    logits: Tensor
    descriptor: Tensor | None
    selected: TokenMap | None = None
    read: TokenMap | None = None
    evidence: tuple[TokenMap, ...] = ()
    evidence_of: tuple[tuple[str, float], ...] = ()
    heads: HeadTokens | None = None


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
        if not _is_meant(self.card, backbone):
            raise _other_weights(self.card)
        self._familiarity = bundle.familiarity
        self.model: Network = _build(bundle, backbone).to(self._device).eval()
        self.model.requires_grad_(False)
        self._summed: SummedReading | None = None
        if isinstance(self.model, EnsembleModel):
            assert self.card.config is not None, "an ensemble has the shape of FPT+"
            self._summed = SummedReading(backbone, self.card.config, self.card.recipe, "float32")

    @torch.no_grad()
    def predict(self, image: ImageLike, frame: int = 0, explain: bool = False) -> Prediction:
        """The answer to a file or to an array of pixels.

        Args:
            image: A file, or 8-bit RGB pixels of a whole image.
            frame: Which frame of a multi-frame file.
            explain: Also tell what was read, and what it did to the answer.

        Shape:
            array ``(H, W, 3)`` uint8.

        Raises:
            ImageError: If there is no image in it.
        """
        started = time.perf_counter()
        rgb, box = model_pixels(image, frame, self.card.recipe)
        if isinstance(self.model, FptModel | EnsembleModel):
            told = self._answer(self.model, rgb, box, explain)
        else:
            told = _Told(*self._read(self.model, rgb))
        uncalibrated = told.logits.double().softmax(1).cpu().numpy()
        calibration = self.card.calibration
        probabilities = uncalibrated if calibration is None else calibration.apply(uncalibrated)
        seconds = time.perf_counter() - started
        return Prediction(
            self.card.class_names,
            tuple(probabilities[0].tolist()),
            tuple(uncalibrated[0].tolist()),
            told.selected,
            seconds,
            told.read,
            told.evidence,
            self._likeness(told.descriptor),
            told.evidence_of,
            told.heads,
        )

    def _likeness(self, descriptor: Tensor | None) -> Likeness | None:
        if descriptor is None or self._familiarity is None:
            return None
        return self._familiarity.compare(descriptor[0].cpu().numpy())

    def _read(self, model: Network, rgb: NDArray[np.uint8]) -> tuple[Tensor, Tensor | None]:
        """What a method that is handed no tokens answers, and what it read."""
        backbone, size = self.backbone, self.backbone.image_size
        if isinstance(model, LinearProbe):
            columns = backbone.pooled_columns(self.card.training.probe_features)
            images = to_input(backbone, resized(rgb, (size,))[0])
            pooled = backbone.pooled_features(images)
            return model(pooled[:, columns]), pooled
        if isinstance(model, AttentiveProbe):
            tokens = backbone.last_tokens(to_input(backbone, resized(rgb, (size,))[0]))
            return model(tokens), of_vectors(tokens)
        picture = to_input(backbone, resized(rgb, (stored_size(size),))[0])
        return model(resize(picture, size)), None

    def _answer(
        self,
        model: FptModel | EnsembleModel,
        rgb: NDArray[np.uint8],
        box: tuple[int, int, int, int],
        explain: bool,
    ) -> _Told:
        """Logits, descriptor, what was selected, and where asked for the rest."""
        traces = self._new_traces() if explain else None
        side_image, tokens, summaries = self._tokens_and_summaries(model, rgb, traces)
        # Not the parts' sum: to the last digit the answer is the same, explained or not.
        if isinstance(model, EnsembleModel):
            logits = model(side_image, tokens.keys, tokens.values, None, None, summaries)
        else:
            logits = model(side_image, tokens.keys, tokens.values)
        backbone, indices = self.backbone, tokens.indices[:, 0]
        kept = kept_share(indices, backbone.grid_size, backbone.num_prefix_tokens)
        selected = _on_image(kept, box)
        descriptor = of_values(tokens.values)
        if traces is None:
            return _Told(logits, descriptor, selected)
        parts = self._explained(model, side_image, tokens, traces).parts()
        return _Told(
            logits,
            descriptor,
            selected,
            _on_image(parts.read.numpy(), box),
            tuple(_on_image(row.numpy(), box) for row in parts.evidence),
            tuple(parts.shares.items()),
            self._heads(indices, parts.attention),
        )

    def _heads(self, indices: Tensor, attention: Tensor) -> HeadTokens:
        config = self.card.config
        assert config is not None, "a model that is handed tokens has a shape"
        blocks = config.tapped_block_indices(self.backbone.depth)
        return HeadTokens(
            tuple(block + 1 for block in blocks),
            self.backbone.num_heads,
            tuple((indices - self.backbone.num_prefix_tokens).flatten().tolist()),
            tuple(attention.flatten().tolist()),
        )

    @torch.no_grad()
    def explained(self, rgb: NDArray[np.uint8]) -> Explained:
        """The answer to the pixels that a model sees, taken apart.

        Raises:
            BundleError: If the model is handed no tokens.
        """
        model = self.model
        if not isinstance(model, FptModel | EnsembleModel):
            raise BundleError(
                f"A model of the method {self.card.method} is handed no tokens.",
                "Choose one of FPT, FPT+ or the recommended method.",
            )
        traces = self._new_traces()
        side_image, tokens, _ = self._tokens_and_summaries(model, rgb, traces)
        return self._explained(model, side_image, tokens, traces)

    def _new_traces(self) -> Traces:
        return () if self._summed is None else tuple([] for _ in self._summed.backbones)

    def _explained(
        self,
        model: FptModel | EnsembleModel,
        side_image: Tensor,
        tokens: ImportantTokens,
        traces: Traces,
    ) -> Explained:
        if isinstance(model, FptModel):
            return Explained(self.backbone, [model], 1.0, side_image, tokens)
        assert self._summed is not None, "an ensemble reads summaries"
        read = zip(self._summed.backbones, traces, strict=True)
        return Explained(
            self.backbone,
            model.members.models,
            float(model.side_weight),
            side_image,
            tokens,
            model.probe,
            [TracedSummaries(each, self._summed.spec.blocks, trace) for each, trace in read],
        )

    def _tokens_and_summaries(
        self,
        model: FptModel | EnsembleModel,
        rgb: NDArray[np.uint8],
        traces: Traces | None = None,
    ) -> tuple[Tensor, ImportantTokens, Tensor | None]:
        """The side image, the tokens and, for an ensemble, the summaries."""
        if isinstance(model, FptModel):
            return (*self.tokens_of(model, rgb), None)
        assert self._summed is not None, "an ensemble reads summaries"
        backbone, size = self.backbone, model.members.config.side_image_size
        high, side, *low = resized(rgb, self._summed.spec.sizes)
        tokens, summaries = self._summed.read(to_input(backbone, high), low, traces)
        return resize(to_input(backbone, side), size), tokens, summaries

    def tokens_of(self, model: FptModel, rgb: NDArray[np.uint8]) -> tuple[Tensor, ImportantTokens]:
        """What FPT reads of the pixels that a model sees: the side image and the tokens."""
        backbone, config = self.backbone, model.config
        high, side = resized(rgb, (backbone.image_size, stored_size(config.side_image_size)))
        tokens = backbone.important_tokens(
            to_input(backbone, high),
            config.tapped_block_indices(backbone.depth),
            config.token_ratio,
            config.token_importance,
        )
        return resize(to_input(backbone, side), config.side_image_size), tokens


def _on_image(of_patches: NDArray[np.float32], box: tuple[int, int, int, int]) -> TokenMap:
    rows, cols = of_patches.shape
    return TokenMap(rows, cols, tuple(of_patches.ravel().tolist()), box)


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
    backbone = _find_backbone(bundle.card, None if weights is None else Path(weights))
    return Predictor(bundle, backbone.to(resolve_device(device)))


def _find_backbone(card: ModelCard, weights: Path | None) -> FrozenBackbone:
    """The backbone, from the file given or from the first weights here that are the model's."""
    name, size = card.backbone.name, card.backbone.image_size
    if card.holds_backbone or not card.backbone.pretrained:
        return load_backbone(name, None, size)
    if weights is not None:
        return load_backbone(name, weights, size)
    refused: FptError | None = None
    for found in candidates(name):
        try:
            backbone = load_backbone(name, found.path, size)
        except WeightsError as error:
            refused = error
            continue
        if _is_meant(card, backbone):
            return backbone
        refused = _other_weights(card)
    if refused is not None:
        raise refused
    missing = missing_weights_error(name)
    raise BundleError(f"The model needs the backbone {name}. {missing.message}", missing.remedy)


def _is_meant(card: ModelCard, backbone: FrozenBackbone) -> bool:
    return card.holds_backbone or backbone.weights_hash == card.backbone.weights_hash


def _other_weights(card: ModelCard) -> BundleError:
    return BundleError(
        f"The model was trained with other weights of {card.backbone.name} than those found here.",
        "Ask for the backbone weights that the model was trained with.",
    )


def _build(bundle: Bundle, backbone: FrozenBackbone) -> Network:
    card = bundle.card
    model: Network
    try:
        if card.method == AUTO and card.config is not None:
            model = EnsembleModel.holding(bundle.state, card.config, backbone)
        else:
            model = build_network(
                card.method,
                card.config,
                backbone,
                len(card.class_names),
                card.training.probe_features,
            )
        load_learned(model, bundle.state)
    except (RuntimeError, ConfigError, KeyError, ValueError) as error:
        raise BundleError(
            "The weights in the model file do not fit its own card: it is damaged.",
            "Ask for the file again.",
        ) from error
    return model
