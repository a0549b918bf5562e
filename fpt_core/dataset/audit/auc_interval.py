"""How far chance moves an AUC."""

from __future__ import annotations

import math

Z_95 = 1.959964
"""Standard errors to either side of a 95 % interval."""


def standard_error(auc: float, positives: int, negatives: int) -> float:
    """Of an AUC that was measured on so many patients with and without the class.

    At 0.5 it is what chance does where there is nothing to find.

    Reference: Hanley and McNeil, Radiology 143 (1982) 29-36.
    """
    both_positive = auc / (2 - auc)
    both_negative = 2 * auc**2 / (1 + auc)
    variance = (
        auc * (1 - auc)
        + (positives - 1) * (both_positive - auc**2)
        + (negatives - 1) * (both_negative - auc**2)
    ) / (positives * negatives)
    return math.sqrt(variance)


def half_width(auc: float, positives: int, negatives: int) -> float:
    """Half of the 95 % interval of an AUC."""
    return Z_95 * standard_error(auc, positives, negatives)


def patients_for(wanted: float, auc: float, positives: int, negatives: int) -> int:
    """How many patients bring the half-width to ``wanted``, at the same share of the class."""
    share = positives / (positives + negatives)

    def enough(total: int) -> bool:
        with_class = max(1, round(share * total))
        return half_width(auc, with_class, max(1, total - with_class)) <= wanted

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
