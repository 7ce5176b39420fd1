"""Information, threads, instruction sets, errors, loading, the command line."""
import json
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

import fugakudnn as fd
from fugakudnn import _library, native

ROOT = Path(fd.__file__).resolve().parent.parent


def run(code, **environment):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment})


def test_info():
    facts = fd.info()
    assert facts["version"] == fd.__version__
    assert facts["isa"] in facts["isas"] and "portable" in facts["isas"]
    assert facts["threads"] == fd.get_num_threads() > 0
    assert Path(facts["library"]).is_file()


def test_threads_are_set_and_results_do_not_change():
    x, w = np.ones((1, 3, 16, 16), np.float32), np.ones((4, 3, 3, 3), np.float32)
    before = fd.get_num_threads()
    try:
        results = []
        for count in (1, 2, 3):
            fd.set_num_threads(count)
            assert fd.get_num_threads() == count
            results.append(fd.conv2d(x, w))
        for result in results:
            np.testing.assert_array_equal(result, 27)
    finally:
        fd.set_num_threads(before)


def test_every_available_isa_computes_the_same_small_integers():
    before = fd.get_isa()
    x = np.arange(2 * 5 * 7 * 6).reshape(2, 5, 7, 6).astype(np.float32) % 5
    w = np.arange(9 * 5 * 3 * 3).reshape(9, 5, 3, 3).astype(np.float32) % 3
    try:
        results = []
        for isa in fd.info()["isas"]:
            fd.set_isa(isa)
            assert fd.get_isa() == isa
            results.append(fd.conv2d(x, w, padding=1))
    finally:
        fd.set_isa(before)
    assert len(results) >= 1
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_an_isa_that_the_cpu_lacks_is_refused():
    missing = [isa for isa in ("neon", "sve512", "avx2", "avx512") if not fd.isa_available(isa)]
    assert missing
    for isa in missing:
        with pytest.raises((ValueError, fd.UnsupportedError)):
            fd.set_isa(isa)


def test_plan_cache_counts():
    x = np.zeros(12347, np.float32)
    before = fd.plan_cache_stats()
    fd.relu(x)
    fd.relu(x)
    after = fd.plan_cache_stats()
    assert after["misses"] == before["misses"] + 1


def test_a_destroyed_primitive_is_refused():
    primitive = native.eltwise(native.F32, (1, 0.0, 0.0), 4)
    native.lib.fdnn_primitive_destroy(primitive.handle)
    x = np.zeros(4, np.float32)
    with pytest.raises(fd.StaleHandleError):
        primitive.run({native.SOURCE: x.ctypes.data, native.DESTINATION: x.ctypes.data})


def test_a_null_pointer_is_refused():
    with pytest.raises(ValueError, match="src"):
        native.eltwise(native.F32, (1, 0.0, 0.0), 4).run({})


def test_every_status_has_an_exception():
    for status in range(1, 6):
        with pytest.raises(Exception) as caught:
            _library.check(status)
        assert isinstance(caught.value, {1: ValueError, 2: NotImplementedError, 3: MemoryError, 4: fd.StaleHandleError,
                                         5: fd.FugakuDnnError}[status])


def test_threads_call_at_once():
    x, w = np.random.default_rng(0).standard_normal((2, 8, 12, 12)).astype(np.float32), np.ones((8, 8, 3, 3), np.float32)
    expected, wrong = fd.conv2d(x, w), []

    def work():
        for _ in range(20):
            if not np.array_equal(fd.conv2d(x, w), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_missing_library_is_named():
    result = run("import fugakudnn", FUGAKUDNN_LIBRARY="/nowhere/libfugakudnn.so")
    assert result.returncode and "/nowhere/libfugakudnn.so" in result.stderr and "publish" in result.stderr


def test_only_numpy_is_needed():
    code = ("import sys, fugakudnn; "
            "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'scipy', 'tensorflow', 'chainer', 'sklearn'}))")
    assert run(code).stdout.strip() == "[]"


def test_the_first_call_after_import_takes_less_than_50_ms():
    code = ("import numpy, fugakudnn, time; x = numpy.ones((1, 3, 16, 16), 'f'); w = numpy.ones((8, 3, 3, 3), 'f'); "
            "t = time.perf_counter(); fugakudnn.conv2d(x, w); print(time.perf_counter() - t)")
    assert min(float(run(code).stdout) for _ in range(5)) < 0.05


def test_fork():
    """A child runs what the parent has made."""
    x = np.arange(-50, 50, dtype=np.float32)
    expected = fd.relu(x)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(fd.relu(x), expected) and native.in_forked_child() else 1)
    assert os.waitpid(child, 0)[1] == 0 and not native.in_forked_child()


def test_verbose_writes_a_line_per_execution():
    result = run("import numpy, fugakudnn; fugakudnn.relu(numpy.ones(5, 'f')); fugakudnn.relu(numpy.ones(5, 'f'))", FUGAKUDNN_VERBOSE="1")
    assert len([line for line in result.stdout.splitlines() if line.startswith("fugakudnn,exec") and ",eltwise," in line]) == 2


def test_command_line():
    facts = json.loads(subprocess.run([sys.executable, "-m", "fugakudnn", "info", "--json"], capture_output=True, text=True).stdout)
    assert facts["isa"] in fd.info()["isas"]
    bench = subprocess.run([sys.executable, "-m", "fugakudnn", "bench", "--seconds", "0.01"], capture_output=True, text=True)
    assert bench.returncode == 0 and "GFLOP/s" in bench.stdout
    refused = subprocess.run([sys.executable, "-m", "fugakudnn", "bench", "--threads", "-1"], capture_output=True, text=True)
    assert refused.returncode == 1 and "threads" in refused.stderr


def test_the_wheel_contains_the_library(tmp_path):
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("runs in a checkout only")
    import shutil
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    (source / "fugakudnn" / "lib").mkdir(exist_ok=True)
    shutil.copy(fd.info()["library"], source / "fugakudnn" / "lib" / "libfugakudnn.so")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index",
                    "-w", str(tmp_path), str(source)], check=True)
    wheel, = tmp_path.glob("*.whl")
    assert wheel.name.startswith("fugakudnn-0.1.0-py3-none-linux_")
    assert "fugakudnn/lib/libfugakudnn.so" in zipfile.ZipFile(wheel).namelist()
