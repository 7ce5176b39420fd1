"""The main job: a network of torchvision on real photographs, stock PyTorch against FugakuDnn.

    python benchmarks/resnet50.py [--model resnet50] [--mode inference,training] [--batch 1,8] [--training-batch 8] [--threads all,1]
                                  [--allocator none,pool,tcmalloc] [--only VARIANTS] [--seconds 4] [--quick] [--no-ort]

Prints one table of images/s, speed-up, page faults of an iteration, most resident memory and the largest difference of the logits
(training: of the loss), draws a bar chart, and writes artifacts/bench/results.json.  Each variant has a process of its own and they take
turns, so that what disturbs the machine disturbs all of them; figures are medians.
No pretrained weights can be had offline: weights are seeded, batch norm's statistics set by one pass over the photographs.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "frameworks-plugins" / "pytorch"), str(Path(__file__).resolve().parent)]

import torch  # noqa: E402
from arguments import chosen, image_size  # noqa: E402
from chart import bar_chart  # noqa: E402
from tensor_memory import ALLOCATORS, present, surroundings  # noqa: E402
from turns import Variant, VariantFailed, available_mb, start, take_turns  # noqa: E402
from workload import VARIANTS, make_model, photographs, save  # noqa: E402

import fugakudnn_torch as ft  # noqa: E402

# Variants that are measured with other allocators too, unless --only names some: torch as it comes, and our two ways.
WITH_ALLOCATORS = ("stock", "fugakudnn", "fugakudnn-optimized")
MOST_DIFFERENCE = 1e-2       # of a logit
MOST_SHARE_OF_LEARNING = 0.1  # of a loss: as a share of how far the losses moved, which rounding alone makes differ by some percent


def top5_equal(a, b):
    """Whether the five best classes of each image are the same, in order."""
    count = min(5, a.shape[1])
    return bool(torch.equal(a.topk(count).indices, b.topk(count).indices))


def progress_bar(label):
    """Prints a line that fills up, where somebody watches."""
    def show(share):
        if sys.stderr.isatty():
            filled = int(share * 30)
            sys.stderr.write(f"\r  {label} [{'#' * filled}{'.' * (30 - filled)}]" + ("\r\033[K" if share >= 1 else ""))
            sys.stderr.flush()
    return show


def groups(names, peak_mb):
    """All of them where memory allows it, as processes keep it between their turns; else those of one layout and computer at a time."""
    needed, available = peak_mb * (len(names) - 1), available_mb()
    if needed < 0.8 * available:
        return [names]
    print(f"about {needed:.0f} MB would be needed and {available:.0f} are there: variants take turns in smaller groups")
    return [[name for name in names if name[0] == base] for base in dict.fromkeys(base for base, _ in names)]


class Case:
    """One mode, batch size and thread count: the same images through every variant."""

    def __init__(self, options, model, mode, batch, threads):
        self.options, self.mode, self.batch, self.threads = options, mode, batch, threads
        self.label = f"{options.model} {mode}, batch {batch}, {threads} thread{'s' * (threads > 1)}"
        self.path = str(Path(options.scratch) / f"{batch}.pickle")
        if not os.path.exists(self.path):
            save(self.path, model, photographs(batch, options.size))
        self.results = {}   # what is compared
        self.measured = []  # variants, in the table's order

    def start(self, base, name):
        """The process of a variant."""
        return start(base, name, self.mode, self.threads, self.path)

    def warm(self, variants):
        """Lets them all start; returns those that run.  Only a peer's absence, or the pool's, is no failure."""
        running = []
        for step in (Variant.wait_ready, lambda variant: self.results.update({variant.name: variant.first()})):
            running = []
            for variant in variants:
                try:
                    step(variant)
                    running.append(variant)
                except VariantFailed as error:
                    if variant.allocator == "none":
                        for other in variants:
                            other.end()
                        raise
                    variant.end()
                    print(f"left out: {error}")
            variants = running
        return running

    def measure(self):
        """Rounds in which each variant has its turn."""
        names = [(base, name) for base in self.options.bases[self.mode] for name in self.options.allocators
                 if name == "none" or base in self.options.with_allocators]
        lead = self.start(*names[0])
        running = self.warm([lead])
        try:
            for group in groups(names, lead.peak_rss_mb):
                running += self.warm([self.start(*name) for name in group if name != names[0]])
                disturbed, rounds = take_turns(running, self.options.seconds, progress_bar(self.label))
                if disturbed:
                    left_out = rounds - disturbed == len(lead.turns)
                    print(f"  other programs disturbed {disturbed} of {rounds} rounds" + (", which are left out" if left_out else ""))
                self.measured += running
                while running:
                    running.pop().end()
        finally:
            for variant in running:
                variant.end()

    def allowed(self, expected):
        """How far a right result may be from stock's."""
        return MOST_DIFFERENCE if self.mode == "inference" else max(MOST_DIFFERENCE, MOST_SHARE_OF_LEARNING * float(expected.max() - expected.min()))

    def rows(self):
        """Rows for results.json."""
        stock = statistics.median(self.measured[0].times)
        rows = []
        for variant in self.measured:
            times = sorted(variant.times)
            median = statistics.median(times)
            result, expected = torch.tensor(self.results[variant.name]), torch.tensor(self.results["stock"])
            rows.append({
                "framework": "pytorch", "network": self.options.model, "mode": self.mode, "batch": self.batch, "threads": self.threads,
                "variant": variant.name, "images_per_second": self.batch / median, "images_per_second_best": self.batch / times[0],
                "speed_up": stock / median, "runs": len(times),
                "max_abs_diff": float((result - expected).abs().max()), "max_abs_diff_allowed": self.allowed(expected),
                "top5_equal": top5_equal(result, expected) if self.mode == "inference" else None,
                "allocator": variant.allocator, "minor_faults": variant.faults, "disturbed_rounds": variant.disturbed_rounds,
                "peak_rss_mb": variant.peak_rss_mb, "images_per_second_rounds": [self.batch / time for time in variant.rounds],
            })
        return rows


def measure(options):
    """Rows for results.json."""
    model = make_model(options.model, options.size)
    rows = []
    for mode in options.modes:
        for threads in options.threads if mode == "inference" else options.training_threads:
            for batch in options.batch if mode == "inference" else options.training_batch:
                case = Case(options, model, mode, batch, threads)
                print(f"{case.label} …", flush=True)
                case.measure()
                rows += case.rows()
                if options.ort is not None and mode == "inference":
                    torch.set_num_threads(threads)
                    rows += onnx_runtime(options, model, batch, threads, statistics.median(case.measured[0].times))
    return rows


def peers_folder():
    """The shared peers beside the checkout, or None."""
    folder = ROOT.parent / "shared" / "peers"
    return folder if (folder / "ort_bench" / "Program.cs").is_file() else None


def build_onnx_runtime():
    """Builds ort_bench in artifacts/ from the shared sources; None where that is not possible."""
    peers, dotnet = peers_folder(), shutil.which("dotnet")
    if peers is None or dotnet is None:
        return None
    # Its own build properties end the search for the repository's.
    work, out = ROOT / "artifacts" / "bench" / "ort_bench", ROOT / "artifacts" / "bench" / "ort_bench" / "out"
    if not (out / "ort_bench").is_file():
        work.mkdir(parents=True, exist_ok=True)
        for name in ("Program.cs", "ort_bench.csproj"):
            shutil.copy(peers / "ort_bench" / name, work)
        for name in ("Directory.Build.props", "Directory.Build.targets"):
            (work / name).write_text("<Project />\n", encoding="utf-8")
        result = subprocess.run([dotnet, "publish", "-c", "Release", "-o", str(out), "-p:EnforceCodeStyleInBuild=false", str(work / "ort_bench.csproj")],
                                capture_output=True, text=True, cwd=work, env={**os.environ, "MSBUILDDISABLENODEREUSE": "1"})
        if result.returncode:
            print("ONNX Runtime's row is left out: ort_bench does not build\n" + "\n".join(result.stdout.splitlines()[-5:]))
            return None
    return out / "ort_bench"


def onnx_runtime(options, model, batch, threads, stock):
    """One row of ONNX Runtime, or none."""
    path = ROOT / "artifacts" / "bench" / "onnx" / f"{options.model}_b{batch}_{options.size}.onnx"
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.onnx.export(model, torch.zeros(batch, 3, options.size, options.size), str(path), opset_version=13,
                              do_constant_folding=True, input_names=["x"], output_names=["y"])
        result = subprocess.run([str(options.ort), "--threads", str(threads), "--seconds", str(options.seconds), str(path)],
                                capture_output=True, text=True, timeout=300)
        line = json.loads(result.stdout.splitlines()[-1])
    except Exception as error:  # a peer's absence is no failure of ours
        print(f"ONNX Runtime's row is left out: {type(error).__name__}: {error}")
        return []
    return [{"framework": "onnxruntime", "network": options.model, "mode": "inference", "batch": batch, "threads": threads,
             "variant": line["lib"], "images_per_second": line["img_s"], "images_per_second_best": line["img_s_best"],
             "speed_up": line["img_s"] * stock / batch, "runs": line["runs"], "max_abs_diff": None, "top5_equal": None,
             "max_abs_diff_allowed": None, "allocator": "none", "minor_faults": None, "peak_rss_mb": None,
             "disturbed_rounds": 0}]


def table(rows):
    """The rows as text."""
    lines = [f"{'network':12}{'mode':10}{'batch':>6}{'threads':>8}  {'variant':34}{'images/s':>9}{'speed-up':>9}{'faults':>9}{'peak MB':>8}"
             f"{'max |Δ|':>9}{'top-5':>7}"]
    previous = None
    for row in rows:
        case = (row["mode"], row["batch"], row["threads"])
        if previous not in (None, case):
            lines.append("")
        previous = case
        faults = "" if row["minor_faults"] is None else f"{row['minor_faults']:.0f}"
        peak = "" if row["peak_rss_mb"] is None else f"{row['peak_rss_mb']:.0f}"
        difference = "" if row["max_abs_diff"] is None else f"{row['max_abs_diff']:.1e}"
        same = {None: "", True: "equal", False: "differ"}[row["top5_equal"]]
        lines.append(f"{row['network']:12}{row['mode']:10}{row['batch']:6}{row['threads']:8}  {row['variant']:34}"
                     f"{row['images_per_second']:9.2f}{row['speed_up']:8.2f}×{faults:>9}{peak:>8}{difference:>9}{same:>7}")
    return "\n".join(lines)


def processor():
    """The processor's name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return names[0] if names else platform.machine()
    except OSError:
        return platform.machine()


def summary(rows):
    """The ratios that matter, some lines per case."""
    lines = []
    for case in dict.fromkeys((row["mode"], row["batch"], row["threads"]) for row in rows):
        members = {row["variant"]: row for row in rows if (row["mode"], row["batch"], row["threads"]) == case}
        lines.append(f"{case[0]}, batch {case[1]}, {case[2]} thread(s)")
        plain = plain_ratios({name: row["images_per_second"] for name, row in members.items()})
        lines += ["  " + "; ".join(plain)] if plain else []
        lines += allocator_ratios(members)
    return "\n".join(lines)


def plain_ratios(speed):
    """What our computing brings, whoever allocates."""
    best = max(speed[name] for name in ("stock", "stock-channels_last") if name in speed)
    parts = []
    if "fugakudnn-optimized" in speed:
        parts.append(f"optimized {speed['fugakudnn-optimized'] / best:.2f}× the best eager layout of stock")
    enabled = [f"{speed['fugakudnn' + layout] / speed['stock' + layout]:.2f}× ({name})"
               for layout, name in (("", "NCHW"), ("-channels_last", "channels_last")) if {"fugakudnn" + layout, "stock" + layout} <= set(speed)]
    parts += ["enabled " + ", ".join(enabled)] if enabled else []
    if "fugakudnn-optimized" in speed:
        parts += [f"optimized {speed['fugakudnn-optimized'] / speed[name]:.2f}× {name}" for name in speed if name.startswith("onnxruntime")]
    return parts


def allocator_ratios(members):
    """What each allocator brings to each variant, and ours against the others: medians over rounds of what was measured side by side."""
    lines = []
    for base in VARIANTS["inference"]:
        rounds = {name: members[base + allocator.suffix]["images_per_second_rounds"]
                  for name, allocator in ALLOCATORS.items() if base + allocator.suffix in members}
        parts = [f"{name} {over(rounds[name], rounds['none'])}" for name in rounds if name != "none"]
        parts += [f"pool / {name} {over(rounds['pool'], rounds[name])}" for name in rounds if "pool" in rounds and name not in ("none", "pool")]
        lines += [f"  {base}: " + "; ".join(parts)] if parts else []
    return lines


def over(speeds, others):
    """Median, least and most of the rounds' ratios."""
    ratios = [a / b for a, b in zip(speeds, others)]
    return f"{statistics.median(ratios):.2f}× ({min(ratios):.2f}–{max(ratios):.2f})"


def parse(arguments):
    """The options."""
    every = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet50", help="a classification network of torchvision")
    parser.add_argument("--mode", default="inference,training", help="inference, training or both")
    parser.add_argument("--batch", default="1,8", help="batch sizes of inference, for example 1,8,16")
    parser.add_argument("--training-batch", default="8", help="batch sizes of training")
    parser.add_argument("--threads", default="all,1", help="thread counts of inference; all is every core")
    parser.add_argument("--training-threads", default="all", help="thread counts of training")
    parser.add_argument("--allocator", default="none,pool,tcmalloc", help="allocators, besides the C library's own: " + ", ".join(ALLOCATORS))
    parser.add_argument("--only", default=None, help="these variants besides stock, each with every allocator: " + ", ".join(VARIANTS["inference"]))
    parser.add_argument("--size", type=int, default=None, help="height and width of the images (224; inception_v3: 299)")
    parser.add_argument("--seconds", type=float, default=4.0, help="time for each variant")
    parser.add_argument("--quick", action="store_true", help="a look only: short, few runs")
    parser.add_argument("--no-ort", action="store_true", help="leave ONNX Runtime out")
    parser.add_argument("--out", default=str(ROOT / "artifacts" / "bench"), help="folder of results.json and chart.svg")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds = min(options.seconds, 0.5)
    for name in ("batch", "training_batch"):
        setattr(options, name, [int(b) for b in getattr(options, name).split(",")])
    for name in ("threads", "training_threads"):
        setattr(options, name, list(dict.fromkeys(every if t == "all" else int(t) for t in getattr(options, name).split(","))))
    options.modes = chosen(parser, "--mode", options.mode, VARIANTS)
    options.allocators = chosen(parser, "--allocator", "none," + options.allocator, ALLOCATORS)
    only = chosen(parser, "--only", "stock," + options.only, VARIANTS["inference"]) if options.only else VARIANTS["inference"]
    options.with_allocators = only if options.only else WITH_ALLOCATORS
    options.bases = {mode: [base for base in VARIANTS[mode] if base in only] for mode in VARIANTS}
    usual = image_size(parser, options.model)
    options.size = options.size or usual
    return options


def main(arguments=None):
    """Measures, prints, writes."""
    options = parse(arguments)
    facts = ft.info()
    machine = ", ".join(filter(None, (f"{processor()}, FugakuDnn {facts['version']} ({facts['isa']}), torch {torch.__version__}",
                                      f"{ft.registrar()} registrar", " ".join(platform.libc_ver()), surroundings())))
    print(machine)
    options.allocators = present(options.allocators)
    options.ort = None if options.no_ort or "inference" not in options.modes else build_onnx_runtime()
    try:
        with tempfile.TemporaryDirectory() as options.scratch:
            rows = measure(options)
    except VariantFailed as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print("\n" + table(rows) + "\n\nfaults: minor page faults of an iteration; peak MB: most resident memory; max |Δ|: of logits, training: of "
          "the first losses\n\n" + summary(rows))
    if any(row["disturbed_rounds"] for row in rows):
        print("\nOTHER PROGRAMS TOOK PROCESSORS: too few rounds were undisturbed, the figures say little")
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (out / "chart.svg").write_text(bar_chart(f"{options.model}, images/s", machine, rows), encoding="utf-8")
    print(f"\n{out / 'results.json'}\n{out / 'chart.svg'}")
    # Random weights leave classes close together; a different order there is no error, a large difference is.
    wrong = [row for row in rows if row["max_abs_diff"] is not None and not row["max_abs_diff"] < row["max_abs_diff_allowed"]]
    if wrong:
        print(f"WRONG: {wrong[0]['variant']} differs by {wrong[0]['max_abs_diff']}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
