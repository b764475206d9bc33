/** How the text looks in the sketch before it is made: CSS values from the form's values. Pure. */
import type { FormValues } from "../parameters/form-values.ts";

/** Stand-ins for the bundled fonts: the sketch is drawn by the browser, the model with the real font. */
const FAMILIES: Readonly<Record<string, string>> = {
  sans: "system-ui, sans-serif",
  serif: "Georgia, 'Noto Serif', serif",
  mono: "ui-monospace, 'DejaVu Sans Mono', monospace",
  display: "'Lobster', cursive",
  cjk: "'Noto Sans CJK SC', 'PingFang SC', sans-serif",
};
/** Layers of shadow that make the sketch's depth; more look no better. */
const LAYERS = 14;
/** The text fills these shares of the stage's width and height; a letter is about 0.62 em wide. */
const FILL_CQW = 60;
const FILL_CQH = 56;
const LETTER_EM = 0.62;
const MAX_CQW = 19;

const number = (value: unknown, fallback: number): number => {
  const parsed = Number(value);
  return value !== "" && Number.isFinite(parsed) ? parsed : fallback;
};
const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

export interface Sketch {
  readonly text: string;
  readonly style: Readonly<Record<string, string>>;
}

/** The text and its style. `uploadedFamily` is a font of the visitor's, already loaded, or null. */
export function toSketch(values: FormValues, uploadedFamily: string | null): Sketch {
  const text = String(values.text ?? "");
  const lines = text.split("\n");
  const longest = Math.max(1, ...lines.map((line) => [...line].length));
  const spacing = clamp(number(values.letterSpacing, 0), -0.5, 5);
  const lineHeight = clamp(number(values.lineSpacing, 1.2), 0.5, 5);
  const widthCqw = clamp(FILL_CQW / (longest * (LETTER_EM + spacing)), 1.5, MAX_CQW);
  const heightCqh = FILL_CQH / (lines.length * lineHeight);
  const color = /^#[0-9a-f]{3,6}$/i.test(String(values.color)) ? String(values.color) : "currentColor";
  const depthEm = clamp(number(values.depthMm, 4) / number(values.sizeMm, 20), 0, 0.6) * 0.45;
  return {
    text,
    style: {
      fontFamily: uploadedFamily ?? FAMILIES[String(values.font)] ?? "system-ui",
      fontSize: `min(${widthCqw.toFixed(2)}cqw, ${heightCqh.toFixed(2)}cqh)`,
      textAlign: String(values.align ?? "center"),
      letterSpacing: `${spacing}em`,
      lineHeight: String(lineHeight),
      color,
      textShadow: extrusion(depthEm, color),
    },
  };
}

/** Depth as a stack of hard shadows, darker than the face. */
function extrusion(depthEm: number, color: string): string {
  return Array.from({ length: LAYERS }, (_, i) => {
    const offset = ((i + 1) / LAYERS) * depthEm;
    return `${(-offset * 0.55).toFixed(4)}em ${offset.toFixed(4)}em 0 color-mix(in oklab, ${color}, black ${30 + i}%)`;
  }).join(", ");
}
