"""How the inner loops are compiled."""

from collections.abc import Callable

import numba_cache  # noqa: F401
from numba import njit


def kernel(function: Callable) -> Callable:
    """Compiles `function` for speed. It may not make arrays: the caller passes what it needs to write to.

    `_nrt=False` leaves out numba's reference counting, which costs as much as the work itself where small functions
    pass arrays on to each other (measured: 150 → 60 ns for the cost of one plane in one source). Division by zero gives
    infinity. Other threads run meanwhile.
    """
    return njit(fastmath=True, error_model="numpy", cache=True, nogil=True, _nrt=False)(function)
