#!/usr/bin/env python3
"""Writes the events that EventFileTest expects, with TensorBoard's own classes; or shows those of a folder.

    python src/bench/python/event_file.py write FILE     # golden bytes
    python src/bench/python/event_file.py show FOLDER    # what TensorBoard reads of a run

Needs tensorboard.
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_SCALAR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_ndarray

WALL_TIME = 1700000000.25
SCALARS = [("train/loss", 0, 2.5), ("train/loss", 300, 0.125), ("validation/accuracy", 300, float("nan"))]


def value(tag, number, first):
    tensor = TensorProto(dtype=DT_FLOAT, tensor_shape=TensorShapeProto(), float_val=[number])
    plugin = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"), data_class=DATA_CLASS_SCALAR)
    return Summary.Value(tag=tag, tensor=tensor, metadata=plugin if first else None)


def write(path):
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=WALL_TIME, file_version="brain.Event:2").SerializeToString())
        known = set()
        for tag, step, number in SCALARS:
            summary = Summary(value=[value(tag, number, tag not in known)])
            known.add(tag)
            writer.write(Event(wall_time=WALL_TIME, step=step, summary=summary).SerializeToString())


def show(folder):
    events = EventAccumulator(folder, size_guidance={"tensors": 0}).Reload()
    for tag in events.Tags()["tensors"]:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        points = [(e.step, float(make_ndarray(e.tensor_proto))) for e in events.Tensors(tag)]
        print(f"{tag} ({plugin}): {len(points)} points, {points[:2]} ... {points[-1]}")


if __name__ == "__main__":
    {"write": write, "show": show}[sys.argv[1]](sys.argv[2])
