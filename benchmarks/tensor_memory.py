"""Whose memory tensors live in: the C library's, our pool's, or that of a peer that is loaded before everything else."""
import os
import subprocess
import sys
from typing import NamedTuple


class Allocator(NamedTuple):
    """How a row's name ends, and what its process needs."""
    suffix: str
    preload: str = ""     # soname
    package: str = ""     # where Debian has it
    tunables: str = ""    # of glibc
    pool: bool = False    # the process calls ft.enable_allocator()


ALLOCATORS = {
    "none": Allocator(""),
    "pool": Allocator("+allocator", pool=True),
    "tcmalloc": Allocator("+tcmalloc", preload="libtcmalloc_minimal.so.4", package="libtcmalloc-minimal4"),
    "jemalloc": Allocator("+jemalloc", preload="libjemalloc.so.2", package="libjemalloc2"),
    "mimalloc": Allocator("+mimalloc", preload="libmimalloc.so.2", package="libmimalloc2.0"),
    # The C library's own, told never to give memory back, and with huge pages.
    "glibc-tuned": Allocator("+glibc-tuned", tunables="glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=68719476736:glibc.malloc.hugetlb=1"),
}


def environment(allocator):
    """The variables of a process with this allocator."""
    variables = dict(os.environ)
    if allocator.preload:
        variables["LD_PRELOAD"] = ":".join(filter(None, (allocator.preload, variables.get("LD_PRELOAD"))))
    if allocator.tunables:
        variables["GLIBC_TUNABLES"] = ":".join(filter(None, (variables.get("GLIBC_TUNABLES"), allocator.tunables)))
    return variables


def absence(allocator):
    """Why this machine can't have rows of the allocator, or None.  The pool says so itself, in its processes."""
    if allocator.preload:
        # The loader only warns of what it can't preload, and a row without its allocator would be a lie.
        program = "import sys; sys.exit(sys.argv[1] not in open('/proc/self/maps').read())"
        stem = allocator.preload.split(".so")[0]
        done = subprocess.run([sys.executable, "-S", "-c", program, stem], env=environment(allocator), capture_output=True, check=False)
        return None if done.returncode == 0 else f"{allocator.preload} is not here (Debian: {allocator.package})"
    return None


def present(names):
    """The allocators that can be measured here; says why for each of the others."""
    reasons = {name: absence(ALLOCATORS[name]) for name in names}
    for name, reason in reasons.items():
        if reason is not None:
            print(f"rows …{ALLOCATORS[name].suffix} are left out: {reason}")
    return [name for name in names if reasons[name] is None]


def surroundings():
    """What the caller's environment and the kernel say about memory, as text: it decides what page faults cost."""
    facts = [f"{name}={os.environ[name]}" for name in sorted(os.environ)
             if name in ("LD_PRELOAD", "GLIBC_TUNABLES") or name.startswith("MALLOC_")]
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
            facts.append("huge pages: " + file.read().split("[")[1].split("]")[0])
    except (OSError, IndexError):
        pass
    return ", ".join(facts)
