import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Agenda } from "../../../../src/features/todo/demo/Agenda.ts"

it("law: yields the due entries, earliest first, and keeps the rest", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (times, now) => {
      const agenda = new Agenda<{ readonly at: number }>()
      for (const at of times) agenda.add({ at })
      const taken: Array<number> = []
      for (let plan = agenda.next(now); plan !== undefined; plan = agenda.next(now)) taken.push(plan.at)
      expect(taken).toEqual(times.filter((at) => at <= now).sort((a, b) => a - b))
      expect(agenda.size).toBe(times.length - taken.length)
    })
  )
})
