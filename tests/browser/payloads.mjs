// Hostile texts: each tries to run `ran()` or to leave the element that it stands in, which an element `x-left` would show.

const CALL = 'ran(1)';
const HANDLERS = ['onerror', 'onload', 'onclick', 'onmouseover', 'onfocus', 'ontoggle', 'onanimationstart', 'onbegin', 'onpointerenter', 'onscroll'];
const HOSTS = {
  onerror: 'img src=x',
  onload: 'svg',
  onclick: 'a href=#',
  onmouseover: 'b',
  onfocus: 'input autofocus',
  ontoggle: 'details open',
  onanimationstart: 'i style=animation-name:x',
  onbegin: 'svg><animate attributeName=x dur=1s',
  onpointerenter: 'p',
  onscroll: 'marquee',
};
// What may stand before: the end of whatever the text may be in.
const ENDS = ['', '"', "'", '>', '">', "'>", '</textarea>', '</title>', '</script>', '</style>', '</option></select>', '--></x>', ']]>', '`', '</pre></code>', '</svg>'];

const handlers = HANDLERS.map((name) => `<${HOSTS[name]} ${name}=${CALL}>`);
const breakouts = ENDS.map((end) => `${end}<x-left><img src=x onerror=${CALL}>`);
const forms = ENDS.map((end) => `${end}</form><x-left><form action=/admin/people method=post><input name=role value=administrator><button>`);
const attributes = ['"', "'", '` '].flatMap((quote) => [
  `x${quote} onmouseover=${quote}${CALL}${quote} autofocus onfocus=${quote}${CALL}`,
  `${quote} style=${quote}position:fixed;inset:0${quote} x=${quote}`,
  `${quote}><x-left>`,
]);
const schemes = ['javascript:', 'JaVaScRiPt:', ' javascript:', 'java\tscript:', 'java\nscript:', '\u0001javascript:', 'javascript&colon;', '&#106;avascript:', 'vbscript:', 'data:text/html,'].flatMap(
  (scheme) => [`[a](${scheme}${CALL})`, `<a href="${scheme}${CALL}">a</a>`],
);
const markdown = [
  `![x](x"onerror="${CALL})`,
  `[x]: javascript:${CALL}\n\n[x]`,
  `<javascript:${CALL}>`,
  `[x](<javascript:${CALL}>)`,
  `[a](https://e.example "onmouseover=${CALL}")`,
  `\`\`\`"onclick="${CALL}\nx\n\`\`\``,
  `\`\`\`html\n</pre><x-left><script>${CALL}</script>\n\`\`\``,
  `\`\`\`mermaid\nflowchart LR\n  A["<img src=x onerror=${CALL}>"] --> B["<x-left>"]\n\`\`\``,
  `\`\`\`mermaid\nflowchart LR\n  A --> B\n  click A href "javascript:${CALL}"\n\`\`\``,
  `\`\`\`mermaid\n%%{init: {"securityLevel": "loose"}}%%\nflowchart LR\n  A["<img src=x onerror=${CALL}>"]\n\`\`\``,
  `\`\`\`alluvium search\nquery: "<x-left><img src=x onerror=${CALL}>"\n\`\`\``,
  `\`\`\`alluvium <x-left>\n\`\`\``,
  `$\\text{<x-left><img src=x onerror=${CALL}>}$`,
  `$\\href{javascript:${CALL}}{x}$ $\\class{x" onclick="${CALL}}{y}$ $\\style{background:url(x)}{y}$`,
  `$$\\begin{matrix}<x-left></matrix>$$`,
  `[[<x-left>|<img src=x onerror=${CALL}>]]`,
  `[[article/"><x-left>]]`,
  `# <x-left> {#x" onclick="${CALL}}`,
  `| a<x-left> | b |\n|---|---|\n| <img src=x onerror=${CALL}> | "><x-left> |`,
  `- [ ] <x-left><img src=x onerror=${CALL}>`,
  `> [!NOTE] <x-left>\n> <img src=x onerror=${CALL}>`,
  `x[^1]\n\n[^1]: <x-left><img src=x onerror=${CALL}>`,
];
const html = [
  `<script>${CALL}</script>`,
  `<SCRIPT SRC=//e.example/x.js></SCRIPT>`,
  `<scr<script>ipt>${CALL}</scr</script>ipt>`,
  `<script/x>${CALL}</script>`,
  `<svg><script>${CALL}</script></svg>`,
  `<svg><script xlink:href="data:,${CALL}"></script>`,
  `<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>${CALL}</script></svg>#x">`,
  `<svg><style><img src=x onerror=${CALL}></style>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${CALL}>`,
  `<math href="javascript:${CALL}">x</math>`,
  `<math><maction actiontype="statusline" xlink:href="javascript:${CALL}">x`,
  `<iframe srcdoc="<script>parent.${CALL}</script>"></iframe>`,
  `<iframe src="javascript:parent.${CALL}"></iframe>`,
  `<object data="data:text/html,<script>${CALL}</script>"></object>`,
  `<embed src="javascript:${CALL}">`,
  `<base href="https://e.example/">`,
  `<meta http-equiv="refresh" content="0;url=javascript:${CALL}">`,
  `<link rel="stylesheet" href="data:text/css,*{display:none}">`,
  `<style>@import 'https://e.example/x.css'; * { display: none }</style>`,
  `<div style="position:fixed;inset:0;background:url(javascript:${CALL})">x</div>`,
  `<form action="javascript:${CALL}"><button>x</button></form>`,
  `<button formaction="javascript:${CALL}">x</button>`,
  `<input type="image" src="x" onerror="${CALL}">`,
  `<isindex action="javascript:${CALL}">`,
  `<video><source onerror="${CALL}"></video>`,
  `<audio src=x onerror=${CALL}>`,
  `<body onload=${CALL}>`,
  `<noscript><p title="</noscript><img src=x onerror=${CALL}>">`,
  `<template><img src=x onerror=${CALL}></template>`,
  `<xmp><p title="</xmp><img src=x onerror=${CALL}>">`,
  `<!--><img src=x onerror=${CALL}>-->`,
  `<![CDATA[<img src=x onerror=${CALL}>]]>`,
  `<?xml version="1.0"?><x-left>`,
  `<a href="https://e.example" ping="https://e.example" target="_top" onclick=${CALL}>x</a>`,
  `<img src="x:x" srcset="x 1x" sizes=x onerror=${CALL}>`,
  `<img src=x onerror&#61;${CALL}>`,
  `<img/src=x/onerror=${CALL}>`,
  `<img src=x\u000bonerror=${CALL}>`,
  `<p id="main" name="cookie" class="visually-hidden">x</p>`,
  `&lt;img src=x onerror=${CALL}&gt;&lt;x-left&gt;`,
  `\u202e<x-left><img src=x onerror=${CALL}>`,
  `＜img src=x onerror=${CALL}＞＜x-left＞`,
  `%3Cx-left%3E%3Cimg src=x onerror=${CALL}%3E`,
  `{{constructor.constructor('${CALL}')()}} \${${CALL}}`,
];

export const payloads = [...new Set([...handlers, ...breakouts, ...forms, ...attributes, ...schemes, ...markdown, ...html])];
