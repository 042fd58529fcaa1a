// Sends a request that may be sent again until it is answered: a lost connection, a server that starts anew or one that can't
// take it now are waited out, so that what was written is neither lost nor out of order.

/** Milliseconds between tries; the last one from then on. */
const pauses = [500, 1000, 2000, 4000]
/** Milliseconds for one try. */
const patience = 20_000

/** Answers of a proxy without a server behind it, or of a server that asks for another try. */
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

/** `onWaiting` is told after each try without an answer. */
export const deliver = async (url: string, request: RequestInit, onWaiting: () => void): Promise<Response> => {
  for (let attempt = 0; ; attempt++) {
    const timeout = AbortSignal.timeout(patience)
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
    const response = await fetch(url, { ...request, signal }).catch(() => undefined)
    if (response !== undefined && !isPassing(response.status)) return response
    request.signal?.throwIfAborted()
    onWaiting()
    await pause(attempt)
  }
}
