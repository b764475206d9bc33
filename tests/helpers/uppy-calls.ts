/** The calls that Uppy makes for an upload in parts, to the Worker under test. */
import { expect } from "vitest";
import { call, post, put } from "./worker-api.ts";

export type Headers = Record<string, string>;
export interface ListedPart {
  readonly PartNumber: number;
  readonly Size: number;
  readonly ETag: string;
}

/** So many bytes of one value. */
export const filled = (bytes: number, value: number) => new Uint8Array(bytes).fill(value);

/** The calls of `@uppy/aws-s3` for one upload. */
export class UppyUpload {
  readonly id: string;
  readonly #headers: Headers;
  private constructor(id: string, headers: Headers) {
    this.id = id;
    this.#headers = headers;
  }

  static async begin(metadata: Record<string, unknown> = {}, headers: Headers = {}): Promise<UppyUpload> {
    const body = { filename: "big.bin", type: "video/mp4", metadata: { name: "big.bin", ...metadata } };
    const { key, uploadId } = (await (await post("/s3/multipart", body, headers)).json()) as Record<string, string>;
    expect(key).toBe(uploadId);
    return new UppyUpload(uploadId as string, headers);
  }

  path(rest = "", key = this.id): string {
    return `/s3/multipart/${this.id}${rest}?key=${key}`;
  }

  async url(partNumber: number): Promise<string> {
    const response = await call(this.path(`/${partNumber}`), { headers: this.#headers });
    expect(response.status).toBe(200);
    return ((await response.json()) as { url: string }).url;
  }

  async part(partNumber: number, bytes: Uint8Array): Promise<string> {
    const response = await put(await this.url(partNumber), bytes);
    expect(response.status).toBe(200);
    return response.headers.get("ETag") as string;
  }

  async list(): Promise<ListedPart[]> {
    return (await call(this.path(), { headers: this.#headers })).json();
  }

  complete(parts: readonly Pick<ListedPart, "PartNumber" | "ETag">[]): Promise<Response> {
    return post(this.path("/complete"), { parts }, this.#headers);
  }

  abort(): Promise<Response> {
    return call(this.path(), { method: "DELETE", headers: this.#headers });
  }
}
