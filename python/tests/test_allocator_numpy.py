"""NumPy's arrays in the pool: both ways with arrays alive, every thread, fork, exhaustion, exit."""
import asyncio
import concurrent.futures
import contextvars
import ctypes
import gc
import importlib
import multiprocessing
import os
import pathlib
import pickle
import subprocess
import sys
import textwrap
import threading
import tracemalloc

import numpy as np
import pytest

from fugakudnn import _numpy_handler, _signatures, allocator, native

OURS, STOCK = "fugakudnn", "default_allocator"
EXHAUSTIVE = os.environ.get("FUGAKUDNN_EXHAUSTIVE") == "1"
WHEELS = pathlib.Path(__file__).resolve().parents[3] / "shared" / "wheels"  # Chainer's, which Debian does not have
SIZES = [1, 7, 63, 64, 65, 100, 1000, 1023, 1024, 4095, 4096, 4097, 33333, 100_000, 1 << 20, 3_333_333, (1 << 22) + 1, 20_000_000]

try:
    _multiarray = importlib.import_module("numpy._core.multiarray")
except ImportError:  # NumPy 1.x
    _multiarray = importlib.import_module("numpy.core.multiarray")
maker = _multiarray.get_handler_name  # of an array: who made its memory

PRELUDE = """
import numpy as np
from fugakudnn import allocator
"""


def run(code, seconds=120, **environment):
    """Another process: exit code, output and errors."""
    return subprocess.run([sys.executable, "-c", PRELUDE + textwrap.dedent(code)], capture_output=True, text=True, timeout=seconds,
                          env={**os.environ, **environment})


def succeeds(code, seconds=120, **environment):
    """Runs it; returns what it printed."""
    done = run(code, seconds, **environment)
    assert done.returncode == 0 and not done.stderr, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


@pytest.fixture
def pooled():
    with allocator.numpy_arrays():
        yield
    assert not allocator.numpy_installed()


def new_maker(*_):
    """Who makes memory here and now."""
    return maker(np.empty(3))


# --- switching -----------------------------------------------------------------------------------------------------------------------

def test_on_import_nothing_changes():
    assert not allocator.numpy_installed() and new_maker() == STOCK


def test_arrays_of_both_kinds_stay_valid_both_ways():
    numbers = np.arange(100_000.)
    before = [np.arange(100_000.) for _ in range(3)]
    allocator.install_numpy()
    inside = [np.arange(100_000.) for _ in range(3)]
    before.pop()
    before[0].resize(200_000, refcheck=False)
    allocator.uninstall_numpy()
    after = [np.arange(100_000.)]
    inside.pop()
    inside[0].resize(200_000, refcheck=False)
    allocator.install_numpy()
    inside[1].resize(50_000, refcheck=False)
    after[0].resize(300_000, refcheck=False)
    assert [maker(array) for array in (*before, *inside, *after)] == [STOCK, STOCK, OURS, OURS, STOCK]
    for array in (*before, *inside, *after):
        assert np.array_equal(array[:50_000], numbers[:50_000])
    del before, inside, after
    allocator.uninstall_numpy()
    assert new_maker() == STOCK


def test_installing_twice_is_installing_once():
    allocator.install_numpy()
    allocator.install_numpy()
    assert allocator.numpy_installed() and new_maker() == OURS
    allocator.uninstall_numpy()
    allocator.uninstall_numpy()
    assert not allocator.numpy_installed() and new_maker() == STOCK


def test_blocks_nest_and_survive_exceptions():
    with pytest.raises(KeyError), allocator.numpy_arrays():
        with allocator.numpy_arrays():
            assert new_maker() == OURS
        assert new_maker() == OURS
        raise KeyError
    assert new_maker() == STOCK


def test_a_block_leaves_what_install_said():
    allocator.install_numpy()
    with allocator.numpy_arrays():
        pass
    assert new_maker() == OURS
    with allocator.numpy_arrays():
        allocator.uninstall_numpy()
        assert new_maker() == OURS, "a block is open"
    assert new_maker() == STOCK


def test_switched_thousands_of_times_with_arrays_alive():
    random, alive = np.random.default_rng(0), {}
    try:
        for step in range(3000):
            (allocator.install_numpy if random.integers(2) else allocator.uninstall_numpy)()
            alive[int(random.integers(100))] = step, np.full(int(random.integers(1, 3000)), step)
        for step, array in alive.values():
            assert (array == step).all()
    finally:
        allocator.uninstall_numpy()


def test_reference_counts_do_not_move():
    allocator.install_numpy()
    capsules = _numpy_handler._switch.capsule, _numpy_handler._switch._own
    allocator.uninstall_numpy()
    before = [sys.getrefcount(capsule) for capsule in capsules]
    for _ in range(100):
        with allocator.numpy_arrays():
            pass
    assert [sys.getrefcount(capsule) for capsule in capsules] == before


# --- every thread and context --------------------------------------------------------------------------------------------------------

def test_threads_that_ran_before_and_threads_to_come():
    go, made = threading.Event(), []

    def earlier():
        own = np.empty(5)
        go.wait(60)
        made.append((maker(own), new_maker()))

    running = [threading.Thread(target=earlier) for _ in range(3)]
    for thread in running:
        thread.start()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert set(pool.map(new_maker, range(8))) == {STOCK}
        with allocator.numpy_arrays():
            go.set()
            for thread in running:
                thread.join()
            assert made == [(STOCK, OURS)] * 3
            assert set(pool.map(new_maker, range(8))) == {OURS}
            later = threading.Thread(target=lambda: made.append(new_maker()))
            later.start()
            later.join()
            assert made[-1] == OURS
        assert set(pool.map(new_maker, range(8))) == {STOCK}


def test_a_thread_that_python_did_not_start():
    made = []
    body = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: made.append(new_maker()))
    process, thread = ctypes.CDLL(None), ctypes.c_ulong()
    with allocator.numpy_arrays():
        assert process.pthread_create(ctypes.byref(thread), None, body, None) == 0
        assert process.pthread_join(thread, None) == 0
    assert made == [OURS]


def test_contexts_made_before_and_asyncio():
    earlier, empty = contextvars.copy_context(), contextvars.Context()

    async def tasks():
        task = asyncio.create_task(asyncio.sleep(0.01, None))
        allocator.install_numpy()
        await task
        inner = await asyncio.gather(*[asyncio.to_thread(new_maker) for _ in range(3)])
        return [new_maker(), *inner]

    try:
        assert set(asyncio.run(tasks())) == {OURS}
        assert (earlier.run(new_maker), empty.run(new_maker), new_maker()) == (OURS, OURS, OURS), "installed inside a task"
    finally:
        allocator.uninstall_numpy()
    assert (earlier.run(new_maker), empty.run(new_maker), new_maker()) == (STOCK, STOCK, STOCK)


def test_installed_in_one_thread_and_uninstalled_in_another():
    for change, expected in ((allocator.install_numpy, OURS), (allocator.uninstall_numpy, STOCK)):
        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
        assert new_maker() == expected


def test_somebody_elses_handler_is_kept_and_comes_back(pooled):
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_numpy_handler._api_slot(304))
    theirs = contextvars.copy_context()
    theirs.run(set_handler, _numpy_handler._switch._own)
    assert theirs.run(new_maker) == STOCK and not theirs.run(allocator.numpy_installed)
    theirs.run(allocator.install_numpy)
    assert theirs.run(new_maker) == OURS
    theirs.run(allocator.uninstall_numpy)
    assert theirs.run(new_maker) == OURS, "the fixture's block is open"
    theirs.run(_numpy_handler.change, blocks=-1)
    assert theirs.run(new_maker) == STOCK and new_maker() == STOCK
    _numpy_handler.change(blocks=1)


def test_threads_hand_arrays_to_each_other(pooled):
    import queue
    arrays, wrong = queue.Queue(8), []

    def make(seed):
        random = np.random.default_rng(seed)
        for _ in range(300):
            value = int(random.integers(1000))
            arrays.put((value, np.full(int(random.integers(1, 60_000)), value)))
        arrays.put(None)

    def check():
        while (item := arrays.get()) is not None:
            if not (item[1] == item[0]).all():
                wrong.append(item)

    threads = [threading.Thread(target=make, args=(seed,)) for seed in range(3)] + [threading.Thread(target=check) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- what an array must be -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", SIZES)
def test_zeros_are_zero_on_memory_that_was_used(pooled, size):
    for _ in range(3):
        np.full(size, 0xA5, np.uint8)
        assert not np.zeros(size, np.uint8).any()


@pytest.mark.parametrize("size", SIZES)
def test_resizing_keeps_what_is_there(pooled, size):
    array = (np.arange(size) % 251).astype(np.uint8)
    expected = array.copy()
    for new in (size + 1, 2 * size, 5 * size + 3, size, max(1, size // 3)):
        array.resize(new, refcheck=False)
        kept = min(new, size)
        assert maker(array) == OURS and np.array_equal(array[:kept], expected[:kept]) and not array[size:].any()


def test_memory_is_aligned_to_64_bytes(pooled):
    assert all(np.empty(size, np.uint8).ctypes.data % 64 == 0 for size in SIZES for _ in range(5))


@pytest.mark.parametrize("size", [64, 256, 4096, 1 << 16, 1 << 18, 1 << 20, 1 << 22])
def test_arrays_do_not_touch(pooled, size):
    """NumPy 1.24 takes arrays that touch for overlapping, and then computes element by element, 30 times slower."""
    made = [np.empty(size, np.uint8) if index % 3 else np.zeros(size, np.uint8) for index in range(40)]
    made[5].resize(2 * size, refcheck=False)
    made[5].resize(size, refcheck=False)
    starts = sorted(array.ctypes.data for array in made)
    assert all(after - before > size for before, after in zip(starts, starts[1:]))
    x = np.linspace(-3, 3, size // 4, dtype=np.float32)
    expected = np.tanh(x, np.empty(2 * x.size, np.float32)[:x.size])
    kept = [np.tanh(x) for _ in range(10)]
    assert all(np.array_equal(one, expected) for one in kept)


def test_empty_arrays(pooled):
    arrays = [np.empty(shape) for shape in ((0,), (0, 1000), (1000, 0), ())] + [np.zeros(0, "U1000"), np.empty(3, "V0")]
    assert len({array.ctypes.data for array in arrays}) == len(arrays)
    arrays[0].resize(1000, refcheck=False)
    assert not arrays[0].any()
    arrays[0].resize(0, refcheck=False)


def test_freeing_does_not_trust_the_size(pooled):
    """NumPy says how many bytes the array has when it is freed; that need not be how many were asked for."""
    hooks = _signatures.PoolHookFunctions(ctypes.sizeof(_signatures.PoolHookFunctions))
    assert native.lib.fdnn_pool_hooks(ctypes.byref(hooks)) == 0
    allocate = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(hooks.numpy_malloc)
    free = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(hooks.numpy_free)
    before = allocator.statistics()
    for size in SIZES:
        for wrong in (0, 1, size // 2, 10 * size):
            address = allocate(None, size)
            ctypes.memset(address, 1, size)
            free(None, address, wrong)
    free(None, None, 0)
    assert allocator.statistics().live_blocks == before.live_blocks
    test_zeros_are_zero_on_memory_that_was_used(None, 100_000)


def work():
    """A bit of everything that allocates; the same each time."""
    random = np.random.default_rng(5)
    x = random.standard_normal((300, 400)).astype(np.float32)
    table = np.zeros(500, [("name", "U20"), ("value", "f8")])
    table["name"], table["value"] = [str(i * 7 % 500) for i in range(500)], np.arange(500)
    parts = [
        x @ x.T, np.linalg.svd(x[:40, :40])[1], np.fft.rfft(x).view(np.float32), np.sort(x, axis=None), np.unique(np.round(x, 1)),
        np.concatenate([x, x * 2, x[::-1]]), np.fromiter((i * i for i in range(5000)), float), np.pad(x, 3), np.tile(x, (2, 2)),
        np.exp(x) / (1 + np.exp(x)), x[x > 0], np.where(x > 0, x, 0), np.cumsum(x, 1), np.histogram(x, 30)[0], np.sort(table, order="name")["value"],
        np.array([[1, "a"], [None, 2.5]], object), np.frombuffer(x.tobytes(), np.float32), pickle.loads(pickle.dumps(x)),
        np.loadtxt([" ".join(map(str, range(30)))] * 20), np.einsum("ij,kj->ik", x[:30], x[:20]), np.char.add(table["name"], "x"),
    ]
    return [pickle.dumps(np.ascontiguousarray(part)) for part in parts]


def test_results_are_the_same():
    expected = work()
    with allocator.numpy_arrays():
        assert work() == expected
    assert work() == expected


# --- exhaustion ----------------------------------------------------------------------------------------------------------------------

def test_what_cannot_be_is_a_memory_error(pooled):
    before = allocator.statistics().live_blocks
    kept = np.arange(1000)
    for attempt in (lambda: np.empty(1 << 62, np.uint8), lambda: np.zeros(1 << 62, np.uint8), lambda: np.empty((1 << 31, 1 << 31), np.int8),
                    lambda: kept.resize(1 << 59, refcheck=False), lambda: np.zeros(1 << 47, np.uint8), lambda: np.ones(1 << 47, np.uint8)):
        with pytest.raises(MemoryError):
            attempt()
    assert np.array_equal(kept, np.arange(1000)) and maker(np.ones(10)) == OURS
    del kept
    gc.collect()
    assert allocator.statistics().live_blocks <= before


def test_products_that_overflow_give_null():
    hooks = _signatures.PoolHookFunctions(ctypes.sizeof(_signatures.PoolHookFunctions))
    assert native.lib.fdnn_pool_hooks(ctypes.byref(hooks)) == 0
    calloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)(hooks.numpy_calloc)
    malloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(hooks.numpy_malloc)
    realloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(hooks.numpy_realloc)
    for count, size in ((1 << 33, 1 << 33), (2 ** 64 - 1, 2), (2, 2 ** 64 - 1), (2 ** 64 - 1, 2 ** 64 - 1), (1 << 32, (1 << 32) + 1)):
        assert calloc(None, count, size) is None, (count, size)
    for size in (2 ** 64 - 1, 2 ** 64 - 64, 2 ** 64 - 4096, 1 << 63, 2 ** 63 - 1):
        assert malloc(None, size) is None, size
        assert realloc(None, None, size) is None, size


@pytest.mark.parametrize("megabytes", [0.01, 1, 30])
def test_the_limit_of_address_space_gives_memory_errors_and_the_process_goes_on(megabytes):
    """Filled with blocks of one size three times over, freed, and then one block of most of it: idle memory must be given back for that."""
    out = succeeds("""
        import os, resource
        allocator.install_numpy()
        np.ones(10).sum()
        used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        room, size = 600 << 20, int(%r * 1e6)
        allocator.set_max_idle(10 * room)
        resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
        for turn in range(3):
            reserve = bytearray(8 << 20)  # Python itself needs memory to go on
            kept = [None] * (2 * room // size)
            try:
                for index in range(len(kept)):
                    kept[index] = np.full(size, index & 255, np.uint8)
                raise SystemExit("there was no limit")
            except MemoryError:
                reserve = None
            assert all(array[0] == array[-1] == n & 255 for n, array in enumerate(kept[:index]))  # without temporaries
            assert index * size > 0.6 * room, index * size
            kept = None
            one = np.ones(int(0.7 * room), np.uint8)
            assert one.all()
            one = None
        print("fine")
    """ % megabytes)
    assert out == "fine"


# --- fork ----------------------------------------------------------------------------------------------------------------------------

CHILD = """
def child_works(inherited):
    assert all((array == index).all() for index, array in enumerate(inherited))
    for array in inherited[::2]:
        size = array.size
        array.resize(2 * size + 5, refcheck=False)
        assert not array[size:].any()
    inherited.clear()
    for size in (1, 100, 5000, 300_000, 1_000_000):
        array = np.full(size, 3)
        array.resize(size * 2, refcheck=False)
        assert array.sum() == 3 * size and not np.zeros(size).any()
    return True
"""


def test_a_forked_child_reads_frees_resizes_and_makes_arrays():
    """It ends like any Python program, so that destructors run; a grandchild does the same."""
    out = succeeds(CHILD + textwrap.dedent("""
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        allocator.install_numpy()
        arrays = [np.full(size, index) for index, size in enumerate((1, 10, 200, 5000, 70_000, 1_000_000))]
        extra, later = [array.copy() for array in arrays], [array.copy() for array in arrays]
        if (child := os.fork()) == 0:
            child_works(arrays)
            if (grandchild := os.fork()) == 0:
                child_works(extra)
                sys.exit(8)
            sys.exit(7 if os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == 8 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert child_works(arrays) and allocator.numpy_installed()
        print("fine")
    """))
    assert out == "fine"


@pytest.mark.parametrize("method", [method for method in ("fork", "spawn", "forkserver") if method in multiprocessing.get_all_start_methods()])
def test_multiprocessing(method, tmp_path):
    """Workers get arrays, make arrays, and send them back."""
    program = tmp_path / "program.py"
    program.write_text(PRELUDE + textwrap.dedent("""
        import multiprocessing, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        SHARED = None

        def square(array):
            return (array * array)[: len(array) // 2] + (0 if SHARED is None else SHARED[0])

        if __name__ == "__main__":
            allocator.install_numpy()
            SHARED = np.zeros(100_000)
            with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
                arrays = [np.full(size, index) for index, size in enumerate((10, 1000, 30_000, 1_000_000) * 5)]
                for array, result in zip(arrays, pool.imap(square, arrays)):
                    assert len(result) == len(array) // 2 and (result == array[0] ** 2).all()
            print("fine")
    """))
    done = subprocess.run([sys.executable, str(program), method], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.strip() == "fine", done.stdout + done.stderr


def test_forks_while_other_threads_allocate():
    """Children neither hang nor crash: each has ten seconds."""
    out = succeeds(CHILD + textwrap.dedent("""
        import os, signal, sys, threading, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        allocator.install_numpy()
        stop = False

        def churn(seed):
            random, alive = np.random.default_rng(seed), {}
            while not stop:
                alive[int(random.integers(20))] = np.full(int(2 ** random.uniform(3, 20)), 1, np.uint8)

        threads = [threading.Thread(target=churn, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        wrong = 0
        for turn in range(%d):
            arrays = [np.full(size, index) for index, size in enumerate((1, 200, 5000, 70_000))]
            if (child := os.fork()) == 0:
                signal.alarm(10)
                os._exit(0 if child_works(arrays) else 1)
            wrong += os.waitpid(child, 0)[1] != 0
        stop = True
        for thread in threads:
            thread.join()
        print(wrong)
    """ % (1000 if EXHAUSTIVE else 60)), seconds=1200 if EXHAUSTIVE else 120)
    assert out == "0"


# --- the end of a thread and of the process ------------------------------------------------------------------------------------------

def test_arrays_that_outlive_their_thread_and_the_interpreter():
    """In module globals, thread-locals, cycles, behind atexit, and made by daemon threads that never stop: the process ends well."""
    for debug in ("0", "1"):
        assert succeeds("""
            import atexit, sys, threading
            allocator.install_numpy()
            local, alive = threading.local(), []

            class Late:
                def __init__(self):
                    self.array, self.me = np.ones(30_000), self

                def __del__(self, empty=np.empty):
                    self.more = empty(20_000)

            def thread():
                local.arrays = [np.ones(size) for size in (10, 1000, 100_000)]
                alive.append(np.ones(5000))

            def for_ever():
                while True:
                    np.ones(5000).sum()

            atexit.register(lambda: alive.append(np.ones(100_000)))
            for target, daemon in ((thread, False), (thread, False), (for_ever, True)):
                one = threading.Thread(target=target, daemon=daemon)
                one.start()
                if not daemon:
                    one.join()
            late, builtin = Late(), np.ones(50_000)
            import builtins
            builtins.array_for_ever = np.ones(70_000)
            sys.modules["holder"] = np.ones(70_000)
            local.arrays = [np.ones(40_000)]
            print("fine")
        """, FUGAKUDNN_POOL_DEBUG=debug) == "fine"


def test_tracemalloc_sees_arrays(pooled):
    tracemalloc.start()
    try:
        domain = [tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)]
        array = np.ones(1_000_000)

        def traced():
            return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(domain).traces)

        assert traced() == 8_000_000
        array.resize(2_000_000, refcheck=False)
        assert traced() == 16_000_000
        del array
        assert traced() == 0
        with pytest.raises(MemoryError):
            np.empty(1 << 62, np.uint8)
    finally:
        tracemalloc.stop()


# --- Chainer -------------------------------------------------------------------------------------------------------------------------

def test_chainer_learns_the_same():
    """Chainer's arrays are NumPy's: a few steps of training end in the same weights."""
    wheels = sorted(WHEELS.glob("chainer-*.whl"))
    path = {"PYTHONPATH": os.pathsep.join([*map(str, wheels), os.environ.get("PYTHONPATH", "")])}
    there = run("import chainer", **path)
    if there.returncode:
        reason = "Chainer cannot be imported: " + there.stderr.strip().splitlines()[-1]
        assert not (wheels and sys.version_info[:2] == (3, 11)), reason  # what it needs beside that, './build.sh setup' installs there
        pytest.skip(reason)
    learn = """
        import sys, chainer, chainer.functions as F, chainer.links as L
        if %r:
            allocator.install_numpy()
        np.random.seed(1)
        x, t = np.random.randn(16, 3, 32, 32).astype("f"), np.random.randint(10, size=16).astype("i")
        model = L.Classifier(chainer.Sequential(
            L.Convolution2D(3, 16, 3, pad=1), L.BatchNormalization(16), F.relu, lambda h: F.max_pooling_2d(h, 2),
            L.Convolution2D(16, 32, 3, pad=1), F.relu, lambda h: F.dropout(h, 0.2), L.Linear(32 * 16 * 16, 10)))
        optimizer = chainer.optimizers.Adam().setup(model)
        for _ in range(5):
            optimizer.update(model, x, t)
        import hashlib
        print(allocator.statistics().allocations > 100, float(model.loss.array),
              hashlib.sha256(b"".join(p.array.tobytes() for _, p in sorted(model.namedparams()))).hexdigest())
    """
    stock, ours = (run(learn % on, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", **path) for on in (False, True))
    assert stock.returncode == 0 and ours.returncode == 0, stock.stderr + ours.stderr
    assert stock.stdout.split()[0] == "False" and ours.stdout.split()[0] == "True"
    assert stock.stdout.split()[1:] == ours.stdout.split()[1:]
