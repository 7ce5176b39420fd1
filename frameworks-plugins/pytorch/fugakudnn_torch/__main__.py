"""``python -m fugakudnn_torch build`` compiles the native registrar; ``python -m fugakudnn_torch`` says which one is used."""
import sys

from . import build_registrar, registrar


def main(arguments):
    """Does what was asked for; the exit code."""
    if arguments not in ([], ["build"]):
        print("usage: python -m fugakudnn_torch [build]", file=sys.stderr)
        return 2
    try:
        if arguments:
            print(build_registrar())
        print("registrar:", registrar())
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
