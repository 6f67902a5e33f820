// Shows Mermaid diagrams as pictures. A frame of its own draws them (diagram-frame.js): the library writes styles, which pages do not allow. The text
// of a diagram stays where it is until its drawing is there, and comes back when it cannot be drawn.

const sources = new WeakMap();
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const waiting = new Map();
let frame;
let count = 0;

const isDark = () => {
  const theme = document.documentElement.dataset.theme;
  return theme === 'dark' || (theme !== 'light' && dark.matches);
};

const load = () =>
  (frame ??= new Promise((resolve) => {
    const element = document.createElement('iframe');
    element.src = '/diagram-frame';
    element.className = 'diagram-frame';
    element.tabIndex = -1;
    element.setAttribute('aria-hidden', 'true');
    addEventListener('message', ({ source, data }) => {
      if (source !== element.contentWindow) return;
      if (data.ready) resolve(element.contentWindow);
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    });
    document.body.append(element);
  }));

async function drawn(source) {
  const window = await load();
  const id = ++count;
  const answer = new Promise((resolve) => waiting.set(id, resolve));
  window.postMessage({ id, source, dark: isDark(), font: getComputedStyle(document.body).fontFamily }, '*');
  return answer;
}

// A wide diagram scrolls in its box, rather than shrink until nobody can read it.
function show(block, source, { svg, width, height }) {
  const picture = new Image(width, height);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  picture.alt = source;
  block.replaceChildren(picture);
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

async function draw(blocks) {
  for (const block of blocks) {
    const source = sources.get(block) ?? block.textContent;
    sources.set(block, source);
    const answer = await drawn(source);
    if (answer.svg) show(block, source, answer);
    else block.textContent = source;
  }
}

const all = (root = document) => [...root.querySelectorAll('pre.mermaid')];

draw(all());
const redraw = () => draw(all());
dark.addEventListener('change', redraw);
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] });

// The preview of the editor changes while somebody writes.
const preview = document.getElementById('preview');
if (preview) {
  new MutationObserver(() => draw(all(preview).filter((block) => !sources.has(block)))).observe(preview, { childList: true });
}
