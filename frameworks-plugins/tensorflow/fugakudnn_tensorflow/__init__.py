"""FugakuDnn under TensorFlow: so far its memory, from the pool.

>>> import tensorflow as tf
>>> from fugakudnn_tensorflow import allocator
>>> allocator.install()                 # before the first tensor
>>> tf.constant([1.0, 2.0]) + 1.0
<tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 3.], dtype=float32)>

Importing changes nothing, and does not import TensorFlow.
"""
from . import allocator

__version__ = "0.1.0"
__all__ = ["allocator"]
