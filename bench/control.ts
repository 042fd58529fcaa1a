// Preloaded into each benchmark process (`node --import`), to force garbage collection.
import { answer, Settle } from "./support/calls.ts"
import { sleep } from "./support/rounds.ts"

answer(Settle, async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await sleep(100)
  }
  return {}
})
