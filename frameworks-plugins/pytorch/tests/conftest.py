"""Shared by all tests: seeds, thread count, and the switch left as it was."""
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
    torch.set_num_threads(threads)
