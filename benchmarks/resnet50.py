"""The main job: a network of torchvision on real photographs, stock PyTorch against FugakuDnn.

    python benchmarks/resnet50.py [--model resnet50] [--batch 1,8] [--threads all,1] [--seconds 4] [--quick] [--ort PATH]

Prints one table of images/s, speed-up and the largest difference of the logits, draws a bar chart, and writes
artifacts/bench/results.json.  Variants take turns, so that what disturbs the machine disturbs all of them; figures are medians.
No pretrained weights can be had offline: weights are seeded, batch norm's statistics set by one pass over the photographs.
"""
import argparse
import contextlib
import copy
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "frameworks-plugins" / "pytorch"), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from chart import bar_chart  # noqa: E402

import fugakudnn_torch as ft  # noqa: E402

VARIANTS = ("stock", "stock-channels_last", "fugakudnn", "fugakudnn-channels_last", "fugakudnn-optimized")
ENABLED = ("fugakudnn", "fugakudnn-channels_last")  # the plug-in is on for these
SEED = 1


def photographs(count, size):
    """Crops of scikit-learn's two photographs, normalised as torchvision's weights expect."""
    from sklearn.datasets import load_sample_images
    images = [torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255 for image in load_sample_images().images]
    random = np.random.default_rng(SEED)
    crops = []
    for index in range(count):
        image = images[index % len(images)]
        side = int(random.integers(size, min(image.shape[1:]) + 1)) if min(image.shape[1:]) > size else min(image.shape[1:])
        top, left = (int(random.integers(0, extent - side + 1)) for extent in image.shape[1:])
        crop = image[None, :, top:top + side, left:left + side]
        crops.append(torch.nn.functional.interpolate(crop, (size, size), mode="bilinear", align_corners=False, antialias=True))
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (torch.cat(crops) - mean[:, None, None]) / deviation[:, None, None]


def make_model(name, size):
    """The network with seeded weights, and batch norm's statistics of one pass."""
    torch.manual_seed(SEED)
    try:
        model = getattr(torchvision.models, name)(weights=None)
    except TypeError:
        model = getattr(torchvision.models, name)(weights=None, init_weights=True)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    if norms:
        for norm in norms:
            norm.momentum = None  # the plain mean over what was seen
            norm.reset_running_stats()
        with torch.no_grad():
            model.train()(photographs(8, size))
    return model.eval()


class Case:
    """One batch size and thread count: the same images through every variant."""

    def __init__(self, model, images):
        last = torch.channels_last
        self.images = images
        self.last_images = images.contiguous(memory_format=last)
        self.model = model
        self.last_model = copy.deepcopy(model).to(memory_format=last)
        self.optimized = ft.optimize(model)
        self.times = {variant: [] for variant in VARIANTS}

    def run(self, variant):
        """The logits."""
        if variant == "fugakudnn-optimized":
            return self.optimized(self.images)
        return self.last_model(self.last_images) if variant.endswith("channels_last") else self.model(self.images)

    def timed(self, variant):
        """The logits and the seconds of the network; switching the plug-in on and off is not in them."""
        with ft.enabled() if variant in ENABLED else contextlib.nullcontext():
            before = time.perf_counter()
            logits = self.run(variant)
            return logits, time.perf_counter() - before

    def measure(self, seconds, progress):
        """Rounds in which each variant has its turn; returns the logits of each."""
        logits = {}
        for variant in VARIANTS:
            self.timed(variant)
            logits[variant] = self.timed(variant)[0].double()
        start, rounds = time.perf_counter(), 0
        while rounds < 3 or time.perf_counter() - start < seconds * len(VARIANTS):
            for variant in VARIANTS:
                self.times[variant].append(self.timed(variant)[1])
            rounds += 1
            progress(min(1.0, (time.perf_counter() - start) / (seconds * len(VARIANTS))))
        return logits


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


def measure(options):
    """Rows for results.json."""
    model = make_model(options.model, options.size)
    rows = []
    for threads in options.threads:
        torch.set_num_threads(threads)
        for batch in options.batch:
            images = photographs(batch, options.size)
            label = f"{options.model} batch {batch}, {threads} thread{'s' * (threads > 1)}"
            print(f"{label} …", flush=True)
            with torch.no_grad():
                case = Case(model, images)
                logits = case.measure(options.seconds, progress_bar(label))
            stock = statistics.median(case.times["stock"])
            for variant in VARIANTS:
                times = sorted(case.times[variant])
                median = statistics.median(times)
                rows.append({
                    "framework": "pytorch", "network": options.model, "mode": "inference", "batch": batch, "threads": threads,
                    "variant": variant, "images_per_second": batch / median, "images_per_second_best": batch / times[0],
                    "speed_up": stock / median, "runs": len(times),
                    "max_abs_diff": float((logits[variant] - logits["stock"]).abs().max()),
                    "top5_equal": top5_equal(logits[variant], logits["stock"]),
                })
            if options.ort is not None:
                rows += onnx_runtime(options, model, batch, threads, stock)
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
             "speed_up": line["img_s"] * stock / batch, "runs": line["runs"], "max_abs_diff": None, "top5_equal": None}]


def table(rows):
    """The rows as text."""
    lines = [f"{'network':12}{'batch':>6}{'threads':>8}  {'variant':26}{'images/s':>10}{'speed-up':>10}{'max |Δ logit|':>15}{'top-5':>7}"]
    previous = None
    for row in rows:
        case = (row["batch"], row["threads"])
        if previous not in (None, case):
            lines.append("")
        previous = case
        difference = "" if row["max_abs_diff"] is None else f"{row['max_abs_diff']:.1e}"
        same = {None: "", True: "equal", False: "differ"}[row["top5_equal"]]
        lines.append(f"{row['network']:12}{row['batch']:6}{row['threads']:8}  {row['variant']:26}{row['images_per_second']:10.2f}"
                     f"{row['speed_up']:9.2f}×{difference:>15}{same:>7}")
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
    """The ratios that matter, one line per case."""
    lines = []
    for case in dict.fromkeys((row["batch"], row["threads"]) for row in rows):
        speed = {row["variant"]: row["images_per_second"] for row in rows if (row["batch"], row["threads"]) == case}
        best = max(speed["stock"], speed["stock-channels_last"])
        parts = [f"optimized {speed['fugakudnn-optimized'] / best:.2f}× the best eager layout of stock"]
        parts += [f"enabled {speed['fugakudnn'] / speed['stock']:.2f}× (NCHW), "
                  f"{speed['fugakudnn-channels_last'] / speed['stock-channels_last']:.2f}× (channels_last)"]
        parts += [f"{speed['fugakudnn-optimized'] / speed[name]:.2f}× {name}" for name in speed if name.startswith("onnxruntime")]
        lines.append(f"batch {case[0]}, {case[1]} thread(s): " + "; ".join(parts))
    return "\n".join(lines)


def parse(arguments):
    """The options."""
    every = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet50", help="a classification network of torchvision")
    parser.add_argument("--batch", default="1,8", help="batch sizes, for example 1,8,16")
    parser.add_argument("--threads", default="all,1", help="thread counts; all is every core")
    parser.add_argument("--size", type=int, default=None, help="height and width of the images (224; inception_v3: 299)")
    parser.add_argument("--seconds", type=float, default=4.0, help="time for each variant")
    parser.add_argument("--quick", action="store_true", help="a look only: short, small batches")
    parser.add_argument("--no-ort", action="store_true", help="leave ONNX Runtime out")
    parser.add_argument("--out", default=str(ROOT / "artifacts" / "bench"), help="folder of results.json and chart.svg")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds = min(options.seconds, 0.5)
    options.batch = [int(b) for b in options.batch.split(",")]
    options.threads = list(dict.fromkeys(every if t == "all" else int(t) for t in options.threads.split(",")))
    options.size = options.size or (299 if options.model == "inception_v3" else 224)
    if not callable(getattr(torchvision.models, options.model, None)):
        parser.error(f"torchvision has no network {options.model!r}")
    return options


def main(arguments=None):
    """Measures, prints, writes."""
    options = parse(arguments)
    facts = ft.info()
    machine = f"{processor()}, FugakuDnn {facts['version']} ({facts['isa']}), torch {torch.__version__}"
    print(machine)
    options.ort = None if options.no_ort else build_onnx_runtime()
    rows = measure(options)
    print("\n" + table(rows) + "\n\n" + summary(rows))
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (out / "chart.svg").write_text(bar_chart(f"{options.model}, images/s", machine, rows), encoding="utf-8")
    print(f"\n{out / 'results.json'}\n{out / 'chart.svg'}")
    # Random weights leave classes close together; a different order there is no error, a large difference is.
    wrong = [row for row in rows if row["max_abs_diff"] is not None and not row["max_abs_diff"] < 1e-2]
    if wrong:
        print(f"WRONG: {wrong[0]['variant']} differs by {wrong[0]['max_abs_diff']}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
