"""What an import or an audit did, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.dataset_panel.words import count_of
from fpt_core.events import Finished, Warned

_MOST_WARNINGS = 3
_PARTS = (
    ("changed", "changed"),
    ("relabelled", "with another label than before"),
    ("moved", "found at another place"),
    ("vanished", "no longer there"),
    ("already_there", "already there"),
)


def import_summary(finished: Finished, warnings: Sequence[Warned]) -> str:
    """New, changed, already there, left out; then what the user should know."""
    result = finished.result
    parts = [f"{count_of(result['images'], 'new image')}"]
    parts += [f"{result[key]:,} {text}" for key, text in _PARTS if result.get(key)]
    if skipped := len(result["skipped"]):
        parts.append(f"{count_of(skipped, 'file')} left out")
    told = [f"{warning.message} {warning.remedy}".strip() for warning in warnings[:_MOST_WARNINGS]]
    if more := len(warnings) - len(told):
        told.append(f"({count_of(more, 'more note')} of this kind.)")
    return " ".join([f"{', '.join(parts)}.", *told])


def audit_summary(finished: Finished) -> str:
    """How many findings there are, by severity."""
    found = Counter(finding["severity"] for finding in finished.result["findings"])
    if not found:
        return "Nothing was found."
    words = {"serious": "serious", "caution": "to be looked at", "note": "good to know"}
    parts = [f"{found[key]:,} {text}" for key, text in words.items() if found[key]]
    return f"{count_of(found.total(), 'finding')}: {', '.join(parts)}."
