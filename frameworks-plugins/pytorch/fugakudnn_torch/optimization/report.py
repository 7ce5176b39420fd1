"""What `optimize` did to a model, and what it left alone and why."""


class Report:
    """Lines of what was fused, declined and left to torch.

    Attributes
    ----------
    fused : list of (str, str)
        Name of the operation in the graph and what became part of it.
    declined : list of (str, str)
        Name of the operation and the reason why it was not fused, or not taken over.
    torch : list of (str, str)
        Operations that run in torch itself, with the reason.
    """

    def __init__(self):
        self.fused = []
        self.declined = []
        self.torch = []

    def fuse(self, name, what):
        self.fused.append((name, what))

    def decline(self, name, reason):
        if (name, reason) not in self.declined:
            self.declined.append((name, reason))

    def leave(self, name, reason):
        self.torch.append((name, reason))

    def reasons(self, name):
        """The reasons given for one operation."""
        return [reason for other, reason in self.declined + self.torch if other == name]

    def __str__(self):
        lines = []
        for title, entries in (("fused", self.fused), ("declined", self.declined), ("left to torch", self.torch)):
            lines.append(f"{title}: {len(entries)}")
            lines += [f"  {name}: {text}" for name, text in entries]
        return "\n".join(lines)

    __repr__ = __str__
