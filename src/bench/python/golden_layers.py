#!/usr/bin/env python3
"""Writes src/test/resources/pytorch/layers.json: what PyTorch's layers put out, and their gradients.

Each case is a small network with the mean squared error, in float64: layers as run files write
them, beside the same in PyTorch, whose parameters have the same names. Numbers are float32 first,
so that both sides compute with the same ones. Needs PyTorch 2.13:

    python3 src/bench/python/golden_layers.py src/test/resources/pytorch/layers.json
"""

import json
import sys

import torch
from torch import nn

ROWS = 5


class Concat(nn.ModuleDict):
    """What each branch makes of the same input, side by side."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.values()], 1)


class Embeddings(nn.ModuleList):
    """A table for each column."""

    def forward(self, x):
        return torch.cat([table(x[:, i].long()) for i, table in enumerate(self)], 1)


class Embedding(nn.Embedding):
    def forward(self, x):
        return super().forward(x[:, 0].long())


class Select(nn.Module):
    def __init__(self, start, count):
        super().__init__()
        self.start, self.count = start, count

    def forward(self, x):
        return x[:, self.start : self.start + self.count]


class OneHot(nn.Module):
    def __init__(self, categories):
        super().__init__()
        self.categories = categories

    def forward(self, x):
        return torch.cat(
            [nn.functional.one_hot(x[:, i].long(), n) for i, n in enumerate(self.categories)], 1
        ).double()


def mixed_rows():
    """Two numbers, then columns of 3, 4 and 2 categories."""
    numbers = torch.randn(ROWS, 2)
    indices = [torch.randint(0, n, (ROWS, 1)).float() for n in (3, 4, 2)]
    return torch.cat([numbers, *indices], 1)


def cases():
    yield (
        "embedding of one column",
        [{"embedding": [{"categories": 6, "units": 3}]}, {"dense": 2}],
        nn.Sequential(Embedding(6, 3), nn.Linear(3, 2)),
        torch.randint(0, 6, (ROWS, 1)).float(),
    )
    yield (
        "numbers beside embedded and indicated categories",
        [
            {
                "concat": [
                    {"name": "numbers", "layers": [{"select": {"from": 0, "count": 2}}, "batchNorm"]},
                    {
                        "name": "categories",
                        "layers": [
                            {"select": {"from": 2, "count": 2}},
                            {
                                "embedding": [
                                    {"categories": 3, "units": 2},
                                    {"categories": 4, "units": 3},
                                ]
                            },
                        ],
                    },
                    {
                        "name": "flag",
                        "layers": [{"select": {"from": 4, "count": 1}}, {"oneHot": [2]}],
                    },
                ]
            },
            {"dense": 3},
            "tanh",
            {"dense": 2},
        ],
        nn.Sequential(
            Concat(
                {
                    "numbers": nn.Sequential(Select(0, 2), nn.BatchNorm1d(2)),
                    "categories": nn.Sequential(
                        Select(2, 2), Embeddings([nn.Embedding(3, 2), nn.Embedding(4, 3)])
                    ),
                    "flag": nn.Sequential(Select(4, 1), OneHot([2])),
                }
            ),
            nn.Linear(9, 3),
            nn.Tanh(),
            nn.Linear(3, 2),
        ),
        mixed_rows(),
    )
    yield (
        "branches of images",
        [
            {"conv2d": {"filters": 3, "kernel": 1}},
            {
                "concat": [
                    {"name": "narrow", "layers": [{"conv2d": {"filters": 2, "kernel": 1}}, "relu"]},
                    {
                        "name": "wide",
                        "layers": [{"conv2d": {"filters": 4, "kernel": 3, "padding": 1}}, "tanh"],
                    },
                    {"name": "itself"},
                ]
            },
            "flatten",
            {"dense": 2},
        ],
        nn.Sequential(
            nn.Conv2d(2, 3, 1),
            Concat(
                {
                    "narrow": nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU()),
                    "wide": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh()),
                    "itself": nn.Sequential(),
                }
            ),
            nn.Flatten(),
            nn.Linear(9 * 4 * 5, 2),
        ),
        torch.randn(ROWS, 2, 4, 5),
    )


def array(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def case(name, layers, net, x):
    net = net.float().double()  # the values of float32
    x = x.double()
    output = net(x)
    target = torch.randn(output.shape).double()
    nn.functional.mse_loss(output, target).backward()
    parameters = dict(net.named_parameters())
    return {
        "name": name,
        "layers": layers,
        "x": array(x),
        "target": array(target),
        "weights": {key: array(value) for key, value in parameters.items()},
        "output": array(output),
        "gradients": {key: array(value.grad) for key, value in parameters.items()},
    }


def main():
    torch.manual_seed(1)
    document = {"torch": torch.__version__, "cases": [case(*each) for each in cases()]}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(document, file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
