"""NeuralNetworkClassifier, NeuralNetworkRegressor and their models."""

from typing import Any

from pyspark import keyword_only
from pyspark.ml.linalg import Vector
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLWritable

from syncbn._stage import JAVA_PACKAGE, StageEstimator, StageModel, StageReadable


class NetworkParams(Params):
    """The params that all stages of networks share."""

    batchSize: "Param[int]" = Param(
        Params._dummy(),
        "batchSize",
        "rows of a step (>= 1)",
        typeConverter=TypeConverters.toInt,
    )
    checkpointDir: "Param[str]" = Param(
        Params._dummy(),
        "checkpointDir",
        "folder for the state of the training, from which the same fit goes on",
        typeConverter=TypeConverters.toString,
    )
    engine: "Param[str]" = Param(
        Params._dummy(),
        "engine",
        "what carries the steps on the cluster (auto, in-process, gang, slices, tree)",
        typeConverter=TypeConverters.toString,
    )
    featuresCol: "Param[str]" = Param(
        Params._dummy(),
        "featuresCol",
        "features column name",
        typeConverter=TypeConverters.toString,
    )
    inputCols: "Param[list[str]]" = Param(
        Params._dummy(),
        "inputCols",
        "columns of numbers to predict from, in the place of featuresCol",
        typeConverter=TypeConverters.toListString,
    )
    labelCol: "Param[str]" = Param(
        Params._dummy(),
        "labelCol",
        "label column name",
        typeConverter=TypeConverters.toString,
    )
    maxIter: "Param[int]" = Param(
        Params._dummy(),
        "maxIter",
        "epochs (>= 1)",
        typeConverter=TypeConverters.toInt,
    )
    network: "Param[str]" = Param(
        Params._dummy(),
        "network",
        "layers from the input to the output, as the network of a run file, for example "
        "[{ dense = 16 }, batchNorm, relu, { dense = 3 }]",
        typeConverter=TypeConverters.toString,
    )
    options: "Param[str]" = Param(
        Params._dummy(),
        "options",
        "further settings of a run file, in HOCON, overriding all params",
        typeConverter=TypeConverters.toString,
    )
    patience: "Param[int]" = Param(
        Params._dummy(),
        "patience",
        "epochs without a better validation loss after which training ends (>= 1); all of"
        " maxIter are trained if it is not set",
        typeConverter=TypeConverters.toInt,
    )
    predictionCol: "Param[str]" = Param(
        Params._dummy(),
        "predictionCol",
        "prediction column name",
        typeConverter=TypeConverters.toString,
    )
    seed: "Param[int]" = Param(
        Params._dummy(),
        "seed",
        "of the first weights and the order of rows",
        typeConverter=TypeConverters.toInt,
    )
    shards: "Param[int]" = Param(
        Params._dummy(),
        "shards",
        "pieces of a step, which tasks share; part of the result (>= 1)",
        typeConverter=TypeConverters.toInt,
    )
    solver: "Param[str]" = Param(
        Params._dummy(),
        "solver",
        "optimizer (sgd, momentum, nesterov, rmsprop, adam, adamW, adagrad, lamb)",
        typeConverter=TypeConverters.toString,
    )
    stepSize: "Param[float]" = Param(
        Params._dummy(),
        "stepSize",
        "learning rate (> 0); the solver's own if it is not set",
        typeConverter=TypeConverters.toFloat,
    )
    tol: "Param[float]" = Param(
        Params._dummy(),
        "tol",
        "how much the validation loss must fall to count as better, where patience is set (>= 0)",
        typeConverter=TypeConverters.toFloat,
    )
    validationIndicatorCol: "Param[str]" = Param(
        Params._dummy(),
        "validationIndicatorCol",
        "boolean column: rows with true are not trained on, but evaluated after each epoch",
        typeConverter=TypeConverters.toString,
    )
    weightCol: "Param[str]" = Param(
        Params._dummy(),
        "weightCol",
        "column of the rows' weights (>= 0)",
        typeConverter=TypeConverters.toString,
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            batchSize=256,
            engine="auto",
            featuresCol="features",
            labelCol="label",
            maxIter=10,
            options="",
            predictionCol="prediction",
            seed=1,
            shards=8,
            solver="adam",
            tol=0.0,
        )

    def getBatchSize(self) -> int:
        """Gets the value of batchSize or its default."""
        return self.getOrDefault(self.batchSize)

    def getCheckpointDir(self) -> str:
        """Gets the value of checkpointDir or its default."""
        return self.getOrDefault(self.checkpointDir)

    def getEngine(self) -> str:
        """Gets the value of engine or its default."""
        return self.getOrDefault(self.engine)

    def getFeaturesCol(self) -> str:
        """Gets the value of featuresCol or its default."""
        return self.getOrDefault(self.featuresCol)

    def getInputCols(self) -> list[str]:
        """Gets the value of inputCols or its default."""
        return self.getOrDefault(self.inputCols)

    def getLabelCol(self) -> str:
        """Gets the value of labelCol or its default."""
        return self.getOrDefault(self.labelCol)

    def getMaxIter(self) -> int:
        """Gets the value of maxIter or its default."""
        return self.getOrDefault(self.maxIter)

    def getNetwork(self) -> str:
        """Gets the value of network or its default."""
        return self.getOrDefault(self.network)

    def getOptions(self) -> str:
        """Gets the value of options or its default."""
        return self.getOrDefault(self.options)

    def getPatience(self) -> int:
        """Gets the value of patience or its default."""
        return self.getOrDefault(self.patience)

    def getPredictionCol(self) -> str:
        """Gets the value of predictionCol or its default."""
        return self.getOrDefault(self.predictionCol)

    def getSeed(self) -> int:
        """Gets the value of seed or its default."""
        return self.getOrDefault(self.seed)

    def getShards(self) -> int:
        """Gets the value of shards or its default."""
        return self.getOrDefault(self.shards)

    def getSolver(self) -> str:
        """Gets the value of solver or its default."""
        return self.getOrDefault(self.solver)

    def getStepSize(self) -> float:
        """Gets the value of stepSize or its default."""
        return self.getOrDefault(self.stepSize)

    def getTol(self) -> float:
        """Gets the value of tol or its default."""
        return self.getOrDefault(self.tol)

    def getValidationIndicatorCol(self) -> str:
        """Gets the value of validationIndicatorCol or its default."""
        return self.getOrDefault(self.validationIndicatorCol)

    def getWeightCol(self) -> str:
        """Gets the value of weightCol or its default."""
        return self.getOrDefault(self.weightCol)


class ClassifierParams(NetworkParams):
    """The params of :class:`NeuralNetworkClassifier` and its model."""

    probabilityCol: "Param[str]" = Param(
        Params._dummy(),
        "probabilityCol",
        "Column name for predicted class conditional probabilities. Note: Not all models "
        "output well-calibrated probability estimates! These probabilities should be "
        "treated as confidences, not precise probabilities",
        typeConverter=TypeConverters.toString,
    )
    rawPredictionCol: "Param[str]" = Param(
        Params._dummy(),
        "rawPredictionCol",
        "raw prediction (a.k.a. confidence) column name",
        typeConverter=TypeConverters.toString,
    )
    thresholds: "Param[list[float]]" = Param(
        Params._dummy(),
        "thresholds",
        "Thresholds in multi-class classification to adjust the probability of predicting"
        " each class. Array must have length equal to the number of classes, with values "
        "> 0 excepting that at most one value may be 0. The class with largest value p/t "
        "is predicted, where p is the original probability of that class and t is the "
        "class's threshold",
        typeConverter=TypeConverters.toListFloat,
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            probabilityCol="probability",
            rawPredictionCol="rawPrediction",
        )

    def getProbabilityCol(self) -> str:
        """Gets the value of probabilityCol or its default."""
        return self.getOrDefault(self.probabilityCol)

    def getRawPredictionCol(self) -> str:
        """Gets the value of rawPredictionCol or its default."""
        return self.getOrDefault(self.rawPredictionCol)

    def getThresholds(self) -> list[float]:
        """Gets the value of thresholds or its default."""
        return self.getOrDefault(self.thresholds)


class NeuralNetworkClassifier(
    StageEstimator["NeuralNetworkClassificationModel"],
    ClassifierParams,
    StageReadable["NeuralNetworkClassifier"],
    JavaMLWritable,
):
    """Trains a network with batch norm that predicts classes, in the place of
    ``MultilayerPerceptronClassifier``.

    Examples
    --------
    >>> from syncbn import NeuralNetworkClassifier
    >>> rows = spark.range(60).selectExpr("double(id % 2) AS a", "double(id % 3) AS b", "id % 2 AS label")
    >>> classifier = NeuralNetworkClassifier(
    ...     inputCols=["a", "b"],
    ...     network="[{ dense = 8 }, batchNorm, relu, { dense = 2 }]",
    ...     maxIter=20,
    ...     batchSize=20,
    ...     stepSize=0.05,
    ... )
    >>> model = classifier.fit(rows)
    >>> model.numClasses
    2
    >>> model.transform(rows).where("prediction != label").count()
    0
    """

    __module__ = JAVA_PACKAGE

    @keyword_only
    def __init__(
        self,
        *,
        batchSize: int | None = None,
        checkpointDir: str | None = None,
        engine: str | None = None,
        featuresCol: str | None = None,
        inputCols: list[str] | None = None,
        labelCol: str | None = None,
        maxIter: int | None = None,
        network: str | None = None,
        options: str | None = None,
        patience: int | None = None,
        predictionCol: str | None = None,
        probabilityCol: str | None = None,
        rawPredictionCol: str | None = None,
        seed: int | None = None,
        shards: int | None = None,
        solver: str | None = None,
        stepSize: float | None = None,
        thresholds: list[float] | None = None,
        tol: float | None = None,
        validationIndicatorCol: str | None = None,
        weightCol: str | None = None,
    ) -> None:
        super().__init__()
        self._java_obj = self._new_java_stage()
        self._set(**self._input_kwargs)

    def setParams(self, **params: Any) -> "NeuralNetworkClassifier":
        """Sets params by their names, as the constructor does."""
        return self._set(**params)

    def _create_model(self, java_model: Any) -> "NeuralNetworkClassificationModel":
        return NeuralNetworkClassificationModel(java_model)

    def setBatchSize(self, value: int) -> "NeuralNetworkClassifier":
        """Sets the value of batchSize."""
        return self._set(batchSize=value)

    def setCheckpointDir(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of checkpointDir."""
        return self._set(checkpointDir=value)

    def setEngine(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of engine."""
        return self._set(engine=value)

    def setFeaturesCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of featuresCol."""
        return self._set(featuresCol=value)

    def setInputCols(self, value: list[str]) -> "NeuralNetworkClassifier":
        """Sets the value of inputCols."""
        return self._set(inputCols=value)

    def setLabelCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of labelCol."""
        return self._set(labelCol=value)

    def setMaxIter(self, value: int) -> "NeuralNetworkClassifier":
        """Sets the value of maxIter."""
        return self._set(maxIter=value)

    def setNetwork(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of network."""
        return self._set(network=value)

    def setOptions(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of options."""
        return self._set(options=value)

    def setPatience(self, value: int) -> "NeuralNetworkClassifier":
        """Sets the value of patience."""
        return self._set(patience=value)

    def setPredictionCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    def setProbabilityCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of probabilityCol."""
        return self._set(probabilityCol=value)

    def setRawPredictionCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of rawPredictionCol."""
        return self._set(rawPredictionCol=value)

    def setSeed(self, value: int) -> "NeuralNetworkClassifier":
        """Sets the value of seed."""
        return self._set(seed=value)

    def setShards(self, value: int) -> "NeuralNetworkClassifier":
        """Sets the value of shards."""
        return self._set(shards=value)

    def setSolver(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of solver."""
        return self._set(solver=value)

    def setStepSize(self, value: float) -> "NeuralNetworkClassifier":
        """Sets the value of stepSize."""
        return self._set(stepSize=value)

    def setThresholds(self, value: list[float]) -> "NeuralNetworkClassifier":
        """Sets the value of thresholds."""
        return self._set(thresholds=value)

    def setTol(self, value: float) -> "NeuralNetworkClassifier":
        """Sets the value of tol."""
        return self._set(tol=value)

    def setValidationIndicatorCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of validationIndicatorCol."""
        return self._set(validationIndicatorCol=value)

    def setWeightCol(self, value: str) -> "NeuralNetworkClassifier":
        """Sets the value of weightCol."""
        return self._set(weightCol=value)


class NeuralNetworkClassificationModel(
    StageModel,
    ClassifierParams,
    StageReadable["NeuralNetworkClassificationModel"],
    JavaMLWritable,
):
    """Predicts classes with the network that :class:`NeuralNetworkClassifier` trained."""

    __module__ = JAVA_PACKAGE

    def setFeaturesCol(self, value: str) -> "NeuralNetworkClassificationModel":
        """Sets the value of featuresCol."""
        return self._set(featuresCol=value)

    def setInputCols(self, value: list[str]) -> "NeuralNetworkClassificationModel":
        """Sets the value of inputCols."""
        return self._set(inputCols=value)

    def setPredictionCol(self, value: str) -> "NeuralNetworkClassificationModel":
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    def setProbabilityCol(self, value: str) -> "NeuralNetworkClassificationModel":
        """Sets the value of probabilityCol."""
        return self._set(probabilityCol=value)

    def setRawPredictionCol(self, value: str) -> "NeuralNetworkClassificationModel":
        """Sets the value of rawPredictionCol."""
        return self._set(rawPredictionCol=value)

    def setThresholds(self, value: list[float]) -> "NeuralNetworkClassificationModel":
        """Sets the value of thresholds."""
        return self._set(thresholds=value)

    @property
    def numFeatures(self) -> int:
        """The number of features."""
        return self._call_java("numFeatures")

    @property
    def numClasses(self) -> int:
        """The number of classes."""
        return self._call_java("numClasses")

    def predict(self, value: Vector) -> float:
        """The prediction for the features of one row."""
        return self._call_java("predict", value)


class NeuralNetworkRegressor(
    StageEstimator["NeuralNetworkRegressionModel"],
    NetworkParams,
    StageReadable["NeuralNetworkRegressor"],
    JavaMLWritable,
):
    """Trains a network with batch norm that predicts a number.

    Examples
    --------
    >>> from syncbn import NeuralNetworkRegressor
    >>> rows = spark.range(60).selectExpr("double(id % 2) AS a", "double(id % 2) AS label")
    >>> regressor = NeuralNetworkRegressor(
    ...     inputCols=["a"], network="[{ dense = 4 }, batchNorm, relu, { dense = 1 }]", batchSize=20
    ... )
    >>> regressor.fit(rows).transform(rows).columns
    ['a', 'label', 'prediction']
    """

    __module__ = JAVA_PACKAGE

    @keyword_only
    def __init__(
        self,
        *,
        batchSize: int | None = None,
        checkpointDir: str | None = None,
        engine: str | None = None,
        featuresCol: str | None = None,
        inputCols: list[str] | None = None,
        labelCol: str | None = None,
        maxIter: int | None = None,
        network: str | None = None,
        options: str | None = None,
        patience: int | None = None,
        predictionCol: str | None = None,
        seed: int | None = None,
        shards: int | None = None,
        solver: str | None = None,
        stepSize: float | None = None,
        tol: float | None = None,
        validationIndicatorCol: str | None = None,
        weightCol: str | None = None,
    ) -> None:
        super().__init__()
        self._java_obj = self._new_java_stage()
        self._set(**self._input_kwargs)

    def setParams(self, **params: Any) -> "NeuralNetworkRegressor":
        """Sets params by their names, as the constructor does."""
        return self._set(**params)

    def _create_model(self, java_model: Any) -> "NeuralNetworkRegressionModel":
        return NeuralNetworkRegressionModel(java_model)

    def setBatchSize(self, value: int) -> "NeuralNetworkRegressor":
        """Sets the value of batchSize."""
        return self._set(batchSize=value)

    def setCheckpointDir(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of checkpointDir."""
        return self._set(checkpointDir=value)

    def setEngine(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of engine."""
        return self._set(engine=value)

    def setFeaturesCol(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of featuresCol."""
        return self._set(featuresCol=value)

    def setInputCols(self, value: list[str]) -> "NeuralNetworkRegressor":
        """Sets the value of inputCols."""
        return self._set(inputCols=value)

    def setLabelCol(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of labelCol."""
        return self._set(labelCol=value)

    def setMaxIter(self, value: int) -> "NeuralNetworkRegressor":
        """Sets the value of maxIter."""
        return self._set(maxIter=value)

    def setNetwork(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of network."""
        return self._set(network=value)

    def setOptions(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of options."""
        return self._set(options=value)

    def setPatience(self, value: int) -> "NeuralNetworkRegressor":
        """Sets the value of patience."""
        return self._set(patience=value)

    def setPredictionCol(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    def setSeed(self, value: int) -> "NeuralNetworkRegressor":
        """Sets the value of seed."""
        return self._set(seed=value)

    def setShards(self, value: int) -> "NeuralNetworkRegressor":
        """Sets the value of shards."""
        return self._set(shards=value)

    def setSolver(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of solver."""
        return self._set(solver=value)

    def setStepSize(self, value: float) -> "NeuralNetworkRegressor":
        """Sets the value of stepSize."""
        return self._set(stepSize=value)

    def setTol(self, value: float) -> "NeuralNetworkRegressor":
        """Sets the value of tol."""
        return self._set(tol=value)

    def setValidationIndicatorCol(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of validationIndicatorCol."""
        return self._set(validationIndicatorCol=value)

    def setWeightCol(self, value: str) -> "NeuralNetworkRegressor":
        """Sets the value of weightCol."""
        return self._set(weightCol=value)


class NeuralNetworkRegressionModel(
    StageModel,
    NetworkParams,
    StageReadable["NeuralNetworkRegressionModel"],
    JavaMLWritable,
):
    """Predicts numbers with the network that :class:`NeuralNetworkRegressor` trained."""

    __module__ = JAVA_PACKAGE

    def setFeaturesCol(self, value: str) -> "NeuralNetworkRegressionModel":
        """Sets the value of featuresCol."""
        return self._set(featuresCol=value)

    def setInputCols(self, value: list[str]) -> "NeuralNetworkRegressionModel":
        """Sets the value of inputCols."""
        return self._set(inputCols=value)

    def setPredictionCol(self, value: str) -> "NeuralNetworkRegressionModel":
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    @property
    def numFeatures(self) -> int:
        """The number of features."""
        return self._call_java("numFeatures")

    def predict(self, value: Vector) -> float:
        """The prediction for the features of one row."""
        return self._call_java("predict", value)
