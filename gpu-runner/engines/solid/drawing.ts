/**
 * A drawing: flat coloured shapes, ready to be made into a solid. It is what every source (SVG, traced bitmap, text)
 * is turned into, and all that the solid builder reads. +X right, +Y up.
 */

/** A closed contour without a repeated last point: `[x, y]` pairs. */
export type Contour = [number, number][];

/** Shapes of one colour that are painted together. Contours are filled by the non-zero rule, outer ones counter-clockwise, holes clockwise. */
export interface Shape {
  /** `#rrggbb`, lower case. */
  readonly color: string;
  readonly contours: readonly Contour[];
}

export interface Drawing {
  /** In paint order, lowest first; what a later shape covers, it hides. Fully resolved: no strokes, clips, opacity. */
  readonly shapes: readonly Shape[];
  /** Millimetres per unit, or null when the size is decided by the finished width. */
  readonly mmPerUnit: number | null;
  /** What the source held that could not be kept, as sentences for the user. */
  readonly warnings: readonly string[];
}
