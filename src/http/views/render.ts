// Renders a view to HTML text; Preact escapes all values.
import type { VNode } from "preact"
import { render } from "preact-render-to-string"

export const html = (view: VNode): string => render(view)
export const page = (view: VNode): string => `<!doctype html>${render(view)}`
