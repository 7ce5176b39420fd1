"""What loading the library costs a process: address space, threads, time, size. Only ctypes is used."""

import os
import subprocess
import sys

LIBRARY = os.environ["FUGAKUDNN_LIBRARY"]
MIB = 1 << 20
GIB = 1 << 30

LOAD = """
import ctypes, os, sys, time
def address_space():
    return int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
def threads():
    return sorted(open(f"/proc/self/task/{t}/comm").read().strip() for t in os.listdir("/proc/self/task"))
before = address_space(), threads()
start = time.perf_counter()
library = ctypes.CDLL(sys.argv[1])
version = library.fdnn_version()
seconds = time.perf_counter() - start
print(version, address_space() - before[0], seconds, ",".join(t for t in threads() if t not in before[1]), sep="|")
"""


def load(*shell):
    """Loads the library in a new process, with a shell command before it: (version, bytes, seconds, new threads)."""
    command = "; ".join([*shell, 'exec "$0" -c "$1" "$2"'])
    run = subprocess.run(["bash", "-c", command, sys.executable, LOAD, LIBRARY], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    version, size, seconds, threads = run.stdout.strip().split("|")
    return int(version), int(size), float(seconds), [t for t in threads.split(",") if t]


def test_address_space_is_under_one_gibibyte():
    assert load()[1] < GIB


def test_loads_under_a_limit_on_address_space():
    # The interpreter itself takes a few MiB; 1 GiB on top of 200 MiB must be enough.
    version = load(f"ulimit -v {(GIB + 200 * MIB) // 1024}")[0]
    assert version == load()[0]


def test_no_background_collection_thread():
    threads = load()[3]
    assert not [t for t in threads if "GC" in t or "BGC" in t], threads


def test_first_call_is_fast():
    best = min(load()[2] for _ in range(5))
    assert best < 0.050


def test_library_is_under_20_mib():
    assert os.path.getsize(LIBRARY) < 20 * MIB


def test_only_documented_symbols_are_exported():
    """Everything the library defines for others is named fdnn_; nothing of the runtime leaks into the user's process."""
    table = subprocess.run(["objdump", "-T", LIBRARY], capture_output=True, text=True, check=True).stdout
    defined = [line.split()[-1] for line in table.splitlines() if " g " in line and "*UND*" not in line]
    runtime = {"DotNetRuntimeDebugHeader", "V1.0"}  # what debuggers look for, and the name of the symbol version
    ours = [name for name in defined if name.startswith("fdnn_")]
    assert ours
    assert set(defined) - set(ours) <= runtime
