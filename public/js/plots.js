// Reads the values of curves back under the pointer, and lets one curve stand out while its name or line is pointed at.

const number = (value) => (Math.abs(value) >= 1e9 || (value !== 0 && Math.abs(value) < 1e-4) ? value.toExponential(3) : String(Number(value.toPrecision(5))));

function highlight(plot) {
  const mark = (index) => {
    for (const part of plot.querySelectorAll('[data-series]')) {
      part.classList.toggle('series--away', index !== undefined && part.dataset.series !== index);
    }
  };
  plot.addEventListener('pointerover', (event) => mark(event.target.closest('[data-series]')?.dataset.series));
  plot.addEventListener('pointerleave', () => mark());
  plot.addEventListener('focusin', (event) => mark(event.target.closest('[data-series]')?.dataset.series));
  plot.addEventListener('focusout', () => mark());
}

// The places of a curve's values, from what the server drew.
function placesOf(group) {
  const places = [];
  for (const line of group.querySelectorAll('polyline')) {
    for (const pair of line.getAttribute('points').split(' ')) places.push(pair.split(',').map(Number));
  }
  for (const dot of group.querySelectorAll('circle')) places.push([dot.cx.baseVal.value, dot.cy.baseVal.value]);
  return places;
}

function read(drawing) {
  const curves = [...drawing.querySelectorAll('g[data-series]')].map((group) => ({ name: group.dataset.name, places: placesOf(group) }));
  if (curves.length === 0) return;
  const [left, right, top, bottom] = drawing.dataset.plot.split(' ').map(Number);
  const [x0, x1, y0, y1] = drawing.dataset.values.split(' ').map(Number);
  const readout = document.createElement('p');
  readout.className = 'plot__readout num';
  readout.hidden = true;
  drawing.after(readout);
  const rule = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  rule.setAttribute('class', 'plot__rule');
  rule.setAttribute('y1', top);
  rule.setAttribute('y2', bottom);
  drawing.addEventListener('pointermove', (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * drawing.viewBox.baseVal.width;
    const nearest = curves.flatMap((curve) => {
      if (curve.places.length === 0) return [];
      const place = curve.places.reduce((best, at) => (Math.abs(at[0] - x) < Math.abs(best[0] - x) ? at : best));
      return [{ name: curve.name, place, value: y0 + ((bottom - place[1]) / (bottom - top)) * (y1 - y0) }];
    });
    if (nearest.length === 0) return;
    const at = nearest.reduce((best, one) => (Math.abs(one.place[0] - x) < Math.abs(best - x) ? one.place[0] : best), nearest[0].place[0]);
    const step = Math.round(x0 + ((at - left) / (right - left)) * (x1 - x0));
    rule.setAttribute('x1', at);
    rule.setAttribute('x2', at);
    drawing.append(rule);
    readout.textContent = `${step}: ${nearest.map((one) => `${one.name} ${number(one.value)}`).join(' · ')}`;
    readout.hidden = false;
  });
  drawing.addEventListener('pointerleave', () => {
    rule.remove();
    readout.hidden = true;
  });
}

for (const plot of document.querySelectorAll('.plot')) highlight(plot);
for (const drawing of document.querySelectorAll('[data-plot]')) read(drawing);
