"""ONNX files whose first axis is fixed at one, made over for any number of rows, as far as their graphs let that be."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

# The part of onnx.proto that is looked at (github.com/onnx/onnx): message -> field -> its number and type, `*` where it
# repeats. What is not named here is kept as it is.
_PARTS = {
    "Dimension": {"dim_value": (1, "int64"), "dim_param": (2, "string")},
    "Shape": {"dim": (1, "Dimension*")},
    "TensorType": {"shape": (2, "Shape")},
    "Type": {"tensor_type": (1, "TensorType")},
    "Value": {"name": (1, "string"), "type": (2, "Type")},
    "Tensor": {
        "dims": (1, "int64*"),
        "data_type": (2, "int64"),
        "float_data": (4, "float*"),
        "int64_data": (7, "int64*"),
        "name": (8, "string"),
        "raw_data": (9, "bytes"),
    },
    "Attribute": {"name": (1, "string"), "t": (5, "Tensor")},
    "Node": {
        "input": (1, "string*"),
        "output": (2, "string*"),
        "op_type": (4, "string"),
        "attribute": (5, "Attribute*"),
    },
    "Graph": {
        "node": (1, "Node*"),
        "initializer": (5, "Tensor*"),
        "input": (11, "Value*"),
        "output": (12, "Value*"),
        "value_info": (13, "Value*"),
    },
    "Model": {"graph": (7, "Graph")},
}

# onnx.proto's numbers of the types of floats.
_FLOATS = {1: "<f4", 10: "<f2"}


def freed(model: bytes) -> bytes:
    """The model with the first axis of its inputs and outputs free where it is one, and with every reshape whose target
    begins with one keeping the first axis that it is given.

    Right for a network that treats each row alike, wrong for others: whoever runs it compares (`row_net`). Raises
    `google.protobuf.message.DecodeError` for what is no model.
    """
    parsed = _model_class().FromString(model)
    graph = parsed.graph
    del graph.value_info[:]  # shapes within the graph, as they were for one row
    constants = {tensor.name for tensor in graph.initializer}
    for value in (*graph.input, *graph.output):
        axes = value.type.tensor_type.shape.dim
        if value.name not in constants and axes and axes[0].dim_value == 1:
            axes[0].ClearField("dim_value")
            axes[0].dim_param = "batch"
    for tensor in _targets(graph):
        _keep_first(tensor)
    return bytes(parsed.SerializeToString())


def last_initializer(model: bytes) -> np.ndarray:
    """The last constant tensor of the graph, of floats: float32. Raises ValueError where it is none, and for what
    is no model.
    """
    from google.protobuf.message import DecodeError  # of an extra: stages are listed without it

    try:
        graph = _model_class().FromString(model).graph
    except DecodeError as error:
        raise ValueError(str(error)) from error
    tensor = graph.initializer[-1] if graph.initializer else None
    kind = _FLOATS.get(tensor.data_type) if tensor is not None else None
    if tensor is None or kind is None:
        raise ValueError("its last constant is no tensor of floats")
    values = np.frombuffer(tensor.raw_data, kind) if tensor.raw_data else np.array(tensor.float_data)
    return values.astype(np.float32).reshape(tuple(tensor.dims))


def _targets(graph: Any) -> list[Any]:
    """The constant tensors that say what a reshape makes."""
    names = {node.input[1] for node in graph.node if node.op_type == "Reshape" and len(node.input) > 1}
    inside = [node for node in graph.node if node.op_type == "Constant" and node.output[0] in names]
    values = [one.t for node in inside for one in node.attribute if one.name == "value"]
    return [tensor for tensor in graph.initializer if tensor.name in names] + values


def _keep_first(tensor: Any) -> None:
    """A target (1, ...) becomes (0, ...): ONNX copies an axis of 0 from what is reshaped."""
    raw = bool(tensor.raw_data)
    target = np.frombuffer(tensor.raw_data, "<i8").tolist() if raw else list(tensor.int64_data)
    if target[:1] == [1] and raw:
        tensor.raw_data = np.array([0, *target[1:]], "<i8").tobytes()
    elif target[:1] == [1]:
        tensor.int64_data[0] = 0


@cache
def _model_class() -> Any:
    """The class of a parsed model; onnxruntime brings protobuf."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    plain = {
        "int64": field.TYPE_INT64,
        "float": field.TYPE_FLOAT,
        "string": field.TYPE_STRING,
        "bytes": field.TYPE_BYTES,
    }
    file = descriptor_pb2.FileDescriptorProto(name="onnx_parts.proto", package="onnx_parts", syntax="proto2")
    for name, fields in _PARTS.items():
        message = file.message_type.add(name=name)
        for own, (number, kind) in fields.items():
            bare = kind.removesuffix("*")
            one = message.field.add(name=own, number=number)
            one.label = field.LABEL_OPTIONAL if bare == kind else field.LABEL_REPEATED
            one.type = plain.get(bare, field.TYPE_MESSAGE)
            if bare not in plain:
                one.type_name = f".onnx_parts.{bare}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("onnx_parts.Model"))
