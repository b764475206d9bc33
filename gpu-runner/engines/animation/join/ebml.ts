/** Writes EBML, the binary tree Matroska and WebM are made of. RFC 8794 */

/** An element with an id as in the specification (its length marker included). Sizes take eight bytes, so that they are simple. */
export function element(id: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([idBytes(id), sizeBytes(body.length), body]);
}

/** The start of an element whose content of `bytes` bytes is written after it. */
export function elementHead(id: number, bytes: number): Buffer {
  return Buffer.concat([idBytes(id), sizeBytes(bytes)]);
}

/** Unsigned integer. */
export function uint(id: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeBigUInt64BE(BigInt(value));
  const first = data.findIndex((byte) => byte !== 0);
  return element(id, data.subarray(first === -1 ? 7 : first));
}

/** Signed integer of two bytes. */
export function int16(id: number, value: number): Buffer {
  const data = Buffer.alloc(2);
  data.writeInt16BE(value);
  return element(id, data);
}

export function float(id: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeDoubleBE(value);
  return element(id, data);
}

export function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value));
}

function idBytes(id: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(id);
  return data.subarray(data.findIndex((byte) => byte !== 0));
}

function sizeBytes(bytes: number): Buffer {
  if (bytes < 127) return Buffer.from([0x80 | bytes]);
  const data = Buffer.alloc(8);
  data.writeBigUInt64BE(BigInt(bytes));
  data[0] = 0x01;
  return data;
}
