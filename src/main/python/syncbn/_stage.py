"""What all stages need: their Java class, or a sentence that says how to get it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pyspark.ml.util import JavaMLReadable, JavaMLReader, _jvm
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaWrapper
from pyspark.sql import DataFrame
from pyspark.sql.utils import is_remote

from syncbn._coordinates import ARTIFACT, COORDINATES

M = TypeVar("M")
S = TypeVar("S")

#: The package of the Java classes. The stages give it as their module, from which PySpark derives
#: the Java class to load.
JAVA_PACKAGE = "org.syncbn.ml"

#: What the Java classes throw for what is wrong with the data.
DATA_EXCEPTION = "org.syncbn.spark.files.DataException"


def require_java_class(name: str) -> None:
    """Raises a RuntimeError if the JVM of a classic session does not have one of our classes."""
    from py4j.java_gateway import JavaPackage

    found = _jvm()
    for part in f"{JAVA_PACKAGE}.{name}".split("."):
        found = getattr(found, part)
    if isinstance(found, JavaPackage):
        raise RuntimeError(
            f"Spark does not have the jar of syncbn: start it with --packages {COORDINATES},"
            f" or with --jars {ARTIFACT} --py-files {ARTIFACT}."
        )


@contextmanager
def explained() -> Iterator[None]:
    """Raises what is wrong with the data, or that the server lacks our jar, without a stack trace
    of the JVM. For ``with``, and as a decorator.
    """
    try:
        yield
    except Exception as error:
        explanation = _explanation(error)
        if explanation is None:
            raise
        raise explanation from None


def _explanation(error: Exception) -> Exception | None:
    java = getattr(error, "java_exception", None)  # in classic sessions
    if java is not None and java.getClass().getName() == DATA_EXCEPTION:
        return ValueError(java.getMessage())
    text = str(error)
    if text.startswith(f"({DATA_EXCEPTION}) "):
        return ValueError(text.splitlines()[0].removeprefix(f"({DATA_EXCEPTION}) "))
    if is_remote() and "Unsupported" in text and JAVA_PACKAGE in text:
        return RuntimeError(
            "The Spark Connect server does not have the jar of syncbn: start it with"
            f" --packages {COORDINATES}, or with --jars {ARTIFACT}."
        )
    return None


def require_classic(method: str) -> None:
    """Raises a NotImplementedError in a Spark Connect session."""
    if is_remote():
        raise NotImplementedError(
            f"{method} needs a classic session, because Spark Connect lets clients call methods of"
            " Spark's own models only; call it in a classic session, and save and load the model"
            " between the two."
        )


class StageEstimator(JavaEstimator[M]):
    """An estimator with a Java class of the same name."""

    def _new_java_stage(self) -> Any:
        name = type(self).__name__
        if not is_remote():
            require_java_class(name)
        return JavaWrapper._new_java_obj(f"{JAVA_PACKAGE}.{name}", self.uid)

    @explained()
    def _fit(self, dataset: DataFrame) -> M:
        return super()._fit(dataset)


class StageModel(JavaModel):
    """A model with a Java class of the same name."""

    @explained()
    def _transform(self, dataset: DataFrame) -> DataFrame:
        return super()._transform(dataset)


class StageReadable(JavaMLReadable[S]):
    """A stage that is read by the Java class of the same name."""

    @classmethod
    def read(cls) -> JavaMLReader[S]:
        """Returns a reader of stages that were saved."""
        if not is_remote():
            require_java_class(cls.__name__)
        return super().read()

    @classmethod
    @explained()
    def load(cls, path: str) -> S:
        """Reads a stage that was saved, in Python or any other language."""
        return cls.read().load(path)
