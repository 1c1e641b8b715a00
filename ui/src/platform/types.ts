import type { Endpoints, Environment, Notice } from "#ui/bindings/contract";

/** What an endpoint takes. */
export type RequestOf<E extends keyof Endpoints> = Endpoints[E]["request"];
/** What an endpoint answers. */
export type ResponseOf<E extends keyof Endpoints> = Endpoints[E]["response"];

/** The host as the page knows it. Nothing outside this folder knows which host it is. */
export interface Platform {
  /** The environment that this window is for. It never changes while the page lives. */
  environment(): Environment;
  /** Opens the window of another environment, or brings it to the front. */
  openEnvironment(environment: Environment): Promise<void>;
  /** Sends one request to the Desk. A refusal is thrown as the `ErrorBody` that came back. */
  call<E extends keyof Endpoints>(endpoint: E, request: RequestOf<E>): Promise<ResponseOf<E>>;
  /** Hears what the Desk says unasked. Returns how to stop; `missed` is called after a gap. */
  listen(heard: (notice: Notice) => void): () => void;
  /** Puts text on the clipboard; false when the host refuses. */
  writeClipboard(text: string): Promise<boolean>;
  /** Reads text from the clipboard; none when the host refuses or there is none. */
  readClipboard(): Promise<string | null>;
}

const NAMES: readonly string[] = ["sandbox", "test", "live"];

/** Whether a text names an environment. */
export function isEnvironment(text: string | null | undefined): text is Environment {
  return typeof text === "string" && NAMES.includes(text);
}
