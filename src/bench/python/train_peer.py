#!/usr/bin/env python3
"""Training throughput of PyTorch with the networks of `jobs/bench train`, on the same machine.

Prints one line per network: name, samples per second of the full step (gather of rows from a uint8
array, forward, backward, SGD with momentum), the median of several rounds.

Needs PyTorch (Debian: python3-torch). Its threads collapse with the pthreads build of OpenBLAS; on
Debian install libopenblas0-openmp and run

    LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-openmp OMP_NUM_THREADS=2 \
        /usr/bin/python3 src/bench/python/train_peer.py
"""

import argparse
import statistics
import time

import torch
from torch import nn


def mlp(batch_norm):
    layers = []
    inputs = 784
    for units in (256, 256):
        layers.append(nn.Linear(inputs, units, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm1d(units))
        layers.append(nn.ReLU())
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def cnn(batch_norm):
    layers = [nn.Unflatten(1, (1, 28, 28))]
    channels = 1
    for filters in (16, 32):
        layers.append(nn.Conv2d(channels, filters, 3, padding=1, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm2d(filters))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        channels = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 7 * 7, 10))


def normalized(inputs, filters, kernel, stride=1, groups=1):
    """A convolution and its batch norm."""
    return [
        nn.Conv2d(
            inputs, filters, kernel, stride, padding=kernel // 2, groups=groups, bias=False
        ),
        nn.BatchNorm2d(filters),
    ]


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = nn.Sequential(*body), nn.Sequential(*shortcut)

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def residual():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        *normalized(1, 16, 3, stride=2),
        nn.ReLU(),
        Residual([*normalized(16, 16, 3), nn.ReLU(), *normalized(16, 16, 3)], []),
        nn.ReLU(),
        Residual(
            [*normalized(16, 32, 3, stride=2), nn.ReLU(), *normalized(32, 32, 3)],
            normalized(16, 32, 1, stride=2),
        ),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


def separable():
    layers = [nn.Unflatten(1, (1, 28, 28)), *normalized(1, 16, 3, stride=2), nn.ReLU()]
    for inputs, filters, stride in ((16, 32, 1), (32, 64, 2), (64, 64, 1)):
        layers += [*normalized(inputs, inputs, 3, stride, groups=inputs), nn.ReLU()]
        layers += [*normalized(inputs, filters, 1), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def samples_per_second(net, batch, seconds, rounds):
    rows = 12000
    images = torch.randint(0, 256, (rows, 784), dtype=torch.uint8)
    labels = torch.randint(0, 10, (rows,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    loss_of = nn.CrossEntropyLoss()
    net.train()

    def epoch():
        order = torch.randperm(rows)
        for start in range(0, rows - batch + 1, batch):
            chosen = order[start : start + batch]
            inputs = images[chosen].float() / 255
            optimizer.zero_grad(set_to_none=True)
            loss_of(net(inputs), labels[chosen]).backward()
            optimizer.step()
        return rows // batch * batch

    epoch()
    rates = []
    for _ in range(rounds):
        done = 0
        begin = time.perf_counter()
        while time.perf_counter() - begin < seconds:
            done += epoch()
        rates.append(done / (time.perf_counter() - begin))
    return statistics.median(rates)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=2.0)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    print(f"PyTorch {torch.__version__}, {options.threads} threads")
    for name, net, batch in (
        ("mlp", mlp(True), 256),
        ("mlp-no-bn", mlp(False), 256),
        ("cnn", cnn(True), 128),
        ("cnn-no-bn", cnn(False), 128),
        ("residual", residual(), 128),
        ("separable", separable(), 128),
    ):
        rate = samples_per_second(net, batch, options.seconds, options.rounds)
        print(f"{name:12s} {rate:10.0f} samples/s", flush=True)


if __name__ == "__main__":
    main()
