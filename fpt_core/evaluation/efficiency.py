"""A score weighed against what it took to learn and to hold.

Reference: Huang et al., FPT, MICCAI 2024 (arXiv 2403.07576), section 3.
"""

from __future__ import annotations

import math


def parameter_efficiency(score: float, learnable_share: float) -> float:
    """PPE: ``score * exp(-log10(r + 1))``.

    Args:
        score: Such as the AUC.
        learnable_share: ``r``, of all parameters, 0 to 1.
    """
    return score * math.exp(-math.log10(learnable_share + 1))


def memory_efficiency(score: float, memory_ratio: float) -> float:
    """PME: ``score * exp(-log10(m + 1))``.

    Args:
        score: Such as the AUC.
        memory_ratio: ``m``, memory over that of full fine-tuning.
    """
    return score * math.exp(-math.log10(memory_ratio + 1))
