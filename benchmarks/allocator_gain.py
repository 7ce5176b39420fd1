"""What each allocator brings to a network, to a few thousandths: the main job's variants in fresh processes, again and again.

    python benchmarks/allocator_gain.py [--variant stock] [--mode inference] [--batch 1] [--threads N] [--allocator none,pool,tcmalloc]
                                        [--processes 16] [--rounds 12] [--seconds 0.4] [--json FILE]

The main job starts each variant once: its ratios contain where the system happened to put a process's memory, which is worth up to two percent.
Here a group of processes, one for each allocator, takes turns for some rounds and ends; then comes the next group, in another order.  A group's
ratio is the median of its rounds'.  Printed are means over the groups, with their standard errors.
"""
import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "frameworks-plugins" / "pytorch"), str(Path(__file__).resolve().parent)]

from arguments import chosen, image_size  # noqa: E402
from tensor_memory import ALLOCATORS, present  # noqa: E402
from turns import MOST_TAKEN, Variant, VariantFailed, rotated, start  # noqa: E402
from workload import VARIANTS, make_model, photographs, save  # noqa: E402

LEAST_GROUPS = 3  # of which a standard error says something


def parse(arguments):
    """The options."""
    every = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet50", help="a classification network of torchvision")
    parser.add_argument("--variant", default="stock", choices=VARIANTS["inference"])
    parser.add_argument("--mode", default="inference", choices=list(VARIANTS))
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=every)
    parser.add_argument("--allocator", default="none,pool,tcmalloc", help="at least two of " + ", ".join(ALLOCATORS))
    parser.add_argument("--processes", type=int, default=16, help="processes of each allocator")
    parser.add_argument("--rounds", type=int, default=12, help="turns of each process")
    parser.add_argument("--seconds", type=float, default=0.4, help="length of a turn")
    parser.add_argument("--json", default=None, help="writes every group's medians there")
    options = parser.parse_args(arguments)
    options.allocators = chosen(parser, "--allocator", options.allocator, ALLOCATORS)
    if len(options.allocators) < 2:
        parser.error(f"--allocator: must be at least two different ones, got {options.allocator!r}")
    if options.variant not in VARIANTS[options.mode]:
        parser.error(f"--variant: must be of {', '.join(VARIANTS[options.mode])} in {options.mode}, got {options.variant!r}")
    for name, least in (("processes", LEAST_GROUPS), ("rounds", 1), ("batch", 1), ("threads", 1)):
        if getattr(options, name) < least:
            parser.error(f"--{name}: must be at least {least}, got {getattr(options, name)}")
    options.size = image_size(parser, options.model)
    return options


def measure_group(options, path, names):
    """Seconds of an iteration, round for round, of a process for each allocator; rounds that other programs disturbed are left out."""
    variants = []
    try:
        for name in names:
            variants.append(start(options.variant, name, options.mode, options.threads, path))
        for step in (Variant.wait_ready, Variant.first):
            for variant in variants:
                step(variant)
        taken = [max([variant.turn(options.seconds) for variant in rotated(variants, number)]) for number in range(options.rounds)]
        quiet = [number for number, share in enumerate(taken) if share <= MOST_TAKEN]
        if not quiet:
            print("  other programs disturbed every round: all count")
        for variant in variants if quiet else ():
            variant.keep(quiet)
        return {variant.allocator: variant.rounds for variant in variants}
    finally:
        for variant in variants:
            variant.end()


def ratio(groups, one, other):
    """How much faster one allocator is than another: mean over the groups, and its standard error."""
    medians = [statistics.median(b / a for a, b in zip(group[one], group[other])) for group in groups]
    return statistics.mean(medians), statistics.stdev(medians) / math.sqrt(len(medians))


def pairs(names):
    """What is compared with what: each with the first one, and the pool with every other too."""
    others = [name for name in names if name not in ("pool", names[0])] if "pool" in names and names[0] != "pool" else []
    return [(name, names[0]) for name in names[1:]] + [("pool", name) for name in others]


def measure(options):
    """The groups' rounds."""
    groups = []
    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch) / "work.pickle")
        save(path, make_model(options.model, options.size), photographs(options.batch, options.size))
        for number in range(options.processes):
            groups.append(measure_group(options, path, rotated(options.allocators, number)))
            medians = "  ".join(f"{name} {statistics.median(groups[-1][name]) * 1e3:.1f} ms" for name in options.allocators)
            print(f"{number + 1:3}/{options.processes}  {medians}", flush=True)
    return groups


def main(arguments=None):
    """Measures and prints."""
    options = parse(arguments)
    options.allocators = present(options.allocators)
    if len(options.allocators) < 2:
        print("FAILED: there is nothing to compare", file=sys.stderr)
        return 1
    try:
        groups = measure(options)
    except VariantFailed as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(f"{options.model} {options.mode}, {options.variant}, batch {options.batch}, {options.threads} thread(s), {len(groups)} processes each: "
          "speed, mean and standard error")
    for one, other in pairs(options.allocators):
        mean, error = ratio(groups, one, other)
        print(f"  {one} / {other}: {mean:.4f} ± {error:.4f}")
    if options.json:
        Path(options.json).write_text(json.dumps(groups), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
