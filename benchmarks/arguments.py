"""Options that several benchmarks take: names out of lists, and networks of torchvision."""


def chosen(parser, option, text, known):
    """Names of a list, in the order of ``known``."""
    names = set(text.split(","))
    for name in sorted(names - set(known)):
        parser.error(f"{option}: must be of {', '.join(known)}, got {name!r}")
    return [name for name in known if name in names]


def image_size(parser, model):
    """Height and width of a network's images; refuses one that torchvision does not have."""
    import torchvision
    if not callable(getattr(torchvision.models, model, None)):
        parser.error(f"torchvision has no network {model!r}")
    return 299 if model == "inception_v3" else 224
