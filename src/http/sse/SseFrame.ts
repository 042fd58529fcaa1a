// Encodes server-sent events (WHATWG HTML, "Server-sent events"). Line breaks split `data` into
// lines and are removed from `id` and `event`, so a value can't inject fields; NUL likewise.

export interface SseEvent {
  readonly id?: number | undefined
  readonly event?: string | undefined
  readonly data?: string | undefined
  /** Reconnection delay in milliseconds. */
  readonly retry?: number | undefined
}

const special = /[\r\n\0]/
const oneLine = (value: string) => (special.test(value) ? value.replaceAll(/[\r\n\0]/g, "") : value)

/** One event, including the blank line that ends it. */
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

/** The heartbeat comment. No blank line follows: some clients would dispatch an empty event. */
export const comment = ":\n"
