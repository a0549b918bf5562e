"""Files that answer images, as file dialogs name them."""

from __future__ import annotations

from fpt_core.config import MODEL_SUFFIXES

MODEL_FILTER = f"Models ({' '.join('*' + suffix for suffix in MODEL_SUFFIXES)})"
