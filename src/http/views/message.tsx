// What people see when something can't be done.
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

/** For htmx: lands in the page's live region and replaces nothing else. */
export const messageFragment = (text: string) => html(<p>{text}</p>)
