from __future__ import annotations

import dataclasses
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from PIL import Image
from pydicom.data import get_testdata_file
from safetensors.torch import save_file

from fpt_core.bundle import Bundle, load_bundle, save_bundle
from fpt_core.config import PixelRecipe, TrainingConfig, parse_windows, preset
from fpt_core.errors import BundleError, ImageError
from fpt_core.features.extract import SourceImage, extract
from fpt_core.features.reading import TokenReading, store_spec
from fpt_core.features.resizing import resized
from fpt_core.features.store import FeatureStore
from fpt_core.images import read_image
from fpt_core.jobs.run_result import backbone_card
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone, load_backbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.fpt import FptModel
from fpt_core.predictor import Predictor, load_model
from fpt_core.training.data import Example, StoreReader
from tests.pictures import write_image

ARCHITECTURE = "vit_tiny_patch16_224"
CONFIG = dataclasses.replace(preset("fpt+"), image_size=64, side_image_size=32)


@pytest.fixture(scope="module")
def backbone() -> FrozenBackbone:
    return load_backbone(ARCHITECTURE, None, 64)


def _bundle(reads: FrozenBackbone, **changes: object) -> Bundle:
    torch.manual_seed(0)
    model = FptModel.for_backbone(CONFIG, reads, 3)
    card = ModelCard(
        method="fpt+",
        class_names=("a", "b", "c"),
        backbone=backbone_card(reads),
        recipe=PixelRecipe(),
        config=CONFIG,
        training=TrainingConfig(),
        split_fingerprint="",
    )
    return Bundle(dataclasses.replace(card, **changes), model.state_dict())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def predictor(backbone: FrozenBackbone) -> Predictor:
    return Predictor(_bundle(backbone), backbone)


def test_a_path_and_its_pixels_give_the_same_answer(predictor: Predictor, tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", 0)
    from_path, from_string = predictor.predict(path), predictor.predict(str(path))
    from_pixels = predictor.predict(read_image(path))
    assert from_path.probabilities == from_string.probabilities == from_pixels.probabilities
    assert from_path.token_map == from_pixels.token_map
    assert sum(from_path.probabilities) == pytest.approx(1)
    assert from_path.class_name == "abc"[int(np.argmax(from_path.probabilities))]


def test_images_that_differ_get_different_answers(predictor: Predictor, tmp_path: Path) -> None:
    dark = predictor.predict(write_image(tmp_path / "a.png", 0, brightness=0))
    bright = predictor.predict(write_image(tmp_path / "b.png", 0, brightness=190))
    assert dark.probabilities != bright.probabilities


def test_the_token_map_covers_the_image(predictor: Predictor, tmp_path: Path) -> None:
    token_map = predictor.predict(write_image(tmp_path / "a.png", 0)).token_map
    assert token_map is not None
    assert (token_map.rows, token_map.cols, token_map.box) == (4, 4, (0, 0, 48, 48))
    assert len(token_map.values) == 16
    # 3 of 17 tokens are kept in each head, and the class token may be one of them.
    assert 2 <= sum(token_map.values) <= 3


def test_the_token_map_tells_the_cropped_part(backbone: FrozenBackbone, tmp_path: Path) -> None:
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[10:50, 20:60] = np.random.default_rng(0).integers(90, 250, (40, 40, 3))
    bundle = _bundle(backbone, recipe=PixelRecipe(fundus_crop=True))
    path = tmp_path / "a.png"
    Image.fromarray(rgb).save(path)
    token_map = Predictor(bundle, backbone).predict(path).token_map
    assert token_map is not None
    assert token_map.box == (20, 10, 60, 50)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((5, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 3), np.float32),
        np.zeros((2, 5, 5, 3), np.uint8),
        np.zeros((0, 5, 3), np.uint8),
    ],
    ids=lambda array: f"{array.shape} {array.dtype}",
)
def test_a_wrong_array_is_refused(wrong: np.ndarray, predictor: Predictor) -> None:
    with pytest.raises(ImageError, match=r"shape \(H, W, 3\) and type uint8, not \("):
        predictor.predict(wrong)


def test_frames_of_a_multi_frame_dicom(predictor: Predictor) -> None:
    path = Path(str(get_testdata_file("SC_rgb_rle_2frame.dcm", download=False)))
    first, second = (predictor.predict(path, frame) for frame in (0, 1))
    assert first.probabilities == predictor.predict(read_image(path, frame=0)).probabilities
    assert first.probabilities != second.probabilities
    with pytest.raises(ImageError, match="there is no frame 2"):
        predictor.predict(path, 2)


def test_a_file_that_is_no_image_is_told(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(ImageError, match=r"a\.png"):
        predictor.predict(tmp_path / "a.png")


def test_a_probe_answers_without_a_token_map(backbone: FrozenBackbone, tmp_path: Path) -> None:
    torch.manual_seed(0)
    probe = LinearProbe(2 * backbone.embed_dim, 3)
    bundle = _bundle(backbone, method="linear-probe", config=None)
    answer = Predictor(Bundle(bundle.card, probe.state_dict()), backbone).predict(
        write_image(tmp_path / "a.png", 0)
    )
    assert answer.token_map is None
    assert sum(answer.probabilities) == pytest.approx(1)


def test_another_backbone_is_refused(backbone: FrozenBackbone) -> None:
    card = dataclasses.replace(backbone_card(backbone), weights_hash="other")
    with pytest.raises(BundleError, match=f"trained with other weights of {ARCHITECTURE}"):
        Predictor(_bundle(backbone, backbone=card), backbone)


def test_weights_that_do_not_fit_the_card_are_refused(backbone: FrozenBackbone) -> None:
    bundle = _bundle(backbone, class_names=("a", "b"))
    with pytest.raises(BundleError, match="do not fit its own card"):
        Predictor(bundle, backbone)


# --- finding the backbone ------------------------------------------------------------


@pytest.fixture
def pretrained(backbone: FrozenBackbone, tmp_path: Path) -> tuple[Path, Path]:
    """A model file whose backbone counts as pretrained, and the weights it needs."""
    weights = tmp_path / f"{ARCHITECTURE}.safetensors"
    save_file(load_backbone(ARCHITECTURE, None, 224).vit.state_dict(), weights)
    card = dataclasses.replace(backbone_card(backbone), pretrained=True)
    save_bundle(tmp_path / "model.fpt", _bundle(backbone, backbone=card))
    return tmp_path / "model.fpt", weights


def test_a_missing_backbone_is_named(pretrained: tuple[Path, Path], no_weights: Path) -> None:
    model, _ = pretrained
    with pytest.raises(BundleError, match=f"needs the backbone {ARCHITECTURE}\\.") as missing:
        load_model(model)
    assert f"{ARCHITECTURE}.safetensors" in missing.value.remedy


def test_the_backbone_is_found_where_weights_are_kept(
    pretrained: tuple[Path, Path], no_weights: Path, tmp_path: Path
) -> None:
    model, weights = pretrained
    image = write_image(tmp_path / "a.png", 0)
    given = load_model(model, weights, device="cpu").predict(image)
    shutil.copy(weights, no_weights)
    assert load_model(model, device="cpu").predict(image).probabilities == given.probabilities


def test_a_random_backbone_needs_no_weights(
    backbone: FrozenBackbone, no_weights: Path, tmp_path: Path
) -> None:
    save_bundle(tmp_path / "model.fpt", _bundle(backbone))
    expected = Predictor(load_bundle(tmp_path / "model.fpt"), backbone)
    image = write_image(tmp_path / "a.png", 0)
    found = load_model(tmp_path / "model.fpt", device="cpu").predict(image)
    assert found.probabilities == expected.predict(image).probabilities


def _dicom(folder: Path) -> tuple[Path, int]:
    return Path(str(get_testdata_file("SC_rgb_rle_2frame.dcm", download=False))), 1


def _ct(folder: Path) -> tuple[Path, int]:
    return Path(str(get_testdata_file("CT_small.dcm", download=False))), 0


def _fundus(folder: Path) -> tuple[Path, int]:
    """A photograph that lies on its side, in a ZIP."""
    rows, columns = np.mgrid[:90, :120]
    disc = np.hypot(rows - 45, columns - 60) < 40
    photo = np.random.default_rng(0).integers(60, 250, (90, 120, 3)) * disc[..., None]
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo.astype(np.uint8)).save(folder / "eye.png", exif=exif)
    with zipfile.ZipFile(folder / "eyes.zip", "w") as zipped:
        zipped.write(folder / "eye.png", "left/eye.png")
    return folder / "eyes.zip" / "left" / "eye.png", 0


def _volume(folder: Path) -> tuple[Path, int]:
    values = np.random.default_rng(0).integers(-500, 500, (40, 50, 60), dtype=np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(values), str(folder / "a.nii.gz"))
    return folder / "a.nii.gz", 33


@pytest.mark.parametrize(
    ("source", "recipe"),
    [
        (_dicom, PixelRecipe()),
        (_ct, PixelRecipe(parse_windows(["lung", "soft-tissue", "40,80"]))),
        (_fundus, PixelRecipe(fundus_crop=True, fundus_contrast=True)),
        (_volume, PixelRecipe(parse_windows(["bone"]), volume_axis="coronal")),
    ],
)
def test_training_and_review_see_the_same_pixels(
    source: Callable[[Path], tuple[Path, int]],
    recipe: PixelRecipe,
    backbone: FrozenBackbone,
    tmp_path: Path,
) -> None:
    """From the store as training reads it, and from the file by a model that was saved."""
    path, frame = source(tmp_path)
    reading = TokenReading(backbone, CONFIG, recipe, "float32")
    spec = reading.spec
    list(extract(reading, [SourceImage(path, frame, "ab" * 32)], tmp_path))
    save_bundle(tmp_path / "model.fpt", _bundle(backbone, recipe=recipe))
    bundle = load_bundle(tmp_path / "model.fpt")
    assert bundle.card.recipe == recipe
    predictor = Predictor(bundle, backbone)
    with FeatureStore(tmp_path, spec) as store:
        stored = store.read(["ab" * 32]).side_images[0].permute(1, 2, 0).numpy()
        reader = StoreReader(store, CONFIG.side_image_size, torch.device("cpu"))
        [(part, rows)] = reader.stream([[Example("ab" * 32, 0)]])
        inputs = reader.inputs(part, rows, None)
    rgb = read_image(path, recipe, frame)
    assert np.array_equal(stored, resized(rgb, (CONFIG.image_size, stored.shape[0]))[1])
    model = FptModel.for_backbone(CONFIG, backbone, 3)
    model.load_state_dict(bundle.state)
    with torch.inference_mode():
        trained = model.eval()(inputs.side_images, inputs.keys, inputs.values)[0].softmax(0)
    reviewed = predictor.predict(path, frame).probabilities
    assert reviewed == pytest.approx(trained.tolist(), abs=1e-6)
    other = dataclasses.replace(bundle.card, recipe=PixelRecipe(parse_windows(["0,1"])))
    if recipe != PixelRecipe():
        unlike = Predictor(dataclasses.replace(bundle, card=other), backbone).predict(path, frame)
        assert unlike.probabilities != pytest.approx(trained.tolist(), abs=1e-6)
    assert store_spec(backbone, CONFIG, other.recipe, "float32").fingerprint != spec.fingerprint
