"""Write the student as the file that goes into the box."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors.torch import save

from fpt_core.files import write_atomically
from fpt_core.models.boxed_vit import quantised


def pack(checkpoint: Path, output: Path) -> str:
    """Write the student of ``checkpoint`` to ``output``; returns the file's SHA-256."""
    student = torch.load(checkpoint, weights_only=True)["student"]
    content = save(quantised(student), metadata={"licence": "Apache-2.0"})
    write_atomically(output, content)
    return hashlib.sha256(content).hexdigest()
