"""The model card beside a report: Markdown with metadata, in the manner of Hugging Face and CHAI.

Reference: Mitchell et al., Model Cards for Model Reporting, FAccT 2019; Coalition for Health AI,
Applied Model Card, schema v0.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from huggingface_hub.repocard_data import EvalResult, ModelCardData

from fpt_core.report.page import environment

_METRICS = {"auc": "roc_auc", "average_precision": "average_precision", "f1": "f1"}


def render_model_card(content: Mapping[str, Any]) -> str:
    """The card of a report's content."""
    template = environment().get_template("model_card.md")
    return template.render(**content, metadata=_metadata(content))


def _metadata(content: Mapping[str, Any]) -> str:
    """The card's YAML, by Hugging Face's own writer, which checks it."""
    method = content["parts"]["method"]
    results = list(_results(content["parts"]["results"]))
    data = ModelCardData(
        library_name="fpt-studio",
        pipeline_tag="image-classification",
        base_model=None if "failed" in method else f"timm/{method['backbone']['name']}",
        tags=["medical", "research-use-only", "fine-grained-prompt-tuning"],
        model_name=content["title"],
        eval_results=results or None,
    )
    return str(data.to_yaml())


def _results(results: Mapping[str, Any]) -> Iterator[EvalResult]:
    found = results.get("by_patient", {}).get("macro", {})
    for name, metric in _METRICS.items():
        if name in found and found[name]["value"] is not None:
            yield EvalResult(
                task_type="image-classification",
                dataset_type="private",
                dataset_name="test patients of the project",
                metric_type=metric,
                metric_name=f"{name} by patient, mean of classes",
                metric_value=round(found[name]["value"], 4),
            )
