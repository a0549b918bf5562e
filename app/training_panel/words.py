"""Methods, settings and figures in the words of those who train."""

from __future__ import annotations

METHOD_NAMES = {
    "auto": "Recommended",
    "fpt+": "FPT+",
    "fpt": "FPT",
    "linear-probe": "Linear probe",
    "attentive-probe": "Attentive probe",
    "lora": "LoRA",
    "full": "Full fine-tuning",
}
METHOD_SENTENCES = {
    "auto": (
        "Several small networks (FPT+), each trained without some of the patients and judged on "
        "these, and linear probes answer together. Settings and length are chosen by such answers, "
        "which also say how sure it is. Training takes several times as long as FPT+ alone."
    ),
    "fpt+": (
        "The frozen backbone reads each image once, at full size; a small network then learns from "
        "a small copy and from the parts that the backbone found important. Little memory, quick."
    ),
    "fpt": (
        "Like FPT+, with all of the backbone's blocks and a larger copy of the image: it takes "
        "more disk and more time."
    ),
    "linear-probe": (
        "A weighted sum of the frozen backbone's summary of an image. Nothing is quicker; with few "
        "images it is hard to beat, so train it as well, to compare."
    ),
    "attentive-probe": (
        "Learns which parts of the image to look at, on top of what the frozen backbone sees."
    ),
    "lora": (
        "Small changes to every block of the backbone are learned. Every image passes the whole "
        "backbone in every epoch, so it takes much memory and time."
    ),
    "full": (
        "All of the backbone is changed. It takes the most memory and time, and may learn few "
        "images by heart rather than in general."
    ),
}
STATUS_WORDS = {
    "finished": "✓ Finished",
    "running": "▶ Running",
    "stopped": "■ Stopped",
    "interrupted": "▲ Interrupted",
    "failed": "✕ Failed",
}
"""A sign of its own beside the word, as none is told by colour alone."""


def duration(seconds: float) -> str:
    """Such as ``40 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def about(seconds: float) -> str:
    """Such as ``about 12 min``; nothing that takes any time takes none."""
    return f"about {duration(max(1.0, seconds))}"


def size_text(size_bytes: float) -> str:
    """Such as ``198 MB`` or ``13.9 GB``."""
    if size_bytes < 1e9:
        return f"{size_bytes / 1e6:.0f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"
    return f"{size_bytes / 1e9:.1f} GB"


def method_name(method: str) -> str:
    """What a method is called on screen."""
    return METHOD_NAMES.get(method, method)
