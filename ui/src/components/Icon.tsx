/** Line drawings on a grid of 16, one path each; ours, so that nothing has to be fetched. */
const PATHS = {
  overview: "M2.5 13.5h11M4 11V8M8 11V3.5M12 11V6",
  payments: "M1.5 4.5a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1zM1.5 6.5h13M4 10h3",
  refunds: "M5.5 3 2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H5",
  bulk: "M5.500 2.500 3 5l2.500 2.500M3 5h6.500a2.500 2.500 0 0 1 2.500 2.500M2.500 10.500h11M2.500 13.500h11",
  messages: "M2 3.5h12v9H2zM2 4l6 5 6-5",
  calls: "M2 5h10M9.5 2.5 12 5 9.5 7.5M14 11H4M6.5 8.5 4 11l2.5 2.5",
  webhooks: "M5 13a2.500 2.500 0 1 1 2.300-3.500L9.500 6A2.500 2.500 0 1 0 5.700 4.500M11 8.200a2.500 2.500 0 1 1-.5 4.300M7.300 10.500H10",
  approvals: "M2.500 8.500 5 11l4.500-5M8 11l1 .500 4.500-6",
  proof: "M2.500 4h11v9.500h-11zM5 2.500V5M11 2.500V5M5.500 9 7.300 10.800 10.500 7.300",
  sql: "M2 4.500 6 8l-4 3.500M8 12h6",
  book: "M3 3.500a1 1 0 0 1 1-1h9v9.500H4a1 1 0 0 0-1 1zM3 13a1 1 0 0 0 1 .5h9M5.500 5.500h5M5.500 8h3.500",
  accounts: "M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.5-2.500 2.500-3.500 5-3.500s4.500 1 5 3.500",
  diagnostics: "M1.500 8.500h3l2-5 3 9 2-4h3",
  copy: "M5.500 5.500v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.500 5.500h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z",
  find: "M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500 14 14",
  sync: "M13 6.500A5.500 5.500 0 0 0 3.300 4.500L2.500 5.500M2.500 2.500v3h3M3 9.500a5.500 5.500 0 0 0 9.700 2l.8-1M13.500 13.500v-3h-3",
  down: "M4.500 6.500 8 10l3.500-3.500",
  right: "M6.500 4.500 10 8l-3.500 3.500",
  back: "M9.500 3.500 5 8l4.500 4.500",
  close: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2.500 14.500 13.500h-13zM8 6.500v3.500M8 11.800v.2",
  lock: "M4 7.500h8a.5.5 0 0 1 .5.5v5a.5.5 0 0 1-.5.5H4a.5.5 0 0 1-.5-.5V8a.5.5 0 0 1 .5-.5zM5.500 7.500V5a2.500 2.500 0 0 1 5 0v2.500",
  unlock: "M4 7.500h8a.5.5 0 0 1 .5.5v5a.5.5 0 0 1-.5.5H4a.5.5 0 0 1-.5-.5V8a.5.5 0 0 1 .5-.5zM5.500 7.500V4.500a2.500 2.500 0 0 1 4.800-1",
  plus: "M8 3v10M3 8h10",
  check: "M3 8.500 6.500 12 13 4.500",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  eye: "M1.500 8c1.500-3 3.800-4.500 6.500-4.500s5 1.500 6.500 4.500c-1.500 3-3.800 4.500-6.500 4.500S3 11 1.500 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  covered: "M1.500 8c1.500-3 3.800-4.500 6.500-4.500s5 1.500 6.500 4.500c-1.500 3-3.800 4.500-6.500 4.500S3 11 1.500 8zM2.500 13.500l11-11",
  help: "M6 6.200a2 2 0 1 1 2.800 1.800c-.6.3-.8.6-.8 1.300M8 11.500v.1M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  columns: "M2.500 3.500h11v9h-11zM6.200 3.500v9M9.800 3.500v9",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing that only repeats what a word beside it says, so it is not read out. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={name === "more" ? 2.2 : 1.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
