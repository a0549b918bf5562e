"""How much each probe and the side networks count, from answers out of fold."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from fpt_core.auto.summary_probe import Logits, log_loss
from fpt_core.models.baselines.linear_probe import Targets

SIDE = "side networks"
"""The component that the side networks are; the others are probes."""
_STEPS = 10
"""Shares are tenths."""
_LEAST_SIDE = 0.1
"""The side networks always take part, so that an answer can be explained."""
_USUAL_SIDE = 0.3
"""Of the side networks, where nothing speaks for another share; probes have equal ones."""
_PULL = 4.0
"""How many images' worth of loss it takes to leave the usual shares for others."""
_TEMPERATURES = (-3.0, 3.0)
"""Of the logarithm of the factor that a component's logits are multiplied with."""


@dataclass(frozen=True, slots=True)
class Join:
    """A weighted sum of components' logits."""

    shares: Mapping[str, float]
    """By component; they sum to 1."""
    scales: Mapping[str, float]
    """What makes each component's answers honest by themselves."""

    def weight(self, name: str) -> float:
        """What a component's logits are multiplied with."""
        return self.shares[name] * self.scales[name]

    def __call__(self, logits: Mapping[str, Logits]) -> Logits:
        """Joint logits ``(n, classes)``."""
        joint: Logits = sum(
            (self.weight(name) * part for name, part in logits.items()), np.zeros(1)
        )
        return joint


def join(logits: Mapping[str, Logits], targets: Targets) -> Join:
    """The weights under which answers out of fold are most likely, held near usual ones.

    Each component is first made honest by a factor of its own. Then log-probabilities are
    averaged with shares in tenths; shares far from the usual ones must be better by more than a
    few images say by chance.

    Args:
        logits: Out of fold ``(n, classes)``, by component; ``SIDE`` among them.
        targets: ``(n,)``.
    """
    scales = {name: _scale(part, targets) for name, part in logits.items()}
    honest = np.stack([scales[name] * part for name, part in logits.items()])
    usual = np.array([usual_shares(tuple(logits))[name] for name in logits])

    def cost(shares: tuple[float, ...]) -> float:
        joint = np.tensordot(shares, honest, 1)
        return log_loss(joint, targets) + _PULL * float(((shares - usual) ** 2).sum()) / len(
            targets
        )

    best = min(_all_shares(tuple(logits)), key=cost)
    return Join(dict(zip(logits, best, strict=True)), scales)


def usual_join(names: tuple[str, ...]) -> Join:
    """Where nothing can be held out to choose by."""
    return Join(usual_shares(names), dict.fromkeys(names, 1.0))


def usual_shares(names: tuple[str, ...]) -> dict[str, float]:
    """Of components without figures."""
    probes = len(names) - 1
    return {name: _USUAL_SIDE if name == SIDE else (1 - _USUAL_SIDE) / probes for name in names}


def _all_shares(names: tuple[str, ...]) -> list[tuple[float, ...]]:
    tenths = itertools.product(range(_STEPS + 1), repeat=len(names))
    all_shares = [
        tuple(part / _STEPS for part in parts) for parts in tenths if sum(parts) == _STEPS
    ]
    return [
        shares
        for shares in all_shares
        if dict(zip(names, shares, strict=True))[SIDE] >= _LEAST_SIDE
    ]


def _scale(logits: Logits, targets: Targets) -> float:
    """The factor that makes ``logits`` most likely, where one more image is answered by chance."""
    chance = 1 / (len(targets) + 2)

    def cost(log_scale: float) -> float:
        logs = log_softmax(np.exp(log_scale) * logits, axis=1)
        true = logs[np.arange(len(targets)), targets]
        return float(-((1 - chance) * true + chance * logs.mean(1)).mean())

    return float(np.exp(minimize_scalar(cost, bounds=_TEMPERATURES, method="bounded").x))
