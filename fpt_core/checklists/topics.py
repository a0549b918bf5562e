"""What only the author of a study can say; one statement may answer items of several guidelines."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "title": "Title: the kind of model, the people it is for, and what it predicts",
        "abstract": "Abstract: design, methods, results and conclusions in short",
        "background": "The clinical question, why it matters, and models that there are already",
        "objectives": "Aims and hypotheses; whether a model is developed, evaluated, or both",
        "intended_use": "Whom the model would serve, where in care, and what it would change",
        "inequalities": "Inequalities of health between groups of people that are known here",
        "design": "Whether the data were gathered before the study was planned, or for it",
        "sources": "Where the data come from, why these, and whom they represent",
        "dates": "From when to when the people were included",
        "setting": "Kind and number of hospitals or practices, and where they are",
        "eligibility": "Who was included and who was not, before the data reached this program",
        "treatments": "Treatments that may show in the images, and how they were dealt with",
        "acquisition": "How the images were taken: devices, protocols, views, contrast",
        "deidentification": "How names and numbers were taken out of the data, pixels included",
        "reference_standard": "How the true class was established, when, and why in this way",
        "annotators": "Who labelled, with what training, and which tools they used",
        "test_annotation": "How the test images were labelled, and what was hidden from whom",
        "rater_agreement": "How far labels of one person, and of several, agree",
        "sample_size": "How many people were planned for training and test, and why so many",
        "characteristics": "Age, sex and clinical state of the people in each split",
        "heterogeneity": "Whether the model does equally well between sites or groups of people",
        "robustness": "What happens to the results when images or assumptions change",
        "fairness": "What was done so that the model serves all groups of people alike",
        "external_testing": "Results on people from elsewhere, or why there are none",
        "ethics": "Who approved the study, and consent or its waiver",
        "registration": "Where the study is registered, or that it is not",
        "protocol": "Where the protocol can be read, or that there is none",
        "availability": "Whether and where data, code and model can be had",
        "funding": "Who paid, and what part they took",
        "conflicts": "Interests of the authors that may conflict",
        "public_involvement": "How patients and the public took part, or that they did not",
        "interpretation": "What the results mean beside earlier work, for all groups of people",
        "next_steps": "What should be studied next before anybody relies on the model",
    }
)
"""By topic, what the statement is to say."""
