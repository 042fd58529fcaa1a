// The frame of every page.
import type { ComponentChildren } from "preact"
import type { AssetLink, PageFiles } from "../../layers/assets/manifest.ts"
import { defaultSiteName } from "../../layers/node/SiteName.ts"
import { recoveryIntegrity } from "../server/recovery.ts"
import { errorsIn } from "./htmxForm.ts"
import { theme } from "./theme.ts"

/** The built browser files of a page. */
export interface PageAssets extends PageFiles {
  readonly icon: string
  /** iOS's icon of a page on the home screen. */
  readonly touchIcon: string
  /** The site's name. */
  readonly site: string
  /** The shared worker that holds the one SSE connection of all tabs. */
  readonly worker: string
}

export const webManifestPath = "/manifest.webmanifest"

/** The visitor's state, for the account link. */
export type AccountState = "signed in" | "signed out"

const htmxConfig = JSON.stringify({
  sse: { reconnectMaxDelay: 3000, connectTimeout: 10_000 },
  morphIgnore: ["data-htmx-powered", "open"]
})

/** Generic: a page's URL may be secret, so its content must not reach search engines. */
const generic = "Pages that are live in every browser that has them open, and kept in an event log."

/** A form's Idempotency-Key. `autocomplete="off"` keeps browsers from restoring a used key. */
export const FormKey = ({ value }: { readonly value: string }) => (
  <input type="hidden" name="idempotencyKey" value={value} autocomplete="off" />
)

/**
 * Imported chunks have script tags too: where a node lacks one, the recovery script runs in its
 * place (recovery.ts).
 */
const scriptsOf = ({ preloads, scripts }: PageAssets): ReadonlyArray<AssetLink> =>
  [...preloads, ...scripts].map(({ integrity, url }) => ({
    url,
    integrity: integrity === undefined ? undefined : `${integrity} ${recoveryIntegrity}`
  }))

export const Layout = (props: {
  readonly title: string
  /** One or two sentences for search engines and links to the page; without secrets. */
  readonly description?: string
  readonly assets?: PageAssets
  /** The site's name, for pages without assets. */
  readonly site?: string
  /** Undefined on pages that don't look up the visitor. */
  readonly account?: AccountState
  readonly status?: ComponentChildren
  /** Allows more than one column. */
  readonly wide?: boolean
  readonly children: ComponentChildren
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      {/* Also without the style sheet. */}
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content={theme.light} media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content={theme.dark} media="(prefers-color-scheme: dark)" />
      <title>{props.title}</title>
      <meta name="description" content={props.description ?? generic} />
      {props.assets === undefined ? null : (
        <>
          <link rel="icon" type="image/svg+xml" href={props.assets.icon} />
          <link rel="apple-touch-icon" href={props.assets.touchIcon} />
          <link rel="manifest" href={webManifestPath} />
          {props.assets.styles.map(({ integrity, url }) => (
            <link key={url} rel="stylesheet" href={url} integrity={integrity} />
          ))}
          {scriptsOf(props.assets).map(({ integrity, url }) => (
            <link key={url} rel="modulepreload" href={url} integrity={integrity} />
          ))}
          {props.assets.scripts.length === 0 ? null : (
            <>
              <meta name="htmx-config" content={htmxConfig} />
              <meta name="live-worker" content={props.assets.worker} />
            </>
          )}
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
      <main {...errorsIn("#error")}>{props.children}</main>
      {props.assets === undefined || props.assets.scripts.length === 0 ? null : (
        // Visible without a style sheet, or when no script reports its start in time.
        <p class="missing">If parts of this page are missing, please load it again.</p>
      )}
    </body>
  </html>
)
