"""Advanced activations: the layers that Keras 2 had in a module of this name."""

from .activation import FROM_DECLARATIONS, LeakyReLU, ReLU, Softmax
from .prelu import PReLU

ELU = FROM_DECLARATIONS["ELU"]
ThresholdedReLU = FROM_DECLARATIONS["ThresholdedReLU"]
__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"]
