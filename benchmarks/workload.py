"""What the main job measures: a network of torchvision on real photographs, as inference or as a step of training."""
import copy
import pickle

import numpy as np

SEED = 1
LEARNING_RATE, MOMENTUM = 0.01, 0.9
STEPS_COMPARED = 3  # losses of training that are compared: later ones differ by more than rounding, whoever computes them

# Variants of a mode: what computes, in which layout. Training with `optimize` is none: it makes networks for inference.
VARIANTS = {
    "inference": ("stock", "stock-channels_last", "fugakudnn", "fugakudnn-channels_last", "fugakudnn-optimized"),
    "training": ("stock", "stock-channels_last", "fugakudnn", "fugakudnn-channels_last"),
}


def photographs(count, size):
    """Crops of scikit-learn's two photographs, normalised as torchvision's weights expect."""
    import torch
    from sklearn.datasets import load_sample_images
    images = [torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255 for image in load_sample_images().images]
    random = np.random.default_rng(SEED)
    crops = []
    for index in range(count):
        image = images[index % len(images)]
        side = int(random.integers(size, min(image.shape[1:]) + 1)) if min(image.shape[1:]) > size else min(image.shape[1:])
        top, left = (int(random.integers(0, extent - side + 1)) for extent in image.shape[1:])
        crop = image[None, :, top:top + side, left:left + side]
        crops.append(torch.nn.functional.interpolate(crop, (size, size), mode="bilinear", align_corners=False, antialias=True))
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (torch.cat(crops) - mean[:, None, None]) / deviation[:, None, None]


def make_model(name, size):
    """The network with seeded weights, and batch norm's statistics of one pass."""
    import torch
    import torchvision
    torch.manual_seed(SEED)
    try:
        model = getattr(torchvision.models, name)(weights=None)
    except TypeError:
        model = getattr(torchvision.models, name)(weights=None, init_weights=True)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    if norms:
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = None  # the plain mean over what was seen
            norm.reset_running_stats()
        with torch.no_grad():
            model.train()(photographs(8, size))
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
    return model.eval()


def save(path, model, images):
    """Writes what `load` reads, so that every variant starts from the same numbers and none spends time or memory on making them."""
    with open(path, "wb") as file:
        pickle.dump((model, images), file)


def load(path):
    """The model and the images that `save` wrote."""
    with open(path, "rb") as file:
        return pickle.load(file)


class Inference:
    """The network under no_grad."""

    def __init__(self, model, images, variant):
        import torch
        self.model, self.images = in_layout(model.eval(), images, variant)
        if variant == "fugakudnn-optimized":
            import fugakudnn_torch as ft
            self.model = ft.optimize(model)
        self.no_grad = torch.no_grad

    def run(self):
        """The logits."""
        with self.no_grad():
            return self.model(self.images)

    def first(self):
        """The logits, once everything is planned."""
        self.run()
        return self.run().double().tolist()


class Training:
    """Forward, loss, backward and a step of SGD with momentum; labels are seeded."""

    def __init__(self, model, images, variant):
        import torch
        self.model, self.images = in_layout(model.train(), images, variant)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
        self.loss = torch.nn.functional.cross_entropy
        random = np.random.default_rng(SEED)
        self.labels = torch.from_numpy(random.integers(0, 1000, len(images)))
        torch.manual_seed(SEED)  # dropout

    def run(self):
        """The loss before the step."""
        self.optimizer.zero_grad()
        logits = self.model(self.images)
        loss = self.loss(logits[0] if isinstance(logits, tuple) else logits, self.labels)  # the main output, where there are others
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def first(self):
        """The losses of the first steps."""
        return [self.run() for _ in range(STEPS_COMPARED)]


def in_layout(model, images, variant):
    """Model and images in the variant's memory format."""
    if not variant.endswith("channels_last"):
        return model, images
    import torch
    return copy.deepcopy(model).to(memory_format=torch.channels_last), images.contiguous(memory_format=torch.channels_last)
