"""Tiny real objects that tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Tiny models gain nothing from threads, and lose much where other work shares the processor.
os.environ.setdefault("OMP_NUM_THREADS", "1")

IMAGE_SIZE = 32


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, where this machine has it."""
    folder = os.environ.get("FPT_SHARED_DATA")
    if not folder:
        pytest.skip("FPT_SHARED_DATA is not set: no real data sets on this machine")
    return Path(folder)


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with the built-in backbone alone; returns the empty folder that is searched."""
    from fpt_core import backbone_catalogue

    folder = tmp_path / "no-weights"
    folder.mkdir()
    monkeypatch.setenv(backbone_catalogue.WEIGHTS_DIR_VARIABLE, str(folder))
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(backbone_catalogue, "models_dir", lambda: folder)
    return folder


@pytest.fixture
def no_box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation without its built-in backbone; returns where it is missing."""
    from fpt_core import backbone_catalogue

    missing = tmp_path / "missing.safetensors"
    monkeypatch.setattr(backbone_catalogue, "built_in_path", lambda: missing)
    return missing


@pytest.fixture(scope="session")
def make_vit() -> Callable[..., Any]:
    """Builds a tiny ViT with seeded random weights; arguments override its shape."""

    def make(**changes: Any) -> Any:
        import torch

        from fpt_core.models.timm_import import VisionTransformer

        shape = {"img_size": IMAGE_SIZE, "patch_size": 8, "embed_dim": 32, "depth": 4}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            vit = VisionTransformer(**{**shape, "num_heads": 4, "num_classes": 0, **changes})
            for parameter in vit.parameters():
                # Trained weights are no zeros and ones: a forgotten bias or scale must show.
                parameter.data += 0.1 * torch.randn_like(parameter)
        return vit.eval()

    return make


@pytest.fixture
def backbone(make_vit: Callable[..., Any]) -> Any:
    """A frozen backbone of four blocks at 32 px."""
    from fpt_core.models.backbone import FrozenBackbone

    return FrozenBackbone(make_vit(), "tiny", IMAGE_SIZE)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A project of ten patients a class in every split, and a model of it."""
    from fpt_core import backbone_catalogue

    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(backbone_catalogue.WEIGHTS_DIR_VARIABLE, str(folder))
        patch.setenv("HF_HUB_CACHE", str(folder))
        patch.setattr(backbone_catalogue, "models_dir", lambda: folder)
        from tests.studies import make_study, train

        project = make_study(folder, "study", seed=0)
        return project, Path(train(project)["model"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Where CI has the real data, nothing may be skipped without anybody noticing."""
    report = yield
    if report.skipped and os.environ.get("CI") and os.environ.get("FPT_SHARED_DATA"):
        report.outcome = "failed"
        report.longrepr = f"unexpected skip of {item.nodeid}: {report.longrepr}"
    return report
