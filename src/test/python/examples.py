"""Runs the examples in the docstrings of the package and in the documents that are named."""

import doctest
import sys

import org.syncbn.ml
from pyspark.sql import SparkSession

session = {"spark": SparkSession.builder.getOrCreate()}
results = [doctest.testmod(org.syncbn.ml, extraglobs=session)]
for document in sys.argv[1:]:
    results.append(doctest.testfile(document, module_relative=False, globs=session))
print("attempted", sum(result.attempted for result in results))
sys.exit(sum(result.failed for result in results))
