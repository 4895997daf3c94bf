/** The service worker: keeps the shell, whole or not at all, and answers from what it kept. Data never comes here.
 *
 * A new version waits until the only window there is says `take`, from a screen on which nothing is being written (the
 * lock); or until every window was closed. */

interface Worker {
  SHELL: { version: string; files: string[] };
  caches: CacheStorage;
  clients: { claim(): Promise<void> };
  registration: { scope: string; active: unknown };
  skipWaiting(): Promise<void>;
  addEventListener(kind: string, listener: (event: WorkerEvent) => void): void;
}
interface WorkerEvent {
  request: Request;
  data: unknown;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response> | Response): void;
}

const worker = self as unknown as Worker;
const PREFIX = "vwazen-shell-";
const NAME = PREFIX + worker.SHELL.version;
const SCOPE = worker.registration.scope;
const KEPT = new Set(worker.SHELL.files.map((name) => new URL(name, SCOPE).href));

worker.addEventListener("install", (event) => {
  const fresh = worker.SHELL.files.map((name) => new Request(new URL(name, SCOPE).href, { cache: "reload" }));
  event.waitUntil(worker.caches.open(NAME).then((cache) => cache.addAll(fresh)));
});

worker.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await worker.caches.keys())
      if (name.startsWith(PREFIX) && name !== NAME) await worker.caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(tidy());
});

worker.addEventListener("message", (event) => {
  if (event.data === "take") event.waitUntil(worker.skipWaiting());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  address.hash = address.search = "";
  if (request.mode === "navigate" && address.href === `${SCOPE}index.html`) address.pathname = new URL(SCOPE).pathname;
  if (!KEPT.has(address.href)) return;
  const answer = async () => {
    const cache = await worker.caches.open(NAME);
    return (await cache.match(address.href)) ?? fetch(request);
  };
  event.respondWith(answer());
});

export {};
