from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fpt_core.config import PixelRecipe
from fpt_core.errors import DiskFullError, StoreError
from fpt_core.features import store as store_module
from fpt_core.features.record import StoreSpec, quantise
from fpt_core.features.store import DamagedRecordError, FeatureStore, StoreWriter

SPEC = StoreSpec(
    backbone="tiny",
    weights_hash="ab",
    image_size=32,
    side_image_size=6,
    blocks=(1, 3),
    num_heads=4,
    num_kept_tokens=3,
    head_dim=8,
    token_importance="global",
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    recipe=PixelRecipe(),
    dtype="float32",
)
CHANGES: dict[str, Any] = {
    "backbone": "other",
    "weights_hash": "cd",
    "image_size": 64,
    "side_image_size": 7,
    "blocks": (0, 3),
    "num_heads": 2,
    "num_kept_tokens": 4,
    "head_dim": 16,
    "token_importance": "class_token",
    "mean": (0.4, 0.5, 0.5),
    "std": (0.5, 0.5, 0.4),
    "recipe": PixelRecipe(fundus_crop=True),
    "dtype": "float16",
    "version": 1,
}

Record = tuple[str, torch.Tensor, torch.Tensor, torch.Tensor, np.ndarray]


def _record(number: int, spec: StoreSpec = SPEC) -> Record:
    generator = torch.Generator().manual_seed(number)
    keys, values = torch.randn(2, *spec.tokens_shape, generator=generator)
    indices = torch.randint(0, 40_000, spec.tokens_shape[:3], generator=generator)
    side = torch.randint(0, 256, (6, 6, 3), generator=generator).byte().numpy()
    return (f"{number:064x}", keys, values, indices, side)


def _write(folder: Path, numbers: range, spec: StoreSpec = SPEC) -> list[Record]:
    records = [_record(number, spec) for number in numbers]
    with StoreWriter(folder, spec) as writer:
        for record in records:
            writer.append(*record)
    return records


def _shard(folder: Path) -> Path:
    return folder / SPEC.fingerprint / "shard-00000.bin"


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_records_come_back_as_they_were(dtype: Any, tmp_path: Path) -> None:
    spec = dataclasses.replace(SPEC, dtype=dtype)
    records = _write(tmp_path, range(5), spec)
    wanted = [records[index] for index in (3, 0, 3)]
    with FeatureStore(tmp_path, spec) as store:
        assert len(store) == 5
        batch = store.read([record[0] for record in wanted])
    kind = getattr(torch, dtype)
    for row, (_, keys, values, indices, side) in enumerate(wanted):
        assert torch.equal(batch.keys[:, row], keys.to(kind))
        assert torch.equal(batch.values[:, row], values.to(kind))
        assert torch.equal(batch.indices[:, row].long(), indices)
        assert np.array_equal(batch.side_images[row].permute(1, 2, 0).numpy(), side)


def test_every_field_changes_the_fingerprint() -> None:
    assert set(CHANGES) == {field.name for field in dataclasses.fields(StoreSpec)}
    changed = [dataclasses.replace(SPEC, **{name: new}) for name, new in CHANGES.items()]
    fingerprints = {spec.fingerprint for spec in (SPEC, *changed)}
    assert len(fingerprints) == len(CHANGES) + 1
    assert dataclasses.replace(SPEC).fingerprint == SPEC.fingerprint


def test_a_changed_spec_meets_no_old_record(tmp_path: Path) -> None:
    _write(tmp_path, range(2))
    with FeatureStore(tmp_path, dataclasses.replace(SPEC, weights_hash="cd")) as store:
        assert len(store) == 0


@pytest.mark.parametrize("cut", [1, 70, SPEC.record_bytes - 1])
def test_a_cut_record_counts_as_not_prepared_and_is_written_again(cut: int, tmp_path: Path) -> None:
    _write(tmp_path, range(3))
    shard = _shard(tmp_path)
    shard.write_bytes(shard.read_bytes()[:-cut])
    with FeatureStore(tmp_path, SPEC) as store:
        assert len(store) == 2
        assert _record(2)[0] not in store
    _write(tmp_path, range(2, 4))
    assert shard.stat().st_size == 4 * SPEC.record_bytes
    with FeatureStore(tmp_path, SPEC) as store:
        assert torch.equal(store.read([_record(3)[0]]).keys[:, 0], _record(3)[1])
        assert torch.equal(store.read([_record(2)[0]]).keys[:, 0], _record(2)[1])


def test_a_shard_cut_in_the_middle_loses_no_more_than_what_was_cut(tmp_path: Path) -> None:
    _write(tmp_path, range(4))
    shard = _shard(tmp_path)
    shard.write_bytes(shard.read_bytes()[: SPEC.record_bytes])
    _write(tmp_path, range(2, 3))  # the others are not prepared again
    with FeatureStore(tmp_path, SPEC) as store:
        assert [_record(number)[0] in store for number in range(4)] == [True, False, True, False]
        batch = store.read([_record(number)[0] for number in (0, 2)])
    assert torch.equal(batch.keys[:, 1], _record(2)[1])


@pytest.mark.parametrize("cut", [1, 39])
def test_a_cut_index_entry_is_none(cut: int, tmp_path: Path) -> None:
    _write(tmp_path, range(3))
    index = tmp_path / SPEC.fingerprint / "records.index"
    index.write_bytes(index.read_bytes()[:-cut])
    _write(tmp_path, range(2, 3))
    with FeatureStore(tmp_path, SPEC) as store:
        assert len(store) == 3
        assert torch.equal(store.read([_record(2)[0]]).keys[:, 0], _record(2)[1])


def test_begins_another_shard_where_one_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_SHARD_BYTES", 2 * SPEC.record_bytes)
    _write(tmp_path, range(3))
    _write(tmp_path, range(3, 5))
    shards = sorted(_shard(tmp_path).parent.glob("*.bin"))
    sizes = [shard.stat().st_size // SPEC.record_bytes for shard in shards]
    assert sizes == [2, 2, 1]
    with FeatureStore(tmp_path, SPEC) as store:
        batch = store.read([_record(number)[0] for number in range(5)])
    assert torch.equal(batch.keys[:, 4], _record(4)[1])


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with (
        StoreWriter(tmp_path, SPEC),
        pytest.raises(StoreError, match="being prepared by another program"),
    ):
        StoreWriter(tmp_path, SPEC)
    with StoreWriter(tmp_path, SPEC):
        pass  # the lock is free again


@pytest.mark.parametrize("offset", [0, SPEC.record_bytes - 1])
def test_a_flipped_bit_is_found_when_the_record_is_read(offset: int, tmp_path: Path) -> None:
    _write(tmp_path, range(2))
    _change(_shard(tmp_path), SPEC.record_bytes + offset, lambda byte: byte ^ 1)
    with FeatureStore(tmp_path, SPEC) as store:
        store.read([_record(0)[0]])
        with pytest.raises(DamagedRecordError, match=r"shard-00000\.bin is damaged") as found:
            store.read([_record(1)[0]])
    assert found.value.image_hash == _record(1)[0]


def test_a_discarded_record_is_written_anew_in_its_place(tmp_path: Path) -> None:
    _write(tmp_path, range(3))
    _change(_shard(tmp_path), SPEC.record_bytes, lambda byte: byte ^ 1)
    with FeatureStore(tmp_path, SPEC) as store:
        with StoreWriter(tmp_path, SPEC) as writer:
            writer.discard(_record(1)[0])
        store.refresh()
        assert _record(1)[0] not in store
        _write(tmp_path, range(1, 2))
        store.refresh()
        batch = store.read([_record(number)[0] for number in range(3)])
    assert torch.equal(batch.keys[:, 1], _record(1)[1])
    assert _shard(tmp_path).stat().st_size == 3 * SPEC.record_bytes


@pytest.mark.parametrize("offset", [3, 35])
def test_a_damaged_index_entry_costs_one_record(offset: int, tmp_path: Path) -> None:
    _write(tmp_path, range(2))
    _change(tmp_path / SPEC.fingerprint / "records.index", 40 + offset, lambda byte: byte ^ 1)
    with FeatureStore(tmp_path, SPEC) as store:
        store.read([_record(0)[0]])
        with pytest.raises(StoreError):  # its name is unknown, or its checksum another
            store.read([_record(1)[0]])


def test_eight_bits_keep_every_token_to_a_part_in_two_hundred(tmp_path: Path) -> None:
    spec = dataclasses.replace(SPEC, dtype="int8")
    records = _write(tmp_path, range(3), spec)
    with FeatureStore(tmp_path, spec) as store:
        batch = store.read([record[0] for record in records])
    assert batch.keys.dtype == batch.values.dtype == torch.int8
    assert batch.key_scales is not None
    assert batch.value_scales is not None
    for row, (_, keys, values, _, _) in enumerate(records):
        for stored, scales, given in (
            (batch.keys, batch.key_scales, keys),
            (batch.values, batch.value_scales, values),
        ):
            error = (stored[:, row] * scales[:, row].float().unsqueeze(-1) - given).abs()
            assert (error <= given.abs().amax(-1, keepdim=True) / 200).all()


def test_tokens_of_nothing_but_zeros_stay_zeros() -> None:
    steps, scales = quantise(torch.zeros(2, 3, 8))
    assert not steps.any()
    assert (scales > 0).all()


def test_a_batch_lies_in_the_memory_that_is_given(tmp_path: Path) -> None:
    records = _write(tmp_path, range(2))
    rows = torch.empty(4, SPEC.record_bytes, dtype=torch.uint8)
    with FeatureStore(tmp_path, SPEC) as store:
        batch = store.read([records[1][0]], rows)
    assert batch.keys.shape == (2, 1, 4, 3, 8)
    rows[0].zero_()
    assert not batch.keys.any()


def _change(path: Path, offset: int, change: Callable[[int], int]) -> None:
    content = bytearray(path.read_bytes())
    content[offset] = change(content[offset])
    path.write_bytes(content)


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_spec_that_does_not_match_the_folder_is_told(damage: str, tmp_path: Path) -> None:
    _write(tmp_path, range(1))
    path = tmp_path / SPEC.fingerprint / "spec.json"
    if damage == "missing":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("tiny", "huge"))
    with pytest.raises(StoreError, match=r"spec\.json does not match it"):
        FeatureStore(tmp_path, SPEC)


def test_an_absent_record_is_told(tmp_path: Path) -> None:
    with (
        FeatureStore(tmp_path, SPEC) as store,
        pytest.raises(StoreError, match="no record of image 000000000000"),
    ):
        store.read(["0" * 64])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        StoreWriter(tmp_path, SPEC) as writer,
    ):
        monkeypatch.setattr(writer, "_open", lambda path: full)
        with pytest.raises(DiskFullError, match="disk is full"):
            writer.append(*_record(1))
