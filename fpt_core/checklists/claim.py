"""The Checklist for Artificial Intelligence in Medical Imaging, update of 2024: all 44 items.

Reference: Tejani et al., CLAIM: 2024 Update, Radiology: Artificial Intelligence 2024,
doi 10.1148/ryai.240300.
"""

from __future__ import annotations

from fpt_core.checklists.items import Item

NAME = "CLAIM 2024"
_METHODS, _RESULTS, _OTHER = "Methods", "Results", "Other information"

ITEMS = (
    Item("1", "Title", "Names the study one of AI, and the kind of AI", ("head",), "title"),
    Item("2", "Abstract", "Sums up design, methods, results, conclusions", topic="abstract"),
    Item("3", "Introduction", "Background, and the part the AI is to play", topic="background"),
    Item("4", "Introduction", "Aims and hypotheses", topic="objectives"),
    Item("5", _METHODS, "Prospective or retrospective", topic="design"),
    Item("6", _METHODS, "What the study is for: feasibility, a new model", topic="objectives"),
    Item("7", _METHODS, "Where the data come from", topic="sources"),
    Item("8", _METHODS, "Who was included and who was not", topic="eligibility"),
    Item("9", _METHODS, "What was done to the images beforehand", ("recipe",), "acquisition"),
    Item("10", _METHODS, "Which part of the data was used", ("flow",), "eligibility"),
    Item("11", _METHODS, "How the data were de-identified", topic="deidentification"),
    Item("12", _METHODS, "What was done about missing data", ("flow", "patients")),
    Item("13", _METHODS, "How the images were taken", topic="acquisition"),
    Item("14", _METHODS, "How the true class was established", topic="reference_standard"),
    Item("15", _METHODS, "Why in this way", topic="reference_standard"),
    Item("16", _METHODS, "Who labelled, and how prepared", topic="annotators"),
    Item("17", _METHODS, "How the test set was labelled", topic="test_annotation"),
    Item("18", _METHODS, "How far labels vary within and between people", topic="rater_agreement"),
    Item("19", _METHODS, "How data were given to the splits", ("patients",)),
    Item("20", _METHODS, "On which level the splits share nothing", ("patients",)),
    Item("21", _METHODS, "How many were planned, and why", topic="sample_size"),
    Item("22", _METHODS, "The model in full", ("method",)),
    Item("23", _METHODS, "Software and its versions", ("training",)),
    Item("24", _METHODS, "Where the first weights come from", ("method", "training")),
    Item("25", _METHODS, "How it was trained", ("training",)),
    Item("26", _METHODS, "How the final model was picked", ("training",)),
    Item("27", _METHODS, "Whether models were joined", ("cross_fit",)),
    Item("28", _METHODS, "Figures by which it is judged", ("results",)),
    Item("29", _METHODS, "How uncertainty is told", ("results",)),
    Item("30", _METHODS, "Whether results hold when things change", ("subgroups",), "robustness"),
    Item("31", _METHODS, "How its answers are explained", ("explanation",)),
    Item("32", _METHODS, "Evaluation on people of the same source", ("results",)),
    Item("33", _METHODS, "Testing on people from elsewhere", topic="external_testing"),
    Item("34", _METHODS, "Registration as a trial", topic="registration"),
    Item("35", _RESULTS, "How many were included and left out", ("flow",)),
    Item("36", _RESULTS, "People in each split", ("characteristics",), "characteristics"),
    Item("37", _RESULTS, "Results of every split with their uncertainty", ("results", "curves")),
    Item("38", _RESULTS, "Diagnostic figures and how precise they are", ("results",)),
    Item("39", _RESULTS, "Where and how it fails", ("mistakes",)),
    Item("40", "Discussion", "What limits the study", ("limits",), "interpretation"),
    Item("41", "Discussion", "What it means for practice", topic="intended_use"),
    Item("42", _OTHER, "Where protocol and technical details are", topic="protocol"),
    Item("43", _OTHER, "Whether software, model and data can be had", topic="availability"),
    Item("44", _OTHER, "Who paid, and their part", topic="funding"),
)
