"""The pool's debug mode: misuse is reported, and what is alive is listed with the Python stacks that allocated it."""
import ctypes
import dataclasses
import os
import re

from . import _stacks
from ._library import check, lib
from ._units import amount

# How fdnn_pool_debug_leaks begins a block; its stack follows, in lines that _stacks indents.
_BLOCK = re.compile(r"^block (\d+): (\d+) bytes at 0x[0-9a-f]+\n", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Leak:
    """Blocks that are alive and were allocated at the same place."""

    blocks: int
    bytes: int
    stack: str
    """Python frames, innermost first, one a line; empty where there was no Python: a thread of a C++ library, late in the process."""


def debug(on=True):
    """Switches debug mode on or off for blocks allocated from now on.

    In debug mode a block ends at a page that faults when it is touched, and faults as a whole for a while once it is freed; double frees and
    pointers that are no block's are reported on standard error and ignored; new memory is filled with not-a-number; and the Python stack of each
    allocation is kept for `leaks`.  A block takes whole pages, an allocation some ten microseconds.

    Best from the start, with the environment variable ``FUGAKUDNN_POOL_DEBUG=1``: blocks that threads hold ready are still handed out
    unguarded when it is switched on later.
    """
    check(lib.fdnn_pool_debug_set(bool(on)))
    _stacks.record(bool(on))


def _live_blocks():
    """(number, bytes, stack) of each block that was allocated in debug mode; the numbers count allocations."""
    needed, room = ctypes.c_int64(), 0
    while True:
        room += 1 << 16
        buffer = ctypes.create_string_buffer(room)
        check(lib.fdnn_pool_debug_leaks(buffer, room, ctypes.byref(needed)))
        if needed.value <= room:
            break
        room = needed.value  # and some more for what is allocated meanwhile
    _, *parts = _BLOCK.split(buffer.value.decode("utf-8", "replace"))
    return [(int(number), int(size), "\n".join(line.strip() for line in stack.splitlines()))
            for number, size, stack in zip(parts[::3], parts[1::3], parts[2::3])]


def mark():
    """A moment, for ``leaks(since=…)``: the number of the youngest block that is alive now."""
    return max((number for number, _, _ in _live_blocks()), default=0)


def leaks(since=0):
    """What was allocated in debug mode and is still alive, as `Leak` objects, most bytes first.

    Parameters
    ----------
    since : int
        What `mark` returned: only younger blocks are listed.

    Alive is not yet leaked: the program knows what it holds.  Empty if debug mode was never on.
    """
    by_stack = {}
    for number, size, stack in _live_blocks():
        if number > since:
            sums = by_stack.setdefault(stack, [0, 0])
            sums[0] += 1
            sums[1] += size
    return sorted((Leak(blocks, size, stack) for stack, (blocks, size) in by_stack.items()), key=lambda leak: (-leak.bytes, leak.stack))


def leak_report(since=0):
    """`leaks` as text: a paragraph for each place, with its Python stack."""
    found = leaks(since)
    if not found:
        return "no block that was allocated in debug mode is alive"
    lines = [f"{amount(sum(leak.bytes for leak in found))} alive in {sum(leak.blocks for leak in found)} blocks from {len(found)} places"]
    for leak in found:
        lines += ["", f"{amount(leak.bytes)} in {leak.blocks} blocks, allocated at"]
        lines += [f"    {frame}" for frame in (leak.stack or "no Python: a thread of a C++ library, or before stacks were recorded").split("\n")]
    return "\n".join(lines)


if os.environ.get("FUGAKUDNN_POOL_DEBUG") == "1":
    _stacks.record(True)
