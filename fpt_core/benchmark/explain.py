"""Whether heatmaps are faithful: what is left of an answer when its best tokens are taken away."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.config import FptConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import BundleError, DatasetError
from fpt_core.events import Event, Finished, Progress
from fpt_core.explain.reading import answer_without, by_patch, read_tokens
from fpt_core.features.resizing import resized, to_input
from fpt_core.models.fpt import FptModel
from fpt_core.predictor import Predictor, load_model, model_pixels

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
"""Of the patches that were handed over, removed from the model's reach."""
ORDERS = ("evidence", "read", "plain attention", "random")
_RANDOM_ORDERS = 5


def explain(model: Path, project: Path, most: int) -> Generator[Event, None, None]:
    """Take tokens away from a project's test images in several orders, and finish with the curves.

    Of each image the probability of the class that the model answered is followed. The lower
    the mean over the shares, the more of the answer rested on the tokens taken first.

    Args:
        model: A model file of FPT or FPT+.
        project: With test images.
        most: Of the images; the first by content.

    Raises:
        BundleError: If the model is handed no tokens.
        DatasetError: If the project has no test images.
    """
    predictor = load_model(model)
    if not isinstance(predictor.model, FptModel):
        raise BundleError(
            f"{model.name} is of the method {predictor.card.method}, which is handed no tokens.",
            "Choose a model of FPT or FPT+.",
        )
    images = Project.open(project).examples("test")[:most]
    if not images:
        raise DatasetError(f"{project} has no test images.", "Choose another project.")
    curves: dict[str, list[NDArray[np.float64]]] = {order: [] for order in ORDERS}
    for number, image in enumerate(images):
        for order, curve in _curves(predictor, predictor.model, image, number).items():
            curves[order].append(curve)
        yield Progress("Taking tokens away", number + 1, len(images))
    yield Finished(
        {
            "model": str(model),
            "images": len(images),
            "shares_removed": list(SHARES),
            "probability": {order: _mean(found).tolist() for order, found in curves.items()},
            "mean": {order: float(_mean(found)[1:].mean()) for order, found in curves.items()},
            "against": _against(curves),
        }
    )


def _mean(curves: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.mean(curves, axis=0)
    return mean


def _against(curves: dict[str, list[NDArray[np.float64]]]) -> dict[str, dict[str, float]]:
    """How much lower evidence comes than each other order, with a 95 % interval over images."""
    area = {order: np.stack(found)[:, 1:].mean(1) for order, found in curves.items()}
    rng = np.random.default_rng(0)
    found = {}
    for order in ORDERS[1:]:
        lower = area[order] - area["evidence"]
        resampled = rng.choice(lower, (2000, len(lower))).mean(1)
        low, high = np.quantile(resampled, (0.025, 0.975))
        found[order] = {"lower_by": float(lower.mean()), "low": float(low), "high": float(high)}
    return found


@torch.no_grad()
def _curves(
    predictor: Predictor, model: FptModel, image: ImageRecord, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Probability of the answer by the share of patches removed, for every order."""
    backbone = predictor.backbone
    rgb, _ = model_pixels(image.path, image.frame, predictor.card.recipe)
    side_image, tokens = predictor.tokens_of(model, rgb)
    reading = read_tokens(model, side_image, tokens)
    target = int(reading.logits.argmax())
    indices = tokens.indices[:, 0]
    patches = torch.unique(indices[indices >= backbone.num_prefix_tokens])
    on_grid = patches.numpy() - backbone.num_prefix_tokens

    def scores(of_tokens: torch.Tensor) -> NDArray[np.float32]:
        grid = by_patch(of_tokens, indices, backbone.grid_size, backbone.num_prefix_tokens)
        on_patches: NDArray[np.float32] = grid.ravel()[on_grid]
        return on_patches

    rng = np.random.default_rng(seed)
    orders = {
        "evidence": [scores(reading.evidence[target])],
        "read": [scores(reading.attention)],
        "plain attention": [_plain_attention(predictor, model.config, rgb)[on_grid]],
        "random": [rng.random(len(on_grid)) for _ in range(_RANDOM_ORDERS)],
    }
    counts = [round(share * len(patches)) for share in SHARES]
    curves = {}
    for name, ranked in orders.items():
        removed = torch.stack(
            [
                torch.isin(indices, patches[np.argsort(-score, kind="stable")[:count].copy()])
                for score in ranked
                for count in counts
            ]
        )
        logits = answer_without(model, side_image, tokens, removed)
        probability = logits.double().softmax(1)[:, target].view(len(ranked), len(counts))
        curves[name] = probability.mean(0).numpy()
    return curves


def _plain_attention(
    predictor: Predictor, config: FptConfig, rgb: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """The attention that each patch receives in the backbone, over all heads and tapped blocks."""
    backbone = predictor.backbone
    images = to_input(backbone, resized(rgb, (backbone.image_size,))[0])
    blocks = config.tapped_block_indices(backbone.depth)
    received = backbone.attention_received(images, blocks, config.token_importance)
    patches: NDArray[np.float32] = received.mean((0, 1, 2))[backbone.num_prefix_tokens :].numpy()
    return patches


def print_explain(result: dict[str, Any]) -> None:
    """The curves, a line for each order."""
    print(f"Probability of the answer, by the share of patches removed; {result['images']} images")
    print(f"{'first removed':<18}" + "".join(f"{s:>7.0%}" for s in result["shares_removed"]))
    for order, curve in result["probability"].items():
        print(f"{order:<18}" + "".join(f"{value:>7.3f}" for value in curve))
    for order, found in result["against"].items():
        print(
            f"Evidence comes {found['lower_by']:.3f} ({found['low']:.3f} to {found['high']:.3f}) "
            f"lower than {order}."
        )
