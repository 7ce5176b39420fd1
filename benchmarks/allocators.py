"""The pool against general allocators, on allocation patterns of deep-learning frameworks.

    python benchmarks/allocators.py [--rounds N] [--threads N] [--pattern NAME]... [--json FILE]

Runs shared/peers/alloc_bench (a C program; see its README for the patterns) with the C library's allocator, with each of tcmalloc, jemalloc and
mimalloc that is at hand under LD_PRELOAD, and with libfugakudnn.so, in turn for some rounds; prints medians, and which targets are met: on
tensors at least twice tcmalloc's speed, at most one page fault an allocation, and a bounded peak of resident memory; on small blocks at most 1.5
times tcmalloc's time.  What the library's runtime itself takes (measured too) is not counted as the pool's memory.
"""
import argparse
import json
import mmap
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))

SOURCE = ROOT.parent / "shared" / "peers" / "alloc_bench" / "alloc_bench.c"
PEERS = {"tcmalloc": "libtcmalloc_minimal.so.4", "jemalloc": "libjemalloc.so.2", "mimalloc": "libmimalloc.so.2.0"}
FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/lib")
OURS, REFERENCE = "fugakudnn", "tcmalloc"
LEAST_SPEEDUP, MOST_FAULTS, MOST_SMALL_TIME = 2.0, 1.0, 1.5
MOST_RESIDENT = {"tensors_train_reverse": 1.15, "tensors_train_forward": 1.15, "tensors_infer": 1.25, "tensors_random": 1.30}
SETTLED_BYTES = 1 << 30
TIMED = ("small_1thread", "small_threads", "small_oversubscribed", "producer_consumer_small", "producer_consumer_batches")

# Resident bytes of a process that has allocated one block, and of one that has only loaded nothing: the difference is the runtime's.
FOOTPRINT = """
import ctypes, sys
def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024
before = resident()
lib = ctypes.CDLL(sys.argv[1])
lib.fdnn_malloc.restype, lib.fdnn_malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
lib.fdnn_malloc(64)
print(resident() - before)
"""


def library():
    """The path of libfugakudnn.so, without loading it."""
    named = os.environ.get("FUGAKUDNN_LIBRARY")
    return Path(named) if named else next((ROOT / "artifacts" / "publish").glob("linux-*/libfugakudnn.so"))


def allocators():
    """(name, environment, arguments) of everything that is at hand."""
    found = [("glibc", {}, [])]
    for name, file in PEERS.items():
        path = next((os.path.join(folder, file) for folder in FOLDERS if os.path.exists(os.path.join(folder, file))), None)
        if path:
            found.append((name, {"LD_PRELOAD": path}, []))
        else:
            print(f"{name}: {file} is not at hand, left out", file=sys.stderr)
    return found + [(OURS, {}, ["--lib", str(library()), "--malloc", "fdnn_malloc", "--free", "fdnn_free"])]


def build():
    """Compiles the peer's program; ends the process with the reason where it is not at hand."""
    if not SOURCE.is_file():
        sys.exit("alloc_bench.c is not at hand: it belongs to the measurements beside the project (../shared/peers)")
    program = ROOT / "artifacts" / "bench" / "alloc_bench"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-O2", "-pthread", str(SOURCE), "-o", str(program), "-ldl"], check=True)
    return program


def settle():
    """Touches more memory than a pattern needs, and frees it: a virtual machine gives memory that is free for seconds back to its host,
    and the first to touch it again waits for the host, whichever allocator it is."""
    memory = mmap.mmap(-1, SETTLED_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    for at in range(0, SETTLED_BYTES, mmap.PAGESIZE):
        memory[at] = 1
    memory.close()


def run(program, pattern, name, environment, arguments, threads):
    settle()
    command = [str(program), "--label", name, *arguments, "--threads", str(threads), "--pattern", pattern]
    output = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def medians(rows):
    """One row for each pattern and allocator."""
    groups = {}
    for row in rows:
        groups.setdefault((row["pattern"], row["allocator"]), []).append(row)
    fields = ("ns_per_op", "steady_faults_per_op", "peak_rss_mb", "live_mb")
    return {key: {field: statistics.median(row[field] for row in group) for field in fields} for key, group in groups.items()}


def judge(pattern, ours, reference, runtime_mb):
    """What a pattern's targets say, as (text, met) pairs."""
    ratio = reference["ns_per_op"] / ours["ns_per_op"]
    if pattern in TIMED:
        return [(f"{1 / ratio:.2f} of {REFERENCE}'s time (at most {MOST_SMALL_TIME})", 1 / ratio <= MOST_SMALL_TIME)]
    resident = (ours["peak_rss_mb"] - runtime_mb) / ours["live_mb"]
    return [
        (f"{ratio:.2f} times {REFERENCE}'s speed (at least {LEAST_SPEEDUP:g})", ratio >= LEAST_SPEEDUP),
        (f"{ours['steady_faults_per_op']:.2f} faults (at most {MOST_FAULTS:g})", ours["steady_faults_per_op"] <= MOST_FAULTS),
        (f"{resident:.2f} of the live bytes (at most {MOST_RESIDENT[pattern]})", resident <= MOST_RESIDENT[pattern]),
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each allocator has its turn (3)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pattern", action="append", default=[], help="only this pattern; may be repeated")
    parser.add_argument("--json", help="writes the rows there")
    options = parser.parse_args(arguments)
    program, found, rows = build(), allocators(), []
    for number in range(options.rounds):
        for pattern in options.pattern or (*MOST_RESIDENT, *TIMED):
            print(f"round {number + 1} of {options.rounds}: {pattern}", file=sys.stderr)
            for name, environment, extra in found:
                rows += run(program, pattern, name, environment, extra, options.threads)
    broken = [row for row in rows if "error" in row]
    if broken:
        sys.exit(f"failed: {broken}")
    runtime = float(subprocess.run([sys.executable, "-c", FOOTPRINT, str(library())], stdout=subprocess.PIPE, text=True, check=True).stdout)
    table, met = medians(rows), True
    print(f"the library and its runtime take {runtime:.1f} MB")
    print(f"{'pattern':<26} {'allocator':<10} {'ns/op':>12} {'faults/op':>10} {'peak MB':>9} {'live MB':>9}")
    for (pattern, name), row in sorted(table.items(), key=lambda item: item[0][0]):
        print(f"{pattern:<26} {name:<10} {row['ns_per_op']:>12.1f} {row['steady_faults_per_op']:>10.2f} "
              f"{row['peak_rss_mb']:>9.1f} {row['live_mb']:>9.1f}")
    for pattern in dict.fromkeys(pattern for pattern, _ in table):
        if (pattern, REFERENCE) in table:
            for text, holds in judge(pattern, table[pattern, OURS], table[pattern, REFERENCE], runtime):
                met &= holds
                print(f"{'met   ' if holds else 'MISSED'} {pattern:<26} {text}")
    if options.json:
        Path(options.json).write_text(json.dumps({"runtime_mb": runtime, "rows": rows}, indent=1))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
