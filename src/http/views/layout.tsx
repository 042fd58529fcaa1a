// The frame of every page.
import type { ComponentChildren } from "preact"
import type { Link, Page } from "../../layers/assets/manifest.ts"
import { defaultSiteName } from "../../layers/node/SiteName.ts"
import { recoveryIntegrity } from "../server/recovery.ts"

/** The built browser files that a page loads. */
export interface PageAssets extends Page {
  readonly icon: string
  /** What the site is called. */
  readonly site: string
  /** The script that holds the one stream of all tabs: only pages with a feed load it. */
  readonly worker: string
}

/** Of who looks at a page. */
export type AccountState = "signed in" | "signed out"

const htmxConfig = JSON.stringify({
  sse: { reconnectMaxDelay: 3000, connectTimeout: 10_000 },
  morphIgnore: ["data-htmx-powered", "open"]
})

/** Nothing of the page's own: who has its address may show it to others, and a search engine must not. */
const description = "Pages that are live in every browser that has them open, and kept in an event log."

/** A form's Idempotency-Key. Not restored by a browser that goes back: the next sending is another request. */
export const FormKey = ({ value }: { readonly value: string }) => (
  <input type="hidden" name="idempotencyKey" value={value} autocomplete="off" />
)

/**
 * Each by its own tag, also what others import: in the place of one that its server hasn't there is then the script that loads
 * the page anew.
 */
const scriptsOf = ({ preloads, scripts }: PageAssets): ReadonlyArray<Link> =>
  [...preloads, ...scripts].map(({ integrity, url }) => ({
    url,
    integrity: integrity === undefined ? undefined : `${integrity} ${recoveryIntegrity}`
  }))

export const Layout = (props: {
  readonly title: string
  readonly assets?: PageAssets
  /** What the site is called, on a page without assets. */
  readonly site?: string
  /** The way to the account; left out where nobody has looked who asks. */
  readonly account?: AccountState
  readonly status?: ComponentChildren
  /** For more than one column. */
  readonly wide?: boolean
  readonly children: ComponentChildren
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{props.title}</title>
      <meta name="description" content={description} />
      {props.assets === undefined ? null : (
        <>
          <link rel="icon" type="image/svg+xml" href={props.assets.icon} />
          {props.assets.styles.map(({ integrity, url }) => (
            <link key={url} rel="stylesheet" href={url} integrity={integrity} />
          ))}
          {scriptsOf(props.assets).map(({ integrity, url }) => (
            <link key={url} rel="modulepreload" href={url} integrity={integrity} />
          ))}
          <meta name="htmx-config" content={htmxConfig} />
          <meta name="live-worker" content={props.assets.worker} />
          {scriptsOf(props.assets).map(({ integrity, url }) => (
            <script key={url} type="module" src={url} integrity={integrity} />
          ))}
        </>
      )}
    </head>
    <body class={props.wide === true ? "wide" : undefined}>
      <header>
        <h1>
          <a href="/">{props.assets?.site ?? props.site ?? defaultSiteName}</a>
        </h1>
        {props.status}
        {props.account === undefined ? null : (
          <nav class="site" aria-label="Site">
            <a href="/analytics">Analytics</a>
            <a class="account" href="/account">
              {props.account === "signed in" ? "Account" : "Sign in"}
            </a>
          </nav>
        )}
      </header>
      <main>{props.children}</main>
      {props.assets === undefined ? null : (
        // Seen where there is no style, and where no script says for a while that it has started.
        <p class="missing">If parts of this page are missing, please load it again.</p>
      )}
    </body>
  </html>
)
