const e = `evenstar.dev.typed`,
  t = (e) =>
    e instanceof HTMLTextAreaElement ||
    e instanceof HTMLSelectElement ||
    (e instanceof HTMLInputElement && !/^(hidden|submit|button|file|password)$/.test(e.type)),
  n = () => {
    const e = /* @__PURE__ */ new Map()
    for (const [n, r] of [...document.forms].entries())
      for (const i of r.elements) t(i) && e.set([r.getAttribute(`action`) ?? n, i.name || i.id].join(` `), i)
    return e
  },
  r = (e) => e instanceof HTMLInputElement && /^(checkbox|radio)$/.test(e.type),
  i = () => {
    let t = [],
      i
    for (const [e, a] of n())
      r(a)
        ? a.checked !== a.defaultChecked && t.push([e, a.checked])
        : a.value !== `` && !(`defaultValue` in a && a.value === a.defaultValue) && t.push([e, a.value]),
        a === document.activeElement && (i = e)
    const a = [...document.querySelectorAll(`details[open]`)].map((e) => e.id).filter((e) => e !== ``)
    sessionStorage.setItem(e, JSON.stringify({ typed: t, focused: i, open: a, top: scrollY }))
  },
  a = () => {
    const t = sessionStorage.getItem(e)
    if (t === null) return
    sessionStorage.removeItem(e)
    const { focused: i, open: a, top: o, typed: s } = JSON.parse(t),
      c = n()
    for (const [e, t] of s) {
      const n = c.get(e)
      n !== void 0 && (r(n) ? (n.checked = t) : (n.value = t))
    }
    for (const e of a) document.getElementById(e)?.setAttribute(`open`, ``)
    c.get(i)?.focus(), scrollTo(0, o)
  },
  o = () => {
    i(), location.reload()
  },
  s = (e, t) => {
    const n = document.querySelector(`link[rel=stylesheet][href="/static/${e}"]`)
    if (n === null) return
    const r = document.createElement(`link`)
    ;(r.rel = `stylesheet`), (r.href = `/static/${t}`)
    for (const e of [`load`, `error`]) r.addEventListener(e, () => n.remove())
    n.after(r)
  },
  c = ({ files: e }) => {
    const t = new Set(Object.values(e).map((e) => `/static/${e}`))
    return [...document.querySelectorAll(`script[src^="/static/"], link[href^="/static/"]`)].every((e) =>
      t.has(e.getAttribute(`src`) ?? e.getAttribute(`href`) ?? ``)
    )
  }
let l
const u = (e) => {
    const t = l
    if (((l = e), (document.documentElement.dataset.build = e.instance), t === void 0)) return c(e) ? void 0 : o()
    if (e.instance !== t.instance) return o()
    const n = Object.keys(e.files).filter((n) => e.files[n] !== t.files[n])
    if (n.some((e) => !e.endsWith(`.css`))) return o()
    for (const r of n) s(t.files[r] ?? ``, e.files[r] ?? ``)
  },
  d = async () => {
    let { body: e } = await fetch(`/dev/feed`),
      t = e?.pipeThrough(new TextDecoderStream()).getReader(),
      n = ``
    for (;;) {
      const { done: e = !0, value: r = `` } = (await t?.read()) ?? {}
      if (e) return
      const i = (n + r).split(`

`)
      n = i.pop() ?? ``
      for (const e of i) {
        const [, t] = /^event: build\ndata: (.*)$/m.exec(e) ?? []
        t !== void 0 && u(JSON.parse(t))
      }
    }
  },
  f = () => {
    d()
      .catch(() => void 0)
      .then(() => setTimeout(f, 1e3))
  }
f(), a()
//# sourceMappingURL=dev.BA0V6n8e.js.map
