// Debian's Chromium with a fresh profile. The headless shell is the same engine without windows: a
// page takes two thirds of the CPU time.
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const shell = "/usr/bin/chromium-headless-shell"
const executablePath = process.env["CHROMIUM"] ?? (existsSync(shell) ? shell : "/usr/bin/chromium")

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
      // No test contacts another machine.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })
