/** What the manifest tells of a result, in words. Pure. A manifest's `report` is open: what is not there is left out. */
import { z } from "zod";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatNumber } from "../../formatting.ts";

const reportSchema = z.object({
  sizeMm: z.array(z.number()).length(3).optional().catch(undefined),
  triangles: z.number().optional().catch(undefined),
  colors: z
    .union([z.number(), z.array(z.unknown()).transform((list) => list.length)])
    .optional()
    .catch(undefined),
});

/** Short facts in the order they are shown, e.g. "80 × 79.2 × 4 mm", "5 colours", "12,480 triangles". */
export function resultFacts(manifest: Manifest): string[] {
  const { sizeMm, triangles, colors } = reportSchema.parse(manifest.report);
  const plural = (count: number, word: string) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  return [
    ...(sizeMm ? [`${sizeMm.map(formatNumber).join(" × ")} mm`] : []),
    ...(colors ? [plural(colors, "colour")] : []),
    ...(triangles ? [plural(triangles, "triangle")] : []),
  ];
}

export interface Download {
  readonly name: string;
  readonly bytes: number | null;
  /** Short name of the format, e.g. "GLB". */
  readonly badge: string;
  readonly description: string;
  /** A model, as opposed to a picture or a record of it. */
  readonly main: boolean;
}

/** The manifest is no artifact of its own: the server writes it on request. */
const MANIFEST = { name: "manifest.json", description: "How it was made, with checksums" };

/** All files of a result: models first, in the job type's order, then the picture and the manifest. */
export function downloadsOf(manifest: Manifest, type: JobTypeInfo | undefined): Download[] {
  const outputs = type?.outputs ?? [];
  const rank = (name: string) => outputs.findIndex((output) => output.name === name);
  const known = manifest.artifacts.filter(({ name }) => name !== MANIFEST.name);
  const files = known
    .toSorted((a, b) => rank(a.name) - rank(b.name))
    .map((artifact) => ({
      name: artifact.name,
      bytes: artifact.bytes,
      badge: badgeOf(artifact),
      description: outputs[rank(artifact.name)]?.description ?? artifact.contentType,
      main: !artifact.contentType.startsWith("image/"),
    }));
  const record = { ...MANIFEST, bytes: null, badge: "JSON", main: false };
  return [...files.filter(({ main }) => main), ...files.filter(({ main }) => !main), record];
}

/** "model-obj.zip" → "OBJ": what is in an archive matters more than that it is one. */
function badgeOf({ name }: Artifact): string {
  const inner = /-([a-z0-9]+)\.zip$/.exec(name)?.[1];
  return (inner ?? name.split(".").at(-1) ?? name).toUpperCase();
}
