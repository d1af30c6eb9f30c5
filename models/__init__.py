"""Arrays in, arrays out: networks trained here, ONNX sessions, and the weights registry."""
