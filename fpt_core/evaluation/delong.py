"""AUC with its variance in closed form, also where patients have several images.

Placements by ranks take O(n log n). With one image per patient the variance is
DeLong's; with several it is Obuchowski's, which sums placements by patient first.

Reference: DeLong, DeLong & Clarke-Pearson, Biometrics 1988; Sun & Xu, IEEE Signal
Processing Letters 2014; Obuchowski, Biometrics 1997.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm, rankdata

from fpt_core.evaluation.bootstrap import Interval
from fpt_core.evaluation.sample import Flags, Floats, Indices

METHOD = "DeLong in the log odds, by patient"


@dataclass(frozen=True, slots=True, eq=False)
class DeLong:
    """AUCs of several scores of the same rows.

    Shape:
        auc ``(k,)``, covariance ``(k, k)``.
    """

    auc: Floats
    covariance: Floats

    def interval(self, confidence: float) -> Interval | None:
        """The first score's interval, normal in the log odds; ``None`` without variance.

        Near 1 the plain normal interval holds the truth far too seldom.

        Reference: Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2.
        """
        auc, spread = self.auc[0], float(np.sqrt(max(self.covariance[0, 0], 0.0)))
        if not spread > 0:
            return None
        margin = norm.ppf((1 + confidence) / 2) * spread / (auc * (1 - auc))
        low, high = expit(logit(auc) + np.array([-margin, margin]))
        return Interval(float(low), float(high), METHOD)

    def p_value(self) -> float | None:
        """Two-sided, of the first and second AUC being equal; ``None`` without variance."""
        variance = float(self.covariance[0, 0] + self.covariance[1, 1] - 2 * self.covariance[0, 1])
        if not variance > 0:
            return None
        return float(2 * norm.sf(abs(self.auc[0] - self.auc[1]) / np.sqrt(variance)))


def delong(scores: Floats, positive: Flags, patients: Indices) -> DeLong | None:
    """AUCs and their covariance; ``None`` unless two patients have positives, and two negatives.

    Shape:
        scores ``(k, n)``; positive, patients ``(n,)``.
    """
    patients = patients.astype(np.int64)
    with_positives = len(np.unique(patients[positive]))
    with_negatives = len(np.unique(patients[~positive]))
    if min(with_positives, with_negatives) < 2:
        return None
    excess, auc = _excess(scores, positive)
    count = int(patients.max()) + 1
    of_positives, of_negatives = (
        np.stack([np.bincount(patients[side], row[side], minlength=count) for row in excess])
        for side in (positive, ~positive)
    )
    m, n = int(positive.sum()), int((~positive).sum())
    total = len(np.unique(patients))
    cross = of_positives @ of_negatives.T * total / (total - 1) / (m * n)
    return DeLong(
        auc,
        of_positives @ of_positives.T * with_positives / (with_positives - 1) / m**2
        + of_negatives @ of_negatives.T * with_negatives / (with_negatives - 1) / n**2
        + cross
        + cross.T,
    )


def _excess(scores: Floats, positive: Flags) -> tuple[Floats, Floats]:
    """Each row's placement, the share of the other side that it is ranked rightly to, less the AUC.

    Shape:
        scores ``(k, n)`` -> ``(k, n)`` and AUCs ``(k,)``.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    placements = np.empty(scores.shape)
    ranks = rankdata(scores, axis=1)
    placements[:, positive] = (ranks[:, positive] - rankdata(scores[:, positive], axis=1)) / n
    placements[:, ~positive] = (
        1 - (ranks[:, ~positive] - rankdata(scores[:, ~positive], axis=1)) / m
    )
    auc = placements[:, positive].mean(1)
    return placements - auc[:, None], auc
