"""TRIPOD+AI, for studies that develop or evaluate a prediction model: all 27 items, 52 with parts.

Reference: Collins et al., TRIPOD+AI statement, BMJ 2024;385:e078378,
doi 10.1136/bmj-2023-078378.
"""

from __future__ import annotations

from fpt_core.checklists.items import Item

NAME = "TRIPOD+AI"
_INTRODUCTION, _METHODS, _OPEN = "Introduction", "Methods", "Open science"
_RESULTS, _DISCUSSION = "Results", "Discussion"
_NOT_UPDATED = "The model was not changed after it had been evaluated."

ITEMS = (
    Item("1", "Title", "What is predicted, for whom, developed or evaluated", topic="title"),
    Item("2", "Abstract", "A summary of its own kind", topic="abstract"),
    Item("3a", _INTRODUCTION, "Context of care, reason, earlier models", topic="background"),
    Item("3b", _INTRODUCTION, "Whom it is for, where in care, who uses it", topic="intended_use"),
    Item("3c", _INTRODUCTION, "Known inequalities of health", topic="inequalities"),
    Item("4", _INTRODUCTION, "Aims: to develop, to evaluate, or both", topic="objectives"),
    Item("5a", _METHODS, "Sources of the data, why these", topic="sources"),
    Item("5b", _METHODS, "Dates between which people were included", topic="dates"),
    Item("6a", _METHODS, "Setting, number and place of centres", topic="setting"),
    Item("6b", _METHODS, "Who could take part", topic="eligibility"),
    Item("6c", _METHODS, "Treatments, and how they were handled", topic="treatments"),
    Item("7", _METHODS, "Preparation of the data, checks of quality", ("recipe", "flow")),
    Item("8a", _METHODS, "What is predicted, and how it is known", topic="reference_standard"),
    Item("8b", _METHODS, "Who judged it, where it is judged", topic="annotators"),
    Item("8c", _METHODS, "What was hidden from those who judged", topic="test_annotation"),
    Item("9a", _METHODS, "How predictors were picked", ("method",)),
    Item("9b", _METHODS, "Predictors, how and when measured", topic="acquisition"),
    Item("9c", _METHODS, "Who judged them", why_not="Pixels are read by the program, not judged."),
    Item("10", _METHODS, "Size of the study, and why it is enough", topic="sample_size"),
    Item("11", _METHODS, "Missing data", ("flow", "patients")),
    Item("12a", _METHODS, "How the data were used and divided", ("patients",)),
    Item("12b", _METHODS, "How predictors were scaled or changed", ("recipe",)),
    Item("12c", _METHODS, "Kind of model, steps, internal validation", ("method", "training")),
    Item("12d", _METHODS, "Differences between sites, and how told", ("sites",), "heterogeneity"),
    Item("12e", _METHODS, "Figures and plots, and why these", ("results", "curves")),
    Item("12f", _METHODS, "Updating after evaluation", why_not=_NOT_UPDATED),
    Item("12g", _METHODS, "How predictions were computed", ("method", "use")),
    Item("13", _METHODS, "What was done about rare classes", ("training",)),
    Item("14", _METHODS, "What was done about fairness", topic="fairness"),
    Item("15", _METHODS, "Its output, and how thresholds were found", ("method", "decisions")),
    Item("16", _METHODS, "Differences of development and evaluation data", ("patients",)),
    Item("17", _METHODS, "Ethics and consent", topic="ethics"),
    Item("18a", _OPEN, "Funding", topic="funding"),
    Item("18b", _OPEN, "Conflicts of interest", topic="conflicts"),
    Item("18c", _OPEN, "Protocol", topic="protocol"),
    Item("18d", _OPEN, "Registration", topic="registration"),
    Item("18e", _OPEN, "Whether the data can be had", topic="availability"),
    Item("18f", _OPEN, "Whether the code can be had", ("training",), "availability"),
    Item("19", "Involvement", "Patients and the public", topic="public_involvement"),
    Item("20a", _RESULTS, "Flow of people, with and without the outcome", ("flow",)),
    Item("20b", _RESULTS, "People, by source and in all", ("characteristics",), "characteristics"),
    Item("20c", _RESULTS, "Evaluation beside development data", ("patients",)),
    Item("21", _RESULTS, "People and outcomes in each analysis", ("patients",)),
    Item("22", _RESULTS, "The model, so that others can use it", ("method", "use")),
    Item("23a", _RESULTS, "Results with intervals, also of subgroups", ("results", "curves")),
    Item("23b", _RESULTS, "Results between sites", ("sites",), "heterogeneity"),
    Item("24", _RESULTS, "Results of updating", why_not=_NOT_UPDATED),
    Item("25", _DISCUSSION, "What the results mean, fairness too", topic="interpretation"),
    Item(
        "26", _DISCUSSION, "Limits, and what they do to the results", ("limits",), "interpretation"
    ),
    Item("27a", _DISCUSSION, "What to do with poor or missing input", ("use",)),
    Item("27b", _DISCUSSION, "What users must do and know", ("use",), "intended_use"),
    Item("27c", _DISCUSSION, "What to study next", topic="next_steps"),
)
