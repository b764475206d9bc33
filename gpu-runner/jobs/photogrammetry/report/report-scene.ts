/**
 * What the report takes from the scene folder (gpu-runner/python/photogrammetry/README.md). A file that is not there leaves
 * its part null: the job may have ended before it. So does one that does not read as expected, and `unread` names it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const vector = z.tuple([z.number(), z.number(), z.number()]);
const histogram = z.object({ edges: z.array(z.number()), counts: z.array(z.number()) });

const photoSchema = z.object({
  id: z.number(),
  file: z.string(),
  width: z.number(),
  height: z.number(),
  originalWidth: z.number(),
  originalHeight: z.number(),
  use: z.boolean(),
  verdict: z.enum(["good", "warn", "bad"]).nullish(),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })).default([]),
  exif: z.object({ make: z.string().nullish(), model: z.string().nullish() }).nullish(),
  thumbnail: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).nullish(),
});
export type ReportPhoto = z.infer<typeof photoSchema>;

const leftOut = z.object({ file: z.string(), reason: z.string() });
const photosSchema = z.object({ photos: z.array(photoSchema), skipped: z.array(leftOut) });

const viewSchema = z.object({
  photo: z.number(),
  file: z.string(),
  registered: z.boolean(),
  kept: z.boolean(),
  reason: z.string().nullish(),
  points: z.number().nullish(),
  meanTrackLength: z.number().nullish(),
  reprojectionErrorPx: z.number().nullish(),
  consistency: z.number().nullish(),
  agreement: z.object({ centerPercent: z.number(), rotationDeg: z.number() }).nullish(),
  center: vector.nullish(),
  /** Camera from world, rows. */
  rotation: z.tuple([vector, vector, vector]).nullish(),
});
export type ReportView = z.infer<typeof viewSchema>;

const gapSchema = z.object({ between: z.tuple([z.string(), z.string()]), degrees: z.number(), advice: z.string() });
export type ReportGap = z.infer<typeof gapSchema>;

const posesSchema = z.object({
  registered: z.number(),
  kept: z.number(),
  mapper: z.string(),
  matching: z.string(),
  cameras: z.array(
    z.object({
      model: z.string(),
      width: z.number(),
      focalPx: z.number(),
      priorFocalPx: z.number().nullish(),
      photos: z.number(),
    }),
  ),
  views: z.array(viewSchema),
  dropped: z.array(leftOut),
  /** Ids of photos that hang together, the group in use first. */
  groups: z.array(z.object({ photos: z.array(z.number()), used: z.boolean() })).default([]),
  points: z.number(),
  observations: z.number().nullish(),
  reprojectionErrorPx: z.number(),
  meanTrackLength: z.number(),
  reprojectionHistogram: histogram.nullish(),
  trackHistogram: histogram.nullish(),
  gaps: z.array(gapSchema).default([]),
  /** x, y, z in scene units; r, g, b. */
  sample: z.array(z.array(z.number())).default([]),
});
export type ReportPoses = z.infer<typeof posesSchema>;

const fuseSchema = z.object({
  views: z.array(
    z.object({
      photo: z.number(),
      measured: z.number(),
      confirmed: z.number(),
      /** Why the view has no part in the points, if it has none. */
      dropped: z.string().nullish(),
    }),
  ),
  points: z.number(),
});

const meshSchema = z.object({
  triangles: z.number(),
  vertices: z.number(),
  watertight: z.boolean(),
  components: z.number(),
  openEdges: z.number(),
  areaM2: z.number(),
  sizeM: vector,
  lodTriangles: z.array(z.number()).default([]),
});

const textureSchema = z.object({
  texturePx: z.number().nullish(),
  charts: z.number(),
  seenShare: z.number(),
  /** What the colours of a photo were multiplied with. */
  gains: z.array(z.object({ photo: z.number(), red: z.number(), green: z.number(), blue: z.number() })).nullish(),
});

const scaleSchema = z.object({ metresPerUnit: z.number(), source: z.string(), errorPercent: z.number().nullish() });

const frameSchema = z.object({
  matrix: z.array(z.array(z.number()).length(4)).length(4),
  scaleSource: z.string().nullable(),
  up: z.string(),
});
export type ReportTexture = z.infer<typeof textureSchema>;
export type ReportFrame = z.infer<typeof frameSchema>;

const SCHEMAS = {
  photos: photosSchema,
  poses: posesSchema,
  fuse: fuseSchema,
  mesh: meshSchema,
  texture: textureSchema,
  scale: scaleSchema,
  frame: frameSchema,
} as const;

type Files = { readonly [Name in keyof typeof SCHEMAS]: z.infer<(typeof SCHEMAS)[Name]> | null };

export interface ReportScene extends Files {
  readonly directory: string;
  /** Files that are there but could not be read. */
  readonly unread: readonly string[];
}

export async function readReportScene(directory: string): Promise<ReportScene> {
  const unread: string[] = [];
  const entries = await Promise.all(
    Object.entries(SCHEMAS).map(async ([name, schema]) => {
      const text = await readFile(join(directory, `${name}.json`), "utf8").catch(() => null);
      const value = text === null ? null : parse(schema, text);
      if (text !== null && value === null) unread.push(`${name}.json`);
      return [name, value] as const;
    }),
  );
  return { ...withDroppedDepths(Object.fromEntries(entries) as unknown as Files), directory, unread };
}

/** A view whose depth fits no other is dropped as well, though its camera was believed before. */
function withDroppedDepths(files: Files): Files {
  const { poses, fuse } = files;
  if (!poses || !fuse) return files;
  const reasons = new Map(fuse.views.map(({ photo, dropped }) => [photo, dropped]));
  const lost = poses.views.filter(({ kept, photo }) => kept && reasons.get(photo));
  const views = poses.views.map((view) =>
    lost.includes(view) ? { ...view, kept: false, reason: reasons.get(view.photo) } : view,
  );
  const dropped = lost.map(({ file, photo }) => ({ file, reason: reasons.get(photo) ?? "" }));
  return {
    ...files,
    poses: { ...poses, views, dropped: [...poses.dropped, ...dropped] },
    fuse: { ...fuse, views: fuse.views.filter((view) => !view.dropped) },
  };
}

function parse(schema: z.ZodType, text: string): unknown {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
