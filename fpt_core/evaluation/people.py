"""What a decision means for a thousand people, in whole people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class People:
    """What a threshold means for so many people: whole people, who add up."""

    found: int
    """Have the finding and are called."""
    missed: int
    """Have it and are not."""
    false_alarms: int
    """Do not have it and are called."""
    cleared: int
    """Do not have it and are not."""


def people(sensitivity: float, specificity: float, prevalence: float, total: int = 1000) -> People:
    """Of ``total`` people, of whom a share of ``prevalence`` have the finding."""
    having = round(total * prevalence)
    found = round(having * sensitivity)
    cleared = round((total - having) * specificity)
    return People(found, having - found, total - having - cleared, cleared)
