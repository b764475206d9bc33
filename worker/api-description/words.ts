/** What the document says at its head, and of each group of calls. */

export const API_SUMMARY = `Kiln turns files into 3D and image assets. A job takes three calls:

1. \`POST /v1/uploads\` says what comes; \`PUT\` sends the bytes to the URLs of the answer; \`POST /v1/uploads/{id}/complete\` ends it.
2. \`POST /v1/jobs\` names the upload and what is to be made of it.
3. \`GET /v1/jobs/{id}/events\` tells how far it is, \`GET /v1/jobs/{id}/artifacts/{name}\` gives the files.

**Who is calling.** With an API key (\`Authorization: Bearer\` or \`X-API-Key\`) things belong to its account. With a \`Kiln-Session\`
header they belong to that session. Without either, whoever knows an id, which nobody can guess, may use it.

**Errors** are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) \`application/problem+json\`. \`code\` is for programs, \`detail\` for
people, \`errors\` names each wrong field, \`retryable\` says whether the same request may succeed later. A call that may be repeated
takes an \`Idempotency-Key\`.

**Times** are epoch milliseconds. Fields may be added to answers: pass over what you don't know. Parameters and fields of requests
that are not known here are refused. \`HEAD\` works where \`GET\` does.`;

/** In the order of the reference page. */
export const TAGS: readonly { readonly name: string; readonly description: string }[] = [
  { name: "Job types", description: "What can be asked for, and with which parameters." },
  { name: "Uploads", description: "Files on their way to a job: in one piece or in parts, which can be resumed." },
  {
    name: "Uploads with Uppy",
    description: "The protocol of Uppy's `@uppy/aws-s3` with `companionEndpoint`: uploads that it can resume.",
  },
  { name: "Jobs", description: "Submit, follow, cancel, retry and delete." },
  { name: "Run", description: "Files in, the finished file out, in one call." },
  { name: "Results", description: "What comes out of a job: events, log lines, files." },
  { name: "Versions", description: "Jobs with the same inputs and other parameters, and jobs that are kept." },
  { name: "Sharing", description: "Links that show one job to whoever has them, until they expire or are revoked." },
  { name: "Batches", description: "Up to 1,000 jobs in one call, which may be inputs of each other." },
  { name: "Presets", description: "Parameters of a job type under a name, kept for your account." },
  { name: "Usage", description: "What your jobs have used." },
  { name: "Keys", description: "An account's API keys: make, rename, revoke." },
  { name: "Webhooks", description: "Kiln tells a server of yours when jobs end." },
  { name: "Files", description: "Signed URLs. They are handed out by other calls and used exactly as they are." },
  { name: "Health", description: "Is the service up, and can it run a job?" },
  { name: "API", description: "This description." },
  { name: "Runners", description: "What runners call: lease a job, report, hand in its files. Runner keys only." },
  { name: "Operator", description: "What the operator calls. Not there on a server without the secret `ADMIN_KEY`." },
];
