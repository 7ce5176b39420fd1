"""NumPy programs that allocate a temporary array per expression: the C library's memory, tcmalloc's, and FugakuDnn's pool.

    python benchmarks/numpy_temporaries.py [--megabytes 0.1,1,4,16,100] [--seconds 0.4] [--quick] [--out FOLDER]

Each variant is a process of its own that runs the same programs on the same numbers; they take turns, so that what disturbs the machine
disturbs all of them.  Results are compared, bit for bit, before anything is timed.  Prints medians and speed-ups over glibc, and writes
numpy_temporaries.json.
"""
import argparse
import hashlib
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python"), str(Path(__file__).resolve().parent)]

from turns import rotated  # noqa: E402

TCMALLOC = "libtcmalloc_minimal.so.4"  # Debian: libtcmalloc-minimal4
STOCK, TUNED, OURS = "glibc", "glibc-tuned", "fugakudnn"
# What a variant adds to the environment.  "tuned" keeps glibc from giving memory back, which needs to be known and set beforehand.
ENVIRONMENTS = {
    STOCK: {},
    TUNED: {"GLIBC_TUNABLES": "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=18446744073709551615:glibc.malloc.top_pad=67108864"},
    "tcmalloc": {"LD_PRELOAD": TCMALLOC},
    OURS: {},
}
LEAST_ROUNDS = 5
# Not a power of two: NumPy 1.24 computes element by element from an array into one that it touches, and allocators without headers between
# their blocks (tcmalloc; ours keeps NumPy's apart) would be judged by the luck of the neighbourhood.
COLUMNS = 250
PROGRAMS = ("standardise", "gelu", "softmax", "adam", "blend", "heat")
MIXED = "mixed sizes"  # one after another, from 0.1 MB up to the largest, as batches of variable length bring


# --- the programs: float32, x, y and z of one shape ------------------------------------------------------------------------------------

def standardise(np, x, y, z):
    return (x - x.mean(0)) / (x.std(0) + np.float32(1e-5)) * y + z


def gelu(np, x, y, z):
    return np.float32(0.5) * x * (1 + np.tanh(np.float32(0.79788456) * (x + np.float32(0.044715) * x * x * x)))


def softmax(np, x, y, z):
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def adam(np, x, y, z):
    gradient = x + np.float32(0.01) * y
    mean = np.float32(0.9) * y + np.float32(0.1) * gradient
    variance = np.float32(0.999) * z * z + np.float32(0.001) * gradient * gradient
    return x - np.float32(0.001) * mean / (np.sqrt(variance) + np.float32(1e-8))


def blend(np, x, y, z):
    mask = x > y
    bright = np.clip(x * np.float32(100) + np.float32(128), 0, 255).astype(np.uint8)
    return np.where(mask, bright.astype(np.float32), y * np.float32(0.3) + z * np.float32(0.7))


def heat(np, x, y, z):
    inner = x[1:-1, 1:-1]
    flow = x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2] - np.float32(4) * inner
    return inner + np.float32(0.1) * flow


# --- a variant's process ---------------------------------------------------------------------------------------------------------------

class Worker:
    """Answers commands, one line of JSON each, from standard input."""

    def __init__(self, variant):
        import numpy
        self.np, self.arrays, self.sizes = numpy, {}, ()
        if variant == OURS:
            from fugakudnn import allocator
            allocator.install_numpy()
        self.check_memory(variant)

    def check_memory(self, variant):
        """The variant is what it says."""
        core = getattr(self.np, "_core", None) or self.np.core
        with open("/proc/self/maps", encoding="utf-8") as file:
            preloaded = "tcmalloc" in file.read()
        handler = core.multiarray.get_handler_name(self.np.empty(100_000))
        if (handler, preloaded) != ("fugakudnn" if variant == OURS else "default_allocator", variant == "tcmalloc"):
            raise SystemExit(f"{variant}: memory comes from {handler}, tcmalloc is {'' if preloaded else 'not '}loaded")

    def prepare(self, sizes):
        """Inputs of these sizes in bytes, seeded."""
        self.arrays, random = {}, self.np.random.default_rng(1)
        for size in set(sizes):
            shape = max(3, round(size / 4 / COLUMNS)), COLUMNS
            self.arrays[size] = tuple(random.standard_normal(shape, dtype=self.np.float32) for _ in range(3))
        self.sizes = sizes

    def run(self, programs):
        """Each program on each size; the last result."""
        for size in self.sizes:
            for program in programs:
                result = program(self.np, *self.arrays[size])
        return result

    def digest(self, programs):
        """Of all results."""
        digest = hashlib.sha256()
        for size in self.sizes:
            for program in programs:
                digest.update(self.np.ascontiguousarray(program(self.np, *self.arrays[size])))
        return digest.hexdigest()

    def answer(self, command):
        """What a command asks for."""
        programs = [globals()[name] for name in command.get("programs", ())]
        if command["do"] == "prepare":
            self.prepare(command["sizes"])
            return {}
        if command["do"] == "digest":
            return {"digest": self.digest(programs)}
        if command["do"] == "peak":
            return {"peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        faults, times, start = _faults(), [], time.perf_counter()
        while not times or time.perf_counter() - start < command["seconds"]:
            before = time.perf_counter()
            for _ in range(command["repeat"]):
                self.run(programs)
            times.append((time.perf_counter() - before) / command["repeat"])
        return {"times": times, "faults": (_faults() - faults) / (len(times) * command["repeat"])}

    def serve(self):
        """Until the input ends."""
        for line in sys.stdin:
            print(json.dumps(self.answer(json.loads(line))), flush=True)


def _faults():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_minflt + usage.ru_majflt


# --- the one that asks -------------------------------------------------------------------------------------------------------------------

class Variant:
    """A worker's process."""

    def __init__(self, name):
        self.name = name
        clean = {key: value for key, value in os.environ.items() if key not in ("LD_PRELOAD", "GLIBC_TUNABLES")}
        self._process = subprocess.Popen([sys.executable, str(Path(__file__).resolve()), "--worker", name], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, env={**clean, **ENVIRONMENTS[name]})

    def ask(self, do, **command):
        """Sends a command, waits for its answer."""
        self._process.stdin.write(json.dumps({"do": do, **command}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name}: the process ended with {self._process.wait()}")
        return json.loads(answer)

    def end(self):
        """Ends the process, well."""
        self._process.stdin.close()
        if self._process.wait(60):
            raise SystemExit(f"{self.name}: the process ended with {self._process.returncode}")


def tcmalloc_is_here():
    """Whether the loader finds it."""
    import ctypes
    try:
        return bool(ctypes.CDLL(TCMALLOC))
    except OSError:
        return False


def measure_case(variants, programs, seconds):
    """Median seconds and page faults of each variant, after their results were compared."""
    digests = {variant.name: variant.ask("digest", programs=programs)["digest"] for variant in variants}
    if len(set(digests.values())) != 1:
        raise SystemExit(f"WRONG: results of {', '.join(programs)} differ: {digests}")
    # Samples of 20 ms at least, so that the clock and a single fault do not matter.
    once = variants[0].ask("time", programs=programs, repeat=1, seconds=0.02)["times"]
    repeat = max(1, math.ceil(0.02 / statistics.median(once)))
    times, faults = {variant.name: [] for variant in variants}, {variant.name: [] for variant in variants}
    rounds = 0
    start = time.perf_counter()
    while rounds < LEAST_ROUNDS or time.perf_counter() - start < seconds * len(variants):
        for variant in rotated(variants, rounds):
            answer = variant.ask("time", programs=programs, repeat=repeat, seconds=seconds / LEAST_ROUNDS)
            times[variant.name] += answer["times"]
            faults[variant.name].append(answer["faults"])
        rounds += 1
    return {name: (statistics.median(times[name]), min(times[name]), statistics.median(faults[name])) for name in times}


def cases(options):
    """(name, programs, sizes in bytes) of each row."""
    largest = max(options.megabytes)
    for megabytes in options.megabytes:
        for program in PROGRAMS:
            yield program, megabytes, [program], [int(megabytes * 1e6)]
    steps = 24
    logarithmic = [int(1e5 * (largest * 10) ** ((7 * step % steps) / (steps - 1))) for step in range(steps)]
    yield MIXED, largest, list(PROGRAMS), logarithmic


def measure(variants, options):
    """A row for each case and variant."""
    rows, prepared = [], None
    for name, megabytes, programs, sizes in cases(options):
        if sizes != prepared:
            for variant in variants:
                variant.ask("prepare", sizes=sizes)
            prepared = sizes
        medians = measure_case(variants, programs, options.seconds)
        rows += [{"program": name, "megabytes": megabytes, "variant": variant, "ms_med": 1e3 * median, "ms_min": 1e3 * best,
                  "page_faults": faults, "speed_up": medians[STOCK][0] / median} for variant, (median, best, faults) in medians.items()]
        print(line(rows[-len(variants):]), flush=True)
    return rows


def line(rows):
    """A case as a line of the table."""
    parts = [f"{row['ms_med']:10.3f}" + ("" if row["variant"] == STOCK else f"{row['speed_up']:6.2f}×") + f"{row['page_faults']:9.0f}" for row in rows]
    return f"{rows[0]['program']:12}{rows[0]['megabytes']:>7g}" + "".join(parts)


def heading(names):
    """Over the table."""
    return f"{'':19}" + "".join(f"{name:^{19 if name == STOCK else 26}}" for name in names) + f"\n{'program':12}{'MB':>7}" + "".join(
        f"{'ms':>10}" + ("" if name == STOCK else f"{'':7}") + f"{'faults':>9}" for name in names)


def summary(rows, names):
    """Geometric means of the speed-ups."""
    lines = []
    for megabytes in [*dict.fromkeys(row["megabytes"] for row in rows), None]:
        mine = [row for row in rows if megabytes in (None, row["megabytes"]) and row["program"] != MIXED]
        means = {name: math.exp(statistics.fmean(math.log(row["speed_up"]) for row in mine if row["variant"] == name)) for name in names}
        lines.append(f"{'all sizes' if megabytes is None else f'{megabytes:g} MB':10}: " + ", ".join(f"{name} {means[name]:.2f}×" for name in names[1:]))
    return "\n".join(lines)


def _sizes(text):
    sizes = [float(size) for size in text.split(",")]
    if not all(0.01 <= size <= 10_000 for size in sizes):
        raise argparse.ArgumentTypeError(f"sizes must be in [0.01, 10000], got {text}")
    return sizes


def parse(arguments):
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=_sizes, default="0.1,1,4,16,100", help="sizes of the arrays, 1 MB being 10**6 bytes")
    parser.add_argument("--seconds", type=float, default=0.4, help="time for each case and variant")
    parser.add_argument("--quick", action="store_true", help="a look only: short, up to 4 MB")
    parser.add_argument("--out", default=str(ROOT / "artifacts" / "bench"), help="folder of numpy_temporaries.json")
    parser.add_argument("--worker", choices=ENVIRONMENTS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.megabytes = min(options.seconds, 0.05), [size for size in options.megabytes if size <= 4] or [1.0]
    return options


def main(arguments=None):
    """Measures, prints, writes."""
    options = parse(arguments)
    if options.worker:
        Worker(options.worker).serve()
        return 0
    import numpy

    import fugakudnn
    names = [name for name in ENVIRONMENTS if name != "tcmalloc" or tcmalloc_is_here()]
    print(f"NumPy {numpy.__version__}, FugakuDnn {fugakudnn.__version__}, one thread")
    if "tcmalloc" not in names:
        print(f"tcmalloc is left out: the loader does not find {TCMALLOC} (Debian: libtcmalloc-minimal4)")
    print("\n" + heading(names))
    variants = [Variant(name) for name in names]
    rows = measure(variants, options)
    peaks = {variant.name: variant.ask("peak")["peak_resident_bytes"] for variant in variants}
    for variant in variants:
        variant.end()
    print("\nspeed-up over glibc, geometric mean of the programs\n" + summary(rows, names))
    print("peak resident: " + ", ".join(f"{name} {peak / 1e6:.0f} MB" for name, peak in peaks.items()))
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "numpy_temporaries.json"
    path.write_text(json.dumps({"numpy": numpy.__version__, "rows": rows, "peak_resident_bytes": peaks}, indent=1), encoding="utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
