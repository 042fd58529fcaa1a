// HTML text from a view: escaped by Preact's renderer, whatever stands in it.
import type { VNode } from "preact"
import { render } from "preact-render-to-string"

export const html = (view: VNode): string => render(view)
export const page = (view: VNode): string => `<!doctype html>${render(view)}`
