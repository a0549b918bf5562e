"""The parts of a report that tell how far it may be trusted."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

from fpt_core.dataset.audit.report import is_stale, kept_report
from fpt_core.dataset.audit.words import counted
from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.report.data_parts import patients
from fpt_core.report.material import Material, Part
from fpt_core.report.result_parts import by_patient, subgroups

_LOOKS = {
    "end": "end of a training",
    "evaluation": "evaluation",
    "comparison": "comparison of runs",
    "list": "list of runs",
    "report": "report",
}
_FEW_PATIENTS = 100
"""Of a class in the test split; commonly asked for to judge a model.

Reference: Collins et al., Statistics in Medicine 2016, doi 10.1002/sim.6787.
"""


def examples(material: Material) -> Part:
    """Images that the user picked, with what the model read of them."""
    return {"pictures": [dataclasses.asdict(example) for example in material.pictures]}


def test_looks(material: Material) -> Part:
    """How often somebody was told a result on the test split before this report."""
    looks = material.project.test_looks()
    # What was looked at may name a file; its kind does not.
    kinds = Counter(_LOOKS.get(what.split(" of ")[0], "other") for _, what in looks)
    return {
        "looks": len(looks),
        "kinds": dict(kinds.most_common()),
        "first": looks[0][0] if looks else None,
        "last": looks[-1][0] if looks else None,
    }


def limits(material: Material) -> Part:
    """What the program itself knows to limit the results."""
    found = [*_of_data(material), *_of_training(material), *_of_results(material)]
    return {"limits": found}


def _of_data(material: Material) -> Iterator[str]:
    if not material.is_same_data:
        yield (
            "The data set has been changed since the model was trained: patients who are test "
            "patients now may have been training patients then."
        )
    if not patients(material)["patients_known"]:
        yield (
            "Patients are not known, so images of one patient may be in training and in test; "
            "results may look better than they are."
        )
    if conflicts := material.project.num_conflicting():
        yield f"{counted(conflicts)} have an exact copy with another label."
    yield from _of_audit(material)
    yield "All images come from one project: nothing is known of other places."


def _of_audit(material: Material) -> Iterator[str]:
    report = kept_report(material.project)
    if report is None:
        yield "Copies, shortcuts and leaks were not looked for: no audit was made."
        return
    if is_stale(report, material.project.images()):
        yield "The data set has been changed since its audit."
    for finding in report.findings:
        if finding.severity != "note":
            # A title that quotes something may quote a name.
            told = finding.kind.replace("-", " ") if "“" in finding.title else finding.title
            yield f"The audit found ({finding.severity}): {told}."


def _of_training(material: Material) -> Iterator[str]:
    card = material.card
    if not card.backbone.pretrained:
        yield (
            "The backbone has random weights: the results show that the program works, not how "
            "well it works."
        )
    if card.calibration is None:
        yield (
            "The probabilities are not calibrated: validation holds too few patients of some class."
        )
    if not card.operating_points:
        yield "There is no threshold: validation holds too few patients of some class."
    yield "One split and one training run: another split or seed would give other figures."
    if card.cross_fit is not None:
        return
    yield (
        "The validation images served to pick the weights and, where there are such, to calibrate "
        "and to choose thresholds; figures on them flatter the model."
    )


def _of_results(material: Material) -> Iterator[str]:
    if material.measured is None:
        yield "No test image could be measured."
        return
    sample = by_patient(material.measured)
    least = BootstrapConfig().least_patients
    for index, name in enumerate(sample.class_names):
        number = sample.patients_of(sample.positive(index))
        if number < least:
            yield f"{counted(number, 'test patient')} of class {name}: too few for an interval."
        elif number < _FEW_PATIENTS:
            yield (
                f"{counted(number, 'test patient')} of class {name}: fewer than the "
                f"{_FEW_PATIENTS} that are commonly asked for to judge a model."
            )
    worse = [
        f"{column} {group['value']}"
        for column, groups in subgroups(material)["columns"].items()
        for group in groups
        if group["warning"].startswith("Clearly worse")
    ]
    if worse:
        yield f"Clearly worse than for all others: {', '.join(worse)}."
