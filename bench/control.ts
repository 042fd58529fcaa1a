// Loaded before each process of a benchmark (`node --import`), src/main.ts included: forces its garbage collection.
import { answer, Settle } from "./support/calls.ts"
import { sleep } from "./support/rounds.ts"

answer(Settle, async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await sleep(100)
  }
  return {}
})
