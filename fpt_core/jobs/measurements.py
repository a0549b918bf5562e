"""Measurements of this machine, kept so that the same question is answered at once."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

from fpt_core.dataset.project_tables import now
from fpt_core.files import write_atomically
from fpt_core.jobs.miniature import Measured

_MOST_KEPT = 500


def measurements_file() -> Path:
    """Where this user's measurements are kept."""
    folder = platformdirs.user_cache_dir("FPT Studio", appauthor=False)
    return Path(folder) / "measurements.json"


def key_of(question: dict[str, Any]) -> str:
    """What a measurement is found by: a hash of all that it depends on."""
    return hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()


def kept_measurement(key: str) -> tuple[Measured, str] | None:
    """A measurement and when it was made; ``None`` where there is none that can be read."""
    try:
        entry = _read()[key]
        return Measured(**entry["measured"]), str(entry["when"])
    except (KeyError, TypeError):
        return None


def keep_measurement(key: str, measured: Measured) -> str:
    """Keep a measurement and return when it was made; where that cannot be, it is made again."""
    when = now()
    entries = _read()
    entries.pop(key, None)
    entries[key] = {"when": when, "measured": asdict(measured)}
    recent = dict(list(entries.items())[-_MOST_KEPT:])
    with contextlib.suppress(OSError):
        write_atomically(measurements_file(), json.dumps(recent).encode())
    return when


def _read() -> dict[str, Any]:
    try:
        entries = json.loads(measurements_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
