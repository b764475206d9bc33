/** A scene folder as the steps before the report leave it: photos in a ring around a thing. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { photogrammetryParamsSchema } from "../../../../../../contract/job-types/photogrammetry.ts";
import type { ReportFacts } from "../../../../../../gpu-runner/jobs/photogrammetry/report/report-facts.ts";

export const HOSTILE = `</title><script>alert(1)</script><img src=x onerror="alert('2')">\u202egpj.JPG`;
const PHOTOS = 12;
const THUMBNAIL = 40;

export const FACTS: ReportFacts = {
  typeVersion: 1,
  params: photogrammetryParamsSchema.parse({ scale: "marker" }),
  timings: [
    { stage: "read", seconds: 2 },
    { stage: "depth", seconds: 130 },
  ],
  versions: { pycolmap: "4.2.1" },
  warnings: ["<b>Mind this</b>"],
};

/** How far the job went. */
export type Until = "check" | "cameras" | "model";

export async function reportFolder(until: Until, change: (files: Files) => void = () => {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kiln-report-"));
  const files: Files = { photos: photosJson() };
  if (until !== "check") Object.assign(files, { poses: posesJson(), scale: scaleJson() });
  if (until === "model") Object.assign(files, modelFiles());
  change(files);
  for (const [name, value] of Object.entries(files))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(value));
  await sheet(join(folder, "photos.webp"));
  await mkdir(join(folder, "fused"));
  if (until === "model") for (const id of [1, 2]) await depthMap(join(folder, "fused", `00000${id}.jpg`));
  return folder;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON that tests damage at will
export type Files = Record<string, any>;

const fileOf = (id: number): string => (id === 2 ? HOSTILE : `IMG_${id}.JPG`);

function photosJson() {
  const photos = Array.from({ length: PHOTOS }, (_, index) => {
    const id = index + 1;
    const blurred = id === 12;
    return {
      id,
      file: fileOf(id),
      image: `${id}.jpg`,
      width: 400,
      height: 300,
      originalWidth: 4000,
      originalHeight: 3000,
      use: !blurred,
      verdict: blurred ? "bad" : "good",
      reasons: blurred ? [{ code: "blur", message: "Blurred: hold still." }] : [],
      thumbnail: { x: index * THUMBNAIL, y: 0, width: THUMBNAIL, height: THUMBNAIL },
    };
  });
  return { photos, skipped: [{ file: "broken.heic", reason: "It is damaged." }] };
}

/** Camera `id` stands on a ring of radius 3 and looks at its middle, upright in COLMAP's axes (y down). */
function viewJson(id: number) {
  const angle = (id * 2 * Math.PI) / PHOTOS;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const rotation = [
    [-cos, 0, sin],
    [0, 1, 0],
    [-sin, 0, -cos],
  ];
  const view = { photo: id, file: fileOf(id), registered: true, kept: true, reason: null, cameraId: 1 };
  const figures = { points: 400, longTracks: 300, meanTrackLength: 4, reprojectionErrorPx: 0.4, consistency: 0.9 };
  const agreement = { centerPercent: 0.04, rotationDeg: 0.01 };
  return { ...view, ...figures, agreement, center: [3 * sin, 0, 3 * cos], rotation };
}

function posesJson() {
  const views = Array.from({ length: PHOTOS - 1 }, (_, index) => viewJson(index + 1));
  Object.assign(views[4] as object, { kept: false, reason: "Both ways disagree.", center: [900, 0, 0] });
  return {
    photos: 11,
    registered: 11,
    kept: 10,
    mapper: "incremental",
    matching: "exhaustive",
    cameras: [
      { id: 1, model: "RADIAL", width: 400, height: 300, params: [], focalPx: 400, priorFocalPx: null, photos: 11 },
    ],
    views,
    dropped: [{ file: "IMG_5.JPG", reason: "Both ways disagree." }],
    models: [{ registered: 11, points: 5000 }],
    groups: [{ photos: views.map(({ photo }) => photo), used: true }],
    points: 5000,
    observations: 20_000,
    reprojectionErrorPx: 0.4,
    meanTrackLength: 4,
    reprojectionHistogram: { edges: [0, 0.5, 1], counts: [40, 10] },
    trackHistogram: { edges: [2, 3, 4], counts: [30, 20] },
    pairs: [],
    gaps: [{ between: ["IMG_4.JPG", "IMG_6.JPG"], degrees: 60, advice: "Take photos between the two." }],
    sample: [
      [0.5, 0, 0, 200, 100, 50],
      [-0.5, 0, 0, 20, 10, 5],
    ],
  };
}

const scaleJson = () => ({ metresPerUnit: 0.1, source: "marker", errorPercent: 0.4 });

function modelFiles(): Files {
  const matrix = [
    [0.1, 0, 0, 0],
    [0, -0.1, 0, 0],
    [0, 0, -0.1, 0],
    [0, 0, 0, 1],
  ];
  return {
    fuse: { views: [1, 2, 3].map((photo) => ({ photo, measured: 0.9, confirmed: 0.7 })), points: 123_456 },
    mesh: {
      triangles: 98_765,
      vertices: 50_000,
      watertight: false,
      components: 1,
      openEdges: 12,
      areaM2: 0.5,
      sizeM: [0.2, 0.1, 0.15],
    },
    texture: {
      texturePx: 2048,
      charts: 40,
      seenShare: 0.99,
      gains: [
        { photo: 2, red: 0.9, green: 0.9, blue: 0.9 },
        { photo: 1, red: 1.2, green: 1.2, blue: 1.2 },
      ],
    },
    frame: { matrix, metresPerUnit: 0.1, scaleSource: "marker", up: "ground" },
  };
}

async function sheet(path: string): Promise<void> {
  await sharp({ create: { width: PHOTOS * THUMBNAIL, height: THUMBNAIL, channels: 3, background: "#48a" } })
    .webp()
    .toFile(path);
}

async function depthMap(path: string): Promise<void> {
  await sharp({ create: { width: 320, height: 240, channels: 3, background: "#a40" } })
    .jpeg()
    .toFile(path);
}
