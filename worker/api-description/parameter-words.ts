/** What parameters mean that have the same meaning wherever they come, for those that say nothing themselves. */
const WORDS: Readonly<Record<string, string>> = {
  limit: "How many to list at most",
  cursor: "`cursor` of the page before. Left out: from the first on",
  type: "The name of a job type",
  name: "A name",
  shareId: "A share link, by its id",
  account: "Only keys of this account",
  from: "The number of the first job that is wanted. Left out: all of them",
  partNumber: "The number of a part, from 1",
  uploadId: "The id of the upload",
  "metadata[bytes]": "The file's size: with it, one byte more or less is refused",
  "metadata[sha256]": "When given, the file is checked against it",
  "Last-Event-ID": "Goes before `after`. A browser's EventSource sends it by itself",
};
/** An `id` is one of a thing of its call's group. */
const ID_WORDS: Readonly<Record<string, string>> = { Keys: "A key, by its id", Operator: "A key, by its id" };

/** The words for a parameter of a call in the group `tag`, or undefined. */
export function parameterWords(name: string, tag: string): string | undefined {
  return name === "id" ? ID_WORDS[tag] : WORDS[name];
}
