"""The content of a report: its parts, what could not be made, and the guidelines' items."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fpt_core.checklists import claim, tripod
from fpt_core.checklists.items import Item, answer_items, counts
from fpt_core.checklists.topics import TOPICS
from fpt_core.dataset.project_tables import now
from fpt_core.errors import FptError
from fpt_core.events import Warned
from fpt_core.model_card import INTENDED_USE
from fpt_core.report import (
    closing_parts,
    cross_fit_part,
    data_parts,
    model_parts,
    result_parts,
)
from fpt_core.report.material import Material, Part
from fpt_core.version import __version__

FORMAT_VERSION = 1
_MOST_NAMED = 4
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PartSpec:
    """A part of every report."""

    name: str
    title: str
    make: Callable[[Material], Part]


PARTS = (
    PartSpec("flow", "Data flow", data_parts.flow),
    PartSpec("patients", "Patients and splits", data_parts.patients),
    PartSpec("characteristics", "Characteristics", data_parts.characteristics),
    PartSpec("recipe", "From file to model", data_parts.recipe),
    PartSpec("method", "Method", model_parts.method),
    PartSpec("training", "Training", model_parts.training),
    PartSpec("cross_fit", "Cross-fitting", cross_fit_part.cross_fit),
    PartSpec("results", "Results on the test patients", result_parts.results),
    PartSpec("curves", "ROC and precision-recall", result_parts.curves),
    PartSpec("mistakes", "Confusion and mistakes", result_parts.mistakes),
    PartSpec("calibration", "Calibration", result_parts.calibration),
    PartSpec("decisions", "Operating points", result_parts.decisions),
    PartSpec("subgroups", "Subgroups", result_parts.subgroups),
    PartSpec("explanation", "Explanation", model_parts.explanation),
    PartSpec("examples", "Examples", closing_parts.examples),
    PartSpec("test_looks", "Looks at the test split", closing_parts.test_looks),
    PartSpec("limits", "Limits", closing_parts.limits),
    PartSpec("use", "Use", model_parts.use),
)


def make_content(material: Material) -> tuple[dict[str, Any], tuple[Warned, ...]]:
    """The report as JSON-ready values, and what the person should know of parts that failed.

    A part that cannot be made has ``failed`` in place of its content: a sentence without what the
    error said, which may hold a name.
    """
    parts: dict[str, Part] = {}
    warnings: list[Warned] = []
    for spec in PARTS:
        parts[spec.name], warning = _made(spec, material)
        if warning is not None:
            warnings.append(warning)
    statements = material.project.statements()
    return {
        "format_version": FORMAT_VERSION,
        "program": {"name": "FPT Studio", "version": __version__},
        "created": now(),
        "title": statements.get("title") or _title(material),
        "kind": f"Deep learning: {model_parts.method_name(material.card)}",
        "intended_use": INTENDED_USE,
        "run": material.run.id,
        "parts": {spec.name: {"title": spec.title, **parts[spec.name]} for spec in PARTS},
        "statements": {
            topic: {"about": about, "text": statements[topic]}
            for topic, about in TOPICS.items()
            if topic in statements
        },
        "guidelines": {
            module.__name__.rpartition(".")[2]: _guideline(
                module.NAME, module.ITEMS, _answering(parts, material), statements
            )
            for module in (claim, tripod)
        },
    }, tuple(warnings)


def _made(spec: PartSpec, material: Material) -> tuple[Part, Warned | None]:
    try:
        return spec.make(material), None
    except FptError as error:
        warning = Warned(f"{spec.title} is left out of the report: {error.message}", error.remedy)
    except Exception:  # one part's fault must not cost the others
        _LOG.exception("the part %s of a report failed", spec.name)
        warning = Warned(
            f"{spec.title} is left out of the report: an error of the program's own.",
            "The log says more.",
        )
    return {"failed": "This part could not be made: what it needs is missing or damaged."}, warning


def _title(material: Material) -> str:
    *first, last = material.card.class_names
    few = len(first) < _MOST_NAMED
    classes = f"{', '.join(first)} and {last}" if few else f"{len(first) + 1} classes"
    return f"Telling {classes} apart with {model_parts.method_in_words(material.card)}"


def _answering(parts: Mapping[str, Part], material: Material) -> set[str]:
    """Parts that answer items: those that were made and say something."""
    made = {name for name, part in parts.items() if "failed" not in part}
    made -= {name for name in ("characteristics", "subgroups") if not parts[name].get("columns")}
    if "subgroups" in made and set(material.columns.places) & set(parts["subgroups"]["columns"]):
        made |= {"sites"}
    return made | {"head"}


def _guideline(
    name: str, items: Sequence[Item], made: set[str], statements: Mapping[str, str]
) -> dict[str, Any]:
    answers = answer_items(items, made, statements)
    return {
        "name": name,
        "counts": counts(answers),
        "items": [dataclasses.asdict(answer) for answer in answers],
    }
