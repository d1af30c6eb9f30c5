"""ONNX sessions on weights that the user brings."""
