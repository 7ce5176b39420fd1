"""Kernels of the overridden ops.

Each builder takes an `Op` and returns the function that the dispatcher calls.  The functions are written for speed: what can be
known from shapes and strides is found out once per kind of call (``prepare``) and kept in ``op.plans``.
"""
