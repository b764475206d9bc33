"""numba that finds what set-up compiled: import this before anything that numba compiles.

Compiled code is kept in the Python environment, where set-up puts it. Children may run as another user, who can read it but not
write there. Code of this folder is known by its content, not by its path and time: all clones share what was compiled.
"""

import hashlib
import os
import sys
from pathlib import Path

os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(sys.prefix, "numba-cache"))

from numba.core import caching  # noqa: E402


class ReadableCacheLocator(caching.UserProvidedCacheLocator):
    """numba's own locator gives a folder up that it can't write to, and would compile everything again."""

    def ensure_cache_path(self):
        try:
            os.makedirs(self.get_cache_path(), exist_ok=True)
        except OSError:
            pass


class SharedCacheLocator(ReadableCacheLocator):
    """For the sources beside this file. A kernel may call one of another file, so the hash is that of all files of its folder."""

    def __init__(self, py_func, py_file):
        super().__init__(py_func, py_file)
        content = hashlib.sha256()
        for path in sorted(Path(py_file).parent.glob("*.py")):
            content.update(path.name.encode() + path.read_bytes())
        self._content = content.hexdigest()[:16]
        self._cache_path = os.path.join(os.environ["NUMBA_CACHE_DIR"], f"{Path(py_file).stem}-{self._content}")

    def get_source_stamp(self):
        return self._content

    @classmethod
    def from_function(cls, py_func, py_file):
        if not Path(py_file).is_relative_to(Path(__file__).parent):
            return None
        return cls(py_func, py_file)


class ReadableCacheFile(caching.IndexDataCacheFile):
    """What was compiled for another kind of processor than set-up's is used, though it can't be kept."""

    def save(self, key, data):
        try:
            super().save(key, data)
        except OSError as error:
            print(f"compiled code is not kept: {error}", file=sys.stderr)


caching.CacheImpl._locator_classes = [SharedCacheLocator, ReadableCacheLocator]
caching.IndexDataCacheFile = ReadableCacheFile
