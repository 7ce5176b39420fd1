#!/usr/bin/env python3
"""What the kernels would reach on an A64FX, predicted on any machine.

Runs each problem once, as Arm code on an emulated A64FX, with every executed block of generated code written to a trace;
puts the trace through the two models of the A64FX judge (../shared/mca, which must be there), and compares with what oneDNN
and LIBXSMM reach in the same models (judge_peers.json). Only operations on real input count: none on padding, none in
masked lanes. Prints a table, writes artifacts/judge/results.json, and ends with 1 if a target is missed or a result wrong.

    ./build.sh judge [--only NAME] [--problem LINE] [--quick] [--verbose]

No A64FX was measured: these are predictions of models in which every load hits the first-level cache.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = HERE / "judge_peers.json"
OUT = ROOT / "artifacts" / "judge"
BENCH = ROOT / "artifacts" / "publish" / "linux-arm64" / "fdnn-bench"
CROSS_ROOT = "/usr/aarch64-linux-gnu"
MCA_PLACES = [ROOT.parent / "shared" / "mca", ROOT / "shared" / "mca"]

# fdnn-bench run-once lays all kernels out from here on (Judging/RunOnce.cs), first a return instruction that marks the
# beginning and the end of the execution.
ARENA = 0x20_0000_0000
ARENA_BYTES = 0x1000_0000

# What one multiply-add instruction does in 16 lanes of 32 bits: two operations each, or a dot product of four bytes (SDOT).
OPERATIONS_PER_FMA = {"f32": 2 * 16, "s8s8s32": 8 * 16}


class JudgeError(Exception):
    """Something that the judge needs is missing or failed; the message says what."""


def find_mca(given):
    """The folder of a64fx_mca.py."""
    for place in [pathlib.Path(given)] if given else MCA_PLACES:
        if (place / "a64fx_mca.py").is_file():
            return place
    raise JudgeError("the A64FX judge is not here: expected a64fx_mca.py in %s (--mca FOLDER names another place). It is a "
                     "tool of its own, needed only by this command." % (given or MCA_PLACES[0]))


def emulator():
    """The command prefix that runs Arm programs with all A64FX instructions, writing traces."""
    qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if not qemu:
        raise JudgeError("qemu-aarch64 is missing; ./build.sh setup installs it")
    if not BENCH.is_file():
        raise JudgeError("%s is missing; ./build.sh publish --rid linux-arm64 makes it" % BENCH)
    return [shutil.which("setarch") or "setarch", "-R", qemu, "-cpu", "a64fx", "-L", CROSS_ROOT]


def run_once(row, folder, check):
    """Executes the problem under the emulator; returns what fdnn-bench says about it. The trace is in folder/trace.log."""
    trace = folder / "trace.log"
    trace.unlink(missing_ok=True)
    command = emulator() + ["-d", "exec,nochain", "-dfilter", "0x%x+0x%x" % (ARENA, ARENA_BYTES), "-D", str(trace),
                            str(BENCH), "run-once", row["problem"], "--isa", "sve512", "--threads", "1", "--out", str(folder)]
    if not check:
        command.append("--no-check")
    env = dict(os.environ, FUGAKUDNN_THREADING="sequential")
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise JudgeError("%s: fdnn-bench ended with %d: %s" % (row["name"], done.returncode, done.stdout.strip()))
    with open(folder / "run.json", encoding="utf-8") as f:
        run = json.load(f)
    if int(run["base"], 16) != ARENA:
        raise JudgeError("%s: the arena lies at %s, not at 0x%x" % (row["name"], run["base"], ARENA))
    return run


def cut(trace, target):
    """Copies the addresses of executed blocks between the two markers, one a line."""
    marker = 0
    with open(trace, errors="replace", encoding="utf-8") as source, open(target, "w", encoding="utf-8") as out:
        for line in source:
            if not line.startswith("Trace"):
                continue
            address = int(line.split("[", 1)[1].split("/")[1], 16)
            if address == ARENA:
                marker += 1
            elif marker == 1:
                out.write("%x\n" % address)
    if marker != 2:
        raise JudgeError("%s: the trace has %d markers, not 2" % (trace, marker))


def models(row, run, folder, mca):
    """Both models over the whole execution: the hottest loop's result and the whole trace's."""
    command = [sys.executable, str(mca / "a64fx_mca.py"), "--json", "--base", run["base"], "--trace", str(folder / "blocks.txt"),
               "--flop", str(int(run["flop"])), str(folder / "code.bin")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise JudgeError("%s: %s" % (row["name"], (done.stderr or done.stdout).strip()))
    results = json.loads(done.stdout)
    return (results[0] if len(results) > 1 else None), results[-1]


def judge(row, mca, options):
    """One row of the results."""
    folder = OUT / row["name"]
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    run = run_once(row, folder, check=not options.quick)
    cut(folder / "trace.log", folder / "blocks.txt")
    loop, whole = models(row, run, folder, mca)
    if not options.keep:
        (folder / "trace.log").unlink()
        (folder / "blocks.txt").unlink()
    executed = OPERATIONS_PER_FMA[run["dt"]] * whole["fma"]
    result = {
        "name": row["name"], "problem": run["problem"], "dir": "inf", "dt": run["dt"],
        "mca_percent": whole["peak_percent"], "queue_percent": whole["queue_peak_percent"],
        "useful_share": round(run["flop"] / executed, 4) if executed else 0.0,
        "target": row.get("target"), "passed": whole["queue_peak_percent"] >= row.get("target", 0),
        "impl": run["impl"], "checked": not options.quick,
        "loop_mca_percent": loop and loop["peak_percent"], "loop_queue_percent": loop and loop["queue_peak_percent"],
        "calls": whole["where"], "instructions": whole["instructions"], "fma": whole["fma"],
        "bottleneck": whole["bottleneck"], "bounds": whole["bounds"], "queue_stalls": whole["queue_stalls"],
        "mca_cycles": whole["cycles"], "queue_cycles": whole["queue_cycles"],
    }
    if "peer" in row:
        result[row["peer"] + "_mca_percent"] = row["peer_mca_percent"]
        result[row["peer"] + "_queue_percent"] = row["peer_queue_percent"]
    with open(folder / "result.json", "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
    return result, time.monotonic() - started


HEADINGS = ("problem", "mca %", "queue %", "useful", "loop queue %", "peer mca %", "peer queue %", "target", "")


def line(row, result):
    """Cells of a row of the table."""
    peer = ("%.1f %s" % (row["peer_mca_percent"], row["peer"]), "%.1f" % row["peer_queue_percent"]) if "peer" in row else ("-", "-")
    target = ("%.1f" % row["target"], "ok" if result["passed"] else "MISSED") if "target" in row else ("-", "")
    return (row["name"], "%.1f" % result["mca_percent"], "%.1f" % result["queue_percent"], "%.3f" % result["useful_share"],
            "-" if result["loop_queue_percent"] is None else "%.1f" % result["loop_queue_percent"], *peer, *target)


def table(rows):
    """Prints cells in columns."""
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for i, cells in enumerate(rows):
        print("  ".join(c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(zip(cells, widths))))
        if i == 0:
            print("  ".join("-" * w for w in widths))


def explain(result):
    """What limits an execution, in the models' words."""
    stalls = ", ".join("%s %.0f %%" % (k, 100 * v) for k, v in sorted(result["queue_stalls"].items(), key=lambda x: -x[1]) if v >= 0.005)
    bounds = ", ".join("%s %.0f" % kv for kv in result["bounds"].items())
    print("%s\n    %d instructions, %d multiply-adds, %s; %.0f cycles (mca), %.0f (queue)\n    bottleneck: %s\n    bounds: %s\n"
          "    decode stalls: %s" % (result["name"], result["instructions"], result["fma"], result["calls"], result["mca_cycles"],
                                    result["queue_cycles"], result["bottleneck"], bounds, stalls or "none"))


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--only", metavar="NAME", action="append", help="only rows whose name contains NAME (may be repeated)")
    ap.add_argument("--problem", metavar="LINE", action="append", help="this problem instead of the rows (may be repeated)")
    ap.add_argument("--quick", action="store_true", help="do not compare results with the reference before judging them")
    ap.add_argument("--verbose", action="store_true", help="say of every row what limits it, not only of missed ones")
    ap.add_argument("--keep", action="store_true", help="keep traces in artifacts/judge/NAME")
    ap.add_argument("--mca", metavar="FOLDER", help="where a64fx_mca.py is")
    ap.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="problems at a time")
    return ap.parse_args()


def main():
    options = arguments()
    with open(PEERS, encoding="utf-8") as f:
        peers = json.load(f)
    rows = [{"name": "problem_%d" % (i + 1), "problem": text} for i, text in enumerate(options.problem or [])] or \
        [r for r in peers["rows"] if not options.only or any(part in r["name"] for part in options.only)]
    if not rows:
        raise JudgeError("no row's name contains %s" % " or ".join(options.only))
    mca = find_mca(options.mca)
    emulator()
    OUT.mkdir(parents=True, exist_ok=True)
    print("%d problems on an emulated A64FX, one thread, one image; %% of peak by two models, no measurement" % len(rows))
    results, failures = {}, []
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        waiting = {pool.submit(judge, row, mca, options): row for row in rows}
        for future in concurrent.futures.as_completed(waiting):
            row = waiting[future]
            try:
                results[row["name"]], seconds = future.result()
                print("  %-18s %5.1f %%  (%.0f s)" % (row["name"], results[row["name"]]["queue_percent"], seconds), flush=True)
            except JudgeError as e:
                failures.append(str(e))
                print("  %-18s FAILED: %s" % (row["name"], e), flush=True)
    done = [(row, results[row["name"]]) for row in rows if row["name"] in results]
    results_file = OUT / ("problems.json" if options.problem else "results.json")
    with open(results_file, "w", encoding="utf-8") as f:
        json.dump([result for _, result in done], f, indent=1)
        f.write("\n")
    print()
    if done:
        table([HEADINGS] + [line(row, result) for row, result in done])
    limited = [result for _, result in done if options.verbose or not result["passed"]]
    if limited:
        print("\nWhat limits %s:" % ("them" if options.verbose else "those below target"))
        for result in limited:
            explain(result)
    for peer, source in () if options.problem else peers["sources"].items():
        print("%s%s: %s" % ("\n" if peer == "onednn" else "", peer, source))
    missed = sum(not result["passed"] for _, result in done)
    if options.problem:
        print("\n%s" % results_file.relative_to(ROOT))
        return 1 if failures else 0
    print("\n%d of %d targets reached%s; %s" % (len(done) - missed, len(rows), ", %d problems failed" % len(failures) if failures else "",
                                            results_file.relative_to(ROOT)))
    return 1 if missed or failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except JudgeError as e:
        print("judge: %s" % e, file=sys.stderr)
        sys.exit(2)
