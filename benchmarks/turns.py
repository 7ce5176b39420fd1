"""One process for each variant, all warm, and one of them works at a time: in rounds, so that a disturbance of the machine meets all.

A process each, because an allocator's past is part of its speed: in one process the second would inherit the first one's heap.

Run as a program this is such a process.  It reads orders, one JSON object a line, and answers each with one:
the first names the variant and makes it ready, ``first`` computes what is compared, ``turn`` measures for some seconds.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tensor_memory import ALLOCATORS, environment

TURNS = 8            # parts of the time a variant has
LEAST_ROUNDS = 3
LEAST_ITERATIONS = 2  # of a turn
CLOCK_ERROR = 0.02    # seconds: the kernel counts the processors' work in ticks
MOST_TAKEN = 0.05     # share of the processors that other programs may take before a round counts as disturbed
PATIENCE = 2          # times the planned time and rounds, until which undisturbed rounds are waited for


class VariantFailed(Exception):
    """A variant's process reported an error or ended."""


class Variant:
    """The process of a variant, seen from the main program."""

    def __init__(self, order, environment):
        self.name = order["variant"] + order["suffix"]
        self.base, self.allocator = order["variant"], order["allocator"]
        self.turns, self.peak_rss_mb = [], None
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env=environment)
        self._send(order)

    def _send(self, order):
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says why

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise VariantFailed(f"{self.name}: its process ended with {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise VariantFailed(f"{self.name}: {answer['error']}")
        return answer

    def wait_ready(self):
        """Waits until the process has loaded everything."""
        self._answer()

    def first(self):
        """What is compared: logits, or losses of the first steps."""
        self._send({"do": "first"})
        answer = self._answer()
        self.peak_rss_mb = answer["peak_rss_mb"]
        return answer["result"]

    def turn(self, seconds):
        """Lets the variant work alone for about this time; returns the share of the processors that other programs took meanwhile."""
        self._send({"do": "turn", "seconds": seconds})
        answer = self._answer()
        self.turns.append(answer)
        self.peak_rss_mb = answer["peak_rss_mb"]
        return answer["taken"]

    def keep(self, rounds):
        """Forgets the turns of all other rounds."""
        self.turns = [self.turns[index] for index in rounds]

    @property
    def times(self):
        """Seconds of each iteration."""
        return [seconds for turn in self.turns for seconds in turn["times"]]

    @property
    def rounds(self):
        """Median seconds of an iteration, for each round."""
        return [statistics.median(turn["times"]) for turn in self.turns]

    @property
    def disturbed_rounds(self):
        """Rounds that count though other programs took processors from this variant."""
        return sum(turn["taken"] > MOST_TAKEN for turn in self.turns)

    @property
    def faults(self):
        """Minor page faults of an iteration, as a mean."""
        return sum(turn["faults"] for turn in self.turns) / len(self.times)

    def end(self):
        """Ends the process."""
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def start(variant, name, mode, threads, path):
    """The process of a variant whose tensors have that allocator; `workload.save` wrote ``path``."""
    allocator = ALLOCATORS[name]
    return Variant({"variant": variant, "suffix": allocator.suffix, "allocator": name, "pool": allocator.pool, "mode": mode, "threads": threads,
                    "path": path}, environment(allocator))


def rotated(items, number):
    """The items in order, another one first for each of as many numbers as there are."""
    first = number % len(items)
    return items[first:] + items[:first]


def take_turns(variants, seconds, progress):
    """Rounds in which each variant has its turn, until each had about ``seconds``; the first of a round is another every time.

    Rounds during which other programs took processors are left out, if enough others come in twice the time or twice the least rounds; else
    all count.  Returns how many rounds were disturbed, and how many there were.
    """
    start, total, spent = time.perf_counter(), seconds * len(variants), 0.0
    undisturbed, rounds = [], 0
    while (rounds < LEAST_ROUNDS or spent < total or
           len(undisturbed) < LEAST_ROUNDS and (rounds < PATIENCE * LEAST_ROUNDS or spent < PATIENCE * total)):
        taken = []
        for variant in rotated(variants, rounds):
            taken.append(variant.turn(seconds / TURNS))
            spent = time.perf_counter() - start
            progress(min(0.99, spent / total))
        undisturbed += [rounds] if max(taken) <= MOST_TAKEN else []
        rounds += 1
    progress(1.0)
    for variant in variants if len(undisturbed) >= LEAST_ROUNDS else ():
        variant.keep(undisturbed)
    return rounds - len(undisturbed), rounds


def available_mb():
    """Memory that processes can still get, in MB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("MemAvailable:"))


# From here on: the process of a variant.

def peak_rss_mb():
    """Most resident memory since `forget_peak`.  getrusage's would include that of the program which started this one."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM:"))


def forget_peak():
    """Lets the peak of resident memory start anew, where the kernel allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        pass


def prepare(order):
    """The variant's work, from the first order."""
    import torch
    torch.set_num_threads(order["threads"])
    if order["pool"] or order["variant"].startswith("fugakudnn"):
        import fugakudnn_torch as ft
        if order["pool"]:
            ft.enable_allocator()
        if order["variant"] in ("fugakudnn", "fugakudnn-channels_last"):
            ft.enable()
    import workload
    model, images = workload.load(order["path"])
    kind = {"inference": workload.Inference, "training": workload.Training}[order["mode"]]
    return kind(model, images, order["variant"])


def busy_seconds():
    """Time that all processors worked, for whomever, hypervisor's thefts included."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, interrupts, soft, steal = (int(text) for text in file.readline().split()[1:9])
    return (user + nice + system + interrupts + soft + steal) / os.sysconf("SC_CLK_TCK")


def measure(work, seconds):
    """Times of single iterations and their page faults; a first iteration is not counted, as the turns of others cooled everything."""
    work.run()
    times, faults = [], resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    busy, own = busy_seconds(), time.process_time()
    start = before = time.perf_counter()
    while len(times) < LEAST_ITERATIONS or before - start < seconds:
        work.run()
        now = time.perf_counter()
        times.append(now - before)
        before = now
    own = time.process_time() - own
    taken = max(0.0, busy_seconds() - busy - own - CLOCK_ERROR) / ((before - start) * os.cpu_count())
    return {"times": times, "faults": resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults, "taken": taken}


def serve():
    """Obeys until the orders end."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(**fields):
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    try:
        work = prepare(json.loads(sys.stdin.readline()))
        forget_peak()
        answer()
        for line in sys.stdin:
            order = json.loads(line)
            fields = {"result": work.first()} if order["do"] == "first" else measure(work, order["seconds"])
            answer(**fields, peak_rss_mb=peak_rss_mb())
    except Exception as error:
        answer(error=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    sys.path[:0] = [str(root / "python"), str(root / "frameworks-plugins" / "pytorch")]
    serve()
