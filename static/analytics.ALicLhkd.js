import "./index.it2spCRS.js"
const e = matchMedia(`(prefers-color-scheme: dark)`),
  t = /* @__PURE__ */ new Map(),
  n = document.createElement(`span`)
;(n.hidden = !0), document.body.append(n)
const r = (e, r = 100) => {
    const i = `${e} ${r}`,
      a = t.get(i)
    if (a !== void 0) return a
    n.style.color = r === 100 ? `var(--${e})` : `color-mix(in srgb, var(--${e}) ${r}%, transparent)`
    const o = getComputedStyle(n).color
    return (t.set(i, o), o)
  },
  i = (n) =>
    e.addEventListener(`change`, () => {
      t.clear(), n()
    }),
  a = `u-off`,
  o = `u-label`,
  s = `width`,
  c = `height`,
  l = `bottom`,
  u = `left`,
  d = `right`,
  f = `#000`,
  p = `#0000`,
  m = `mousemove`,
  h = `mousedown`,
  g = `mouseup`,
  _ = `mouseenter`,
  v = `mouseleave`,
  y = `dblclick`,
  b = `change`,
  x = `dppxchange`,
  S = typeof window < `u`,
  C = S ? document : null,
  w = S ? window : null,
  T = S ? navigator : null
let E, D
function O() {
  const e = devicePixelRatio
  E != e &&
    ((E = e),
    D && se(b, D, O),
    (D = matchMedia(`(min-resolution: ${E - 0.001}dppx) and (max-resolution: ${E + 0.001}dppx)`)),
    oe(b, D, O),
    w.dispatchEvent(new CustomEvent(x)))
}
function k(e, t) {
  if (t != null) {
    const n = e.classList
    !n.contains(t) && n.add(t)
  }
}
function ee(e, t) {
  const n = e.classList
  n.contains(t) && n.remove(t)
}
function A(e, t, n) {
  e.style[t] = n + `px`
}
function j(e, t, n, r) {
  const i = C.createElement(e)
  return (t != null && k(i, t), n?.insertBefore(i, r), i)
}
function M(e, t) {
  return j(`div`, e, t)
}
const N = /* @__PURE__ */ new WeakMap()
function P(e, t, n, r, i) {
  const o = `translate(` + t + `px,` + n + `px)`
  o != N.get(e) && ((e.style.transform = o), N.set(e, o), t < 0 || n < 0 || t > r || n > i ? k(e, a) : ee(e, a))
}
const te = /* @__PURE__ */ new WeakMap()
function ne(e, t, n) {
  const r = t + n
  r != te.get(e) && (te.set(e, r), (e.style.background = t), (e.style.borderColor = n))
}
const re = /* @__PURE__ */ new WeakMap()
function ie(e, t, n, r) {
  const i = t + `` + n
  i != re.get(e) &&
    (re.set(e, i),
    (e.style.height = n + `px`),
    (e.style.width = t + `px`),
    (e.style.marginLeft = r ? -t / 2 + `px` : 0),
    (e.style.marginTop = r ? -n / 2 + `px` : 0))
}
const F = { passive: !0 },
  ae = { ...F, capture: !0 }
function oe(e, t, n, r) {
  t.addEventListener(e, n, r ? ae : F)
}
function se(e, t, n, r) {
  t.removeEventListener(e, n, F)
}
S && O()
function I(e, t, n, r) {
  let i
  ;(n ||= 0), (r ||= t.length - 1)
  const a = r <= 2147483647
  for (; r - n > 1; ) (i = a ? (n + r) >> 1 : V((n + r) / 2)), t[i] < e ? (n = i) : (r = i)
  return e - t[n] <= t[r] - e ? n : r
}
function ce(e) {
  return (t, n, r) => {
    let i = -1,
      a = -1
    for (let a = n; a <= r; a++)
      if (e(t[a])) {
        i = a
        break
      }
    for (let i = r; i >= n; i--)
      if (e(t[i])) {
        a = i
        break
      }
    return [i, a]
  }
}
const le = (e) => e != null,
  L = (e) => e != null && e > 0,
  ue = ce(le),
  R = ce(L)
function de(e, t, n, r = 0, i = !1) {
  const a = i ? R : ue,
    o = i ? L : le
  ;[t, n] = a(e, t, n)
  let s = e[t],
    c = e[t]
  if (t > -1) {
    if (r == 1) (s = e[t]), (c = e[n])
    else if (r == -1) (s = e[n]), (c = e[t])
    else
      for (let r = t; r <= n; r++) {
        const t = e[r]
        o(t) && (t < s ? (s = t) : t > c && (c = t))
      }
  }
  return [s ?? H, c ?? -H]
}
function fe(e, t, n, r) {
  const i = Ae(e),
    a = Ae(t)
  e == t && (i == -1 ? ((e *= n), (t /= n)) : ((e /= n), (t *= n)))
  let o = n == 10 ? je : Me,
    s = i == 1 ? V : Ee,
    c = a == 1 ? Ee : V,
    l = s(o(we(e))),
    u = c(o(we(t))),
    d = ke(n, l),
    f = ke(n, u)
  return (
    n == 10 && (l < 0 && (d = G(d, -l)), u < 0 && (f = G(f, -u))),
    r || n == 2 ? ((e = d * i), (t = f * a)) : ((e = qe(e, d)), (t = Ke(t, f))),
    [e, t]
  )
}
function pe(e, t, n, r) {
  const i = fe(e, t, n, r)
  return (e == 0 && (i[0] = 0), t == 0 && (i[1] = 0), i)
}
const me = 0.1,
  he = { mode: 3, pad: me },
  ge = { pad: 0, soft: null, mode: 0 },
  z = { min: ge, max: ge }
function _e(e, t, n, r) {
  return rt(n) ? ye(e, t, n) : ((ge.pad = n), (ge.soft = r ? 0 : null), (ge.mode = r ? 3 : 0), ye(e, t, z))
}
function B(e, t) {
  return e ?? t
}
function ve(e, t, n) {
  for (t = B(t, 0), n = B(n, e.length - 1); t <= n; ) {
    if (e[t] != null) return !0
    t++
  }
  return !1
}
function ye(e, t, n) {
  let r = n.min,
    i = n.max,
    a = B(r.pad, 0),
    o = B(i.pad, 0),
    s = B(r.hard, -H),
    c = B(i.hard, H),
    l = B(r.soft, H),
    u = B(i.soft, -H),
    d = B(r.mode, 0),
    f = B(i.mode, 0),
    p = t - e,
    m = je(p),
    h = Oe(we(e), we(t)),
    g = je(h),
    _ = we(g - m)
  ;(p < 1e-24 || _ > 10) &&
    ((p = 0), (e == 0 || t == 0) && ((p = 1e-24), d == 2 && l != H && (a = 0), f == 2 && u != -H && (o = 0)))
  let v = p || h || 1e3,
    y = je(v),
    b = ke(10, V(y)),
    x = G(qe(e - v * (p == 0 ? (e == 0 ? 0.1 : 1) : a), b / 10), 24),
    S = e >= l && (d == 1 || (d == 3 && x <= l) || (d == 2 && x >= l)) ? l : H,
    C = Oe(s, x < S && e >= S ? S : De(S, x)),
    w = G(Ke(t + v * (p == 0 ? (t == 0 ? 0.1 : 1) : o), b / 10), 24),
    T = t <= u && (f == 1 || (f == 3 && w >= u) || (f == 2 && w <= u)) ? u : -H,
    E = De(c, w > T && t <= T ? T : Oe(T, w))
  return (C == E && C == 0 && (E = 100), [C, E])
}
const be = new Intl.NumberFormat(S ? T.language : `en-US`),
  xe = (e) => be.format(e),
  Se = Math,
  Ce = Se.PI,
  we = Se.abs,
  V = Se.floor,
  Te = Se.round,
  Ee = Se.ceil,
  De = Se.min,
  Oe = Se.max,
  ke = Se.pow,
  Ae = Se.sign,
  je = Se.log10,
  Me = Se.log2,
  Ne = (e, t = 1) => Se.sinh(e) * t,
  Pe = (e, t = 1) => Se.asinh(e / t),
  H = 1 / 0
function Fe(e) {
  return (je((e ^ (e >> 31)) - (e >> 31)) | 0) + 1
}
function Ie(e, t, n) {
  return De(Oe(e, t), n)
}
function Le(e) {
  return typeof e == `function`
}
function U(e) {
  return Le(e) ? e : () => e
}
const W = () => {},
  Re = (e) => e,
  ze = (e, t) => t,
  Be = (e) => null,
  Ve = (e) => !0,
  He = (e, t) => e == t,
  Ue = /\.\d*?(?=9{6,}|0{6,})/gm,
  We = (e) => {
    if (K(e) || Je.has(e)) return e
    const t = `${e}`,
      n = t.match(Ue)
    if (n == null) return e
    const r = n[0].length - 1
    if (t.indexOf(`e-`) != -1) {
      const [e, n] = t.split(`e`)
      return +`${We(e)}e${n}`
    }
    return G(e, r)
  }
function Ge(e, t) {
  return We(G(We(e / t)) * t)
}
function Ke(e, t) {
  return We(Ee(We(e / t)) * t)
}
function qe(e, t) {
  return We(V(We(e / t)) * t)
}
function G(e, t = 0) {
  if (K(e)) return e
  const n = 10 ** t,
    r = e * n * (1 + 2 ** -52)
  return Te(r) / n
}
const Je = /* @__PURE__ */ new Map()
function Ye(e) {
  return ((`` + e).split(`.`)[1] || ``).length
}
function Xe(e, t, n, r) {
  const i = [],
    a = r.map(Ye)
  for (let o = t; o < n; o++) {
    const t = we(o),
      n = G(ke(e, o), t)
    for (let s = 0; s < r.length; s++) {
      const c = e == 10 ? +`${r[s]}e${o}` : r[s] * n,
        l = (o >= 0 ? 0 : t) + (o >= a[s] ? 0 : a[s]),
        u = e == 10 ? c : G(c, l)
      i.push(u), Je.set(u, l)
    }
  }
  return i
}
const Ze = {},
  Qe = [],
  $e = [null, null],
  et = Array.isArray,
  K = Number.isInteger,
  tt = (e) => e === void 0
function nt(e) {
  return typeof e == `string`
}
function rt(e) {
  let t = !1
  if (e != null) {
    const n = e.constructor
    t = n == null || n == Object
  }
  return t
}
function it(e) {
  return typeof e == `object` && !!e
}
const q = Object.getPrototypeOf(Uint8Array),
  at = `__proto__`
function ot(e, t = rt) {
  let n
  if (et(e)) {
    const r = e.find((e) => e != null)
    if (et(r) || t(r)) {
      n = Array(e.length)
      for (let r = 0; r < e.length; r++) n[r] = ot(e[r], t)
    } else n = e.slice()
  } else if (e instanceof q) n = e.slice()
  else if (t(e)) {
    n = {}
    for (const r in e) r != at && (n[r] = ot(e[r], t))
  } else n = e
  return n
}
function st(e) {
  const t = arguments
  for (let n = 1; n < t.length; n++) {
    const r = t[n]
    for (const t in r) t != at && (rt(e[t]) ? st(e[t], ot(r[t])) : (e[t] = ot(r[t])))
  }
  return e
}
function ct(e, t, n) {
  for (let r = 0, i, a = -1; r < t.length; r++) {
    const o = t[r]
    if (o > a) {
      for (i = o - 1; i >= 0 && e[i] == null; ) e[i--] = null
      for (i = o + 1; i < n && e[i] == null; ) e[(a = i++)] = null
    }
  }
}
function lt(e, t) {
  if (ft(e)) {
    let t = e[0].slice()
    for (let n = 1; n < e.length; n++) t.push(...e[n].slice(1))
    return (pt(t[0]) || (t = dt(t)), t)
  }
  const n = /* @__PURE__ */ new Set()
  for (let t = 0; t < e.length; t++) {
    const r = e[t][0],
      i = r.length
    for (let e = 0; e < i; e++) n.add(r[e])
  }
  const r = [Array.from(n).sort((e, t) => e - t)],
    i = r[0].length,
    a = /* @__PURE__ */ new Map()
  for (let e = 0; e < i; e++) a.set(r[0][e], e)
  for (let n = 0; n < e.length; n++) {
    const o = e[n],
      s = o[0]
    for (let e = 1; e < o.length; e++) {
      const c = o[e],
        l = Array(i).fill(void 0),
        u = t ? t[n][e] : 1,
        d = []
      for (let e = 0; e < c.length; e++) {
        const t = c[e],
          n = a.get(s[e])
        t === null ? u != 0 && ((l[n] = t), u == 2 && d.push(n)) : (l[n] = t)
      }
      ct(l, d, i), r.push(l)
    }
  }
  return r
}
const ut = typeof queueMicrotask > `u` ? (e) => Promise.resolve().then(e) : queueMicrotask
function dt(e) {
  const t = e[0],
    n = t.length,
    r = Array(n)
  for (let e = 0; e < r.length; e++) r[e] = e
  r.sort((e, n) => t[e] - t[n])
  const i = []
  for (let t = 0; t < e.length; t++) {
    const a = e[t],
      o = Array(n)
    for (let e = 0; e < n; e++) o[e] = a[r[e]]
    i.push(o)
  }
  return i
}
function ft(e) {
  const t = e[0][0],
    n = t.length
  for (let r = 1; r < e.length; r++) {
    const i = e[r][0]
    if (i.length != n) return !1
    if (i != t) {
      for (let e = 0; e < n; e++) if (i[e] != t[e]) return !1
    }
  }
  return !0
}
function pt(e, t = 100) {
  const n = e.length
  if (n <= 1) return !0
  let r = 0,
    i = n - 1
  for (; r <= i && e[r] == null; ) r++
  for (; i >= r && e[i] == null; ) i--
  if (i <= r) return !0
  const a = Oe(1, V((i - r + 1) / t))
  for (let t = e[r], n = r + a; n <= i; n += a) {
    const r = e[n]
    if (r != null) {
      if (r <= t) return !1
      t = r
    }
  }
  return !0
}
const mt = [
    `January`,
    `February`,
    `March`,
    `April`,
    `May`,
    `June`,
    `July`,
    `August`,
    `September`,
    `October`,
    `November`,
    `December`
  ],
  ht = [`Sunday`, `Monday`, `Tuesday`, `Wednesday`, `Thursday`, `Friday`, `Saturday`]
function gt(e) {
  return e.slice(0, 3)
}
const _t = ht.map(gt),
  vt = { MMMM: mt, MMM: mt.map(gt), WWWW: ht, WWW: _t }
function yt(e) {
  return (e < 10 ? `0` : ``) + e
}
function bt(e) {
  return (e < 10 ? `00` : e < 100 ? `0` : ``) + e
}
const xt = {
  YYYY: (e) => e.getFullYear(),
  YY: (e) => (e.getFullYear() + ``).slice(2),
  MMMM: (e, t) => t.MMMM[e.getMonth()],
  MMM: (e, t) => t.MMM[e.getMonth()],
  MM: (e) => yt(e.getMonth() + 1),
  M: (e) => e.getMonth() + 1,
  DD: (e) => yt(e.getDate()),
  D: (e) => e.getDate(),
  WWWW: (e, t) => t.WWWW[e.getDay()],
  WWW: (e, t) => t.WWW[e.getDay()],
  HH: (e) => yt(e.getHours()),
  H: (e) => e.getHours(),
  h: (e) => {
    const t = e.getHours()
    return t == 0 ? 12 : t > 12 ? t - 12 : t
  },
  AA: (e) => (e.getHours() >= 12 ? `PM` : `AM`),
  aa: (e) => (e.getHours() >= 12 ? `pm` : `am`),
  a: (e) => (e.getHours() >= 12 ? `p` : `a`),
  mm: (e) => yt(e.getMinutes()),
  m: (e) => e.getMinutes(),
  ss: (e) => yt(e.getSeconds()),
  s: (e) => e.getSeconds(),
  fff: (e) => bt(e.getMilliseconds())
}
function St(e, t) {
  t ||= vt
  let n = [],
    r = /\{([a-z]+)\}|[^{]+/gi,
    i
  for (; (i = r.exec(e)); ) n.push(i[0][0] == `{` ? xt[i[1]] : i[0])
  return (e) => {
    let r = ``
    for (let i = 0; i < n.length; i++) r += typeof n[i] == `string` ? n[i] : n[i](e, t)
    return r
  }
}
const Ct = new Intl.DateTimeFormat().resolvedOptions().timeZone
function wt(e, t) {
  let n
  return (
    t == `UTC` || t == `Etc/UTC`
      ? (n = /* @__PURE__ */ new Date(+e + e.getTimezoneOffset() * 6e4))
      : t == Ct
        ? (n = e)
        : ((n = new Date(e.toLocaleString(`en-US`, { timeZone: t }))), n.setMilliseconds(e.getMilliseconds())),
    n
  )
}
const Tt = (e) => e % 1 == 0,
  Et = [1, 2, 2.5, 5],
  Dt = Xe(10, -32, 0, Et),
  Ot = Xe(10, 0, 32, Et),
  kt = Ot.filter(Tt),
  At = Dt.concat(Ot),
  J = `{YYYY}`,
  Y =
    `
` + J,
  jt = `{M}/{D}`,
  Mt =
    `
` + jt,
  Nt = Mt + `/{YY}`,
  Pt = `{aa}`,
  Ft = `{h}:{mm}` + Pt,
  It =
    `
` + Ft,
  Lt = `:{ss}`
function Rt(e) {
  const t = e * 1e3,
    n = t * 60,
    r = n * 60,
    i = r * 24,
    a = i * 30,
    o = i * 365,
    s = (e == 1 ? Xe(10, 0, 3, Et).filter(Tt) : Xe(10, -3, 0, Et)).concat([
      t,
      t * 5,
      t * 10,
      t * 15,
      t * 30,
      n,
      n * 5,
      n * 10,
      n * 15,
      n * 30,
      r,
      r * 2,
      r * 3,
      r * 4,
      r * 6,
      r * 8,
      r * 12,
      i,
      i * 2,
      i * 3,
      i * 4,
      i * 5,
      i * 6,
      i * 7,
      i * 8,
      i * 9,
      i * 10,
      i * 15,
      a,
      a * 2,
      a * 3,
      a * 4,
      a * 6,
      o,
      o * 2,
      o * 5,
      o * 10,
      o * 25,
      o * 50,
      o * 100
    ]),
    c = [
      [o, J, null, null, null, null, null, null, 1],
      [i * 28, `{MMM}`, Y, null, null, null, null, null, 1],
      [i, jt, Y, null, null, null, null, null, 1],
      [r, `{h}` + Pt, Nt, null, Mt, null, null, null, 1],
      [n, Ft, Nt, null, Mt, null, null, null, 1],
      [t, Lt, Nt + ` ` + Ft, null, Mt + ` ` + Ft, null, It, null, 1],
      [e, Lt + `.{fff}`, Nt + ` ` + Ft, null, Mt + ` ` + Ft, null, It, null, 1]
    ]
  function l(t) {
    return (s, c, l, u, d, f) => {
      const p = [],
        m = d >= o,
        h = d >= a && d < o,
        g = t(l),
        _ = G(g * e, 3),
        v = Jt(g.getFullYear(), m ? 0 : g.getMonth(), h || m ? 1 : g.getDate()),
        y = G(v * e, 3)
      if (h || m) {
        let n = h ? d / a : 0,
          r = m ? d / o : 0,
          i = _ == y ? _ : G(Jt(v.getFullYear() + r, v.getMonth() + n, 1) * e, 3),
          s = new Date(Te(i / e)),
          c = s.getFullYear(),
          l = s.getMonth()
        for (let a = 0; i <= u; a++) {
          const o = Jt(c + r * a, l + n * a, 1),
            s = o - t(G(o * e, 3))
          ;(i = G((+o + s) * e, 3)), i <= u && p.push(i)
        }
      } else {
        let a = d >= i ? i : d,
          o = y + (V(l) - V(_)) + Ke(_ - y, a)
        p.push(o)
        let m = t(o),
          h = m.getHours() + m.getMinutes() / n + m.getSeconds() / r,
          g = d / r,
          v = f / s.axes[c]._space
        for (; (o = G(o + d, e == 1 ? 0 : 3)), !(o > u); )
          if (g > 1) {
            let e = V(G(h + g, 6)) % 24,
              n = t(o).getHours() - e
            n > 1 && (n = -1), (o -= n * r), (h = (h + g) % 24)
            const i = p[p.length - 1]
            G((o - i) / d, 3) * v >= 0.7 && p.push(o)
          } else p.push(o)
      }
      return p
    }
  }
  return [s, c, l]
}
const [zt, Bt, Vt] = Rt(1),
  [Ht, Ut, Wt] = Rt(0.001)
Xe(2, -53, 53, [1])
function Gt(e, t) {
  return e.map((e) => e.map((n, r) => (r == 0 || r == 8 || n == null ? n : t(r == 1 || e[8] == 0 ? n : e[1] + n))))
}
function Kt(e, t) {
  return (n, r, i, a, o) => {
    let s = t.find((e) => o >= e[0]) || t[t.length - 1],
      c,
      l,
      u,
      d,
      f,
      p
    return r.map((t) => {
      const n = e(t),
        r = n.getFullYear(),
        i = n.getMonth(),
        a = n.getDate(),
        o = n.getHours(),
        m = n.getMinutes(),
        h = n.getSeconds(),
        g =
          (r != c && s[2]) ||
          (i != l && s[3]) ||
          (a != u && s[4]) ||
          (o != d && s[5]) ||
          (m != f && s[6]) ||
          (h != p && s[7]) ||
          s[1]
      return ((c = r), (l = i), (u = a), (d = o), (f = m), (p = h), g(n))
    })
  }
}
function qt(e, t) {
  const n = St(t)
  return (t, r, i, a, o) => r.map((t) => n(e(t)))
}
function Jt(e, t, n) {
  return new Date(e, t, n)
}
function Yt(e, t) {
  return t(e)
}
function Xt(e, t) {
  return (n, r, i, a) => (a == null ? `--` : t(e(r)))
}
function Zt(e, t) {
  const n = e.series[t]
  return n.width ? n.stroke(e, t) : n.points.width ? n.points.stroke(e, t) : null
}
function Qt(e, t) {
  return e.series[t].fill(e, t)
}
const $t = {
  show: !0,
  live: !0,
  isolate: !1,
  mount: W,
  markers: { show: !0, width: 2, stroke: Zt, fill: Qt, dash: `solid` },
  idx: null,
  idxs: null,
  values: []
}
function en(e, t) {
  const n = e.cursor.points,
    r = M(),
    i = n.size(e, t)
  A(r, s, i), A(r, c, i)
  const a = i / -2
  A(r, `marginLeft`, a), A(r, `marginTop`, a)
  const o = n.width(e, t, i)
  return (o && A(r, `borderWidth`, o), r)
}
function tn(e, t) {
  const n = e.series[t].points
  return n._fill || n._stroke
}
function nn(e, t) {
  const n = e.series[t].points
  return n._stroke || n._fill
}
function rn(e, t) {
  return e.series[t].points.size
}
const an = [0, 0]
function on(e, t, n) {
  return ((an[0] = t), (an[1] = n), an)
}
function sn(e, t, n, r = !0) {
  return (e) => {
    e.button != 0 || (r && e.target != t) || n(e)
  }
}
function cn(e, t, n, r = !0) {
  return (e) => {
    ;(r && e.target != t) || n(e)
  }
}
const ln = {
    show: !0,
    x: !0,
    y: !0,
    lock: !1,
    move: on,
    points: { one: !1, show: en, size: rn, width: 0, stroke: nn, fill: tn },
    bind: { mousedown: sn, mouseup: sn, click: sn, dblclick: sn, mousemove: cn, mouseleave: cn, mouseenter: cn },
    drag: {
      setScale: !0,
      x: !0,
      y: !1,
      dist: 0,
      uni: null,
      click: (e, t) => {
        t.stopPropagation(), t.stopImmediatePropagation()
      },
      _x: !1,
      _y: !1
    },
    focus: { dist: (e, t, n, r, i) => r - i, prox: -1, bias: 0 },
    hover: { skip: [void 0], prox: null, bias: 0 },
    left: -10,
    top: -10,
    idx: null,
    dataIdx: null,
    idxs: null,
    event: null
  },
  un = { show: !0, stroke: `rgba(0,0,0,0.07)`, width: 2 },
  dn = st({}, un, { filter: ze }),
  fn = st({}, dn, { size: 10 }),
  pn = st({}, un, { show: !1 }),
  mn = `12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"`,
  hn = `bold ` + mn,
  gn = 1.5,
  _n = {
    show: !0,
    scale: `x`,
    stroke: f,
    space: 50,
    gap: 5,
    alignTo: 1,
    size: 50,
    labelGap: 0,
    labelSize: 30,
    labelFont: hn,
    side: 2,
    grid: dn,
    ticks: fn,
    border: pn,
    font: mn,
    lineGap: gn,
    rotate: 0
  },
  vn = { show: !0, scale: `x`, auto: !1, sorted: 1, min: H, max: -1 / 0, idxs: [] }
function yn(e, t, n, r, i) {
  return t.map((e) => (e == null ? `` : xe(e)))
}
function bn(e, t, n, r, i, a, o) {
  const s = [],
    c = Je.get(i) || 0
  n = o ? n : G(Ke(n, i), c)
  for (let e = n; e <= r; e = G(e + i, c)) s.push(Object.is(e, -0) ? 0 : e)
  return s
}
function xn(e, t, n, r, i, a, o) {
  const s = [],
    c = e.scales[e.axes[t].scale].log,
    l = V((c == 10 ? je : Me)(n))
  ;(i = ke(c, l)), c == 10 && (i = At[I(i, At)])
  let u = n,
    d = i * c
  c == 10 && (d = At[I(d, At)])
  do
    s.push(u),
      (u += i),
      c == 10 && !Je.has(u) && (u = G(u, Je.get(i))),
      u >= d && ((i = u), (d = i * c), c == 10 && (d = At[I(d, At)]))
  while (u <= r)
  return s
}
function Sn(e, t, n, r, i, a, o) {
  const s = e.scales[e.axes[t].scale].asinh,
    c = r > s ? xn(e, t, Oe(s, n), r, i) : [s],
    l = r >= 0 && n <= 0 ? [0] : []
  return (n < -s ? xn(e, t, Oe(s, -r), -n, i) : [s])
    .reverse()
    .map((e) => -e)
    .concat(l, c)
}
const Cn = /./,
  wn = /[12357]/,
  Tn = /[125]/,
  En = /1/,
  Dn = (e, t, n, r) =>
    e.map((e, i) => ((t == 4 && e == 0) || (i % r == 0 && n.test(e.toExponential()[+(e < 0)])) ? e : null))
function On(e, t, n, r, i) {
  const a = e.axes[n],
    o = a.scale,
    s = e.scales[o],
    c = e.valToPos,
    l = a._space,
    u = c(10, o),
    d = c(9, o) - u >= l ? Cn : c(7, o) - u >= l ? wn : c(5, o) - u >= l ? Tn : En
  if (d == En) {
    const e = we(c(1, o) - u)
    if (e < l) return Dn(t.slice().reverse(), s.distr, d, Ee(l / e)).reverse()
  }
  return Dn(t, s.distr, d, 1)
}
function kn(e, t, n, r, i) {
  const a = e.axes[n],
    o = a.scale,
    s = a._space,
    c = e.valToPos,
    l = we(c(1, o) - c(2, o))
  return l < s ? Dn(t.slice().reverse(), 3, Cn, Ee(s / l)).reverse() : t
}
function An(e, t, n, r) {
  return r == null ? `--` : t == null ? `` : xe(t)
}
const jn = {
  show: !0,
  scale: `y`,
  stroke: f,
  space: 30,
  gap: 5,
  alignTo: 1,
  size: 50,
  labelGap: 0,
  labelSize: 30,
  labelFont: hn,
  side: 3,
  grid: dn,
  ticks: fn,
  border: pn,
  font: mn,
  lineGap: gn,
  rotate: 0
}
function Mn(e, t) {
  return G((3 + (e || 1) * 2) * t, 3)
}
function Nn(e, t) {
  const { scale: n, idxs: r } = e.series[0],
    i = e._data[0],
    a = e.valToPos(i[r[0]], n, !0),
    o = e.valToPos(i[r[1]], n, !0),
    s = we(o - a) / (e.series[t].points.space * E)
  return r[1] - r[0] <= s
}
const Pn = { scale: null, auto: !0, sorted: 0, min: H, max: -1 / 0 },
  Fn = (e, t, n, r, i) => i,
  In = {
    show: !0,
    auto: !0,
    sorted: 0,
    gaps: Fn,
    alpha: 1,
    facets: [st({}, Pn, { scale: `x` }), st({}, Pn, { scale: `y` })]
  },
  Ln = {
    scale: `y`,
    auto: !0,
    sorted: 0,
    show: !0,
    spanGaps: !1,
    gaps: Fn,
    alpha: 1,
    points: { show: Nn, filter: null },
    values: null,
    min: H,
    max: -1 / 0,
    idxs: [],
    path: null,
    clip: null
  }
function Rn(e, t, n, r, i) {
  return n / 10
}
const zn = { time: !0, auto: !0, distr: 1, log: 10, asinh: 1, min: null, max: null, dir: 1, ori: 0 },
  Bn = st({}, zn, { time: !1, ori: 1 }),
  Vn = {}
function Hn(e, t) {
  let n = Vn[e]
  return (
    n ||
      ((n = {
        key: e,
        plots: [],
        sub(e) {
          n.plots.push(e)
        },
        unsub(e) {
          n.plots = n.plots.filter((t) => t != e)
        },
        pub(e, t, r, i, a, o, s) {
          for (let c = 0; c < n.plots.length; c++) n.plots[c] != t && n.plots[c].pub(e, t, r, i, a, o, s)
        }
      }),
      e != null && (Vn[e] = n)),
    n
  )
}
function Un(e, t, n) {
  const r = e.mode,
    i = e.series[t],
    a = r == 2 ? e._data[t] : e._data,
    o = e.scales,
    s = e.bbox,
    c = a[0],
    l = r == 2 ? a[1] : a[t],
    u = r == 2 ? o[i.facets[0].scale] : o[e.series[0].scale],
    d = r == 2 ? o[i.facets[1].scale] : o[i.scale],
    f = s.left,
    p = s.top,
    m = s.width,
    h = s.height,
    g = e.valToPosH,
    _ = e.valToPosV
  return u.ori == 0
    ? n(i, c, l, u, d, g, _, f, p, m, h, Zn, $n, tr, rr, ar)
    : n(i, c, l, u, d, _, g, p, f, h, m, Qn, er, nr, ir, or)
}
function Wn(e, t) {
  let n = 0,
    r = 0,
    i = B(e.bands, Qe)
  for (let e = 0; e < i.length; e++) {
    const a = i[e]
    a.series[0] == t ? (n = a.dir) : a.series[1] == t && (a.dir == 1 ? (r |= 1) : (r |= 2))
  }
  return [n, r == 1 ? -1 : r == 2 ? 1 : r == 3 ? 2 : 0]
}
function Gn(e, t, n, r, i) {
  const a = e.mode,
    o = e.series[t],
    s = a == 2 ? o.facets[1].scale : o.scale,
    c = e.scales[s]
  return i == -1 ? c.min : i == 1 ? c.max : c.distr == 3 ? (c.dir == 1 ? c.min : c.max) : 0
}
function Kn(e, t, n, r, i, a) {
  return Un(e, t, (e, t, o, s, c, l, u, d, f, p, m) => {
    let h = e.pxRound,
      g = s.dir * (s.ori == 0 ? 1 : -1),
      _ = s.ori == 0 ? $n : er,
      v,
      y
    g == 1 ? ((v = n), (y = r)) : ((v = r), (y = n))
    const b = h(l(t[v], s, p, d)),
      x = h(u(o[v], c, m, f)),
      S = h(l(t[y], s, p, d)),
      C = h(u(a == 1 ? c.max : c.min, c, m, f)),
      w = new Path2D(i)
    return (_(w, S, C), _(w, b, C), _(w, b, x), w)
  })
}
function qn(e, t, n, r, i, a) {
  let o = null
  if (e.length > 0) {
    o = new Path2D()
    let s = t == 0 ? tr : nr,
      c = n
    for (let t = 0; t < e.length; t++) {
      const n = e[t]
      if (n[1] > n[0]) {
        const e = n[0] - c
        e > 0 && s(o, c, r, e, r + a), (c = n[1])
      }
    }
    const l = n + i - c
    l > 0 && s(o, c, r - 5, l, r + a + 10)
  }
  return o
}
function Jn(e, t, n) {
  const r = e[e.length - 1]
  r && r[0] == t ? (r[1] = n) : e.push([t, n])
}
function X(e, t, n, r, i, a, o) {
  const s = [],
    c = e.length
  for (let l = i == 1 ? n : r; l >= n && l <= r; l += i)
    if (t[l] === null) {
      let u = l,
        d = l
      if (i == 1) for (; ++l <= r && t[l] === null; ) d = l
      else for (; --l >= n && t[l] === null; ) d = l
      let f = a(e[u]),
        p = d == u ? f : a(e[d]),
        m = u - i
      f = o <= 0 && m >= 0 && m < c ? a(e[m]) : f
      const h = d + i
      ;(p = o >= 0 && h >= 0 && h < c ? a(e[h]) : p), p >= f && s.push([f, p])
    }
  return s
}
function Yn(e) {
  return e == 0 ? Re : e == 1 ? Te : (t) => Ge(t, e)
}
function Xn(e) {
  const t = e == 0 ? Zn : Qn,
    n =
      e == 0
        ? (e, t, n, r, i, a) => {
            e.arcTo(t, n, r, i, a)
          }
        : (e, t, n, r, i, a) => {
            e.arcTo(n, t, i, r, a)
          },
    r =
      e == 0
        ? (e, t, n, r, i) => {
            e.rect(t, n, r, i)
          }
        : (e, t, n, r, i) => {
            e.rect(n, t, i, r)
          }
  return (e, i, a, o, s, c = 0, l = 0) => {
    c == 0 && l == 0
      ? r(e, i, a, o, s)
      : ((c = De(c, o / 2, s / 2)),
        (l = De(l, o / 2, s / 2)),
        t(e, i + c, a),
        n(e, i + o, a, i + o, a + s, c),
        n(e, i + o, a + s, i, a + s, l),
        n(e, i, a + s, i, a, l),
        n(e, i, a, i + o, a, c),
        e.closePath())
  }
}
const Zn = (e, t, n) => {
    e.moveTo(t, n)
  },
  Qn = (e, t, n) => {
    e.moveTo(n, t)
  },
  $n = (e, t, n) => {
    e.lineTo(t, n)
  },
  er = (e, t, n) => {
    e.lineTo(n, t)
  },
  tr = Xn(0),
  nr = Xn(1),
  rr = (e, t, n, r, i, a) => {
    e.arc(t, n, r, i, a)
  },
  ir = (e, t, n, r, i, a) => {
    e.arc(n, t, r, i, a)
  },
  ar = (e, t, n, r, i, a, o) => {
    e.bezierCurveTo(t, n, r, i, a, o)
  },
  or = (e, t, n, r, i, a, o) => {
    e.bezierCurveTo(n, t, i, r, o, a)
  }
function sr(e) {
  return (e, t, n, r, i) =>
    Un(e, t, (t, a, o, s, c, l, u, d, f, p, m) => {
      let { pxRound: h, points: g } = t,
        _,
        v
      s.ori == 0 ? ((_ = Zn), (v = rr)) : ((_ = Qn), (v = ir))
      const y = G(g.width * E, 3),
        b = ((g.size - g.width) / 2) * E,
        x = G(b * 2, 3),
        S = new Path2D(),
        C = new Path2D(),
        { left: w, top: T, width: D, height: O } = e.bbox
      tr(C, w - x, T - x, D + x * 2, O + x * 2)
      const k = (e) => {
        if (o[e] != null) {
          const t = h(l(a[e], s, p, d)),
            n = h(u(o[e], c, m, f))
          _(S, t + b, n), v(S, t, n, b, 0, Ce * 2)
        }
      }
      if (i) i.forEach(k)
      else for (let e = n; e <= r; e++) k(e)
      return { stroke: y > 0 ? S : null, fill: S, clip: C, flags: 3 }
    })
}
function cr(e) {
  return (t, n, r, i, a, o) => {
    r != i && (a != r && o != r && e(t, n, r), a != i && o != i && e(t, n, i), e(t, n, o))
  }
}
const lr = cr($n),
  ur = cr(er)
function dr(e) {
  const t = B(e?.alignGaps, 0)
  return (e, n, r, i) =>
    Un(e, n, (a, o, s, c, l, u, d, f, p, m, h) => {
      ;[r, i] = ue(s, r, i)
      let g = a.pxRound,
        _ = (e) => g(u(e, c, m, f)),
        v = (e) => g(d(e, l, h, p)),
        y,
        b
      c.ori == 0 ? ((y = $n), (b = lr)) : ((y = er), (b = ur))
      let x = c.dir * (c.ori == 0 ? 1 : -1),
        S = { stroke: new Path2D(), fill: null, clip: null, band: null, gaps: null, flags: 1 },
        C = S.stroke,
        w = !1
      if (i - r >= m * 4) {
        let t = (t) => e.posToVal(t, c.key, !0),
          n = null,
          a = null,
          l,
          u,
          d,
          f = _(o[x == 1 ? r : i]),
          p = _(o[r]),
          m = _(o[i]),
          h = t(x == 1 ? p + 1 : m - 1)
        for (let e = x == 1 ? r : i; e >= r && e <= i; e += x) {
          const r = o[e],
            i = (x == 1 ? r < h : r > h) ? f : _(r),
            c = s[e]
          i == f
            ? c == null
              ? c === null && (w = !0)
              : ((u = c), n == null ? (y(C, i, v(u)), (l = n = a = u)) : u < n ? (n = u) : u > a && (a = u))
            : (n != null && b(C, f, v(n), v(a), v(l), v(u)),
              c == null ? ((n = a = null), c === null && (w = !0)) : ((u = c), y(C, i, v(u)), (n = a = l = u)),
              (f = i),
              (h = t(f + x)))
        }
        n != null && n != a && d != f && b(C, f, v(n), v(a), v(l), v(u))
      } else
        for (let e = x == 1 ? r : i; e >= r && e <= i; e += x) {
          const t = s[e]
          t === null ? (w = !0) : t != null && y(C, _(o[e]), v(t))
        }
      const [T, E] = Wn(e, n)
      if (a.fill != null || T != 0) {
        let t = (S.fill = new Path2D(C)),
          s = v(a.fillTo(e, n, a.min, a.max, T)),
          c = _(o[r]),
          l = _(o[i])
        x == -1 && ([l, c] = [c, l]), y(t, l, s), y(t, c, s)
      }
      if (!a.spanGaps) {
        let l = []
        w && l.push(...X(o, s, r, i, x, _, t)),
          (S.gaps = l = a.gaps(e, n, r, i, l)),
          (S.clip = qn(l, c.ori, f, p, m, h))
      }
      return (E != 0 && (S.band = E == 2 ? [Kn(e, n, r, i, C, -1), Kn(e, n, r, i, C, 1)] : Kn(e, n, r, i, C, E)), S)
    })
}
function fr(e) {
  const t = B(e.align, 1),
    n = B(e.ascDesc, !1),
    r = B(e.alignGaps, 0),
    i = B(e.extend, !1)
  return (e, a, o, s) =>
    Un(e, a, (c, l, u, d, f, p, m, h, g, _, v) => {
      ;[o, s] = ue(u, o, s)
      let y = c.pxRound,
        { left: b, width: x } = e.bbox,
        S = (e) => y(p(e, d, _, h)),
        C = (e) => y(m(e, f, v, g)),
        w = d.ori == 0 ? $n : er,
        T = { stroke: new Path2D(), fill: null, clip: null, band: null, gaps: null, flags: 1 },
        D = T.stroke,
        O = d.dir * (d.ori == 0 ? 1 : -1),
        k = C(u[O == 1 ? o : s]),
        ee = S(l[O == 1 ? o : s]),
        A = ee,
        j = ee
      i && t == -1 && ((j = b), w(D, j, k)), w(D, ee, k)
      for (let e = O == 1 ? o : s; e >= o && e <= s; e += O) {
        const n = u[e]
        if (n == null) continue
        const r = S(l[e]),
          i = C(n)
        t == 1 ? w(D, r, k) : w(D, A, i), w(D, r, i), (k = i), (A = r)
      }
      let M = A
      i && t == 1 && ((M = b + x), w(D, M, k))
      const [N, P] = Wn(e, a)
      if (c.fill != null || N != 0) {
        const t = (T.fill = new Path2D(D)),
          n = C(c.fillTo(e, a, c.min, c.max, N))
        w(t, M, n), w(t, j, n)
      }
      if (!c.spanGaps) {
        let i = []
        i.push(...X(l, u, o, s, O, S, r))
        const f = (c.width * E) / 2,
          p = n || t == 1 ? f : -f,
          m = n || t == -1 ? -f : f
        i.forEach((e) => {
          ;(e[0] += p), (e[1] += m)
        }),
          (T.gaps = i = c.gaps(e, a, o, s, i)),
          (T.clip = qn(i, d.ori, h, g, _, v))
      }
      return (P != 0 && (T.band = P == 2 ? [Kn(e, a, o, s, D, -1), Kn(e, a, o, s, D, 1)] : Kn(e, a, o, s, D, P)), T)
    })
}
function pr(e, t, n, r, i, a, o = H) {
  if (e.length > 1) {
    let s = null
    for (let c = 0, l = 1 / 0; c < e.length; c++)
      if (t[c] !== void 0) {
        if (s != null) {
          const t = we(e[c] - e[s])
          t < l && ((l = t), (o = we(n(e[c], r, i, a) - n(e[s], r, i, a))))
        }
        s = c
      }
  }
  return o
}
function mr(e) {
  e ||= Ze
  let t = B(e.size, [0.6, H, 1]),
    n = e.align || 0,
    r = e.gap || 0,
    i = e.radius
  i = i == null ? [0, 0] : typeof i == `number` ? [i, 0] : i
  const a = U(i),
    o = 1 - t[0],
    s = B(t[1], H),
    c = B(t[2], 1),
    l = B(e.disp, Ze),
    u = B(e.each, (e) => {}),
    { fill: d, stroke: f } = l
  return (e, t, i, p) =>
    Un(e, t, (m, h, g, _, v, y, b, x, S, C, w) => {
      let T = m.pxRound,
        D = n,
        O = r * E,
        k = s * E,
        ee = c * E,
        A,
        j
      _.ori == 0 ? ([A, j] = a(e, t)) : ([j, A] = a(e, t))
      let M = _.dir * (_.ori == 0 ? 1 : -1),
        N = _.ori == 0 ? tr : nr,
        P =
          _.ori == 0
            ? u
            : (e, t, n, r, i, a, o) => {
                u(e, t, n, i, r, o, a)
              },
        te = B(e.bands, Qe).find((e) => e.series[0] == t),
        ne = te == null ? 0 : te.dir,
        re = m.fillTo(e, t, m.min, m.max, ne),
        ie = T(b(re, v, w, S)),
        F,
        ae,
        oe,
        se = C,
        I = T(m.width * E),
        ce = !1,
        le = null,
        L = null,
        ue = null,
        R = null
      d != null &&
        (I == 0 || f != null) &&
        ((ce = !0),
        (le = d.values(e, t, i, p)),
        (L = /* @__PURE__ */ new Map()),
        new Set(le).forEach((e) => {
          e != null && L.set(e, new Path2D())
        }),
        I > 0 &&
          ((ue = f.values(e, t, i, p)),
          (R = /* @__PURE__ */ new Map()),
          new Set(ue).forEach((e) => {
            e != null && R.set(e, new Path2D())
          })))
      const { x0: de, size: fe } = l
      if (de != null && fe != null) {
        ;(D = 1), (h = de.values(e, t, i, p)), de.unit == 2 && (h = h.map((t) => e.posToVal(x + t * C, _.key, !0)))
        const n = fe.values(e, t, i, p)
        ;(ae = fe.unit == 2 ? n[0] * C : y(n[0], _, C, x) - y(0, _, C, x)),
          (se = pr(h, g, y, _, C, x, se)),
          (oe = se - ae + O)
      } else (se = pr(h, g, y, _, C, x, se)), (oe = se * o + O), (ae = se - oe)
      oe < 1 && (oe = 0), I >= ae / 2 && (I = 0), oe < 5 && (T = Re)
      const pe = oe > 0,
        me = se - oe - (pe ? I : 0)
      ;(ae = T(Ie(me, ee, k))),
        (F = (D == 0 ? ae / 2 : D == M ? 0 : ae) - D * M * ((D == 0 ? O / 2 : 0) + (pe ? I / 2 : 0)))
      let he = { stroke: null, fill: null, clip: null, band: null, gaps: null, flags: 0 },
        ge = ce ? null : new Path2D(),
        z = null
      if (te != null) z = e.data[te.series[1]]
      else {
        const { y0: n, y1: r } = l
        n != null && r != null && ((g = r.values(e, t, i, p)), (z = n.values(e, t, i, p)))
      }
      const _e = A * ae,
        ve = j * ae
      for (let n = M == 1 ? i : p; n >= i && n <= p; n += M) {
        const r = g[n]
        if (r == null) continue
        if (z != null) {
          const e = z[n] ?? 0
          if (r - e == 0) continue
          ie = b(e, v, w, S)
        }
        const i = y(_.distr != 2 || l != null ? h[n] : n, _, C, x),
          a = b(B(r, re), v, w, S),
          o = T(i - F),
          s = T(Oe(a, ie)),
          c = T(De(a, ie)),
          u = s - c
        if (r != null) {
          const i = r < 0 ? ve : _e,
            a = r < 0 ? _e : ve
          ce
            ? (I > 0 && ue[n] != null && N(R.get(ue[n]), o, c + V(I / 2), ae, Oe(0, u - I), i, a),
              le[n] != null && N(L.get(le[n]), o, c + V(I / 2), ae, Oe(0, u - I), i, a))
            : N(ge, o, c + V(I / 2), ae, Oe(0, u - I), i, a),
            P(e, t, n, o - I / 2, c, ae + I, u)
        }
      }
      return (
        I > 0
          ? (he.stroke = ce ? R : ge)
          : ce || ((he._fill = m.width == 0 ? m._fill : (m._stroke ?? m._fill)), (he.width = 0)),
        (he.fill = ce ? L : ge),
        he
      )
    })
}
function hr(e, t) {
  const n = B(t?.alignGaps, 0)
  return (t, r, i, a) =>
    Un(t, r, (o, s, c, l, u, d, f, p, m, h, g) => {
      ;[i, a] = ue(c, i, a)
      let _ = o.pxRound,
        v = (e) => _(d(e, l, h, p)),
        y = (e) => _(f(e, u, g, m)),
        b,
        x,
        S
      l.ori == 0 ? ((b = Zn), (S = $n), (x = ar)) : ((b = Qn), (S = er), (x = or))
      let C = l.dir * (l.ori == 0 ? 1 : -1),
        w = v(s[C == 1 ? i : a]),
        T = w,
        E = [],
        D = []
      for (let e = C == 1 ? i : a; e >= i && e <= a; e += C)
        if (c[e] != null) {
          const t = s[e],
            n = v(t)
          E.push((T = n)), D.push(y(c[e]))
        }
      const O = { stroke: e(E, D, b, S, x, _), fill: null, clip: null, band: null, gaps: null, flags: 1 },
        k = O.stroke,
        [ee, A] = Wn(t, r)
      if (o.fill != null || ee != 0) {
        const e = (O.fill = new Path2D(k)),
          n = y(o.fillTo(t, r, o.min, o.max, ee))
        S(e, T, n), S(e, w, n)
      }
      if (!o.spanGaps) {
        let e = []
        e.push(...X(s, c, i, a, C, v, n)), (O.gaps = e = o.gaps(t, r, i, a, e)), (O.clip = qn(e, l.ori, p, m, h, g))
      }
      return (A != 0 && (O.band = A == 2 ? [Kn(t, r, i, a, k, -1), Kn(t, r, i, a, k, 1)] : Kn(t, r, i, a, k, A)), O)
    })
}
function gr(e) {
  return hr(_r, e)
}
function _r(e, t, n, r, i, a) {
  const o = e.length
  if (o < 2) return null
  const s = new Path2D()
  if ((n(s, e[0], t[0]), o == 2)) r(s, e[1], t[1])
  else {
    const n = Array(o),
      r = Array(o - 1),
      a = Array(o - 1),
      c = Array(o - 1)
    for (let n = 0; n < o - 1; n++) (a[n] = t[n + 1] - t[n]), (c[n] = e[n + 1] - e[n]), (r[n] = a[n] / c[n])
    n[0] = r[0]
    for (let e = 1; e < o - 1; e++)
      r[e] === 0 || r[e - 1] === 0 || r[e - 1] > 0 != r[e] > 0
        ? (n[e] = 0)
        : ((n[e] = (3 * (c[e - 1] + c[e])) / ((2 * c[e] + c[e - 1]) / r[e - 1] + (c[e] + 2 * c[e - 1]) / r[e])),
          isFinite(n[e]) || (n[e] = 0))
    n[o - 1] = r[o - 2]
    for (let r = 0; r < o - 1; r++)
      i(
        s,
        e[r] + c[r] / 3,
        t[r] + (n[r] * c[r]) / 3,
        e[r + 1] - c[r] / 3,
        t[r + 1] - (n[r + 1] * c[r]) / 3,
        e[r + 1],
        t[r + 1]
      )
  }
  return s
}
const vr = /* @__PURE__ */ new Set()
function yr() {
  for (const e of vr) e.syncRect(!0)
}
S &&
  (oe(`resize`, w, yr),
  oe(`scroll`, w, yr, !0),
  oe(x, w, () => {
    Fr.pxRatio = E
  }))
const br = dr(),
  xr = sr()
function Sr(e, t, n, r) {
  return (r ? [e[0], e[1]].concat(e.slice(2)) : [e[0]].concat(e.slice(1))).map((e, r) => wr(e, r, t, n))
}
function Cr(e, t) {
  return e.map((e, n) => (n == 0 ? {} : st({}, t, e)))
}
function wr(e, t, n, r) {
  return st({}, t == 0 ? n : r, e)
}
function Tr(e, t, n) {
  return t == null ? $e : [t, n]
}
const Er = Tr
function Dr(e, t, n) {
  return t == null ? $e : _e(t, n, me, !0)
}
function Or(e, t, n, r) {
  return t == null ? $e : fe(t, n, e.scales[r].log, !1)
}
const kr = Or
function Ar(e, t, n, r) {
  return t == null ? $e : pe(t, n, e.scales[r].log, !1)
}
const jr = Ar
function Mr(e, t, n, r, i) {
  let a = Oe(Fe(e), Fe(t)),
    o = t - e,
    s = I((i / r) * o, n)
  do {
    const e = n[s],
      t = (r * e) / o
    if (t >= i && a + (e < 5 ? Je.get(e) : 0) <= 17) return [e, t]
  } while (++s < n.length)
  return [0, 0]
}
function Nr(e) {
  let t, n
  return ((e = e.replace(/(\d+)px/, (e, r) => (t = Te((n = +r) * E)) + `px`)), [e, t, n])
}
function Pr(e) {
  e.show &&
    [e.font, e.labelFont].forEach((e) => {
      const t = G(e[2] * E, 1)
      ;(e[0] = e[0].replace(/[0-9.]+px/, t + `px`)), (e[1] = t)
    })
}
function Fr(e, t, n) {
  const r = { mode: B(e.mode, 1) },
    i = r.mode
  function f(e, t, n, r) {
    const i = t.valToPct(e)
    return r + n * (t.dir == -1 ? 1 - i : i)
  }
  function b(e, t, n, r) {
    const i = t.valToPct(e)
    return r + n * (t.dir == -1 ? i : 1 - i)
  }
  function S(e, t, n, r) {
    return t.ori == 0 ? f(e, t, n, r) : b(e, t, n, r)
  }
  ;(r.valToPosH = f), (r.valToPosV = b)
  let T = !1
  r.status = 0
  const D = (r.root = M(`uplot`))
  if ((e.id != null && (D.id = e.id), k(D, e.class), e.title)) {
    const t = M(`u-title`, D)
    t.textContent = e.title
  }
  const O = j(`canvas`),
    N = (r.ctx = O.getContext(`2d`)),
    te = M(`u-wrap`, D)
  oe(
    `click`,
    te,
    (e) => {
      e.target === F && (Z != si || Q != ci) && fi.click(r, e)
    },
    !0
  )
  const re = (r.under = M(`u-under`, te))
  te.appendChild(O)
  const F = (r.over = M(`u-over`, te))
  e = ot(e)
  const ae = +B(e.pxAlign, 1),
    ce = Yn(ae)
  ;(e.plugins || []).forEach((t) => {
    t.opts && (e = t.opts(r, e) || e)
  })
  const le = e.ms || 0.001,
    L = (r.series = i == 1 ? Sr(e.series || [], vn, Ln, !1) : Cr(e.series || [null], In)),
    ue = (r.axes = Sr(e.axes || [], _n, jn, !0)),
    R = (r.scales = {}),
    ge = (r.bands = e.bands || [])
  ge.forEach((e) => {
    ;(e.fill = U(e.fill || null)), (e.dir = B(e.dir, -1))
  })
  const z = i == 2 ? L[1].facets[0].scale : L[0].scale,
    ye = { axes: Gr, series: yr },
    be = (e.drawOrder || [`axes`, `series`]).map((e) => ye[e])
  function xe(e) {
    const t =
      e.distr == 3
        ? (t) => je(t > 0 ? t : e.clamp(r, t, e.min, e.max, e.key))
        : e.distr == 4
          ? (t) => Pe(t, e.asinh)
          : e.distr == 100
            ? (t) => e.fwd(t)
            : (e) => e
    return (n) => {
      const r = t(n),
        { _min: i, _max: a } = e,
        o = a - i
      return (r - i) / o
    }
  }
  function Se(t) {
    let n = R[t]
    if (n == null) {
      const r = (e.scales || Ze)[t] || Ze
      if (r.from != null) {
        Se(r.from)
        const e = st({}, R[r.from], r, { key: t })
        ;(e.valToPct = xe(e)), (R[t] = e)
      } else {
        ;(n = R[t] = st({}, t == z ? zn : Bn, r)), (n.key = t)
        let e = n.time,
          a = n.range,
          o = et(a)
        if (
          (t != z || (i == 2 && !e)) &&
          (o &&
            (a[0] == null || a[1] == null) &&
            ((a = {
              min: a[0] == null ? he : { mode: 1, hard: a[0], soft: a[0] },
              max: a[1] == null ? he : { mode: 1, hard: a[1], soft: a[1] }
            }),
            (o = !1)),
          !o && rt(a))
        ) {
          const e = a
          a = (t, n, r) => (n == null ? $e : _e(n, r, e))
        }
        ;(n.range = U(
          a ||
            (e
              ? Er
              : t == z
                ? n.distr == 3
                  ? kr
                  : n.distr == 4
                    ? jr
                    : Tr
                : n.distr == 3
                  ? Or
                  : n.distr == 4
                    ? Ar
                    : Dr)
        )),
          (n.auto = U(!o && n.auto)),
          (n.clamp = U(n.clamp || Rn)),
          (n._min = n._max = null),
          (n.valToPct = xe(n))
      }
    }
  }
  Se(`x`),
    Se(`y`),
    i == 1 &&
      L.forEach((e) => {
        Se(e.scale)
      }),
    ue.forEach((e) => {
      Se(e.scale)
    })
  for (const t in e.scales) Se(t)
  let V = R[z],
    Ae = V.distr,
    Me,
    Fe
  V.ori == 0 ? (k(D, `u-hz`), (Me = f), (Fe = b)) : (k(D, `u-vt`), (Me = b), (Fe = f))
  const W = {}
  for (const e in R) {
    const t = R[e]
    ;(t.min != null || t.max != null) && ((W[e] = { min: t.min, max: t.max }), (t.min = t.max = null))
  }
  const Re = e.tzDate || ((e) => new Date(Te(e / le))),
    Ue = e.fmtDate || St,
    We = le == 1 ? Vt(Re) : Wt(Re),
    Ke = Kt(Re, Gt(le == 1 ? Bt : Ut, Ue)),
    qe = Xt(Re, Yt(`{YYYY}-{MM}-{DD} {h}:{mm}{aa}`, Ue)),
    Xe = [],
    K = (r.legend = st({}, $t, e.legend)),
    q = (r.cursor = st({}, ln, { drag: { y: i == 2 } }, e.cursor)),
    at = K.show,
    ct = q.show,
    lt = K.markers
  ;(K.idxs = Xe), (lt.width = U(lt.width)), (lt.dash = U(lt.dash)), (lt.stroke = U(lt.stroke)), (lt.fill = U(lt.fill))
  let dt,
    ft,
    pt,
    mt = [],
    ht = [],
    gt,
    _t = !1,
    vt = {}
  if (K.live) {
    const e = L[1] ? L[1].values : null
    ;(_t = e != null), (gt = _t ? e(r, 1, 0) : { _: 0 })
    for (const e in gt) vt[e] = `--`
  }
  if (at) {
    if (((dt = j(`table`, `u-legend`, D)), (pt = j(`tbody`, null, dt)), K.mount(r, dt), _t)) {
      ft = j(`thead`, null, dt, pt)
      const e = j(`tr`, null, ft)
      for (var yt in (j(`th`, null, e), gt)) j(`th`, o, e).textContent = yt
    } else k(dt, `u-inline`), K.live && k(dt, `u-live`)
  }
  const bt = { show: !0 },
    xt = { show: !1 }
  function Ct(e, t) {
    if (t == 0 && (_t || !K.live || i == 2)) return $e
    const n = [],
      s = j(`tr`, `u-series`, pt, pt.childNodes[t])
    k(s, e.class), e.show || k(s, a)
    const c = j(`th`, null, s)
    if (lt.show) {
      const e = M(`u-marker`, c)
      if (t > 0) {
        const n = lt.width(r, t)
        n && (e.style.border = n + `px ` + lt.dash(r, t) + ` ` + lt.stroke(r, t)), (e.style.background = lt.fill(r, t))
      }
    }
    const l = M(o, c)
    for (var u in (e.label instanceof HTMLElement ? l.appendChild(e.label) : (l.textContent = e.label),
    t > 0 &&
      (lt.show || (l.style.color = e.width > 0 ? lt.stroke(r, t) : lt.fill(r, t)),
      Tt(
        `click`,
        c,
        (t) => {
          if (q._lock) return
          pn(t)
          const n = L.indexOf(e)
          if ((t.ctrlKey || t.metaKey) != K.isolate) {
            const e = L.some((e, t) => t > 0 && t != n && e.show)
            L.forEach((t, r) => {
              r > 0 && yi(r, e ? (r == n ? bt : xt) : bt, !0, ia.setSeries)
            })
          } else yi(n, { show: !e.show }, !0, ia.setSeries)
        },
        !1
      ),
      gn &&
        Tt(
          _,
          c,
          (t) => {
            q._lock || (pn(t), yi(L.indexOf(e), Di, !0, ia.setSeries))
          },
          !1
        )),
    gt)) {
      const e = j(`td`, `u-value`, s)
      ;(e.textContent = `--`), n.push(e)
    }
    return [s, n]
  }
  const wt = /* @__PURE__ */ new Map()
  function Tt(e, t, n, i = !0) {
    const a = wt.get(t) || {},
      o = q.bind[e](r, t, n, i)
    o && (oe(e, t, (a[e] = o)), wt.set(t, a))
  }
  function Et(e, t, n) {
    const r = wt.get(t) || {}
    for (const n in r) (e == null || n == e) && (se(n, t, r[n]), delete r[n])
    e ?? wt.delete(t)
  }
  let Dt = 0,
    Ot = 0,
    J = 0,
    Y = 0,
    jt = 0,
    Mt = 0,
    Nt = jt,
    Pt = Mt,
    Ft = J,
    It = Y,
    Lt = 0,
    Rt = 0,
    Jt = 0,
    Zt = 0
  r.bbox = {}
  let Qt = !1,
    en = !1,
    tn = !1,
    nn = !1,
    rn = !1,
    an = !1
  function on(e, t, n) {
    ;(n || e != r.width || t != r.height) && sn(e, t), Kr(!1), (tn = !0), (en = !0), Zr()
  }
  function sn(e, t) {
    ;(r.width = Dt = J = e), (r.height = Ot = Y = t), (jt = Mt = 0), dn(), fn()
    const n = r.bbox
    ;(Lt = n.left = Ge(jt * E, 0.5)),
      (Rt = n.top = Ge(Mt * E, 0.5)),
      (Jt = n.width = Ge(J * E, 0.5)),
      (Zt = n.height = Ge(Y * E, 0.5))
  }
  function cn() {
    let e = !1,
      t = 0
    for (; !e; ) {
      t++
      const n = Ur(t),
        i = Wr(t)
      ;(e = t == 3 || (n && i)), e || (sn(r.width, r.height), (en = !0))
    }
  }
  function un({ width: e, height: t }) {
    on(e, t)
  }
  r.setSize = un
  function dn() {
    let e = !1,
      t = !1,
      n = !1,
      r = !1
    ue.forEach((i, a) => {
      if (i.show && i._show) {
        const { side: a, _size: o } = i,
          s = a % 2,
          c = o + (i.label == null ? 0 : i.labelSize)
        c > 0 &&
          (s
            ? ((J -= c), a == 3 ? ((jt += c), (r = !0)) : (n = !0))
            : ((Y -= c), a == 0 ? ((Mt += c), (e = !0)) : (t = !0)))
      }
    }),
      (Vn[0] = e),
      (Vn[1] = n),
      (Vn[2] = t),
      (Vn[3] = r),
      (J -= qn[1] + qn[3]),
      (jt += qn[3]),
      (Y -= qn[2] + qn[0]),
      (Mt += qn[0])
  }
  function fn() {
    let e = jt + J,
      t = Mt + Y,
      n = jt,
      r = Mt
    function i(i, a) {
      switch (i) {
        case 1:
          return ((e += a), e - a)
        case 2:
          return ((t += a), t - a)
        case 3:
          return ((n -= a), n + a)
        case 0:
          return ((r -= a), r + a)
      }
    }
    ue.forEach((e, t) => {
      if (e.show && e._show) {
        const t = e.side
        ;(e._pos = i(t, e._size)), e.label != null && (e._lpos = i(t, e.labelSize))
      }
    })
  }
  if (q.dataIdx == null) {
    const e = q.hover,
      n = (e.skip = new Set(e.skip ?? []))
    n.add(void 0)
    const r = (e.prox = U(e.prox)),
      i = (e.bias ??= 0)
    q.dataIdx = (e, a, o, s) => {
      if (a == 0) return o
      let c = o,
        l = r(e, a, o, s) ?? H,
        u = l >= 0 && l < H,
        d = V.ori == 0 ? J : Y,
        f = q.left,
        p = t[0],
        m = t[a]
      if (n.has(m[o])) {
        c = null
        let e = null,
          t = null,
          r
        if (i == 0 || i == -1) for (r = o; e == null && r-- > 0; ) n.has(m[r]) || (e = r)
        if (i == 0 || i == 1) for (r = o; t == null && r++ < m.length; ) n.has(m[r]) || (t = r)
        if (e != null || t != null) {
          if (u) {
            const n = e == null ? -1 / 0 : Me(p[e], V, d, 0),
              r = t == null ? 1 / 0 : Me(p[t], V, d, 0),
              i = f - n,
              a = r - f
            i <= a ? i <= l && (c = e) : a <= l && (c = t)
          } else c = t == null ? e : e == null ? t : o - e <= t - o ? e : t
        }
      } else u && we(f - Me(p[o], V, d, 0)) > l && (c = null)
      return c
    }
  }
  const pn = (e) => {
    q.event = e
  }
  ;(q.idxs = Xe), (q._lock = !1)
  const mn = q.points
  ;(mn.show = U(mn.show)),
    (mn.size = U(mn.size)),
    (mn.stroke = U(mn.stroke)),
    (mn.width = U(mn.width)),
    (mn.fill = U(mn.fill))
  const hn = (r.focus = st({}, e.focus || { alpha: 0.3 }, q.focus)),
    gn = hn.prox >= 0,
    Cn = gn && mn.one,
    wn = [],
    Tn = [],
    En = []
  function Dn(e, t) {
    const n = mn.show(r, t)
    if (n instanceof HTMLElement)
      return (k(n, `u-cursor-pt`), k(n, e.class), P(n, -10, -10, J, Y), F.insertBefore(n, wn[t]), n)
  }
  function Nn(e, t) {
    if (i == 1 || t > 0) {
      const t = i == 1 && R[e.scale].time,
        n = e.value
      ;(e.value = t ? (nt(n) ? Xt(Re, Yt(n, Ue)) : n || qe) : n || An), (e.label = e.label || (t ? `Time` : `Value`))
    }
    if (Cn || t > 0) {
      ;(e.width = e.width == null ? 1 : e.width),
        (e.paths = e.paths || br || Be),
        (e.fillTo = U(e.fillTo || Gn)),
        (e.pxAlign = +B(e.pxAlign, ae)),
        (e.pxRound = Yn(e.pxAlign)),
        (e.stroke = U(e.stroke || null)),
        (e.fill = U(e.fill || null)),
        (e._stroke = e._fill = e._paths = e._focus = null)
      const t = Mn(Oe(1, e.width), 1),
        n = (e.points = st(
          {},
          { size: t, width: Oe(1, t * 0.2), stroke: e.stroke, space: t * 2, paths: xr, _stroke: null, _fill: null },
          e.points
        ))
      ;(n.show = U(n.show)),
        (n.filter = U(n.filter)),
        (n.fill = U(n.fill)),
        (n.stroke = U(n.stroke)),
        (n.paths = U(n.paths)),
        (n.pxAlign = e.pxAlign)
    }
    if (at) {
      const n = Ct(e, t)
      mt.splice(t, 0, n[0]), ht.splice(t, 0, n[1]), K.values.push(null)
    }
    if (ct) {
      Xe.splice(t, 0, null)
      let n = null
      Cn ? t == 0 && (n = Dn(e, t)) : t > 0 && (n = Dn(e, t)),
        wn.splice(t, 0, n),
        Tn.splice(t, 0, 0),
        En.splice(t, 0, 0)
    }
    na(`addSeries`, t)
  }
  function Pn(e, t) {
    ;(t ??= L.length), (e = i == 1 ? wr(e, t, vn, Ln) : wr(e, t, {}, In)), L.splice(t, 0, e), Nn(L[t], t)
  }
  r.addSeries = Pn
  function Fn(e) {
    if ((L.splice(e, 1), at)) {
      K.values.splice(e, 1), ht.splice(e, 1)
      const t = mt.splice(e, 1)[0]
      Et(null, t.firstChild), t.remove()
    }
    ct && (Xe.splice(e, 1), wn.splice(e, 1)[0].remove(), Tn.splice(e, 1), En.splice(e, 1)), na(`delSeries`, e)
  }
  r.delSeries = Fn
  const Vn = [!1, !1, !1, !1]
  function Un(e, t) {
    if (((e._show = e.show), e.show)) {
      let n = e.side % 2,
        i = R[e.scale]
      i ??= ((e.scale = n ? L[1].scale : z), R[e.scale])
      const a = i.time
      ;(e.size = U(e.size)),
        (e.space = U(e.space)),
        (e.rotate = U(e.rotate)),
        et(e.incrs) &&
          e.incrs.forEach((e) => {
            !Je.has(e) && Je.set(e, Ye(e))
          }),
        (e.incrs = U(e.incrs || (i.distr == 2 ? kt : a ? (le == 1 ? zt : Ht) : At))),
        (e.splits = U(e.splits || (a && i.distr == 1 ? We : i.distr == 3 ? xn : i.distr == 4 ? Sn : bn))),
        (e.stroke = U(e.stroke)),
        (e.grid.stroke = U(e.grid.stroke)),
        (e.ticks.stroke = U(e.ticks.stroke)),
        (e.border.stroke = U(e.border.stroke))
      const o = e.values
      ;(e.values = et(o) && !et(o[0]) ? U(o) : a ? (et(o) ? Kt(Re, Gt(o, Ue)) : nt(o) ? qt(Re, o) : o || Ke) : o || yn),
        (e.filter = U(e.filter || (i.distr >= 3 && i.log == 10 ? On : i.distr == 3 && i.log == 2 ? kn : ze))),
        (e.font = Nr(e.font)),
        (e.labelFont = Nr(e.labelFont)),
        (e._size = e.size(r, null, t, 0)),
        (e._space = e._rotate = e._incrs = e._found = e._splits = e._values = null),
        e._size > 0 && ((Vn[t] = !0), (e._el = M(`u-axis`, te)))
    }
  }
  function Wn(e, t, n, r) {
    let [i, a, o, s] = n,
      c = t % 2,
      l = 0
    return (
      c == 0 && (s || a) && (l = (t == 0 && !i) || (t == 2 && !o) ? Te(_n.size / 3) : 0),
      c == 1 && (i || o) && (l = (t == 1 && !a) || (t == 3 && !s) ? Te(jn.size / 2) : 0),
      l
    )
  }
  let Kn = (r.padding = (e.padding || [Wn, Wn, Wn, Wn]).map((e) => U(B(e, Wn)))),
    qn = (r._padding = Kn.map((e, t) => e(r, t, Vn, 0))),
    Jn,
    X = null,
    Xn = null,
    Zn = i == 1 ? L[0].idxs : null,
    Qn = null,
    $n = !1
  function er(e, n) {
    if (((t = e ?? []), (r.data = r._data = t), i == 2)) {
      Jn = 0
      for (let e = 1; e < L.length; e++) Jn += t[e][0].length
    } else {
      t.length == 0 && (r.data = r._data = t = [[]]), (Qn = t[0]), (Jn = Qn.length)
      let e = t
      if (Ae == 2) {
        e = t.slice()
        const n = (e[0] = Array(Jn))
        for (let e = 0; e < Jn; e++) n[e] = e
      }
      r._data = t = e
    }
    if ((Kr(!0), na(`setData`), Ae == 2 && (tn = !0), n !== !1)) {
      const e = V
      e.auto(r, $n) ? tr() : vi(z, e.min, e.max), (nn ||= q.left >= 0), (an = !0), Zr()
    }
  }
  r.setData = er
  function tr() {
    $n = !0
    let e, n
    i == 1 &&
      (Jn > 0
        ? ((X = Zn[0] = 0),
          (Xn = Zn[1] = Jn - 1),
          (e = t[0][X]),
          (n = t[0][Xn]),
          Ae == 2
            ? ((e = X), (n = Xn))
            : e == n &&
              (Ae == 3
                ? ([e, n] = fe(e, e, V.log, !1))
                : Ae == 4
                  ? ([e, n] = pe(e, e, V.log, !1))
                  : V.time
                    ? (n = e + Te(86400 / le))
                    : ([e, n] = _e(e, n, me, !0))))
        : ((X = Zn[0] = e = null), (Xn = Zn[1] = n = null))),
      vi(z, e, n)
  }
  let nr, rr, ir, ar, or, sr, cr, lr, ur, dr
  function fr(e, t, n, r, i, a) {
    ;(e ??= p),
      (n ??= Qe),
      (r ??= `butt`),
      (i ??= p),
      (a ??= `round`),
      e != nr && (N.strokeStyle = nr = e),
      i != rr && (N.fillStyle = rr = i),
      t != ir && (N.lineWidth = ir = t),
      a != or && (N.lineJoin = or = a),
      r != sr && (N.lineCap = sr = r),
      n != ar && N.setLineDash((ar = n))
  }
  function pr(e, t, n, r) {
    t != rr && (N.fillStyle = rr = t),
      e != cr && (N.font = cr = e),
      n != lr && (N.textAlign = lr = n),
      r != ur && (N.textBaseline = ur = r)
  }
  function mr(e, t, n, i, a = 0) {
    if (i.length > 0 && e.auto(r, $n) && (t == null || t.min == null)) {
      const t = B(X, 0),
        r = B(Xn, i.length - 1),
        o = n.min == null ? de(i, t, r, a, e.distr == 3) : [n.min, n.max]
      ;(e.min = De(e.min, (n.min = o[0]))), (e.max = Oe(e.max, (n.max = o[1])))
    }
  }
  const hr = { min: null, max: null }
  function gr() {
    for (const e in R) {
      const t = R[e]
      W[e] == null && (t.min == null || (W[z] != null && t.auto(r, $n))) && (W[e] = hr)
    }
    for (const e in R) {
      const t = R[e]
      W[e] == null && t.from != null && W[t.from] != null && (W[e] = hr)
    }
    W[z] != null && Kr(!0)
    const e = {}
    for (const t in W) {
      const n = W[t]
      if (n != null) {
        const a = (e[t] = ot(R[t], it))
        if (n.min != null) st(a, n)
        else if (t != z || i == 2) {
          if (Jn == 0 && a.from == null) {
            const e = a.range(r, null, null, t)
            ;(a.min = e[0]), (a.max = e[1])
          } else (a.min = H), (a.max = -1 / 0)
        }
      }
    }
    if (Jn > 0) {
      L.forEach((n, a) => {
        if (i == 1) {
          const i = n.scale,
            o = W[i]
          if (o == null) return
          const s = e[i]
          if (a == 0) {
            const e = s.range(r, s.min, s.max, i)
            ;(s.min = e[0]),
              (s.max = e[1]),
              (X = I(s.min, t[0])),
              (Xn = I(s.max, t[0])),
              Xn - X > 1 && (t[0][X] < s.min && X++, t[0][Xn] > s.max && Xn--),
              (n.min = Qn[X]),
              (n.max = Qn[Xn])
          } else n.show && n.auto && mr(s, o, n, t[a], n.sorted)
          ;(n.idxs[0] = X), (n.idxs[1] = Xn)
        } else if (a > 0 && n.show && n.auto) {
          const [r, i] = n.facets,
            o = r.scale,
            s = i.scale,
            [c, l] = t[a],
            u = e[o],
            d = e[s]
          u != null && mr(u, W[o], r, c, r.sorted),
            d != null && mr(d, W[s], i, l, i.sorted),
            (n.min = i.min),
            (n.max = i.max)
        }
      })
      for (const t in e) {
        const n = e[t],
          i = W[t]
        if (n.from == null && (i == null || i.min == null)) {
          const e = n.range(r, n.min == H ? null : n.min, n.max == -1 / 0 ? null : n.max, t)
          ;(n.min = e[0]), (n.max = e[1])
        }
      }
    }
    for (const t in e) {
      const n = e[t]
      if (n.from != null) {
        const i = e[n.from]
        if (i.min == null) n.min = n.max = null
        else {
          const e = n.range(r, i.min, i.max, t)
          ;(n.min = e[0]), (n.max = e[1])
        }
      }
    }
    let n = {},
      a = !1
    for (const t in e) {
      const r = e[t],
        i = R[t]
      if (i.min != r.min || i.max != r.max) {
        ;(i.min = r.min), (i.max = r.max)
        const e = i.distr
        ;(i._min = e == 3 ? je(i.min) : e == 4 ? Pe(i.min, i.asinh) : e == 100 ? i.fwd(i.min) : i.min),
          (i._max = e == 3 ? je(i.max) : e == 4 ? Pe(i.max, i.asinh) : e == 100 ? i.fwd(i.max) : i.max),
          (n[t] = a = !0)
      }
    }
    if (a) {
      L.forEach((e, t) => {
        i == 2 ? t > 0 && n.y && (e._paths = null) : n[e.scale] && (e._paths = null)
      })
      for (const e in n) (tn = !0), na(`setScale`, e)
      ct && q.left >= 0 && (nn = an = !0)
    }
    for (const e in W) W[e] = null
  }
  function _r(e) {
    let t = Ie(X - 1, 0, Jn - 1),
      n = Ie(Xn + 1, 0, Jn - 1)
    for (; e[t] == null && t > 0; ) t--
    for (; e[n] == null && n < Jn - 1; ) n++
    return [t, n]
  }
  function yr() {
    if (Jn > 0) {
      const e = L.some((e) => e._focus) && dr != hn.alpha
      e && (N.globalAlpha = dr = hn.alpha),
        L.forEach((e, n) => {
          if (n > 0 && e.show && (Fr(n, !1), Fr(n, !0), e._paths == null)) {
            const a = dr
            dr != e.alpha && (N.globalAlpha = dr = e.alpha)
            const o = i == 2 ? [0, t[n][0].length - 1] : _r(t[n])
            ;(e._paths = e.paths(r, n, o[0], o[1])), dr != a && (N.globalAlpha = dr = a)
          }
        }),
        L.forEach((e, t) => {
          if (t > 0 && e.show) {
            const n = dr
            dr != e.alpha && (N.globalAlpha = dr = e.alpha), e._paths != null && Ir(t, !1)
            {
              const n = e._paths == null ? null : e._paths.gaps,
                i = e.points.show(r, t, X, Xn, n),
                a = e.points.filter(r, t, i, n)
              ;(i || a) && ((e.points._paths = e.points.paths(r, t, X, Xn, a)), Ir(t, !0))
            }
            dr != n && (N.globalAlpha = dr = n), na(`drawSeries`, t)
          }
        }),
        e && (N.globalAlpha = dr = 1)
    }
  }
  function Fr(e, t) {
    const n = t ? L[e].points : L[e]
    ;(n._stroke = n.stroke(r, e)), (n._fill = n.fill(r, e))
  }
  function Ir(e, t) {
    let n = t ? L[e].points : L[e],
      {
        stroke: r,
        fill: i,
        clip: a,
        flags: o,
        _stroke: s = n._stroke,
        _fill: c = n._fill,
        _width: l = n.width
      } = n._paths
    l = G(l * E, 3)
    let u = null,
      d = (l % 2) / 2
    t && c == null && (c = l > 0 ? `#fff` : s)
    const f = n.pxAlign == 1 && d > 0
    if ((f && N.translate(d, d), !t)) {
      const e = Lt - l / 2,
        t = Rt - l / 2,
        n = Jt + l,
        r = Zt + l
      ;(u = new Path2D()), u.rect(e, t, n, r)
    }
    t ? Rr(s, l, n.dash, n.cap, c, r, i, o, a) : Lr(e, s, l, n.dash, n.cap, c, r, i, o, u, a), f && N.translate(-d, -d)
  }
  function Lr(e, n, i, a, o, s, c, l, u, d, f) {
    let p = !1
    u != 0 &&
      ge.forEach((m, h) => {
        if (m.series[0] == e) {
          let e = L[m.series[1]],
            g = t[m.series[1]],
            _ = (e._paths || Ze).band
          et(_) && (_ = m.dir == 1 ? _[0] : _[1])
          let v,
            y = null
          e.show && _ && ve(g, X, Xn) ? ((y = m.fill(r, h) || s), (v = e._paths.clip)) : (_ = null),
            Rr(n, i, a, o, y, c, l, u, d, f, v, _),
            (p = !0)
        }
      }),
      p || Rr(n, i, a, o, s, c, l, u, d, f)
  }
  function Rr(e, t, n, r, i, a, o, s, c, l, u, d) {
    fr(e, t, n, r, i),
      (c || l || d) && (N.save(), c && N.clip(c), l && N.clip(l)),
      d
        ? (s & 3) == 3
          ? (N.clip(d), u && N.clip(u), Br(i, o), zr(e, a, t))
          : s & 2
            ? (Br(i, o), N.clip(d), zr(e, a, t))
            : s & 1 && (N.save(), N.clip(d), u && N.clip(u), Br(i, o), N.restore(), zr(e, a, t))
        : (Br(i, o), zr(e, a, t)),
      (c || l || d) && N.restore()
  }
  function zr(e, t, n) {
    n > 0 &&
      (t instanceof Map
        ? t.forEach((e, t) => {
            ;(N.strokeStyle = nr = t), N.stroke(e)
          })
        : t != null && e && N.stroke(t))
  }
  function Br(e, t) {
    t instanceof Map
      ? t.forEach((e, t) => {
          ;(N.fillStyle = rr = t), N.fill(e)
        })
      : t != null && e && N.fill(t)
  }
  function Vr(e, t, n, i) {
    let a = ue[e],
      o
    if (i <= 0) o = [0, 0]
    else {
      const s = (a._space = a.space(r, e, t, n, i))
      o = Mr(t, n, (a._incrs = a.incrs(r, e, t, n, i, s)), i, s)
    }
    return (a._found = o)
  }
  function Hr(e, t, n, r, i, a, o, s, c, l) {
    const u = (o % 2) / 2
    ae == 1 && N.translate(u, u), fr(s, o, c, l, s), N.beginPath()
    let d,
      f,
      p,
      m,
      h = i + (r == 0 || r == 3 ? -a : a)
    n == 0 ? ((f = i), (m = h)) : ((d = i), (p = h))
    for (let r = 0; r < e.length; r++)
      t[r] != null && (n == 0 ? (d = p = e[r]) : (f = m = e[r]), N.moveTo(d, f), N.lineTo(p, m))
    N.stroke(), ae == 1 && N.translate(-u, -u)
  }
  function Ur(e) {
    let t = !0
    return (
      ue.forEach((n, i) => {
        if (!n.show) return
        const a = R[n.scale]
        if (a.min == null) {
          n._show && ((t = !1), (n._show = !1), Kr(!1))
          return
        }
        n._show || ((t = !1), (n._show = !0), Kr(!1))
        const o = n.side,
          s = o % 2,
          { min: c, max: l } = a,
          [u, d] = Vr(i, c, l, s == 0 ? J : Y)
        if (d == 0) return
        const f = a.distr == 2,
          p = (n._splits = n.splits(r, i, c, l, u, d, f)),
          m = a.distr == 2 ? p.map((e) => Qn[e]) : p,
          h = a.distr == 2 ? Qn[p[1]] - Qn[p[0]] : u,
          g = (n._values = n.values(r, n.filter(r, m, i, d, h), i, d, h))
        n._rotate = o == 2 ? n.rotate(r, g, i, d) : 0
        const _ = n._size
        ;(n._size = Ee(n.size(r, g, i, e))), _ != null && n._size != _ && (t = !1)
      }),
      t
    )
  }
  function Wr(e) {
    let t = !0
    return (
      Kn.forEach((n, i) => {
        const a = n(r, i, Vn, e)
        a != qn[i] && (t = !1), (qn[i] = a)
      }),
      t
    )
  }
  function Gr() {
    for (let e = 0; e < ue.length; e++) {
      const t = ue[e]
      if (!t.show || !t._show) continue
      let n = t.side,
        i = n % 2,
        a,
        o,
        s = t.stroke(r, e),
        c = n == 0 || n == 3 ? -1 : 1,
        [f, p] = t._found
      if (t.label != null) {
        const u = t.labelGap * c,
          d = Te((t._lpos + u) * E)
        pr(t.labelFont[0], s, `center`, n == 2 ? `top` : l),
          N.save(),
          i == 1
            ? ((a = o = 0), N.translate(d, Te(Rt + Zt / 2)), N.rotate((n == 3 ? -Ce : Ce) / 2))
            : ((a = Te(Lt + Jt / 2)), (o = d))
        const m = Le(t.label) ? t.label(r, e, f, p) : t.label
        N.fillText(m, a, o), N.restore()
      }
      if (p == 0) continue
      const m = R[t.scale],
        h = i == 0 ? Jt : Zt,
        g = i == 0 ? Lt : Rt,
        _ = t._splits,
        v = m.distr == 2 ? _.map((e) => Qn[e]) : _,
        y = m.distr == 2 ? Qn[_[1]] - Qn[_[0]] : f,
        b = t.ticks,
        x = t.border,
        C = b.show ? b.size : 0,
        w = Te(C * E),
        T = Te((t.alignTo == 2 ? t._size - C - t.gap : t.gap) * E),
        D = (t._rotate * -Ce) / 180,
        O = ce(t._pos * E),
        k = O + (w + T) * c
      ;(o = i == 0 ? k : 0), (a = i == 1 ? k : 0)
      const ee = t.font[0]
      pr(
        ee,
        s,
        t.align == 1 ? u : t.align == 2 ? d : D > 0 ? u : D < 0 ? d : i == 0 ? `center` : n == 3 ? d : u,
        D || i == 1 ? `middle` : n == 2 ? `top` : l
      )
      const A = t.font[1] * t.lineGap,
        j = _.map((e) => ce(S(e, m, h, g))),
        M = t._values
      for (let e = 0; e < M.length; e++) {
        let t = M[e]
        if (t != null) {
          i == 0 ? (a = j[e]) : (o = j[e]), (t = `` + t)
          const n =
            t.indexOf(`
`) == -1
              ? [t]
              : t.split(/\n/gm)
          for (let e = 0; e < n.length; e++) {
            const t = n[e]
            D
              ? (N.save(), N.translate(a, o + e * A), N.rotate(D), N.fillText(t, 0, 0), N.restore())
              : N.fillText(t, a, o + e * A)
          }
        }
      }
      b.show && Hr(j, b.filter(r, v, e, p, y), i, n, O, w, G(b.width * E, 3), b.stroke(r, e), b.dash, b.cap)
      const P = t.grid
      P.show &&
        Hr(
          j,
          P.filter(r, v, e, p, y),
          i,
          i == 0 ? 2 : 1,
          i == 0 ? Rt : Lt,
          i == 0 ? Zt : Jt,
          G(P.width * E, 3),
          P.stroke(r, e),
          P.dash,
          P.cap
        ),
        x.show &&
          Hr(
            [O],
            [1],
            +(i == 0),
            i == 0 ? 1 : 2,
            i == 1 ? Rt : Lt,
            i == 1 ? Zt : Jt,
            G(x.width * E, 3),
            x.stroke(r, e),
            x.dash,
            x.cap
          )
    }
    na(`drawAxes`)
  }
  function Kr(e) {
    L.forEach((t, n) => {
      n > 0 &&
        ((t._paths = null),
        e &&
          (i == 1
            ? ((t.min = null), (t.max = null))
            : t.facets.forEach((e) => {
                ;(e.min = null), (e.max = null)
              })))
    })
  }
  let qr = !1,
    Jr = !1,
    Yr = []
  function Xr() {
    Jr = !1
    for (let e = 0; e < Yr.length; e++) na(...Yr[e])
    Yr.length = 0
  }
  function Zr() {
    qr ||= (ut($r), !0)
  }
  function Qr(e, t = !1) {
    ;(qr = !0), (Jr = t), e(r), $r(), t && Yr.length > 0 && queueMicrotask(Xr)
  }
  r.batch = Qr
  function $r() {
    if (((Qt &&= (gr(), !1)), (tn &&= (cn(), !1)), en)) {
      if (
        (A(re, u, jt),
        A(re, `top`, Mt),
        A(re, s, J),
        A(re, c, Y),
        A(F, u, jt),
        A(F, `top`, Mt),
        A(F, s, J),
        A(F, c, Y),
        A(te, s, Dt),
        A(te, c, Ot),
        (O.width = Te(Dt * E)),
        (O.height = Te(Ot * E)),
        ue.forEach(({ _el: e, _show: t, _size: n, _pos: r, side: i }) => {
          if (e != null) {
            if (t) {
              const t = i === 3 || i === 0 ? n : 0,
                o = i % 2 == 1
              A(e, o ? `left` : `top`, r - t),
                A(e, o ? `width` : `height`, n),
                A(e, o ? `top` : `left`, o ? Mt : jt),
                A(e, o ? `height` : `width`, o ? Y : J),
                ee(e, a)
            } else k(e, a)
          }
        }),
        (nr = rr = ir = or = sr = cr = lr = ur = ar = null),
        (dr = 1),
        Bi(!0),
        jt != Nt || Mt != Pt || J != Ft || Y != It)
      ) {
        Kr(!1)
        const e = J / Ft,
          t = Y / It
        if (ct && !nn && q.left >= 0) {
          ;(q.left *= e), (q.top *= t), ri && P(ri, Te(q.left), 0, J, Y), ii && P(ii, 0, Te(q.top), J, Y)
          for (let n = 0; n < wn.length; n++) {
            const r = wn[n]
            r != null && ((Tn[n] *= e), (En[n] *= t), P(r, Ee(Tn[n]), Ee(En[n]), J, Y))
          }
        }
        if ($.show && !rn && $.left >= 0 && $.width > 0) {
          ;($.left *= e), ($.width *= e), ($.top *= t), ($.height *= t)
          for (const e in Ui) A(hi, e, $[e])
        }
        ;(Nt = jt), (Pt = Mt), (Ft = J), (It = Y)
      }
      na(`setSize`), (en = !1)
    }
    Dt > 0 && Ot > 0 && (N.clearRect(0, 0, O.width, O.height), na(`drawClear`), be.forEach((e) => e()), na(`draw`)),
      $.show && rn && (gi($), (rn = !1)),
      ct && nn && (Ri(null, !0, !1), (nn = !1)),
      K.show && K.live && an && (Ii(), (an = !1)),
      T || ((T = !0), (r.status = 1), na(`ready`)),
      ($n = !1),
      (qr = !1)
  }
  r.redraw = (e, t) => {
    ;(tn = t || !1), e === !1 ? Zr() : vi(z, V.min, V.max)
  }
  function ei(e, n) {
    const i = R[e]
    if (i.from == null) {
      if (Jn == 0) {
        const t = i.range(r, n.min, n.max, e)
        ;(n.min = t[0]), (n.max = t[1])
      }
      if (n.min > n.max) {
        const e = n.min
        ;(n.min = n.max), (n.max = e)
      }
      if (Jn > 1 && n.min != null && n.max != null && n.max - n.min < 1e-16) return
      e == z &&
        i.distr == 2 &&
        Jn > 0 &&
        ((n.min = I(n.min, t[0])), (n.max = I(n.max, t[0])), n.min == n.max && n.max++),
        (W[e] = n),
        (Qt = !0),
        Zr()
    }
  }
  r.setScale = ei
  let ti,
    ni,
    ri,
    ii,
    ai,
    oi,
    si,
    ci,
    li,
    ui,
    Z,
    Q,
    di = !1,
    fi = q.drag,
    pi = fi.x,
    mi = fi.y
  ct &&
    (q.x && (ti = M(`u-cursor-x`, F)),
    q.y && (ni = M(`u-cursor-y`, F)),
    V.ori == 0 ? ((ri = ti), (ii = ni)) : ((ri = ni), (ii = ti)),
    (Z = q.left),
    (Q = q.top))
  const $ = (r.select = st({ show: !0, over: !0, left: 0, width: 0, top: 0, height: 0 }, e.select)),
    hi = $.show ? M(`u-select`, $.over ? F : re) : null
  function gi(e, t) {
    if ($.show) {
      for (const t in e) ($[t] = e[t]), t in Ui && A(hi, t, e[t])
      t !== !1 && na(`setSelect`)
    }
  }
  r.setSelect = gi
  function _i(e) {
    if (L[e].show) at && ee(mt[e], a)
    else if ((at && k(mt[e], a), ct)) {
      const t = Cn ? wn[0] : wn[e]
      t != null && P(t, -10, -10, J, Y)
    }
  }
  function vi(e, t, n) {
    ei(e, { min: t, max: n })
  }
  function yi(e, t, n, a) {
    t.focus != null && Oi(e),
      t.show != null &&
        L.forEach((n, r) => {
          r > 0 &&
            (e == r || e == null) &&
            ((n.show = t.show),
            _i(r),
            i == 2 ? (vi(n.facets[0].scale, null, null), vi(n.facets[1].scale, null, null)) : vi(n.scale, null, null),
            Zr())
        }),
      n !== !1 && na(`setSeries`, e, t),
      a && sa(`setSeries`, r, e, t)
  }
  r.setSeries = yi
  function bi(e, t) {
    st(ge[e], t)
  }
  function xi(e, t) {
    ;(e.fill = U(e.fill || null)), (e.dir = B(e.dir, -1)), (t ??= ge.length), ge.splice(t, 0, e)
  }
  function Si(e) {
    e == null ? (ge.length = 0) : ge.splice(e, 1)
  }
  ;(r.addBand = xi), (r.setBand = bi), (r.delBand = Si)
  function Ci(e, t) {
    ;(L[e].alpha = t), ct && wn[e] != null && (wn[e].style.opacity = t), at && mt[e] && (mt[e].style.opacity = t)
  }
  let wi,
    Ti,
    Ei,
    Di = { focus: !0 }
  function Oi(e) {
    if (e != Ei) {
      const t = e == null,
        n = hn.alpha != 1
      L.forEach((r, a) => {
        if (i == 1 || a > 0) {
          const i = t || a == 0 || a == e
          ;(r._focus = t ? null : i), n && Ci(a, i ? 1 : hn.alpha)
        }
      }),
        (Ei = e),
        n && Zr()
    }
  }
  at &&
    gn &&
    Tt(v, dt, (e) => {
      q._lock || (pn(e), Ei != null && yi(null, Di, !0, ia.setSeries))
    })
  function ki(e, t, n) {
    const r = R[t]
    n && (e = e / E - (r.ori == 1 ? Mt : jt))
    let i = J
    r.ori == 1 && ((i = Y), (e = i - e)), r.dir == -1 && (e = i - e)
    const a = r._min,
      o = r._max,
      s = e / i,
      c = a + (o - a) * s,
      l = r.distr
    return l == 3 ? ke(10, c) : l == 4 ? Ne(c, r.asinh) : l == 100 ? r.bwd(c) : c
  }
  function Ai(e, n) {
    return I(ki(e, z, n), t[0], X, Xn)
  }
  ;(r.valToIdx = (e) => I(e, t[0])),
    (r.posToIdx = Ai),
    (r.posToVal = ki),
    (r.valToPos = (e, t, n) =>
      R[t].ori == 0 ? f(e, R[t], n ? Jt : J, n ? Lt : 0) : b(e, R[t], n ? Zt : Y, n ? Rt : 0)),
    (r.setCursor = (e, t, n) => {
      ;(Z = e.left), (Q = e.top), Ri(null, t, n)
    })
  function ji(e, t) {
    A(hi, u, ($.left = e)), A(hi, s, ($.width = t))
  }
  function Mi(e, t) {
    A(hi, `top`, ($.top = e)), A(hi, c, ($.height = t))
  }
  const Ni = V.ori == 0 ? ji : Mi,
    Pi = V.ori == 1 ? ji : Mi
  function Fi() {
    if (at && K.live)
      for (let e = +(i == 2); e < L.length; e++) {
        if (e == 0 && _t) continue
        let t = K.values[e],
          n = 0
        for (const r in t) ht[e][n++].firstChild.nodeValue = t[r]
      }
  }
  function Ii(e, t) {
    if (
      (e != null &&
        (e.idxs
          ? e.idxs.forEach((e, t) => {
              Xe[t] = e
            })
          : tt(e.idx) || Xe.fill(e.idx),
        (K.idx = Xe[0])),
      at && K.live)
    ) {
      for (let e = 0; e < L.length; e++) (e > 0 || (i == 1 && !_t)) && Li(e, Xe[e])
      Fi()
    }
    ;(an = !1), t !== !1 && na(`setLegend`)
  }
  r.setLegend = Ii
  function Li(e, n) {
    let i = L[e],
      a = e == 0 && Ae == 2 ? Qn : t[e],
      o
    _t
      ? (o = i.values(r, e, n) ?? vt)
      : ((o = i.value(r, n == null ? null : a[n], e, n)), (o = o == null ? vt : { _: o })),
      (K.values[e] = o)
  }
  function Ri(e, n, a) {
    ;(li = Z),
      (ui = Q),
      ([Z, Q] = q.move(r, Z, Q)),
      (q.left = Z),
      (q.top = Q),
      ct && (ri && P(ri, Te(Z), 0, J, Y), ii && P(ii, 0, Te(Q), J, Y))
    let o,
      s = X > Xn
    ;(wi = H), (Ti = null)
    const c = V.ori == 0 ? J : Y,
      l = V.ori == 1 ? J : Y
    if (Z < 0 || Jn == 0 || s) {
      o = q.idx = null
      for (let e = 0; e < L.length; e++) {
        const t = wn[e]
        t != null && P(t, -10, -10, J, Y)
      }
      gn && yi(null, Di, !0, e == null && ia.setSeries), K.live && (Xe.fill(o), (an = !0))
    } else {
      let e, n, a
      i == 1 && ((e = V.ori == 0 ? Z : Q), (n = ki(e, z)), (o = q.idx = I(n, t[0], X, Xn)), (a = Me(t[0][o], V, c, 0)))
      let s = -10,
        u = -10,
        d = 0,
        f = 0,
        p = !0,
        m = ``,
        h = ``
      for (let e = +(i == 2); e < L.length; e++) {
        const g = L[e],
          _ = Xe[e],
          v = _ == null ? null : i == 1 ? t[e][_] : t[e][1][_],
          y = q.dataIdx(r, e, o, n),
          b = y == null ? null : i == 1 ? t[e][y] : t[e][1][y]
        if (((an = an || b != v || y != _), (Xe[e] = y), e > 0 && g.show)) {
          const n = y == null ? -10 : y == o ? a : Me(i == 1 ? t[0][y] : t[e][0][y], V, c, 0),
            _ = b == null ? -10 : Fe(b, i == 1 ? R[g.scale] : R[g.facets[1].scale], l, 0)
          if (gn && b != null) {
            const t = V.ori == 1 ? Z : Q,
              n = we(hn.dist(r, e, y, _, t))
            if (n < wi) {
              const r = hn.bias
              if (r != 0) {
                const i = ki(t, g.scale),
                  a = b >= 0 ? 1 : -1,
                  o = i >= 0 ? 1 : -1
                o == a && (o == 1 ? (r == 1 ? b >= i : b <= i) : r == 1 ? b <= i : b >= i) && ((wi = n), (Ti = e))
              } else (wi = n), (Ti = e)
            }
          }
          if (an || Cn) {
            let t, i
            V.ori == 0 ? ((t = n), (i = _)) : ((t = _), (i = n))
            let a,
              o,
              c,
              l,
              g,
              v,
              y = !0,
              b = mn.bbox
            if (b != null) {
              y = !1
              const t = b(r, e)
              ;(c = t.left), (l = t.top), (a = t.width), (o = t.height)
            } else (c = t), (l = i), (a = o = mn.size(r, e))
            if (((v = mn.fill(r, e)), (g = mn.stroke(r, e)), Cn))
              e == Ti && wi <= hn.prox && ((s = c), (u = l), (d = a), (f = o), (p = y), (m = v), (h = g))
            else {
              const t = wn[e]
              t != null && ((Tn[e] = c), (En[e] = l), ie(t, a, o, y), ne(t, v, g), P(t, Ee(c), Ee(l), J, Y))
            }
          }
        }
      }
      if (Cn) {
        const e = hn.prox
        if (an || (Ei == null ? wi <= e : wi > e || Ti != Ei)) {
          const e = wn[0]
          e != null && ((Tn[0] = s), (En[0] = u), ie(e, d, f, p), ne(e, m, h), P(e, Ee(s), Ee(u), J, Y))
        }
      }
    }
    if ($.show && di) {
      if (e != null) {
        const [t, n] = ia.scales,
          [r, i] = ia.match,
          [a, o] = e.cursor.sync.scales,
          s = e.cursor.drag
        if (((pi = s._x), (mi = s._y), pi || mi)) {
          let { left: s, top: u, width: d, height: f } = e.select,
            p = e.scales[a].ori,
            m = e.posToVal,
            h,
            g,
            _,
            v,
            y,
            b = t != null && r(t, a),
            x = n != null && i(n, o)
          b && pi
            ? (p == 0 ? ((h = s), (g = d)) : ((h = u), (g = f)),
              (_ = R[t]),
              (v = Me(m(h, a), _, c, 0)),
              (y = Me(m(h + g, a), _, c, 0)),
              Ni(De(v, y), we(y - v)))
            : Ni(0, c),
            x && mi
              ? (p == 1 ? ((h = s), (g = d)) : ((h = u), (g = f)),
                (_ = R[n]),
                (v = Fe(m(h, o), _, l, 0)),
                (y = Fe(m(h + g, o), _, l, 0)),
                Pi(De(v, y), we(y - v)))
              : Pi(0, l)
        } else Wi()
      } else {
        let e = we(li - ai),
          t = we(ui - oi)
        if (V.ori == 1) {
          const n = e
          ;(e = t), (t = n)
        }
        ;(pi = fi.x && e >= fi.dist), (mi = fi.y && t >= fi.dist)
        const n = fi.uni
        n == null
          ? fi.x && fi.y && (pi || mi) && (pi = mi = !0)
          : pi && mi && ((pi = e >= n), (mi = t >= n), !pi && !mi && (t > e ? (mi = !0) : (pi = !0)))
        let r, i
        pi && (V.ori == 0 ? ((r = si), (i = Z)) : ((r = ci), (i = Q)), Ni(De(r, i), we(i - r)), mi || Pi(0, l)),
          mi && (V.ori == 1 ? ((r = si), (i = Z)) : ((r = ci), (i = Q)), Pi(De(r, i), we(i - r)), pi || Ni(0, c)),
          !pi && !mi && (Ni(0, 0), Pi(0, 0))
      }
    }
    if (((fi._x = pi), (fi._y = mi), e == null)) {
      if (a) {
        if (aa != null) {
          const [e, t] = ia.scales
          ;(ia.values[0] = e == null ? null : ki(V.ori == 0 ? Z : Q, e)),
            (ia.values[1] = t == null ? null : ki(V.ori == 1 ? Z : Q, t))
        }
        sa(m, r, Z, Q, J, Y, o)
      }
      if (gn) {
        const e = a && ia.setSeries,
          t = hn.prox
        Ei == null ? wi <= t && yi(Ti, Di, !0, e) : wi > t ? yi(null, Di, !0, e) : Ti != Ei && yi(Ti, Di, !0, e)
      }
    }
    an && ((K.idx = o), Ii()), n !== !1 && na(`setCursor`)
  }
  let zi = null
  Object.defineProperty(r, "rect", {
    get() {
      return (zi ?? Bi(!1), zi)
    }
  })
  function Bi(e = !1) {
    e ? (zi = null) : ((zi = F.getBoundingClientRect()), na(`syncRect`, zi))
  }
  function Vi(e, t, n, r, i, a, o) {
    q._lock ||
      (di && e != null && e.movementX == 0 && e.movementY == 0) ||
      (Hi(e, t, n, r, i, a, o, !1, e != null), e == null ? Ri(t, !0, !1) : Ri(null, !0, !0))
  }
  function Hi(e, t, n, i, a, o, s, c, l) {
    if ((zi ?? Bi(!1), pn(e), e != null)) (n = e.clientX - zi.left), (i = e.clientY - zi.top)
    else {
      if (n < 0 || i < 0) {
        ;(Z = -10), (Q = -10)
        return
      }
      const [e, r] = ia.scales,
        s = t.cursor.sync,
        [c, l] = s.values,
        [u, d] = s.scales,
        [f, p] = ia.match,
        m = t.axes[0].side % 2 == 1,
        h = V.ori == 0 ? J : Y,
        g = V.ori == 1 ? J : Y,
        _ = m ? o : a,
        v = m ? a : o,
        y = m ? i : n,
        b = m ? n : i
      if (
        ((n = u == null ? (y / _) * h : f(e, u) ? S(c, R[e], h, 0) : -10),
        (i = d == null ? (b / v) * g : p(r, d) ? S(l, R[r], g, 0) : -10),
        V.ori == 1)
      ) {
        const e = n
        ;(n = i), (i = e)
      }
    }
    l &&
      (t == null || t.cursor.event.type == m) &&
      ((n <= 1 || n >= J - 1) && (n = Ge(n, J)), (i <= 1 || i >= Y - 1) && (i = Ge(i, Y))),
      c ? ((ai = n), (oi = i), ([si, ci] = q.move(r, n, i))) : ((Z = n), (Q = i))
  }
  const Ui = { width: 0, height: 0, left: 0, top: 0 }
  function Wi() {
    gi(Ui, !1)
  }
  let Gi, Ki, qi, Ji
  function Yi(e, t, n, i, a, o, s) {
    ;(di = !0),
      (pi = mi = fi._x = fi._y = !1),
      Hi(e, t, n, i, a, o, s, !0, !1),
      e != null && (Tt(g, C, Xi, !1), sa(h, r, si, ci, J, Y, null))
    const { left: c, top: l, width: u, height: d } = $
    ;(Gi = c), (Ki = l), (qi = u), (Ji = d)
  }
  function Xi(e, t, n, i, a, o, s) {
    ;(di = fi._x = fi._y = !1), Hi(e, t, n, i, a, o, s, !1, !0)
    const { left: c, top: l, width: u, height: d } = $,
      f = u > 0 || d > 0,
      p = Gi != c || Ki != l || qi != u || Ji != d
    if ((f && p && gi($), fi.setScale && f && p)) {
      let e = c,
        t = u,
        n = l,
        r = d
      if ((V.ori == 1 && ((e = l), (t = d), (n = c), (r = u)), pi && vi(z, ki(e, z), ki(e + t, z)), mi))
        for (const e in R) {
          const t = R[e]
          e != z && t.from == null && t.min != H && vi(e, ki(n + r, e), ki(n, e))
        }
      Wi()
    } else q.lock && ((q._lock = !q._lock), Ri(t, !0, e != null))
    e != null && (Et(g, C), sa(g, r, Z, Q, J, Y, null))
  }
  function Zi(e, t, n, r, i, a, o) {
    if (q._lock) return
    pn(e)
    const s = di
    if (di) {
      let e = !0,
        t = !0,
        n,
        r
      V.ori == 0 ? ((n = pi), (r = mi)) : ((n = mi), (r = pi)),
        n && r && ((e = Z <= 10 || Z >= J - 10), (t = Q <= 10 || Q >= Y - 10)),
        n && e && (Z = Z < si ? 0 : J),
        r && t && (Q = Q < ci ? 0 : Y),
        Ri(null, !0, !0),
        (di = !1)
    }
    ;(Z = -10), (Q = -10), Xe.fill(null), Ri(null, !0, !0), s && (di = s)
  }
  function Qi(e, t, n, i, a, o, s) {
    q._lock || (pn(e), tr(), Wi(), e != null && sa(y, r, Z, Q, J, Y, null))
  }
  function $i() {
    ue.forEach(Pr), on(r.width, r.height, !0)
  }
  oe(x, w, $i)
  const ea = {}
  ;(ea.mousedown = Yi),
    (ea.mousemove = Vi),
    (ea.mouseup = Xi),
    (ea.dblclick = Qi),
    (ea.setSeries = (e, t, n, i) => {
      const a = ia.match[2]
      ;(n = a(r, t, n)), n != -1 && yi(n, i, !0, !1)
    }),
    ct &&
      (Tt(h, F, Yi),
      Tt(m, F, Vi),
      Tt(_, F, (e) => {
        pn(e), Bi(!1)
      }),
      Tt(v, F, Zi),
      Tt(y, F, Qi),
      vr.add(r),
      (r.syncRect = Bi))
  const ta = (r.hooks = e.hooks || {})
  function na(e, t, n) {
    Jr
      ? Yr.push([e, t, n])
      : e in ta &&
        ta[e].forEach((e) => {
          e.call(null, r, t, n)
        })
  }
  ;(e.plugins || []).forEach((e) => {
    for (const t in e.hooks) ta[t] = (ta[t] || []).concat(e.hooks[t])
  })
  const ra = (e, t, n) => n,
    ia = st(
      {
        key: null,
        setSeries: !1,
        filters: { pub: Ve, sub: Ve },
        scales: [z, L[1] ? L[1].scale : null],
        match: [He, He, ra],
        values: [null, null]
      },
      q.sync
    )
  ia.match.length == 2 && ia.match.push(ra), (q.sync = ia)
  const aa = ia.key,
    oa = Hn(aa)
  function sa(e, t, n, r, i, a, o) {
    ia.filters.pub(e, t, n, r, i, a, o) && oa.pub(e, t, n, r, i, a, o)
  }
  oa.sub(r)
  function ca(e, t, n, r, i, a, o) {
    ia.filters.sub(e, t, n, r, i, a, o) && ea[e](null, t, n, r, i, a, o)
  }
  r.pub = ca
  function la() {
    oa.unsub(r), vr.delete(r), wt.clear(), se(x, w, $i), D.remove(), dt?.remove(), na(`destroy`)
  }
  r.destroy = la
  function ua() {
    na(`init`, e, t),
      er(t || e.data, !1),
      W[z] ? ei(z, W[z]) : tr(),
      (rn = $.show && ($.width > 0 || $.height > 0)),
      (nn = an = !0),
      on(e.width, e.height)
  }
  return (L.forEach(Nn), ue.forEach(Un), n ? (n instanceof HTMLElement ? (n.appendChild(D), ua()) : n(r, ua)) : ua(), r)
}
;(Fr.assign = st),
  (Fr.fmtNum = xe),
  (Fr.rangeNum = _e),
  (Fr.rangeLog = fe),
  (Fr.rangeAsinh = pe),
  (Fr.orient = Un),
  (Fr.pxRatio = E),
  (Fr.join = lt),
  (Fr.fmtDate = St),
  (Fr.tzDate = wt),
  (Fr.sync = Hn)
{
  ;(Fr.addGap = Jn), (Fr.clipGaps = qn)
  const e = (Fr.paths = { points: sr })
  ;(e.linear = dr), (e.stepped = fr), (e.bars = mr), (e.spline = gr)
}
const Ir = 864e5,
  Lr = (e) => Date.parse(e) / Ir,
  Rr = new Intl.DateTimeFormat(`en-GB`, { day: `numeric`, month: `short`, timeZone: `UTC` }),
  zr = (e) => Rr.format(e * Ir),
  Br = (e) => e?.dataset.value ?? e?.textContent ?? ``,
  Vr = (e) => (e === void 0 ? [] : [...e.cells]),
  Hr = (e, t, n) => (n - t > 4e3 ? [...e.keys()] : Array.from({ length: n - t + 1 }, (e, n) => t + n)),
  Ur = (e, t) => {
    const { from: n = ``, kind: r = ``, to: i = ``, x: a = ``, y: o = `` } = e.dataset,
      s = [...(t.tBodies[0]?.rows ?? [])],
      c = a === `day`,
      l = (e, t) => {
        const n = Br(e.cells[0])
        return c ? Lr(n) : a === `name` ? t : Number(n)
      },
      u = new Map(s.map((e, t) => [l(e, t), e])),
      d = [...u.keys()].sort((e, t) => e - t),
      f = c && r !== `lines` ? Hr(u, Lr(n), Lr(i)) : d,
      p = (e, t) => u.get(e)?.cells[t],
      m = (e) => p(e, 0)?.textContent ?? zr(e),
      h = Vr(t.tHead?.rows[0]).slice(1)
    return {
      kind: r,
      x: a,
      y: o,
      xs: f,
      names: f.map(m),
      series: h.map((e, t) => ({
        title: e.textContent ?? ``,
        color: e.dataset.series,
        values: f.map((e) => {
          const n = p(e, t + 1)
          if (n === void 0) return 0
          const r = Br(n)
          return r === `` ? null : Number(r)
        }),
        texts: f.map((e) => p(e, t + 1)?.textContent ?? `0`)
      })),
      from: c ? Lr(n) - 0.5 : a === `name` ? -0.5 : (d[0] ?? 0),
      to: c ? Lr(i) + 0.5 : a === `name` ? d.length - 0.5 : (d.at(-1) ?? 0)
    }
  },
  Wr = 3600,
  Gr = 24 * Wr,
  Kr = [
    [1, `1 s`],
    [10, `10 s`],
    [60, `1 min`],
    [600, `10 min`],
    [Wr, `1 h`],
    [6 * Wr, `6 h`],
    [Gr, `1 d`],
    [7 * Gr, `1 w`],
    [30 * Gr, `30 d`],
    [365 * Gr, `1 y`]
  ],
  qr = new Intl.NumberFormat(`en-US`, { notation: `compact` }),
  Jr = [1, 2, 5].flatMap((e) => Array.from({ length: 10 }, (t, n) => e * 10 ** n)).sort((e, t) => e - t),
  Yr = (e, t) => [Kr.findLast(([t]) => t <= e)?.[0] ?? 1, t * 1.4],
  Xr = (e) => ({
    x: { time: !1, range: () => [e().from, e().to] },
    y:
      e().y === `duration`
        ? { distr: 3, log: 10, range: (e, t, n) => Yr(t, n) }
        : { range: (t, n, r) => [0, Math.max(r * (e().x === `name` ? 1.28 : 1.05), 4)] }
  }),
  Zr = (e) => (e === 0 ? `now` : `${e / 60} min`.replace(`-`, `−`)),
  Qr = (e = ``) =>
    e.replace(
      ` `,
      `
`
    ),
  $r = (e) => {
    switch (e().x) {
      case `day`:
        return { incrs: [1, 2, 7, 14, 28, 91, 182, 364], space: 56, values: (e, t) => t.map(zr) }
      case `ago`:
        return { incrs: [60, 120], space: 48, values: (e, t) => t.map(Zr) }
      default:
        return {
          splits: () => [...e().xs],
          values: (t, n) => n.map((t) => Qr(e().names[t])),
          grid: { show: !1 },
          size: 46
        }
    }
  },
  ei = (e) =>
    e().y === `duration`
      ? {
          size: 56,
          splits: (e, t, n, r) => Kr.map(([e]) => e).filter((e) => e >= n && e <= r),
          values: (e, t) => t.map((e) => Kr.find(([t]) => t === e)?.[1] ?? ``),
          filter: (e, t) => t
        }
      : { size: 46, incrs: Jr, space: 34, values: (e, t) => t.map((e) => qr.format(e)) },
  ti = (e) => {
    const t = { stroke: () => r(`line`), width: 1 },
      n = { font: `12px system-ui, sans-serif`, stroke: () => r(`quiet`), ticks: { show: !1 } },
      [i, a] = [$r(e), ei(e)]
    return [
      { ...n, size: 30, gap: 6, ...i, grid: { show: !1 }, border: { show: !0, ...t } },
      { ...n, gap: 8, ...a, grid: t }
    ]
  },
  ni = (e, t, n) => {
    const i = document.createElement(`p`),
      a = document.createElement(`span`),
      o = document.createElement(`b`)
    if (((a.textContent = e), (o.textContent = t), n !== void 0)) {
      const e = document.createElement(`i`)
      ;(e.style.background = r(`series-${n}`)), i.append(e)
    }
    return (i.append(a, o), i)
  },
  ri = (e) => {
    const t = document.createElement(`div`)
    ;(t.className = `tip`), (t.hidden = !0)
    const n = (n) => {
      const { idx: r, left: i = -1, top: a = -1 } = n.cursor,
        { kind: o, names: s, series: c } = e()
      if (((t.hidden = r == null || i < 0), t.hidden || r == null)) return
      const l = c.filter(({ values: e }) => o !== `stack` || c.length === 1 || e[r] !== 0),
        u = document.createElement(`strong`)
      ;(u.textContent = s[r] ?? ``), t.replaceChildren(u, ...l.map((e) => ni(e.title, e.texts[r] ?? ``, e.color)))
      const { clientHeight: d, clientWidth: f } = n.over,
        p = i > f / 2 ? i - t.offsetWidth - 12 : i + 12,
        m = Math.min(Math.max(a - t.offsetHeight / 2, 0), Math.max(d - t.offsetHeight, 0))
      t.style.transform = `translate(${Math.round(p)}px, ${Math.round(m)}px)`
    }
    return { hooks: { init: (e) => e.over.append(t), setCursor: n, setData: n } }
  },
  ii = ({ color: e }) => e !== void 0,
  ai = (e) => {
    const t = (e[0]?.values ?? []).map(() => 0)
    return e
      .map(({ values: e }) =>
        e.map((e, n) => {
          if (e === null || e === 0) return null
          const r = (t[n] ?? 0) + e
          return ((t[n] = r), r)
        })
      )
      .reverse()
  },
  oi = ({ kind: e, series: t, xs: n, y: r }) => {
    const i = t.filter(ii)
    if (e === `stack`) return [[...n], ...ai(i)]
    const a = r === `duration` ? 1 : -1 / 0
    return [[...n], ...i.map(({ values: e }) => e.map((e) => (e === null ? null : Math.max(e, a))))]
  },
  si = (e) => e === `bars` || e === `stack`,
  ci = ({ kind: e, series: t }) => {
    const n = t.filter(ii)
    return (e === `stack` ? n.reverse() : n).map((t) => {
      const n = `series-${t.color}`,
        i = { label: t.title, stroke: () => r(n) }
      if (!si(e)) {
        const t = e === `area` ? { fill: () => r(n, 22) } : {}
        return { ...i, ...t, width: 2, points: { show: e === `lines`, size: 5, fill: () => r(n) } }
      }
      const a = Fr.paths.bars?.({ size: [e === `bars` ? 0.62 : 0.76, 72], radius: e === `bars` ? [0.06, 0] : 0 })
      return {
        ...i,
        ...(a === void 0 ? {} : { paths: a }),
        fill: () => r(n),
        stroke: () => r(`card`),
        width: +(e === `stack`),
        points: { show: !1 }
      }
    })
  },
  li = (e) => (t) => {
    const { series: n, x: i, xs: a } = e()
    if (i !== `name`) return
    const { ctx: o } = t
    o.save(), (o.textAlign = `center`)
    for (const [e, i] of a.entries()) {
      const a = t.valToPos(i, `x`, !0),
        s = t.valToPos(n[0]?.values[e] ?? 0, `y`, !0)
      for (const [t, { color: i, texts: c }] of n.toReversed().entries())
        (o.font = `${i === void 0 ? 400 : 600} ${12 * devicePixelRatio}px system-ui, sans-serif`),
          (o.fillStyle = r(i === void 0 ? `quiet` : `ink`)),
          o.fillText(c[e] ?? ``, a, s - (6 + 15 * t) * devicePixelRatio)
    }
    o.restore()
  },
  ui = ({ kind: e, series: t, x: n, y: r }) => JSON.stringify([e, n, r, t.map((e) => [e.title, e.color])])
var Z = class {
  place
  numbers
  uplot
  shape
  observer
  seen
  constructor(e, t) {
    ;(this.place = e), (this.numbers = t)
    const n = () => this.numbers
    ;(this.shape = ui(t)), (this.seen = JSON.stringify(t))
    const { clientHeight: r, clientWidth: i } = e
    ;(this.uplot = new Fr(
      {
        width: i,
        height: r,
        legend: { show: !1 },
        cursor: { drag: { x: !1, y: !1 }, y: !1, points: { show: !si(t.kind) } },
        padding: [14, t.x === `ago` ? 18 : 10, 0, 0],
        scales: Xr(n),
        axes: ti(n),
        series: [{}, ...ci(t)],
        hooks: { draw: [li(n)] },
        plugins: [ri(n)]
      },
      oi(t),
      e
    )),
      (this.observer = new ResizeObserver(() => {
        e.clientWidth > 0 && this.uplot.setSize({ width: e.clientWidth, height: e.clientHeight })
      })),
      this.observer.observe(e)
  }
  update(e) {
    if (ui(e) !== this.shape) return !1
    const t = JSON.stringify(e)
    return (t === this.seen || ((this.seen = t), (this.numbers = e), this.uplot.setData(oi(e))), !0)
  }
  repaint() {
    this.uplot.redraw(!1)
  }
  destroy() {
    this.observer.disconnect(), this.uplot.destroy()
  }
}
const Q = /* @__PURE__ */ new Map(),
  di = /* @__PURE__ */ new WeakSet(),
  fi = (e) => {
    e === null || di.has(e) || (di.add(e), (e.open = !1))
  },
  pi = (e) => {
    const t = e.querySelector(`.chart`),
      n = e.querySelector(`.plot`),
      r = e.querySelector(`.numbers table`)
    if (t === null || n === null || r === null) return
    const i = Ur(t, r),
      a = Q.get(n)
    a?.update(i) !== !0 && (a?.destroy(), Q.set(n, new Z(n, i))), fi(e.querySelector(`details`))
  },
  mi = () => {
    for (const [e, t] of Q) e.isConnected || (t.destroy(), Q.delete(e))
    for (const e of document.querySelectorAll(`#feed figure`)) pi(e)
  }
document.addEventListener(`htmx:sse:after:message`, mi),
  i(() => {
    for (const e of Q.values()) e.repaint()
  }),
  (document.documentElement.dataset.charts = ``),
  mi()
//# sourceMappingURL=analytics.ALicLhkd.js.map
