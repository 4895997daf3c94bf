/** Addresses behind the #: where the phone is, and how to go elsewhere. */

export interface Place {
  name: string;
  params: Record<string, string>;
}

/** `person/:id` and so on, as the route table writes them. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < wanted.length; i++) {
    const piece = wanted[i]!;
    if (piece.startsWith(":")) params[piece.slice(1)] = decodeURIComponent(parts[i]!);
    else if (piece !== parts[i]) return undefined;
  }
  return params;
}

/** Where the address points: "today" of "#/today". */
export function here(): string {
  return location.hash.replace(/^#\/?/, "").replace(/[?#].*$/, "") || "today";
}

/** Go to a screen at once: `go("today")`, `go("/person/ID")`. `instead` leaves no step back to this one. */
export function go(path: string, instead = false): void {
  const hash = `#/${path.replace(/^[#/]+/, "")}`;
  if (hash === location.hash && !instead) return;
  history[instead ? "replaceState" : "pushState"](null, "", hash);
  // Not left to the browser, which tells of it later: the screen that is left would be drawn and painted once more.
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** `go` from a screen that was saving, unless they went elsewhere meanwhile: a slow phone pulls nobody back. `from`:
 * what `here()` said when the saving began. */
export function onward(from: string, path: string, instead = false): void {
  if (here() === from) go(path, instead);
}
