/** Answers lines of JSON with the facts that a form becomes: tests/spec/test_phone_facts.py compares them with Python's. */

import { createInterface } from "node:readline";
import * as care from "../screens/care.ts";
import * as help from "../screens/help.ts";
import * as talk from "../screens/talk.ts";

const empty = { moved: "Moved to: {where}.", relapse: (lines: string) => `Coming back: ${lines}.` };

for await (const line of createInterface({ input: process.stdin })) {
  const { what, one, brief, me, bundle, more } = JSON.parse(line);
  const answer = () => {
    switch (what) {
      case "visit":
        return care.visitParts({ ...care.visiting("id", "2026-11-22", "home"), ...one }, brief, me, bundle, empty);
      case "faults":
        return care.visitFaults({ ...care.visiting("id", "2026-11-22", "home"), ...one }, "2026-11-22");
      case "intake":
        return help.intake({ ...help.looking("id"), ...one }, brief);
      case "session":
        return talk.sessionParts(more, one);
      case "held":
        return talk.held(brief, one, more);
      case "referral":
        return help.referral({ ...help.referring("id", "mental-health"), ...one }, brief, me);
      case "due":
        return care.due(brief, bundle, one, "2026-11-22");
      default:
        return care.idBeside(one, more);
    }
  };
  console.log(JSON.stringify(await answer()));
}
