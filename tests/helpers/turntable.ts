/**
 * Rendered photos for tests of photogrammetry: small sets with exact cameras, made once and kept in Kiln's cache. The folder
 * holds photos/, held-out/, truth.json, object.ply and scene.ply (bench/README.md); tests must not write into it.
 */
import { turntable as makeTurntable, type TurntableOptions } from "../../bench/photogrammetry/turntable/turntable.ts";

/** Few photos, close to each other: quick, and still a model. A marker lies beside the thing. */
const SMALL: Partial<TurntableOptions> = { views: 14, width: 480, arcDeg: 100, markerMm: 50 };

/** The folder of a data set; takes some 15 CPU-seconds the first time. */
export async function turntable(options: Partial<TurntableOptions> = {}): Promise<string> {
  return await makeTurntable({ ...SMALL, ...options });
}
