"""Every case runs in a process of its own: an allocator is registered once and for good, and only before TensorFlow's first tensor.

pytest itself needs no TensorFlow.  The interpreters that have one are named by --tensorflow-python, or are those that './build.sh test'
makes of ../shared/wheels.
"""
import os
import subprocess
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = [ROOT / "python", ROOT / "frameworks-plugins" / "tensorflow"]
SLOWEST = 240  # seconds; something hangs then

PRELUDE = """
import atexit, ctypes, gc, os, signal, sys, threading
import numpy as np
import tensorflow as tf
from fugakudnn import native
from fugakudnn_tensorflow import allocator

MIB = 1 << 20

class pool:
    FIELDS = ("struct_size live_bytes cached_bytes idle_bytes mapped_bytes peak_live_bytes peak_resident_bytes allocations cache_hits "
              "frees_remote late_frees system_calls faults_avoided invalid_frees fallbacks live_blocks").split()

    @classmethod
    def now(cls, field):
        values = (ctypes.c_int64 * len(cls.FIELDS))(8 * len(cls.FIELDS))
        assert native.lib.fdnn_pool_statistics_get(values) == 0
        return values[cls.FIELDS.index(field)]

    @classmethod
    def live(cls):
        return cls.now("live_bytes")

def address(tensor):
    return np.asarray(memoryview(tensor)).__array_interface__["data"][0]
"""


def pytest_addoption(parser):
    parser.addoption("--tensorflow-python", action="append", default=[], metavar="PATH", help="an interpreter that has TensorFlow")


def interpreters(config):
    named = [Path(path) for path in config.getoption("--tensorflow-python")]
    return named or sorted((ROOT / "artifacts").glob("tensorflow-*/bin/python"))


def pytest_generate_tests(metafunc):
    if "python" in metafunc.fixturenames:
        found = interpreters(metafunc.config)
        reason = "no interpreter with TensorFlow: './build.sh test' makes them of ../shared/wheels, or name one by --tensorflow-python"
        metafunc.parametrize("python", found or [pytest.param(None, marks=pytest.mark.skip(reason=reason))],
                             ids=[path.parent.parent.name for path in found] or ["none"], scope="session")


class Process:
    """A script in a new interpreter, after `PRELUDE`; ``environment`` is all of its environment."""

    def __init__(self, python, script, environment):
        done = subprocess.run([str(python), "-c", PRELUDE + textwrap.dedent(script)], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOWEST)
        self.code, self.out = done.returncode, done.stdout
        self.text = f"exit code {done.returncode}\n{done.stdout}{done.stderr[-4000:]}"


class Runner:
    """Starts scripts under one interpreter; what it compiles is kept in ``cache``."""

    def __init__(self, python, cache):
        self.python = python
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PACKAGES)), "XDG_CACHE_HOME": str(cache),
                            "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}

    def start(self, script, **environment):
        return Process(self.python, script, {**self.environment, **environment})

    def __call__(self, script, **environment):
        """Runs it, and expects that it ends well and without a word on an abort."""
        process = self.start(script, **environment)
        assert process.code == 0, process.text
        return process.out

    def at_once(self, *scripts, **environment):
        """Runs several, some at the same time: most of a process is the import of TensorFlow, on one core."""
        with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as several:
            return list(several.map(lambda script: self.start(script, **environment), scripts))


@pytest.fixture(scope="session")
def run(python, tmp_path_factory):
    return Runner(python, tmp_path_factory.mktemp("cache"))
