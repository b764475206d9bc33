"""Masks and edges: rembg's own calls, and what they lack for soft contours and for pictures of 60 million pixels."""

import numpy as np
import rembg_library as rembg
from PIL import Image
from scipy.ndimage import gaussian_filter

# Above this the closed-form solver of alpha matting needs more than 3 GB: it then works on a smaller copy.
MATTING_MAX_PIXELS = 3_000_000
# Above this the colours of the rim are estimated on a smaller copy; it takes about 100 bytes a pixel.
WHOLE_MAX_PIXELS = 12_000_000

# Models leave their sure subject at 254 and their sure background at 1: cut out with that, a subject is seen through
# everywhere. Levels beyond these are taken for sure. It changes a mask by less than one level in the mean.
SURE_BACKGROUND, SURE_SUBJECT = 4, 250


def make_sure(mask):
    array = np.array(mask)
    array[array <= SURE_BACKGROUND] = 0
    array[array >= SURE_SUBJECT] = 255
    return Image.fromarray(array)


def predict(session, image):
    """The model's mask as the model sees it, 8 bits, of the image's size."""
    # A flat picture has no contrast to stretch: 0/0, and the mask is empty.
    with np.errstate(invalid="ignore", divide="ignore"):
        return session.predict(image)[0]


def smooth(mask):
    """rembg's post-processed contour, but with a rim of one half-transparent pixel instead of steps.

    Distance to the contour, in pixels, is the blurred mask's height over it divided by its slope. Larger pictures are
    rounded off in proportion.
    """
    array = np.asarray(mask)
    sigma = max(2.0, max(array.shape) / 500)
    height = gaussian_filter(rembg.bg.opening(array, rembg.bg.kernel).astype(np.float32), sigma=sigma) - 127.5
    slope = np.hypot(*np.gradient(height)) if min(array.shape) > 1 else np.ones_like(height)
    alpha = np.clip(0.5 + height / np.maximum(slope, 1e-3), 0, 1)
    return Image.fromarray(np.rint(alpha * 255).astype(np.uint8))


def refine_mask(mask, edges):
    if edges == "hard":
        return Image.fromarray(rembg.bg.post_process(np.asarray(mask)))
    if edges == "smooth":
        return smooth(mask)
    return make_sure(mask) if edges == "clean" else mask


def _has_soft_rim(alpha):
    """Whether there are half-transparent pixels."""
    return bool(((alpha > 0) & (alpha < 255)).any())


def foreground(image, mask):
    """The picture's colours with the old background's share taken out of the half-transparent rim, or None without one."""
    alpha = np.asarray(mask)
    if not _has_soft_rim(alpha):
        return None
    pixels = np.asarray(image)
    if alpha.size <= WHOLE_MAX_PIXELS:
        return _foreground(pixels, alpha)
    # What the estimate changes is smooth where the picture is not: the change is made larger and added, so that detail
    # stays.
    scale = (WHOLE_MAX_PIXELS / alpha.size) ** 0.5
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    small = np.asarray(image.resize(size, Image.Resampling.BOX))
    small_alpha = np.asarray(mask.resize(size, Image.Resampling.BOX))
    change = _foreground(small, small_alpha).astype(np.float32) - small
    result = pixels.copy()
    for channel in range(3):
        larger = np.asarray(Image.fromarray(change[..., channel]).resize(image.size, Image.Resampling.BICUBIC))
        result[..., channel] = np.clip(np.rint(pixels[..., channel] + larger), 0, 255)
    result[alpha == 255] = pixels[alpha == 255]
    return result


def _foreground(pixels, alpha):
    """rembg's `decontaminate`; what is opaque keeps its exact colours."""
    estimated = rembg.bg.estimate_foreground_ml(pixels / np.float32(255), alpha / np.float32(255))
    colours = np.rint(np.clip(estimated, 0, 1) * 255).astype(np.uint8)
    return np.where((alpha == 255)[..., None], pixels, colours)


def matte(image, mask, options):
    """rembg's alpha matting: (mask, foreground colours, whether a smaller copy was solved).

    Raises ValueError where the solver does not converge or where there is nothing unsure to solve.
    """
    levels = options["foreground"], options["background"]
    if image.width * image.height <= MATTING_MAX_PIXELS:
        rgba = np.asarray(rembg.bg.alpha_matting_cutout(image, mask, *levels, options["erodePx"]))
        return Image.fromarray(rgba[..., 3]), rgba[..., :3], False
    scale = (MATTING_MAX_PIXELS / (image.width * image.height)) ** 0.5
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    small = rembg.bg.alpha_matting_cutout(
        image.resize(size, Image.Resampling.LANCZOS),
        mask.resize(size, Image.Resampling.LANCZOS),
        *levels,
        round(options["erodePx"] * scale),
    )
    alpha = small.getchannel("A").resize(image.size, Image.Resampling.BICUBIC)
    return alpha, foreground(image, alpha), True
