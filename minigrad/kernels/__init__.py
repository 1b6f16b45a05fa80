"""Scalar formula in, compiled array loop out.  Nothing here knows what a Tensor is."""
