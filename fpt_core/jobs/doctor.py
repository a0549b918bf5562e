"""What works on this machine, and why not."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path
from typing import Any

import psutil
import torch
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from fpt_core.backbone_catalogue import built_in_refusal, find_weights, weights_dirs
from fpt_core.bundle import software_versions
from fpt_core.errors import InstallationError
from fpt_core.images.dicom_decoders import decoder_of
from fpt_core.installation import Installation

_SYNTAXES = (
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
    HTJ2K,
)


def diagnose() -> dict[str, Any]:
    """Versions, device, decoders, backbone weights, memory and disk, JSON-ready."""
    memory = psutil.virtual_memory()
    return {
        "installation": _installation(),
        "versions": software_versions(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory_bytes": memory.total,
        "memory_available_bytes": memory.available,
        "disk_free_bytes": shutil.disk_usage(Path.home()).free,
        "device": _device(),
        "decoders": {uid.name: _decodes(uid) for uid in _SYNTAXES},
        "weights": [
            {"name": w.name, "path": str(w.path), "built_in": w.built_in} for w in find_weights()
        ],
        "built_in_refused": built_in_refusal(),
        "weights_folders": [str(folder) for folder in weights_dirs()],
    }


def _installation() -> str:
    """Whether the program's own files are what they were made."""
    try:
        installation = Installation.of_this_program()
        if installation is None:
            return "not a bundle: there is no manifest to compare with"
        installation.check_sizes()
        installation.check_contents()
    except InstallationError as error:
        return str(error)
    return f"whole, {len(installation.sizes):,} files"


def _device() -> dict[str, Any]:
    if torch.cuda.is_available():
        return {"used": "cuda", "name": torch.cuda.get_device_name(0), "why": ""}
    if torch.version.cuda is None:
        why = "this build of torch has no CUDA; install torch's CUDA build to use an NVIDIA GPU"
    else:
        why = "no NVIDIA GPU with a working driver was found"
    return {"used": "cpu", "name": platform.processor() or platform.machine(), "why": why}


def _decodes(uid: Any) -> bool:
    try:
        return decoder_of(uid)[0].is_available
    except NotImplementedError:
        return True  # uncompressed in its own way: read without a decoder
