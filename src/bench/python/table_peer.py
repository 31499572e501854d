#!/usr/bin/env python3
"""`jobs/train --input TABLE --label COLUMN` beside scikit-learn on the same rows.

For each table and seed, trains with no other option than `--set seed=N`, which draws another split, asks the model which rows
it held out (`jobs/predict --test`), fits scikit-learn's LogisticRegression and MLPClassifier (LinearRegression and MLPRegressor
where a number is predicted) to all other rows, behind StandardScaler for numbers and OneHotEncoder for texts, and compares
the mean accuracy (or R2) on the held-out rows with the better mean of the two.

    python src/bench/python/table_peer.py --seeds 1,2,3 --report tables.json FILE:LABEL...   # default: tables of sklearn.datasets

Columns of whole numbers that are all distinct are left out on both sides. Needs scikit-learn and pandas.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

BUNDLED = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast-cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "diabetes": datasets.load_diabetes,
}


GENERATED = {
    "blobs-200": lambda: classes(datasets.make_classification(200, 8, n_informative=4, flip_y=0.05, random_state=1)),
    "blobs-300": lambda: classes(datasets.make_classification(300, 12, n_informative=5, n_classes=3, flip_y=0.05, random_state=2)),
    "blobs-850": lambda: classes(datasets.make_classification(850, 18, n_informative=10, n_classes=4, flip_y=0.05, random_state=5)),
    "noisy-768": lambda: classes(datasets.make_classification(
        768, 8, n_informative=4, flip_y=0.2, class_sep=0.7, random_state=4)),
    "moons": lambda: classes(datasets.make_moons(600, noise=0.3, random_state=1)),
    "linear-150": lambda: datasets.make_regression(150, 6, n_informative=4, noise=30, random_state=2),
    "linear-400": lambda: datasets.make_regression(400, 10, n_informative=5, noise=60, random_state=1),
    "friedman1": lambda: datasets.make_friedman1(300, n_features=10, noise=1, random_state=3),
    "friedman2": lambda: datasets.make_friedman2(500, noise=100, random_state=5),
    "friedman3": lambda: datasets.make_friedman3(500, noise=0.1, random_state=6),
}


def classes(table):
    features, labels = table
    return features, [f"c{label}" for label in labels]


def write_tables(folder):
    """Writes the tables that scikit-learn brings or generates; yields FILE:LABEL."""
    for name, generate in GENERATED.items():
        features, target = generate()
        table = pd.DataFrame(features, columns=[f"x{i}" for i in range(features.shape[1])])
        table["target"] = target
        path = os.path.join(folder, name + ".csv")
        table.to_csv(path, index=False)
        yield path + ":target"
    for name, load in BUNDLED.items():
        data = load()
        table = pd.DataFrame(data.data, columns=[str(column).replace(" ", "_") for column in data.feature_names])
        named = hasattr(data, "target_names") and name != "digits"
        table["target"] = [data.target_names[i] for i in data.target] if named else data.target
        path = os.path.join(folder, name + ".csv")
        table.to_csv(path, index=False)
        yield path + ":target"


def run(*words):
    job = subprocess.run(words, capture_output=True, text=True)
    if job.returncode != 0:
        sys.exit(job.stderr)


def predicted(command, path, label, seed, folder):
    """Trains, and returns the held-out rows with their predictions."""
    model, output = os.path.join(folder, "model"), os.path.join(folder, "predicted.csv")
    run(*command, "train", "--input", path, "--label", label, "--model", model, "--overwrite", "--set", f"seed={seed}")
    run(*command, "predict", "--model", model, "--input", path, "--test", "--output", output, "--overwrite")
    return pd.concat([pd.read_csv(part, float_precision="round_trip") for part in sorted(glob.glob(output + "/*.csv") or [output])])


def content(rows):
    """A hash of each row: rows with equal features are held out together."""
    plain = rows.apply(lambda column: column.astype(float) if pd.api.types.is_numeric_dtype(column)
                       else column.astype(object).fillna("").astype(str))
    return pd.util.hash_pandas_object(plain, index=False)


def peers(train, label, is_class, seed):
    features = train.drop(columns=label)
    numbers = features.select_dtypes("number").columns.tolist()
    texts = [column for column in features.columns if column not in numbers]
    encoding = lambda: make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), texts))
    models = {
        "LogisticRegression": LogisticRegression(max_iter=1000),
        "MLPClassifier": MLPClassifier(max_iter=500, random_state=seed),
    } if is_class else {
        "LinearRegression": LinearRegression(),
        "MLPRegressor": TransformedTargetRegressor(MLPRegressor(max_iter=500, random_state=seed), transformer=StandardScaler()),
    }
    return {name: make_pipeline(encoding(), model).fit(features, train[label]) for name, model in models.items()}


def scores(command, path, label, seed):
    """The metric, and the scores of all models on one split."""
    table = pd.read_csv(path, float_precision="round_trip")
    with tempfile.TemporaryDirectory() as folder:
        ours = predicted(command, path, label, seed, folder)
    is_class = "predictedLabel" in ours
    identifiers = [column for column in table.columns if column != label and len(table) >= 100
                   and pd.api.types.is_integer_dtype(table[column]) and table[column].is_unique]
    table = table.drop(columns=identifiers)
    columns = [column for column in table.columns if column != label]
    held_out = np.isin(content(table[columns]), content(ours[columns]))
    assert held_out.sum() == len(ours), "the held-out rows are not those of the table"
    train, test = table[~held_out], table[held_out]
    score = accuracy_score if is_class else r2_score
    own = ours["predictedLabel"].astype(str) if is_class else ours["prediction"]
    found = {"ours": score(ours[label].astype(str) if is_class else ours[label], own)}
    for name, model in peers(train, label, is_class, seed).items():
        found[name] = score(test[label], model.predict(test[columns]))
    return "accuracy" if is_class else "r2", found


def compare(command, path, label, seeds):
    """The means over the splits, and how far ours is behind the better of the others."""
    splits = [scores(command, path, label, seed) for seed in seeds]
    means = {name: float(np.mean([found[name] for _, found in splits])) for name in splits[0][1]}
    best = max(mean for name, mean in means.items() if name != "ours")
    return {"table": os.path.basename(path), "metric": splits[0][0], "splits": len(seeds), **means,
            "behind": best - means["ours"], "each": [found for _, found in splits]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", metavar="FILE:LABEL")
    parser.add_argument("--seeds", default="1,2,3,4,5", help="of the splits; the means over them are compared")
    parser.add_argument("--command", default="jobs/{job}", help="how to run a job; {job} is its name")
    parser.add_argument("--report", help="write the results as JSON")
    options = parser.parse_args()
    command = ["sh", "-c", 'job=$1; shift; exec %s "$@"' % options.command.replace("{job}", '"$job"'), "job"]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for table in options.tables or write_tables(folder):
            path, label = table.rsplit(":", 1)
            results.append(compare(command, path, label, [int(seed) for seed in options.seeds.split(",")]))
            print("  ".join(f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}"
                            for key, value in results[-1].items() if key != "each"), flush=True)
    if options.report:
        with open(options.report, "w") as file:
            json.dump({"tables": results}, file, indent=2)


if __name__ == "__main__":
    main()
