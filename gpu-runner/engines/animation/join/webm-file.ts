/**
 * Writes a WebM file with one VP9 track: every frame with its exact time and duration, transparency as a second VP9 frame
 * beside it (`BlockAdditions`), an index for seeking. RFC 9559; https://www.webmproject.org/docs/container/;
 * https://wiki.webmproject.org/alpha-channel
 */
import type { FileHandle } from "node:fs/promises";
import type { Size } from "../plan/geometry.ts";
import { element, elementHead, float, int16, text, uint } from "./ebml.ts";

/** One frame as VP9 data. */
export interface WebmFrame {
  readonly color: Buffer;
  /** Its alpha as the luminance of another VP9 frame, or null. */
  readonly alpha: Buffer | null;
  readonly isKey: boolean;
}

const ID = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  ebmlMaxIdLength: 0x42f2,
  ebmlMaxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  maxBlockAdditionId: 0x55ee,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  alphaMode: 0x53c0,
  colour: 0x55b0,
  matrix: 0x55b1,
  range: 0x55b9,
  transfer: 0x55ba,
  primaries: 0x55bb,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  blockGroup: 0xa0,
  block: 0xa1,
  blockDuration: 0x9b,
  referenceBlock: 0xfb,
  blockAdditions: 0x75a1,
  blockMore: 0xa6,
  blockAddId: 0xee,
  blockAdditional: 0xa5,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
} as const;

const TRACK = 1;
const VIDEO = 1;
const MS_NS = 1_000_000;
/** BT.709, for matrix, transfer function and primaries alike. */
const BT709 = 1;
const LIMITED_RANGE = 1;
/** Times in a cluster are 16-bit milliseconds from its own. */
const MAX_CLUSTER_MS = 5_000;
const SEGMENT_SIZE_BYTES = 8;

/** Writes frame after frame to an open, empty file. */
export class WebmWriter {
  readonly #file: FileHandle;
  readonly #head: Buffer;
  readonly #seekHeadBytes: number;
  readonly #cues: { timeMs: number; position: number }[] = [];
  #written = 0;
  #timeMs = 0;
  #previousMs = 0;
  #cluster: { startMs: number; blocks: Buffer[] } | undefined;

  constructor(file: FileHandle, size: Size, hasAlpha: boolean, durationMs: number) {
    this.#file = file;
    this.#head = Buffer.concat([info(durationMs), tracks(size, hasAlpha)]);
    this.#seekHeadBytes = seekHead(0).length;
    this.#written = this.#seekHeadBytes + this.#head.length;
  }

  async begin(): Promise<void> {
    const segment = elementHead(ID.segment, 2 ** 40);
    await this.#file.write(Buffer.concat([ebmlHeader(), segment, seekHead(0), this.#head]));
  }

  async add({ color, alpha, isKey }: WebmFrame, durationMs: number): Promise<void> {
    const isFull = this.#cluster && this.#timeMs - this.#cluster.startMs > MAX_CLUSTER_MS;
    if (isKey || isFull || !this.#cluster) await this.#startCluster(isKey);
    const cluster = this.#cluster as { startMs: number; blocks: Buffer[] };
    const head = Buffer.from([0x80 | TRACK, 0, 0, 0]);
    head.writeInt16BE(this.#timeMs - cluster.startMs, 1);
    const parts = [element(ID.block, head, color), uint(ID.blockDuration, durationMs)];
    if (!isKey) parts.push(int16(ID.referenceBlock, Math.max(this.#previousMs - this.#timeMs, -32_768)));
    if (alpha) {
      const more = element(ID.blockMore, uint(ID.blockAddId, 1), element(ID.blockAdditional, alpha));
      parts.push(element(ID.blockAdditions, more));
    }
    cluster.blocks.push(element(ID.blockGroup, ...parts));
    this.#previousMs = this.#timeMs;
    this.#timeMs += durationMs;
  }

  /** Writes what is left, the index, and the sizes that were not known before. */
  async end(): Promise<void> {
    await this.#flush();
    const cues = element(ID.cues, ...this.#cues.map(({ timeMs, position }) => cuePoint(timeMs, position)));
    const cuesAt = this.#written;
    await this.#write(cues);
    const start = ebmlHeader().length;
    const head = elementHead(ID.segment, this.#written);
    await this.#file.write(head, 0, head.length, start);
    const seek = seekHead(cuesAt);
    await this.#file.write(seek, 0, seek.length, start + 4 + SEGMENT_SIZE_BYTES);
  }

  async #startCluster(isKey: boolean): Promise<void> {
    await this.#flush();
    if (isKey) this.#cues.push({ timeMs: this.#timeMs, position: this.#written });
    this.#cluster = { startMs: this.#timeMs, blocks: [] };
  }

  async #flush(): Promise<void> {
    if (!this.#cluster) return;
    const { startMs, blocks } = this.#cluster;
    this.#cluster = undefined;
    await this.#write(element(ID.cluster, uint(ID.timestamp, startMs), ...blocks));
  }

  async #write(data: Buffer): Promise<void> {
    await this.#file.write(data);
    this.#written += data.length;
  }
}

function ebmlHeader(): Buffer {
  return element(
    ID.ebml,
    uint(ID.ebmlVersion, 1),
    uint(ID.ebmlReadVersion, 1),
    uint(ID.ebmlMaxIdLength, 4),
    uint(ID.ebmlMaxSizeLength, 8),
    text(ID.docType, "webm"),
    uint(ID.docTypeVersion, 4),
    uint(ID.docTypeReadVersion, 2),
  );
}

/** Always of the same length, because it is written before the place of the index is known. */
function seekHead(cuesPosition: number): Buffer {
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(BigInt(cuesPosition));
  const id = Buffer.alloc(4);
  id.writeUInt32BE(ID.cues);
  return element(ID.seekHead, element(ID.seek, element(ID.seekId, id), element(ID.seekPosition, position)));
}

function info(durationMs: number): Buffer {
  const names = [text(ID.muxingApp, "Kiln"), text(ID.writingApp, "Kiln")];
  return element(ID.info, uint(ID.timestampScale, MS_NS), float(ID.duration, durationMs), ...names);
}

function tracks({ width, height }: Size, hasAlpha: boolean): Buffer {
  const colour = element(
    ID.colour,
    uint(ID.matrix, BT709),
    uint(ID.range, LIMITED_RANGE),
    uint(ID.transfer, BT709),
    uint(ID.primaries, BT709),
  );
  const alpha = hasAlpha ? [uint(ID.alphaMode, 1)] : [];
  const video = element(ID.video, uint(ID.pixelWidth, width), uint(ID.pixelHeight, height), ...alpha, colour);
  const entry = [
    uint(ID.trackNumber, TRACK),
    uint(ID.trackUid, 1),
    uint(ID.trackType, VIDEO),
    uint(ID.flagLacing, 0),
    ...(hasAlpha ? [uint(ID.maxBlockAdditionId, 1)] : []),
    text(ID.codecId, "V_VP9"),
    video,
  ];
  return element(ID.tracks, element(ID.trackEntry, ...entry));
}

function cuePoint(timeMs: number, position: number): Buffer {
  const place = element(ID.cueTrackPositions, uint(ID.cueTrack, TRACK), uint(ID.cueClusterPosition, position));
  return element(ID.cuePoint, uint(ID.cueTime, timeMs), place);
}
