import type { Endpoints, Environment, ErrorBody, Notice } from "#ui/bindings/contract";

import { readClipboard, writeClipboard } from "./clipboard";
import { isEnvironment, type Platform, type RequestOf, type ResponseOf } from "./types";

interface Answer<E extends keyof Endpoints> {
  ok?: ResponseOf<E>;
  err?: ErrorBody;
}

/** The loopback bridge, which only builds for browser tests know. */
export function bridgePlatform(): Platform {
  const asked = new URLSearchParams(window.location.search).get("environment");
  const own: Environment = isEnvironment(asked) ? asked : "sandbox";
  return {
    environment: () => own,
    openEnvironment(environment) {
      window.open(`/?environment=${environment}`, `paydesk-${environment}`);
      return Promise.resolve();
    },
    call: (endpoint, request) => post(own, endpoint, request),
    listen(heard) {
      const source = new EventSource(`/${own}/notices`);
      let opened = false;
      source.onopen = () => {
        // What was said while the stream was down is lost, so everything is shown anew.
        if (opened) heard({ notice: "missed" });
        opened = true;
      };
      source.onmessage = (event: MessageEvent<string>) => heard(JSON.parse(event.data) as Notice);
      return () => source.close();
    },
    writeClipboard,
    readClipboard,
  };
}

async function post<E extends keyof Endpoints>(
  environment: Environment,
  endpoint: E,
  request: RequestOf<E>,
): Promise<ResponseOf<E>> {
  const response = await fetch(`/${environment}/call/${endpoint}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const answer = (await response.json()) as Answer<E>;
  if (answer.err) throw answer.err as unknown as Error;
  return answer.ok as ResponseOf<E>;
}
