"""FugakuDnn under PyTorch."""
from .optimization import OptimizedModule, Report, optimize
