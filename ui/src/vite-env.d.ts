/// <reference types="vite/client" />

/** Whether this build may talk to the loopback bridge of the browser tests. */
declare const __BRIDGE__: boolean;
