"""Request `read-photos`: pictures and videos of any kind become upright JPEGs of one size, and `photos.json`."""

import hashlib
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import pillow_heif
import PIL
from PIL import Image

from ..child import Call
from ..failure import Failure
from ..presets import PRESETS
from ..scene import Scene
from . import pool
from .exif import Exif, focal_of
from .frame_choice import Sample, choose_frames, share_frames
from .picture import Unusable, read_picture
from .signature import HEAD_BYTES, read_signature
from .video import VideoTrack, analyse_video, take_frames

MAX_PHOTOS = 500
"""As contract/limits.ts says."""
JPEG_QUALITY = 95
VERSIONS = {"Pillow": PIL.__version__, "pillow-heif": pillow_heif.__version__, "OpenCV": cv2.__version__}


@dataclass(frozen=True)
class File:
    """A file as the request names it; `name` is what the user called it."""

    path: Path
    name: str


@dataclass(frozen=True)
class Ready:
    """A photo that only lacks its number: its JPEG and what photos.json says of it."""

    jpeg: bytes
    photo: dict[str, Any]
    focal_problem: str | None = None


def read_photos(call: Call) -> dict:
    """Request: `files` (`path`, `filename`), `quality`, `frames` (most frames of all videos together). Writes `photos/`
    and `photos.json`, in the natural order of the names. Files that can't be used are skipped and named.

    Failures: input_invalid when none can be used, input_too_large above MAX_PHOTOS.
    """
    files = [File(Path(file["path"]), file["filename"]) for file in call.request["files"]]
    files.sort(key=lambda file: _natural(file.name))
    return _Reading(call, files).run()


class _Reading:
    """One request at work."""

    def __init__(self, call: Call, files: list[File]):
        self._call, self._files = call, files
        self._scene = Scene(call.request["sceneDir"])
        self._side_px = PRESETS[call.request["quality"]].photo_side
        self._photos: list[dict[str, Any]] = []
        self._skipped: list[dict[str, str]] = []
        self._warnings: list[str] = []
        self._focal_problems: dict[str, list[str]] = defaultdict(list)

    def run(self) -> dict:
        videos = [file for file in self._files if _is_video(file.path)]
        pictures = [file for file in self._files if file not in videos]
        if len(pictures) > MAX_PHOTOS:
            raise Failure("input_too_large", f"These are {len(pictures)} photos; at most {MAX_PHOTOS} can be taken.")
        shutil.rmtree(self._scene.folder("photos"))
        self._scene.folder("photos")
        plan = self._plan_frames(videos, min(self._call.request["frames"], MAX_PHOTOS - len(pictures)))
        ready = pool.each(self._read_picture, pictures)
        for number, file in enumerate(self._files):
            if file in plan:
                self._take_frames(file, plan[file])
            elif file not in videos:
                self._add(file.name, next(ready))
            self._call.progress(0.5 + 0.5 * number / len(self._files) if videos else number / len(self._files))
        return self._finish()

    def _plan_frames(self, videos: list[File], frames: int) -> dict[File, list[Sample]]:
        """The frames that are taken of each video that can be read."""
        tracks: dict[File, VideoTrack] = {}
        for number, file in enumerate(videos):
            try:
                tracks[file] = analyse_video(
                    file.path, lambda part, number=number: self._video_progress(number, part, len(videos))
                )
            except Unusable as unusable:
                self._add(file.name, unusable)
                continue
            if tracks[file].damage:
                self._warnings.append(f"{file.name} {tracks[file].damage}.")
        if len(tracks) > frames:
            raise Failure(
                "input_too_large", f"These are {len(tracks)} videos; with photos at most {MAX_PHOTOS} in all."
            )
        shares = share_frames([track.movement for track in tracks.values()], frames)
        plan = {file: choose_frames(track.samples, share) for (file, track), share in zip(tracks.items(), shares)}
        for file, samples in plan.items():
            moved = tracks[file].movement
            self._call.log(f"{file.name}: {len(samples)} frames; the picture moved {moved:.1f} times its width")
            if moved < 0.1:
                self._warnings.append(f"{file.name} hardly moves. Film while walking around the thing.")
        return plan

    def _video_progress(self, number: int, part: float | None, count: int) -> None:
        self._call.progress(0.5 * (number + (part or 0)) / count)

    def _read_picture(self, file: File) -> Ready | Unusable:
        try:
            picture = read_picture(file.path, self._side_px)
        except Unusable as unusable:
            return unusable
        width, height = picture.original_size
        focal = focal_of(picture.exif, width, height)
        photo = {
            "file": file.name,
            "width": picture.image.width,
            "height": picture.image.height,
            "originalWidth": width,
            "originalHeight": height,
            "sha256": _sha256(file.path),
            "exif": picture.exif.to_json(),
            "focalPx": focal.px and focal.px * max(picture.image.size) / max(width, height),
            "camera": _camera_of(picture.exif, focal.px is not None, width, height),
            "video": None,
        }
        return Ready(_jpeg(picture.image), photo, focal.problem)

    def _take_frames(self, file: File, samples: list[Sample]) -> None:
        taken = 0
        for sample, image, (width, height) in take_frames(file.path, samples, self._side_px):
            taken += 1
            jpeg = _jpeg(image)
            name = f"{file.name} ({sample.time_s:.2f} s)"
            photo = {
                "file": name,
                "width": image.width,
                "height": image.height,
                "originalWidth": width,
                "originalHeight": height,
                "sha256": hashlib.sha256(jpeg).hexdigest(),
                "exif": Exif().to_json(),
                "focalPx": None,
                "camera": f"{file.name} {width}x{height}",
                "video": {"file": file.name, "timeS": round(sample.time_s, 3)},
            }
            self._add(name, Ready(jpeg, photo))
        if taken == 0:
            self._add(file.name, Unusable("No frame of the video can be read."))

    def _add(self, name: str, result: Ready | Unusable) -> None:
        """Gives a photo its number and writes it, or notes why there is none."""
        if isinstance(result, Unusable):
            self._skipped.append({"file": name, "reason": str(result)})
            self._call.log(f"{name} is left out. {result}")
            return
        number = len(self._photos) + 1
        image = f"{number:06d}.jpg"
        self._scene.path("photos", image).write_bytes(result.jpeg)
        self._photos.append({"id": number, **result.photo, "image": image, "use": True})
        if result.focal_problem:
            self._focal_problems[result.focal_problem].append(name)

    def _finish(self) -> dict:
        if not self._photos:
            raise Failure("input_invalid", _nothing_to_read(self._skipped))
        for problem, names in self._focal_problems.items():
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            self._warnings.append(
                f"Wrong EXIF in {names[0]}{others}: {problem}. The focal length is estimated instead."
            )
        known = sum(photo["focalPx"] is not None for photo in self._photos)
        self._call.log(f"{len(self._photos)} photos, {len(self._skipped)} left out; {known} say their focal length")
        self._scene.write_json("photos.json", {"photos": self._photos, "skipped": self._skipped})
        return {
            "photos": len(self._photos),
            "skipped": self._skipped,
            "warnings": self._warnings,
            "versions": VERSIONS,
        }


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key: IMG_2 comes before IMG_10, capital letters make no difference."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _is_video(path: Path) -> bool:
    with path.open("rb") as file:
        signature = read_signature(file.read(HEAD_BYTES))
    return signature is not None and signature.decoder == "video"


def _camera_of(exif: Exif, has_focal: bool, width: int, height: int) -> str:
    """Photos with the same camera, lens, focal length and size share intrinsics; those without EXIF, by size."""
    names = [exif.make, exif.model, exif.lens]
    focal = (
        f"{exif.focal_mm:g} mm" if exif.focal_mm else None,
        f"{exif.focal_35_mm:g} mm eq" if exif.focal_35_mm else None,
    )
    parts = [*names, *(focal if has_focal else ())]
    return " ".join([part for part in parts if part] or ["unknown"]) + f" {width}x{height}"


def _jpeg(image: Image.Image) -> bytes:
    buffer = BytesIO()
    # Without loss of colour resolution: the texture is painted from these.
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4", exif=b"")
    return buffer.getvalue()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _nothing_to_read(skipped: list[dict[str, str]]) -> str:
    if not skipped:
        return "There is no photo and no video in what was given."
    first = f"{skipped[0]['file']}: {skipped[0]['reason']}"
    return first if len(skipped) == 1 else f"None of the {len(skipped)} files can be used. {first}"
