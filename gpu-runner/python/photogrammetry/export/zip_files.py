"""Zip files whose bytes depend on nothing but their content."""

import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

_TIME = (2000, 1, 1, 0, 0, 0)
_ALIGNMENT = 64
_LOCAL_HEADER_BYTES = 30
_PADDING_ID = 0x1986
"""Header of the extra field that pads: its id (USD's own choice) and two bytes of length."""
_PADDING_HEADER_BYTES = 4


def _entry(name: str, compress: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    return entry


def open_entry(archive: zipfile.ZipFile, name: str) -> BinaryIO:
    """A new, compressed entry to write to piece by piece. Close it before the next one."""
    return archive.open(_entry(name, compress=True), "w", force_zip64=True)


def add_bytes(archive: zipfile.ZipFile, name: str, content: bytes, *, compress: bool) -> None:
    archive.writestr(_entry(name, compress), content)


def add_file(archive: zipfile.ZipFile, name: str, path: Path, *, compress: bool) -> None:
    """Copies a file into the archive without holding it in memory."""
    with open(path, "rb") as source, archive.open(_entry(name, compress), "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, 1 << 20)


def write_aligned(path: Path, entries: list[tuple[str, bytes]]) -> None:
    """A zip without compression whose entries' content starts at multiples of 64 bytes, as USDZ wants it.

    https://openusd.org/release/spec_usdz.html: padding goes into the extra field of the local header.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            entry = _entry(name, compress=False)
            start = archive.fp.tell() + _LOCAL_HEADER_BYTES + len(name.encode()) + _PADDING_HEADER_BYTES
            padding = -start % _ALIGNMENT
            entry.extra = _PADDING_ID.to_bytes(2, "little") + padding.to_bytes(2, "little") + bytes(padding)
            archive.writestr(entry, content)
