// The editor: warns before unsaved text is lost, saves with Ctrl-S, suggests a link name, keeps the preview beside the text.

const form = document.querySelector('form.editor');
const body = form.elements.body;
const preview = document.getElementById('preview');
const fresh = new FormData(form);
let sent = false;

const changed = () => {
  for (const [name, value] of new FormData(form)) {
    // Browsers send line breaks as CR LF; what stands in a field has LF.
    if ((fresh.get(name) ?? '').replaceAll('\r\n', '\n') !== value.replaceAll('\r\n', '\n')) return true;
  }
  return false;
};
// After a refused save the page holds text that is saved nowhere.
const unsaved = document.querySelector('.notice--bad, .conflict') !== null;
window.addEventListener('beforeunload', (event) => {
  if (!sent && (unsaved || changed())) event.preventDefault();
});
form.addEventListener('submit', (event) => {
  sent = true;
  // The checks of the island may have held it back.
  setTimeout(() => (sent = !event.defaultPrevented));
});
window.addEventListener('pageshow', () => (sent = false));

document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
    event.preventDefault();
    form.requestSubmit(form.querySelector('.button--primary'));
  }
});

// A link name from an English title, until somebody writes one.
const slug = form.elements.slug;
const name = form.elements.title ?? form.elements.en;
if (slug && !slug.readOnly && slug.value === '') {
  let own = false;
  slug.addEventListener('input', () => (own = slug.value !== ''));
  name.addEventListener('input', () => {
    if (own) return;
    slug.value = name.value.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 100);
  });
}

// The preview follows the text.
body.addEventListener('scroll', () => {
  const range = body.scrollHeight - body.clientHeight;
  if (range > 0) preview.scrollTop = (body.scrollTop / range) * (preview.scrollHeight - preview.clientHeight);
});
