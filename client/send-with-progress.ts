/**
 * A request that tells how much of its body has been sent. `fetch` does not tell, so this takes what browsers have had
 * for long; Node and Workers lack it and go without.
 */
/** As much of a browser's XMLHttpRequest as is used; not every platform's types know it. */
interface BrowserRequest {
  responseType: string;
  readonly upload: { onprogress: ((event: { readonly loaded: number }) => void) | null };
  readonly status: number;
  readonly responseText: string;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: Blob): void;
  abort(): void;
}

/** The platform's, looked up at every use. */
const browserRequest = (): (new () => BrowserRequest) | undefined =>
  (globalThis as { XMLHttpRequest?: new () => BrowserRequest }).XMLHttpRequest;

interface ProgressRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob;
  readonly signal?: AbortSignal;
  /** Bytes of the body sent so far. */
  readonly onSent: (bytes: number) => void;
}

/** Whether this platform can tell. */
export const tellsProgress = (): boolean => browserRequest() !== undefined;

/** Answers and fails as `fetch` does: any status is an answer, a lost connection a TypeError, an abort its reason. */
export function sendWithProgress(
  url: string,
  { method, headers, body, signal, onSent }: ProgressRequest,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const Request = browserRequest();
    if (!Request) return reject(new TypeError("This platform does not tell progress: use fetch."));
    const request = new Request();
    const abort = () => request.abort();
    const settle = () => signal?.removeEventListener("abort", abort);
    request.open(method, url);
    request.responseType = "text";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      settle();
      const { status } = request;
      // These have no body, and a Response refuses one for them.
      const empty = status === 204 || status === 205 || status === 304;
      resolve(new Response(empty ? null : request.responseText, { status, headers: headersOf(request) }));
    };
    request.onerror = () => {
      settle();
      reject(new TypeError("Failed to send"));
    };
    request.onabort = () => {
      settle();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    request.send(body);
  });
}

function headersOf(request: BrowserRequest): Headers {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}
