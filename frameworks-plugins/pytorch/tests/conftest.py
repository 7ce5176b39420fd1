"""Shared by all tests: seeds, thread count, the switches left as they were, and the registrar.

Tests run with the native registrar, which is built once.  Those of the modules below run with the one in Python as well: all of them, or
every so many, and all with FUGAKUDNN_EXHAUSTIVE=1.  Where FUGAKUDNN_TORCH_REGISTRAR is set, that one is tested and nothing built.
"""
import os

import pytest
import torch

import fugakudnn_torch as ft

VARIABLE = "FUGAKUDNN_TORCH_REGISTRAR"
GIVEN = os.environ.get(VARIABLE)
EVERY = {"test_switch": 1, "test_torch_versions": 1, "test_forms": 20, "test_networks": 10}
if os.environ.get("FUGAKUDNN_EXHAUSTIVE") == "1":
    EVERY = dict.fromkeys(EVERY, 1)


def module_of(item):
    return item.module.__name__.rpartition(".")[2]


def pytest_generate_tests(metafunc):
    if GIVEN is None and module_of(metafunc) in EVERY:
        metafunc.parametrize("registrar", ["native", "python"], indirect=True)


def pytest_collection_modifyitems(config, items):
    selected, rest, seen = [], [], dict.fromkeys(EVERY, 0)
    for item in items:
        module, parameters = module_of(item), getattr(item, "callspec", None)
        if parameters is not None and parameters.params.get("registrar") == "python":
            seen[module] += 1
            skipped = any(mark.args[0] for mark in item.iter_markers("skipif"))  # once is enough to say so
            if skipped or seen[module] % EVERY[module]:
                rest.append(item)
                continue
        selected.append(item)
    items[:] = selected
    if rest:
        config.hook.pytest_deselected(items=rest)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """What went wrong with the native registrar, or None; a test of its own fails where something did."""
    if GIVEN is not None:
        return None
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    try:
        ft.build_registrar()
    except RuntimeError as error:
        return error
    return None


@pytest.fixture(autouse=True)
def registrar(request, built):
    """The registrar of a test."""
    # Not the test's own monkeypatch, which would then be undone after everything else here.
    with pytest.MonkeyPatch.context() as environment:
        if GIVEN is None:
            environment.setenv(VARIABLE, getattr(request, "param", "native") if built is None else "python")
        yield


@pytest.fixture(autouse=True)
def clean(registrar):
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    ft.coverage(reset=True)
    yield
    ft.disable()
    ft.disable_allocator()
    torch.set_num_threads(threads)
