"""``python -m fugakudnn``."""
import sys

from .cli import main

sys.exit(main())
