"""BatchNormalizer and its model."""

from typing import Any, TypeVar

from pyspark import keyword_only
from pyspark.ml.classification import LogisticRegressionModel
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.regression import LinearRegressionModel
from pyspark.ml.util import JavaMLWritable, _jvm
from pyspark.sql import DataFrame
from pyspark.sql.utils import is_remote

from syncbn._stage import (
    JAVA_PACKAGE,
    StageEstimator,
    StageModel,
    StageReadable,
    explained,
    require_classic,
    require_java_class,
)

L = TypeVar("L", LogisticRegressionModel, LinearRegressionModel)


class NormalizerParams(Params):
    """The params that :class:`BatchNormalizer` and :class:`BatchNormalizerModel` share."""

    inputCol: "Param[str]" = Param(
        Params._dummy(),
        "inputCol",
        "column to normalize: a vector, an array or a number",
        typeConverter=TypeConverters.toString,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),
        "outputCol",
        "column of the normalized values",
        typeConverter=TypeConverters.toString,
    )
    inputCols: "Param[list[str]]" = Param(
        Params._dummy(),
        "inputCols",
        "columns of numbers to normalize",
        typeConverter=TypeConverters.toListString,
    )
    outputCols: "Param[list[str]]" = Param(
        Params._dummy(),
        "outputCols",
        "columns of the normalized values, in order",
        typeConverter=TypeConverters.toListString,
    )
    method: "Param[str]" = Param(
        Params._dummy(),
        "method",
        "how values are normalized (batch-norm, min-max, max-abs, robust)",
        typeConverter=TypeConverters.toString,
    )
    eps: "Param[float]" = Param(
        Params._dummy(),
        "eps",
        "added to the variance by batch-norm (>= 0)",
        typeConverter=TypeConverters.toFloat,
    )
    center: "Param[bool]" = Param(
        Params._dummy(),
        "center",
        "whether batch-norm subtracts the mean",
        typeConverter=TypeConverters.toBoolean,
    )
    scale: "Param[bool]" = Param(
        Params._dummy(),
        "scale",
        "whether batch-norm divides by the deviation",
        typeConverter=TypeConverters.toBoolean,
    )
    gamma: "Param[list[float]]" = Param(
        Params._dummy(),
        "gamma",
        "factors of the normalized features",
        typeConverter=TypeConverters.toListFloat,
    )
    beta: "Param[list[float]]" = Param(
        Params._dummy(),
        "beta",
        "added to the features after gamma",
        typeConverter=TypeConverters.toListFloat,
    )
    min: "Param[float]" = Param(
        Params._dummy(),
        "min",
        "lower end of the range of min-max",
        typeConverter=TypeConverters.toFloat,
    )
    max: "Param[float]" = Param(
        Params._dummy(),
        "max",
        "upper end of the range of min-max",
        typeConverter=TypeConverters.toFloat,
    )
    handleInvalid: "Param[str]" = Param(
        Params._dummy(),
        "handleInvalid",
        "what becomes of null, NaN and infinities: error, skip (drop the row), keep "
        "(the value as it is) or mean (what the mean becomes) (error, skip, keep, "
        "mean)",
        typeConverter=TypeConverters.toString,
    )
    weightCol: "Param[str]" = Param(
        Params._dummy(),
        "weightCol",
        "column of the rows' weights in the statistics",
        typeConverter=TypeConverters.toString,
    )
    groupCol: "Param[str]" = Param(
        Params._dummy(),
        "groupCol",
        "column of the groups that have statistics of their own",
        typeConverter=TypeConverters.toString,
    )
    handleUnseenGroup: "Param[str]" = Param(
        Params._dummy(),
        "handleUnseenGroup",
        "what becomes of rows of a group without statistics: error, keep (as they "
        "are) or global (normalized with the statistics of all groups) (error, keep, "
        "global)",
        typeConverter=TypeConverters.toString,
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            outputCol=self.uid + "__output",
            method="batch-norm",
            eps=1e-5,
            center=True,
            scale=True,
            min=0.0,
            max=1.0,
            handleInvalid="error",
            handleUnseenGroup="error",
        )

    def _resetUid(self, newUid: Any) -> "NormalizerParams":
        super()._resetUid(newUid)
        return self._setDefault(outputCol=self.uid + "__output")

    def getInputCol(self) -> str:
        """Gets the value of inputCol or its default."""
        return self.getOrDefault(self.inputCol)

    def getOutputCol(self) -> str:
        """Gets the value of outputCol or its default."""
        return self.getOrDefault(self.outputCol)

    def getInputCols(self) -> list[str]:
        """Gets the value of inputCols or its default."""
        return self.getOrDefault(self.inputCols)

    def getOutputCols(self) -> list[str]:
        """Gets the value of outputCols or its default."""
        return self.getOrDefault(self.outputCols)

    def getMethod(self) -> str:
        """Gets the value of method or its default."""
        return self.getOrDefault(self.method)

    def getEps(self) -> float:
        """Gets the value of eps or its default."""
        return self.getOrDefault(self.eps)

    def getCenter(self) -> bool:
        """Gets the value of center or its default."""
        return self.getOrDefault(self.center)

    def getScale(self) -> bool:
        """Gets the value of scale or its default."""
        return self.getOrDefault(self.scale)

    def getGamma(self) -> list[float]:
        """Gets the value of gamma or its default."""
        return self.getOrDefault(self.gamma)

    def getBeta(self) -> list[float]:
        """Gets the value of beta or its default."""
        return self.getOrDefault(self.beta)

    def getMin(self) -> float:
        """Gets the value of min or its default."""
        return self.getOrDefault(self.min)

    def getMax(self) -> float:
        """Gets the value of max or its default."""
        return self.getOrDefault(self.max)

    def getHandleInvalid(self) -> str:
        """Gets the value of handleInvalid or its default."""
        return self.getOrDefault(self.handleInvalid)

    def getWeightCol(self) -> str:
        """Gets the value of weightCol or its default."""
        return self.getOrDefault(self.weightCol)

    def getGroupCol(self) -> str:
        """Gets the value of groupCol or its default."""
        return self.getOrDefault(self.groupCol)

    def getHandleUnseenGroup(self) -> str:
        """Gets the value of handleUnseenGroup or its default."""
        return self.getOrDefault(self.handleUnseenGroup)


class BatchNormalizer(
    StageEstimator["BatchNormalizerModel"],
    NormalizerParams,
    StageReadable["BatchNormalizer"],
    JavaMLWritable,
):
    """Normalizes features by their exact statistics, in the place of ``StandardScaler``,
    ``MinMaxScaler``, ``MaxAbsScaler`` or ``RobustScaler``.

    The statistics have the same bits for any number of partitions and any order of rows, and are
    correct where the mean is far from zero.

    Examples
    --------
    >>> from syncbn import BatchNormalizer, BatchNormalizerModel
    >>> rows = spark.createDataFrame([(1e9 + 1, 4.0), (1e9 + 3, 8.0)], ["a", "b"])
    >>> normalizer = BatchNormalizer(inputCols=["a", "b"], outputCols=["x", "y"], eps=0.0)
    >>> model = normalizer.fit(rows)
    >>> model.transform(rows).select("x", "y").collect()
    [Row(x=-1.0, y=-1.0), Row(x=1.0, y=1.0)]
    >>> normalizer.setMethod("min-max").setMin(-1.0).getMin()
    -1.0
    """

    __module__ = JAVA_PACKAGE

    @keyword_only
    def __init__(
        self,
        *,
        inputCol: str | None = None,
        outputCol: str | None = None,
        inputCols: list[str] | None = None,
        outputCols: list[str] | None = None,
        method: str | None = None,
        eps: float | None = None,
        center: bool | None = None,
        scale: bool | None = None,
        gamma: list[float] | None = None,
        beta: list[float] | None = None,
        min: float | None = None,
        max: float | None = None,
        handleInvalid: str | None = None,
        weightCol: str | None = None,
        groupCol: str | None = None,
        handleUnseenGroup: str | None = None,
    ) -> None:
        super().__init__()
        self._java_obj = self._new_java_stage()
        self._set(**self._input_kwargs)

    def setParams(self, **params: Any) -> "BatchNormalizer":
        """Sets params by their names, as the constructor does."""
        return self._set(**params)

    def _create_model(self, java_model: Any) -> "BatchNormalizerModel":
        return BatchNormalizerModel(java_model)

    def setInputCol(self, value: str) -> "BatchNormalizer":
        """Sets the value of inputCol."""
        return self._set(inputCol=value)

    def setOutputCol(self, value: str) -> "BatchNormalizer":
        """Sets the value of outputCol."""
        return self._set(outputCol=value)

    def setInputCols(self, value: list[str]) -> "BatchNormalizer":
        """Sets the value of inputCols."""
        return self._set(inputCols=value)

    def setOutputCols(self, value: list[str]) -> "BatchNormalizer":
        """Sets the value of outputCols."""
        return self._set(outputCols=value)

    def setMethod(self, value: str) -> "BatchNormalizer":
        """Sets the value of method."""
        return self._set(method=value)

    def setEps(self, value: float) -> "BatchNormalizer":
        """Sets the value of eps."""
        return self._set(eps=value)

    def setCenter(self, value: bool) -> "BatchNormalizer":
        """Sets the value of center."""
        return self._set(center=value)

    def setScale(self, value: bool) -> "BatchNormalizer":
        """Sets the value of scale."""
        return self._set(scale=value)

    def setGamma(self, value: list[float]) -> "BatchNormalizer":
        """Sets the value of gamma."""
        return self._set(gamma=value)

    def setBeta(self, value: list[float]) -> "BatchNormalizer":
        """Sets the value of beta."""
        return self._set(beta=value)

    def setMin(self, value: float) -> "BatchNormalizer":
        """Sets the value of min."""
        return self._set(min=value)

    def setMax(self, value: float) -> "BatchNormalizer":
        """Sets the value of max."""
        return self._set(max=value)

    def setHandleInvalid(self, value: str) -> "BatchNormalizer":
        """Sets the value of handleInvalid."""
        return self._set(handleInvalid=value)

    def setWeightCol(self, value: str) -> "BatchNormalizer":
        """Sets the value of weightCol."""
        return self._set(weightCol=value)

    def setGroupCol(self, value: str) -> "BatchNormalizer":
        """Sets the value of groupCol."""
        return self._set(groupCol=value)

    def setHandleUnseenGroup(self, value: str) -> "BatchNormalizer":
        """Sets the value of handleUnseenGroup."""
        return self._set(handleUnseenGroup=value)


class BatchNormalizerModel(
    StageModel,
    NormalizerParams,
    StageReadable["BatchNormalizerModel"],
    JavaMLWritable,
):
    """Normalizes features with the statistics that :class:`BatchNormalizer` found.

    Examples
    --------
    >>> from syncbn import BatchNormalizer
    >>> rows = spark.createDataFrame([([1.0, 5.0],), ([3.0, 9.0],)], ["features"])
    >>> model = BatchNormalizer(inputCol="features", outputCol="normalized", eps=0.0).fit(rows)
    >>> normalized = model.transform(rows).drop("features")
    >>> model.inverse().setOutputCol("raw").transform(normalized).select("raw").collect()
    [Row(raw=[1.0, 5.0]), Row(raw=[3.0, 9.0])]
    """

    __module__ = JAVA_PACKAGE

    inverted: "Param[bool]" = Param(
        Params._dummy(),
        "inverted",
        "whether normalized values are taken back to raw",
        typeConverter=TypeConverters.toBoolean,
    )

    def __init__(self, java_model: Any = None) -> None:
        super().__init__(java_model)
        self._setDefault(inverted=False)

    def getInverted(self) -> bool:
        """Gets the value of inverted or its default."""
        return self.getOrDefault(self.inverted)

    def setInputCol(self, value: str) -> "BatchNormalizerModel":
        """Sets the value of inputCol."""
        return self._set(inputCol=value)

    def setOutputCol(self, value: str) -> "BatchNormalizerModel":
        """Sets the value of outputCol."""
        return self._set(outputCol=value)

    def setInputCols(self, value: list[str]) -> "BatchNormalizerModel":
        """Sets the value of inputCols."""
        return self._set(inputCols=value)

    def setOutputCols(self, value: list[str]) -> "BatchNormalizerModel":
        """Sets the value of outputCols."""
        return self._set(outputCols=value)

    def setEps(self, value: float) -> "BatchNormalizerModel":
        """Sets the value of eps."""
        return self._set(eps=value)

    def setGamma(self, value: list[float]) -> "BatchNormalizerModel":
        """Sets the value of gamma."""
        return self._set(gamma=value)

    def setBeta(self, value: list[float]) -> "BatchNormalizerModel":
        """Sets the value of beta."""
        return self._set(beta=value)

    def setHandleInvalid(self, value: str) -> "BatchNormalizerModel":
        """Sets the value of handleInvalid."""
        return self._set(handleInvalid=value)

    def setHandleUnseenGroup(self, value: str) -> "BatchNormalizerModel":
        """Sets the value of handleUnseenGroup."""
        return self._set(handleUnseenGroup=value)

    @property
    def numFeatures(self) -> int:
        """The number of features. Needs a classic session."""
        require_classic("numFeatures")
        return self._call_java("numFeatures")

    def statistics(self) -> DataFrame:
        """The statistics as a table, with a row for each feature, and for each group if there are
        any: feature, group, count, missing, mean, populationVariance, sampleVariance, min, max.
        Needs a classic session.
        """
        require_classic("statistics")
        return self._call_java("statistics")

    @explained()
    def merge(self, other: "BatchNormalizerModel") -> "BatchNormalizerModel":
        """A model with the params of this one and the statistics of both, with the bits of one
        pass over the data of both. Needs a classic session.
        """
        require_classic("merge")
        return self._from_java(self._to_java().merge(other._to_java()))

    @explained()
    def update(self, dataset: DataFrame) -> "BatchNormalizerModel":
        """A model with the statistics of further rows too, found as the params say. Needs a
        classic session.
        """
        require_classic("update")
        return self._from_java(self._to_java().update(dataset._jdf))

    @explained()
    def inverse(self) -> "BatchNormalizerModel":
        """A model that takes normalized values back to raw ones: from this model's output columns
        to new ones, named by its outputCol or outputCols, which are to be set.
        """
        if not is_remote():
            return self._from_java(self._to_java().inverse())
        if self.getInverted():
            raise ValueError(
                "This model takes normalized values back, so it cannot be inverted; use the one"
                " it was made from."
            )
        inverse = self.copy()
        if self.isSet(self.inputCols):
            inverse.setInputCols(self.getOutputCols())
        else:
            inverse.setInputCol(self.getOutputCol()).setOutputCol(self.uid + "__inverse")
        return inverse._set(inverted=True)

    @explained()
    def fold(self, model: L) -> L:
        """A model of raw features that predicts what ``model``, a LogisticRegressionModel or
        LinearRegressionModel, predicts of normalized ones, but for rounding. Needs a classic
        session.
        """
        require_classic("fold")
        return model._from_java(self._to_java().fold(model._to_java()))

    @explained()
    def saveStatistics(self, path: str) -> None:
        """Writes the statistics file that ``jobs/normalize`` and fromStatistics read. Needs a
        classic session.
        """
        require_classic("saveStatistics")
        self._to_java().saveStatistics(path)

    @classmethod
    @explained()
    def fromStatistics(cls, path: str) -> "BatchNormalizerModel":
        """A model with the statistics of a file that ``jobs/normalize`` or saveStatistics wrote.
        Needs a classic session.
        """
        require_classic("fromStatistics")
        require_java_class(cls.__name__)
        return cls._from_java(_jvm().org.syncbn.ml.BatchNormalizerModel.fromStatistics(path))
