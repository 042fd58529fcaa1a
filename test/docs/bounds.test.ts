// Checks the table "Bounds" of docs/security.md against the constants in the code.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openedKept } from "../../src/http/account/Visitor.ts"
import { maxVisitorsPerUser } from "../../src/layers/accounts/Accounts.ts"
import { bytesOfEvent, bytesPerToken } from "../../src/layers/aggregates/commandCost.ts"
import { concurrency, maxQueued, maxQueuedPerNetwork } from "../../src/layers/analytics/Analytics.ts"
import {
  maxBuckets,
  maxCommandResults,
  maxCommandResultsPerNetwork,
  maxSessions,
  maxSessionsPerNetwork,
  networkShare
} from "../../src/layers/rateLimits/RateLimits.ts"
import { requestTimeout } from "../../src/lib/deadline.ts"

const text = readFileSync(join(import.meta.dirname, "../../docs/security.md"), "utf8")
const table = text.slice(text.indexOf("| what | bound |")).split("\n\n")[0] ?? ""
const bounds = new Map(
  table.split("\n").flatMap((row) => {
    const [, what = "", bound] = row.split("|").map((cell) => cell.trim())
    return bound === undefined ? [] : [[what, bound] as const]
  })
)
const number = (of: number) => of.toLocaleString("en")

/** The expected value of each row: a new bound needs a row there and a line here. */
it.each([
  ["commands", `${networkShare} times as many`],
  ["what commands write", `each ${number(bytesPerToken)} bytes, ${bytesOfEvent} of them for each event`],
  ["addresses and sessions that one limit remembers", number(maxBuckets)],
  [
    `analytics queries that wait for one of the ${concurrency} seats`,
    `${maxQueuedPerNetwork} of a network (429), ${maxQueued} in all (503)`
  ],
  ["lists that somebody is remembered to have opened", number(openedKept)],
  [
    "visitors of a user, one for each browser in which they had lists before they signed in",
    number(maxVisitorsPerUser)
  ],
  ["stored answers of idempotency keys", `${number(maxCommandResults)} in all`],
  ["stored answers of idempotency keys", `${number(maxCommandResultsPerNetwork)} in a day`],
  ["kept sessions", `${number(maxSessions)} in all`],
  ["kept sessions", `${number(maxSessionsPerNetwork)} new ones in a day`],
  ["what a request waits for, in all", `${requestTimeout / 1000} s`]
])("%s: %s", (what, bound) => expect(bounds.get(what)).toContain(bound))
