"""Small parts that the tests of optimize() build networks from."""
from torch import nn


def norm(channels):
    """A batch norm whose statistics matter."""
    module = nn.BatchNorm2d(channels)
    module.running_mean.normal_()
    module.running_var.uniform_(0.5, 2)
    module.weight.data.normal_()
    module.bias.data.normal_()
    return module


def conv(i=4, o=4, k=3, **options):
    return nn.Conv2d(i, o, k, padding=k // 2, **options)


IMAGE = (2, 4, 6, 5)


class Net(nn.Module):
    """A module from parts and a function of them."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)
