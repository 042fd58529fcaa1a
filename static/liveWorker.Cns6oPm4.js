var e = class {
  at
  open = /* @__PURE__ */ new Set()
  waiting = /* @__PURE__ */ new Map()
  get isUnwanted() {
    return this.open.size + this.waiting.size === 0
  }
  get from() {
    const e = new Set(Array.from(this.waiting.values(), ({ at: e }) => e))
    this.open.size > 0 && e.add(this.at)
    const [t] = e
    return e.size === 1 ? t : void 0
  }
  add(e, t, n) {
    return this.open.size > 0 && t !== void 0 && t === this.at
      ? (this.open.add(e), e({ isOpen: !0 }), !1)
      : (this.waiting.set(e, { first: n, at: t }), !0)
  }
  delete(e) {
    this.open.delete(e), this.waiting.delete(e)
  }
  take(e, t, n) {
    for (const [e, { first: r }] of this.waiting)
      r > t || (this.open.size === 0 && (this.at = n), this.waiting.delete(e), this.open.add(e), e({ isOpen: !0 }))
    e !== void 0 &&
      ((n !== void 0 && Number(e.id) >= Number(n) && Number(e.id) < Number(this.at)) ||
        (e.data === `` && e.event === ``) ||
        (e.id !== void 0 && (this.at = e.id), this.tell(e)))
  }
  tell({ text: e }) {
    for (const t of this.open) t({ block: e })
  }
  close(e, t, n = !0) {
    const r = n ? [...this.open] : []
    for (const [e, { first: n }] of this.waiting) n <= t && r.push(e)
    for (const t of r) this.delete(t), t(e)
  }
}
const t = (e) => {
  let t = ``,
    n,
    r = []
  for (const i of e) {
    const [, e, a = ``] = /^([^:]+)(?:: ?(.*))?$/s.exec(i) ?? []
    e === `event` ? (t = a) : e === `id` ? (n = a) : e === `data` && r.push(a)
  }
  return {
    text: `${e.join(`
`)}\n\n`,
    event: t,
    data: r.join(`
`),
    id: n
  }
}
async function* n(e, n) {
  let r = e.getReader(),
    i = new TextDecoder(),
    a = [],
    o = ``
  for (;;) {
    const { done: e, value: s } = await r.read()
    if (e) return
    n()
    const c = (o + i.decode(s, { stream: !0 })).split(`
`)
    o = c.pop() ?? ``
    for (const e of c) e === `` ? a.length > 0 && (yield t(a.splice(0))) : e.startsWith(`:`) || a.push(e)
  }
}
var r = class {
  feeds
  listener
  heardAt = performance.now()
  controller = new AbortController()
  isOver = !1
  constructor(e, t) {
    ;(this.feeds = e),
      (this.listener = t),
      this.run().then(
        (e) => this.finish(e),
        () => this.finish(void 0)
      )
  }
  abort() {
    ;(this.isOver = !0), this.controller.abort()
  }
  lose() {
    this.controller.abort()
  }
  finish(e) {
    this.isOver || ((this.isOver = !0), this.listener.over(e))
  }
  async run() {
    const e = new URLSearchParams()
    for (const [t, n] of this.feeds) e.append(`feed`, t), n !== void 0 && e.append(`at`, n)
    const t = setTimeout(() => this.controller.abort(), 1e4),
      r = await fetch(`/live?${e}`, { signal: this.controller.signal, cache: `no-store` })
    if ((clearTimeout(t), this.isOver)) return
    if (!r.ok || r.body === null) return r.status
    this.listener.began()
    let i
    for await (const e of n(r.body, () => this.hear())) {
      if (this.isOver) return
      if ((e.event === `feed` && (i = e.data), e.event === `ping`)) this.listener.ping(e)
      else if (e.event === `closed`) {
        const { feed: t, status: n } = JSON.parse(e.data)
        this.listener.closed(t, n)
      } else i !== void 0 && this.listener.block(i, e.event === `feed` ? void 0 : e)
    }
  }
  hear() {
    this.heardAt = performance.now()
  }
}
const i = { more: 50, fewer: 2e3 },
  a = /* @__PURE__ */ new Map()
let o,
  s,
  c = 0,
  l,
  u = 1 / 0
const d = () => {
    ;(u = 1 / 0), s?.abort(), (s = void 0)
    for (const [e, t] of a) t.isUnwanted && a.delete(e)
    if (a.size === 0) {
      o?.abort(), (o = void 0)
      return
    }
    const e = ++c,
      t = [...a].map(([e, { from: t }]) => [e, t])
    for (const [n] of t.slice(64)) a.get(n)?.close({ isUnshared: !0 }, e)
    const n = new r(new Map(t.slice(0, 64)), {
      began: () => {
        o !== n && o?.abort(), (o = n), s === n && (s = void 0)
      },
      block: (t, r) => a.get(t)?.take(r, e, n.feeds.get(t)),
      ping: (e) => {
        for (const t of a.values()) t.tell(e)
      },
      closed: (t, n) => a.get(t)?.close({ isOver: !0, status: n }, e),
      over: (t) => {
        const r = o === n
        r && (o = void 0), s === n && (s = void 0)
        const i = t === void 0 || t === 429 || t >= 500 ? { isOver: !0, status: t } : { isUnshared: !0 }
        for (const t of n.feeds.keys()) a.get(t)?.close(i, e, r)
      }
    })
    s = n
  },
  f = (e) => {
    const t = performance.now() + e
    t >= u || ((u = t), clearTimeout(l), (l = setTimeout(d, e)))
  }
setInterval(() => {
  o !== void 0 && performance.now() - o.heardAt > 35e3 && o.lose()
}, 5e3)
const p = (t) => {
  const n = /* @__PURE__ */ new Map(),
    r = (e) => {
      const t = n.get(e)
      n.delete(e), t?.feed.delete(t.subscriber), t?.feed.isUnwanted === !0 && f(i.fewer)
    }
  t.addEventListener(`message`, ({ data: { close: o, open: s, tab: l } }) => {
    if (
      (l !== void 0 &&
        navigator.locks.request(l, () => {
          for (const e of [...n.keys()]) r(e)
          t.close()
        }),
      o !== void 0 && r(o),
      s === void 0)
    )
      return
    const u = a.get(s.path) ?? new e()
    a.set(s.path, u)
    const d = (e) => t.postMessage({ id: s.id, ...e })
    n.set(s.id, { feed: u, subscriber: d }), u.add(d, s.at, c + 1) && f(i.more)
  }),
    t.start(),
    t.postMessage({ isReady: !0 })
}
addEventListener(`connect`, (e) => {
  const t = e instanceof MessageEvent ? e.ports[0] : void 0
  t !== void 0 && p(t)
})
//# sourceMappingURL=liveWorker.Cns6oPm4.js.map
