"""HimNet: pools of meta-parameters, graph convolutions, cells, encoders and decoder."""
