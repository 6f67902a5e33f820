// Draws Mermaid diagrams for the page that holds this frame, which sends { id, source, dark, font } and gets { id, svg, width, height }, or { id } where a
// text is no diagram. The frame has no origin: a drawing that did more than it should could reach neither the page nor its cookies.

// Mermaid computes with its colours and reads no OKLCH: the tokens of style/tokens.css in hexadecimal.
const DARK = {
  darkMode: true, background: '#0f1b21', primaryColor: '#16323c', primaryTextColor: '#e3ebe7', primaryBorderColor: '#5fb6b9',
  lineColor: '#8fa6aa', secondaryColor: '#3a2f1c', secondaryBorderColor: '#d9ad58', tertiaryColor: '#1c2a30', tertiaryBorderColor: '#46585f',
  noteBkgColor: '#3a2f1c', noteTextColor: '#e3ebe7', noteBorderColor: '#d9ad58', textColor: '#e3ebe7', mainBkg: '#16323c',
};
const LIGHT = {
  background: '#ffffff', primaryColor: '#e2f2f4', primaryTextColor: '#12262e', primaryBorderColor: '#1f7d92', lineColor: '#5a6c72',
  secondaryColor: '#f9efd6', secondaryBorderColor: '#b98a2f', tertiaryColor: '#f3f4f0', tertiaryBorderColor: '#a9b3ac',
  noteBkgColor: '#f9efd6', noteTextColor: '#12262e', noteBorderColor: '#b98a2f', textColor: '#12262e', mainBkg: '#e2f2f4',
};

let count = 0;
let turn = Promise.resolve();

async function draw({ id, source, dark, font }) {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: 'base',
    themeVariables: { ...(dark ? DARK : LIGHT), fontFamily: font, fontSize: '15px', useGradient: false, dropShadow: 'none' },
    suppressErrorRendering: true,
  });
  try {
    const { svg } = await mermaid.render(`diagram-${++count}`, source);
    const holder = document.createElement('div');
    holder.innerHTML = svg;
    const drawing = holder.querySelector('svg');
    const { width, height } = drawing.viewBox.baseVal;
    drawing.setAttribute('width', width);
    drawing.setAttribute('height', height);
    // As a picture it must be well-formed XML.
    parent.postMessage({ id, svg: new XMLSerializer().serializeToString(drawing), width, height }, '*');
  } catch {
    parent.postMessage({ id }, '*');
  }
}

addEventListener('message', ({ data, source }) => {
  // One after the other: the library keeps its settings for all.
  if (source === parent) turn = turn.then(() => draw(data));
});
parent.postMessage({ ready: true }, '*');
