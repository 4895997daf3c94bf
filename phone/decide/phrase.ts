/** Phrases of the content that stand on a screen and may be translated: names of bands, of lines, of tiers. */

/** The key of a phrase among the words: 'go on to PHQ-9' -> phrase.go-on-to-phq-9. */
export function phraseKey(text: string): string {
  const bare = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `phrase.${bare.replace(/^-/, "").slice(0, 60).replace(/-$/, "")}`;
}

/** The phrase in the language of the screen; as it is where nobody has translated it. */
export function phrase(text: string, t: (key: string) => string): string {
  const said = t(phraseKey(text));
  return said === phraseKey(text) ? text : said;
}
