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
