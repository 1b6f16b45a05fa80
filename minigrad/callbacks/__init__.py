"""Callbacks: what is done at certain moments of training.

    callback.py     the moments, and functions at them
    calling.py      all callbacks of a run
    history.py      what `fit` returns, and where the time went
    progress.py     a bar, or lines
    improvement.py  watch a number, and know whether it got better
    stopping.py     stop early, stop at nan
    rates.py        change the learning rate
    keeping.py      save models and tables, average weights
    monitor.py      watch each layer

Some of Keras's callbacks are left out.  BackupAndRestore is `fit(checkpoint=...)`.  TensorBoard,
RemoteMonitor and OrbaxCheckpoint speak to other programs; CSVLogger writes what they all can read.
SwapEMAWeights has no swap_on_epoch: a checkpoint would then keep means for weights.
"""

from .callback import Callback, LambdaCallback
from .calling import Callbacks
from .history import Clock, History
from .keeping import CSVLogger, ModelCheckpoint, SwapEMAWeights
from .monitor import Monitor
from .progress import progress_for
from .rates import LearningRateScheduler, ReduceLROnPlateau
from .stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "CSVLogger", "Callback", "Callbacks", "Clock", "EarlyStopping", "History", "LambdaCallback",
    "LearningRateScheduler", "ModelCheckpoint", "Monitor", "ReduceLROnPlateau", "SwapEMAWeights",
    "TerminateOnNaN", "progress_for",
]  # fmt: skip
