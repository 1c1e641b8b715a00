/** A secret to sign with, of 256 random bits in the form of Stripe's. The page makes it, since nothing that the Desk answers holds a secret. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Whether a text names an address on this machine, which a replay takes without an endpoint. */
export function isLocal(url: string): boolean {
  try {
    const { hostname } = new URL(url);
    return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
  } catch {
    return false;
  }
}

/** Types as they are typed, with commas or spaces between them. */
export function typesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== "");
}
