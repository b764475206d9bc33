"""The scene folder: what lies where, and reading and writing it (README.md has the table)."""

import json
import os
from pathlib import Path
from typing import Any


class Scene:
    """Paths of one scene folder. The folder exists; what is in it comes and goes with the steps."""

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)

    def path(self, *parts: str) -> Path:
        """A path in the scene folder, whose parent folder is made."""
        path = self.directory.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def folder(self, *parts: str) -> Path:
        """A folder in the scene folder, made when it is missing."""
        path = self.directory.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def read_json(self, name: str) -> Any:
        return json.loads(self.directory.joinpath(name).read_text(encoding="utf-8"))

    def write_json(self, name: str, value: Any) -> None:
        """Writes `value` in one go: a reader sees the old file or the new one."""
        path = self.path(name)
        temporary = path.with_suffix(".part")
        temporary.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, path)

    def has(self, name: str) -> bool:
        return self.directory.joinpath(name).exists()

    def photos(self) -> list[dict[str, Any]]:
        """All photos that could be read, by id."""
        return self.read_json("photos.json")["photos"]

    def used_photos(self) -> list[dict[str, Any]]:
        """The photos that the steps after `check-photos` work with."""
        return [photo for photo in self.photos() if photo["use"]]
