// A point in time: in UTC, and with a script in the reader's language and zone (web/live/times.ts).

/** `at`: milliseconds since 1970. */
export const Time = ({ at }: { readonly at: number }) => {
  const iso = new Date(at).toISOString()
  return <time dateTime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>
}
