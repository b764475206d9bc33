/** Presets of the client: an account's own. Those of the job types come with `jobTypes()`. Need an API key. */
import type { Preset, PresetList, PutPresetRequest } from "#contract/preset.ts";
import { type CallOptions, queryOf, type Transport } from "./transport.ts";

export class Presets {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All of them, or those of one job type. */
  async list({ type, ...options }: CallOptions & { readonly type?: string } = {}): Promise<Preset[]> {
    return (await this.#transport.json<PresetList>(`/v1/presets${queryOf({ type })}`, options)).presets;
  }

  read(type: string, name: string, options: CallOptions = {}): Promise<Preset> {
    return this.#transport.json(presetPath(type, name), options);
  }

  /** Makes the preset, or changes it. */
  put(type: string, name: string, preset: PutPresetRequest, options: CallOptions = {}): Promise<Preset> {
    return this.#transport.json(presetPath(type, name), { method: "PUT", json: preset, ...options });
  }

  async remove(type: string, name: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.request(presetPath(type, name), { method: "DELETE", ...options });
  }
}

const presetPath = (type: string, name: string): string =>
  `/v1/presets/${encodeURIComponent(type)}/${encodeURIComponent(name)}`;
