// Bytes that a client has taken, also within one large write, which Node counts only as a whole.
import type { Socket } from "node:net"
import * as Predicate from "effect/Predicate"

/**
 * Bytes handed to libuv, and those of them that the kernel has not taken, as in Node's timeouts.
 */
const hasCounts = (handle: unknown): handle is { readonly bytesWritten: number; readonly writeQueueSize: number } =>
  Predicate.hasProperty(handle, "bytesWritten") &&
  Predicate.hasProperty(handle, "writeQueueSize") &&
  Predicate.isNumber(handle.bytesWritten) &&
  Predicate.isNumber(handle.writeQueueSize)

/**
 * Bytes taken by the kernel so far; rises while the client reads. Whole writes without a handle.
 */
export const bytesGone = (socket: Socket): number => {
  const handle: unknown = Predicate.hasProperty(socket, "_handle") ? socket._handle : undefined
  return hasCounts(handle) ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten - socket.writableLength
}
