#!/usr/bin/env python3
"""Metrics as scikit-learn computes them, for MetricPeerTest.

    python3 src/bench/python/metric_values.py > src/test/resources/peers/metrics.json

Each case has a loss as run files write it, outputs, targets and weights of rows, and the metrics by
their labels here. Outputs are multiples of 1/4, so many scores are equal.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn import metrics as m

RANDOM = np.random.default_rng(7)
AVERAGES = {"Macro": "macro", "Micro": "micro", "Weighted": "weighted"}


def outputs(rows, columns):
    return np.round(RANDOM.normal(size=(rows, columns)) * 4) / 4


def softmax(logits):
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return exponentials / exponentials.sum(1, keepdims=True)


def rounded(scores):
    """Scores are float32: equal ones stay equal."""
    return scores.astype(np.float32).astype(float)


def of_counts(labels, predicted, weights, binary):
    found = {}
    for name, function in ("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score):
        options = {"sample_weight": weights, "zero_division": 0}
        for suffix, average in AVERAGES.items():
            found[name + suffix] = function(labels, predicted, average=average, **options)
        found[name] = function(labels, predicted, average="binary", **options) if binary else found[name + "Macro"]
        if binary:
            found[name + "Binary"] = found[name]
    return found


def per_class(found, labels, predicted, weights):
    for name, function in ("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score):
        each = function(labels, predicted, average=None, sample_weight=weights, zero_division=0)
        found.update({f"{name}PerClass.{i}": value for i, value in enumerate(each)})


def areas(found, labels, scores, weights):
    """Of several columns of scores."""
    for name, function in ("rocAuc", m.roc_auc_score), ("prAuc", m.average_precision_score):
        each = [function(labels[:, i], scores[:, i], sample_weight=weights) for i in range(labels.shape[1])]
        found[name] = function(labels, scores, average="macro", sample_weight=weights)
        found[name + "Weighted"] = function(labels, scores, average="weighted", sample_weight=weights)
        found.update({f"{name}PerClass.{i}": value for i, value in enumerate(each)})


def classes(rows, columns, occurring, weights):
    logits = outputs(rows, columns)
    logits[:, occurring:] = -9
    labels = RANDOM.integers(0, occurring, rows)
    logits[np.arange(rows), labels] += 0.5
    predicted = logits.argmax(1)
    found = of_counts(labels, predicted, weights, columns == 2)
    found["accuracy"] = m.accuracy_score(labels, predicted, sample_weight=weights)
    found["balancedAccuracy"] = m.balanced_accuracy_score(labels, predicted, sample_weight=weights)
    found["logLoss"] = m.log_loss(labels, softmax(logits), sample_weight=weights, labels=range(columns))
    if columns == occurring:
        per_class(found, labels, predicted, weights)
        one = np.eye(columns)[labels]
        if columns == 2:
            found["rocAuc"] = m.roc_auc_score(labels, rounded(softmax(logits))[:, 1], sample_weight=weights)
            found["prAuc"] = m.average_precision_score(labels, rounded(softmax(logits))[:, 1], sample_weight=weights)
        else:
            areas(found, one, rounded(softmax(logits)), weights)
            assert abs(found["rocAuc"] - m.roc_auc_score(
                labels, rounded(softmax(logits)), multi_class="ovr", average="macro", sample_weight=weights)) < 1e-12
    matrix = m.confusion_matrix(labels, predicted, sample_weight=weights, labels=range(columns))
    return case("softmaxCrossEntropy", logits, labels[:, None], weights, found, matrix)


def yes_or_no(rows, columns, weights):
    logits = outputs(rows, columns)
    labels = (RANDOM.random((rows, columns)) < 1 / (1 + np.exp(-logits))).astype(int)
    scores = rounded(1 / (1 + np.exp(-logits)))
    predicted = (logits > 0).astype(int)
    if columns == 1:
        found = of_counts(labels[:, 0], predicted[:, 0], weights, True)
        per_class(found, labels[:, 0], predicted[:, 0], weights)
        found["rocAuc"] = m.roc_auc_score(labels[:, 0], scores[:, 0], sample_weight=weights)
        found["prAuc"] = m.average_precision_score(labels[:, 0], scores[:, 0], sample_weight=weights)
        matrix = m.confusion_matrix(labels[:, 0], predicted[:, 0], sample_weight=weights)
    else:
        found = of_counts(labels, predicted, weights, False)
        per_class(found, labels, predicted, weights)
        areas(found, labels, scores, weights)
        matrix = None
    return case("binaryCrossEntropy", logits, labels, weights, found, matrix)


def numbers(rows, columns, offset, weights):
    found_numbers = outputs(rows, columns) + offset
    targets = found_numbers + outputs(rows, columns)
    found = {
        "rmse": m.root_mean_squared_error(targets.ravel(), found_numbers.ravel(), sample_weight=each(weights, columns)),
        "mae": m.mean_absolute_error(targets, found_numbers, sample_weight=weights),
        "r2": m.r2_score(targets, found_numbers, sample_weight=weights),
    }
    return case("meanSquaredError", found_numbers, targets, weights, found, None)


def each(weights, columns):
    return None if weights is None else np.repeat(weights, columns)


def case(loss, found_outputs, targets, weights, found, matrix):
    return {
        "loss": loss,
        "outputs": found_outputs.tolist(),
        "targets": targets.tolist(),
        "weights": [] if weights is None else weights.tolist(),
        "metrics": {name: float(value) for name, value in sorted(found.items())},
        "confusionMatrix": [] if matrix is None else matrix.tolist(),
    }


def main():
    weights = RANDOM.choice([0.5, 1, 2, np.float32(0.3)], 60).astype(float)
    cases = [
        classes(60, 2, 2, None),
        classes(60, 2, 2, weights),
        classes(60, 3, 3, None),
        classes(60, 3, 3, weights),
        classes(60, 4, 3, None),
        yes_or_no(60, 1, None),
        yes_or_no(60, 1, weights),
        yes_or_no(60, 3, None),
        yes_or_no(60, 3, weights),
        numbers(60, 1, 0, None),
        numbers(60, 1, 2000, weights),
        numbers(60, 2, -5, weights),
    ]
    lines = ",\n".join(json.dumps(one) for one in cases)
    sys.stdout.write('{"source": "scikit-learn %s", "cases": [\n%s\n]}\n' % (sklearn.__version__, lines))


if __name__ == "__main__":
    main()
