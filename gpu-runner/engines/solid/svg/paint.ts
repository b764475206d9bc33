/** Paint servers → one colour: a gradient or pattern becomes its mean. */
import type { Paint } from "./pieces.ts";
import type { XmlNode } from "./xml-tree.ts";

const BLACK: Paint = { r: 0, g: 0, b: 0, alpha: 1 };

/** `#rrggbb` → paint. */
export function parseColor(text: string | undefined, alpha = 1): Paint {
  const value = Number.parseInt(text?.slice(1, 7) ?? "", 16);
  if (Number.isNaN(value)) return { ...BLACK, alpha };
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255, alpha };
}

/** `#rrggbb` of a paint, seen before white where it is translucent. */
export function toHex({ r, g, b, alpha }: Paint): string {
  const channel = (value: number) =>
    Math.round(value * alpha + 255 * (1 - alpha))
      .toString(16)
      .padStart(2, "0");
  return `#${channel(r)}${channel(g)}${channel(b)}`;
}

/**
 * Mean of a gradient over its length: colours between two stops change linearly, so the mean is the trapezoid sum.
 * Colours are weighted with their opacity, the way a blurred picture would show them.
 */
export function gradientMean(gradient: XmlNode): Paint {
  const stops = gradient.children
    .filter((child) => child.name === "stop")
    .map(({ attributes }) => ({
      at: clamp(Number(attributes.offset ?? 0)),
      paint: parseColor(attributes["stop-color"], Number(attributes["stop-opacity"] ?? 1)),
    }));
  const [first, last] = [stops[0], stops.at(-1)];
  if (!first || !last) return { ...BLACK, alpha: 0 };
  const sum = { r: 0, g: 0, b: 0, alpha: 0 };
  const add = ({ r, g, b, alpha }: Paint, length: number) => {
    sum.r += r * alpha * length;
    sum.g += g * alpha * length;
    sum.b += b * alpha * length;
    sum.alpha += alpha * length;
  };
  add(first.paint, first.at);
  add(last.paint, 1 - last.at);
  for (let i = 1; i < stops.length; i++) {
    const half = Math.max(0, stops[i]!.at - stops[i - 1]!.at) / 2;
    add(stops[i - 1]!.paint, half);
    add(stops[i]!.paint, half);
  }
  if (sum.alpha <= 0) return { ...first.paint, alpha: 0 };
  return { r: sum.r / sum.alpha, g: sum.g / sum.alpha, b: sum.b / sum.alpha, alpha: Math.min(1, sum.alpha) };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
