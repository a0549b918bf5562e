"""What an import did, in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.dataset_panel.words import count_of
from fpt_core.events import Finished, Warned

_MOST_WARNINGS = 3


def summary_of(finished: Finished, warnings: Sequence[Warned]) -> str:
    """New, changed, already there, left out; then what the user should know."""
    result = finished.result
    parts = [f"{count_of(result['images'], 'new image')}"]
    for key, text in (("changed", "changed"), ("already_there", "already there")):
        if number := result.get(key, 0):
            parts.append(f"{number:,} {text}")
    if skipped := len(result["skipped"]):
        parts.append(f"{count_of(skipped, 'file')} left out")
    told = [f"{warning.message} {warning.remedy}".strip() for warning in warnings[:_MOST_WARNINGS]]
    if more := len(warnings) - len(told):
        told.append(f"({count_of(more, 'more note')} of this kind.)")
    return " ".join([f"{', '.join(parts)}.", *told])
