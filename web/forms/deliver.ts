// Sends an idempotent request until it is answered, across lost connections, restarts and overload,
// so that texts are neither lost nor reordered.

/** Milliseconds between attempts; the last value repeats. */
const pauses = [500, 1000, 2000, 4000]
/** Timeout of one attempt in milliseconds. */
const attemptTimeout = 20_000

/** Responses of a proxy without a server, or of an overloaded server. */
const isPassing = (status: number) => status === 502 || status === 503 || status === 504

const pause = (attempt: number) =>
  new Promise<void>((resolve) => {
    const go = () => {
      clearTimeout(timer)
      window.removeEventListener("online", go)
      resolve()
    }
    const timer = setTimeout(go, pauses[Math.min(attempt, pauses.length - 1)])
    window.addEventListener("online", go)
  })

/** Calls `onWaiting` after each attempt without an answer. */
export const deliver = async (url: string, request: RequestInit, onWaiting: () => void): Promise<Response> => {
  for (let attempt = 0; ; attempt++) {
    const timeout = AbortSignal.timeout(attemptTimeout)
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
    const response = await fetch(url, { ...request, signal }).catch(() => undefined)
    if (response !== undefined && !isPassing(response.status)) return response
    request.signal?.throwIfAborted()
    onWaiting()
    await pause(attempt)
  }
}
