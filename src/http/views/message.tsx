// Error messages, as a page or a fragment.
import { Layout } from "./layout.tsx"
import { html, page } from "./render.ts"

export const messagePage = (site: string, title: string, text: string) =>
  page(
    <Layout title={`${title} · ${site}`} site={site}>
      <h2>{title}</h2>
      <p>{text}</p>
      <p>
        <a href="/">To the start page</a>
      </p>
    </Layout>
  )

/** For htmx, which swaps it into the page's live region. */
export const messageFragment = (text: string) => html(<p>{text}</p>)
