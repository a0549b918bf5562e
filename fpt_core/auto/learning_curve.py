"""How the AUC grows with patients, and what twice as many would bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fpt_core.auto.folds import Folds
from fpt_core.auto.summary_probe import Logits, answers_at
from fpt_core.evaluation.cross_fit import CurvePoint, LearningCurve
from fpt_core.evaluation.figures import macro_auc
from fpt_core.evaluation.metrics import macro_auc as auc_of
from fpt_core.evaluation.sample import Sample
from fpt_core.models.baselines.linear_probe import Features, Targets

_SHARES = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
_DRAWS = 4
_RESAMPLES = 400
_LEAST_KEPT, _MOST_KEPT = 0.5, 1.0
"""What the next doubling brings over the last one, for errors that fall as a power of the number of
patients between 0 and -1.

Reference: Viering and Loog, The Shape of Learning Curves: A Review, TPAMI 2023."""
_CONFIDENCE = (2.5, 97.5)


def learning_curve(
    features: Features,
    targets: Targets,
    patients: Sequence[str],
    folds: Folds,
    classes: int,
    strength: float,
    seed: int,
) -> LearningCurve | None:
    """Learn from parts of the patients of the other folds, and answer each fold.

    Args:
        features: Of images that are not test images, ``(n, F)``.
        targets: Their classes.
        patients: Of each image.
        folds: Over them.
        classes: How many.
        strength: Inverse strength of regularisation that all images chose.
        seed: Of the draws.

    Returns:
        ``None`` where nothing is held out.
    """
    if not folds.held:
        return None
    rng = np.random.default_rng(seed)
    answered = {
        share: [
            _answered(features, targets, np.array(patients), folds, classes, strength, share, rng)
            for _ in range(1 if share == 1 else _DRAWS)
        ]
        for share in _SHARES
    }
    points = []
    judged = folds.judged
    for draws in answered.values():
        aucs = [auc_of(softmax(logits, axis=1), targets[judged]) for logits, _ in draws]
        sure = [auc for auc in aucs if auc is not None]
        if sure:
            number = round(float(np.mean([count for _, count in draws])))
            points.append(CurvePoint(number, float(np.mean(sure))))
    gain, interval = _gain(answered, targets[judged], np.array(patients)[judged], rng)
    return LearningCurve(tuple(points), gain, interval)


def _answered(
    features: Features,
    targets: Targets,
    patients: NDArray[np.str_],
    folds: Folds,
    classes: int,
    strength: float,
    share: float,
    rng: np.random.Generator,
) -> tuple[Logits, float]:
    """Logits of what is held out, in order, and how many patients taught them."""
    logits = np.zeros((len(targets), classes))
    taught = []
    for fold in folds.held:
        learnt = _part(np.flatnonzero(folds.fold != fold), targets, patients, share, rng)
        asked = folds.fold == fold
        taught.append(len(set(patients[learnt])))
        found = answers_at(
            features[learnt], targets[learnt], features[asked], classes, strengths=(strength,)
        )
        logits[asked] = found[strength]
    return logits[folds.judged], float(np.mean(taught))


def _part(
    rows: NDArray[np.intp],
    targets: Targets,
    patients: NDArray[np.str_],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Images of a share of the patients of every class, at least one of each."""
    chosen: set[str] = set()
    for target in np.unique(targets[rows]):
        found = np.unique(patients[rows][targets[rows] == target])
        chosen.update(rng.permutation(found)[: max(1, round(share * len(found)))].tolist())
    return rows[np.isin(patients[rows], sorted(chosen))]


def _gain(
    answered: Mapping[float, Sequence[tuple[Logits, float]]],
    targets: Targets,
    patients: NDArray[np.str_],
    rng: np.random.Generator,
) -> tuple[float | None, tuple[float, float] | None]:
    """The next doubling, from the last one over patients drawn again and again."""
    groups = np.unique(patients, return_inverse=True)[1]
    number = groups.max(initial=-1) + 1
    counts = rng.multinomial(number, np.full(number, 1 / number), _RESAMPLES)
    weights = np.vstack([np.ones(len(targets)), counts[:, groups]])

    def aucs(share: float) -> NDArray[np.float64]:
        names = [str(index) for index in range(answered[share][0][0].shape[1])]
        samples = [
            Sample.of(names, softmax(logits, axis=1), targets, patients)
            for logits, _ in answered[share]
        ]
        found: NDArray[np.float64] = np.mean([macro_auc(s, weights) for s in samples], 0)
        return found

    last = aucs(1.0) - aucs(0.5)
    if np.isnan(last[0]):
        return None, None
    drawn = last[1:] * rng.uniform(_LEAST_KEPT, _MOST_KEPT, _RESAMPLES)
    low, high = np.nanpercentile(np.clip(drawn, 0, None), _CONFIDENCE)
    usual = (_LEAST_KEPT + _MOST_KEPT) / 2
    return max(0.0, usual * float(last[0])), (float(low), float(high))
