import { ENDPOINTS, type Endpoints, type Notice, type Tag } from "#ui/bindings/contract";
import type { RequestOf } from "#ui/platform/types";

export type EndpointName = keyof Endpoints;

/** The only shape of a cache key: the endpoint and what it was asked. */
export type Key<E extends EndpointName = EndpointName> = readonly [E, RequestOf<E>];

export function keyOf<E extends EndpointName>(endpoint: E, request: RequestOf<E>): Key<E> {
  return [endpoint, request];
}

function isEndpoint(name: unknown): name is EndpointName {
  return typeof name === "string" && Object.hasOwn(ENDPOINTS, name);
}

/** Whether a cached answer shows something that the tags say may have changed. */
export function shows(key: readonly unknown[], tags: readonly Tag[]): boolean {
  const [endpoint] = key;
  return isEndpoint(endpoint) && ENDPOINTS[endpoint].provides.some((tag) => tags.includes(tag));
}

/** What may have changed once an endpoint was answered. */
export function invalidatedBy(endpoint: EndpointName): readonly Tag[] {
  return ENDPOINTS[endpoint].invalidates;
}

/** Every tag that anything provides. */
export const ALL_TAGS: readonly Tag[] = [...new Set(Object.values(ENDPOINTS).flatMap((one) => one.provides))];

/** What an event that came changes on screen. */
const EVENT_TAGS: readonly Tag[] = ["events"];
/** What one that was sent on changes. */
const RELAY_TAGS: readonly Tag[] = ["deliveries", "endpoints", "channels"];

/** The tags that a notice makes stale in the window of an environment. */
export function tagsOf(notice: Notice, environment: string): readonly Tag[] {
  if (notice.notice === "missed") return ALL_TAGS;
  if (notice.notice === "proof" && notice.environment === environment) return ["proof"];
  if (notice.notice === "event" && notice.environment === environment) return EVENT_TAGS;
  if ((notice.notice === "delivery" || notice.notice === "replay") && notice.environment === environment) return RELAY_TAGS;
  if (notice.notice === "changed" && notice.environment === environment) return notice.tags;
  return [];
}
