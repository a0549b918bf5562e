"""Bring a backbone into the models folder: from a file, or from the hub."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from fpt_core import backbone_catalogue
from fpt_core.backbone_offers import offer_called
from fpt_core.download import announced, fetch
from fpt_core.errors import ConfigError, WeightsError, translate_os_error
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.files import write_atomically
from fpt_core.jobs.requests import AddBackboneRequest, DownloadBackboneRequest
from fpt_core.models.architectures import fitting_architectures
from fpt_core.models.backbone import bare_vit, load_backbone
from fpt_core.models.timm_import import timm
from fpt_core.models.weights import MisfitError, fitting_state, read_state, state_hash

_STAGE = "Adding the backbone"
_HUB_VARIABLE = "HF_ENDPOINT"
"""Names another hub than the usual one; huggingface_hub's own."""
_FILE = "model.safetensors"


def add_backbone(request: AddBackboneRequest) -> Generator[Event, None, None]:
    """Read a weights file, compare it tensor by tensor, and keep it under timm's names.

    Where it does not fit, all tensors that do not are told in a ``Warned`` event first.

    Raises:
        ConfigError: If the architecture cannot be told, or has no plain blocks.
        WeightsError: If the file cannot be read or does not fit, or the name is taken.
    """
    yield Progress(_STAGE, 0, 3)
    name = request.name or _own_name(request.file)
    if name is None:
        name = _recognised(request.file)
        yield Warned(
            f"The tensors are those of {name}, so it is added as that. Images are normalised as "
            "usual for it.",
            "If it was trained with another normalisation, add it with its full timm name.",
        )
    target = _free_place(name)
    yield Progress(_STAGE, 1, 3)
    try:
        state = fitting_state(bare_vit(name), name, request.file)
    except MisfitError as error:
        yield Warned("What does not fit:\n" + "\n".join(f"  {each}" for each in error.tensors))
        raise
    yield Progress(_STAGE, 2, 3)
    _keep(target, state)
    yield from _checked(name, target)
    yield Progress(_STAGE, 3, 3)
    yield Finished(_result(name, target, state_hash(state)))


def download_backbone(request: DownloadBackboneRequest) -> Generator[Event, None, None]:
    """Fetch an offered backbone; a second call goes on where the first was cut.

    Raises:
        ConfigError: If it is not offered.
        DownloadError: If it cannot be fetched whole.
        WeightsError: If it is here already, or is not what it is called.
    """
    from huggingface_hub import hf_hub_url

    offer = offer_called(request.name)
    target = _free_place(offer.name)
    url = hf_hub_url(offer.repository, _FILE, endpoint=os.environ.get(_HUB_VARIABLE))
    file = announced(url)
    yield from fetch(file, target)
    yield from _checked(offer.name, target)
    result = _result(offer.name, target, state_hash(read_state(target)))
    yield Finished(result | {"licence": offer.licence, "sha256": file.sha256})


def _own_name(file: Path) -> str | None:
    """The file's name, where it is an architecture's."""
    return file.stem if timm.is_model(file.stem.split(".")[0]) else None


def _recognised(file: Path) -> str:
    fitting = fitting_architectures(read_state(file))
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ConfigError(
            f"The tensors in {file.name} fit {', '.join(fitting)} alike.",
            "Say which one they are, such as --name " + fitting[0] + ".",
        )
    raise WeightsError(
        f"The tensors in {file.name} are of none of the usual plain ViTs.",
        "Give timm's name of the architecture to be told what does not fit, tensor by tensor.",
    )


def _free_place(name: str) -> Path:
    target = backbone_catalogue.models_dir() / f"{name}.safetensors"
    if target.exists():
        raise WeightsError(
            f"There is a backbone {name} already: {target}.", "Delete that file to replace it."
        )
    return target


def _keep(target: Path, state: dict[str, Tensor]) -> None:
    whole = {key: tensor.contiguous().clone() for key, tensor in state.items()}
    try:
        write_atomically(target, save(whole, {"format": "pt"}))
    except OSError as error:
        raise translate_os_error(error, target) from error


def _checked(name: str, target: Path) -> Generator[Event, None, None]:
    """Load it once as a run would; what cannot be used is not kept."""
    yield from ()
    try:
        vit = bare_vit(name)
        load_backbone(name, target, vit.patch_embed.img_size[0])
    except (ConfigError, WeightsError):
        target.unlink()
        raise


def _result(name: str, target: Path, weights_hash: str) -> dict[str, Any]:
    return {
        "name": name,
        "path": str(target),
        "bytes": target.stat().st_size,
        "weights_hash": weights_hash,
    }
