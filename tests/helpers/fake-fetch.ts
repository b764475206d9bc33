/** A stand-in for `fetch` with answers from a script, for tests of the client. Every request is kept. */

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

type Answer = Response | Error | ((request: SentRequest) => Response | Error | Promise<Response>);

/** Answers requests one after the other; a function in the last place answers all further ones. */
export class FakeFetch {
  readonly sent: SentRequest[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, init);
    const sent = { method: request.method, url: request.url, headers: request.headers, body: await request.text() };
    init?.signal?.throwIfAborted();
    this.sent.push(sent);
    const last = this.#answers.length <= 1;
    const answer = last ? this.#answers[0] : this.#answers.shift();
    if (answer === undefined) throw new Error(`nobody expected ${sent.method} ${sent.url}`);
    const result = typeof answer === "function" ? await answer(sent) : answer;
    if (result instanceof Error) throw result;
    // A Response can be read once, and the last one may be given several times; a function makes its own each time.
    return last && typeof answer !== "function" ? result.clone() : result;
  };
}

/** A problem document as the server sends it. */
export function problem(
  code: string,
  status: number,
  retryable: boolean,
  headers: Record<string, string> = {},
): Response {
  const body = {
    type: `urn:kiln:problem:${code}`,
    title: code,
    status,
    detail: `It is ${code}.`,
    instance: "urn:x",
    code,
    retryable,
  };
  return Response.json(body, { status, headers: { "Content-Type": "application/problem+json", ...headers } });
}

/** Notes how long it was asked to sleep, and returns at once. */
export function fakeSleep(): { readonly waits: number[]; sleep(ms: number): Promise<void> } {
  const waits: number[] = [];
  return { waits, sleep: async (ms) => void waits.push(ms) };
}
