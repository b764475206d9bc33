/** What the site can make: address, and the words that differ from one job type to the next. */
import { MIN_PHOTOS } from "#contract/limits.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { IconName } from "./components/icon.tsx";
import { type Field, toFields } from "./features/parameters/form-model.ts";

interface Sample {
  readonly file: string;
  /** Picture in the empty arch, or a video where `plays`. */
  readonly result: string;
  readonly plays?: true;
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
  /** What is different where many photos of one thing are taken. */
  readonly photos?: PhotoKind;
}

/** Photos are looked at by the server, and judged by the visitor, before the work on them begins. */
interface PhotoKind {
  /** On the button that has the photos looked at, and on the one that goes without. */
  readonly look: string;
  readonly atOnce: string;
  /** Photos of one model, at least. */
  readonly min: number;
  /** Parameters that the page decides itself: no fields of the form. */
  readonly decided: readonly string[];
  /** Parameters that mean something for a video only. */
  readonly forVideo: readonly string[];
  /** Parameters of no use once the photos were looked at. */
  readonly beforeLook: readonly string[];
  /** How to take the photos. */
  readonly tips: readonly string[];
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
    sample: { file: "/sample-clip.webm", result: "/sample-clip.webm", plays: true, still: "/sample-photo.jpg" },
  },
  {
    type: "photogrammetry",
    path: "/photos",
    label: "Photo scan",
    icon: "camera",
    wanted: "photos of one thing",
    action: "Make the model",
    result: "scan",
    ordered: false,
    large: true,
    sample: { file: "/sample-photos.zip", result: "/sample-scan.webp", still: "/sample-scan.webp" },
    photos: {
      look: "Look at the photos",
      atOnce: "Start at once",
      min: MIN_PHOTOS,
      decided: ["until", "keep", "drop"],
      forVideo: ["frames"],
      beforeLook: ["frames", "strict"],
      tips: [
        "Walk all the way around it: 24 photos to a round, a second round from higher up.",
        "Let each photo share two thirds of what it shows with the one before.",
        "Keep still what you photograph, and fill most of the picture with it. The background helps: don't hide it.",
        "Even light, no flash, sharp pictures. In a video, walk slowly.",
        "Things that shine, are clear as glass or all of one colour don't work. A patterned cloth under them helps.",
      ],
    },
  },
];

/** The kind of a job type, or undefined: the server may know types that have no page here. */
export const kindOf = (type: string): Kind | undefined => KINDS.find((kind) => kind.type === type);

/** The fields of a job type's form: all parameters but those that its page decides itself. */
export function formFields(type: Pick<JobTypeInfo, "name" | "paramsSchema">): Field[] {
  const decided = kindOf(type.name)?.photos?.decided ?? [];
  return toFields(type.paramsSchema).filter(({ name }) => !decided.includes(name));
}
