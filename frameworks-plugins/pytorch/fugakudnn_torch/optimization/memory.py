"""Where the intermediate values of a network lie: one arena, in which values that never live at once share places.

Vocabulary: a `Storage` lives from the step that first writes it to the step that last reads it, both included.
    for all pairs a ≠ b: lifetimes overlap ⇒ [a.offset, a.offset + a.size) and [b.offset, b.offset + b.size) are disjoint

A step that may write over an operand it reads for the last time does so: a convolution its residual, an activation its source.  The two
values then have one storage, whose lines are in the caches when they are written.
"""

ALIGNMENT = 256


class Storage:
    """Memory of a value: in the arena, or an input or output of the segment."""

    __slots__ = ("size", "first", "last", "home", "index", "offset")

    ARENA, INPUT, OUTPUT = "arena", "input", "output"

    def __init__(self, size, home=ARENA, index=0):
        self.size = -(-size // ALIGNMENT) * ALIGNMENT
        self.first, self.last = None, None
        self.home, self.index = home, index
        self.offset = 0

    def used(self, step):
        """A step reads or writes it."""
        self.first = step if self.first is None else self.first
        self.last = step

    def may_become(self, other, step):
        """Whether ``other``, which the step writes first, can lie where this lies, which the step reads last."""
        return (self.home == other.home == Storage.ARENA and self is not other and self.size == other.size
                and self.last == step == other.first)


def place(storages):
    """Gives every arena storage its offset, largest first at the lowest place that is free; returns the arena's size."""
    placed, total = [], 0
    for storage in sorted(storages, key=lambda s: (-s.size, s.first)):
        offset = 0
        for other in placed:  # in order of offsets
            if storage.first <= other.last and other.first <= storage.last:
                if offset + storage.size <= other.offset:
                    break
                offset = max(offset, other.offset + other.size)
        storage.offset = offset
        total = max(total, offset + storage.size)
        placed.append(storage)
        placed.sort(key=lambda s: s.offset)
    return total
