#!/usr/bin/env python3
"""`jobs/train --input TABLE --label COLUMN` beside scikit-learn on the same rows.

For each table, trains with no other options, asks the model which rows it held out (`jobs/predict --test`), fits
scikit-learn's LogisticRegression and MLPClassifier (LinearRegression and MLPRegressor where a number is predicted) to all
other rows, behind StandardScaler for numbers and OneHotEncoder for texts, and compares the accuracy (or R2) on the held-out rows.

    python src/bench/python/table_peer.py --report tables.json FILE:LABEL...   # default: the tables of sklearn.datasets

Columns of whole numbers that are all distinct are left out on both sides. Needs scikit-learn and pandas.
"""

import argparse
import glob
import json
import os
import subprocess
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


def write_bundled(folder):
    """Writes the tables that scikit-learn brings; yields FILE:LABEL."""
    for name, load in BUNDLED.items():
        data = load()
        table = pd.DataFrame(data.data, columns=[str(column).replace(" ", "_") for column in data.feature_names])
        named = hasattr(data, "target_names") and name != "digits"
        table["target"] = [data.target_names[i] for i in data.target] if named else data.target
        path = os.path.join(folder, name + ".csv")
        table.to_csv(path, index=False)
        yield path + ":target"


def predicted(command, path, label, folder):
    """Trains, and returns the held-out rows with their predictions."""
    model, output = os.path.join(folder, "model"), os.path.join(folder, "predicted.csv")
    subprocess.run([*command, "train", "--input", path, "--label", label, "--model", model, "--overwrite"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*command, "predict", "--model", model, "--input", path, "--test", "--output", output, "--overwrite"],
                   check=True, stdout=subprocess.DEVNULL)
    return pd.concat([pd.read_csv(part, float_precision="round_trip") for part in sorted(glob.glob(output + "/*.csv") or [output])])


def content(rows):
    """A hash of each row: rows with equal features are held out together."""
    plain = rows.apply(lambda column: column.astype(float) if pd.api.types.is_numeric_dtype(column)
                       else column.astype(object).fillna("").astype(str))
    return pd.util.hash_pandas_object(plain, index=False)


def peers(train, label, is_class, seed=1):
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


def compare(command, path, label):
    table = pd.read_csv(path, float_precision="round_trip")
    with tempfile.TemporaryDirectory() as folder:
        ours = predicted(command, path, label, folder)
    is_class = "predictedLabel" in ours
    identifiers = [column for column in table.columns if column != label and len(table) >= 100
                   and pd.api.types.is_integer_dtype(table[column]) and table[column].is_unique]
    table = table.drop(columns=identifiers)
    columns = [column for column in table.columns if column != label]
    held_out = np.isin(content(table[columns]), content(ours[columns]))
    assert held_out.sum() == len(ours), "the held-out rows are not those of the table"
    train, test = table[~held_out], table[held_out]
    score = accuracy_score if is_class else r2_score
    result = {"table": os.path.basename(path), "rows": len(table), "test": int(held_out.sum()),
              "metric": "accuracy" if is_class else "r2"}
    own = ours["predictedLabel"].astype(str) if is_class else ours["prediction"]
    truth = ours[label].astype(str) if is_class else ours[label]
    result["ours"] = score(truth, own)
    for name, model in peers(train, label, is_class).items():
        result[name] = score(test[label], model.predict(test[columns]))
    best = max(value for name, value in result.items() if name[0].isupper())
    result["behind"] = best - result["ours"]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", metavar="FILE:LABEL")
    parser.add_argument("--command", default="jobs/{job}", help="how to run a job; {job} is its name")
    parser.add_argument("--report", help="write the results as JSON")
    options = parser.parse_args()
    command = ["sh", "-c", 'job=$1; shift; exec %s "$@"' % options.command.replace("{job}", '"$job"'), "job"]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for table in options.tables or write_bundled(folder):
            path, label = table.rsplit(":", 1)
            results.append(compare(command, path, label))
            print("  ".join(f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}"
                            for key, value in results[-1].items()), flush=True)
    if options.report:
        with open(options.report, "w") as file:
            json.dump({"tables": results}, file, indent=2)


if __name__ == "__main__":
    main()
