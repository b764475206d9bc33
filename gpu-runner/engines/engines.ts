/** All engines of a runner, made from its settings. Nothing is started here: an engine starts when it is warmed or called. */

import { AnimationEngine } from "./animation/animation-engine.ts";
import { BlenderEngine } from "./blender.ts";
import { EchoEngine } from "./echo/echo-engine.ts";
import type { PoolSettings } from "./engine.ts";
import { OpenMvsEngine } from "./openmvs.ts";
import { PhotogrammetryEngine, type PhotogrammetryOptions } from "./photogrammetry/photogrammetry-engine.ts";
import { PictureEngine } from "./picture/picture-engine.ts";
import { PotraceEngine } from "./potrace.ts";
import { PreviewEngine } from "./preview.ts";
import { RembgEngine, type RembgOptions } from "./rembg/rembg-engine.ts";
import { RsvgEngine } from "./rsvg.ts";
import { SolidEngine } from "./solid/solid-engine.ts";

export interface Engines {
  readonly solid: SolidEngine;
  readonly blender: BlenderEngine;
  readonly preview: PreviewEngine;
  readonly picture: PictureEngine;
  readonly rembg: RembgEngine;
  readonly photogrammetry: PhotogrammetryEngine;
  readonly animation: AnimationEngine;
  readonly openmvs: OpenMvsEngine;
  readonly potrace: PotraceEngine;
  readonly rsvg: RsvgEngine;
  readonly echo: EchoEngine;
}
export type EngineName = keyof Engines;

export interface EngineSettings {
  readonly pool: PoolSettings;
  /** Interpreter of the Python environment that holds `bpy` and `f3d`. */
  readonly blenderPython: string;
  /** An installed Blender to use instead of `bpy`, or undefined. */
  readonly blender: string | undefined;
  readonly rembg: RembgOptions;
  readonly photogrammetry: PhotogrammetryOptions;
  /** Folder of OpenMVS's programs, or undefined. */
  readonly openmvs: string | undefined;
}

/** Every engine, none of them started. */
export function makeEngines(settings: EngineSettings): Engines {
  const { pool, blenderPython: python, blender } = settings;
  return {
    solid: new SolidEngine(pool),
    blender: new BlenderEngine(pool, { python, blender }),
    preview: new PreviewEngine(pool, { python }),
    picture: new PictureEngine(pool),
    rembg: new RembgEngine(pool, settings.rembg),
    photogrammetry: new PhotogrammetryEngine(pool, settings.photogrammetry),
    animation: new AnimationEngine(pool),
    openmvs: new OpenMvsEngine(settings.openmvs),
    potrace: new PotraceEngine(),
    rsvg: new RsvgEngine(),
    echo: new EchoEngine(pool),
  };
}

/** Closes all engines; resolves when the last child is gone. */
export async function closeEngines(engines: Engines): Promise<void> {
  await Promise.all(Object.values(engines).map((engine) => engine.close()));
}
