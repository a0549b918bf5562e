"""What the bundle holds, as data: the spec builds from it, and a quick test resolves it.

Only what PyInstaller cannot find by following imports is named here, and what it finds
but nothing needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

from PyInstaller.utils.hooks import (
    collect_data_files,
    collect_submodules,
    copy_metadata,
)

Toc = list[tuple[str, str]]
"""Files, each with the folder that it goes to."""

OUR_PACKAGES = ("fpt_core", "app", "resources")

HIDDEN_IMPORTS = (
    # pylibjpeg finds its decoders by entry points, pydicom by their names.
    "openjpeg",
    "_openjpeg",
    "pylibjpeg",
    # imagecodecs imports its codecs where they are first asked for.
    "imagecodecs._imcd",
    "imagecodecs._jpeg8",
    "imagecodecs._jpegls",
    "imagecodecs._shared",
    "imagecodecs._shared_cython",
    # Imported where they are used, by name.
    "matplotlib.backends.backend_svg",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "safetensors.torch",
    "SimpleITK",
)
"""Modules that no import statement leads to."""

WITH_SOURCE = {"onnxscript": "pyz+py"}
"""Packages that read their own source, beside those that PyInstaller knows of."""

METADATA = (
    "fpt-studio",
    "numpy",
    "onnxscript",
    "pydicom",
    "pylibjpeg",
    "pylibjpeg-openjpeg",
    "safetensors",
    "timm",
    "torch",
)
"""Distributions whose version or entry points the program asks for."""

EXCLUDED_MODULES = (
    # Tools that only developers need.
    "IPython",
    "PyInstaller",
    "cython",
    "hypothesis",
    "lxml",
    "mypy",
    "pip",
    "pytest",
    "setuptools",
    "tkinter",
    "wheel",
    # Other ways to draw, and other bindings of Qt.
    "PyQt5",
    "PyQt6",
    "PySide2",
    "pyqtgraph.examples",
    "pyqtgraph.jupyter",
    "pyqtgraph.opengl",
    # Modules of Qt that no widget of ours uses.
    "PySide6.QtDesigner",
    "PySide6.QtHelp",
    "PySide6.QtPrintSupport",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtSql",
    "PySide6.QtTest",
    "PySide6.QtUiTools",
    "PySide6.QtXml",
    # A decoder under the GPL, which pydicom would take where it is installed.
    "libjpeg",
    "_libjpeg",
    # Faster downloads, of what the program asks before it downloads.
    "hf_xet",
    # Parts of torch for compilers, clusters and graphics cards of others.
    "tensorboard",
    "torch.utils.benchmark",
    "torch.utils.tensorboard",
    "triton",
)
"""Modules that imports lead to, and that nothing here runs."""

UNUSED_FILES = (
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/direct_url.json",
    "*.h",
    "*.hpp",
    "*.cuh",
    "*.lib",
    "*.a",
    "*.cmake",
    "*.pyi",
    "*.pyx",
    "*.pxd",
    "*/tests/*",
    "torch/bin/protoc*",
    "torch/bin/test*",
    "torch/bin/*Test",
    "torch/bin/upgrader_models/*",
    "torch/bin/*.ptl",
    "torch/include/*",
    "torch/share/*",
    "torch/test/*",
    "torch/lib/*test*",
    "torch/lib/libaoti_custom_ops*",
    "torch/lib/libbackend_with_compiler*",
    "torchvision/_C*",
    "torchvision/image*",
    "torchvision/datasets/samplers/*",
    "*/wayland-graphics-integration-client/*",
    # Sources, beside the same modules compiled; torch reads those of its settings.
    "torch/testing/*",
    "torch/distributed/*/*",
    "torch/_inductor/*/*",
    "torch/ao/*/*",
    "onnx/backend/test/*",
    "onnxruntime/capi/libonnxruntime.so*",
    "libonnxruntime.so*",
    "matplotlib/mpl-data/fonts/afm/*",
    "matplotlib/mpl-data/fonts/pdfcorefonts/*",
    "matplotlib/mpl-data/sample_data/*",
    "sklearn/datasets/*",
    "pydicom/data/test_files/*",
    "PySide6/Qt/translations/*",
    "PySide6/translations/*",
    "PySide6/Qt/qml/*",
    "PySide6/opengl32sw.dll",
    "*/plugins/designer/*",
    "*/plugins/networkinformation/*",
    "*/plugins/printsupport/*",
    "*/plugins/qmllint/*",
    "*/plugins/qmltooling/*",
    "*/plugins/sqldrivers/*",
    "*/plugins/tls/*",
    "*/plugins/vectorimageformats/*",
    "*/plugins/egldeviceintegrations/*",
    "*/plugins/platforms/libqeglfs*",
    "*/plugins/platforms/libqminimalegl*",
    "*/plugins/platforms/libqlinuxfb*",
    "*/plugins/platforms/libqvkkhrdisplay*",
    "*/plugins/platforms/libqvnc*",
    "*libQt6EglF[Ss]*",
    # What would draw file dialogs by GTK; those of the desktop come by its portal.
    "*/platformthemes/libqgtk3*",
    "libgtk-3*",
    "libgdk*",
    "libatk*",
    "libatspi*",
    "libcairo*",
    "libepoxy*",
    "libfribidi*",
    "libgio-2*",
    "libgmodule-2*",
    "libgobject-2*",
    "libgraphite2*",
    "libharfbuzz.so*",
    "libpango*",
    "libpixman*",
    "libthai*",
    "libdatrie*",
    "libX[cdfi]*.so*",
    "libXrandr*",
    "libXrender*",
    "*libQt6Qml*",
    "*libQt6Quick*",
    "*libQt6Sql*",
    "*libQt6Pdf*",
    "*libQt6VirtualKeyboard*",
    "*/platforminputcontexts/*virtualkeyboard*",
)
"""Collected files to leave out, as patterns of their places in the bundle."""


def hidden_imports() -> list[str]:
    """All modules that PyInstaller must be told of."""
    ours = [name for package in OUR_PACKAGES for name in collect_submodules(package)]
    return [*HIDDEN_IMPORTS, *ours]


def data_files() -> Toc:
    """Files that are no modules."""
    found: Toc = collect_data_files("resources", excludes=["screenshots/*"])
    found += collect_data_files("fpt_core")
    found += collect_data_files("qdarkstyle")
    for name in METADATA:
        found += copy_metadata(name)
    return found


def is_unused(place: str, source: str = "") -> bool:
    """Whether a file that was collected for ``place`` in the bundle is left out."""
    if "torchvision.libs" in source:  # decoders, for which we have others
        return True
    return any(fnmatch(place.replace("\\", "/"), pattern) for pattern in UNUSED_FILES)


def files_below(source: Path, folder: str) -> Iterator[tuple[str, str]]:
    """Place and path of a file, or of all files in a folder, that go to ``folder``."""
    if source.is_file():
        yield Path(folder, source.name).as_posix(), str(source)
        return
    for file in sorted(source.rglob("*")):
        if file.is_file():
            yield Path(folder, file.relative_to(source)).as_posix(), str(file)


def distributions_of(places: Iterable[str]) -> list[str]:
    """The distributions that modules and files in the bundle come from."""
    owners = packages_distributions()
    tops = {place.replace("\\", "/").split("/")[0].split(".")[0] for place in places}
    return sorted({owner for top in tops for owner in owners.get(top, ())})
