"""Points thinned to one per voxel while they stream by: a hash table with open addressing whose slots hold sums."""

from typing import NamedTuple

import numpy as np
from numpy import float32, int64, uint64

from photogrammetry.depth.kernels.kernel import kernel

EMPTY = -1
AXIS_BITS = 21
"""Of a voxel's number along an axis, in its key; voxels further out than 2**20 from the origin are left out."""
SUMS = 10
"""Position, normal, colour (3 each) and weight."""


class Table(NamedTuple):
    """Open addressing; the number of slots is a power of two."""

    keys: np.ndarray  # (slots,) int64, EMPTY where nothing is
    sums: np.ndarray  # (slots, SUMS) float32, weighted
    confidence: np.ndarray  # (slots,) uint8, the greatest


@kernel
def key_of(position, weight, voxel):
    """The key of the voxel of side `voxel` that holds position / weight; EMPTY when it is too far out."""
    key = int64(0)
    for axis in range(3):
        number = int64(np.floor(position[axis] / (weight * voxel))) + int64(1 << (AXIS_BITS - 1))
        if number < 0 or number >= int64(1 << AXIS_BITS):
            return int64(EMPTY)
        key = (key << int64(AXIS_BITS)) | number
    return key


@kernel
def slot_of(keys, key):
    """Where `key` is or belongs."""
    mask = int64(keys.shape[0] - 1)
    # Fibonacci hashing (Knuth): the high bits of key · 2**64 / golden ratio.
    slot = int64((uint64(key) * uint64(11400714819323198485)) >> uint64(20)) & mask
    while keys[slot] != EMPTY and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@kernel
def add_points(table, points, confidence, voxel):
    """Adds rows (n, SUMS) float32 of weighted sums with their confidence (n,) uint8; returns how many voxels are new.
    The table must have room."""
    new = 0
    for i in range(points.shape[0]):
        weight = points[i, 9]
        if weight <= float32(0):
            continue
        key = key_of(points[i], weight, voxel)
        if key == EMPTY:
            continue
        slot = slot_of(table.keys, key)
        if table.keys[slot] == EMPTY:
            table.keys[slot] = key
            new += 1
        for k in range(SUMS):
            table.sums[slot, k] += points[i, k]
        table.confidence[slot] = max(table.confidence[slot], confidence[i])
    return new


def compile_kernels() -> None:
    """Calls the kernel once, so that its compiled form is kept."""
    table = Table(np.full(4, EMPTY, np.int64), np.zeros((4, SUMS), float32), np.zeros(4, np.uint8))
    add_points(table, np.ones((1, SUMS), float32), np.ones(1, np.uint8), float32(1))
