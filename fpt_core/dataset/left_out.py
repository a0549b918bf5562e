"""Files that were not imported, grouped by what was wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fpt_core.dataset.records import SkippedFile

_PARTICULAR = re.compile(
    r"“[^”]*”|'[^']*'|\"[^\"]*\"|\S+\.[A-Za-z]\w{1,5}\b|(?<!\w)\d[\d,.]*(?![\w-])"
    r"|\b(?=\w*[A-Za-z_])(?=\w*[\d_])\w+\b"
)


def kind_of_reason(file: SkippedFile) -> str:
    """Why a file was left out, without what is particular to it: its name, its numbers."""
    path = Path(file.path)
    reason = file.reason
    for name in {path.name, path.stem} - {""}:
        reason = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", reason)
    return _PARTICULAR.sub("…", reason)


def kinds_of_reasons(files: Sequence[SkippedFile]) -> list[tuple[str, int]]:
    """Every kind of reason and how many files it left out, the most frequent first."""
    return Counter(kind_of_reason(file) for file in files).most_common()
