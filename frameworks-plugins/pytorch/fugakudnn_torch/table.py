"""The ops that are taken over: one line each.  Every registrar reads this table and nothing else.

Only ops with a derivative formula of their own are here.  An op that is composed of others in terms of gradients
(CompositeImplicitAutograd: ``conv2d``, ``linear``, ``softmax.int``, ``layer_norm``) loses its gradient when it is overridden at CPU;
a test walks the table and asks torch.
"""
import collections

from fugakudnn import native

from .kernels import batch_norm, convolution, elementwise, matmul, pooling, softmax

#: ``build(op)`` gives the function to register.  Its plans refuse with a reason what the library does not do.
Entry = collections.namedtuple("Entry", "name build")

TABLE = (
    Entry("convolution", convolution.convolution),
    Entry("mm", matmul.mm),
    Entry("addmm", matmul.addmm),
    Entry("native_batch_norm", batch_norm.batch_norm),
    Entry("max_pool2d_with_indices", pooling.max_pool2d_with_indices),
    Entry("avg_pool2d", pooling.avg_pool2d),
    Entry("_adaptive_avg_pool2d", pooling.adaptive_avg_pool2d),
    Entry("mean.dim", pooling.mean_dim),
    # relu and relu_ of torch call clamp_min and clamp_min_.
    Entry("clamp_min", elementwise.unary(elementwise.clamp_min)),
    Entry("clamp_min_", elementwise.unary(elementwise.clamp_min, inplace=True)),
    Entry("clamp", elementwise.unary(elementwise.clamp)),
    Entry("clamp_", elementwise.unary(elementwise.clamp, inplace=True)),
    Entry("hardtanh", elementwise.unary(elementwise.hardtanh)),
    Entry("hardtanh_", elementwise.unary(elementwise.hardtanh, inplace=True)),
    Entry("leaky_relu", elementwise.unary(elementwise.leaky_relu)),
    Entry("leaky_relu_", elementwise.unary(elementwise.leaky_relu, inplace=True)),
    Entry("exp", elementwise.unary(elementwise.exp)),
    Entry("exp_", elementwise.unary(elementwise.exp, inplace=True)),
    Entry("add.Tensor", elementwise.binary(native.ADD)),
    Entry("add_.Tensor", elementwise.binary(native.ADD, inplace=True)),
    Entry("mul.Tensor", elementwise.binary(native.MULTIPLY)),
    Entry("mul_.Tensor", elementwise.binary(native.MULTIPLY, inplace=True)),
    Entry("_softmax", softmax.softmax(False)),
    Entry("_log_softmax", softmax.softmax(True)),
)
