"""Keeping: write models and numbers to files while training goes on."""

import csv
import os
from typing import Any, TextIO

from ..arrays import brief
from .callback import Callback, Logs
from .improvement import WatchesANumber


class ModelCheckpoint(WatchesANumber):
    """ModelCheckpoint: save the model after each epoch, or only when it became better.

    Parameters
    ----------
    filepath : where; "model-{epoch:02d}-{val_loss:.2f}.keras" puts in the epoch, from 1, and what
        is in the logs, with save_freq also {batch}.
    monitor, mode : see `WatchesANumber`.
    verbose : 1 to say so.
    save_best_only : whether to save only what is better than all before.
    save_weights_only : whether to save weights without the model's description.
    save_freq : "epoch", or after so many batches.
    initial_value_threshold : what the first model must be better than.

    To go on after a break use `fit(checkpoint=...)`, which keeps everything.
    """

    remembered = "best", "batches"

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        # if everything is saved, nobody asks what is better
        super().__init__(monitor, mode if save_best_only or mode != "auto" else "min", 0.0)
        self.mode = mode
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        whole = isinstance(save_freq, int) and not isinstance(save_freq, bool) and save_freq > 0
        if not (whole or save_freq == "epoch"):
            raise ValueError(
                f"ModelCheckpoint: save_freq={brief(save_freq)} given; it must be 'epoch' or a "
                "number of batches"
            )
        self.save_freq = save_freq
        self.initial_value_threshold = initial_value_threshold
        self.best = initial_value_threshold
        self.batches = self.epoch = 0
        if whole:  # an attribute: otherwise every run would pay for the logs of its batches
            vars(self)["on_train_batch_end"] = self._batch_end

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save({"epoch": epoch + 1}, logs or {})

    def _batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.batches += 1
        if self.batches % self.save_freq == 0:  # type: ignore[operator]  # it is a number here
            self._save({"epoch": self.epoch + 1, "batch": batch + 1}, logs or {})

    def _save(self, place: dict[str, int], logs: Logs) -> None:
        value = self.value(logs) if self.save_best_only else None
        if value is not None:  # better one model too many than none: what is not there is saved
            if not self.better(value, self.best):
                return
            self.best = value
        try:
            path = self.filepath.format(**{**logs, **place})
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} cannot be filled in ({error}); there "
                f"are {', '.join([*place, *logs])}"
            ) from None
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            print(f"epoch {place['epoch']}: saved as {path}")


class CSVLogger(Callback):
    """CSVLogger: a line for each epoch, with the loss and the metrics.

    Parameters
    ----------
    filename : of the table.
    separator : between two numbers.
    append : whether to go on after what is in the file.
    """

    remembered = "names", "end"

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        self.filename = os.fspath(filename)
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"CSVLogger: separator={separator!r} given; it must be one character")
        self.separator = separator
        self.append = append
        self.file: TextIO | None = None
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.names: list[str] = []
        self.end: int | None = None  # where the next line goes

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if self.file is None:
            self._open(logs)
        self._write([epoch, *(logs.get(name, "NA") for name in self.names)])

    def _write(self, row: list[Any]) -> None:
        assert self.file is not None
        csv.writer(self.file, delimiter=self.separator, lineterminator="\n").writerow(row)
        self.file.flush()
        self.end = self.file.tell()

    def _open(self, logs: Logs) -> None:
        """Open the file, at the end of what is to stay, and write the first line."""
        kept = os.path.exists(self.filename) and (self.append or self.end is not None)
        self.file = open(self.filename, "r+" if kept else "w", newline="")
        if kept and self.end is not None:  # a checkpoint goes on where it was
            self.file.truncate(self.end)
        header = next(csv.reader([self.file.readline()], delimiter=self.separator)) if kept else []
        self.file.seek(0, os.SEEK_END)
        if header:
            self.names = header[1:]
            return
        names = [n for n in logs if not n.startswith("val_") and n != "learning_rate"]
        later = [f"val_{name}" for name in names] if self.params.get("validation") else []
        self.names = list(dict.fromkeys([*logs, *later]))  # not each epoch is validated
        self._write(["epoch", *self.names])

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


class SwapEMAWeights(Callback):
    """SwapEMAWeights: judge, and predict, with the running means of the weights.

    For an optimizer with use_ema=True; training itself goes on with the weights.
    """

    def __init__(self) -> None:
        self.kept: list[Any] | None = None

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        if not getattr(model.optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights: the optimizer keeps no means of weights; make it with use_ema=True"
            )

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self.kept = self.model.get_weights()
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self.on_test_begin()

    def on_test_end(self, logs: Logs | None = None) -> None:
        self.close()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Put the weights back, also after an error."""
        if self.kept is not None:
            self.model.set_weights(self.kept)
            self.kept = None
