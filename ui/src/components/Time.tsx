import { localTime, shortTime, utcTime } from "#ui/format/time";

interface TimeProps {
  at: string;
  /** Only the time of day where the day is today. */
  short?: boolean;
}

/** A local time, with UTC on hover. */
export function Time({ at, short = false }: TimeProps) {
  return (
    <time dateTime={at} title={utcTime(at)}>
      {short ? shortTime(at, new Date()) : localTime(at)}
    </time>
  );
}
