// The one encoder of server-sent events (WHATWG HTML, "Server-sent events"). A field can't break out of its line:
// CR, LF and NUL split data into lines and are dropped from id and event.

export interface SseEvent {
  readonly id?: number | undefined
  readonly event?: string | undefined
  readonly data?: string | undefined
  /** Milliseconds that a client waits before it connects again. */
  readonly retry?: number | undefined
}

const special = /[\r\n\0]/
const oneLine = (value: string) => (special.test(value) ? value.replaceAll(/[\r\n\0]/g, "") : value)

/** One block of the stream, the empty line at its end included. */
export const encodeFrame = ({ data, event, id, retry }: SseEvent): string => {
  let frame = ""
  if (retry !== undefined) frame += `retry: ${retry}\n`
  if (event !== undefined) frame += `event: ${oneLine(event)}\n`
  if (id !== undefined) frame += `id: ${id}\n`
  if (data !== undefined && !special.test(data)) frame += `data: ${data}\n`
  else if (data !== undefined) {
    for (const line of data.replaceAll("\0", "\uFFFD").split(/\r\n|\r|\n/)) frame += `data: ${line}\n`
  }
  return `${frame}\n`
}

/** A comment: keeps the connection open, and no client shows it to anybody. With an empty line, some would make an event of it. */
export const comment = ":\n"
