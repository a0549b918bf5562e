"""Shortcuts: how well the label can be told without looking at anatomy.

For each factor, and for all of acquisition together, a small decision tree predicts the label of
patients that it was not fitted to; the measure is the macro one-versus-rest AUC over five folds by
patient.

The rule. A factor that has nothing to do with the label reaches an AUC of 0.5, give or take a
standard error that depends on the number of patients in and outside the class. What stays within
``_CHANCE_ERRORS`` of these is called chance: a dozen factors are looked at, and some are
lucky. Beyond that, a factor is serious where the lower end of the 95 % interval of its AUC
(Hanley and McNeil, by patients) is above 0.8, and a caution where it is above 0.65. How an image
looks may be anatomy, and counts one step less. A class of fewer than five patients is not judged.

Simulated with 800 data sets of 20 to 300 patients, in two or five classes, even or 85 to 15, with
one to three images of each patient and labels that had nothing to do with any of 14 factors: one
had a false caution, none a serious false alarm.

Reference: Geirhos et al., Shortcut learning in deep neural networks, 2020 (arXiv 2004.07780);
Zech et al., Variable generalization performance of a deep learning model to detect pneumonia in
chest radiographs, PLOS Medicine 15 (2018).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from fpt_core.dataset.audit.auc_interval import Z_95, standard_error
from fpt_core.dataset.audit.factors import Factor, FactorKind, factors
from fpt_core.dataset.audit.findings import Finding, Severity
from fpt_core.dataset.audit.groups import unit_of
from fpt_core.dataset.records import ImageFacts, ImageRecord

_SERIOUS_AUC = 0.8
_CAUTION_AUC = 0.65
_CHANCE_ERRORS = 3.5
_FOLDS = 5
_LEAVES = 8
_LEAST_PATIENTS = 5
"""In a class that is judged: one for each fold."""
_MOST_CLASSES = 20
_MOST_IMAGES = 3000
_MOST_PER_PATIENT = 10
_MOST_SHOWN = 50
"""Images of a class behind a finding."""
_RANKS: tuple[Severity, ...] = ("serious", "caution", "note")
_MEANING: Mapping[FactorKind, tuple[str, str]] = {
    "acquisition": (
        "the model may learn the scanner",
        "A model that learns this fails where it does not hold. Make the classes alike in it: "
        "export all images in one way, crop borders, or add images so that every class has every "
        "kind.",
    ),
    "column": (
        "the model may learn it instead of the disease",
        "Where it shows in the pixels, a model may use it. Compare results within each of its "
        "values, or balance the classes in it. If the column is the label in other words, all is "
        "well.",
    ),
    "appearance": (
        "that may be anatomy, or how the images were made",
        "Disease can change it; so can another camera, dose or export. Look at the classes side by "
        "side, and test the model on images from elsewhere.",
    ),
}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well a factor tells the label."""

    factor: Factor
    auc: float
    """Macro one-versus-rest, over patients that the tree had not seen."""
    lowest: float
    """Lower end of its 95 % interval."""
    chance: float
    """What an AUC of nothing may reach."""

    @property
    def severity(self) -> Severity | None:
        """``None`` where it is no more than chance or a weak tie would give."""
        if self.auc <= self.chance or self.lowest <= _CAUTION_AUC:
            return None
        rank = (0 if self.lowest > _SERIOUS_AUC else 1) + (self.factor.kind == "appearance")
        return _RANKS[rank]


def find_shortcuts(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> list[Finding]:
    """Factors that predict the label, the strongest first."""
    sample = judged(images)
    found = [shortcut for shortcut in measure_shortcuts(sample, facts) if shortcut.severity]
    found.sort(key=lambda shortcut: -shortcut.auc)
    return [_finding(shortcut, sample) for shortcut in found]


def judged(images: Sequence[ImageRecord]) -> list[ImageRecord]:
    """The images that shortcuts are measured on: not of tiny classes, and not too many."""
    units = defaultdict(set)
    for image in images:
        units[image.class_name].add(unit_of(image))
    sizes = Counter({name: len(found) for name, found in units.items()})
    names = [n for n, size in sizes.most_common(_MOST_CLASSES) if size >= _LEAST_PATIENTS]
    if len(names) < 2:
        return []
    taken: Counter[str] = Counter()
    by_unit: Counter[tuple[str, str]] = Counter()
    sample = []
    for image in images:  # ordered by content, which is as good as chance
        key = (image.class_name, unit_of(image))
        if (
            image.class_name in names
            and by_unit[key] < _MOST_PER_PATIENT
            and taken[image.class_name] < _MOST_IMAGES // len(names)
        ):
            sample.append(image)
            by_unit[key] += 1
            taken[image.class_name] += 1
    return sample


def measure_shortcuts(
    sample: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Shortcut]:
    """Every factor that varies, and all of acquisition together where that says more."""
    if not sample:
        return []
    names, labels = np.unique([image.class_name for image in sample], return_inverse=True)
    _, groups = np.unique([unit_of(image) for image in sample], return_inverse=True)
    patients = _patients(labels, groups, len(names))
    folds = _folds(labels, groups)

    def measured(factor: Factor) -> Shortcut:
        auc = _auc(factor.values, labels, folds)
        return Shortcut(
            factor,
            auc,
            auc - Z_95 * _mean_error(auc, patients),
            0.5 + _CHANCE_ERRORS * _mean_error(0.5, patients),
        )

    single = [measured(factor) for factor in factors(sample, facts)]
    acquisition = [one for one in single if one.factor.kind == "acquisition"]
    if len(acquisition) < 2:
        return single
    together = measured(_together([one.factor for one in acquisition]))
    worst = min((_RANKS.index(one.severity) for one in acquisition if one.severity), default=9)
    adds = together.severity is not None and _RANKS.index(together.severity) < worst
    return [*single, together] if adds else single


def _together(several: Sequence[Factor]) -> Factor:
    first, *others = (factor.name.lower() for factor in several)
    name = f"{first.capitalize()}, {', '.join([*others[:-1], f'and {others[-1]}'])} together"
    values = np.concatenate([factor.values for factor in several], axis=1)
    words = zip(*(factor.words for factor in several), strict=True)
    return Factor(name, "acquisition", values, tuple(", ".join(parts) for parts in words))


def _patients(
    labels: NDArray[np.int64], groups: NDArray[np.int64], classes: int
) -> list[tuple[int, int]]:
    """Patients with and without each class."""
    return [
        (len(np.unique(groups[labels == label])), len(np.unique(groups[labels != label])))
        for label in range(classes)
    ]


def _mean_error(auc: float, patients: Sequence[tuple[int, int]]) -> float:
    """Standard error of a macro AUC, as if the classes' errors went together."""
    return mean(standard_error(auc, *pair) for pair in patients)


def _folds(
    labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places of the images to fit, and of those left out; no patient is in both."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    return list(folds.split(np.zeros(len(labels)), labels, groups))


def _auc(
    values: NDArray[np.float32],
    labels: NDArray[np.int64],
    folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> float:
    """Macro one-versus-rest AUC of predictions for patients that were left out."""
    from sklearn.metrics import roc_auc_score
    from sklearn.tree import DecisionTreeClassifier

    answers = np.zeros((len(labels), labels.max() + 1))
    for fitted, left_out in folds:
        tree = DecisionTreeClassifier(
            max_leaf_nodes=_LEAVES, min_samples_leaf=5, class_weight="balanced", random_state=0
        )
        tree.fit(values[fitted], labels[fitted])
        answers[np.ix_(left_out, tree.classes_)] = tree.predict_proba(values[left_out])
    return mean(
        float(roc_auc_score(labels == label, answers[:, label]))
        for label in range(answers.shape[1])
    )


def _finding(shortcut: Shortcut, sample: Sequence[ImageRecord]) -> Finding:
    factor = shortcut.factor
    severity = shortcut.severity
    assert severity is not None, "only what counts becomes a finding"
    short, long = _MEANING[factor.kind]
    typical = _typical(factor, sample)
    values = "; ".join(f"“{name}”: {word} ({share:.0%})" for name, (word, share) in typical.items())
    alone = "predict" if factor.name.endswith("together") else "alone predicts"
    return Finding(
        "shortcut",
        severity,
        f"{factor.name} {alone} the label (AUC {shortcut.auc:.2f}): {short}",
        f"Most frequent: {values}. {long}",
        tuple(
            tuple(
                image.id
                for image, said in zip(sample, factor.words, strict=True)
                if image.class_name == name and said == word
            )[:_MOST_SHOWN]
            for name, (word, _) in typical.items()
        ),
    )


def _typical(factor: Factor, sample: Sequence[ImageRecord]) -> dict[str, tuple[str, float]]:
    """Each class's most frequent value, and its share."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for image, word in zip(sample, factor.words, strict=True):
        counts[image.class_name][word] += 1
    return {
        name: (word, number / words.total())
        for name, words in sorted(counts.items())
        for word, number in words.most_common(1)
    }
