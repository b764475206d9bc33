/**
 * Checks an SVG before any renderer sees it: one streaming pass over the text, nothing expanded. Refuses what could cost
 * more than it is worth (entities, bombs of `<use>`, huge paths) or could reach outside (`<image>` of a file), each with
 * a sentence that tells the user what to do.
 */

import { SaxesParser } from "saxes";
import { MAX_SVG_BYTES, MAX_SVG_DEPTH, MAX_SVG_ELEMENTS, MAX_SVG_PATH_COMMANDS } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";

export interface GuardedSvg {
  /** The text without pictures and scripts: usvg would open files for them. */
  readonly svg: string;
  readonly warnings: readonly string[];
}

interface Node {
  readonly tag: string;
  readonly children: Node[];
  /** Ids of elements that are drawn once more here: `use`, markers. */
  readonly draws: string[];
  commands: number;
}
interface Cost {
  readonly elements: number;
  readonly commands: number;
}

/** A change of the text: what lies between `from` and `to` becomes `text`. */
interface Edit {
  readonly tag: string;
  readonly from: number;
  to: number;
  readonly text: string;
}

/** Elements that are cut out before rendering, with everything in them. */
const CUT = new Set(["image", "feImage", "script", "foreignObject"]);
const W3C_DOCTYPE = /^\s*svg\s+PUBLIC\s+"-\/\/W3C\/\/DTD SVG [^"<>[\]]*"\s*"[^"<>[\]]*"\s*$/;
const INVALID_HINT = "Export it again as a plain SVG and try once more.";

/** Checks `bytes` and returns the SVG's text. Throws a JobFailure: input_invalid, input_too_large, input_empty. */
export function guardSvg(bytes: Uint8Array): GuardedSvg {
  if (bytes.byteLength === 0)
    throw new JobFailure("input_empty", "The file is empty. Upload an SVG, PNG or JPG with a logo in it.");
  if (bytes.byteLength > MAX_SVG_BYTES) {
    throw new JobFailure(
      "input_too_large",
      `The SVG is ${(bytes.byteLength / 1e6).toFixed(1)} MB; at most ${MAX_SVG_BYTES / 1024 / 1024} MB can be used. Simplify its paths or remove embedded pictures.`,
    );
  }
  const text = decode(bytes);
  const scan = new Scan(text);
  scan.run();
  const warnings = scan.edits.some(({ tag }) => tag === "image" || tag === "feImage")
    ? ["The SVG holds an embedded picture; it was left out."]
    : [];
  return { svg: edited(text, scan.edits), warnings };
}

function decode(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true })
      .decode(bytes)
      .replace(/^(\s*<\?xml[^>]*?)\s+encoding=("[^"]*"|'[^']*')/, "$1");
  } catch {
    throw new JobFailure("input_invalid", "The SVG is not UTF-8 text. Save it as UTF-8 and try again.");
  }
}

class Scan {
  readonly edits: Edit[] = [];
  readonly #text: string;
  readonly #root: Node = { tag: "", children: [], draws: [], commands: 0 };
  readonly #open: Node[] = [this.#root];
  readonly #byId = new Map<string, Node>();
  #elements = 0;
  #cutDepth = 0;
  #style = "";

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    const parser = new SaxesParser({ position: true });
    let tagStart = 0;
    parser.on("error", (error) => {
      throw new JobFailure(
        "input_invalid",
        `The SVG is not well-formed XML (${error.message.replace(/^undefined:/, "line ").replace(/\.$/, "")}): it may be truncated. ${INVALID_HINT}`,
      );
    });
    parser.on("doctype", (doctype) => {
      // The one that Illustrator and others write above every SVG only names the standard.
      if (W3C_DOCTYPE.test(doctype)) return;
      throw new JobFailure(
        "input_invalid",
        "The SVG has a DOCTYPE, which could declare entities and is not accepted. Save it as a plain SVG without it.",
      );
    });
    parser.on("opentagstart", (tag) => {
      tagStart = this.#text.lastIndexOf(`<${tag.name}`, parser.position);
    });
    parser.on("opentag", (tag) => this.#openTag(tag.name, tag.attributes as Record<string, string>, tagStart));
    parser.on("closetag", (tag) => this.#closeTag(local(tag.name), parser.position));
    parser.on("text", (text) => this.#characters(text));
    parser.on("cdata", (text) => this.#characters(text));
    parser.write(this.#text).close();
    const svg = this.#root.children[0];
    if (svg?.tag !== "svg")
      throw new JobFailure("input_invalid", "The file is XML but not an SVG. Upload an SVG, PNG or JPG.");
    this.#checkCost();
  }

  #openTag(name: string, attributes: Record<string, string>, from: number): void {
    const tag = local(name);
    if (++this.#elements > MAX_SVG_ELEMENTS) throw tooManyElements();
    if (this.#open.length > MAX_SVG_DEPTH)
      throw new JobFailure(
        "input_too_large",
        `The SVG nests elements deeper than ${MAX_SVG_DEPTH} levels. Ungroup it and try again.`,
      );
    const node: Node = { tag, children: [], draws: [], commands: pathCommands(attributes) };
    this.#open.at(-1)!.children.push(node);
    this.#open.push(node);
    if (attributes.id && !this.#byId.has(attributes.id)) this.#byId.set(attributes.id, node);
    const href = (attributes.href ?? attributes["xlink:href"])?.trim();
    if (tag === "use" && href?.startsWith("#")) node.draws.push(href.slice(1));
    for (const [key, value] of Object.entries(attributes)) {
      if (!key.startsWith("marker") && !(key === "style" && value.includes("marker"))) continue;
      // A marker is drawn at every vertex.
      for (const match of value.matchAll(/url\(\s*["']?#([^"')\s]+)/g))
        for (let i = 0; i < Math.min(node.commands, MAX_SVG_ELEMENTS); i++) node.draws.push(match[1]!);
    }
    if (CUT.has(tag)) {
      if (this.#cutDepth++ === 0) this.edits.push({ tag, from, to: from, text: "" });
    } else if (
      tag === "mask" &&
      this.#cutDepth === 0 &&
      /mask-type\s*:\s*alpha/.test(attributes.style ?? "") &&
      !attributes["mask-type"]
    ) {
      // usvg reads this property only where it is an attribute; Figma writes it as a style.
      const at = from + 1 + name.length;
      this.edits.push({ tag, from: at, to: at, text: ' mask-type="alpha"' });
    }
  }

  #closeTag(tag: string, position: number): void {
    this.#open.pop();
    if (CUT.has(tag) && --this.#cutDepth === 0) this.edits.at(-1)!.to = position;
  }

  #characters(text: string): void {
    const node = this.#open.at(-1)!;
    if (node.tag === "style") this.#style += text;
    if (this.#cutDepth === 0 && text.trim() !== "" && this.#open.some((open) => open.tag === "text")) {
      throw new JobFailure(
        "input_invalid",
        "The SVG holds text, whose font is not part of the file. Convert the text to outlines (Inkscape: Path › Object to Path; Illustrator: Type › Create Outlines) and upload it again.",
      );
    }
  }

  /** Counts elements and path commands as they would be after every `<use>`, each element's own count computed once. */
  #checkCost(): void {
    // A style sheet can put markers on any path; then every path pays for the dearest marker.
    const known = new Map<Node, Cost>();
    const inProgress = new Set<Node>();
    const cost = (node: Node): Cost => {
      const done = known.get(node);
      if (done) return done;
      if (inProgress.has(node))
        throw new JobFailure(
          "input_invalid",
          "A <use> in the SVG refers to an element that holds it. Expand the symbols (Edit › Clone › Unlink) and try again.",
        );
      inProgress.add(node);
      let elements = 1;
      let commands = node.commands;
      const add = (part: Cost) => {
        elements += part.elements;
        commands += part.commands;
      };
      node.children.forEach((child) => {
        add(cost(child));
      });
      for (const id of node.draws) {
        const target = this.#byId.get(id);
        if (target) add(cost(target));
      }
      inProgress.delete(node);
      known.set(node, { elements, commands });
      return { elements, commands };
    };
    const total = cost(this.#root);
    let markerElements = 0;
    if (this.#style.includes("marker"))
      for (const [node, { elements }] of known)
        if (node.tag === "marker") markerElements = Math.max(markerElements, elements);
    if (total.elements - 1 + total.commands * markerElements > MAX_SVG_ELEMENTS) throw tooManyElements();
    if (total.commands > MAX_SVG_PATH_COMMANDS)
      throw new JobFailure(
        "input_too_large",
        `The SVG has about ${total.commands} path commands; at most ${MAX_SVG_PATH_COMMANDS} can be used. Simplify its paths.`,
      );
  }
}

/** Upper estimate of path commands from the numbers in the data: no command but H, V and Z has fewer than two. */
function pathCommands(attributes: Record<string, string>): number {
  const data = attributes.d ?? attributes.points;
  if (!data) return 0;
  let letters = 0;
  for (const _ of data.matchAll(/[a-df-z]/gi)) letters++;
  let numbers = 0;
  for (const _ of data.matchAll(/\d*\.?\d+/g)) numbers++;
  return Math.max(letters, Math.ceil(numbers / 6));
}

function tooManyElements(): JobFailure {
  return new JobFailure(
    "input_too_large",
    `The SVG has more than ${MAX_SVG_ELEMENTS} elements once every <use> and marker is drawn. Simplify it: merge shapes of one colour.`,
  );
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Applies edits, which are in order and do not overlap. */
function edited(text: string, edits: readonly Edit[]): string {
  let out = "";
  let at = 0;
  for (const edit of edits) {
    out += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return out + text.slice(at);
}
