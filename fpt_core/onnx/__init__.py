"""A model with its backbone as one ONNX graph: export it, and answer with it."""
