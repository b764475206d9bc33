/** Dropped files and folders: which files come out, and in which order. */
import { describe, expect, test } from "vitest";
import { byName, droppedFiles, folderFiles } from "../../../pages/src/components/dropped-files.ts";

const file = (path: string): File => {
  const made = new File(["x"], path.split("/").at(-1) as string);
  Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
};
const names = (files: readonly File[]) => files.map(({ name }) => name);

/** A dropped folder as browsers give it, read in batches of two. */
type Tree = { readonly [name: string]: Tree | string };
function entry(name: string, content: Tree | string, parent = ""): FileSystemEntry {
  const fullPath = `${parent}/${name}`;
  if (typeof content === "string") {
    const read = (resolve: (file: File) => void, reject: (error: unknown) => void) =>
      content === "unreadable" ? reject(new DOMException("no")) : resolve(new File([content], name));
    return { isFile: true, isDirectory: false, name, fullPath, file: read } as unknown as FileSystemEntry;
  }
  const createReader = () => {
    const inside = Object.entries(content).map(([child, value]) => entry(child, value, fullPath));
    return { readEntries: (resolve: (batch: FileSystemEntry[]) => void) => resolve(inside.splice(0, 2)) };
  };
  return { isFile: false, isDirectory: true, name, fullPath, createReader } as unknown as FileSystemEntry;
}
const drop = (entries: readonly FileSystemEntry[], files: readonly File[] = []) =>
  ({
    files,
    items: entries.map((one) => ({ kind: "file", webkitGetAsEntry: () => one })),
  }) as unknown as DataTransfer;

test("names are ordered as people count", () => {
  expect(["frame10.png", "Frame2.png", "frame1.png"].toSorted(byName)).toEqual([
    "frame1.png",
    "Frame2.png",
    "frame10.png",
  ]);
});

describe("a dropped folder", () => {
  test("gives all files in it and below, in natural order of their paths", async () => {
    const folder = entry("set", { b: { "2.png": "x", "10.png": "x", "1.png": "x" }, "a.png": "x", "z.png": "x" });
    expect(names(await droppedFiles(drop([folder])))).toEqual(["a.png", "1.png", "2.png", "10.png", "z.png"]);
  });

  test("leaves out what systems hide in it, and what can't be read", async () => {
    const folder = entry("set", {
      ".DS_Store": "x",
      "Thumbs.db": "x",
      __MACOSX: { "a.png": "x" },
      "locked.png": "unreadable",
      "a.png": "x",
    });
    expect(names(await droppedFiles(drop([folder])))).toEqual(["a.png"]);
  });

  test("is not walked for ever", async () => {
    let deep: Tree = { "bottom.png": "x" };
    for (let i = 0; i < 20; i++) deep = { folder: deep, "here.png": "x" };
    // The dropped folder and seven below it.
    expect(names(await droppedFiles(drop([entry("set", deep)])))).toEqual(Array(8).fill("here.png"));
  });
});

test("dropped files without folders are taken as they are, in natural order", async () => {
  const files = [file("b10.png"), file("b9.png")];
  expect(names(await droppedFiles(drop([entry("b10.png", "x"), entry("b9.png", "x")], files)))).toEqual([
    "b9.png",
    "b10.png",
  ]);
});

test("a chosen folder's files are ordered by their paths, hidden ones left out", () => {
  const chosen = ["set/b/1.png", "set/a.png", "set/.git/config", "set/Thumbs.db", "set/a2.png"].map(file);
  expect(names(folderFiles(chosen))).toEqual(["a.png", "a2.png", "1.png"]);
});
