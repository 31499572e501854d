"""Writes small Parquet and ORC files of all types with pandas, pyarrow, Polars and DuckDB.

    python columnar_files.py FOLDER

The files are test resources (src/test/resources/files); a column `x` of every file is 1.0, 2.0, 4.0.
Needs pandas, pyarrow, polars and duckdb.
"""

import datetime as dt
import decimal
import os
import sys
import uuid

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
X = [1.0, 2.0, 4.0]


def path(name):
    return os.path.join(folder, name)


def pandas_files():
    times = pd.to_datetime(["2024-03-31 02:30:00.123456789", None, "1969-12-31 23:59:59.999999999"]).astype("datetime64[ns]")
    frame = pd.DataFrame(
        {
            "x": X,
            "nanos": times,
            "instant": times.tz_localize("UTC").tz_convert("Europe/Berlin"),
            "delta": pd.to_timedelta([1, None, 3], unit="ns"),
            "i8": np.array([1, 2, 3], "int8"),
            "u8": np.array([1, 2, 255], "uint8"),
            "u16": np.array([1, 2, 65535], "uint16"),
            "u32": np.array([1, 2, 4294967295], "uint32"),
            "u64": np.array([1, 2, 18446744073709551615], "uint64"),
            "f16": np.array([1, -0.5, 65504], "float16"),
            "f32": np.array([1, 2, 4], "float32"),
            "Int64": pd.array([1, None, 3], "Int64"),
            "flag": [True, False, True],
            "text": ["a", None, "ü"],
            "category": pd.Categorical(["a", "b", "a"]),
            "date": [dt.date(2024, 2, 29), None, dt.date(1500, 1, 1)],
            "nothing": [None, None, None],
            "list": [[1, 2], [3, 4], [5, 6]],
        }
    )
    frame.to_parquet(path("pandas.parquet"))


def pyarrow_files():
    table = pa.table(
        {
            "x": pa.array(X),
            "time_ms": pa.array([1, 2, 3], pa.time32("ms")),
            "time_us": pa.array([1, 2, None], pa.time64("us")),
            "time_ns": pa.array([1, 2, 86399999999999], pa.time64("ns")),
            "ns": pa.array([1, 2, None], pa.timestamp("ns")),
            "us_utc": pa.array([1, 2, 253402300799999999], pa.timestamp("us", "UTC")),
            "us": pa.array([1, 2, -1], pa.timestamp("us")),
            "ms": pa.array([1, 2, -1], pa.timestamp("ms")),
            "half": pa.array(np.array([1, 2, 4], "float16")),
            "fixed": pa.array([b"abc", None, b"\x00\xff\x01"], pa.binary(3)),
            "bytes": pa.array([b"\xff", None, b""], pa.binary()),
            "decimal38": pa.array([decimal.Decimal("1"), None, decimal.Decimal("12345678901234567890123456789012345678")], pa.decimal128(38, 0)),
            "decimal60": pa.array([decimal.Decimal("1"), None, decimal.Decimal("9" * 60)], pa.decimal256(60, 0)),
            "null": pa.nulls(3),
            "struct": pa.array([{"a": 1.0, "t": 5}, None, {"a": 3.0, "t": None}], pa.struct([("a", pa.float64()), ("t", pa.timestamp("ns"))])),
            "times": pa.array([[1], [], [2, None]], pa.list_(pa.timestamp("ns"))),
            "map": pa.array([[("k", 1)], [], [("l", 2)]], pa.map_(pa.string(), pa.int64())),
            "uuid": pa.array([uuid.UUID(int=1).bytes, None, uuid.UUID(int=2**127 + 5).bytes], pa.uuid()),
        }
    )
    pq.write_table(table, path("pyarrow.parquet"))
    pq.write_table(pa.table({"x": X, "y": pa.array([1, 2, 3], pa.int32())}), path("byte_stream_split.parquet"),
                   use_dictionary=False, column_encoding={"x": "BYTE_STREAM_SPLIT", "y": "BYTE_STREAM_SPLIT"})
    pq.write_table(pa.table({"x": X, "s": ["a", "ab", "abc"], "y": pa.array([1, 2, 3], pa.int32())}), path("delta.parquet"),
                   use_dictionary=False, column_encoding={"x": "PLAIN", "s": "DELTA_BYTE_ARRAY", "y": "DELTA_BINARY_PACKED"})
    pq.write_table(pa.table({"x": X, "t": pa.array([1, 2, 253402300799999], pa.timestamp("ms"))}), path("int96.parquet"),
                   use_deprecated_int96_timestamps=True)
    orc.write_table(
        pa.table(
            {
                "x": pa.array(X),
                "ts": pa.array([1711852200000001, None, -1000000], pa.timestamp("us")),
                "instant": pa.array([1711852200000001, None, -1000000], pa.timestamp("us", "UTC")),
                "d": pa.array([dt.date(2024, 2, 29), None, dt.date(1500, 1, 1)]),
                "dec": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")], pa.decimal128(38, 2)),
                "list": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.int32())),
                "struct": pa.array([{"a": 1.0}, {"a": 2.0}, {"a": 4.0}]),
                "b": pa.array([True, False, None]),
                "bytes": pa.array([b"\xff", None, b""], pa.binary()),
            }
        ),
        path("pyarrow.orc"),
    )


def polars_files():
    pl.DataFrame(
        {
            "x": X,
            "ns": pl.Series([1, None, 3], dtype=pl.Datetime("ns")),
            "us": pl.Series([1, None, 3], dtype=pl.Datetime("us", "UTC")),
            "ms": pl.Series([1, None, 3], dtype=pl.Datetime("ms")),
            "time": pl.Series([dt.time(1, 2, 3), None, dt.time(23, 59, 59, 999999)]),
            "duration": pl.Series([1, None, 3], dtype=pl.Duration("us")),
            "u64": pl.Series([1, 2, 2**64 - 1], dtype=pl.UInt64),
            "category": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
            "kind": pl.Series(["a", "b", "a"], dtype=pl.Enum(["a", "b"])),
            "decimal": pl.Series([decimal.Decimal("1.50"), None, decimal.Decimal("2.25")], dtype=pl.Decimal(38, 2)),
            "bytes": pl.Series([b"\xff", None, b""], dtype=pl.Binary),
            "null": pl.Series([None, None, None], dtype=pl.Null),
            "array": pl.Series([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=pl.Array(pl.Float64, 2)),
            "struct": pl.Series([{"a": 1, "b": "u"}, {"a": 2, "b": None}, {"a": 3, "b": "w"}]),
        }
    ).write_parquet(path("polars.parquet"))


def duckdb_files():
    duckdb.sql(
        f"""COPY (SELECT * FROM (VALUES
            (1.0::DOUBLE, 1::UTINYINT, 1::UBIGINT, 1::HUGEINT, TIME '01:02:03', TIMETZ '01:02:03+02', TIMESTAMP_NS '2024-03-31 02:30:00.123456789',
             TIMESTAMP '2024-03-31 02:30:00', TIMESTAMPTZ '2024-03-31 02:30:00+00', TIMESTAMP_S '2024-03-31 02:30:00', TIMESTAMP_MS '2024-03-31 02:30:00',
             '00000000-0000-0000-0000-000000000001'::UUID, INTERVAL 1 MONTH, 'a'::ENUM('a', 'b'), '101'::BIT, {{'a': 1, 'b': 'u'}}, [1.5, 2.5], MAP {{'k': 1}},
             1.5::DECIMAL(4,1), 'x'::BLOB, '{{"a":1}}'::JSON, true),
            (2.0, 2, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, [3.5, 4.5], NULL, NULL, NULL, NULL, NULL),
            (4.0, 255, 18446744073709551615, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, [5.5, 6.5], NULL, NULL, NULL, NULL, false))
            AS t(x, u8, u64, huge, time, timetz, ns, ts, tstz, s, ms, uuid, month, kind, bits, struct, list, map, dec, bytes, json, flag))
            TO '{path("duckdb.parquet")}' (FORMAT parquet)"""
    )


def duckdb_codec_files():
    """Version 2 of Parquet's encodings, and codecs that are not the default of any of these tools."""
    codecs = {"v2": "COMPRESSION lz4, PARQUET_VERSION v2", "gzip": "COMPRESSION gzip", "brotli": "COMPRESSION brotli"}
    for name, options in codecs.items():
        duckdb.sql(
            f"""COPY (SELECT * FROM (VALUES
                (1.0::DOUBLE, 1::INTEGER, 'a'::VARCHAR, 1.50::DECIMAL(38,2), TIMESTAMP '2024-03-31 02:30:00.000001', 1::UBIGINT, NULL::DOUBLE, [1.5, 2.5]),
                (2.0, 2, 'ü', NULL, NULL, 2, NULL, [3.5, NULL]),
                (4.0, NULL, NULL, -2.25, TIMESTAMP '1969-12-31 23:59:59.999999', 18446744073709551615, NULL, NULL))
                AS t(x, i, t, dec, ts, u64, nothing, list))
                TO '{path("duckdb_" + name + ".parquet")}' (FORMAT parquet, {options})"""
        )


if __name__ == "__main__":
    pandas_files()
    pyarrow_files()
    polars_files()
    duckdb_files()
    duckdb_codec_files()
