"""The command ``fugakudnn``: ``info`` says what runs here, ``bench`` times a few primitives."""
import argparse
import dataclasses
import json
import sys
import time


def main(arguments=None):
    """Runs a command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="fugakudnn", description="FugakuDnn: deep-learning primitives.")
    commands = parser.add_subparsers(dest="command", required=True)
    info = commands.add_parser("info", help="version, instruction set, threads, memory pool")
    info.add_argument("--json", action="store_true", help="as JSON")
    bench = commands.add_parser("bench", help="times a few primitives")
    bench.add_argument("--threads", type=int, help="number of threads")
    bench.add_argument("--seconds", type=float, default=0.3, help="time per primitive")
    options = parser.parse_args(arguments)
    try:
        return _info(options) if options.command == "info" else _bench(options)
    except (ImportError, ValueError, RuntimeError) as error:
        print(f"fugakudnn: {error}", file=sys.stderr)
        return 1


def _info(options):
    from . import allocator, control
    facts = control.info()
    if options.json:
        print(json.dumps({**facts, "pool": dataclasses.asdict(allocator.statistics())}))
        return 0
    for name, value in {**facts, "pool": allocator.summary()}.items():
        print(f"{name.replace('_', ' ') + ':':13}{', '.join(value) if isinstance(value, list) else value}")
    return 0


def _bench(options):
    import numpy as np

    import fugakudnn as fd
    if options.threads is not None:
        fd.set_num_threads(options.threads)
    facts = fd.info()
    print(f"{facts['isa']}, {facts['threads']} thread(s); median of runs of whole calls, copies included")
    random = np.random.default_rng(1)

    def array(*shape):
        return random.standard_normal(shape, dtype=np.float32)

    cases = [
        ("conv2d 3x3 64->64 at 56", 2 * 64 * 64 * 9 * 56 * 56, lambda x=array(1, 56, 56, 64), w=array(64, 64, 3, 3): fd.conv2d(
            x, w, padding=1, layout="NHWC")),
        ("conv2d 1x1 256->64 at 56", 2 * 256 * 64 * 56 * 56, lambda x=array(1, 56, 56, 256), w=array(64, 256, 1, 1): fd.conv2d(
            x, w, layout="NHWC")),
        ("matmul 512", 2 * 512 ** 3, lambda a=array(512, 512), b=array(512, 512): fd.matmul(a, b)),
        ("relu 1M", 1 << 20, lambda x=array(1 << 20): fd.relu(x)),
        ("softmax 1024x1000", 1024 * 1000, lambda x=array(1024, 1000): fd.softmax(x)),
    ]
    for name, operations, call in cases:
        call()
        times, start = [], time.perf_counter()
        while time.perf_counter() - start < options.seconds or len(times) < 5:
            before = time.perf_counter()
            call()
            times.append(time.perf_counter() - before)
        median = sorted(times)[len(times) // 2]
        print(f"  {name:26}{median * 1e3:9.3f} ms {operations / median / 1e9:9.1f} GFLOP/s")
    return 0
