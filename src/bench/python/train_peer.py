#!/usr/bin/env python3
"""Training throughput of PyTorch with the networks and optimizers of `jobs/bench train`, on the same machine.

    train_peer.py --networks mlp,cnn --optimizers momentum,adam --report FILE

Prints a line for each network and optimizer: samples per second of the full step (gather of rows from a
uint8 array, forward, backward, optimizer), the median of several rounds. The report has the form of
`jobs/bench train`. Optimizers are PyTorch's fused ones where this version has them for the CPU.

Needs PyTorch (Debian: python3-torch). The threads of Debian's collapse with the pthreads build of OpenBLAS; there
install libopenblas0-openmp and run

    LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-openmp OMP_NUM_THREADS=2 \
        /usr/bin/python3 src/bench/python/train_peer.py
"""

import argparse
import json
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


def convolution(inputs, filters, kernel=3, stride=1, groups=1):
    return [
        nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(filters),
    ]


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body = nn.Sequential(*body)
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def residual():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        *convolution(1, 16, stride=2),
        nn.ReLU(),
        Residual([*convolution(16, 16), nn.ReLU(), *convolution(16, 16)], []),
        nn.ReLU(),
        Residual(
            [*convolution(16, 32, stride=2), nn.ReLU(), *convolution(32, 32)],
            convolution(16, 32, kernel=1, stride=2),
        ),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


def separable():
    layers = [nn.Unflatten(1, (1, 28, 28)), *convolution(1, 16, stride=2), nn.ReLU()]
    for inputs, filters, stride in ((16, 32, 1), (32, 64, 2), (64, 64, 1)):
        layers += [*convolution(inputs, inputs, stride=stride, groups=inputs), nn.ReLU()]
        layers += [*convolution(inputs, filters, kernel=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Lamb(torch.optim.Optimizer):
    """LAMB (You et al. 2019), which PyTorch does not have, by its functions over lists of arrays."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        params = list(params)
        groups = [
            {"params": [p for p in params if p.dim() > 1], "weight_decay": weight_decay},
            {"params": [p for p in params if p.dim() <= 1], "weight_decay": 0.0},
        ]
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps})
        self.steps = 0

    @torch.no_grad()
    def step(self):
        self.steps += 1
        for group in self.param_groups:
            params = group["params"]
            gradients = [p.grad for p in params]
            if "mean" not in group:
                group["mean"] = [torch.zeros_like(p) for p in params]
                group["square"] = [torch.zeros_like(p) for p in params]
            beta1, beta2 = group["betas"]
            torch._foreach_mul_(group["mean"], beta1)
            torch._foreach_add_(group["mean"], gradients, alpha=1 - beta1)
            torch._foreach_mul_(group["square"], beta2)
            torch._foreach_addcmul_(group["square"], gradients, gradients, value=1 - beta2)
            roots = torch._foreach_sqrt(group["square"])
            torch._foreach_div_(roots, (1 - beta2**self.steps) ** 0.5)
            torch._foreach_add_(roots, group["eps"])
            updates = torch._foreach_div(group["mean"], 1 - beta1**self.steps)
            torch._foreach_div_(updates, roots)
            if group["weight_decay"]:
                torch._foreach_add_(updates, params, alpha=group["weight_decay"])
                for p, update in zip(params, updates):
                    ratio = p.norm() / update.norm()
                    update.mul_(torch.where(torch.isfinite(ratio) & (ratio > 0), ratio, torch.ones_like(ratio)))
            torch._foreach_add_(params, updates, alpha=-group["lr"])


NETWORKS = {
    "mlp": (lambda: mlp(True), 256),
    "mlp-no-bn": (lambda: mlp(False), 256),
    "cnn": (lambda: cnn(True), 128),
    "cnn-no-bn": (lambda: cnn(False), 128),
    "residual": (residual, 128),
    "separable": (separable, 128),
}

# With the defaults of run files.
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.001}),
    "adam": (torch.optim.Adam, {"lr": 0.001}),
    "adamw": (torch.optim.AdamW, {"lr": 0.001, "weight_decay": 0.01}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.01}),
    "lamb": (Lamb, {}),
}


def optimizer_of(name, params):
    kind, options = OPTIMIZERS[name]
    params = list(params)
    for faster in ({"fused": True}, {"foreach": True}):
        try:
            return kind(params, **options, **faster)
        except (TypeError, RuntimeError):  # this version does not have it, or not for the CPU
            pass
    return kind(params, **options)


def samples_per_second(net, optimizer, batch, seconds, rounds):
    rows = 12000
    images = torch.randint(0, 256, (rows, 784), dtype=torch.uint8)
    labels = torch.randint(0, 10, (rows,))
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


def names_of(known):
    def names(text):
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return chosen

    return names


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--networks", type=names_of(NETWORKS), default=list(NETWORKS))
    arguments.add_argument("--optimizers", type=names_of(OPTIMIZERS), default=["momentum"])
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=2.0)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--report", metavar="FILE")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    print(f"PyTorch {torch.__version__}, {options.threads} threads")
    results = []
    for network in options.networks:
        for optimizer in options.optimizers:
            torch.manual_seed(1)
            make, batch = NETWORKS[network]
            net = make()
            rate = samples_per_second(
                net, optimizer_of(optimizer, net.parameters()), batch, options.seconds, options.rounds
            )
            print(f"{network:10s} {optimizer:9s} {rate:9.0f} samples/s", flush=True)
            results.append(
                {
                    "network": network,
                    "optimizer": optimizer,
                    "engine": "pytorch",
                    "batchSize": batch,
                    "samplesPerSecond": rate,
                }
            )
    if options.report:
        report = {
            "training": results,
            "threads": options.threads,
            "provenance": {"pytorch": torch.__version__},
        }
        with open(options.report, "w") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
