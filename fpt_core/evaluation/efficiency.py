"""What a score is worth beside what it took: parameters (PPE) and memory (PME).

Reference: Huang et al., FPT+, TNNLS 2025 (arXiv 2408.02426), section IV.
"""

from __future__ import annotations

import math


def efficiency(score: float, share: float) -> float:
    """``score * exp(-log10(share + 1))``: the score itself where it took nothing.

    Args:
        score: Such as the test AUC.
        share: For PPE the learnable share of all parameters; for PME the memory over what full
            fine-tuning needs. 0 or more.
    """
    return score * math.exp(-math.log10(share + 1))
