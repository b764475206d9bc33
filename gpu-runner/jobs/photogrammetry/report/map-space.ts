/** Cameras and points in a frame that a map can be drawn in: Y up, seen from above (x, z) and from the front (x, y). */
import type { ReportFrame, ReportPoses, ReportScene } from "./report-scene.ts";

export type Vector = readonly [number, number, number];

export interface MapCamera {
  readonly photo: number;
  readonly file: string;
  readonly kept: boolean;
  readonly position: Vector;
  /** Unit vector. */
  readonly looks: Vector;
}

export interface MapPoint {
  readonly position: Vector;
  readonly color: Vector;
}

export interface MapSpace {
  readonly cameras: readonly MapCamera[];
  readonly points: readonly MapPoint[];
  /** Whether up and the front are the model's own, or only as the photos were held. */
  readonly isModelFrame: boolean;
}

/** Turns and moves the poses' sample points and cameras; null when no camera is known. */
export function mapSpace({ poses, frame }: Pick<ReportScene, "poses" | "frame">): MapSpace | null {
  if (!poses?.views.some((view) => view.kept && view.center && view.rotation)) return null;
  const rows = frame ? rowsOf(frame) : heldUpright(poses);
  const turn = (vector: readonly number[]): Vector => [
    dot(rows[0], vector),
    dot(rows[1], vector),
    dot(rows[2], vector),
  ];
  const cameras = poses.views.flatMap((view) =>
    view.center && view.rotation
      ? [
          {
            photo: view.photo,
            file: view.file,
            kept: view.kept,
            position: turn(view.center),
            // The third row of "camera from world" is where the camera looks.
            looks: unit(turn(view.rotation[2])),
          },
        ]
      : [],
  );
  const points = poses.sample.map(([x = 0, y = 0, z = 0, red = 0, green = 0, blue = 0]) => ({
    position: turn([x, y, z]),
    color: [red, green, blue] as const,
  }));
  return { cameras, points, isModelFrame: frame !== null };
}

/** The turn of a model's frame. Its scale and offset change nothing in a map. */
function rowsOf({ matrix }: ReportFrame): readonly [Vector, Vector, Vector] {
  const row = (index: number): Vector => unit((matrix[index] ?? []).slice(0, 3));
  return [row(0), row(1), row(2)];
}

/** Up is against the mean of the cameras' y axes, the front is where the first camera is. */
function heldUpright({ views }: ReportPoses): readonly [Vector, Vector, Vector] {
  const placed = views.flatMap(({ kept, rotation }) => (kept && rotation ? [rotation] : []));
  const up = unit([0, 1, 2].map((axis) => -placed.reduce((sum, rotation) => sum + (rotation[1][axis] ?? 0), 0)));
  const ahead = placed[0]?.[2] ?? [0, 0, 1];
  const level = dot(ahead, up);
  const front = unit([0, 1, 2].map((axis) => level * (up[axis] ?? 0) - (ahead[axis] ?? 0)));
  return [cross(up, front), up, front];
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, axis) => sum + value * (b[axis] ?? 0), 0);

function unit(vector: readonly number[]): Vector {
  const length = Math.hypot(...vector) || 1;
  return [(vector[0] ?? 0) / length, (vector[1] ?? 0) / length, (vector[2] ?? 0) / length];
}

const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
