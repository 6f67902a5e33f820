// Small comforts of every page. Each improves something that works without it.

const root = document.documentElement;
const zh = root.lang.startsWith('zh');

// What the editor kept on the device is dropped once it was saved: the server says so in a cookie.
const saved = document.cookie.match(/(?:^|; )alluvium_saved=([^;]+)/);
if (saved) {
  localStorage.removeItem(`alluvium-draft:${saved[1]}`);
  document.cookie = 'alluvium_saved=; Path=/; Max-Age=0; SameSite=Lax';
}

// Theme: at once, without the form's round trip.
document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-theme-form]');
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  root.dataset.theme = theme;
  document.cookie = `alluvium_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax`;
  for (const button of form.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button === event.submitter));
  }
  form.closest('details').open = false;
});

// Menus close on a click elsewhere and on Escape.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll('[data-menu][open]')) {
    if (menu !== except) menu.open = false;
  }
};
document.addEventListener('click', (event) => closeMenus(event.target.closest('[data-menu]')));

// The palette: Ctrl-K or Cmd-K anywhere, `/` outside of fields.
const palette = document.getElementById('palette');
const openPalette = () => {
  if (!palette || palette.open) return;
  palette.showModal();
  palette.querySelector('input').select();
};
const inField = (target) => target.closest('input, textarea, select, [contenteditable]');
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    // A search field would keep the first Escape for itself.
    if (palette?.open) {
      event.preventDefault();
      palette.close();
      return;
    }
    closeMenus();
    document.querySelector('.hint:hover, .hint:focus-within')?.classList.add('hint--closed');
    return;
  }
  const chord = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k';
  const slash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !inField(event.target);
  if (!chord && !slash) return;
  event.preventDefault();
  openPalette();
});
document.addEventListener('click', (event) => {
  const trigger = event.target.closest('[data-palette]');
  if (trigger && palette && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openPalette();
  } else if (event.target === palette) {
    palette.close();
  }
});
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll('.search-trigger__key')) key.textContent = '⌘ K';
}

// Copying.
const copy = async (text, button) => {
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = zh ? '已复制' : 'Copied';
  setTimeout(() => (button.textContent = label), 1500);
};
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) copy(button.dataset.copy, button);
});
for (const pre of document.querySelectorAll('article pre.code')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy-code';
  button.textContent = zh ? '复制' : 'Copy';
  const source = pre.textContent;
  button.addEventListener('click', () => copy(source, button));
  pre.append(button);
}

// Definitions of terms stay inside the window; one closed by Escape opens again the next time.
document.addEventListener('pointerover', (event) => {
  const hint = event.target.closest?.('.hint');
  if (!hint || hint.contains(event.relatedTarget)) return;
  hint.classList.remove('hint--closed');
  hint.classList.toggle('hint--end', hint.getBoundingClientRect().left > window.innerWidth - 380);
});
document.addEventListener('focusin', (event) => event.target.closest?.('.hint')?.classList.remove('hint--closed'));

// The table of contents: folded where it stands above the text, following the reader where it stands beside it.
const contents = document.querySelector('[data-contents]');
if (contents) {
  const beside = window.matchMedia('(min-width: 62.01rem)');
  const fold = () => (contents.open = beside.matches);
  fold();
  beside.addEventListener('change', fold);
  const links = new Map([...contents.querySelectorAll('a')].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const visible = new Set();
  let current;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) visible.add(entry.target.id);
        else visible.delete(entry.target.id);
      }
      const first = [...links.keys()].find((id) => visible.has(id));
      if (!first || first === current) return;
      links.get(current)?.removeAttribute('aria-current');
      links.get(first).setAttribute('aria-current', 'true');
      current = first;
    },
    { rootMargin: '-10% 0px -65% 0px' },
  );
  for (const id of links.keys()) {
    const heading = document.getElementById(id);
    if (heading) observer.observe(heading);
  }
}
