/** Whether an engine is set up for the processor or for an NVIDIA GPU. */
import { existsSync } from "node:fs";
import { deviceEnvironmentName } from "../../gpu-runner/engines/python-environment.mjs";
import { SetupError } from "./step.mjs";

/** Made by the driver's kernel module. */
const DRIVER = "/proc/driver/nvidia/version";
const DEVICES = ["auto", "cpu", "cuda"];

/**
 * The name of an engine's environment that KILN_DEVICE asks for; with `auto` or nothing the one that fits the machine.
 * @template {string} Name
 * @param {Name} name of the one for the processor, e.g. `rembg`
 * @param {Readonly<Record<string, string | undefined>>} env e.g. process.env
 * @param {boolean} [hasDriver] tests pass another
 */
export function wantedEnvironment(name, env, hasDriver = existsSync(DRIVER) && process.arch === "x64") {
  const device = env.KILN_DEVICE || "auto";
  if (!DEVICES.includes(device))
    throw new SetupError(`KILN_DEVICE is "${device}"; choose one of: ${DEVICES.join(", ")}.`);
  return deviceEnvironmentName(name, device, hasDriver);
}
