"""What is inside of the bundle and whose it is: licence texts, and a bill of materials."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from app.licences import terms_of

SBOM = "sbom.cdx.json"
_COMMON_LICENCES = Path("/usr/share/common-licenses")
_QT_TERMS = ("LGPL-3", "GPL-3")
"""PySide6 and Qt come under the LGPL; their package names it and leaves its text out."""
_PYTHON = sys.version.split()[0]


def write_licences(folder: Path, system: Mapping[str, str]) -> None:
    """Write the terms of what is no Python package: Python itself, Qt, the system's libraries.

    Args:
        folder: Where the texts go, one file for each.
        system: Versions by package of the system.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wanted = {f"Python {_PYTHON}": Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"}
    for name in _QT_TERMS:
        wanted[f"Qt and PySide6 ({name})"] = _COMMON_LICENCES / name
    for package, version in system.items():
        name = f"{package} {version}".replace(":", "_")
        wanted[name] = Path("/usr/share/doc", package, "copyright")
    for name, text in wanted.items():
        if text.is_file():
            shutil.copyfile(text, folder / f"{name}.txt")


def write_sbom(path: Path, packages: Sequence[str], system: Mapping[str, str]) -> None:
    """Write a CycloneDX bill of materials: packages, libraries of the system, Python."""
    bom = Bom()
    version = distribution("fpt-studio").version
    bom.metadata.component = Component(
        name="FPT Studio", version=version, type=ComponentType.APPLICATION, bom_ref="fpt-studio"
    )
    for name in packages:
        bom.components.add(_of_package(name))
    for name, number in system.items():
        url = PackageURL("deb", "debian", name, number)
        bom.components.add(Component(name=name, version=number, purl=url, bom_ref=str(url)))
    kind = ComponentType.PLATFORM
    bom.components.add(Component(name="Python", version=_PYTHON, type=kind, bom_ref="python"))
    bom.register_dependency(bom.metadata.component, list(bom.components))
    # Neither a random number nor the hour: two builds of one commit say the same.
    names = sorted(str(each.bom_ref.value) for each in bom.components)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(["fpt-studio", version, *names]))
    bom.metadata.timestamp = None
    path.write_text(JsonV1Dot6(bom).output_as_string(indent=1), encoding="utf-8")


def _of_package(name: str) -> Component:
    found = distribution(name)
    url = PackageURL("pypi", None, name.lower().replace("_", "-"), found.version)
    terms = terms_of(found.metadata)
    licences = [DisjunctiveLicense(name=terms)] if terms else []
    return Component(
        name=name, version=found.version, purl=url, bom_ref=str(url), licenses=licences
    )


def system_packages(libraries: Iterable[str]) -> dict[str, str]:
    """Debian's packages, with their versions, of those libraries that come from the system."""
    if shutil.which("dpkg-query") is None:
        return {}
    found = {}
    for library in libraries:
        path = os.path.realpath(library)
        if package := _answer("dpkg-query", "--search", path, path.removeprefix("/usr")):
            package = package.partition(":")[0]
            found[package] = _answer("dpkg-query", "--show", "--showformat=${Version}\\n", package)
    return dict(sorted(found.items()))


def _answer(*command: str) -> str:
    """The first line that a command prints; empty where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0]
