"""What the plug-in costs per call beside the work itself: a tiny op computed by the library, one that falls through, stock's.

    python benchmarks/overhead.py [--registrar native|python] [--json FILE]

Prints microseconds per call, the best of rounds that alternate between stock and enabled, on one thread, and which targets are met: a tiny
op that the library computes takes at most 6 µs in all, falling through adds at most 3 µs.  Enabled is with the registrar that is asked for,
or that ft.enable() would use; with the native one, the Python one's figures stand beside it.  The rounds of an op are spread over several
passes through all ops, so that a disturbance of a second does not stay in the result.
"""
import argparse
import json
import math
import os
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder) for folder in ("python", "frameworks-plugins/pytorch")]

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import fugakudnn_torch as ft  # noqa: E402

CALLS, ROUNDS, PASSES = 300, 8, 4
OWN, FALLS_THROUGH = "own", "falls through"
MOST_IN_ALL, MOST_ADDED = 6.0, 3.0  # µs
REGISTRAR = "FUGAKUDNN_TORCH_REGISTRAR"


def per_call(function):
    """Microseconds of this thread's processor time: the calls run on one thread, and others do not count."""
    start = time.thread_time()
    for _ in range(CALLS):
        function()
    return (time.thread_time() - start) / CALLS * 1e6


def cases():
    """(name, own call, the same call on a type that falls through)."""
    for dtype, key in ((torch.float32, OWN), (torch.bfloat16, FALLS_THROUGH)):
        x = torch.randn(2, 8).to(dtype)
        image, weight = torch.randn(1, 4, 4, 4).to(dtype), torch.randn(4, 4, 1, 1).to(dtype)
        matrix, bias = torch.randn(8, 8).to(dtype), torch.randn(8).to(dtype)
        mean, variance = torch.zeros(4).to(dtype), torch.ones(4).to(dtype)
        yield key, {
            "relu": lambda x=x: torch.relu(x),
            "relu_": lambda x=x: torch.relu_(x),
            "exp": lambda x=x: torch.exp(x),
            "add": lambda x=x: x + x,
            "mm": lambda x=x, m=matrix: torch.mm(x, m),
            "addmm": lambda x=x, m=matrix, b=bias: torch.addmm(b, x, m),
            "softmax": lambda x=x: torch.softmax(x, 1),
            "conv2d": lambda i=image, w=weight: F.conv2d(i, w),
            "max_pool2d": lambda i=image: F.max_pool2d(i, 2),
            "mean": lambda i=image: i.mean((2, 3)),
            "batch_norm": lambda i=image, m=mean, v=variance: F.batch_norm(i, m, v),
        }


def enabled_per_call(function, registrar):
    """As `per_call`, with our kernels."""
    os.environ[REGISTRAR] = registrar
    with ft.enabled():
        function()
        return per_call(function)


def measure(registrar):
    """A row for each op and kind."""
    best = {}
    with torch.no_grad():
        for _ in range(PASSES):
            for kind, functions in cases():
                for name, function in functions.items():
                    times = best.setdefault((name, kind), {"stock_us": math.inf, "enabled_us": math.inf, "python_us": math.inf})
                    for _ in range(ROUNDS):
                        times["stock_us"] = min(times["stock_us"], per_call(function))
                        times["enabled_us"] = min(times["enabled_us"], enabled_per_call(function, registrar))
                        if registrar != "python":
                            times["python_us"] = min(times["python_us"], enabled_per_call(function, "python"))
    rows = [{"op": name, "kind": kind, "registrar": registrar, **times} for (name, kind), times in best.items()]
    if registrar == "python":
        rows = [{**row, "python_us": row["enabled_us"]} for row in rows]
    return [{**row, "meets_target": meets_target(row)} for row in rows]


def meets_target(row):
    """Whether a row is within what its kind may cost."""
    if row["kind"] == OWN:
        return row["enabled_us"] <= MOST_IN_ALL
    return row["enabled_us"] - row["stock_us"] <= MOST_ADDED


def print_verdict(rows):
    """Says which targets are met, and what misses them by how much."""
    for kind, target in ((OWN, f"a tiny op takes at most {MOST_IN_ALL:g} µs"), (FALLS_THROUGH, f"falling through adds at most {MOST_ADDED:g} µs")):
        of_kind = [row for row in rows if row["kind"] == kind]
        missed = [row for row in of_kind if not row["meets_target"]]
        print(f"{target}: met by {len(of_kind) - len(missed)} of {len(of_kind)}"
              + "".join(f"; {row['op']} {row['enabled_us'] - (0 if kind == OWN else row['stock_us']):.2f}" for row in missed))


def main():
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--registrar", choices=("native", "python"), help="the one to measure")
    parser.add_argument("--json", help="also write rows to a file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.registrar:
        os.environ[REGISTRAR] = options.registrar
    registrar = ft.registrar()
    rows = measure(registrar)
    print(f"torch {torch.__version__}, {registrar} registrar, µs per call")
    print(f"{'op':12}{'kind':15}{'stock':>8}{'enabled':>9}{'added':>8}{'python':>9}{'added':>8}")
    for row in rows:
        print(f"{row['op']:12}{row['kind']:15}{row['stock_us']:8.2f}{row['enabled_us']:9.2f}{row['enabled_us'] - row['stock_us']:8.2f}"
              f"{row['python_us']:9.2f}{row['python_us'] - row['stock_us']:8.2f}{'' if row['meets_target'] else '   misses its target'}")
    print_verdict(rows)
    reasons = {name: count["fallthrough"] for name, count in ft.coverage().items() if count["fallthrough"]}
    for name, count in reasons.items():
        print(f"{name}: {', '.join(f'{reason} ({calls})' for reason, calls in count.items())}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
