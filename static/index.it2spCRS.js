var e = (() => {
  const e = {
    parse(t) {
      if (!t) return {}
      if (t.startsWith(`{`)) return JSON.parse(t)
      const n =
          /(?:"([^"]+)"|'([^']+)'|([^\s,:]+))(?:\s*:\s*(?:"([^"]*)"|'([^']*)'|<((?:[^/]|\/(?!>))+)\/>|([^\s,]+)))?(?=\s|,|$)/g,
        r = {}
      for (const i of t.matchAll(n)) {
        let [, t, n, a, o, s, c, l] = i,
          u = t ?? n ?? a,
          d = (o ?? s ?? c ?? l ?? `true`).trim()
        try {
          d = JSON.parse(d)
        } catch {}
        const f = a?.includes(`.`) ? u.split(`.`).reduceRight((e, t) => ({ [t]: e }), d) : { [u]: d }
        e.merge(f, r)
      }
      return r
    },
    split(e) {
      return e.split(/,(?![^[]*\])(?![^(]*\))(?![^<]*\/>)(?=(?:[^"']|"[^"]*"|'[^']*')*$)/)
    },
    merge(t, n) {
      typeof t == `string` && (t = e.parse(t))
      for (const [r, i] of Object.entries(t)) {
        if ([`__proto__`, `constructor`, `prototype`].includes(r)) continue
        const t = i?.constructor === Object,
          a = n[r]?.constructor === Object
        t && a ? e.merge(i, n[r]) : (n[r] = i)
      }
      return n
    }
  }
  class t {
    #e = null
    #t = []
    admit(e, t, n) {
      if (!this.#e) return ((this.#e = { strategy: e, abort: n }), `run`)
      if (e === `replace` || (e !== `abort` && this.#e.strategy === `abort`))
        return ((this.#t = []), this.#e.abort?.(), (this.#e = { strategy: e, abort: n }), `run`)
      if (e === `queue all`) this.#t.push(t)
      else if (e === `queue last`) this.#t = [t]
      else if (e !== `abort` && e !== `drop` && this.#t.length === 0) this.#t.push(t)
      else return `dropped`
      return `queued`
    }
    continue(e) {
      this.#e?.abort === e && ((this.#e = null), this.#t.shift()?.())
    }
    abort() {
      this.#e?.abort?.()
    }
  }
  class n {
    #e = /* @__PURE__ */ new Map()
    #t = ``
    #n = /* @__PURE__ */ new Set()
    _loc = window.location
    #r
    #i = Function
    #a = Object.getPrototypeOf(async () => {}).constructor
    #o = { createHTML: (e) => e, createScript: (e) => e }
    #s
    #c = `a,form`
    #l = [`get`, `post`, `put`, `patch`, `delete`, `query`]
    #u
    #d
    #f
    #p
    #m
    constructor() {
      this.#h(),
        this.#g(),
        (this.#s = this.#b(`[hx-action],[hx-get],[hx-post],[hx-put],[hx-patch],[hx-delete],[hx-query]`)),
        (this.#u = new XPathEvaluator().createExpression(
          `.//*[@*[${this.#x(`hx-on`)
            .map((e) => `starts-with(name(), "${e}")`)
            .join(` or `)}]]`
        )),
        (this.#r = {
          HCON: e,
          attributeValue: this.#T.bind(this),
          parseTriggerSpecs: this.#E.bind(this),
          determineMethodAndAction: this.#D.bind(this),
          createRequestContext: this.#M.bind(this),
          collectFormData: this.#Ne.bind(this),
          getAttributeObject: this.#Fe.bind(this),
          insertContent: this.#be.bind(this),
          morph: this.#Ke.bind(this),
          isSoftMatch: this.#Xe.bind(this),
          initSecurity: (e, t, n) => {
            e && (this.#o = e), t && (this.#i = t), n && (this.#a = n)
          },
          onTrigger: this.#J.bind(this),
          htmxProp: this.#O.bind(this),
          triggerHtmxEvent: this.#xe.bind(this),
          executeJavaScript: this.#Q.bind(this)
        })
      const t = () => this.initialize()
      document.readyState === `loading` ? document.addEventListener(`DOMContentLoaded`, t) : setTimeout(t)
    }
    #h() {
      ;(this.version = `4.0.1`),
        (this.config = {
          logAll: !1,
          prefix: `data-hx-`,
          transitions: !1,
          history: !0,
          mode: `same-origin`,
          defaultSwap: `innerHTML`,
          defaultFocusScroll: !1,
          indicatorClass: `htmx-indicator`,
          requestClass: `htmx-request`,
          includeIndicatorCSS: !0,
          defaultTimeout: 6e4,
          extensions: ``,
          morphIgnore: [`data-htmx-powered`],
          morphSkip: `[hx-morph-skip]`,
          morphSkipChildren: `[hx-morph-skip-children]`,
          morphScanLimit: 10,
          noSwap: [204, 304],
          implicitInheritance: !1,
          defaultSettleDelay: 1,
          allowEmptySwapAfterOOB: !1
        })
      const t = document.querySelector(`meta[name="htmx-config"]`)
      t && e.merge(t.content, this.config), (this.#t = this.config.extensions)
    }
    #g() {
      if (this.config.includeIndicatorCSS !== !1) {
        const e = this.config.indicatorClass,
          t = this.config.requestClass
        try {
          ;(this.indicatorStyleSheet = new CSSStyleSheet()),
            this.indicatorStyleSheet.replaceSync(
              `.${e}{opacity:0;visibility: hidden} .${t} .${e}, .${t}.${e}{opacity:1;visibility: visible;transition: opacity 200ms ease-in}`
            ),
            document.adoptedStyleSheets.push(this.indicatorStyleSheet)
        } catch {}
      }
    }
    registerExtension(e, t) {
      if ((this.#t && !this.#t.split(/,\s*/).includes(e)) || this.#n.has(e)) return !1
      this.#n.add(e),
        t.init && t.init(this.#r),
        Object.entries(t).forEach(([e, t]) => {
          this.#e.get(e)?.push(t) || this.#e.set(e, [t])
        })
    }
    #_(e) {
      const t = this.config.prefix
      return !e.closest || e.closest(`[hx-ignore]`) != null || (t && e.closest(`[${t}ignore]`) != null)
    }
    #v(e, t) {
      const n = this.config.prefix
      return e.getAttribute(t) ?? (n ? e.getAttribute(t.replace(`hx-`, n)) : null)
    }
    #y(e, t) {
      const n = this.config.prefix && t.replace(`hx-`, this.config.prefix)
      return e.hasAttribute(t) ? t : n && e.hasAttribute(n) ? n : null
    }
    #b(e) {
      return this.#x(e).join(`,`)
    }
    #x(e) {
      const t = [e]
      return (this.config.prefix && t.push(e.replaceAll(`hx-`, this.config.prefix)), t)
    }
    #S(e, t) {
      const n = [...(e.querySelectorAll?.(t) ?? [])]
      return (e.matches?.(t) && n.unshift(e), n)
    }
    #C(e) {
      return e === `before`
        ? `beforebegin`
        : e === `after`
          ? `afterend`
          : e === `prepend`
            ? `afterbegin`
            : e === `append`
              ? `beforeend`
              : e
    }
    #w(e, t) {
      const n = []
      return (
        this.#T(e, t, void 0, (e, t) => {
          e?.split(/\s*[,:]\s*/).includes(`this`) && n.push(t)
        }),
        n
      )
    }
    #T(e, t, n, r, i = this.config.implicitInheritance) {
      t = this.#dt(t)
      let a = this.#dt(`:inherited`),
        o = this.#dt(`:append`),
        s = this.#v(e, t) ?? this.#v(e, t + a)
      if (s != null) return r ? r(s, e) : s
      const c = CSS.escape(i ? t : t + a),
        l = CSS.escape(t + a + o),
        u = this.#b(`[${c}],[${l}]`),
        d = this.#y(e, t + o) ?? this.#y(e, t + a + o)
      if (d) {
        const n = e.getAttribute(d),
          a = e.parentNode?.closest?.(u)
        if ((r && r(n, e), a)) {
          const e = this.#T(a, t, void 0, r, i)
          return e ? (e + `,` + n).replace(/[{}]/g, ``) : n
        }
        return n
      }
      const f = e.parentNode?.closest?.(u)
      return f
        ? ((s = this.#T(f, t, void 0, r)),
          !r && s && i && this.#Se(e, `htmx:after:implicitInheritance`, { elt: e, name: t, parent: f }),
          s)
        : n
    }
    #E(t) {
      return e.split(t).flatMap((t) => {
        t = t.replace(/^\s*every\s+(\S+?)\s*(\[[^\]]*\])/, `every$2 $1`)
        const [, n, r] = t.match(/^\s*(\S+\[[^\]]*\]|\S+)\s*(.*?)\s*$/) ?? []
        if (!n) return []
        if (/\[[^\]]*$/.test(n)) throw `unterminated:` + n
        return [{ name: n, ...e.parse(r) }]
      })
    }
    #D(e, t) {
      let n = this.#T(e, `hx-method`),
        r = this.#T(e, `hx-action`, void 0, void 0, !1)
      if (!r)
        for (const t of this.#l) {
          const i = this.#T(e, `hx-` + t, void 0, void 0, !1)
          if (i != null) {
            ;(r = i), (n = t)
            break
          }
        }
      return (
        this.#L(e) &&
          (r ||= t.submitter?.getAttribute?.(`formAction`) || e.getAttribute(e.matches(`a`) ? `href` : `action`)),
        (n ||= t.submitter?.getAttribute?.(`formmethod`) || e.getAttribute(`method`) || `GET`),
        { action: r, method: n.toUpperCase() }
      )
    }
    #O(e) {
      return (
        e._htmx || ((e._htmx = { listeners: [], triggerSpecs: [] }), e.setAttribute(`data-htmx-powered`, `true`)),
        e._htmx
      )
    }
    #k(e) {
      return (e._htmx_state ||= {})
    }
    #A(e) {
      if (this.#ne(e) && this.#xe(e, `htmx:before:init`, {}, !0)) {
        const t = this.#O(e)
        ;(t.initialized = !0), (t.eventHandler = this.#j(e)), this.#q(e), this.#xe(e, `htmx:after:init`, {}, !0)
      }
    }
    #j(e) {
      return async (t) => {
        try {
          const n = this.#M(e, t)
          await this.#R(n)
        } catch (t) {
          this.#xe(e, `htmx:error`, { error: t })
        }
      }
    }
    #M(t, n) {
      const { action: r, method: i } = this.#D(t, n),
        [a, o] = (r || ``).split(`#`),
        s = new AbortController(),
        c = {
          sourceElement: t,
          sourceEvent: n,
          status: `created`,
          select: this.#T(t, `hx-select`),
          selectOOB: this.#T(t, `hx-select-oob`),
          target: this.#T(t, `hx-target`),
          swap: this.#T(t, `hx-swap`) ?? this.config.defaultSwap,
          push: this.#T(t, `hx-push-url`),
          replace: this.#T(t, `hx-replace-url`),
          transition: this.config.transitions,
          confirm: this.#T(t, `hx-confirm`),
          request: {
            validate:
              this.#T(
                t,
                `hx-validate`,
                t.matches(`form`) && !t.noValidate && !n.submitter?.formNoValidate ? `true` : `false`,
                void 0,
                !1
              ) === `true`,
            action: a,
            anchor: o,
            method: i,
            headers: this.#P(t),
            abort: s.abort.bind(s),
            credentials: `same-origin`,
            signal: s.signal,
            mode: this.config.mode
          }
        }
      t._htmx?.boosted && e.merge(t._htmx.boosted, c),
        (c.target = this.#I(t, c.target)),
        c.target && (c.request.headers[`HX-Target`] = this.#N(c.target))
      const l = this.#T(t, `hx-config`)
      return (l && (e.merge(l, c.request), (c.request.mode = this.config.mode)), c)
    }
    #N(e) {
      return `${e.tagName.toLowerCase()}${e.id ? `#` + encodeURI(e.id) : ``}`
    }
    #P(e) {
      const t = { "HX-Request": `true`, "HX-Source": this.#N(e), "HX-Current-URL": location.href, Accept: `text/html` }
      return (this.#L(e) && (t[`HX-Boosted`] = `true`), t)
    }
    #F(e, t) {
      return this.#Fe(
        e,
        `hx-headers`,
        (e) => {
          for (const n in e) t.request.headers[n] = String(e[n])
        },
        { ctx: t }
      )
    }
    #I(e, t) {
      return t instanceof Element ? t : t == null ? (this.#L(e) ? document.body : e) : this.#He(e, t, `hx-target`)
    }
    #L(e) {
      return e?._htmx?.boosted
    }
    async #R(e) {
      const t = e.sourceElement,
        n = e.sourceEvent
      if (!t.isConnected || this.#G(n)) return
      this.#K(n) && n.preventDefault()
      const r = /GET|DELETE/.test(e.request.method),
        i = r ? (t.matches(`form`) ? t : null) : t.form || t.closest(`form`),
        a = this.#Ne(t, i, n.submitter, e.request.validate, r)
      if (!a) return
      const o = this.#Fe(
        t,
        `hx-vals`,
        (t) => {
          e.vals = t
          for (const e in t) a.set(e, t[e])
        },
        { ctx: e }
      )
      if ((o && (await o), e.values)) for (const t in e.values) a.delete(t), a.append(t, e.values[t])
      const s = this.#F(t, e)
      if (
        (s && (await s),
        Object.assign(e.request, { form: i, submitter: n.submitter, body: a }),
        !this.#xe(t, `htmx:config:request`, { ctx: e }) || e.request.method === `DIALOG`)
      )
        return
      const c = this.#We(e.request.action)
      if (c != null) {
        const t = Object.fromEntries(e.request.body)
        await this.#Q(e.sourceElement, t, c, !1)
      } else {
        if (r) {
          const t = new URL(e.request.action, document.baseURI)
          for (const n of e.request.body.keys()) t.searchParams.delete(n)
          for (const [n, r] of e.request.body) t.searchParams.append(n, r)
          t.origin === location.origin ? (e.request.action = t.pathname + t.search) : (e.request.action = t.href),
            (e.request.body = null)
        } else
          (this.#T(t, `hx-encoding`) ?? i?.enctype) !== `multipart/form-data` &&
            (e.request.body = new URLSearchParams(e.request.body))
        await this.#z(e)
      }
    }
    async #z(e) {
      const t = e.sourceElement,
        n = this.#U(t),
        r = this.#W(t)
      this.#Ge(t)
      const i = () => e.request?.abort?.()
      if (r.admit(n, () => this.#z(e), i) === `run`) {
        ;(e.status = `issuing`), (e.indicators ??= []), (e.disabledElements ??= [])
        try {
          if (
            (e.confirm &&
              !(await new Promise((n) => {
                const r = { ctx: e, issueRequest: () => n(!0), dropRequest: () => n(!1) }
                if (this.#xe(t, `htmx:confirm`, r)) {
                  const r = this.#We(e.confirm)
                  n(r ? this.#Q(t, { ctx: e }, r, !0) : window.confirm(e.confirm))
                }
              }))) ||
            (this.#H(e),
            this.#ke(e),
            this.#je(e),
            (e.fetch ||= window.fetch.bind(window)),
            (e.request.headers[`HX-Request-Type`] = e.target === document.body || e.select ? `full` : `partial`),
            !this.#xe(t, `htmx:before:request`, { ctx: e }))
          )
            return
          const n = await e.fetch(e.request.action, e.request)
          if (
            ((e.response = { raw: n, status: n.status, headers: n.headers }),
            this.#B(e),
            !this.#xe(t, `htmx:before:response`, { ctx: e }) ||
              ((e.text = await n.text()), !this.#xe(t, `htmx:after:request`, { ctx: e })))
          )
            return
          if ((e.response.status >= 400 && this.#xe(t, `htmx:response:error`, { ctx: e }), this.#V(e))) {
            e.keepIndicators = !0
            return
          }
          if (e.status === `issuing`) {
            if (
              (e.hx.retarget && (e.target = e.hx.retarget),
              e.hx.reswap && (e.swap = e.hx.reswap),
              e.hx.reselect && (e.select = e.hx.reselect),
              e.target?.isConnected === !1)
            )
              return
            ;(e.status = `response received`), this.#it(e), await this.swap(e), (e.status = `swapped`)
          }
        } catch (n) {
          ;(e.status = `error: ` + n),
            (n?.name !== `AbortError` || e.request.signal.reason === `timeout`) &&
              this.#xe(t, `htmx:error`, { ctx: e, error: n })
        } finally {
          await e.extensionPromise?.catch(() => {}),
            clearTimeout(e.requestTimeout),
            e.hx?.trigger && this.#X(e.hx.trigger, e.sourceElement),
            this.#xe(t, `htmx:finally:request`, { ctx: e }),
            e.keepIndicators || (this.#Ae(e.indicators), this.#Me(e.disabledElements)),
            r.continue(i)
        }
      }
    }
    #B(e) {
      e.hx = {}
      for (const [t, n] of e.response.raw.headers)
        t.toLowerCase().startsWith(`hx-`) && (e.hx[t.slice(3).toLowerCase().replace(/-/g, ``)] = n)
    }
    #V(t) {
      if (t.hx.refresh === `true`) return (this._loc.reload(), !0)
      if (t.hx.redirect) return ((this._loc.href = t.hx.redirect), !0)
      if (t.hx.location) {
        let n = t.hx.location,
          r = {},
          i = e.parse(n)
        return (
          (n[0] === `{` || i.path != null) && ((r = i), (n = r.path), delete r.path),
          r.push == null && r.replace == null && (r.push = `true`),
          (r.indicators = t.indicators),
          (r.disabledElements = t.disabledElements),
          this.ajax(`GET`, n, r),
          !0
        )
      }
    }
    #H(e) {
      const t = e.request.timeout == null ? this.config.defaultTimeout : this.parseInterval(e.request.timeout)
      t && (e.requestTimeout = setTimeout(() => e.request?.abort?.(`timeout`), t))
    }
    #U(e) {
      const t = this.#T(e, `hx-sync`)
      if (!t) return `queue first`
      const n = t.split(`:`).pop().trim()
      return /^(drop|abort|replace|queue)/.test(n) ? n : `queue first`
    }
    #W(e) {
      let n = this.#T(e, `hx-sync`),
        r = e
      if (n) {
        const t = n.includes(`:`)
          ? n.slice(0, n.lastIndexOf(`:`)).trim()
          : /^(drop|abort|replace|queue)/.test(n)
            ? null
            : n
        t && (r = this.#He(e, t, `hx-sync`) || e)
      }
      return (this.#k(r).rq ||= new t())
    }
    #G(e) {
      return e.type === `click` && (e.ctrlKey || e.metaKey || e.shiftKey) && !!e.currentTarget?.closest?.(`a[href]`)
    }
    #K(e) {
      const t = e.currentTarget
      if (e.type === `submit` && t?.tagName === `FORM`) return !0
      if (e.type !== `click` || e.button !== 0) return !1
      const n = t?.closest?.(`button, input[type="submit"], input[type="image"]`),
        r = n?.form || n?.closest(`form`)
      if (n && !n.disabled && r && (n.type === `submit` || n.type === `image` || (!n.type && n.tagName === `BUTTON`)))
        return !0
      const i = t?.closest?.(`a`)
      if (!i || !i.href) return !1
      const a = i.getAttribute(`href`)
      return !(a && a.startsWith(`#`) && a.length > 1)
    }
    #q(e, t = e._htmx.eventHandler) {
      const n =
        this.#T(e, `hx-trigger`, void 0, void 0, !1) ||
        (e.matches(`form`)
          ? `submit`
          : e.matches(`input:not([type=button]):not([type=submit]),select,textarea`)
            ? `change`
            : `click`)
      this.#J(e, n, t)
    }
    #J(e, t, n) {
      const r = this.#E(t)
      this.#O(e).triggerSpecs.push(...r)
      for (const t of r) {
        t.listeners = []
        let [r, i] = this.#Y(t.name),
          a = [e]
        t.from === `outside` ? (a = [document]) : t.from && t.from !== `self` && (a = this.#Le(e, t.from))
        let o = (r) => {
            if (
              ((t.halt || t.prevent) && r.preventDefault(),
              (t.halt || t.stop || t.consume) && r.stopPropagation(),
              t.changed)
            ) {
              const t = (this.#k(e).changedValues ??= /* @__PURE__ */ new WeakMap()),
                n = r.target
              if (![`checkbox`, `radio`].includes(n?.type)) {
                const e = n?.value
                if (t.has(n) && t.get(n) === e) return
                t.set(n, e)
              }
            }
            if (t.once) for (const e of t.listeners) e.fromElt.removeEventListener(e.eventName, e.handler, e)
            n(r)
          },
          s = o
        if (
          (t.delay
            ? (s = (e) => {
                clearTimeout(t.timeout), (t.timeout = setTimeout(() => o(e), this.parseInterval(t.delay)))
              })
            : t.throttle &&
              (s = (e) => {
                t.throttled
                  ? (t.throttledEvent = e)
                  : ((t.throttled = !0),
                    o(e),
                    (t.throttleTimeout = setTimeout(() => {
                      if (((t.throttled = !1), t.throttledEvent)) {
                        const e = t.throttledEvent
                        ;(t.throttledEvent = null), s(e)
                      }
                    }, this.parseInterval(t.throttle))))
              }),
          (t.handler = (n) => {
            if (
              (this.#K(n) && n.preventDefault(),
              (t.from !== `self` || n.target === e) &&
                !(t.from === `outside` && e.contains(n.target)) &&
                (!t.target || n.target?.matches?.(t.target)))
            ) {
              if (i) {
                const t = {}
                for (const e in n) /^[a-z]+$/i.test(e) && (t[e] = n[e])
                if (!this.#Q(e, t, i, !0, !1)) return
              }
              if (r !== `every`)
                for (const t of this.#O(e).triggerSpecs) clearTimeout(t.timeout), (t.throttledEvent = null)
              s(n)
            }
          }),
          r === `intersect` || r === `revealed`)
        ) {
          const n = { rootMargin: t.rootMargin }
          t.root && (n.root = this.#He(e, t.root)), t.threshold && (n.threshold = parseFloat(t.threshold))
          const i = r === `revealed`
          ;(t.observer = new IntersectionObserver((e) => {
            for (let n = 0; n < e.length; n++)
              if (e[n].isIntersecting) {
                this.trigger(e[n].target, `intersect`, {}, !1), i && t.observer.disconnect()
                break
              }
          }, n)),
            (r = `intersect`)
          for (const e of a) t.observer.observe(e)
        }
        if (r === `every`) {
          const n = Object.keys(t).find((e) => e !== `name`)
          t.interval = setInterval(() => {
            e.isConnected ? this.#xe(e, `every`, {}, !1) : clearInterval(t.interval)
          }, this.parseInterval(n))
        }
        if (r === `load`) t.handler(new CustomEvent(`load`))
        else
          for (const n of a) {
            const i = { fromElt: n, eventName: r, handler: t.handler, capture: !!t.capture, passive: !!t.passive }
            e._htmx.listeners.push(i), t.listeners.push(i), n.addEventListener(r, t.handler, i)
          }
      }
    }
    #Y(e) {
      const t = e.match(/^([^[]*)\[([^\]]*)]/)
      return t ? [t[1], t[2]] : [e, null]
    }
    #X(t, n) {
      if (t[0] === `{`) {
        const r = e.parse(t)
        for (const e in r) {
          let t = r[e],
            i = n
          t?.target && (i = this.find(t.target)), this.trigger(i, e, typeof t == `object` ? t : { value: t })
        }
      } else t.split(`,`).forEach((e) => this.trigger(n, e.trim(), {}))
    }
    #Z(e) {
      const t = {},
        n = Object.getPrototypeOf(this)
      for (const r of Object.getOwnPropertyNames(n))
        r !== `constructor` &&
          typeof this[r] == `function` &&
          (t[r] = [`find`, `findAll`].includes(r)
            ? (t, n) => (n === void 0 ? this[r](e, t) : this[r](t, n))
            : this[r].bind(this))
      return t
    }
    #Q(e, t, n, r = !0, i = !0, a = !1) {
      const o = {}
      Object.assign(o, this.#Z(e))
      const s = {},
        c = { scope: s, code: n }
      this.#Se(e, `htmx:scope`, c), (n = c.code), Object.assign(o, s), Object.assign(o, t)
      const l = Object.keys(o),
        u = Object.values(o),
        d = new (i ? this.#a : this.#i)(...l, r ? `return (${n})` : n)
      return a ? () => d.call(e, ...u) : d.call(e, ...u)
    }
    process(e, t) {
      if (!e?.isConnected) return
      if (!(e instanceof Element)) {
        for (const n of e.children || []) this.process(n, t)
        return
      }
      if ((t && this.#re(e, !0), this.#_(e) || !this.#xe(e, `htmx:before:process`))) return
      let n = [e],
        r = this.#u.evaluate(e),
        i = null
      for (; (i = r.iterateNext()); ) n.push(i)
      for (const e of n) !this.#_(e) && this.#xe(e, `htmx:before:on:init`, {}, !0) && this.#Oe(e)
      for (const t of this.#S(e, this.#s)) this.#A(t)
      for (const t of this.#S(e, this.#c)) this.#$(t)
      this.#xe(e, `htmx:after:process`)
    }
    #$(e) {
      const t = this.#T(e, `hx-boost`)
      if (t && t !== `false` && this.#ee(e) && this.#xe(e, `htmx:before:init`, {}, !0)) {
        const n = this.#O(e)
        ;(n.initialized = !0),
          (n.eventHandler = this.#j(e)),
          (n.boosted = t),
          this.#q(e),
          this.#xe(e, `htmx:after:init`, {}, !0)
      }
    }
    #ee(e) {
      if (this.#ne(e)) {
        if (e.tagName === `A`) {
          if (e.target === `` || e.target === `_self`)
            return !e.hasAttribute(`download`) && !e.getAttribute(`href`)?.startsWith?.(`#`) && this.#te(e.href)
        } else if (e.tagName === `FORM`) return e.method !== `dialog` && this.#te(e.action)
      }
    }
    #te(e) {
      try {
        return new URL(e, window.location.href).origin === window.location.origin
      } catch {
        return !1
      }
    }
    #ne(e) {
      return !e._htmx?.initialized && !this.#_(e)
    }
    #re(e, t) {
      const n = [e, ...(e.querySelectorAll?.(`[data-htmx-powered]`) ?? [])]
      for (const e of n)
        if (e._htmx) {
          this.#xe(e, `htmx:before:cleanup`)
          for (const t of e._htmx.triggerSpecs || [])
            t.interval && clearInterval(t.interval),
              t.timeout && clearTimeout(t.timeout),
              t.throttleTimeout && clearTimeout(t.throttleTimeout),
              t.observer?.disconnect()
          for (const t of e._htmx.listeners || []) t.fromElt.removeEventListener(t.eventName, t.handler, t)
          e.removeAttribute(`data-htmx-powered`), this.#xe(e, `htmx:after:cleanup`), t && delete e._htmx
        }
    }
    #ie(e) {
      const t = document.createElement(`div`)
      ;(t.hidden = !0), document.body.insertAdjacentElement(`afterend`, t)
      const n = e.querySelectorAll?.(this.#b(`[hx-preserve]`)) || []
      for (const e of n) {
        const n = document.getElementById(e.id)
        n && this.#Qe(t, n, null)
      }
      return t
    }
    #ae(e) {
      for (const t of [...e.children]) {
        const e = document.getElementById(t.id)
        e && (this.#Qe(e.parentNode, t, e), this.#re(e), e.remove())
      }
      e.remove()
    }
    #oe(e) {
      const t = this.#o.createHTML(e)
      return Document.parseHTMLUnsafe?.(t, {}) || new DOMParser().parseFromString(t, `text/html`)
    }
    #se(e) {
      let t = e.replace(/<hx-([a-z]+)(\s+|>)/gi, `<template hx type="$1"$2`).replace(/<\/hx-[a-z]+>/gi, `</template>`),
        n = ``
      t = t.replace(/<head(\s[^>]*)?>[\s\S]*?<\/head>/i, (e) => ((n = this.#oe(e).title), ``))
      let r = t.match(/<([a-z][^/>\x20\t\r\n\f]*)/i)?.[1]?.toLowerCase(),
        i,
        a
      if (
        (r === `html` || r === `body`
          ? ((i = this.#oe(t)), (a = document.createDocumentFragment()), a.append(i.body))
          : ((i = this.#oe(`<template>${t}</template>`)), (a = i.querySelector(`template`).content)),
        !n)
      ) {
        const e = a.querySelector(`title:not(svg title)`)
        e && ((n = e.textContent), e.remove())
      }
      return (this.#ve(a), { fragment: a, title: n })
    }
    #ce(e, t, n, r) {
      let i = t.id ? `#` + CSS.escape(t.id) : null,
        [, a, o] = n.match(/^(\S+):(.+)/) ?? []
      a && ([n, i] = [a, o || i]), (n !== `true` && n) || (n = `outerHTML`)
      const s = this.#de(n)
      if (((i = s.target || i), (s.strip ??= !s.style.startsWith(`outer`)), !i)) return
      const c = this.#Le(r, i)
      for (const n of c) {
        const i = document.createDocumentFragment()
        i.append(t.cloneNode(!0)), e.push({ type: `oob`, fragment: i, target: n, swapSpec: s, sourceElement: r })
      }
      t.remove()
    }
    #le(e, t, n) {
      const r = []
      if (n)
        for (const i of n.split(`,`)) {
          const [n, a = `true`] = i.split(/:(.*)/)
          for (const i of e.querySelectorAll(n)) this.#ce(r, i, a, t)
        }
      for (const n of e.querySelectorAll(this.#b(`[hx-swap-oob]`))) {
        const e = this.#y(n, `hx-swap-oob`),
          i = n.getAttribute(e)
        n.removeAttribute(e), this.#ce(r, n, i, t)
      }
      return r
    }
    #ue(e, t, n) {
      t ? t.before(...n.childNodes) : e.append(...n.childNodes)
    }
    #de(t) {
      t = t.trim()
      let n = this.config.defaultSwap
      if (t && !/^\S*:/.test(t)) {
        const e = t.match(/^(\S+)\s*(.*)$/)
        ;(n = e[1]), (t = e[2])
      }
      return { style: this.#C(n), ...e.parse(t) }
    }
    #fe(e, t) {
      const n = []
      for (const r of e.querySelectorAll(`template[hx]`)) {
        const e = r.getAttribute(`type`)
        if (e === `partial`) {
          const e = this.#v(r, `hx-target`) || (r.id ? `#` + CSS.escape(r.id) : null)
          if (e) {
            this.#ve(r.content)
            const i = this.#de(this.#v(r, `hx-swap`) || this.config.defaultSwap)
            i.ignoreTitle && (t.title = null)
            const a = this.#Le(t.sourceElement, e)
            for (const e of a.length ? a : [null])
              n.push({
                type: `partial`,
                fragment: r.content.cloneNode(!0),
                target: e,
                swapSpec: i,
                sourceElement: t.sourceElement
              })
          }
        } else this.#Se(r, `htmx:process:` + e, { ctx: t, tasks: n })
        r.remove()
      }
      return n
    }
    #pe(e, t, n, r) {
      try {
        n != null && e.setSelectionRange && e.setSelectionRange(n, r), e.focus(t)
      } catch {}
    }
    #me(e) {
      const t = this.#S(e, `[autofocus]`)[0]
      t && this.#pe(t)
    }
    #he(e) {
      return e === window || e === document ? document.scrollingElement : e
    }
    #ge(e, t) {
      if (e.scroll) {
        const n = e.scrollTarget ? this.#he(this.#Ue(t, e.scrollTarget)) : t
        n && (e.scroll === `top` ? (n.scrollTop = 0) : e.scroll === `bottom` && (n.scrollTop = n.scrollHeight))
      }
      ;(e.show === `top` || e.show === `bottom`) &&
        (e.showTarget ? this.#he(this.#Ue(t, e.showTarget)) : t)?.scrollIntoView?.(e.show === `top`)
    }
    #_e(e) {
      e.request?.anchor &&
        document.getElementById(e.request.anchor)?.scrollIntoView({ block: `start`, behavior: `auto` })
    }
    #ve(e) {
      const t = this.#S(e, `script`)
      for (const e of t) {
        const t = document.createElement(`script`)
        for (const n of e.attributes) t.setAttribute(n.name, n.value)
        this.config.inlineScriptNonce && (t.nonce = this.config.inlineScriptNonce),
          (t.textContent = this.#o.createScript(e.textContent)),
          e.replaceWith(t)
      }
    }
    initialize() {
      this.config.history &&
        !this.#p &&
        ((this.#p = !0),
        window.navigation && !/firefox/i.test(navigator.userAgent)
          ? navigation.addEventListener(`navigate`, (e) => {
              e.navigationType === `traverse` &&
                e.canIntercept &&
                !e.hashChange &&
                e.intercept({ handler: () => this.#Te() })
            })
          : window.addEventListener(`popstate`, (e) => this.#Te(e.state))),
        this.process(document.body)
    }
    async swap(e) {
      try {
        const { fragment: t, title: n } = this.#se(e.text)
        e.title = n
        const r = [],
          i = this.#le(t, e.sourceElement, e.selectOOB),
          a = this.#fe(t, e)
        r.push(...i, ...a)
        const o = a.length || (i.length && !this.config.allowEmptySwapAfterOOB),
          s = this.#ye(e, t, o)
        if ((s && r.unshift(s), !this.#xe(e.sourceElement, `htmx:before:swap`, { ctx: e, tasks: r }))) return
        this.#De(e)
        const c = [],
          l = []
        for (const t of r) (t.swapSpec?.transition ?? s?.transition ?? e.transition) ? l.push(t) : c.push(this.#be(t))
        l.length > 0 &&
          c.push(
            this.#at(async () => {
              for (const e of l) await this.#be(e, !1)
            }, e)
          ),
          await Promise.all(c),
          !e.sourceElement?.isConnected && s?.target?.isConnected && (e.sourceElement = s.target),
          this.#xe(e.sourceElement, `htmx:after:swap`, { ctx: e }),
          e.title && e.swap !== `none` && (document.title = e.title),
          this.#_e(e)
      } finally {
        this.#xe(e.sourceElement, `htmx:finally:swap`, { ctx: e })
      }
    }
    #ye(e, t, n) {
      const r = this.#de(e.swap || this.config.defaultSwap)
      if (
        (r.ignoreTitle && (e.title = null),
        r.style === `delete` ||
          (t.querySelector(`body`) || t).childElementCount > 0 ||
          t.textContent.trim() ||
          (r.swapEmpty ?? !n))
      ) {
        if (e.select) {
          const n = t.querySelectorAll(e.select)
          ;(t = document.createDocumentFragment()), t.append(...n)
        }
        return (
          this.#L(e.sourceElement) && (r.show ||= `top`),
          {
            type: `main`,
            fragment: t,
            target: this.#I(e.sourceElement || document.body, r.target || e.target),
            swapSpec: r,
            sourceElement: e.sourceElement,
            transition: e.transition && r.transition !== !1
          }
        )
      }
    }
    async #be(e, t = !0) {
      let { target: n, swapSpec: r, fragment: i } = e
      if ((typeof n == `string` && (n = document.querySelector(n)), !n)) return
      typeof r == `string` && (r = this.#de(r))
      let a = r.style
      if (a === `none`) return
      if (i.firstElementChild?.tagName === `BODY`) {
        const e = n === document.body && a.startsWith(`outer`)
        e && a === `outerHTML` && (a = `outerSync`), (r.strip ??= !e)
      }
      if (
        (r.strip &&
          i.firstElementChild &&
          ((i = document.createDocumentFragment()),
          i.append(...(e.fragment.firstElementChild.content || e.fragment.firstElementChild).childNodes)),
        this.#ct(n, `htmx-swapping`),
        t && e.swapSpec?.swap && (await this.timeout(e.swapSpec?.swap)),
        a === `delete`)
      ) {
        n.parentNode && (this.#re(n), n.parentNode.removeChild(n))
        return
      }
      let o,
        s = [],
        c = r.settle ?? this.config.defaultSettleDelay,
        l = n.parentNode
      if (a === `innerHTML` || (a === `outerHTML` && l)) {
        const e = document.activeElement
        if (e?.id) {
          let t, n
          try {
            ;(t = e.selectionStart), (n = e.selectionEnd)
          } catch {}
          o = { elt: e, start: t, end: n }
        }
        s = t && c ? this.#st(i, n) : []
      }
      let u = this.#ie(i),
        d = [...i.childNodes]
      try {
        if (a === `innerHTML`) {
          for (const e of n.children) this.#re(e)
          n.replaceChildren(...i.childNodes)
        } else if (a === `textContent`) {
          for (const e of n.querySelectorAll(`[data-htmx-powered]`)) this.#re(e)
          n.textContent = i.textContent
        } else if (a === `outerHTML`)
          l && (this.#ue(l, n, i), this.#re(n), l.removeChild(n), (n = d.find((e) => e.nodeType === 1) || l))
        else if (a === `outerSync`) {
          this.#et(n, i.firstElementChild)
          for (const e of n.children) this.#re(e)
          n.replaceChildren(...i.firstElementChild.childNodes), (d = [n])
        } else if (a === `innerMorph`) this.#Ke(n, i, !0), (d = [...n.childNodes])
        else if (a === `outerMorph`) this.#Ke(n, i, !1), d.push(n)
        else if (a === `beforebegin`) l && this.#ue(l, n, i)
        else if (a === `afterbegin`) this.#ue(n, n.firstChild, i)
        else if (a === `beforeend`) this.#ue(n, null, i)
        else if (a === `afterend`) l && this.#ue(l, n.nextSibling, i)
        else {
          let e = this.#e.get(`handle_swap`) || [],
            t = !1
          for (const o of e) {
            const e = o(a, n, i, r)
            if (e) {
              ;(t = !0), Array.isArray(e) && (d = e)
              break
            }
          }
          if (!t) throw Error(`Unknown swap style: ${a}`)
        }
      } finally {
        this.#lt(n, `htmx-swapping`)
      }
      if (((e.target = n), this.#ae(u), o && !o.elt.matches(`:focus`))) {
        const e = document.getElementById(o.elt.id)
        if (e) {
          const t = { preventScroll: r.focusScroll === void 0 ? !this.config.defaultFocusScroll : !r.focusScroll }
          this.#pe(e, t, o.start, o.end)
        }
      }
      this.#xe(n, `htmx:before:settle`, { task: e, newContent: d, settleTasks: s })
      for (const e of d) this.#ct(e, `htmx-added`)
      if (t && s.length > 0) {
        this.#ct(n, `htmx-settling`), await this.timeout(c)
        for (const e of s) e()
        this.#lt(n, `htmx-settling`)
      }
      this.#xe(n, `htmx:after:settle`, { task: e, newContent: d, settleTasks: s })
      for (const e of d) this.#lt(e, `htmx-added`), this.process(e), this.#me(e)
      this.#ge(r, n)
    }
    #xe(e, t, n = {}, r = !0) {
      if (n.error) {
        const r = `htmx: ${t}: ${n.error.message ?? n.error}`
        n.error instanceof Error
          ? console.error(r, n.error, { elt: e, detail: n })
          : console.error(r, { elt: e, detail: n })
      } else
        n.warn
          ? console.warn(`htmx: ${t}: ${n.warn}`, { elt: e, detail: n })
          : this.config.logAll && console.log(`htmx: ${t}`, { elt: e, detail: n })
      return ((e = this.#ut(e)), this.#Se(e, t, n), this.trigger(e, this.#dt(t), n, r))
    }
    #Se(e, t, n = {}) {
      const r = this.#e.get(t.replace(/:/g, `_`))
      if (r) {
        n.cancelled = !1
        for (const t of r) if (t(e, n) === !1 || n.cancelled) return ((n.cancelled = !0), !1)
      }
      return !0
    }
    timeout(e) {
      if (((e = this.parseInterval(e)), e > 0)) return new Promise((t) => setTimeout(t, e))
    }
    onLoad(e) {
      this.on(this.#dt(`htmx:after:process`), (t) => {
        e(t.target)
      })
    }
    on(e, t, n) {
      let r,
        i = document
      return (n === void 0 ? ((r = e), (n = t)) : ((i = this.#ut(e)), (r = t)), i.addEventListener(r, n), n)
    }
    find(e, t) {
      return this.#Ue(e, t)
    }
    findAll(e, t) {
      return this.#Le(e, t)
    }
    parseInterval(e) {
      if (typeof e == `number`) return e
      const t = { ms: 1, s: 1e3, m: 6e4 },
        [, n, r] = e?.match(/^([\d.]+)(ms|s|m)?$/) || [],
        i = parseFloat(n) * (t[r] || 1)
      return isNaN(i) ? void 0 : i
    }
    trigger(e, t, n = {}, r = !0) {
      e = this.#ut(e)
      const i = new CustomEvent(t, { detail: n, cancelable: !0, bubbles: r, composed: !0 }),
        a = e?.isConnected ? e : document
      return !n?.cancelled && a.dispatchEvent(i)
    }
    ajax(e, t, n) {
      ;(!n || n instanceof Element || typeof n == `string`) && (n = { target: n })
      let r = typeof n.source == `string` ? document.querySelector(n.source) : n.source
      if (typeof n.source == `string` && !r) return Promise.reject(/* @__PURE__ */ Error(`Source not found`))
      r ||= document.body
      const i = this.#M(r, n.event || {})
      return (
        Object.assign(i, n),
        n.target && ((i.target = this.#I(document.body, n.target)), !i.target)
          ? Promise.reject(/* @__PURE__ */ Error(`Target not found`))
          : (Object.assign(i.request, { action: t, method: e.toUpperCase() }),
            n.headers && Object.assign(i.request.headers, n.headers),
            this.#R(i))
      )
    }
    #Ce(e) {
      this.config.history &&
        (history.pushState({ htmx: !0 }, ``, e), this.#xe(document, `htmx:after:history:push`, { path: e }))
    }
    #we(e) {
      this.config.history &&
        (history.replaceState({ htmx: !0 }, ``, e), this.#xe(document, `htmx:after:history:replace`, { path: e }))
    }
    async #Te(e, t) {
      if ((await this.timeout(1), (e ??= history.state), !e?.htmx)) return
      this.#f?.abort(), (t ||= location.pathname + location.search)
      const n = document.querySelector(this.#b(`[hx-history-elt]`)) || document.body
      if (this.#xe(document, `htmx:before:history:restore`, { path: t, cacheMiss: !0 })) {
        if (this.config.history === `reload`) this._loc.reload()
        else
          return (
            (this.#f = new AbortController()),
            this.ajax(`GET`, t, {
              target: n,
              swap: `outerSync`,
              select: n === document.body ? void 0 : this.#b(`[hx-history-elt]`),
              request: { headers: { "HX-History-Restore-Request": `true` }, signal: this.#f.signal }
            })
          )
      }
    }
    #Ee(e) {
      let { sourceElement: t, push: n, replace: r, hx: i, response: a } = e
      if (
        ((i?.pushurl || i?.replaceurl) && ((n = i.pushurl), (r = i.replaceurl)),
        n == null && r == null && this.#L(t) && (n = `true`),
        (n === `false` || n === !1) && (n = null),
        (r === `false` || r === !1) && (r = null),
        !n && !r)
      )
        return null
      let o = n || r
      if (o === `true`) {
        const t = a?.raw?.url || e.request.action,
          n = new URL(t, location.href)
        o = n.pathname + n.search + (e.request.anchor ? `#` + e.request.anchor : ``)
      }
      return { type: n ? `push` : `replace`, path: o }
    }
    #De(e) {
      if (!this.config.history) return
      history.state?.htmx || history.replaceState({ htmx: !0 }, ``, location.href)
      const t = this.#Ee(e)
      if (!t) return
      const n = { history: t, sourceElement: e.sourceElement, response: e.response }
      this.#xe(document, `htmx:before:history:update`, n) &&
        (t.type === `push` ? this.#Ce(t.path) : this.#we(t.path), this.#xe(document, `htmx:after:history:update`, n))
    }
    #Oe(e) {
      if (e._htmx?.onInitialized) return
      const t = this.#x(`hx-on`),
        n = this.config.metaCharacter || `:`,
        r = (t) => async (n) => {
          try {
            await this.#Q(e, { event: n }, `with(event?.detail||{}){${t}}`, !1)
          } catch (t) {
            typeof t != `symbol` && this.#xe(e, `htmx:error`, { error: t })
          }
        }
      for (const i of e.getAttributeNames()) {
        const a = t.find((e) => i.startsWith(e))
        if (!a) continue
        this.#O(e).onInitialized = !0
        const o = i.substring(a.length),
          s = e.getAttribute(i)
        if (!o) {
          for (const t of s.split(/;(?=[^;]*->)/)) {
            const n = t.indexOf(`->`)
            n !== -1 && this.#J(e, t.substring(0, n).trim(), r(t.substring(n + 2).trim()))
          }
          continue
        }
        if (o[0] !== n) continue
        let c = o.substring(1)
        c.startsWith(n) && (c = `htmx` + n + c.substring(1)), this.#J(e, c, r(s))
      }
    }
    #ke(e) {
      let t = e.sourceElement,
        n = this.#T(t, `hx-indicator`),
        r
      if (n) r = this.#Le(t, n, `hx-indicator`)
      else {
        if (t === document.body) return
        r = [t]
      }
      for (const t of r) {
        e.indicators.push(t)
        const n = this.#k(t)
        ;(n.rc = (n.rc || 0) + 1), this.#ct(t, this.config.requestClass)
      }
    }
    #Ae(e) {
      for (const t of e) {
        const e = this.#k(t)
        e.rc && --e.rc <= 0 && (this.#lt(t, this.config.requestClass), delete e.rc)
      }
    }
    #je(e) {
      const t = e.sourceElement,
        n = this.#T(t, `hx-disable`)
      if (n)
        for (const r of this.#Le(t, n, `hx-disable`)) {
          e.disabledElements.push(r)
          const t = this.#k(r)
          ;(t.dc = (t.dc || 0) + 1), (r.disabled = !0)
        }
    }
    #Me(e) {
      for (const t of e) {
        const e = this.#k(t)
        e.dc && --e.dc <= 0 && ((t.disabled = !1), delete e.dc)
      }
    }
    #Ne(e, t, n, r, i) {
      if (r && t && !t.reportValidity()) return
      n ??= t && e.type === `submit` ? e : null
      const a = t ? new FormData(t) : new FormData(),
        o = t ? new Set(t.elements) : /* @__PURE__ */ new Set()
      if (!t) {
        if (r && e.reportValidity && !e.reportValidity()) return
        this.#Pe(e, o, a, i)
      }
      n?.name && (a.append(n.name, n.value), o.add(n))
      const s = this.#T(e, `hx-include`)
      if (s)
        for (const t of this.#Le(e, s)) {
          if (r && t.reportValidity && !t.reportValidity()) return
          this.#Pe(t, o, a)
        }
      return a
    }
    #Pe(e, t, n, r) {
      let i = e.tagName,
        a = []
      i === `BUTTON` || i.includes(`-`)
        ? (a = [e])
        : ([`INPUT`, `SELECT`, `TEXTAREA`, `FIELDSET`].includes(i) || (!r && e !== document.body)) &&
          (a = this.#S(e, `[name]:not(button)`))
      for (const e of a) {
        const r = e.name || e.getAttribute?.(`name`)
        if (!r || e.matches(`:disabled`) || t.has(e)) continue
        t.add(e)
        const i = e.type
        if (i === `checkbox` || i === `radio` || (e.tagName !== `INPUT` && `checked` in e))
          e.checked && n.append(r, e.value)
        else if (i === `file`) for (const t of e.files) n.append(r, t)
        else if (i === `select-multiple`) for (const t of e.selectedOptions) n.append(r, t.value)
        else if (Array.isArray(e.value)) for (const t of e.value) n.append(r, t)
        else n.append(r, e.value)
      }
    }
    #Fe(t, n, r, i = {}) {
      const a = this.#T(t, n)
      if (!a) return null
      let o = this.#We(a)
      if (o)
        return (
          o.indexOf(`{`) !== 0 && (o = `{` + o + `}`),
          this.#Q(t, i, o, !0).then((e) => {
            r(e)
          })
        )
      r(e.parse(a))
    }
    #Ie(e) {
      const t = e.trim()
      return t.startsWith(`<`) && t.endsWith(`/>`) ? t.slice(1, -2) : t
    }
    #Le(t, n, r, i) {
      const a = n ?? t,
        o = n ? this.#ut(t) || document.body : document
      if (a.startsWith(`global `)) return this.#Le(o, a.slice(7), r, !0)
      const s = a ? e.split(a) : [],
        c = [],
        l = []
      for (const e of s) {
        let t = this.#Ie(e),
          n
        if (t.startsWith(`closest `)) n = o.closest(t.slice(8))
        else if (t.startsWith(`find `)) n = o.querySelector(t.slice(5))
        else if (t.startsWith(`findAll `)) c.push(...o.querySelectorAll(t.slice(8)))
        else if (t === `next` || t === `nextElementSibling`) n = o.nextElementSibling
        else if (t.startsWith(`next `)) n = this.#Re(o, t.slice(5), !!i)
        else if (t === `previous` || t === `previousElementSibling`) n = o.previousElementSibling
        else if (t.startsWith(`previous `)) n = this.#ze(o, t.slice(9), !!i)
        else if (t === `document`) n = document
        else if (t === `window`) n = window
        else if (t === `body`) n = document.body
        else if (t === `host`) n = o.getRootNode().host
        else if (t === `this`) {
          if (r) {
            c.push(...this.#w(o, r))
            continue
          }
          n = o
        } else l.push(t)
        n && c.push(n)
      }
      if (l.length > 0) {
        const e = l.join(`,`),
          t = this.#Ve(o, !!i)
        c.push(...t.querySelectorAll(e))
      }
      return [...new Set(c)]
    }
    #Re(e, t, n) {
      return this.#Be(this.#Ve(e, n).querySelectorAll(t), e, Node.DOCUMENT_POSITION_PRECEDING)
    }
    #ze(e, t, n) {
      const r = [...this.#Ve(e, n).querySelectorAll(t)].reverse()
      return this.#Be(r, e, Node.DOCUMENT_POSITION_FOLLOWING)
    }
    #Be(e, t, n) {
      for (const r of e) if (r.compareDocumentPosition(t) === n) return r
    }
    #Ve(e, t) {
      return e.isConnected && e.getRootNode ? e.getRootNode?.({ composed: t }) : document
    }
    #He(e, t, n) {
      const r = this.#Le(e, t, n)[0]
      return (r || console.warn(`htmx: '${t}' on ${n} did not match any element`, { elt: e, selector: t, attr: n }), r)
    }
    #Ue(e, t, n) {
      return this.#Le(e, t, n)[0]
    }
    #We(e) {
      if (e != null) {
        if (e.startsWith(`js:`)) return e.substring(3)
        if (e.startsWith(`javascript:`)) return e.substring(11)
      }
    }
    #Ge(e) {
      const t = this.#O(e)
      if (t.abortInitialized) return
      t.abortInitialized = !0
      const n = () => {
        this.#W(e).abort()
      }
      e.addEventListener(`htmx:abort`, n), t.listeners.push({ fromElt: e, eventName: `htmx:abort`, handler: n })
    }
    #Ke(e, t, n) {
      const { persistentIds: r, idMap: i } = this.#nt(e, t),
        a = document.createElement(`div`)
      ;(a.hidden = !0), document.body.after(a)
      const o = { target: e, idMap: i, persistentIds: r, pantry: a, futureMatches: /* @__PURE__ */ new WeakSet() }
      n ? this.#qe(o, e, t) : this.#qe(o, e.parentNode, t, e, e.nextSibling), this.#re(a), a.remove()
    }
    #qe(e, t, n, r = null, i = null) {
      t instanceof HTMLTemplateElement && n instanceof HTMLTemplateElement && ((t = t.content), (n = n.content)),
        (r ||= t.firstChild)
      let a = n.firstChild
      for (; a; ) {
        let n
        if (r && r != i && ((n = this.#Ye(e, a, r, i)), n && n !== r)) {
          let o = r
          for (; o && o !== n; ) {
            const n = o
            ;(o = o.nextSibling),
              n instanceof Element && (e.idMap.has(n) || this.#Je(e, n, a)) ? this.#Qe(t, n, i) : this.#Ze(e, n)
          }
        }
        if (!n && a instanceof Element && e.persistentIds.has(a.id)) {
          const i = CSS.escape(a.id)
          n =
            (e.target.id === a.id && e.target) ||
            e.target.querySelector(`[id="${i}"]`) ||
            e.pantry.querySelector(`[id="${i}"]`)
          let o = n
          for (; (o = o.parentNode); ) {
            const t = e.idMap.get(o)
            t && (t.delete(n.id), t.size || e.idMap.delete(o))
          }
          this.#Qe(t, n, r)
        }
        if (n) {
          this.#$e(n, a, e), (r = n.nextSibling), (a = a.nextSibling)
          continue
        }
        const o = a.nextSibling
        if (e.idMap.has(a)) {
          const n = document.createElement(a.tagName)
          t.insertBefore(n, r), this.#$e(n, a, e), this.process(n), (r = n.nextSibling)
        } else t.insertBefore(a, r), (r = a.nextSibling)
        a = o
      }
      for (; r && r != i; ) {
        const t = r
        ;(r = r.nextSibling), this.#Ze(e, t)
      }
    }
    #Je(e, t, n) {
      if (e.futureMatches.has(t)) return !0
      for (let r = n.nextSibling, i = 0; r && i < this.config.morphScanLimit; r = r.nextSibling, i++)
        if (r instanceof Element && t.isEqualNode(r)) return (e.futureMatches.add(t), !0)
      return !1
    }
    #Ye(e, t, n, r) {
      if (t.nodeType === 3) return n?.nodeType === 3 ? n : null
      if (!(t instanceof Element)) return null
      let i = null,
        a = 0,
        o = this.config.morphScanLimit,
        s = e.idMap.get(t),
        c = s?.size || 0
      if (t.id && !s) return null
      let l = n
      for (; l && l != r; ) {
        const n = e.idMap.get(l)
        if (this.#r.isSoftMatch(l, t)) {
          if (n && s && [...n].some((e) => s.has(e))) return l
          if (!n) {
            if (o > 0 && l.isEqualNode(t)) return l
            i ||= l
          }
        }
        if (
          ((a += n?.size || 0),
          a > c ||
            (document.activeElement?.selectionStart != null && l.contains(document.activeElement)) ||
            (--o < 1 && c === 0))
        )
          break
        l = l.nextSibling
      }
      return i && this.#Je(e, i, t) ? null : i
    }
    #Xe(e, t) {
      return !(e instanceof Element) || e.tagName !== t.tagName || (e.tagName === `SCRIPT` && !e.isEqualNode(t))
        ? !1
        : !e.id || e.id === t.id
    }
    #Ze(e, t) {
      e.idMap.has(t) ? this.#Qe(e.pantry, t, null) : (this.#re(t), t.remove())
    }
    #Qe(e, t, n) {
      if (e.moveBefore)
        try {
          e.moveBefore(t, n)
          return
        } catch {}
      e.insertBefore(t, n)
    }
    #$e(e, t, n) {
      e.nodeType === 3
        ? e.nodeValue !== t.nodeValue && (e.nodeValue = t.nodeValue)
        : (this.config.morphSkip && e.matches?.(this.config.morphSkip)) ||
          (this.#Se(e, `htmx:before:morph:node`, { oldNode: e, newNode: t }) &&
            (this.#et(e, t),
            e instanceof HTMLTextAreaElement &&
              document.activeElement !== e &&
              e.defaultValue != t.defaultValue &&
              (e.value = t.value),
            (this.config.morphSkipChildren && e.matches?.(this.config.morphSkipChildren)) ||
              (e.isEqualNode(t) && t.tagName !== `TEMPLATE` && !t.querySelector?.(`template`)) ||
              this.#qe(n, e, t)))
    }
    #et(e, t) {
      let n = this.config.morphIgnore || [],
        r = !1,
        i = (e) => this.#x(`hx-`).some((t) => e.startsWith(t))
      for (const a of t.attributes)
        if (!n.some((e) => a.name.startsWith(e)) && e.getAttribute(a.name) !== a.value) {
          if ((i(a.name) && (r = !0), !this.#Se(e, `htmx:before:morph:attr`, { attrName: a.name, newValue: a.value })))
            continue
          e.setAttribute(a.name, a.value),
            a.name === `value` &&
              e instanceof HTMLInputElement &&
              e.type !== `file` &&
              document.activeElement !== e &&
              (e.value = a.value)
        }
      for (let a = e.attributes.length - 1; a >= 0; a--) {
        const o = e.attributes[a]
        if (o && !t.hasAttribute(o.name) && !n.some((e) => o.name.startsWith(e))) {
          if ((i(o.name) && (r = !0), !this.#Se(e, `htmx:before:morph:attr`, { attrName: o.name, newValue: null })))
            continue
          e.removeAttribute(o.name)
        }
      }
      r && this.#re(e, !0)
    }
    #tt(e, t, n, r) {
      for (const i of r)
        if (t.has(i.id)) {
          let t = i
          for (; t && t !== n; ) {
            let n = e.get(t)
            n ?? ((n = /* @__PURE__ */ new Set()), e.set(t, n)), n.add(i.id), (t = t.parentElement)
          }
        }
    }
    #nt(e, t) {
      const n = this.#S(e, `[id]`),
        r = t.querySelectorAll(`[id]`),
        i = this.#rt(n, r),
        a = /* @__PURE__ */ new Map()
      return (this.#tt(a, i, e.parentElement, n), this.#tt(a, i, t, r), { persistentIds: i, idMap: a })
    }
    #rt(e, t) {
      const n = /* @__PURE__ */ new Set(),
        r = /* @__PURE__ */ new Map()
      for (const { id: t, tagName: i } of e) r.has(t) ? n.add(t) : t && r.set(t, i)
      const i = /* @__PURE__ */ new Set()
      for (const { id: e, tagName: a } of t) i.has(e) ? n.add(e) : r.get(e) === a && i.add(e)
      for (const e of n) i.delete(e)
      return i
    }
    #it(t) {
      const n = t.response.raw.status,
        r = this.config.noSwap.map((e) => e + ``),
        i = n + ``
      for (const n of [i, i.slice(0, 2) + `x`, i[0] + `xx`]) {
        if (r.includes(n)) {
          t.swap = `none`
          return
        }
        const i = this.#T(t.sourceElement, `hx-status:` + n)
        if (i) {
          e.merge(i, t)
          return
        }
      }
    }
    #at(e, t) {
      return new Promise((n) => {
        ;(this.#d ||= []), this.#d.push({ task: e, resolve: n, ctx: t }), this.#m || this.#ot()
      })
    }
    async #ot() {
      if (this.#d.length === 0 || this.#m) return
      this.#m = !0
      const { task: e, resolve: t, ctx: n } = this.#d.shift()
      try {
        if (document.startViewTransition) {
          const t = { task: e, ctx: n }
          this.#xe(n.sourceElement, `htmx:before:viewTransition`, t),
            await document.startViewTransition(t.task).finished,
            this.#xe(n.sourceElement, `htmx:after:viewTransition`, t)
        } else await e()
      } catch {
      } finally {
        ;(this.#m = !1), t(), this.#ot()
      }
    }
    #st(e, t) {
      const n = [`class`, `style`, `width`, `height`],
        r = t.querySelectorAll(`[id]`),
        i = Object.fromEntries([...r].map((e) => [e.id, e])),
        a = e.querySelectorAll(`[id]`),
        o = []
      for (const e of a) {
        const t = i[e.id]
        if (t?.tagName === e.tagName) {
          const r = e.cloneNode(!1)
          for (const r of n) t.hasAttribute(r) ? e.setAttribute(r, t.getAttribute(r)) : e.removeAttribute(r)
          o.push(() => {
            this.#et(e, r)
          })
        }
      }
      return o
    }
    #ct(e, t) {
      e?.classList?.add?.(t)
    }
    #lt(e, t) {
      e?.classList?.remove?.(t), e?.classList?.length === 0 && e.removeAttribute(`class`)
    }
    #ut(e) {
      return typeof e == `string` ? this.find(e) : e
    }
    #dt(e) {
      return this.config.metaCharacter ? e.replace(/:/g, this.config.metaCharacter) : e
    }
  }
  return new n()
})()
typeof window < `u` && (window.htmx = e),
  (() => {
    let e,
      t = /* @__PURE__ */ new Set()
    function n(t) {
      const n = e.attributeValue(t, `hx-sse:connect`) != null,
        r = e.HCON.parse(e.attributeValue(t, `hx-config`)).sse || {}
      return {
        reconnect: n,
        reconnectDelay: 500,
        reconnectMaxDelay: 6e4,
        reconnectMaxAttempts: 1 / 0,
        reconnectJitter: 0.3,
        connectTimeout: htmx.config.defaultTimeout,
        pauseOnBackground: n,
        releaseOn: n ? `immediate` : `end`,
        ...htmx.config.sse,
        ...r
      }
    }
    function r(e) {
      for (const t of Object.keys(e)) t.toLowerCase() === `last-event-id` && delete e[t]
    }
    async function* i(e) {
      let t = e.reader,
        n = e.lastEventId,
        r = new TextDecoder(),
        i = ``,
        a = !1,
        o = !1,
        s = { data: ``, event: ``, retry: null },
        c = !0
      try {
        for (;;) {
          const { done: e, value: l } = await t.read()
          if (e) break
          let u = r.decode(l, { stream: !0 })
          ;(c &&= (u.charCodeAt(0) === 65279 && (u = u.slice(1)), !1)), (i += u)
          const d = i.split(/\r\n|\r|\n/)
          i = d.pop() || ``
          for (const e of d) {
            if (!e) {
              ;(a || o || s.event) && (yield { ...s, id: n, hasData: a, hasId: o }),
                (a = !1),
                (o = !1),
                (s = { data: ``, event: ``, retry: null })
              continue
            }
            const t = e.indexOf(`:`)
            if (t === 0) continue
            let r, i
            if (
              (t < 0
                ? ((r = e), (i = ``))
                : ((r = e.slice(0, t)), (i = e.slice(t + 1)), i[0] === ` ` && (i = i.slice(1))),
              r === `data`)
            )
              (s.data +=
                (a
                  ? `
`
                  : ``) + i),
                (a = !0)
            else if (r === `event`) s.event = i
            else if (r === `id`) i.includes(`\0`) || ((n = i), (o = !0))
            else if (r === `retry`) {
              const e = parseInt(i, 10)
              isNaN(e) || (s.retry = e)
            }
          }
        }
      } finally {
        t.releaseLock(), (e.reader = null)
      }
    }
    async function a(t, a) {
      let o = t.sourceElement,
        c = n(o),
        l = !1,
        u = null
      function d() {
        a &&= (a(), null)
      }
      c.releaseOn === `immediate` && d()
      const f = {
        url: t.request.action,
        config: c,
        abortController: { abort: t.request.abort, signal: t.request.signal },
        reader: null,
        lastEventId: ``,
        delayCanceller: null,
        visibilityHandler: null,
        attempt: 0,
        cancelled: !1,
        status: null
      }
      e.htmxProp(o).sse = f
      let p = !1,
        m = null
      if (c.pauseOnBackground) {
        const e = () => {
          document.hidden ? ((p = !0), f.reader?.cancel()) : p && ((p = !1), m && m())
        }
        document.addEventListener(`visibilitychange`, e), (f.visibilityHandler = e)
      }
      if (
        ((f.cancelled = !1), !e.triggerHtmxEvent(o, `htmx:sse:before:connection`, { connection: f }) || f.cancelled)
      ) {
        s(o, `cancelled`)
        return
      }
      ;(f.status = t.response.status), e.triggerHtmxEvent(o, `htmx:sse:after:connection`, { connection: f })
      let h = t.response.raw
      try {
        for (; o.isConnected; ) {
          if (f.attempt > 0) {
            if (p) {
              if (
                (await new Promise((e) => {
                  m = e
                }),
                (m = null),
                !o.isConnected)
              )
                break
              ;(f.attempt = 1), (l = !0)
            }
            if (!l && (!c.reconnect || f.attempt > c.reconnectMaxAttempts)) break
            let n = htmx.parseInterval(c.reconnectDelay) ?? c.reconnectDelay,
              i = htmx.parseInterval(c.reconnectMaxDelay) ?? c.reconnectMaxDelay,
              a = Math.min(n * 2 ** (f.attempt - 1), i)
            if (c.reconnectJitter > 0) {
              const e = a * c.reconnectJitter
              a = Math.max(0, a + (Math.random() * 2 - 1) * e)
            }
            if (
              ((f.cancelled = !1),
              !e.triggerHtmxEvent(o, `htmx:sse:before:connection`, { connection: f }) ||
                f.cancelled ||
                (await new Promise((e) => {
                  ;(f.delayCanceller = e), setTimeout(e, a)
                }),
                (f.delayCanceller = null),
                !o.isConnected))
            )
              break
            const s = new AbortController()
            f.abortController = s
            let u = !1,
              d = htmx.parseInterval(c.connectTimeout) ?? c.connectTimeout,
              g =
                d > 0
                  ? setTimeout(() => {
                      ;(u = !0), s.abort()
                    }, d)
                  : null
            try {
              r(t.request.headers),
                f.lastEventId && (t.request.headers[`Last-Event-ID`] = f.lastEventId),
                (h = await fetch(t.request.action, { ...t.request, signal: s.signal })),
                clearTimeout(g)
            } catch (t) {
              if ((clearTimeout(g), s.signal.aborted && !u)) break
              e.triggerHtmxEvent(o, `htmx:sse:error`, { connection: f, error: t }), (l = !1), f.attempt++
              continue
            }
            if (!h.ok) {
              e.triggerHtmxEvent(o, `htmx:sse:error`, {
                connection: f,
                error: /* @__PURE__ */ Error(`SSE reconnect failed with status ${h.status}`),
                status: h.status
              }),
                (l = !1),
                f.attempt++
              continue
            }
            ;(f.status = h.status),
              e.triggerHtmxEvent(o, `htmx:sse:after:connection`, { connection: f }),
              (f.attempt = 0)
          }
          l = !1
          try {
            f.reader = h.body.getReader()
            for await (const n of i(f)) {
              if (!o.isConnected || l) break
              if ((n.hasId && ((f.lastEventId = n.id), n.id || r(t.request.headers)), !n.hasData && !n.event)) continue
              const i = [],
                a = {
                  connection: f,
                  message: { data: n.data, event: n.event, id: n.id },
                  cancelled: !1,
                  waitUntil: (e) => i.push(Promise.resolve(e))
                },
                s = e.triggerHtmxEvent(o, `htmx:sse:before:message`, a)
              if ((await Promise.all(i), s && !a.cancelled)) {
                if ((n.retry != null && (c.reconnectDelay = n.retry), a.message.event)) {
                  a.message.event === `hx:release` && d(),
                    htmx.trigger(o, a.message.event, { data: a.message.data, id: a.message.id }),
                    e.triggerHtmxEvent(o, `htmx:sse:after:message`, { connection: f, message: a.message })
                  const t = e.attributeValue(o, `hx-sse:close`)
                  if (t && a.message.event === t) {
                    ;(u = `message`), f.reader?.cancel()
                    return
                  }
                } else
                  (t.text = a.message.data),
                    t.swap.includes(`swapEmpty`) || (t.swap += ` swapEmpty:false`),
                    await htmx.swap(t),
                    c.releaseOn === `first` && d(),
                    e.triggerHtmxEvent(o, `htmx:sse:after:message`, { connection: f, message: a.message })
              }
            }
          } catch (t) {
            !f.abortController?.signal?.aborted &&
              t.name !== `AbortError` &&
              e.triggerHtmxEvent(o, `htmx:sse:error`, { connection: f, error: t })
          }
          if (!o.isConnected) break
          f.attempt++
        }
      } finally {
        d(), s(o, u ?? (o.isConnected ? `ended` : `removed`))
      }
    }
    function o(t) {
      const r = e.attributeValue(t, `hx-sse:connect`)
      if (!r || t._htmx?.sse) return
      const i = e.attributeValue(t, `hx-trigger`) || `load`
      e.onTrigger(t, i, () => {
        t._htmx?.sse || htmx.ajax(`GET`, r, { source: t, timeout: n(t).connectTimeout })
      })
    }
    function s(t, n) {
      const r = t?._htmx?.sse
      r &&
        (r.reader?.cancel?.(),
        r.abortController?.abort(),
        r.delayCanceller && r.delayCanceller(),
        r.visibilityHandler && document.removeEventListener(`visibilitychange`, r.visibilityHandler),
        e.triggerHtmxEvent(t, `htmx:sse:close`, { connection: r, reason: n || `cleanup` }),
        delete t._htmx.sse)
    }
    function c(e) {
      for (const n of [`sse-connect`, `sse-close`, `sse-swap`])
        e.hasAttribute(n) &&
          !t.has(n) &&
          (console.warn(
            n === `sse-swap`
              ? `htmx: [hx-sse] sse-swap is removed in htmx 4. Unnamed SSE messages are swapped automatically. Named events are dispatched as DOM events.`
              : `htmx: [hx-sse] legacy attribute ${n} is deprecated; use hx-sse:${n.slice(4)} instead`
          ),
          t.add(n))
    }
    htmx.registerExtension(`sse`, {
      init: (t) => {
        e = t
      },
      htmx_config_request: (e, { ctx: t }) => {
        ;(t.request.headers.Accept = `${t.request.headers.Accept ?? t.request.headers.accept ?? `text/html`}, text/event-stream`),
          t.timeout != null && (t.request.timeout = t.timeout)
      },
      htmx_before_response: (t, n) => {
        const r = n.ctx
        if (!r.response.raw.headers.get(`Content-Type`)?.includes(`text/event-stream`)) return
        clearTimeout(r.requestTimeout)
        let i
        return (
          (r.extensionPromise = new Promise((e) => (i = e))),
          a(r, i).catch((n) => {
            n.name !== `AbortError` && e.triggerHtmxEvent(t, `htmx:sse:error`, { error: n, url: r.request.action })
          }),
          !1
        )
      },
      htmx_after_process: (e) => {
        const t = htmx.config.metaCharacter || `:`,
          n = (e) => {
            c(e)
            for (const n of [`connect`, `close`]) {
              const r = `sse-${n}`
              if (!e.hasAttribute(r)) continue
              const i = (htmx.config.prefix || `hx-`) + `sse` + t + n
              e.hasAttribute(i) || e.setAttribute(i, e.getAttribute(r))
            }
            o(e)
          }
        n(e)
        let r = `[${CSS.escape(`hx-sse` + t + `connect`)}]`
        htmx.config.prefix && (r += `,[${CSS.escape(htmx.config.prefix + `sse` + t + `connect`)}]`),
          e.querySelectorAll(`${r},[sse-connect],[sse-close],[sse-swap]`).forEach(n)
      },
      htmx_before_cleanup: (e) => {
        s(e)
      }
    })
  })()
const t = () =>
    Array.from(crypto.getRandomValues(/* @__PURE__ */ new Uint8Array(16)), (e) => e.toString(16).padStart(2, `0`)).join(
      ``
    ),
  n = (e) => {
    const t = e.elements.namedItem(`idempotencyKey`)
    return t instanceof HTMLInputElement ? t : void 0
  },
  r = (e) => {
    const r = n(e)
    r !== void 0 && (r.value = t())
  }
window.addEventListener(`pageshow`, ({ persisted: e }) => {
  if (e) for (const e of document.forms) r(e)
})
const i = (e) => {
    const t = document.querySelector(`[role=alert]`)
    t !== null && t.textContent !== e && (t.textContent = e)
  },
  a = () => {
    for (const e of document.querySelectorAll(`[role=alert]`)) e.textContent = ``
  },
  o = [500, 1e3, 2e3, 4e3],
  s = (e) => e === 502 || e === 503 || e === 504,
  c = (e) =>
    new Promise((t) => {
      const n = () => {
          clearTimeout(r), window.removeEventListener(`online`, n), t()
        },
        r = setTimeout(n, o[Math.min(e, o.length - 1)])
      window.addEventListener(`online`, n)
    }),
  l = async (e, t, n) => {
    for (let r = 0; ; r++) {
      const i = AbortSignal.timeout(2e4),
        a = t.signal ? AbortSignal.any([t.signal, i]) : i,
        o = await fetch(e, { ...t, signal: a }).catch(() => void 0)
      if (o !== void 0 && !s(o.status)) return o
      t.signal?.throwIfAborted(), n(), await c(r)
    }
  },
  u = (e, t, n) => {
    const r = document.createElement(`button`)
    return (
      (r.type = `button`),
      (r.textContent = e),
      r.setAttribute(`aria-label`, `${e}: ${t}`),
      r.addEventListener(`click`, n),
      r
    )
  }
var d = class {
  retry
  items = /* @__PURE__ */ new Map()
  list = document.createElement(`ul`)
  constructor(e) {
    ;(this.retry = e), (this.list.className = `rows unsent`), this.list.setAttribute(`aria-label`, `Not saved`)
  }
  item(e) {
    const t = this.items.get(e)
    if (t !== void 0) return t
    const n = document.createElement(`li`),
      r = document.createElement(`span`)
    return (
      (r.className = `text`),
      (r.dir = `auto`),
      (r.textContent = e.text),
      n.append(r),
      this.items.set(e, n),
      this.list.append(n),
      this.list.isConnected || e.form.after(this.list),
      n
    )
  }
  wait(e) {
    this.item(e)
  }
  refuse(e) {
    const t = (t) => () => {
      this.remove(e), e.form.querySelector(`input`)?.focus(), t()
    }
    this.item(e).append(
      u(
        `Try again`,
        e.text,
        t(() => this.retry(e.form, e.text))
      ),
      u(
        `Discard`,
        e.text,
        t(() => void 0)
      )
    )
  }
  remove(e) {
    this.items.get(e)?.remove(), this.items.delete(e), this.items.size === 0 && this.list.remove()
  }
}
const f = /* @__PURE__ */ new Map(),
  p = /* @__PURE__ */ new WeakMap(),
  m = /* @__PURE__ */ new WeakSet()
let h = !1
const g = (e) => {
    const t = e.elements.namedItem(`text`)
    return t instanceof HTMLInputElement ? t : void 0
  },
  _ = (e, t) => {
    const n = g(e)
    if (n === void 0) return
    const r = n.value
    ;(n.value = t), e.requestSubmit(), (n.value = r)
  },
  v = new d((e, t) => _(e, t)),
  y = (e) => [...f.values()].filter((t) => t.form === e).map(({ text: e }) => e),
  b = (e) => {
    const t = f.get(e)
    return (f.delete(e), (h = !1), t !== void 0 && v.remove(t), t)
  },
  x = ({ form: e, key: t, text: n }, r) => {
    const i = g(e)
    if (i === void 0 || i.value !== ``) return v.refuse({ form: e, text: n })
    ;(i.value = n), r && p.set(e, { text: n, key: t })
  },
  S = (e) => {
    const t = y(e)
    for (const [t, n] of f) n.form === e && b(t)
    return (m.add(e), t)
  },
  C = () => {
    h = !0
    for (const e of f.values()) v.wait(e)
    i(`Not saved yet: the server can't be reached. It is sent as soon as it can.`)
  }
document.addEventListener(`htmx:config:request`, ({ detail: { ctx: e } }) => {
  const { request: t, sourceElement: i } = e,
    { body: a } = t
  if (!(i instanceof HTMLFormElement && a instanceof FormData)) return
  const o = g(i)
  if (o === void 0 || n(i) === void 0) return
  const s = p.get(i)
  p.delete(i), s?.text === o.value && a.set(`idempotencyKey`, s.key)
  const c = new URLSearchParams()
  for (const [e, t] of a) typeof t == `string` && c.append(e, t)
  const { action: u, headers: d, method: m } = t,
    _ = {
      form: i,
      text: o.value,
      key: c.get(`idempotencyKey`) ?? ``,
      flush: () => void fetch(u, { method: m, headers: d, body: c, keepalive: !0 }).catch(() => void 0)
    }
  f.set(e, _), h && v.wait(_), (t.timeout = 0), Object.assign(e, { fetch: (e, t) => l(e, t, C) }), (o.value = ``), r(i)
}),
  document.addEventListener(`htmx:after:request`, ({ detail: { ctx: e } }) => {
    const t = b(e),
      n = e.response?.status ?? 0
    t !== void 0 && n >= 400 && x(t, n >= 500)
  }),
  document.addEventListener(`htmx:finally:request`, ({ detail: { ctx: e } }) => {
    const t = b(e)
    t !== void 0 && x(t, !0)
  }),
  document.addEventListener(`htmx:before:request`, (e) => {
    m.has(e.detail.ctx.sourceElement) && e.preventDefault()
  }),
  window.addEventListener(`pageshow`, ({ persisted: e }) => {
    if (e) for (const e of document.forms) m.delete(e)
  }),
  window.addEventListener(`pagehide`, () => {
    for (const { flush: e } of f.values()) e()
  }),
  window.addEventListener(`beforeunload`, (e) => {
    h && e.preventDefault()
  })
const w = `evenstar.carried`
document.addEventListener(`htmx:before:response`, (e) => {
  const { response: t, sourceElement: n } = e.detail.ctx
  if (!(n instanceof HTMLFormElement && t?.raw.redirected)) return
  e.preventDefault()
  const r = g(n),
    { pathname: i } = new URL(t.raw.url),
    [, ...a] = S(n),
    o = { path: i, texts: a, typed: ``, isFocused: r === document.activeElement },
    s = () => sessionStorage.setItem(w, JSON.stringify({ ...o, typed: r?.value ?? `` }))
  s(), window.addEventListener(`pagehide`, s, { once: !0 }), location.assign(i)
}),
  (() => {
    const e = sessionStorage.getItem(w),
      t = [...document.forms].find(n)
    if (e === null || t === void 0) return
    const { isFocused: r, path: i, texts: a, typed: o } = JSON.parse(e),
      s = g(t)
    i === location.pathname &&
      s !== void 0 &&
      (sessionStorage.removeItem(w),
      (s.value = o + s.value),
      r && s.focus(),
      s.setSelectionRange(s.value.length, s.value.length),
      setTimeout(() => {
        for (const e of a) _(t, e)
      }))
  })()
const T = /* @__PURE__ */ new WeakMap(),
  ee = (e) => e.parentElement?.querySelector(`.text`)?.textContent ?? ``,
  E = (e, t) => {
    const n = e.querySelector(`input`)
    if (n === null || !(n.value === T.get(n) || (t && n.value === ``))) return
    const r = ee(e)
    T.set(n, r), (n.value = r)
  }
document.addEventListener(
  `toggle`,
  ({ target: e }) => {
    e instanceof HTMLDetailsElement && e.open && e.closest(`.todos`) !== null && E(e, !0)
  },
  { capture: !0 }
)
const D = (e, t) => {
    e.contains(document.activeElement) && e.querySelector(`summary`)?.focus(), (t.value = ``), (e.open = !1)
  },
  O = (e) => {
    const t = e instanceof HTMLFormElement ? e.elements.namedItem(`text`) : null,
      n = t instanceof HTMLInputElement ? t.closest(`details`) : null
    return t instanceof HTMLInputElement && n !== null ? { details: n, field: t } : void 0
  }
document.addEventListener(`htmx:after:request`, ({ detail: { ctx: e } }) => {
  const { request: t, response: n, sourceElement: r } = e,
    i = O(r)
  if (i === void 0 || n === void 0 || n.status >= 300) return
  const a = t.body instanceof URLSearchParams ? t.body.get(`text`) : null
  i.field.value === a && D(i.details, i.field)
}),
  document.addEventListener(`keydown`, ({ isComposing: e, key: t, target: n }) => {
    if (t !== `Escape` || e || !(n instanceof Element)) return
    const r = O(n.closest(`details form`))
    r !== void 0 && D(r.details, r.field)
  }),
  document.addEventListener(`htmx:after:swap`, () => {
    for (const e of document.querySelectorAll(`.todos details[open]`)) E(e, !1)
  }),
  document.addEventListener(`htmx:after:request`, ({ detail: { ctx: e } }) => {
    e.sourceElement instanceof HTMLFormElement && (e.response?.status ?? 0) < 300 && a()
  }),
  document.addEventListener(`htmx:error`, ({ target: e }) => {
    e instanceof HTMLFormElement && i(`No answer came: maybe there is no connection. Please try again.`)
  })
var te = class e {
  port
  open = /* @__PURE__ */ new Map()
  count = 0
  release = () => {}
  constructor(e) {
    this.port = e
    const t = `evenstar.tab.${crypto.randomUUID()}`
    navigator.locks.request(
      t,
      () => (
        this.say({ tab: t }),
        new Promise((e) => {
          this.release = e
        })
      )
    ),
      e.addEventListener(`message`, ({ data: e }) => {
        ;`id` in e && this.open.get(e.id)?.(e)
      })
  }
  static to(t) {
    return new Promise((n) => {
      const r = new SharedWorker(t, { type: `module`, name: `evenstar` }),
        i = setTimeout(n, 3e3, void 0)
      r.addEventListener(`error`, () => n(void 0)),
        r.port.addEventListener(
          `message`,
          () => {
            clearTimeout(i), n(new e(r.port))
          },
          { once: !0 }
        ),
        r.port.start()
    })
  }
  say(e) {
    this.port.postMessage(e)
  }
  close() {
    for (const e of this.open.values()) e({ isOver: !0, status: void 0 })
    this.release(), this.port.close()
  }
  fetch(e, t, n) {
    const r = ++this.count,
      i = new TextEncoder()
    return new Promise((a, o) => {
      let s,
        c = () => {
          this.open.delete(r), this.say({ close: r })
        },
        l = () => {
          if (!this.open.has(r)) return
          c()
          const e = n?.reason ?? new DOMException(`Aborted`, `AbortError`)
          s?.error(e), o(e)
        }
      this.open.set(r, (e) => {
        if (`block` in e) return s?.enqueue(i.encode(e.block))
        if (`isOpen` in e) {
          const e = new ReadableStream({
            start: (e) => {
              s = e
            },
            cancel: c
          })
          return a(new Response(e, { headers: { "content-type": `text/event-stream; charset=utf-8` } }))
        }
        this.open.delete(r),
          s === void 0
            ? `isUnshared` in e
              ? a(void 0)
              : e.status === void 0
                ? o(/* @__PURE__ */ TypeError(`There is no stream`))
                : a(new Response(``, { status: e.status }))
            : s.close()
      }),
        n?.addEventListener(`abort`, l),
        n?.aborted === !0 ? l() : this.say({ open: { id: r, path: e, at: t } })
    })
  }
}
const k = document.querySelector(`meta[name=live-worker]`)?.content
let A
const j = k !== void 0 && `SharedWorker` in window && `locks` in navigator,
  M = () => ((A ??= k !== void 0 && j ? te.to(k).catch(() => void 0) : Promise.resolve(void 0)), A)
window.addEventListener(`pagehide`, () => {
  A?.then((e) => e?.close()), (A = void 0)
})
const N = window.fetch.bind(window)
window.fetch = async (e, t) => {
  const { pathname: n, search: r } = new URL(e instanceof Request ? e.url : e, location.href)
  if (!n.endsWith(`/feed`)) return N(e, t)
  const i = await M()
  if (i === void 0) return N(e, t)
  const a = new Headers(t?.headers).get(`last-event-id`) ?? void 0
  return (await i.fetch(n + r, a, t?.signal)) ?? N(e, t)
}
const P = () => getComputedStyle(document.documentElement).getPropertyValue(`--paper`) !== ``,
  F = () => {
    if (document.documentElement.dataset.recovery !== void 0) return
    if (P()) return ((document.documentElement.dataset.started = ``), sessionStorage.removeItem(`evenstar.recovery`))
    const e = document.createElement(`script`)
    ;(e.type = `module`), (e.src = `/static/recover.js`), document.head.append(e)
  }
document.readyState === `complete` ? F() : window.addEventListener(`load`, F)
const I = `:is(.todos, .bar) :is(button, summary)`,
  L = ({ clientX: e, clientY: t }) => document.elementFromPoint(e, t)?.closest(`.todos > li, .bar`)?.id
let R, z, B, V
const H = (e, t) => Math.hypot(e.clientX - t.clientX, e.clientY - t.clientY) > 16
document.addEventListener(`pointermove`, (e) => {
  ;(R = e), (B = void 0)
}),
  document.addEventListener(`pointerdown`, (e) => {
    ;(R === void 0 || H(R, e)) && (B = void 0), (R = e)
  }),
  document.addEventListener(`htmx:before:swap`, () => {
    z = R && L(R)
  }),
  document.addEventListener(`htmx:after:swap`, () => {
    R !== void 0 && L(R) !== z && (B = performance.now())
  })
const U = (e, t) => {
    if (!(e instanceof PointerEvent && e.pointerType === `touch`)) return !1
    const { clientX: n, clientY: r } = e,
      i = V
    return ((V = { at: t, clientX: n, clientY: r }), i !== void 0 && t - i.at < 300 && !H(i, e))
  },
  W = (e) => {
    if (e.detail === 0) return !0
    const t = performance.now(),
      n = B !== void 0 && t - B < 500
    return e.detail === 1 && !n && !U(e, t)
  }
document.addEventListener(
  `click`,
  (e) => {
    e.target instanceof Element && e.target.closest(I) !== null && !W(e) && (e.preventDefault(), e.stopPropagation())
  },
  { capture: !0 }
),
  document.addEventListener(`keydown`, (e) => {
    e.repeat &&
      /^( |Enter)$/.test(e.key) &&
      e.target instanceof Element &&
      e.target.closest(I) !== null &&
      e.preventDefault()
  })
const G = [`.check`, `summary`, `.plain`],
  K = (e) => {
    const t = document.getElementById(`feed`)
    if (e === null || t === null || !t.contains(e)) return
    const n = e.closest(`.todos > li`)
    if (n === null) return { element: e, control: void 0, neighbours: [] }
    const r = [...(n.parentElement?.children ?? [])].map(({ id: e }) => e),
      i = r.indexOf(n.id),
      a = [...r.slice(i), ...r.slice(0, i).reverse()]
    return {
      element: e,
      control: e.closest(`details`) === null ? G.find((t) => e.matches(t)) : `summary`,
      neighbours: a
    }
  },
  q = (e) => e instanceof HTMLElement && e.checkVisibility(),
  ne = ({ control: e, element: t, neighbours: n }) => {
    if (document.activeElement === document.body || document.activeElement === null) {
      if (q(t)) return t.focus()
      ;[
        ...(e === void 0 ? [] : n.map((t) => document.getElementById(t)?.querySelector(e))),
        document.querySelector(`#bar button`),
        document.getElementById(`text`)
      ]
        .find(q)
        ?.focus()
    }
  }
let J
document.addEventListener(`htmx:before:swap`, () => {
  J = K(document.activeElement)
}),
  document.addEventListener(`htmx:after:swap`, () => {
    J !== void 0 && ne(J), (J = void 0)
  })
let Y
const X = () => [performance.now(), Date.now()]
let Z = X()
const re = () => X().some((e, t) => e - (Z[t] ?? e) > 35e3),
  Q = (e) => {
    Z = X()
    const t = document.getElementById(`connection`)
    t !== null &&
      t.dataset.state !== e &&
      ((t.dataset.state = e), (t.textContent = e === `live` ? `Live` : `Reconnecting …`))
  },
  $ = (e) => (e instanceof CustomEvent ? e.detail?.connection : void 0)
document.addEventListener(`htmx:sse:before:connection`, (e) => {
  ;(Y = $(e)), (Y?.attempt ?? 0) > 0 && Q(`reconnecting`)
}),
  document.addEventListener(`htmx:sse:after:connection`, () => Q(`live`)),
  document.addEventListener(`htmx:sse:before:message`, () => Q(`live`)),
  document.addEventListener(`ping`, () => Q(`live`)),
  document.addEventListener(`htmx:sse:close`, () => Q(`reconnecting`)),
  document.addEventListener(`htmx:sse:error`, (e) => {
    if (e instanceof CustomEvent && e.detail?.status === 404) return location.reload()
    Q(`reconnecting`), $(e)?.abortController?.abort()
  }),
  window.addEventListener(`online`, () => Y?.delayCanceller?.()),
  setInterval(() => {
    !document.hidden && re() && ((Z = X()), Y?.reader?.cancel())
  }, 5e3)
//# sourceMappingURL=index.it2spCRS.js.map
