"""Shared by all tests: seeds, thread count, and the switches left as they were."""
import pytest
import torch

import fugakudnn_torch as ft


@pytest.fixture(autouse=True)
def clean():
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    ft.coverage(reset=True)
    yield
    ft.disable()
    ft.disable_allocator()
    torch.set_num_threads(threads)
