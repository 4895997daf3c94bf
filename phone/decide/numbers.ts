/** Numbers in words, to the letter as the server writes them, and as people type them. */

/** Rounded to so many decimals; what lies exactly between two goes to the even one, as in Python. */
export function fixed(value: number, digits: number): string {
  const exact = Math.abs(value).toFixed(Math.min(100, digits + 60));
  const point = exact.indexOf(".");
  const tie = /^50*$/.test(exact.slice(point + 1 + digits));
  const down = digits ? exact.slice(0, point + 1 + digits) : exact.slice(0, point);
  return tie && Number(down.at(-1)) % 2 === 0 ? (value < 0 ? "-" : "") + down : value.toFixed(digits);
}

/** At most so many decimals, and no needless zeros: a pro-rated PHQ-9 counts in eighths and is never another score. */
export function bare(value: number, digits: number): string {
  return fixed(value, digits).replace(/0+$/, "").replace(/\.$/, "");
}

/** Six significant digits, as Python's `:g`: 17, 4.5, 1e+06. */
export function g(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, power] = significant(value);
  const sign = value < 0 ? "-" : "";
  const bare = digits.replace(/0+$/, "");
  if (power < -4 || power >= 6) {
    const size = String(Math.abs(power)).padStart(2, "0");
    const rest = bare.slice(1);
    return `${sign}${bare[0]}${rest ? `.${rest}` : ""}e${power < 0 ? "-" : "+"}${size}`;
  }
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${bare}`;
  const whole = digits.slice(0, power + 1);
  const rest = digits.slice(power + 1).replace(/0+$/, "");
  return sign + whole + (rest ? `.${rest}` : "");
}

/** Six digits and the power of ten of the first. A tie goes to the even digit; toExponential would go up. */
function significant(value: number): [string, number] {
  const [long, power] = parts(Math.abs(value).toExponential(60));
  if (!/^50*$/.test(long.slice(6))) return parts(Math.abs(value).toExponential(5));
  const six = long.slice(0, 6);
  return Number(six[5]) % 2 === 0 ? [six, power] : parts(Math.abs(value).toExponential(5));
}

function parts(text: string): [string, number] {
  const [digits, power] = text.split("e");
  return [digits!.replace(".", ""), Number(power)];
}

/** "0.5" with the decimal mark of a language. Three digits behind the point stay: "1.000" may be typed for a thousand. */
export function marked(text: string, mark: string): string {
  return /[1-9]\d*\.\d{3}$/.test(text) ? text : text.replace(".", () => mark);
}

/** What was typed with the figures of this keyboard, in those that a computer reads. */
export function latin(text: string): string {
  return text.trim().replace(/[٠-٩۰-۹]/g, (one) => String(one.charCodeAt(0) % 16));
}

/** A number as somebody types it, "0,5" or "0.5"; undefined for what is none, and for "1,000", which may be 1 or 1000. */
export function typed(text: string): number | undefined {
  const found = /^(\d{1,6})(?:[.,٫](\d{1,2}))?$/.exec(latin(text));
  return found ? Number(`${found[1]}.${found[2] ?? 0}`) : undefined;
}
