// Two windows on two nodes behind HAProxy share a list while one of the nodes stops.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isSkipped, launch } from "../browser/chromium.ts"
import { pollOptions } from "../process/support.ts"
import { type Haproxy, isSkipped as hasNoHaproxy, startHaproxy } from "../servers/haproxy.ts"
import { isSkipped as hasNoNats } from "./buses.ts"
import { clusterOf, type Node, operatorHeaders } from "./cluster.ts"

describe.skipIf(isSkipped || hasNoHaproxy || hasNoNats("nats"))("a cluster in Chromium", { timeout: 120_000 }, () => {
  const cluster = clusterOf(() => ({ bus: ["nats"], env: { SHUTDOWN_DELAY: "3 seconds", TRUST_PROXY: "true" } }))
  let browser: Browser
  let balancer: Haproxy
  beforeAll(async () => {
    browser = await launch()
    balancer = await startHaproxy({ nodes: cluster().nodes.map(({ url }) => url) })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await balancer.stop()
  })

  const open = async (path: string) => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${balancer.url.replace("127.0.0.1", "localhost")}${path}`)
    return page
  }
  const add = async (page: Page, text: string) => {
    await page.fill("#text", text)
    await page.press("#text", "Enter")
  }
  const isLive = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()
  const texts = (page: Page) => page.locator("#todos .text").allTextContents()
  const streamsOf = async ({ client }: Node) => {
    const { text } = await client.send("GET", "/metrics", "", operatorHeaders)
    return Number(/^evenstar_streams_open (\d+)$/m.exec(text)?.[1])
  }
  const streams = () => Promise.all(cluster().nodes.map(streamsOf))

  it("delivers each window's changes to the other one while one of their nodes is stopped", async () => {
    const a = await open("/")
    await add(a, "first")
    await a.waitForURL(/\/lists\//)
    await isLive(a)
    const b = await open(new URL(a.url()).pathname)
    await isLive(b)
    // HAProxy sends a stream to the node with the fewest connections.
    await expect.poll(async () => (await streams()).sort(), pollOptions).toEqual([0, 1, 1])
    const index = (await streams()).indexOf(1)

    const expected = ["first"]
    const exchange = async (round: string) => {
      for (const [page, name] of [
        [a, "a"],
        [b, "b"]
      ] as const) {
        expected.push(`${round} from ${name}`)
        await add(page, `${round} from ${name}`)
        for (const window of [a, b]) await expect.poll(() => texts(window), pollOptions).toEqual(expected)
      }
    }
    await exchange("before")
    const ended = cluster().node(index).process.stop("SIGTERM")
    await exchange("while it ends")
    expect(await ended).toBe(0)
    await exchange("after it has ended")
    await Promise.all([isLive(a), isLive(b)])
    const left = cluster().nodes.filter((_, other) => other !== index)
    // Which node serves which window is up to HAProxy: it counts pending requests too.
    const total = async () => (await Promise.all(left.map(streamsOf))).reduce((sum, open) => sum + open, 0)
    await expect.poll(total, pollOptions).toBe(2)
    expect(await texts(a)).toEqual(await texts(b))
  })
})
