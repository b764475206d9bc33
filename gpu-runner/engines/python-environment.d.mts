/** Types of `python-environment.mjs`, which must run without a build or a type checker. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string;
export function pythonEnvironment(
  name: string,
  cacheDir: string,
): { directory: string; python: string; requirements: string };
export function modelsDirectory(cacheDir: string): string;
export function deviceEnvironmentName<Name extends string>(
  name: Name,
  device: string | undefined,
  hasGpu: boolean,
): Name | `${Name}-cuda`;
