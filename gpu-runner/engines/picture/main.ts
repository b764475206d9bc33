/** The child of the picture engine (protocol: gpu-runner/README.md): one request after the other until stdin ends. */
import { stdin, stdout, version } from "node:process";
import { createInterface } from "node:readline";
import { JobFailure } from "../../process/job-failure.ts";
import type { PictureRequest } from "./picture-request.ts";
import { inspect } from "./read/inspect.ts";

function send(message: object): void {
  stdout.write(`${JSON.stringify(message)}\n`);
}

async function serve(request: PictureRequest): Promise<object> {
  switch (request.kind) {
    case "inspect":
      return await inspect(request);
    case "unpack": {
      const { unpackZip } = await import("./read/unpack-zip.ts");
      return await unpackZip(request, (fraction) => send({ kind: "progress", fraction }));
    }
    case "decode-cutout":
      return await (await import("./cutout/raw-picture.ts")).decodeCutout(request);
    case "compose-cutout":
      return await (await import("./cutout/compose-cutout.ts")).composeCutout(request);
    case "contact-sheet":
      return await (await import("./cutout/contact-sheet.ts")).contactSheet(request);
    case "zip":
      return await (await import("./cutout/zip-files.ts")).zipFiles(request);
    case "read-traced":
      return await (await import("./trace/read-traced.ts")).readTraced(request);
    case "trace": {
      const { tracePicture } = await import("./trace/trace-picture.ts");
      return await tracePicture(request, (fraction) => send({ kind: "progress", fraction }));
    }
    case "threshold":
      return await (await import("./trace/threshold-picture.ts")).thresholdPicture(request);
    case "finish-outline":
      return await (await import("./trace/finish-outline.ts")).finishOutline(request);
    case "measure-svg":
      return await (await import("./trace/measure-svg.ts")).measureSvg(request);
    case "draw-svg":
      return await (await import("./trace/measure-svg.ts")).drawSvg(request);
  }
}

send({ kind: "ready", version });
for await (const line of createInterface({ input: stdin })) {
  try {
    send({ kind: "result", ...(await serve(JSON.parse(line) as PictureRequest)) });
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    send({ kind: "error", code: error.code, message: error.message, retryable: error.retryable });
  }
}
