"""model-obj.zip: Wavefront OBJ with its MTL and texture."""

import zipfile
from pathlib import Path

from .model import Model, Picture, in_chunks
from .zip_files import add_bytes, open_entry

_CHUNK_ROWS = 50_000


def write_obj_zip(path: Path, model: Model, picture: Picture) -> None:
    """Writes model.obj (metres, Y up), model.mtl and the texture. OBJ has no unit; programs read metres or ask."""
    with zipfile.ZipFile(path, "w") as archive:
        with open_entry(archive, "model.obj") as file:
            file.write(b"mtllib model.mtl\no model\n")
            for letter, rows in (("v", model.vertices), ("vt", None), ("vn", model.normals)):
                for part in in_chunks(len(model.vertices), _CHUNK_ROWS):
                    # OBJ's v goes up.
                    values = rows[part] if rows is not None else model.uv[part] * (1, -1) + (0, 1)
                    file.write(_lines(letter + " %.7g" * values.shape[1], values))
            file.write(b"usemtl photos\n")
            for part in in_chunks(len(model.faces), _CHUNK_ROWS):
                # Counted from 1; a vertex, its texture coordinate and its normal have the same number.
                corners = (model.faces[part] + 1).repeat(3, axis=1)
                file.write(_lines("f %d/%d/%d %d/%d/%d %d/%d/%d", corners))
        add_bytes(archive, "model.mtl", _material(picture.file_name), compress=True)
        add_bytes(archive, picture.file_name, picture.content, compress=False)


def _material(texture_name: str) -> bytes:
    return f"newmtl photos\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {texture_name}\n".encode()


def _lines(row_format: str, rows) -> bytes:
    return ((row_format + "\n") * len(rows) % tuple(rows.reshape(-1).tolist())).encode()
