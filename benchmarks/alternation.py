"""What it costs that stock's ops and ours take turns: libraries whose threads wait in different ways can slow each other down.

    python benchmarks/alternation.py [--threads N] [--json FILE]

For each pair of an op that only torch computes and one that the library computes, on tensors of about 1 to 4 MB: the stock op alone, ours
alone, and both in turn, in rounds that follow each other closely.  The extra cost of a round is the time of both in turn over the sum of
each alone; printed is its median, and whether it is within the target of 5 %.  All threads compute or spin all the time, so less processor
time than that means that other programs took it, and that the numbers say nothing.
"""
import argparse
import json
import os
import statistics
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder) for folder in ("python", "frameworks-plugins/pytorch")]

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import fugakudnn_torch as ft  # noqa: E402

MILLISECONDS, ROUNDS = 30, 41  # of each op in a round
MOST_EXTRA = 0.05
LEAST_SHARE = 0.95  # of the threads' time


def pairs():
    """(name, stock op, our op, name of the op in `ft.coverage`)."""
    image, weight = torch.randn(2, 64, 56, 56), torch.randn(64, 64, 3, 3)  # 1.6 MB
    plane, matrix = torch.randn(1024, 1024), torch.randn(1024, 256)  # 4 MB, 1 MB
    yield "sigmoid, relu", lambda: torch.sigmoid(plane), lambda: torch.relu(plane), "clamp_min"
    yield "sigmoid, add", lambda: torch.sigmoid(plane), lambda: plane + plane, "add.Tensor"
    yield "gelu, conv2d", lambda: F.gelu(image), lambda: F.conv2d(image, weight, padding=1), "convolution"
    yield "tanh, mm", lambda: torch.tanh(plane), lambda: torch.mm(plane, matrix), "mm"


def seconds(calls, *functions):
    """Time of ``calls`` rounds through the functions."""
    start = time.perf_counter()
    for _ in range(calls):
        for function in functions:
            function()
    return time.perf_counter() - start


def measure(stock, own, name):
    """Medians of the three times of a call and of the extra cost of a round; the share of the threads' time that was ours."""
    ft.coverage(reset=True)
    stock(), own()
    if ft.coverage(reset=True).keys() != {name}:
        sys.exit(f"alternation: only {name} was to be the library's")
    calls = max(2, int(MILLISECONDS * 1e-3 / max(seconds(1, stock), seconds(1, own))))
    rounds, wall, processor = [], time.perf_counter(), time.process_time()
    for index in range(ROUNDS):
        parts = [("stock", (stock,)), ("own", (own,)), ("both", (stock, own))]
        times = {key: seconds(calls, *functions) for key, functions in parts[index % 3:] + parts[:index % 3]}
        rounds.append((*(times[key] / calls * 1e6 for key in ("stock", "own", "both")), times["both"] / (times["stock"] + times["own"]) - 1))
    share = (time.process_time() - processor) / (time.perf_counter() - wall) / torch.get_num_threads()
    fallen = {key: count["fallthrough"] for key, count in ft.coverage(reset=True).items() if count["fallthrough"]}
    if fallen:
        sys.exit(f"alternation: the library declined {fallen}")
    return {**dict(zip(("stock_us", "own_us", "both_us", "extra"), map(statistics.median, zip(*rounds)))), "share_of_processors": share}


def main():
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", help="also write rows to a file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = []
    with torch.no_grad(), ft.enabled():
        for name, stock, own, op in pairs():
            row = {"pair": name, "threads": options.threads, **measure(stock, own, op)}
            row["quiet"] = row["share_of_processors"] >= LEAST_SHARE
            row["meets_target"] = row["quiet"] and row["extra"] <= MOST_EXTRA
            if not rows:
                print(f"{options.threads} threads, {ft.info()['team']}\n{'pair':16}{'stock':>10}{'own':>10}{'in turn':>10}{'extra':>9}   µs per call")
            rows.append(row)
            print(f"{name:16}{row['stock_us']:10.1f}{row['own_us']:10.1f}{row['both_us']:10.1f}{row['extra']:9.1%}" + (
                "" if row["meets_target"] else "   misses its target" if row["quiet"] else
                f"   says nothing: other programs took {1 - row['share_of_processors']:.0%} of the processors"), flush=True)
    met = sum(row["meets_target"] for row in rows)
    print(f"taking turns costs at most {MOST_EXTRA:.0%} over each alone: met by {met} of {len(rows)}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
