/** What the solid builder needs to know beside the drawing; the same for logos and text. Millimetres. */

export interface BuildParams {
  /** Finished width, base plate included; null when the drawing has its own scale. */
  readonly widthMm: number | null;
  readonly depthMm: number;
  readonly bevelMm: number;
  readonly bevelSegments: number;
  readonly basePlate: "none" | "rounded" | "outline";
  readonly basePlateDepthMm: number;
  readonly basePlateMarginMm: number;
  readonly basePlateColor: string;
  readonly layering: "flat" | "stacked";
  /** Paints everything in one colour. */
  readonly color?: string | undefined;
}
