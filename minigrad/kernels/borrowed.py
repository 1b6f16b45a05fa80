"""Arrays as compiled kernels see them: borrowed from the caller for as long as a call takes.

Numba makes a record of every array that Python hands it, which keeps the array alive, and for a
function with `nogil` it gives up Python's lock each time.  That is half of a call on 16 numbers.
Our kernels keep nothing, and their callers hold what they pass, so here an array is just an address
and a shape, and a small result is written under the lock.  A loop with one index gets an array of
any shape as if it had one axis: it is the same numbers in memory.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import ArrayModel
from numba.core.pythonapi import NativeValue
from numba.extending import register_model, unbox
from numba.np.numpy_support import as_dtype

# So many numbers take 2 us or more; to give up the lock and take it back takes 0.1 us.
WORTH_UNLOCKING = 16_384
# What Numba writes about an array: 5 numbers, then a length and a stride for each axis.  NumPy's
# arrays have at most 64 axes.
WORD, ROOM = ir.IntType(64), 5 + 2 * 64
# Where NumPy's arrays have their flags (PyArrayObject in NumPy's C-API): 6 words after what every
# object has.  The lowest says that the numbers lie in memory row by row, without gaps.
FLAGS_AT = object.__basicsize__ + 6 * 8


class Borrowed(types.Array):  # type: ignore[misc]
    """The type of a C-contiguous array that the caller holds."""

    def __init__(self, dtype: types.Type, ndim: int) -> None:
        super().__init__(dtype, ndim, "C")

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two types the same."""
        return type(self), self.dtype, self.ndim


class Written(Borrowed):
    """The type of a serial kernel's last argument, its result.

    Numba reads arguments from first to last, and cleans up right after the loop: having read the
    last one is the moment to give up the lock, if that is large.
    """


register_model(Borrowed)(ArrayModel)
register_model(Written)(ArrayModel)


@unbox(Borrowed)  # type: ignore[untyped-decorator]
def take(kind: Borrowed, array: Any, c: Any) -> NativeValue:
    """Code that reads where an array is and what shape it has.

    It refuses what is not C-contiguous or has numbers of another size; their kind, and the number
    of axes, are the caller's promise.
    """
    builder, pointer = c.builder, c.pyapi.voidptr
    room = cgutils.alloca_once(builder, ir.ArrayType(WORD, ROOM))
    # Numba's own reader, without the record
    signature = ir.FunctionType(ir.IntType(32), [c.pyapi.pyobj, pointer])
    describe = cgutils.get_or_insert_function(builder.module, signature, "numba_adapt_ndarray")
    failed = builder.call(describe, [array, builder.bitcast(room, pointer)])
    struct = builder.bitcast(room, c.context.get_value_type(kind).as_pointer())
    native = c.context.make_array(kind)(c.context, builder, ref=struct)
    if kind.ndim == 1:  # whatever shape it has
        native.shape = cgutils.pack_array(builder, [native.nitems])
        native.strides = cgutils.pack_array(builder, [native.itemsize])
    fits = cgutils.alloca_once_value(builder, cgutils.false_bit)
    with builder.if_then(cgutils.is_null(builder, failed)):
        size = native.itemsize.type(as_dtype(kind.dtype).itemsize)
        place = builder.gep(builder.bitcast(array, pointer), [WORD(FLAGS_AT)])
        flags = builder.load(builder.bitcast(place, ir.IntType(32).as_pointer()))
        same_size = builder.icmp_unsigned("==", native.itemsize, size)
        builder.store(builder.and_(same_size, builder.trunc(flags, ir.IntType(1))), fits)
    wrong = builder.not_(builder.load(fits))
    with builder.if_then(wrong, likely=False):
        c.pyapi.err_set_string("PyExc_TypeError", f"kernel: something else than {kind} given")
    return NativeValue(native._getvalue(), is_error=wrong)


@unbox(Written)  # type: ignore[untyped-decorator]
def take_and_unlock(kind: Written, array: Any, c: Any) -> NativeValue:
    """The same; then code that gives up Python's lock for a large array, and takes it back."""
    taken = take(kind, array, c)
    none = c.pyapi.voidptr(None)
    thread = cgutils.alloca_once_value(c.builder, none)
    count = c.context.make_array(kind)(c.context, c.builder, taken.value).nitems
    large = c.builder.icmp_signed(">=", count, count.type(WORTH_UNLOCKING))
    unlock = c.builder.and_(large, c.builder.not_(taken.is_error))
    with c.builder.if_then(unlock, likely=False):
        c.builder.store(c.pyapi.save_thread(), thread)

    def lock() -> None:
        given_up = cgutils.is_not_null(c.builder, c.builder.load(thread))
        with c.builder.if_then(given_up, likely=False):
            c.pyapi.restore_thread(c.builder.load(thread))

    return NativeValue(taken.value, is_error=taken.is_error, cleanup=lock)


# What compiled kernels depend on, for the disk cache; it would follow functions into Numba.
DEPENDS_ON = take.__code__, take_and_unlock.__code__, WORTH_UNLOCKING, ROOM, FLAGS_AT
