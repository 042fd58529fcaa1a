// The start page: a section for each feature.
import type { VNode } from "preact"
import { type AccountState, Layout, type PageAssets } from "./layout.tsx"
import { page } from "./render.ts"

export const startPage = (assets: PageAssets, account: AccountState, sections: ReadonlyArray<VNode>) =>
  page(
    <Layout title={assets.site} assets={assets} account={account}>
      <div id="error" role="alert" />
      {sections.length === 0 ? <p>There is nothing here yet: a feature adds its part to this page.</p> : sections}
    </Layout>
  )
