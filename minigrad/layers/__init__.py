"""Layers: functions that own what they learn."""

from .activation import Activation
from .dense import Dense
from .layer import Layer
from .prelu import PReLU

__all__ = ["Activation", "Dense", "Layer", "PReLU"]
