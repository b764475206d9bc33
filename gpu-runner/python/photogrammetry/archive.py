"""Requests `pack` and `unpack`: files of the scene folder as one tar, which is what a checkpoint keeps."""

import tarfile
from pathlib import PurePosixPath

from .child import Call
from .failure import Failure
from .scene import Scene


def pack(call: Call) -> dict:
    """Packs `names` (files and folders of the scene; those that are missing are left out) into the tar at `path`."""
    scene, path = Scene(call.request["sceneDir"]), call.request["path"]
    with tarfile.open(path, "w") as tar:
        for name in call.request["names"]:
            if scene.has(name):
                tar.add(scene.directory / name, arcname=name, filter=_anonymous)
    return {}


def unpack(call: Call) -> dict:
    """Unpacks a tar that `pack` made into the scene folder. A damaged one is a Failure `input_invalid`."""
    scene = Scene(call.request["sceneDir"])
    try:
        with tarfile.open(call.request["path"]) as tar:
            for member in tar:
                if not _is_safe(member):
                    raise Failure("input_invalid", "The checkpoint holds a name that leads out of its folder.")
                tar.extract(member, scene.directory, set_attrs=False)
    except (tarfile.TarError, EOFError) as error:
        raise Failure("input_invalid", "The checkpoint can't be read.") from error
    return {}


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same content makes the same bytes."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _is_safe(member: tarfile.TarInfo) -> bool:
    path = PurePosixPath(member.name)
    return (member.isfile() or member.isdir()) and not path.is_absolute() and ".." not in path.parts
