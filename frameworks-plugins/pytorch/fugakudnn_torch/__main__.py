"""``python -m fugakudnn_torch build`` compiles the native registrar; ``python -m fugakudnn_torch`` says which one is used."""
import sys

from . import build_registrar, native_build, registrar


def why_not_native():
    """The reason, in brackets, where the registrar in Python is the one that is used."""
    if registrar() == "native":
        return ""
    try:
        native_build.load()
    except RuntimeError as error:
        return f" ({error})"
    return ""


def main(arguments):
    """Does what was asked for; the exit code."""
    if arguments not in ([], ["build"]):
        print("usage: python -m fugakudnn_torch [build]", file=sys.stderr)
        return 2
    try:
        if arguments:
            print(build_registrar())
        print(f"registrar: {registrar()}{why_not_native()}")
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
