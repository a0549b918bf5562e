"""Output where there is no terminal."""

from __future__ import annotations

import os
import sys


def ensure_standard_streams() -> None:
    """Open what is missing of stdout and stderr: a windowed bundle on Windows has neither."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
