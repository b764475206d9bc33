/** Layers of straight alpha. https://www.w3.org/TR/compositing-1/#porterduffcompositingoperators_srcover */

/** `top` over `bottom`, RGBA with straight alpha, into `bottom`, which is returned. */
export function layOver(top: Buffer, bottom: Buffer): Buffer {
  for (let i = 0; i < top.length; i += 4) {
    const above = top[i + 3] as number;
    if (above === 0) continue;
    const below = ((bottom[i + 3] as number) * (255 - above)) / 255;
    const alpha = above + below;
    for (let c = i; c < i + 3; c++) {
      bottom[c] = Math.round(((top[c] as number) * above + (bottom[c] as number) * below) / alpha);
    }
    bottom[i + 3] = Math.round(alpha);
  }
  return bottom;
}
