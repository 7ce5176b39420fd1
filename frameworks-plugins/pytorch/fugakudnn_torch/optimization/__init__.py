"""``optimize``: inference with folded, fused, packed and planned networks."""
from .module import OptimizedModule, optimize
from .report import Report

__all__ = ["OptimizedModule", "Report", "optimize"]
