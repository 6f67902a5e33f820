// Draws Mermaid diagrams. The text of a diagram stays where it is until its drawing is there, and comes back when it cannot be drawn.

const version = new URL(import.meta.url).search;
const sources = new WeakMap();
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let library;
let count = 0;

const isDark = () => {
  const theme = document.documentElement.dataset.theme;
  return theme === 'dark' || (theme !== 'light' && dark.matches);
};

// Mermaid computes with its colours and reads no OKLCH: the tokens of style/tokens.css in hexadecimal.
const colours = () =>
  isDark()
    ? {
        darkMode: true, background: '#0f1b21', primaryColor: '#16323c', primaryTextColor: '#e3ebe7', primaryBorderColor: '#5fb6b9',
        lineColor: '#8fa6aa', secondaryColor: '#3a2f1c', secondaryBorderColor: '#d9ad58', tertiaryColor: '#1c2a30', tertiaryBorderColor: '#46585f',
        noteBkgColor: '#3a2f1c', noteTextColor: '#e3ebe7', noteBorderColor: '#d9ad58', textColor: '#e3ebe7', mainBkg: '#16323c',
      }
    : {
        background: '#ffffff', primaryColor: '#e2f2f4', primaryTextColor: '#12262e', primaryBorderColor: '#1f7d92', lineColor: '#5a6c72',
        secondaryColor: '#f9efd6', secondaryBorderColor: '#b98a2f', tertiaryColor: '#f3f4f0', tertiaryBorderColor: '#a9b3ac',
        noteBkgColor: '#f9efd6', noteTextColor: '#12262e', noteBorderColor: '#b98a2f', textColor: '#12262e', mainBkg: '#e2f2f4',
      };

const load = () =>
  (library ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `/vendor/mermaid.min.js${version}`;
    script.onload = () => resolve(window.mermaid);
    script.onerror = () => reject(new Error('the diagram library did not load'));
    document.head.append(script);
  }));

// A wide diagram scrolls in its box, rather than shrink until nobody can read it.
function fit(block, drawing, source) {
  drawing.setAttribute('role', 'img');
  drawing.setAttribute('aria-label', source);
  const width = drawing.viewBox.baseVal.width;
  drawing.style.minWidth = `${Math.round(width * 0.72)}px`;
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

async function draw(blocks) {
  if (!blocks.length) return;
  let mermaid;
  try {
    mermaid = await load();
  } catch {
    return;
  }
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: 'base',
    themeVariables: {
      ...colours(),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: '15px',
      useGradient: false,
      dropShadow: 'none',
    },
    suppressErrorRendering: true,
  });
  for (const block of blocks) {
    const source = sources.get(block) ?? block.textContent;
    sources.set(block, source);
    try {
      const { svg } = await mermaid.render(`diagram-${++count}`, source);
      block.innerHTML = svg;
      fit(block, block.querySelector('svg'), source);
    } catch {
      block.textContent = source;
    }
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
