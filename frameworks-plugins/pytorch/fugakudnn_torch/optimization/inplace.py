"""Which in-place operations may be read as pure ones.

Vocabulary: *aliases* are nodes that share memory; the *users after m* of a node are the nodes that read it and come later
in the graph than the in-place node m.

An in-place node m that changes node a is the pure operation m if nobody can tell the difference:
  - none of a's aliases belongs to the caller or to the model (an input, a parameter, a buffer), and
  - every user after m of an alias of a reads the alias's *whole* memory as it lies (then it may read m instead).
Otherwise all of a's aliases are pinned: torch itself runs the nodes that make and change them.
"""
from torch import nn

from .capture import is_inplace, module_of

_VIEW_METHODS = {
    "view", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "permute", "t", "expand", "expand_as", "view_as", "reshape_as",
    "detach", "contiguous", "to", "type", "type_as", "float", "double", "cpu", "chunk", "split", "unbind", "narrow", "select", "movedim",
    "swapaxes", "swapdims", "unflatten", "diagonal", "real", "unfold", "ravel", "T", "mT", "H", "data", "swapaxis", "dropout",
    "feature_dropout", "getitem", "getattr", "adjoint", "index_select", "alias", "tensor_split", "hsplit", "vsplit", "dsplit", "atleast_1d",
    "atleast_2d", "atleast_3d", "broadcast_to", "broadcast_tensors", "as_strided", "dropout2d", "alpha_dropout", "moveaxis", "pad",
}
_WHOLE = {"detach", "contiguous", "dropout"}  # aliases of the same shape and order


def _aliases_input(node, root):
    if node.op == "call_module":
        kind = type(module_of(node, root))
        if isinstance(module_of(node, root), (nn.Identity, nn.Flatten, nn.Unflatten, nn.modules.dropout._DropoutNd)):
            return True
        return not kind.__module__.startswith("torch.nn.modules")
    if node.op == "call_method":
        return node.target in _VIEW_METHODS
    name, home = getattr(node.target, "__name__", ""), getattr(node.target, "__module__", None) or ""
    known = home in ("_operator", "builtins", "math") or home.startswith("torch")
    return name in _VIEW_METHODS or not known


def _is_whole(node, root):
    if node.op == "call_module":
        return isinstance(module_of(node, root), (nn.Identity, nn.modules.dropout._DropoutNd))
    return node.op in ("call_method", "call_function") and getattr(node.target, "__name__", node.target) in _WHOLE


class _Groups:
    """Sets of nodes that may share memory (union-find)."""

    def __init__(self):
        self.parent = {}

    def find(self, node):
        while self.parent.setdefault(node, node) is not node:
            node = self.parent[node]
        return node

    def join(self, a, b):
        self.parent[self.find(a)] = self.find(b)

    def members(self, node):
        root = self.find(node)
        return [other for other in self.parent if self.find(other) is root]


def resolve(graph, root, report):
    """Redirects the users after each in-place node to that node where it may be read as a pure one.

    Returns ``(pure, pinned)``: in-place nodes that are pure now, and nodes that torch has to run as they are.
    """
    groups, order, mutations = _Groups(), {}, []
    for position, node in enumerate(graph.nodes):
        order[node] = position
        groups.find(node)
        changes = is_inplace(node, root)
        if node.op == "output":
            continue
        if changes and node.all_input_nodes:
            mutations.append(node)
            groups.join(node, node.all_input_nodes[0])
        elif node.op not in ("placeholder", "get_attr") and _aliases_input(node, root):
            for source in node.all_input_nodes:
                groups.join(node, source)
    pure, pinned = set(), set()
    for node in mutations:
        if any(member in pinned for member in groups.members(node)) or not _purify(node, groups, order, root, report):
            pinned.update(groups.members(node))
        else:
            pure.add(node)
    return pure - pinned, pinned


def _purify(node, groups, order, root, report):
    """Makes one in-place node pure, or says in the report why it stays."""
    here = order[node]
    redirect = []
    for member in groups.members(node):
        if member.op in ("placeholder", "get_attr"):
            report.decline(node.name, "in-place operation on memory of the caller or the model")
            return False
        if member is node or order[member] > here:
            continue
        late = [user for user in member.users if order[user] > here]
        if late and member is not node.all_input_nodes[0] and not (is_inplace(member, root) or _is_whole(member, root)) and (
                _aliases_input(member, root) or _has_view_between(member, node, groups, order, root)):
            report.decline(node.name, f"in-place operation, and {late[0].name} reads a view of the same memory")
            return False
        redirect += [(member, user) for user in late]
    if _has_view_between(node.all_input_nodes[0], node, groups, order, root) and redirect:
        report.decline(node.name, f"in-place operation on a view, and {redirect[0][1].name} reads the same memory")
        return False
    for member, user in redirect:
        report.decline(node.name, f"in-place operation that feeds {user.name} as well, which sees the changed values")
        user.replace_input_with(member, node)
    return True


def _has_view_between(member, node, groups, order, root):
    """Whether a part or another shape of the memory is among the aliases made before the in-place node."""
    return any(
        order[other] < order[node] and other is not node and _aliases_input(other, root)
        and not is_inplace(other, root) and not _is_whole(other, root) for other in groups.members(node))
