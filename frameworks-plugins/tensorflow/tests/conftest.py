"""Every case runs in a process of its own: an allocator is registered once and for good, and only before TensorFlow's first tensor.

pytest itself needs no TensorFlow.  The interpreters that have one are named by --tensorflow-python, or are those that './build.sh test'
makes of ../shared/wheels.
"""
import json
import os
import subprocess
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = [ROOT / "python", ROOT / "frameworks-plugins" / "tensorflow"]
SLOWEST = 240  # seconds; something hangs then

PRELUDE = """
import atexit, ctypes, gc, os, signal, sys, threading
import numpy as np
import tensorflow as tf
from fugakudnn import _library, _signatures, native
from fugakudnn_tensorflow import allocator

MIB = 1 << 20

class pool:
    @staticmethod
    def now(counter):
        values = _signatures.PoolStatistics(ctypes.sizeof(_signatures.PoolStatistics))
        _library.check(native.lib.fdnn_pool_statistics_get(ctypes.byref(values)))
        return getattr(values, counter)

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
                             ids=[path.parent.parent.name for path in found] or ["none"])


class Process:
    """What a script left."""

    def __init__(self, code, output, errors):
        self.code, self.out = code, output
        self.text = f"exit code {code}\n{output}{errors[-4000:]}"


class Runner:
    """Runs scripts after `PRELUDE`, each in a process of its own under one interpreter; what they compile is kept in the folder's cache."""

    def __init__(self, python, folder):
        self.python, self.folder, self.count = python, folder, 0
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PACKAGES)), "XDG_CACHE_HOME": str(folder / "cache"),
                            "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
        self._server, self._log = None, folder / "server.errors"

    def __call__(self, script, **environment):
        """Runs it, and expects that it ends well; gives what it printed."""
        process, = self.at_once(script, **environment)
        assert process.code == 0, process.text
        return process.out

    def at_once(self, *scripts, **environment):
        """Runs several at the same time, in children of the fork server."""
        cases = []
        for script in scripts:
            self.count += 1
            files = {kind: str(self.folder / f"{self.count}.{kind}") for kind in ("script", "output", "errors")}
            Path(files["script"]).write_text(PRELUDE + textwrap.dedent(script))
            cases.append({"environment": environment, **files})
        server = self._started()
        server.stdin.write(json.dumps(cases) + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        assert answer, "the fork server ended\n" + self._log.read_text()
        codes = json.loads(answer)
        return [Process(code, Path(case["output"]).read_text(), Path(case["errors"]).read_text()) for code, case in zip(codes, cases)]

    def alone(self, script, **environment):
        """As a call, but in an interpreter that was started for it: for variables that TensorFlow reads when it is imported."""
        done = subprocess.run([str(self.python), "-c", PRELUDE + textwrap.dedent(script)], env={**self.environment, **environment},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOWEST)
        assert done.returncode == 0, Process(done.returncode, done.stdout, done.stderr).text
        return done.stdout

    def _started(self):
        if self._server is None:
            program = Path(__file__).with_name("forkserver.py")
            with open(self._log, "w") as log:
                self._server = subprocess.Popen([str(self.python), str(program)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                stderr=log, env={**self.environment, "OPENBLAS_NUM_THREADS": "1"})
        return self._server

    def close(self):
        if self._server is not None:
            self._server.stdin.close()
            self._server.stdout.close()
            assert self._server.wait(SLOWEST) == 0, self._log.read_text()


@pytest.fixture(scope="session")
def runners(tmp_path_factory):
    """A `Runner` for each interpreter, made when it is asked for."""
    made = {}

    def runner(python):
        if python not in made:
            made[python] = Runner(python, tmp_path_factory.mktemp("run"))
        return made[python]

    yield runner
    for each in made.values():
        each.close()


@pytest.fixture
def run(python, runners):
    return runners(python)
