"""What training minimises."""

import torch
from torch import Tensor
from torch.nn import functional

from models.domain.networks import NetworkSettings


def class_weights(labels: Tensor, n_classes: int, *, is_balanced: bool) -> Tensor:
    """Return a weight for each class, float32, with a mean of 1 over the labels.

    Balanced, each class that occurs has the same sum of weights; one that never occurs has the weight 0.
    """
    if not is_balanced:
        return torch.ones(n_classes)
    counts = torch.bincount(labels, minlength=n_classes).float()
    n_present = int((counts > 0).sum())
    return torch.where(counts > 0, counts.sum() / (n_present * counts.clamp_min(1.0)), torch.zeros(()))


def window_losses(logits: Tensor, labels: Tensor, weights: Tensor, settings: NetworkSettings) -> Tensor:
    """Return the loss of each window, shape (n,): weighted focal loss over smoothed labels.

    Parameters
    ----------
    logits : Tensor, shape (n, n_classes)
    labels : int64 Tensor, shape (n,)
    weights : Tensor, shape (n_classes,)
    settings : NetworkSettings
        ``focal_alpha`` scales all classes alike: their balance is the weights' matter.

    References
    ----------
    Lin et al. (2017), Focal loss for dense object detection, ICCV, equation 5; Szegedy et al. (2016),
    Rethinking the Inception architecture, CVPR, section 7.
    """
    log_probabilities = functional.log_softmax(logits, dim=1)
    of_label = log_probabilities.gather(1, labels[:, None]).squeeze(1)
    smoothing = settings.label_smoothing
    entropy = -(1.0 - smoothing) * of_label - smoothing * log_probabilities.mean(dim=1)
    if settings.focal_gamma > 0.0:
        entropy = entropy * (1.0 - of_label.exp()) ** settings.focal_gamma
    return settings.focal_alpha * weights[labels] * entropy
