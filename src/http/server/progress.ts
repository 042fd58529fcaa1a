// What a client takes, seen also in the middle of one large write: Node counts a write as a whole, when all of it has left.
import type { Socket } from "node:net"
import * as Predicate from "effect/Predicate"

/** Bytes handed to libuv, and how many of them the kernel has not taken: what Node's own socket timeout goes by. */
const hasCounts = (handle: unknown): handle is { readonly bytesWritten: number; readonly writeQueueSize: number } =>
  Predicate.hasProperty(handle, "bytesWritten") &&
  Predicate.hasProperty(handle, "writeQueueSize") &&
  Predicate.isNumber(handle.bytesWritten) &&
  Predicate.isNumber(handle.writeQueueSize)

/** Bytes that have left for the kernel so far: as long as it rises, somebody reads. Without Node's handle, in whole writes. */
export const bytesGone = (socket: Socket): number => {
  const handle: unknown = Predicate.hasProperty(socket, "_handle") ? socket._handle : undefined
  return hasCounts(handle) ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten - socket.writableLength
}
