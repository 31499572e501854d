#!/usr/bin/env python3
"""Writes src/test/resources/pytorch/masks.json: networks on sequences of many lengths, and on images
with holes, as PyTorch computes them without masks.

A sequence is computed for itself, as long as it is; only batch norms see the places of all of them
together. Images with holes are computed whole, with zeros in the holes; batch norms, poolings and means
take the valid places out by an index. Everything is in float64, and numbers are float32 first. null
stands where a value must not matter. Needs PyTorch 2.13:

    python3 src/bench/python/golden_masks.py src/test/resources/pytorch/masks.json
"""

import json
import sys

import torch
from torch import nn

LENGTHS = (9, 4, 12, 7, 5)
TIME = 12


def together(norm, rows):
    """A batch norm over all places of all rows, each [channels, places] or [features]."""
    if rows[0].dim() == 1:
        return list(norm(torch.stack(rows)))
    return list(norm(torch.cat(rows, 1).T).T.split([row.shape[1] for row in rows], 1))


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def through(self, rows):
        return [a + b for a, b in zip(through(self.body, rows), through(self.shortcut, rows))]


class Concat(nn.ModuleDict):
    def through(self, rows):
        return [torch.cat(parts) for parts in zip(*(through(branch, rows) for branch in self.values()))]


class Mean(nn.Module):
    def forward(self, row):
        return row.mean(-1)


class Flat(nn.Module):
    """What follows a sequence that is padded to its most places."""

    def __init__(self, places):
        super().__init__()
        self.places = places

    def forward(self, row):
        return nn.functional.pad(row[0], (0, self.places - row.shape[2])).flatten()[None]


def through(net, rows):
    for module in net:
        if isinstance(module, nn.BatchNorm1d):
            rows = together(module, rows)
        elif hasattr(module, "through"):
            rows = module.through(rows)
        else:
            rows = [module(row[None])[0] for row in rows]
    return rows


def sequences():
    """Rows of [channels, places] for each case."""
    yield (
        "convolutions and a pooling",
        2,
        [
            {"conv1d": {"filters": 4, "kernel": 3, "padding": "same", "bias": False}},
            "batchNorm",
            "relu",
            {"conv1d": {"filters": 3, "kernel": 2, "bias": False}},
            "batchNorm",
            "sigmoid",
            {"maxPool1d": {"window": 2, "stride": 1}},
            "globalAveragePool",
            {"dense": 2},
        ],
        nn.Sequential(
            nn.Identity(),
            nn.Conv1d(2, 4, 3, padding=1, bias=False),
            nn.BatchNorm1d(4),
            nn.ReLU(),
            nn.Conv1d(4, 3, 2, bias=False),
            nn.BatchNorm1d(3),
            nn.Sigmoid(),
            nn.MaxPool1d(2, 1),
            Mean(),
            nn.Linear(3, 2),
        ),
    )
    yield (
        "a batch norm first, strides and padding",
        2,
        [
            "batchNorm",
            {"conv1d": {"filters": 3, "kernel": 3, "stride": 2, "padding": 1}},
            "softplus",
            {"averagePool1d": {"window": 3, "stride": 1, "padding": 1, "countIncludePad": False}},
            "batchNorm",
            "tanh",
            {"averagePool1d": {"window": 2, "stride": 1, "padding": 1}},
            "batchNorm",
            "globalAveragePool",
            {"dense": 2},
        ],
        nn.Sequential(
            nn.Identity(),
            nn.BatchNorm1d(2),
            nn.Conv1d(2, 3, 3, 2, 1),
            nn.Softplus(),
            nn.AvgPool1d(3, 1, 1, count_include_pad=False),
            nn.BatchNorm1d(3),
            nn.Tanh(),
            nn.AvgPool1d(2, 1, 1),
            nn.BatchNorm1d(3),
            Mean(),
            nn.Linear(3, 2),
        ),
    )
    yield (
        "a residual block and poolings of the last places",
        4,
        [
            {
                "residual": {
                    "body": [
                        {
                            "conv1d": {
                                "filters": 4,
                                "kernel": 3,
                                "padding": 2,
                                "dilation": 2,
                                "groups": 4,
                                "bias": False,
                            }
                        },
                        "batchNorm",
                        "tanh",
                    ],
                    "shortcut": [{"groupNorm": 2}, {"conv1d": {"filters": 4, "kernel": 1}}, "tanh"],
                }
            },
            {"maxPool1d": {"window": 2, "stride": 2, "ceilMode": True}},
            "instanceNorm",
            {"maxPool1d": {"window": 3, "stride": 2, "padding": 1, "ceilMode": True}},
            "batchNorm",
            "globalAveragePool",
            {"dense": 2},
        ],
        nn.Sequential(
            nn.Identity(),
            Residual(
                nn.Sequential(nn.Conv1d(4, 4, 3, 1, 2, 2, 4, False), nn.BatchNorm1d(4), nn.Tanh()),
                nn.Sequential(nn.GroupNorm(2, 4), nn.Conv1d(4, 4, 1), nn.Tanh()),
            ),
            nn.MaxPool1d(2, 2, ceil_mode=True),
            nn.InstanceNorm1d(4),
            nn.MaxPool1d(3, 2, 1, ceil_mode=True),
            nn.BatchNorm1d(4),
            Mean(),
            nn.Linear(4, 2),
        ),
    )
    yield (
        "branches, and dense layers on padded places",
        2,
        [
            {
                "concat": [
                    {
                        "name": "wide",
                        "layers": [{"conv1d": {"filters": 2, "kernel": 5, "padding": 2, "bias": False}}],
                    },
                    {
                        "name": "narrow",
                        "layers": [
                            {"conv1d": {"filters": 3, "kernel": 1, "bias": False}},
                            "batchNorm",
                            "tanh",
                        ],
                    },
                ]
            },
            "batchNorm",
            "silu",
            "flatten",
            {"dense": {"units": 3, "bias": False}},
            "batchNorm",
            {"dense": 2},
        ],
        nn.Sequential(
            nn.Identity(),
            Concat(
                {
                    "wide": nn.Sequential(nn.Conv1d(2, 2, 5, padding=2, bias=False)),
                    "narrow": nn.Sequential(nn.Conv1d(2, 3, 1, bias=False), nn.BatchNorm1d(3), nn.Tanh()),
                }
            ),
            nn.BatchNorm1d(5),
            nn.SiLU(),
            Flat(TIME),
            nn.Linear(5 * TIME, 3, bias=False),
            nn.BatchNorm1d(3),
            nn.Linear(3, 2),
        ),
    )


class Holes(nn.Module):
    """Images of which some places are valid; each layer also says which places of its output are."""

    def __init__(self, *layers):
        super().__init__()
        for i, layer in enumerate(layers):
            self.add_module(str(i), layer)

    def forward(self, x, valid):
        for layer in self.children():
            if isinstance(layer, nn.BatchNorm1d):
                index = valid.nonzero(as_tuple=True)
                places = layer(x.permute(0, 2, 3, 1)[index])
                x = torch.zeros_like(x.permute(0, 2, 3, 1)).index_put(index, places).permute(0, 3, 1, 2)
            elif isinstance(layer, nn.Conv2d):
                x = layer(x)
                if layer.padding == (0, 0):
                    valid = nn.functional.unfold(valid[:, None].double(), layer.kernel_size, stride=layer.stride)
                    valid = valid.all(1).reshape(-1, *x.shape[2:])
            elif isinstance(layer, nn.MaxPool2d):
                # Only whole windows are valid, and then nothing in them is masked.
                x = layer(x)
                valid = nn.functional.unfold(valid[:, None].double(), layer.kernel_size, stride=layer.stride)
                valid = valid.all(1).reshape(-1, *x.shape[2:])
            elif isinstance(layer, Mean):
                x = x.sum((2, 3)) / valid.sum((1, 2))[:, None]
                return self.head(x)
            else:
                x = layer(x)
            x = x * valid[:, None]
        raise AssertionError


def images():
    layers = [
        {"conv2d": {"filters": 4, "kernel": 3, "padding": 1, "bias": False}},
        "batchNorm",
        "relu",
        "maxPool",
        {"conv2d": {"filters": 3, "kernel": 2, "bias": False}},
        "batchNorm",
        "sigmoid",
        "globalAveragePool",
        {"dense": 2},
    ]
    net = Holes(
        nn.Identity(),
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm1d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 3, 2, bias=False),
        nn.BatchNorm1d(3),
        nn.Sigmoid(),
        Mean(),
    )
    net.head = nn.Linear(3, 2)
    x = torch.randn(4, 2, 8, 10).double()
    valid = torch.ones(4, 8, 10, dtype=torch.bool)
    valid[0, 3, 4] = valid[0, 0, 0] = False
    valid[1, 5:, 7:] = False
    valid[3, :, :3] = False
    yield "images with holes", layers, net, x, valid


def array(tensor):
    numbers = [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "data": numbers}


def document(name, layers, net, rows, output):
    target = torch.randn(output.shape).double()
    nn.functional.mse_loss(output, target).backward()
    parameters = {key.replace("head.", "9."): value for key, value in net.named_parameters()}
    return {
        "name": name,
        "layers": layers,
        "x": {"shape": [len(rows), len(rows[0])], "data": sum(rows, [])},
        "target": array(target),
        "weights": {key: array(value) for key, value in parameters.items()},
        "output": array(output),
        "gradients": {key: array(value.grad) for key, value in parameters.items()},
        "running": {key: array(value) for key, value in net.named_buffers() if "running" in key},
    }


def values(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def sequence_case(name, channels, layers, net):
    net = net.float().double()
    rows = [torch.randn(channels, length).double() for length in LENGTHS]
    features = []
    for row in rows:
        padding = [None] * (TIME - row.shape[1])
        features.append(sum((values(channel) + padding for channel in row), []) + [row.shape[1]])
    reshape = {"reshape": {"channels": channels, "width": TIME, "mask": "lengths"}}
    output = torch.stack(through(net, rows))
    return document(name, [reshape, *layers], net, features, output)


def image_case(name, layers, net, x, valid):
    net = net.float().double()
    channels, height, width = x.shape[1:]
    features = []
    for image, places in zip(x, valid):
        pixels = [
            value if place else None
            for channel in image
            for value, place in zip(values(channel), places.flatten().tolist())
        ]
        features.append(pixels + [1 if place else 0 for place in places.flatten().tolist()])
    reshape = {"reshape": {"channels": channels, "height": height, "width": width, "mask": "places"}}
    output = net(x * valid[:, None], valid)
    return document(name, [reshape, *layers], net, features, output)


def main():
    torch.manual_seed(3)
    cases = [sequence_case(*each) for each in sequences()] + [image_case(*each) for each in images()]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
