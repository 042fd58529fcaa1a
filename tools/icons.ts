// Renders web/favicon.svg to the PNGs of web/icons, with Chromium: `npx tsx tools/icons.ts`.
// Platforms mask icons that fill their square: of a maskable one only the inner 80 % are safe
// (W3C manifest, "purpose").
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { chromium } from "playwright-core"

const web = join(import.meta.dirname, "../web")
const svg = readFileSync(join(web, "favicon.svg"), "utf8")
/** The background reaches the corners. */
const square = svg.replace(' rx="7"', "")

const icons = [
  { name: "icon-192", size: 192, image: svg },
  { name: "icon-512", size: 512, image: svg },
  { name: "icon-maskable-512", size: 512, image: square },
  { name: "apple-touch-icon", size: 180, image: square }
]

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"]
})
for (const { image, name, size } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${image}`)
  await page.screenshot({ path: join(web, "icons", `${name}.png`), omitBackground: true })
}
await browser.close()
