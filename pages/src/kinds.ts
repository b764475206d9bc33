/** What the site can make: address, and the words that differ from one job type to the next. */
import type { IconName } from "./components/icon.tsx";

interface Sample {
  readonly file: string;
  /** Picture or video in the empty arch. */
  readonly result: string;
  /** A small picture of the file, where the file is none itself. */
  readonly still?: string;
}

export interface Kind {
  readonly type: string;
  readonly path: string;
  /** In the menu, on phones too: short. */
  readonly label: string;
  readonly icon: IconName;
  /** What is asked for: "Drop a logo", "Choose a logo first." */
  readonly wanted: string;
  /** On the button that starts the job. */
  readonly action: string;
  /** What comes out: "New model". */
  readonly result: string;
  /** Whether the order of several files matters. */
  readonly ordered: boolean;
  /** A file is shown as large as the stage, not on the kiln's shelf. */
  readonly large: boolean;
  /** A file of the site's to try with, and what Kiln makes of it. */
  readonly sample: Sample | null;
}

/** In the order of the menu. The first one is the start page. */
export const KINDS: readonly Kind[] = [
  {
    type: "logo-to-3d",
    path: "/",
    label: "3D logo",
    icon: "cube",
    wanted: "a logo",
    action: "Make it 3D",
    result: "model",
    ordered: false,
    large: false,
    sample: { file: "/sample-logo.svg", result: "/sample-model.webp" },
  },
  {
    type: "text-to-3d",
    path: "/text",
    label: "3D text",
    icon: "letter",
    wanted: "a font",
    action: "Make it 3D",
    result: "model",
    ordered: false,
    large: false,
    sample: null,
  },
  {
    type: "image-to-svg",
    path: "/svg",
    label: "SVG",
    icon: "curve",
    wanted: "a picture",
    action: "Make an SVG",
    result: "SVG",
    ordered: false,
    large: true,
    sample: { file: "/sample-drawing.png", result: "/sample-svg.webp" },
  },
  {
    type: "remove-background",
    path: "/cutout",
    label: "Cut-out",
    icon: "scissors",
    wanted: "pictures",
    action: "Cut out",
    result: "cut-out",
    ordered: false,
    large: true,
    sample: { file: "/sample-photo.jpg", result: "/sample-cutout.webp" },
  },
  {
    type: "animate",
    path: "/animate",
    label: "Animate",
    icon: "film",
    wanted: "a video or pictures",
    action: "Animate",
    result: "animation",
    ordered: true,
    large: true,
    sample: { file: "/sample-clip.webm", result: "/sample-clip.webm", still: "/sample-photo.jpg" },
  },
];

/** The kind of a job type, or undefined: the server may know types that have no page here. */
export const kindOf = (type: string): Kind | undefined => KINDS.find((kind) => kind.type === type);
