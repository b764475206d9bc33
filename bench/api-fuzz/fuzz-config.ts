/** How schemathesis is set up: who calls, which ids there are, and which answers are right though a schema can't say so. */
import type { Credentials, PreparedThings } from "./prepared-things.ts";

/** How often an id is that of a thing that exists. */
const KNOWN_ID_SHARE = 0.6;

/**
 * Answers to a request that its schema allows. 422: what it names is not there for this job type or account (a preset, an
 * Idempotency-Key used before). 410: what it names is no longer kept. 426: a runner that is too old.
 */
const SERVED = ["2xx", "3xx", 401, 403, 404, 409, 410, 422, 426, 429];

/** Calls with rules that JSON Schema has no words for: there, 400 is right as well. Why, by the call. */
const RULES_BEYOND_SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  "a cursor is one that the list has handed out": [
    ...["listJobs", "retryJobs", "cancelJobs", "listBatches", "listKeys", "listAllKeys", "auditStorage"],
  ],
  "how many inputs of each role, addresses on the public internet, parameters that depend on each other": [
    ...["submitJob", "putJob", "submitBatch", "rerunJob", "putPreset"],
  ],
  "`output` is a file of the job type, and the form holds its inputs and parameters": ["run"],
  "both jobs are of one type": ["compareJobs"],
  "`from` is one of the batch's jobs": ["downloadBatch"],
  "days within the last three months, in order": ["readUsage"],
  "an address on the public internet": ["createWebhook", "updateWebhook"],
  "a time that is still to come, and no scopes for a runner's key": ["createKey", "createAnyKey", "updateAnyKey"],
  "the key is that of the upload in the path": [
    ...["listUploadedParts", "signUploadPart", "completeMultipartUpload", "abortMultipartUpload"],
  ],
  "the body has as many bytes as the URL takes": ["sendFile", "sendForm"],
  "it is a WebSocket, which the fuzzer does not speak": [
    ...["watchJobOverWebSocket", "watchBatchOverWebSocket", "listenForWork"],
  ],
  "ids of objects of this very server": ["reindexJobs"],
  "nothing in the page's own metadata holds a NUL character": ["beginMultipartUpload"],
};

/** What is still there once it was deleted, as the description says: a revoked key, a job without its files, an aborted upload. */
const KEPT_WHEN_DELETED = [
  ...["readKey", "renameKey", "revokeKey", "readAnyKey", "updateAnyKey", "revokeAnyKey"],
  ...["readJob", "readUpload", "abortUpload"],
];

/** The configuration as TOML. Strings and lists of JSON are TOML too. */
export function fuzzConfig(
  things: PreparedThings,
  { user, runner, admin }: Credentials,
  known: ReadonlySet<string>,
): string {
  const json = JSON.stringify;
  const lists = Object.entries(things).map(([name, ids]) => `[dictionaries.${name}]\nvalues = ${json(ids)}`);
  const exempt = Object.entries(RULES_BEYOND_SCHEMAS).map(([reason, operations]) => {
    const unknown = operations.filter((operation) => !known.has(operation));
    if (unknown.length > 0) throw new Error(`There is no call ${unknown.join(", ")} any more: see fuzz-config.ts.`);
    return [
      `# ${reason}`,
      "[[operations]]",
      `include-operation-id = ${json(operations)}`,
      "[operations.checks.positive_data_acceptance]",
      `expected-statuses = ${json([...SERVED, 400])}`,
    ].join("\n");
  });
  const bindings = [
    ["^/(v1|runner/v1)/jobs/\\{id\\}", "jobs"],
    ["^/v1/uploads/\\{id\\}", "uploads"],
    ["^/v1/batches/\\{id\\}", "batches"],
    ["^/v1/webhooks/\\{id\\}", "webhooks"],
  ].map(([path, dictionary]) =>
    [
      "[[operations]]",
      `include-path-regex = ${json(path)}`,
      `parameters = { "path.id" = { dictionary = ${json(dictionary)}, probability = ${KNOWN_ID_SHARE} } }`,
    ].join("\n"),
  );
  return [
    // One after the other: the calls change what they are about.
    "workers = 1",
    "continue-on-failure = true",
    "request-timeout = 30",
    // A stream of events is read so far.
    "max-stream-events = 5",
    'suppress-health-check = ["all"]',
    "",
    "[auth.openapi]",
    `bearer = { bearer = ${json(user)} }`,
    `runnerKey = { bearer = ${json(runner)} }`,
    `adminKey = { bearer = ${json(admin)} }`,
    "",
    "[checks.positive_data_acceptance]",
    `expected-statuses = ${json(SERVED)}`,
    "",
    ...lists,
    ...bindings,
    ...exempt,
    "[[operations]]",
    `include-operation-id = ${json(KEPT_WHEN_DELETED)}`,
    "checks.use_after_free.enabled = false",
    "",
  ].join("\n");
}
