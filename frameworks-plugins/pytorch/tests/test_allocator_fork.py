"""Children of a process whose tensors are in the pool: DataLoader's workers, multiprocessing, fork at any moment."""
import pool
import pytest

TRAINING = """
import sys, torch, fugakudnn_torch as ft, pool
from torch import nn

class Images(torch.utils.data.Dataset):
    kept = torch.arange(64.0)           # of the parent, read in the workers
    def __len__(self): return 64
    def __getitem__(self, i):
        g = torch.Generator().manual_seed(i)
        x = torch.randn(3, 16, 16, generator=g) + self.kept[i] / 64
        return nn.functional.avg_pool2d(x[None], 2)[0].clone(), torch.tensor(i % 10)

def train(workers, method):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    order = torch.utils.data.RandomSampler(Images(), generator=torch.Generator().manual_seed(7))
    loader = torch.utils.data.DataLoader(Images(), batch_size=8, sampler=order, num_workers=workers,
                                         multiprocessing_context=method if workers else None, persistent_workers=method == "spawn")
    losses = []
    for _ in range(3):
        for x, target in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses, [p.detach().clone() for p in model.parameters()]

if __name__ == "__main__":
    torch.set_num_threads(1)
    expected = train(0, None)
    ft.enable_allocator()
    Images.kept = Images.kept + 0
    assert pool.owns(Images.kept)
    start = pool.statistics().allocations
    got = train(int(sys.argv[1]), sys.argv[2])
    assert got[0] == expected[0] and all(map(torch.equal, got[1], expected[1])), (got[0], expected[0])
    assert pool.statistics().allocations > start + 100 and ft.is_allocator_enabled()
    print(len(got[0]))
"""


@pytest.mark.parametrize("workers", [1, 4])
def test_training_with_a_data_loader(workers):
    assert pool.run(TRAINING, str(workers), "fork") == "24"


def test_training_with_spawned_workers(script):
    assert script(TRAINING, "2", "spawn", FUGAKUDNN_TORCH_ALLOCATOR="1") == "24"


@pytest.fixture
def script(tmp_path):
    """`pool.run` of a file: a spawned process imports the main module again."""
    def run(code, *arguments, **environment):
        (tmp_path / "program.py").write_text(code)
        start = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, {str(tmp_path / 'program.py')!r}, *sys.argv[1:]]).returncode)"
        return pool.run(start, *arguments, **environment)
    return run


PASSING = """
import sys, torch, fugakudnn_torch as ft, pool
import torch.multiprocessing as mp

def work(inbox, outbox):
    while True:
        x = inbox.get()
        if x is None:
            break
        y = x * 2 + torch.ones_like(x)
        x += 1
        outbox.put(y)
    outbox.put(None)

if __name__ == "__main__":
    torch.set_num_threads(1)
    context = mp.get_context(sys.argv[1])
    ft.enable_allocator()
    kept = torch.arange(1000.0)
    inbox, outbox = context.Queue(), context.Queue()
    child = context.Process(target=work, args=(inbox, outbox))
    child.start()
    for size in (1, 1000, 100000):
        x = torch.arange(float(size))
        shared = x.clone().share_memory_()
        for t in (x, shared):
            inbox.put(t)
            y = outbox.get()
            assert torch.equal(y, torch.arange(float(size)) * 2 + 1)
        assert torch.equal(shared, torch.arange(float(size)) + 1), "the child writes into shared memory"
        del y
    inbox.put(None)
    assert outbox.get() is None
    child.join()
    assert child.exitcode == 0 and kept[999] == 999
    print("end")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_tensors_through_queues(script, method):
    assert script(PASSING, method, FUGAKUDNN_TORCH_ALLOCATOR="1") == "end"


FORKS = """
import os, random, signal, sys, threading, torch, fugakudnn_torch as ft, pool
torch.set_num_threads(1)
ft.enable_allocator()
SIZES = (4, 100, 5000, 60000, 400000)
stop, wrong = False, []

def allocate(seed):
    # at every moment one of them is inside the pool
    kept, r = [], random.Random(seed)
    while not stop:
        kept.append(torch.full((r.choice(SIZES),), seed, dtype=torch.int32))
        if len(kept) > 30:
            old = kept.pop(r.randrange(30))
            if not bool((old == seed).all()):
                wrong.append(seed)

def child(inherited):
    signal.alarm(60)
    for value, tensor in inherited.items():
        if not bool((tensor == value).all()):
            return 2
    new = [torch.full((size,), 7) for size in SIZES]
    mixed = [torch.cat([tensor, tensor]) for tensor in inherited.values()]
    inherited.clear()                                  # frees what the parent's pool gave
    new += [torch.full((size,), 7) for size in SIZES]
    if not all(bool((t == 7).all()) for t in new):
        return 3
    del mixed
    grandchild = os.fork() if random.random() < 0.05 else None
    if grandchild == 0:
        os._exit(0 if all(bool((t == 7).all()) for t in new) and torch.ones(1000).sum() == 1000 else 4)
    return 0 if grandchild is None else os.waitpid(grandchild, 0)[1]

threads = [threading.Thread(target=allocate, args=(seed,)) for seed in range(3)]
for t in threads: t.start()
inherited = {value: torch.full((SIZES[value % 5],), value) for value in range(20)}
for number in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        try:
            code = child(inherited)
        except BaseException as error:
            print(error, file=sys.stderr, flush=True)
            code = 9
        os._exit(code)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, f"child {number} ended with status {status}"
    inherited[number % 20] = torch.full((SIZES[number % 5],), number % 20)
stop = True
for t in threads: t.join()
assert not wrong and all(bool((t == v).all()) for v, t in inherited.items())
print(number + 1)
"""


@pytest.mark.parametrize("shim_or_not", ["0", "1"])
def test_fork_while_other_threads_allocate(shim_or_not):
    from compiled import why_not
    if shim_or_not == "1" and why_not() is not None:
        pytest.skip(why_not())
    count = "1000" if pool.EXHAUSTIVE else "60"
    assert pool.run(FORKS, count, timeout=900, FUGAKUDNN_TORCH_ALLOCATOR_SHIM=shim_or_not) == count


def test_inherited_memory_is_private_to_each():
    code = """
import os, torch, fugakudnn_torch as ft
torch.set_num_threads(1)  # libgomp's team does not live on in a child
ft.enable_allocator()
tensors = [torch.full((n,), 1.0) for n in (10, 1000, 1000000)]
pids = []
for _ in range(8):
    pid = os.fork()
    if pid == 0:
        for t in tensors:
            t += 1
        fine = all(bool((t == 2).all()) for t in tensors)
        tensors.clear()
        os._exit(0 if fine else 1)
    pids.append(pid)
assert all(os.waitpid(pid, 0)[1] == 0 for pid in pids)
print(all(bool((t == 1).all()) for t in tensors))
"""
    assert pool.run(code) == "True"


def test_a_child_that_ends_like_any_process():
    """sys.exit() in a child destroys what it inherited, after Python is gone."""
    code = """
import os, sys, torch, fugakudnn_torch as ft
torch.set_num_threads(1)
ft.enable_allocator()
kept = [torch.ones(n) for n in (10, 1000, 1000000)]
pid = os.fork()
if pid == 0:
    mine = [torch.ones(n) for n in (10, 1000, 1000000)]
    sys.exit(0)
print(os.waitpid(pid, 0)[1])
"""
    assert pool.run(code) == "0"


def test_switching_in_a_child():
    code = """
import os, torch, fugakudnn_torch as ft, pool
torch.set_num_threads(1)
ft.enable_allocator()
x = torch.ones(1000)
pid = os.fork()
if pid == 0:
    ft.disable_allocator()
    y = torch.ones(1000)
    ft.enable_allocator()
    z = x + y
    os._exit(0 if z.sum() == 2000 and not pool.owns(z) else 1)
print(os.waitpid(pid, 0)[1])
"""
    assert pool.run(code) == "0"
