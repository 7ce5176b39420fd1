"""How results are compared with torch's."""
import torch

import fugakudnn_torch as ft


def same_form(got, expected):
    """Shape, strides, data type, device, layout."""
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert got.stride() == expected.stride(), f"strides {got.stride()}, torch gives {expected.stride()}"
    assert got.storage_offset() == expected.storage_offset()
    assert got.requires_grad == expected.requires_grad
    assert got.device == expected.device


def close(got, expected, length=1):
    """Values within a bound that grows with the length of the sums."""
    if not got.is_floating_point():
        assert torch.equal(got, expected)
        return
    got, expected = got.detach(), expected.detach()
    largest = expected[torch.isfinite(expected)].abs().max().item() if torch.isfinite(expected).any() else 1.0
    tolerance = 16 * max(length, 1) ** 0.5 * torch.finfo(got.dtype).eps
    torch.testing.assert_close(got, expected, rtol=tolerance, atol=tolerance * max(largest, 1e-3), equal_nan=True)


def compare(function, *args, length=1, own=None):
    """Runs a function with and without the plug-in; ``own`` names an op that the library must (or, with "!", must not) have computed.

    With it twice: a kind of call that is known may go another way than a new one.
    """
    expected = function(*args)
    ft.coverage(reset=True)
    with ft.enabled():
        results = [function(*args) for _ in range(2)]
    counts = ft.coverage(reset=True)
    if own is not None and own.startswith("!"):
        assert counts.get(own[1:], {"own": 0})["own"] == 0
    elif own is not None:
        assert counts.get(own, {"own": 0})["own"] > 0, f"{own} was not computed by the library: {counts}"
    for got in results:
        pairs = zip(got, expected) if isinstance(expected, (tuple, list)) else [(got, expected)]
        for one, other in pairs:
            same_form(one, other)
            close(one, other, length)
    return got


def formats(shape, dtype=torch.float32):
    """(name, tensor) of a 4-D shape lying in every way that a user can bring about."""
    n, c, h, w = shape
    base = torch.randn(shape, dtype=dtype)
    yield "contiguous", base
    yield "channels_last", base.contiguous(memory_format=torch.channels_last)
    yield "transposed", base.transpose(2, 3).contiguous().transpose(2, 3)
    yield "every second column", torch.randn(n, c, h, 2 * w, dtype=dtype)[..., ::2]
    yield "every second channel", torch.randn(n, 2 * c, h, w, dtype=dtype)[:, ::2]
    yield "batch expanded", torch.randn(1, c, h, w, dtype=dtype).expand(shape)
    yield "channels expanded", torch.randn(n, 1, h, w, dtype=dtype).expand(shape)
    yield "inner part", torch.randn(n, c, h + 2, w + 2, dtype=dtype)[:, :, 1:-1, 1:-1]
    yield "offset", torch.randn(n + 1, c, h, w, dtype=dtype)[1:]
