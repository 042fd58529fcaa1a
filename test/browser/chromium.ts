// Debian's Chromium with a fresh profile.
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

/** False where Chromium is missing: page tests are then skipped with a notice, except in CI. */
export const hasChromium = existsSync(executablePath)
if (!hasChromium && process.env["CI"] !== "true") {
  process.stdout.write(`Skipping the browser tests: ${executablePath} is not installed (Debian's package "chromium")\n`)
}
export const isSkipped = !hasChromium && process.env["CI"] !== "true"

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })
