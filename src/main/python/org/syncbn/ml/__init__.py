"""The stages of ``syncbn``, under the names that their Java classes have.

PySpark looks here for the Python class of a stage in a saved pipeline.
"""

from syncbn import (
    BatchNormalizer,
    BatchNormalizerModel,
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
]
