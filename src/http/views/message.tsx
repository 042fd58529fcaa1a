// Error messages, as a page or a fragment.
import { adviceFor, isTemporary, waitText } from "./advice.ts"
import { Layout, type PageAssets } from "./layout.tsx"
import { html, page } from "./render.ts"

export interface Message {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Of an unexpected error, as in the log. */
  readonly errorId: string | undefined
  /** Seconds until a retry is useful. */
  readonly retryAfter: number | undefined
  /** The path to ask again, unless that would repeat a command. */
  readonly again: string | undefined
  /** The path of the page that has sent the request. */
  readonly from: string | undefined
}

/** Texts of errors are phrases. */
const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`)

const Ways = ({ again, from, status }: Message) => (
  <ul class="ways">
    {again !== undefined && isTemporary(status) ? (
      <li>
        <a href={again}>Try again</a>
      </li>
    ) : null}
    {from === undefined || from === again ? null : (
      <li>
        <a href={from}>Back to the page</a>
      </li>
    )}
    <li>
      <a href="/">To the start page</a>
    </li>
  </ul>
)

export const messagePage = (site: string, assets: PageAssets | undefined, message: Message) => {
  const { detail, errorId, retryAfter, status, title } = message
  const { advice, heading } = adviceFor(status)
  return page(
    <Layout title={`${title} · ${site}`} site={site} {...(assets === undefined ? {} : { assets })}>
      <section class="problem">
        <p class="quiet">Error {status}</p>
        <h2>{heading}</h2>
        <p dir="auto">{sentence(detail)}</p>
        <p>{advice}</p>
        {retryAfter === undefined ? null : <p>It will be possible again in {waitText(retryAfter)}.</p>}
        {errorId === undefined ? null : (
          <p>
            To report it, please give this number: <code>{errorId}</code>
          </p>
        )}
        <Ways {...message} />
      </section>
    </Layout>
  )
}

/** For htmx, which swaps it into the page's live region. */
export const messageFragment = (text: string) => html(<p>{text}</p>)
