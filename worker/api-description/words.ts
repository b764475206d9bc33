/** What the document says at its head, and of each group of calls. The reference page makes a list of the headings. */

export const API_SUMMARY = `Files in, 3D and image assets out. [To the site](/)

# Getting started

\`$KILN\` stands for this server, as the address bar has it: \`https://…\` without a path. No key is needed to try it.

\`\`\`sh
curl -F file=@logo.svg -F depthMm=3 \\
  "$KILN/v1/run/logo-to-3d" -o logo.glb
\`\`\`

That is one call for a job that takes less than a minute. Larger files and longer jobs go in steps, each of which can be
repeated (\`jq\` reads the answers):

\`\`\`sh
# The file: announce it, send it, complete it
BYTES=$(($(wc -c < logo.svg)))
curl -s "$KILN/v1/uploads" -o upload.json \\
  --json '{"filename":"logo.svg","bytes":'$BYTES'}'
UPLOAD=$(jq -r .id upload.json)
curl -s -T logo.svg \\
  "$(jq -r '.targets[0].url' upload.json)"
curl -s -o /dev/null -X POST \\
  "$KILN/v1/uploads/$UPLOAD/complete"

# The job, and its model
curl -s "$KILN/v1/jobs" -H "Prefer: wait=60" \\
  -o job.json --json '{"type":"logo-to-3d",
    "inputs":[{"upload":"'$UPLOAD'"}]}'
JOB=$(jq -r .id job.json)
curl -s -L -o logo.glb \\
  "$KILN/v1/jobs/$JOB/artifacts/model.glb"
\`\`\`

\`GET /v1/job-types\` lists what can be made, from which files and with which parameters. A text needs no file at all:
\`{"type": "text-to-3d", "params": {"text": "Kiln"}}\`.

# Who is calling

| send | what you make belongs to |
| --- | --- |
| \`Authorization: Bearer kiln_live_…\`, or \`X-API-Key: kiln_live_…\` | the key's account |
| \`Kiln-Session: …\`, 32 to 64 hex digits that you make up and keep (\`openssl rand -hex 16\`) | that session |
| nothing | nobody: whoever knows its id, which can't be guessed, may use it |

To everyone else it is not there (404). Lists, idempotency keys, pins, share links and webhooks need a key or a session, so that
they belong to somebody; presets need a key. The operator makes the first key of an account; \`POST /v1/keys\` makes others, with fewer scopes if you like.
\`GET /v1/caller\` says who you are to this server, and what your limits are.

# Waiting for a job

Four ways, from the simplest to the one for many jobs:

1. \`Prefer: wait=60\` when you submit it, or with \`GET /v1/jobs/{id}\`: the answer comes when the job has ended (200), or after so
   many seconds (202, and you ask again).
2. \`GET /v1/jobs/{id}/events\`: a stream of Server-Sent Events. It ends with the job, or after five minutes: come back with
   \`Last-Event-ID\`, as a browser's \`EventSource\` does by itself, and you miss nothing.
3. The same as JSON over a WebSocket, \`/v1/jobs/{id}/ws\`.
4. [Webhooks](#tag/webhooks): Kiln calls you.

A job is over in the states \`succeeded\`, \`failed\`, \`canceled\` and \`expired\`. Its files are kept for a day after that
(\`expiresAt\`), unless \`policy.retentionS\` says otherwise.

# Repeating a request

Calls that make something take an \`Idempotency-Key\`, any text of your choice. The same request under the same key takes effect
once within 24 hours, and is answered as the first time, with \`Idempotent-Replayed: true\`. So after a lost connection, a 429 or
a 5xx: send it again. \`PUT /v1/jobs/{id}\` does the same for ever, with an id of your own.

# Errors

Every error is \`application/problem+json\` by [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457):

\`\`\`json
{
  "type": "urn:kiln:problem:invalid_request",
  "title": "The request is not valid",
  "status": 400,
  "detail": "params.depthMm: Too small: …",
  "instance": "urn:request:5d1c0f7c2a9b4e36",
  "code": "invalid_request",
  "retryable": false,
  "errors": [
    { "path": "params.depthMm", "message": "Too small: …" }
  ]
}
\`\`\`

\`code\` is for programs, \`detail\` for people. \`retryable\` says whether the same request may succeed later; \`Retry-After\`, when. A job
that failed has a \`code\` of the same list, and a \`message\`, in its \`error\`. Requests are checked strictly: fields and parameters
that are not known are refused, so that a slip of the pen is not passed over.

# Limits

How many jobs an hour, how many at a time, how many bytes a day and how large a file may be is for the operator to say;
\`GET /v1/caller\` tells yours. Calls that are counted answer \`RateLimit\` (what is left) and \`RateLimit-Policy\` (of how much); beyond
that they answer 429 with \`Retry-After\`. Each job of a batch counts as one.

# Lists

Lists come in pages, the newest first: \`limit\` is how many you want, \`cursor\` of the answer is where the next page begins, and null
on the last one.

# Times, sizes, versions

Times are milliseconds since 1970, sizes are bytes; other units are in the field's name (\`ttlS\`, \`depthMm\`). Later versions may add
fields to answers, values to lists of codes, and kinds of events: pass over what you don't know. \`HEAD\` works where \`GET\` does.

# Clients

This description is at [/openapi.json](/openapi.json), OpenAPI 3.1, for code generators:

\`\`\`sh
npx openapi-typescript "$KILN/openapi.json" \\
  --default-non-nullable false -o kiln.d.ts
\`\`\`

Kiln has a client of its own for TypeScript (\`import { Kiln } from "kiln/client"\`) and a command, \`kiln\`. Uppy's \`@uppy/aws-s3\`
[works unmodified](#tag/uploads-with-uppy).`;

/** In the order of the reference page: what a newcomer needs first. */
export const TAGS: readonly { readonly name: string; readonly description: string }[] = [
  { name: "Run", description: "Files in, the finished file out, in one call." },
  { name: "Job types", description: "What can be asked for, and with which parameters." },
  { name: "Uploads", description: "Files on their way to a job: in one piece or in parts, which can be resumed." },
  { name: "Jobs", description: "Submit, follow, cancel, retry and delete." },
  { name: "Results", description: "What comes out of a job: events, log lines, files." },
  { name: "Batches", description: "Up to 1,000 jobs in one call, which may be inputs of each other." },
  { name: "Versions", description: "Jobs with the same inputs and other parameters, and jobs that are kept." },
  { name: "Sharing", description: "Links that show one job to whoever has them, until they expire or are revoked." },
  {
    name: "Webhooks",
    description: `Kiln tells a server of yours when jobs and batches end, by
[Standard Webhooks](https://www.standardwebhooks.com): a POST with a signature, at least once, in no certain order. Answer with 2xx
within 15 seconds; everything else is tried again, eight times in about 28 hours. Check the signature over the body as it came, byte
for byte, with one of the libraries there are, and pass over a \`webhook-id\` that you have had:

\`\`\`js
// On npm, PyPI, crates.io, RubyGems, for Go …
import { Webhook } from "standardwebhooks";

// Throws unless Kiln has sent it.
const event = new Webhook(secret).verify(body, headers);
\`\`\`

\`POST /v1/webhooks/{id}/test\` sends a \`ping\`.`,
  },
  { name: "Presets", description: "Parameters of a job type under a name, kept for your account." },
  { name: "Usage", description: "What your jobs have used." },
  { name: "Keys", description: "An account's API keys, and who is calling: make, rename, revoke." },
  {
    name: "Uploads with Uppy",
    description:
      "The protocol of Uppy's `@uppy/aws-s3`: uploads that it can resume, and whose `key` is an input for jobs.\n\n" +
      '```js\nuppy.use(AwsS3, {\n  companionEndpoint: "https://…",\n  shouldUseMultipart: (file) => file.size > 8 * 2 ** 20,\n});\n```',
  },
  { name: "Files", description: "Signed URLs. They are handed out by other calls and used exactly as they are." },
  { name: "Health", description: "Is the service up, and can it run a job?" },
  { name: "API", description: "This description." },
  { name: "Runners", description: "What runners call: lease a job, report, hand in its files. Runner keys only." },
  { name: "Operator", description: "What the operator calls. Not there on a server without the secret `ADMIN_KEY`." },
];
