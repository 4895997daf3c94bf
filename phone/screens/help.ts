/** What tablets that were looked at and a referral become, as `vwazen/server/care/{medicines,referrals}` write them. */

import { typed } from "../decide/numbers.ts";
import type { Body, Brief, Me } from "../types.ts";

export interface Looking {
  id: string;
  showed: "" | "yes" | "no";
  left: string;
  taken: string;
  side: "" | "yes" | "no";
  which: string;
}

export const looking = (id: string): Looking => ({ id, showed: "", left: "", taken: "", side: "", which: "" });

/** What was told of a medicine, or the key of the words that say why it cannot be saved. */
export function intake(said: Looking, medicine: { id: string; segment?: string }): Body | string {
  const left = typed(said.left);
  if (said.left.trim() && !(left !== undefined && left <= 10_000)) return "medicine.left_wrong";
  if (left === undefined && !said.showed && !said.taken && !said.side) return "medicine.nothing";
  const which = said.which.split(",").map((one) => one.trim());
  const told = said.side === "yes" ? which.filter(Boolean) : [];
  if (said.side === "yes" && !told.length) return "medicine.which_wrong";
  return {
    kind: "intake",
    taken: said.taken || "not_asked",
    prescription: medicine.id,
    ...(said.side && { asked: true }),
    ...(told.length > 0 && { side_effects: told }),
    ...(left !== undefined && { left }),
    ...(said.showed && { showed: said.showed }),
    ...(medicine.segment && medicine.segment !== "mental-health" && { segment: medicine.segment }),
  };
}

/** Whether it was said how many at which hour. A brief of an earlier build has null at each: that is not none. */
export const timed = ({ times }: { times: (number | null)[] }): boolean => times.some((many) => Number(many) > 0);

export interface Referring {
  id: string;
  danger: "" | "no";
  /** "site:" and its code, or the kind of a service outside. */
  to: string;
  name: string;
  urgency: string;
  reason: string;
  plain: string;
  segment: string;
}

export const referring = (id: string, segment: string): Referring => ({
  id,
  danger: "",
  to: "",
  name: "",
  urgency: "",
  reason: "",
  plain: "",
  segment,
});

/** The referral, or field -> the key of the words that say what is missing. Open dangers are handed over with it. */
export function referral(one: Referring, brief: Brief, me: Me): { body?: Body; faults: Record<string, string> } {
  const faults: Record<string, string> = {};
  const site = one.to.startsWith("site:") ? one.to.slice(5) : "";
  if (!one.danger && !brief.risks?.length) faults["danger"] = "refer.no_danger";
  if (!one.to) faults["to"] = "refer.no_to";
  if (one.to && !site && !one.name.trim()) faults["name"] = "refer.no_name";
  if (!one.urgency) faults["urgency"] = "refer.no_urgency";
  if (!one.reason.trim()) faults["reason"] = "refer.no_reason";
  if (Object.keys(faults).length) return { faults };
  const to = site ? (me.refer?.find(([code]) => code === site)?.[2] ?? "other") : one.to;
  const risks = (brief.risks ?? []).map((risk) => risk.id);
  return {
    faults,
    body: {
      kind: "referral",
      to,
      ...(site ? { to_site: site } : { to_name: one.name.trim() }),
      ...(one.urgency !== "routine" && { urgency: one.urgency }),
      reason: one.reason.trim(),
      ...(one.plain.trim() && one.segment !== "general" && { plain: one.plain.trim() }),
      ...(one.segment !== "mental-health" && { segment: one.segment }),
      ...(risks.length > 0 && { risks }),
    },
  };
}
