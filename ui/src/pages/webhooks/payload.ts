/** A JSON document as it is written: numbers keep their digits, since amounts outgrow what a number of JavaScript holds. */
export type Json =
  | { is: "object"; fields: readonly (readonly [string, Json])[] }
  | { is: "array"; items: readonly Json[] }
  | { is: "text"; text: string }
  | { is: "other"; text: string };

/** Deepest document that is shown as a tree. */
const DEEPEST = 200;

/** Reads a document; none where it is no JSON, which is then shown as it is. */
export function readJson(text: string): Json | null {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let at = 0;
  const next = () => tokens[at++];
  const value = (depth: number): Json => {
    const token = next();
    if (token === undefined || depth > DEEPEST) throw new SyntaxError();
    if (token === "{") {
      const fields: (readonly [string, Json])[] = [];
      while (tokens[at] !== "}") {
        const name: unknown = JSON.parse(next() ?? "");
        if (typeof name !== "string" || next() !== ":") throw new SyntaxError();
        fields.push([name, value(depth + 1)]);
        if (tokens[at] === ",") at += 1;
        else if (tokens[at] !== "}") throw new SyntaxError();
      }
      at += 1;
      return { is: "object", fields };
    }
    if (token === "[") {
      const items: Json[] = [];
      while (tokens[at] !== "]") {
        items.push(value(depth + 1));
        if (tokens[at] === ",") at += 1;
        else if (tokens[at] !== "]") throw new SyntaxError();
      }
      at += 1;
      return { is: "array", items };
    }
    const read: unknown = JSON.parse(token);
    return typeof read === "string" ? { is: "text", text: read } : { is: "other", text: token };
  };
  try {
    const whole = value(0);
    return at === tokens.length ? whole : null;
  } catch {
    return null;
  }
}

/** One line of a tree. */
export interface Line {
  /** Where it is: `data.object.refunds.data[0].amount`. */
  path: string;
  name: string;
  depth: number;
  json: Json;
  open: boolean;
}

/** How many lie directly in it; none where it is a value. */
export function sizeOf(json: Json): number | null {
  if (json.is === "object") return json.fields.length;
  return json.is === "array" ? json.items.length : null;
}

function below(path: string, name: string): string {
  if (!/^[\p{L}\p{N}_-]+$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function childrenOf(json: Json, path: string): { name: string; path: string; json: Json }[] {
  if (json.is === "object") return json.fields.map(([name, inner]) => ({ name, path: below(path, name), json: inner }));
  if (json.is === "array") return json.items.map((inner, place) => ({ name: `[${place}]`, path: `${path}[${place}]`, json: inner }));
  return [];
}

/** The lines of a tree whose closed branches are named. */
export function linesOf(json: Json, closed: ReadonlySet<string>): Line[] {
  const lines: Line[] = [];
  const add = (inner: Json, path: string, depth: number) => {
    for (const child of childrenOf(inner, path)) {
      const open = sizeOf(child.json) !== null && !closed.has(child.path);
      lines.push({ ...child, depth, open });
      if (open) add(child.json, child.path, depth + 1);
    }
  };
  add(json, "", 0);
  return lines;
}

/** The paths of lines whose name, and value where it may be looked at, hold a text. */
export function found(json: Json, text: string, mayRead: (line: Pick<Line, "name" | "json">) => boolean): string[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return linesOf(json, new Set())
    .filter((line) => line.name.toLowerCase().includes(wanted) || line.path.toLowerCase() === wanted || ("text" in line.json && mayRead(line) && line.json.text.toLowerCase().includes(wanted)))
    .map((line) => line.path);
}

/** The branches around a path, which must be open for it to be seen. */
export function around(path: string): string[] {
  const cuts = [...path.matchAll(/\.|\[/g)].map((hit) => hit.index);
  return cuts.filter((cut) => cut > 0).map((cut) => path.slice(0, cut));
}

/** A value as it is copied: text without its quotes, anything else as JSON. */
export function writtenJson(json: Json): string {
  switch (json.is) {
    case "text": return json.text;
    case "other": return json.text;
    case "array": return `[${json.items.map(inside).join(",")}]`;
    case "object": return `{${json.fields.map(([name, inner]) => `${JSON.stringify(name)}:${inside(inner)}`).join(",")}}`;
  }
}

function inside(json: Json): string {
  return json.is === "text" ? JSON.stringify(json.text) : writtenJson(json);
}

/** Names of fields whose texts are a vendor's own words and ids, where they look like one. The text of any other may tell of a payer. */
const WORD_NAMES = new Set([
  "id", "object", "type", "currency", "status", "api_version", "idempotency_key", "reason", "failure_code", "brand", "country", "funding", "network", "risk_level",
  "network_status", "capture_method", "confirmation_method", "failure_reason", "livemode",
]);
/** Names under which Stripe has an id, and other vendors whatever they like. */
const ID_NAMES = new Set([
  "request", "charge", "payment_intent", "customer", "balance_transaction", "refund", "payment_method", "latest_charge", "client_secret", "source", "destination", "card",
]);
/** A word, a code or an id, and no address or telephone number. */
const WORD = /^(?!\+\d)[\w.:=+-]{1,200}$/;
/** An id as Stripe makes them. */
const STRIPE_ID = /^[a-z]+(?:_[A-Za-z0-9]+)+$/;

/** Whether a value of a change, as JSON, tells of a payer: a whole object or list always may, whatever the field's name. */
export function isPersonalChange(path: string, text: string): boolean {
  if (/^[{[]/.test(text)) return true;
  const name = /([^.[\]"]+)["\]]*$/.exec(path)?.[1] ?? path;
  return isPersonal(name, text.startsWith('"') ? { is: "text", text: text.replace(/^"|"$/g, "") } : { is: "other", text });
}

/** Whether the value of a field tells of a payer, as far as its name and its form say. Numbers and flags do only under names such as `exp_month`. */
export function isPersonal(name: string, json: Json): boolean {
  if (json.is === "other") return /^(last4|exp_month|exp_year)$/.test(name);
  if (json.is !== "text" || json.text === "") return false;
  return !(WORD_NAMES.has(name) && WORD.test(json.text)) && !(ID_NAMES.has(name) && STRIPE_ID.test(json.text));
}
