/** One request to the server and its answer. Compressed where the phone can; never longer than the timeout. */

export interface Reply {
  status: number;
  /** The body, or undefined where it was none that can be read. */
  body: unknown;
  /** The server's clock in milliseconds as its head says, to the second; NaN where it says none. */
  date: number;
  /** Milliseconds that the server asks to be left alone; 0 where it does not. */
  after?: number;
}

export interface Call {
  path: string;
  token?: string;
  /** A POST with this; a GET without. */
  body?: unknown;
  /** What the phone has: the server answers 304 where it has nothing else. */
  etag?: string;
}

/** Rejects where no answer came: no network, or none in time. */
export type Wire = (call: Call) => Promise<Reply>;

/** For the first pull on 2G, which is the longest. */
export const TIMEOUT = 90_000;

export async function wire({ path, token, body, etag }: Call): Promise<Reply> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (etag) headers["If-None-Match"] = `"${etag}"`;
  let packed: BodyInit | undefined;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    packed = JSON.stringify(body);
    if (packed.length > 300 && typeof CompressionStream !== "undefined") {
      const zipped = new Blob([packed]).stream().pipeThrough(new CompressionStream("gzip"));
      // As one block: a stream as the body needs HTTP/2, and says nothing of its length.
      packed = await new Response(zipped).blob();
      headers["Content-Encoding"] = "gzip";
    }
  }
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT);
  try {
    const answer = await fetch(path, {
      method: packed === undefined ? "GET" : "POST",
      headers,
      body: packed,
      signal: stop.signal,
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
    });
    const text = await answer.text();
    const after = 1000 * (Number(answer.headers.get("Retry-After")) || 0);
    return { status: answer.status, body: parsed(text), date: Date.parse(answer.headers.get("Date") ?? ""), after };
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
