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


def line(name, layer, module):
    """A layer of features between two dense ones."""
    return (
        name,
        [{"dense": 6}, layer, {"dense": 2}],
        nn.Sequential(nn.Linear(3, 6), module, nn.Linear(6, 2)),
        2 * torch.randn(ROWS, 3),
    )


def image(name, layer, module, outputs, size=(2, 5, 6), channels=4):
    """A layer of images behind a convolution of one place, before a dense layer."""
    return (
        name,
        [{"conv2d": {"filters": channels, "kernel": 1, "bias": False}}, layer, "flatten", {"dense": 2}],
        nn.Sequential(
            nn.Conv2d(size[0], channels, 1, bias=False), module, nn.Flatten(), nn.Linear(outputs, 2)
        ),
        torch.randn(ROWS, *size),
    )


def learned(module):
    """Scales and shifts that are not those before the first step."""
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    return module


def layers():
    yield line("silu", "silu", nn.SiLU())
    yield line("softplus", "softplus", nn.Softplus())
    yield line("steep softplus", {"softplus": {"beta": 3}}, nn.Softplus(3))
    yield line("elu", {"elu": {"alpha": 0.7}}, nn.ELU(0.7))
    yield line("prelu with one slope", "prelu", nn.PReLU())
    yield line(
        "prelu with a slope for each feature",
        {"prelu": {"slopes": "perChannel", "initialSlope": 0.1}},
        learned(nn.PReLU(6)),
    )
    yield image(
        "prelu of channels", {"prelu": {"slopes": "perChannel"}}, learned(nn.PReLU(4)), 120
    )
    yield line("group norm of features", {"groupNorm": 2}, learned(nn.GroupNorm(2, 6)))
    yield image("group norm", {"groupNorm": 2}, learned(nn.GroupNorm(2, 4)), 120)
    yield image(
        "group norm of one group", {"groupNorm": {"groups": 1}}, learned(nn.GroupNorm(1, 4)), 120
    )
    yield image(
        "group norm without gamma and beta",
        {"groupNorm": {"groups": 2, "affine": False, "eps": 0.1}},
        nn.GroupNorm(2, 4, eps=0.1, affine=False),
        120,
    )
    yield image("instance norm", "instanceNorm", nn.InstanceNorm2d(4), 120)
    yield image(
        "instance norm with gamma and beta",
        {"instanceNorm": {"affine": True}},
        learned(nn.InstanceNorm2d(4, affine=True)),
        120,
    )
    yield image("layer norm of images", "layerNorm", learned(nn.LayerNorm([4, 5, 6])), 120)
    yield line("rms norm", "rmsNorm", learned(nn.RMSNorm(6)))
    yield image("rms norm of images", {"rmsNorm": {"eps": 0.01}}, learned(nn.RMSNorm([4, 5, 6], 0.01)), 120)


def sequences(name, layers, modules, outputs):
    """Rows of 3 channels of 9 numbers."""
    return (
        name,
        [{"dense": 27}, {"reshape": {"channels": 3, "width": 9}}, *layers, "flatten", {"dense": 2}],
        nn.Sequential(
            nn.Linear(4, 27), nn.Unflatten(1, (3, 9)), *modules, nn.Flatten(), nn.Linear(outputs, 2)
        ),
        torch.randn(ROWS, 4),
    )


def windows():
    yield sequences(
        "conv1d and pools",
        [
            {"conv1d": {"filters": 4, "kernel": 3, "padding": 1}},
            {"maxPool1d": {"window": 2, "stride": 2, "ceilMode": True}},
            {"averagePool1d": {"window": 3, "stride": 1, "padding": 1}},
        ],
        [nn.Conv1d(3, 4, 3, padding=1), nn.MaxPool1d(2, ceil_mode=True), nn.AvgPool1d(3, 1, 1)],
        20,
    )
    yield sequences(
        "conv1d with stride, dilation and groups",
        [
            {
                "conv1d": {
                    "filters": 6,
                    "kernel": 3,
                    "stride": 2,
                    "padding": 2,
                    "dilation": 2,
                    "groups": 3,
                    "bias": False,
                }
            }
        ],
        [nn.Conv1d(3, 6, 3, stride=2, padding=2, dilation=2, groups=3, bias=False)],
        30,
    )
    size = (2, 7, 6)
    yield image(
        "max pool with a last window that is not whole",
        {"maxPool": {"window": 3, "stride": 2, "padding": 1, "ceilMode": True}},
        nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        4 * 4 * 4,
        size,
    )
    for include in (True, False):
        yield image(
            f"average pool with a last window that is not whole, countIncludePad {include}",
            {
                "averagePool": {
                    "window": 3,
                    "stride": [2, 3],
                    "padding": 1,
                    "ceilMode": True,
                    "countIncludePad": include,
                }
            },
            nn.AvgPool2d(3, (2, 3), 1, ceil_mode=True, count_include_pad=include),
            4 * 4 * 3,
            size,
        )
    yield image(
        "no window begins beyond the image",
        {"maxPool": {"window": 2, "stride": 3, "ceilMode": True}},
        nn.MaxPool2d(2, 3, ceil_mode=True),
        4 * 3 * 2,
        size,
    )
    yield image(
        "depthwise convolution",
        {"conv2d": {"filters": 4, "kernel": [3, 2], "padding": 1, "groups": 4}},
        nn.Conv2d(4, 4, (3, 2), padding=1, groups=4),
        4 * 7 * 7,
        size,
    )
    yield image(
        "depthwise convolution with stride and dilation",
        {
            "conv2d": {
                "filters": 4,
                "kernel": 3,
                "stride": [2, 3],
                "padding": [3, 2],
                "dilation": [2, 1],
                "groups": 4,
            }
        },
        nn.Conv2d(4, 4, 3, (2, 3), (3, 2), (2, 1), groups=4),
        4 * 5 * 3,
        size,
    )
    yield image(
        "convolution of one place in groups",
        {"conv2d": {"filters": 6, "kernel": 1, "groups": 2}},
        nn.Conv2d(4, 6, 1, groups=2),
        6 * 42,
        size,
    )
    yield image(
        "transposed convolution",
        {"convTranspose2d": {"filters": 3, "kernel": 3}},
        nn.ConvTranspose2d(4, 3, 3),
        3 * 9 * 8,
        size,
    )
    yield image(
        "transposed convolution with all options",
        {
            "convTranspose2d": {
                "filters": 6,
                "kernel": [3, 2],
                "stride": [2, 3],
                "padding": [1, 0],
                "outputPadding": 1,
                "dilation": [1, 2],
                "groups": 2,
                "bias": False,
            }
        },
        nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), 1, 2, False, (1, 2)),
        6 * 14 * 19,
        size,
    )
    yield image(
        "transposed depthwise convolution",
        {"convTranspose2d": {"filters": 4, "kernel": 4, "stride": 2, "padding": 1, "groups": 4}},
        nn.ConvTranspose2d(4, 4, 4, 2, 1, groups=4),
        4 * 14 * 12,
        size,
    )
    yield image(
        "transposed convolution of many channels",
        {"convTranspose2d": {"filters": 12, "kernel": 3, "stride": 1, "padding": 1}},
        nn.ConvTranspose2d(16, 12, 3, 1, 1),
        12 * 12,
        (2, 4, 3),
        16,
    )


class Graph(nn.ModuleDict):
    """Modules under the names of our layers, and a function of them."""

    def __init__(self, modules, forward):
        super().__init__()
        for name, module in modules.items():
            at = self
            *outer, last = name.split(".")
            for key in outer:
                if key not in at._modules:
                    at.add_module(key, nn.Module())
                at = at._modules[key]
            at.add_module(last, module)
        self.function = forward

    def forward(self, x):
        return self.function(self.get_submodule, x)


def u_net(m, x):
    one = torch.relu(m("1")(m("0")(x)))
    two = m("5")(nn.functional.max_pool2d(one, 2))
    deep = torch.tanh(m("9")(nn.functional.max_pool2d(torch.relu(two), 2)))
    up = m("14")(m("13")(torch.cat([two, m("11")(deep)], 1)))
    return m("17")(torch.cat([one, up], 1).flatten(1))


def dense_net(m, x):
    a = m("0")(x)
    b = torch.cat([a, torch.relu(m("2.new.1")(m("2.new.0")(a)))], 1)
    c = torch.cat([a, b, torch.tanh(m("4.new.0")(b))], 1)
    return m("5")(c)


def across_branches(m, x):
    left = torch.tanh(m("0.left.0")(x))
    right = torch.sigmoid(m("0.right.0")(x)) + left
    joined = torch.cat([left, right], 1)
    return m("4")(joined + m("2")(joined) + m("3.third.0")(left))


def graphs():
    def conv(filters, kernel, **more):
        return {"conv2d": {"filters": filters, "kernel": kernel, **more}}

    yield (
        "values with names across blocks of images",
        [
            conv(3, 3, padding=1, bias=False),
            "batchNorm",
            "relu",
            {"name": "one"},
            {"maxPool": {}},
            conv(4, 3, padding=1),
            {"name": "two"},
            "relu",
            {"maxPool": {}},
            conv(5, 1),
            "tanh",
            {"convTranspose2d": {"filters": 4, "kernel": 2, "stride": 2, "bias": False}},
            {"concat": ["two", "previous"]},
            "batchNorm",
            {"convTranspose2d": {"filters": 3, "kernel": 2, "stride": 2}},
            {"concat": ["one", "previous"]},
            "flatten",
            {"dense": 2},
        ],
        Graph(
            {
                "0": nn.Conv2d(2, 3, 3, padding=1, bias=False),
                "1": nn.BatchNorm2d(3),
                "5": nn.Conv2d(3, 4, 3, padding=1),
                "9": nn.Conv2d(4, 5, 1),
                "11": nn.ConvTranspose2d(5, 4, 2, 2, bias=False),
                "13": nn.BatchNorm2d(8),
                "14": nn.ConvTranspose2d(8, 3, 2, 2),
                "17": nn.Linear(6 * 64, 2),
            },
            u_net,
        ),
        torch.randn(ROWS, 2, 8, 8),
    )
    yield (
        "each block reads all before it",
        [
            {"dense": 4},
            {"name": "first"},
            {
                "concat": [
                    "previous",
                    {"name": "new", "layers": ["batchNorm", {"dense": 3}, "relu"]},
                ]
            },
            {"name": "second"},
            {
                "concat": [
                    "first",
                    "second",
                    {"name": "new", "from": "second", "layers": [{"dense": 2}, "tanh"]},
                ]
            },
            {"dense": 2},
        ],
        Graph(
            {
                "0": nn.Linear(3, 4),
                "2.new.0": nn.BatchNorm1d(4),
                "2.new.1": nn.Linear(4, 3),
                "4.new.0": nn.Linear(7, 2),
                "5": nn.Linear(13, 2),
            },
            dense_net,
        ),
        torch.randn(ROWS, 3),
    )
    yield (
        "a name in a branch, read by another and behind, and sums of three",
        [
            {
                "concat": [
                    {"name": "left", "layers": [{"dense": 4}, "tanh", {"name": "left"}]},
                    {
                        "name": "right",
                        "layers": [{"dense": 4}, "sigmoid", {"add": ["previous", "left"]}],
                    },
                ]
            },
            {"name": "joined"},
            {"dense": 8},
            {
                "add": [
                    "joined",
                    "previous",
                    {"name": "third", "from": "left", "layers": [{"dense": 8}]},
                ]
            },
            {"dense": 2},
        ],
        Graph(
            {
                "0.left.0": nn.Linear(3, 4),
                "0.right.0": nn.Linear(3, 4),
                "2": nn.Linear(8, 8),
                "3.third.0": nn.Linear(4, 8),
                "4": nn.Linear(8, 2),
            },
            across_branches,
        ),
        torch.randn(ROWS, 3),
    )


def array(tensor):
    numbers = [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "data": numbers}


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
    written = [case(*each) for each in (*cases(), *layers(), *windows())]
    written += [case(*each) for each in graphs()]
    document = {"torch": torch.__version__, "cases": written}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(document, file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
