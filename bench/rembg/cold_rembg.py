"""The opponent: a process that does what `rembg i` does, with rembg's library alone. `python cold_rembg.py IN OUT`."""

import sys

from PIL import Image
from rembg import new_session, remove

remove(Image.open(sys.argv[1]), session=new_session("u2netp")).save(sys.argv[2])
