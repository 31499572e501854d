#!/usr/bin/env python3
"""Losses and their gradients as PyTorch computes them in float64, for LossPeerTest.

    python3 src/bench/python/loss_values.py > src/test/resources/peers/losses.json

Each case has a loss as run files write it, outputs and targets, the mean loss and its gradient by the
outputs. Focal losses and the pinball loss, which PyTorch does not have, are written out and
differentiated by it.
"""

import json
import sys

import torch
from torch.nn import functional

LOGITS = [[1, -2, 0.5], [0, 3, -1], [2, 2, -4], [-1, 0, 1]]
CLASSES = [0, 2, 1, 2]
LARGE_LOGITS = [[500, -500, 0], [80, 81, -3000], [30, 0, 0], [0, -45, 45]]
BINARY = [[1, 0, 0.25], [0, 1, 1], [1, 1, 0], [0, 0.5, 0]]
NUMBERS = [[1.5, -2, 0.5], [30, 0, -1], [2, 1e6, -4], [-1, 0, 3e18]]
TARGETS = [[0.5, 0, 0.25], [1, 0, -1], [2, -1e6, 4], [-1, 7, 1e18]]
RATES = [[1, -2, 0.5], [0, 3, -1], [20, 2, -40], [-100, 0, 60]]
COUNTS = [[1, 0, 2.5], [0, 30, 1], [5e8, 7, 0], [0, 1, 1e26]]


def cross_entropy(weights=None, smoothing=0.0):
    weights = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    return lambda x, y: functional.cross_entropy(x, y.long(), weight=weights, label_smoothing=smoothing)


def focal_cross_entropy(gamma, weights, smoothing):
    weights = torch.tensor(weights, dtype=torch.float64)

    def loss(x, y):
        classes = x.shape[1]
        target = (1 - smoothing) * functional.one_hot(y.long(), classes).double() + smoothing / classes
        # Of each class: the logarithm of the sum over the others, for p / (1 - p) without cancellation.
        others = torch.logsumexp(
            x[:, None, :].masked_fill(torch.eye(classes, dtype=torch.bool), -torch.inf), 2
        )
        log_p = functional.logsigmoid(x - others)
        rest = torch.exp(gamma * functional.logsigmoid(others - x))
        return -(weights * target * rest * log_p).sum() / weights[y.long()].sum()

    return loss


def binary_cross_entropy(positive):
    positive = torch.tensor(positive, dtype=torch.float64)
    return lambda x, y: functional.binary_cross_entropy_with_logits(x, y, pos_weight=positive)


def focal_binary_cross_entropy(gamma, positive):
    positive = torch.tensor(positive, dtype=torch.float64)

    def loss(x, y):
        log_p, log_q = functional.logsigmoid(x), functional.logsigmoid(-x)
        yes = -positive * y * torch.exp(gamma * log_q) * log_p
        no = -(1 - y) * torch.exp(gamma * log_p) * log_q
        return (yes + no).mean()

    return loss


def pinball(quantiles):
    quantiles = torch.tensor(quantiles, dtype=torch.float64)
    return lambda x, y: torch.maximum(quantiles * (y - x), (quantiles - 1) * (y - x)).mean()


CASES = [
    ({"softmaxCrossEntropy": {"classWeights": [1, 2.5, 0.5], "labelSmoothing": 0.1}}, LOGITS, CLASSES,
     cross_entropy([1, 2.5, 0.5], 0.1)),
    ("softmaxCrossEntropy", LARGE_LOGITS, CLASSES, cross_entropy()),
    ({"softmaxCrossEntropy": {"focalGamma": 2}}, LOGITS, CLASSES, focal_cross_entropy(2, [1.0] * 3, 0)),
    ({"softmaxCrossEntropy": {"focalGamma": 0.5, "classWeights": [1, 2.5, 0.5], "labelSmoothing": 0.1}},
     LOGITS, CLASSES, focal_cross_entropy(0.5, [1, 2.5, 0.5], 0.1)),
    ({"softmaxCrossEntropy": {"focalGamma": 0.5}}, LARGE_LOGITS, CLASSES,
     focal_cross_entropy(0.5, [1.0] * 3, 0)),
    ({"binaryCrossEntropy": {"positiveWeight": [3, 1, 0.5]}}, LOGITS, BINARY, binary_cross_entropy([3, 1, 0.5])),
    ({"binaryCrossEntropy": 3}, LARGE_LOGITS, BINARY, binary_cross_entropy(3)),
    ({"binaryCrossEntropy": {"focalGamma": 2, "positiveWeight": 3}}, LOGITS, BINARY,
     focal_binary_cross_entropy(2, 3)),
    ({"binaryCrossEntropy": {"focalGamma": 0.5, "positiveWeight": [3, 1, 0.5]}}, LARGE_LOGITS, BINARY,
     focal_binary_cross_entropy(0.5, [3, 1, 0.5])),
    ("meanSquaredError", NUMBERS, TARGETS, functional.mse_loss),
    ("meanAbsoluteError", NUMBERS, TARGETS, functional.l1_loss),
    ({"huber": {"delta": 1.5}}, NUMBERS, TARGETS, lambda x, y: functional.huber_loss(x, y, delta=1.5)),
    ({"quantile": [0.1, 0.5, 0.95]}, NUMBERS, [[0.25], [1], [3], [1e9]], pinball([0.1, 0.5, 0.95])),
    ("poisson", RATES, COUNTS, functional.poisson_nll_loss),
]


def case(loss, outputs, targets, function):
    x = torch.tensor(outputs, dtype=torch.float32).double().requires_grad_()
    y = torch.tensor(targets, dtype=torch.float32).double()
    mean = function(x, y)
    mean.backward()
    return {
        "loss": loss,
        "outputs": x.tolist(),
        "targets": [target if isinstance(target, list) else [target] for target in y.tolist()],
        "mean": mean.item(),
        "gradient": x.grad.tolist(),
    }


def main():
    cases = [case(*values) for values in CASES]
    lines = ",\n".join(json.dumps(one) for one in cases)
    sys.stdout.write('{"source": "PyTorch %s", "cases": [\n%s\n]}\n' % (torch.__version__, lines))


if __name__ == "__main__":
    main()
