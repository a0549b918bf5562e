"""One model file: safetensors with a card of JSON metadata.

Only full fine-tuning keeps the backbone inside; for the others the card names it and its
weights' hash.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from fpt_core.config import to_dict
from fpt_core.errors import translate_os_error
from fpt_core.evaluation.familiarity import Familiarity
from fpt_core.files import write_atomically
from fpt_core.model_card import METADATA_KEY, PROGRAM, ModelCard, damaged_file, load_card
from fpt_core.version import __version__

_FAMILIARITY = "fpt_studio_familiarity"
"""Of the summary of the training images among the metadata; its references are a tensor."""
_REFERENCES = "familiarity.references"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model file's content."""

    card: ModelCard
    state: dict[str, Tensor]
    familiarity: Familiarity | None = None
    """To tell images that are unlike the training images; ``None``: it cannot be told."""


def software_versions() -> dict[str, str]:
    """Versions of what shapes a model's numbers."""
    packages = ("torch", "timm", "numpy", "pillow", "pydicom")
    own = {PROGRAM: __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in packages}


def save_bundle(path: Path, bundle: Bundle) -> None:
    """Write a model file; a kill leaves the old one or the new one.

    Raises:
        DiskFullError: If there is no space left.
    """
    state = {key: tensor.detach().cpu().contiguous() for key, tensor in bundle.state.items()}
    metadata = {METADATA_KEY: json.dumps(to_dict(bundle.card))}
    if (known := bundle.familiarity) is not None:
        state[_REFERENCES] = torch.from_numpy(known.references)
        metadata[_FAMILIARITY] = json.dumps({"images": known.images, "limit": known.limit})
    try:
        write_atomically(path, save(state, metadata))
    except OSError as error:
        raise translate_os_error(error, path) from error


def load_bundle(path: Path) -> Bundle:
    """Read a model file; nothing in it is executed.

    Raises:
        BundleError: If it is absent, truncated, of a newer version or no model file.
    """
    card = load_card(path)
    try:
        with safe_open(path, "pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata()
        return Bundle(card, state, _familiarity(state.pop(_REFERENCES, None), metadata))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise damaged_file(path) from error


def _familiarity(references: Tensor | None, metadata: Mapping[str, str]) -> Familiarity | None:
    if references is None:
        return None
    kept = json.loads(metadata[_FAMILIARITY])
    return Familiarity(references.numpy(), tuple(kept["images"]), float(kept["limit"]))
