"""Makes and measures the backbone in the box; README.md tells how."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from distillation.copies import images_below, without_copies
from distillation.equalised import audit_table, climbed
from distillation.labelled import LabelledImages
from distillation.pack import pack
from distillation.pool import ImagePool
from distillation.quality import Measurements
from distillation.settings import DistillationConfig
from distillation.tables import auc_table, difference_table, overlap_list
from distillation.train import Distillation
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, built_in_path
from fpt_core.models.backbone import load_backbone
from fpt_core.models.timm_import import timm
from fpt_core.models.weights import read_state

TEACHER = "vit_tiny_patch16_224"


def main() -> None:
    """Run one of the parts."""
    arguments = _parser().parse_args()
    arguments.part(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m distillation", description=__doc__)
    parts = parser.add_subparsers(required=True)
    train = parts.add_parser("train", help="train the student, or go on with it")
    train.add_argument("--teacher", type=Path, required=True, help=f"weights of {TEACHER}")
    train.add_argument("--images", type=Path, required=True, help="folder of unlabelled images")
    train.add_argument(
        "--leave-out",
        type=Path,
        nargs="*",
        default=[],
        help="folders of labelled images that the student will be measured on",
    )
    train.add_argument("--work", type=Path, required=True, help="keeps decoded images and the run")
    train.add_argument("--steps", type=int, default=DistillationConfig.steps)
    train.set_defaults(part=_train)
    packing = parts.add_parser("pack", help="write the student into the box, print its SHA-256")
    packing.add_argument("--work", type=Path, required=True)
    packing.add_argument("--output", type=Path, default=built_in_path())
    packing.set_defaults(part=lambda given: print(pack(given.work / "run.pt", given.output)))
    quality = parts.add_parser("quality", help="print the tables of the model card")
    quality.add_argument("--teacher", type=Path, required=True, help=f"weights of {TEACHER}")
    quality.add_argument("--student", type=Path, default=built_in_path())
    quality.add_argument("--chest", type=Path, required=True, help="folder with labels.csv")
    quality.add_argument("--fundus", type=Path, required=True, help="folder with labels.csv")
    quality.add_argument("--work", type=Path, required=True, help="keeps features and figures")
    quality.add_argument(
        "--known-only", action="store_true", help="measure nothing, print what was measured before"
    )
    quality.set_defaults(part=_quality)
    return parser


def _train(arguments: argparse.Namespace) -> None:
    config = DistillationConfig(steps=arguments.steps)
    teacher = timm.create_model(TEACHER, num_classes=0, dynamic_img_size=True)
    state = read_state(arguments.teacher)
    teacher.load_state_dict({key: state[key] for key in teacher.state_dict()})
    labelled = [path for folder in arguments.leave_out for path in images_below(folder)]
    photographs = without_copies(images_below(arguments.images), labelled)
    print(f"{len(photographs)} photographs, {config.num_procedural} procedural images", flush=True)
    pool = ImagePool(arguments.work, photographs, config)
    run = Distillation(teacher, pool, config, arguments.work / "run.pt")
    with (arguments.work / "log.jsonl").open("a") as log:
        for measured in run.run():
            rounded = {name: round(value, 4) for name, value in measured.items()}
            print(json.dumps(rounded), file=log, flush=True)


def _quality(arguments: argparse.Namespace) -> None:
    backbones = {
        "built-in": partial(load_backbone, BUILT_IN_BACKBONE, arguments.student),
        "teacher": partial(load_backbone, TEACHER, arguments.teacher),
        "random, same shape": partial(load_backbone, BUILT_IN_BACKBONE, None),
    }
    measurements = Measurements(arguments.work, arguments.known_only)
    rungs = [
        list(climbed(LabelledImages.read(name, folder), arguments.work / "equalised"))
        for name, folder in (("chest", arguments.chest), ("fundus", arguments.fundus))
    ]
    originals = [each[0].images for each in rungs]
    sets = [*originals, *(each[-1].images for each in rungs if len(each) > 1)]
    parts = (
        audit_table(rungs),
        auc_table(measurements, sets, backbones),
        difference_table(measurements, sets, backbones, "built-in"),
        overlap_list(measurements, originals, backbones, "teacher"),
    )
    print("\n\n".join("\n".join(lines) for lines in parts))


if __name__ == "__main__":
    main()
