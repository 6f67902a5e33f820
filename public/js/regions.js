// Swaps the regions of a page in place. The server renders the same page as without this script; only the parts marked `data-region` are
// taken from it, so that a box keeps its focus while somebody types, and hits glide to their new places when a part of the score is switched off.

const forms = document.querySelectorAll('form[data-target]');
const still = window.matchMedia('(prefers-reduced-motion: reduce)');
let latest = 0;
let running;

function addressOf(form) {
  const url = new URL(form.action, location.href);
  const data = new URLSearchParams();
  const seen = new Set();
  for (const [name, value] of new FormData(form)) {
    const pair = `${name}=${value}`;
    // Without empty values and without the same part twice, an address is short enough to send to somebody.
    if (value === '' || seen.has(pair)) continue;
    seen.add(pair);
    data.append(name, value);
  }
  if (data.get('mode') === 'hybrid') data.delete('mode');
  url.search = data;
  return url;
}

const places = (region) => new Map([...region.querySelectorAll('[data-key]')].map((item) => [item.dataset.key, item.getBoundingClientRect().top]));
const opened = (region) =>
  [...region.querySelectorAll('[data-key]')].filter((item) => item.querySelector('details[open]')).map((item) => item.dataset.key);

function swap(region, fresh) {
  const before = places(region);
  const open = opened(region);
  const focused = region.contains(document.activeElement) ? document.activeElement.id : '';
  region.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  for (const item of region.querySelectorAll('[data-key]')) {
    if (open.includes(item.dataset.key)) item.querySelector('details').open = true;
  }
  if (still.matches) return;
  for (const item of region.querySelectorAll('[data-key]')) {
    const was = before.get(item.dataset.key);
    const moved = was === undefined ? 0 : was - item.getBoundingClientRect().top;
    if (was === undefined) item.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 200 });
    else if (moved) {
      item.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], { duration: 320, easing: 'cubic-bezier(0.2, 0, 0, 1)' });
    }
  }
}

// What changed, in a line, for those who cannot see it.
const announcer = document.createElement('p');
announcer.className = 'visually-hidden';
announcer.setAttribute('role', 'status');
document.body.append(announcer);

async function show(url, { push = false, keepForm = true } = {}) {
  const turn = ++latest;
  running?.abort();
  running = new AbortController();
  const regions = [...document.querySelectorAll('[data-region]')];
  for (const region of regions) region.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(url, { headers: { Accept: 'text/html' }, signal: running.signal });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (turn !== latest) return;
    const found = regions.map((region) => page.getElementById(region.id));
    // Not the page that was expected, such as an error: go there.
    if (found.some((fresh) => !fresh)) return void location.assign(url);
    regions.forEach((region, at) => swap(region, found[at]));
    document.title = page.title;
    announcer.textContent = document.querySelector('[data-status]')?.textContent ?? '';
    for (const side of document.querySelectorAll('nav.side')) {
      const fresh = page.querySelector('nav.side');
      if (fresh) side.replaceChildren(...fresh.childNodes);
    }
    if (!keepForm) {
      for (const form of forms) {
        const fresh = page.getElementById(form.id);
        // Filters that the form sends along.
        for (const field of form.querySelectorAll('input[type="hidden"]')) field.remove();
        for (const field of fresh?.querySelectorAll('input[type="hidden"]') ?? []) form.append(field.cloneNode());
        for (const field of form.elements) {
          const same = fresh?.elements[field.name];
          if (field.type === 'search' && same) field.value = same.value;
          if (field.type === 'radio' && same) field.checked = [...(same.length ? same : [same])].some((other) => other.value === field.value && other.checked);
        }
      }
    }
    if (push) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(url);
  } finally {
    if (turn === latest) for (const region of regions) region.removeAttribute('aria-busy');
  }
}

let timer;
for (const form of forms) {
  const region = document.getElementById(form.dataset.target);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    show(addressOf(form), { push: true });
  });
  form.addEventListener('input', (event) => {
    if (event.target.type !== 'search' || event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(() => show(addressOf(form)), 250);
  });
  form.addEventListener('compositionend', (event) => event.target.dispatchEvent(new InputEvent('input', { bubbles: true })));
  // Ticks inside the region belong to the form by their `form` attribute: their events do not pass through it.
  document.addEventListener('change', (event) => {
    const field = event.target;
    if (field.form !== form || field.type === 'search') return;
    if (field.type === 'checkbox' && region.contains(field)) {
      for (const same of form.elements) {
        if (same.type === 'checkbox' && same.name === field.name && same.value === field.value) same.checked = field.checked;
      }
    }
    show(addressOf(form), { push: true });
  });
}

// Links to the same page with other parameters: facets, filters, pages.
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]');
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const url = new URL(link.href);
  const here = url.origin === location.origin && url.pathname === location.pathname && !url.hash;
  if (!here || !link.closest('[data-region], nav.side') || link.target) return;
  event.preventDefault();
  show(url, { push: true, keepForm: false }).then(() => {
    if (link.rel === 'next' || link.rel === 'prev') window.scrollTo({ top: 0 });
  });
});

window.addEventListener('popstate', () => {
  if (document.querySelector('[data-region]')) show(location.href, { keepForm: false });
});
