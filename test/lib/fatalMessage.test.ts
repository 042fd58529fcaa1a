import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { StartFailed } from "../../src/layers/node/StartFailed.ts"
import { fatalMessage } from "../../src/lib/fatalMessage.ts"
import { nodeTooOld } from "../../src/lib/nodeVersion.ts"

class Mailer extends Context.Tag("shop/Mailer")<Mailer, { readonly send: Effect.Effect<void> }>() {}

const wordsOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Exit.match(Effect.runSyncExit(effect), { onSuccess: () => "", onFailure: fatalMessage })

describe("fatal message", () => {
  it("names the service that has no Layer, and where one is provided", () => {
    const untyped = Effect.sync(() => Context.unsafeGet(Context.empty(), Mailer))
    expect(wordsOf(untyped)).toBe(
      'The service shop/Mailer has no Layer: provide it in the "services" of the feature that uses it, or in the stack'
    )
  })

  it("is an error's own message where somebody has foreseen it", () => {
    expect(wordsOf(new StartFailed({ message: "EVENT_BUS=nats needs NATS_URL" }))).toBe("EVENT_BUS=nats needs NATS_URL")
  })

  it("has the place of a defect", () => {
    expect(wordsOf(Effect.die(new TypeError("x is not a function")))).toMatch(
      /^x is not a function \(at .*fatalMessage\.test\.ts:\d+:\d+\)$/
    )
  })

  it("is one line, whatever was thrown", () => {
    expect(fatalMessage(Cause.fail({ _tag: "Odd", reason: "two\nlines" }))).toBe(
      '{"_tag":"Odd","reason":"two\\nlines"}'
    )
    expect(wordsOf(Effect.fail("just\ntext"))).toBe("just text")
    expect(fatalMessage(Cause.fail(new RangeError()))).toBe("RangeError")
  })
})

describe("the oldest Node", () => {
  it.each(["16.20.2", "18.20.4", "20.18.3"])("%s is too old", (version) => {
    expect(nodeTooOld(version)).toContain(`Node ${version} is too old: install Node 20.19 or newer`)
  })
  it.each(["20.19.0", "22.1.0", "26.10.0", process.versions.node])("%s is not", (version) => {
    expect(nodeTooOld(version)).toBeUndefined()
  })
})
