/**
 * Where a number sits on its slider. Ranges like 0.1–500 mm need a curve, or all useful values crowd at one end:
 * logarithmic where the range is positive and wide, a power curve where it starts at or crosses zero. Pure.
 */
import type { NumberField } from "./form-model.ts";

/** Positions of a slider are 0 to this. */
export const SLIDER_STEPS = 200;

type Range = Pick<NumberField, "integer"> & { readonly min: number; readonly max: number };

/** Ranges up to this many times the smallest step of interest are plain. */
const WIDE = 40;
/** Bends 0–50 so that half of the way is 6. */
const POWER = 3;

const curve = (range: Range): "linear" | "log" | "power" | "signed" => {
  if (range.max - range.min <= WIDE) return "linear";
  if (range.min > 0) return "log";
  return range.min === 0 ? "power" : "signed";
};

/** The slider's position (0…SLIDER_STEPS) for a value; values outside the range sit at its ends. */
export function toPosition(range: Range, value: number): number {
  const { min, max } = range;
  const v = Math.min(max, Math.max(min, value));
  switch (curve(range)) {
    case "linear":
      return ((v - min) / (max - min)) * SLIDER_STEPS;
    case "log":
      return (Math.log(v / min) / Math.log(max / min)) * SLIDER_STEPS;
    case "power":
      return (v / max) ** (1 / POWER) * SLIDER_STEPS;
    case "signed": {
      const side = v < 0 ? min : max;
      const distance = Math.abs(v / side) ** (1 / POWER);
      return ((1 + Math.sign(v) * distance) / 2) * SLIDER_STEPS;
    }
  }
}

/**
 * The value at a position, rounded to two digits that matter. `from` is the value now: a move so small that it rounds
 * back to it goes one step further instead, so that the arrow keys always do something.
 */
export function toSliderValue(range: Range, position: number, from: number): number {
  const exact = valueAt(range, position);
  const rounded = clamp(range, roundTo(exact, stepAt(range, exact)));
  const direction = Math.sign(position - toPosition(range, from));
  if (rounded !== from || direction === 0) return rounded;
  const step = stepAt(range, from);
  return clamp(range, roundTo(from + direction * step, step));
}

function valueAt(range: Range, position: number): number {
  const { min, max } = range;
  const t = position / SLIDER_STEPS;
  switch (curve(range)) {
    case "linear":
      return min + t * (max - min);
    case "log":
      return min * (max / min) ** t;
    case "power":
      return max * t ** POWER;
    case "signed": {
      const s = 2 * t - 1;
      return Math.abs(s) ** POWER * (s < 0 ? min : max);
    }
  }
}

/** The step that changes the second digit of the value, at least a thousandth of a narrow range or 0.01 (1 if whole). */
function stepAt(range: Range, value: number): number {
  const finest = range.integer ? 1 : 0.01;
  const magnitude = Math.abs(value) || finest;
  const step = Math.max(finest, 10 ** (Math.floor(Math.log10(magnitude)) - 1));
  return curve(range) === "linear"
    ? Math.min(step, Math.max(finest, 10 ** Math.floor(Math.log10((range.max - range.min) / 50))))
    : step;
}

const roundTo = (value: number, step: number): number => Number((Math.round(value / step) * step).toFixed(4));
const clamp = ({ min, max }: Range, value: number): number => Math.min(max, Math.max(min, value));
