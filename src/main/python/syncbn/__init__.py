"""Stages of SyncBN for Spark ML's pipelines in Python.

The package lies in the jar, and wraps the jar's Java classes, in classic sessions and with Spark
Connect::

    spark-submit --packages org.syncbn:spark-syncbn-4.2_2.13:VERSION application.py
"""

from syncbn._coordinates import VERSION as __version__
from syncbn.batch_normalizer import BatchNormalizer, BatchNormalizerModel
from syncbn.neural_network import (
    NeuralNetworkClassificationModel,
    NeuralNetworkClassifier,
    NeuralNetworkRegressionModel,
    NeuralNetworkRegressor,
)

__all__ = [
    "BatchNormalizer",
    "BatchNormalizerModel",
    "NeuralNetworkClassificationModel",
    "NeuralNetworkClassifier",
    "NeuralNetworkRegressionModel",
    "NeuralNetworkRegressor",
    "__version__",
]
