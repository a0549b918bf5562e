"""A fast look at what the bundle will hold: no build, but every name resolved."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "packaging"


@pytest.fixture(scope="module")
def contents() -> Iterator[ModuleType]:
    """The recipe's own module, which is no package: its folder is on the path for a while."""
    sys.path[:0] = [str(RECIPES)]
    spec = importlib.util.spec_from_file_location("contents", RECIPES / "contents.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(RECIPES))


@pytest.fixture(scope="module")
def files(contents: ModuleType) -> dict[str, Path]:
    """The data files by their places in the bundle."""
    found: dict[str, Path] = {}
    for source, folder in contents.data_files():
        found |= {place: Path(file) for place, file in contents.files_below(Path(source), folder)}
    return {place: file for place, file in found.items() if not contents.is_unused(place)}


def test_every_hidden_import_is_there(contents: ModuleType) -> None:
    absent = [name for name in contents.HIDDEN_IMPORTS if importlib.util.find_spec(name) is None]
    assert absent == []


def test_all_modules_of_ours_are_named(contents: ModuleType) -> None:
    names = set(contents.hidden_imports())
    for package in ("fpt_core", "app"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            assert name in names or name.endswith("__main__")


def test_nothing_that_we_import_is_left_out(contents: ModuleType) -> None:
    imported = set()
    for package in ("fpt_core", "app"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    imported.add(node.module)
                    imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    left_out = [
        name
        for name in contents.EXCLUDED_MODULES
        if any(each == name or each.startswith(f"{name}.") for each in imported)
    ]
    assert left_out == []


def test_every_package_that_is_asked_for_its_version_brings_it(contents: ModuleType) -> None:
    for name in contents.METADATA:
        assert distribution(name).version


@pytest.mark.parametrize(
    "place",
    [
        "resources/backbones/vit_studio_patch16_224.safetensors",
        "fpt_core/report/templates/report.html",
        "fpt_core/report/templates/parts/flow.html",
        "resources/icons/app.svg",
        "resources/icons/dataset.svg",
        "qdarkstyle/dark/darkstyle.qss",
        "qdarkstyle/light/lightstyle.qss",
    ],
)
def test_theme_templates_icons_and_backbone_are_inside(place: str, files: dict[str, Path]) -> None:
    assert place in files


def test_nothing_large_comes_by_chance(files: dict[str, Path]) -> None:
    assert not [place for place in files if "screenshots" in place]
    assert sum(file.stat().st_size for file in files.values()) < 20e6


@pytest.mark.parametrize(
    ("place", "left_out"),
    [
        ("torch/lib/libtorch_cpu.so", False),
        ("torch/bin/torch_shm_manager", False),
        ("torch/bin/protoc", True),
        ("torch\\include\\ATen\\ATen.h", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", False),
        ("PySide6/plugins/platforms/qwindows.dll", False),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", True),
        ("pydicom/data/charset_files/chrX1.dcm", False),
        ("imagecodecs/_jpeg8.abi3.so", False),
        ("libxcb-cursor.so.0", False),
        ("libXext.so.6", False),
        ("libgtk-3.so.0", True),
        ("timm-1.0.31.dist-info/METADATA", False),
    ],
)
def test_what_is_needed_stays(place: str, left_out: bool, contents: ModuleType) -> None:
    assert contents.is_unused(place) == left_out


def test_the_spec_runs(contents: ModuleType, tmp_path: Path) -> None:
    """With stand-ins for PyInstaller's steps: names, arguments and paths are looked at."""
    asked: dict[str, Any] = {}

    def analysis(scripts: list[str], **given: Any) -> SimpleNamespace:
        asked.update(given, scripts=scripts)
        binary = ("SimpleITK/_SimpleITK.so", "/site-packages/SimpleITK/_SimpleITK.so", "BINARY")
        return SimpleNamespace(
            pure=[("timm", "/timm/__init__.py", "PYMODULE")],
            scripts=[("program", scripts[0], "PYSOURCE")],
            binaries=[binary, ("libgtk-3.so.0", "/usr/lib/libgtk-3.so.0", "BINARY")],
            datas=[],
        )

    collected: list[Any] = []
    steps = {
        "Analysis": analysis,
        "PYZ": lambda pure: "pyz",
        "EXE": lambda *parts, **given: given["name"],
        "COLLECT": lambda *parts, **given: collected.extend(parts),
        "BUNDLE": lambda *parts, **given: None,
    }
    spec = RECIPES / "fpt_studio.spec"
    scope = {**steps, "SPECPATH": str(RECIPES), "workpath": str(tmp_path)}
    exec(compile(spec.read_text(encoding="utf-8"), str(spec), "exec"), scope)

    assert all(Path(script).is_file() for script in asked["scripts"])
    programs = [part for part in collected if isinstance(part, str)]
    assert programs[0] == "FPT Studio"
    (binaries, datas) = (part for part in collected if isinstance(part, list))
    assert [each[0] for each in binaries] == ["SimpleITK/_SimpleITK.so"]
    places = [each[0] for each in datas]
    assert "sbom.cdx.json" in places
    assert any(place.startswith("licences/Python") for place in places)
    assert any("timm-" in place and place.endswith("METADATA") for place in places)
    assert any("simpleitk-" in place.casefold() for place in places)
