"""Does the same with many photos, on all processors, and reports how far it is."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """`function` of each item, in the order of the items. Pillow, OpenCV and numpy let threads run side by side. At
    most twice as many results as processors wait to be taken."""
    opencv_threads = cv2.getNumThreads()
    # One photo is then done by one thread: OpenCV's own threads would compete with ours.
    cv2.setNumThreads(1)
    waiting: deque[Future[Result]] = deque()
    try:
        with ThreadPoolExecutor(processors()) as pool:
            for item in items:
                if len(waiting) == 2 * processors():
                    yield waiting.popleft().result()
                waiting.append(pool.submit(function, item))
            while waiting:
                yield waiting.popleft().result()
    finally:
        cv2.setNumThreads(opencv_threads)


def processors() -> int:
    """How many processors this child may use."""
    return int(os.environ.get("OMP_NUM_THREADS") or 0) or len(os.sched_getaffinity(0))
