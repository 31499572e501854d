#!/usr/bin/env python3
"""Writes src/test/resources/pytorch/one_cycle.json: weights that PyTorch's optimizers move along
OneCycleLR, which cycles momentum against the learning rate, in float64. Needs PyTorch 2.13:

    python3 src/bench/python/one_cycle.py src/test/resources/pytorch/one_cycle.json
"""

import json
import sys

import torch

STEPS = 10
OPTIMIZERS = {
    "momentum": lambda weights: torch.optim.SGD(weights, 1, momentum=0.9),
    "nesterov": lambda weights: torch.optim.SGD(weights, 1, momentum=0.9, nesterov=True),
    "adam": lambda weights: torch.optim.Adam(weights, 1),
    "adamW": lambda weights: torch.optim.AdamW(weights, 1),
}
OPTIONS = {"max_lr": 0.3, "total_steps": STEPS, "pct_start": 0.4}
CYCLES = [
    {},
    {"base_momentum": 0.6, "max_momentum": 0.9},
    {"cycle_momentum": False},
]


def case(name, cycle):
    torch.manual_seed(len(name))
    weights = torch.randn(6).double()
    initial = weights.tolist()
    optimizer = OPTIMIZERS[name]([weights])
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, **OPTIONS, **cycle)
    steps = []
    for step in range(STEPS):
        group = optimizer.param_groups[0]
        weights.grad = torch.randn(6).float().double()
        momentum = group["betas"][0] if "betas" in group else group["momentum"]
        rate = group["lr"]
        gradient = weights.grad.tolist()
        with torch.no_grad():
            optimizer.step()
        if step + 1 < STEPS:
            scheduler.step()
        steps.append(
            {"rate": rate, "momentum": momentum, "gradient": gradient, "weights": weights.tolist()}
        )
    return {"optimizer": name, "cycle": cycle, "initial": initial, "steps": steps}


def main():
    cases = [case(name, cycle) for name in OPTIMIZERS for cycle in CYCLES]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
