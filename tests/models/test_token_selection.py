from __future__ import annotations

import pytest
import torch
from torch.overrides import TorchFunctionMode

from fpt_core.config import TokenImportance
from fpt_core.models import token_selection
from fpt_core.models.token_selection import attend, select_tokens, token_importance


def _query_key(num_tokens: int = 37) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    query, key = 2 * torch.randn(2, 2, 3, num_tokens, 8, generator=generator)
    return query, key


def _attention(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    return (query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5).softmax(-1)


def _rows_at_once(rows: int, num_tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    row_bytes = 4 * 2 * 3 * num_tokens
    monkeypatch.setitem(token_selection._BLOCK_BYTES, "cpu", rows * row_bytes)


@pytest.mark.parametrize("rows", [0, 1, 5, 37, 128])
def test_global_importance_is_the_mean_of_the_whole_attention_matrix(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rows_at_once(rows, 37, monkeypatch)
    query, key = _query_key()
    found = token_importance(query, key, "global")
    torch.testing.assert_close(found, _attention(query, key).mean(-2))
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 3))


def test_class_token_importance_is_the_first_row_of_attention() -> None:
    query, key = _query_key()
    found = token_importance(query, key, "class_token")
    torch.testing.assert_close(found, _attention(query, key)[..., 0, :])


@pytest.mark.parametrize("kind", ["global", "class_token"])
@pytest.mark.parametrize("rows", [1, 5, 37])
def test_attends_and_weighs_in_one_pass(
    kind: TokenImportance, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rows_at_once(rows, 37, monkeypatch)
    query, key = _query_key()
    value = torch.randn_like(key)
    context, importance = attend(query, key, value, kind)
    torch.testing.assert_close(context, _attention(query, key) @ value)
    torch.testing.assert_close(importance, token_importance(query, key, kind))


def test_half_precision_is_summed_in_float32() -> None:
    query, key = _query_key()
    found = token_importance(query.half(), key.half(), "global")
    assert found.dtype == torch.float32
    expected = _attention(query.half().float(), key.half().float()).mean(-2)
    torch.testing.assert_close(found, expected)


class _Largest(TorchFunctionMode):
    """Notes the number of elements of the largest tensor that any operation returns."""

    elements = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.elements = max(self.elements, result.numel())
        return result


def test_no_matrix_of_tokens_by_tokens_is_ever_made(monkeypatch: pytest.MonkeyPatch) -> None:
    _rows_at_once(16, 64, monkeypatch)
    query, key = _query_key(64)
    with _Largest() as largest:
        attend(query, key, key, "global")
    assert largest.elements == 2 * (2 * 3 * 16 * 64), "the scores and weights of a block"
    with _Largest() as largest:
        _attention(query, key)
    assert largest.elements == 2 * 3 * 64 * 64, "the watch sees a whole matrix"


def test_selects_the_most_important_tokens_in_descending_order() -> None:
    importance = torch.tensor([[[0.1, 0.5, 0.2, 0.4], [0.4, 0.1, 0.3, 0.2]]])
    key = torch.arange(8.0).reshape(1, 2, 4, 1)
    keys, values, index = select_tokens(importance, key, 10 * key, 2)
    assert index.tolist() == [[[1, 3], [0, 2]]]
    assert keys.flatten().tolist() == [1, 3, 4, 6]
    torch.testing.assert_close(values, 10 * keys)
