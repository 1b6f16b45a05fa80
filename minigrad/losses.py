"""Losses: how wrong predictions are, as a single number to differentiate."""

from .ops.cross_entropy import softmax_cross_entropy

__all__ = ["softmax_cross_entropy"]
