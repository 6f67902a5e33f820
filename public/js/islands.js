// Brings the islands to life: loads the WebAssembly once the page is idle, then hydrates each <leptos-island> in document order.
// The same walk as in Leptos' own inline script (leptos 0.8, hydration/island_script.js), as a file, so that no page needs an inline script and
// browsers keep the module for good: its version is in this file's own address.

const version = new URL(import.meta.url).search;

const idle = (task) => ('requestIdleCallback' in window ? window.requestIdleCallback(task, { timeout: 2000 }) : setTimeout(task, 1));

const onHydrate = [];

async function hydrateIsland(element, module) {
  const hydrate = module[element.dataset.component];
  if (!hydrate) {
    console.warn(`There is no island ${element.dataset.component}.`);
    return;
  }
  onHydrate.at(-1)?.();
  await hydrate(element);
}

async function walk(node, module) {
  const tag = node.tagName.toLowerCase();
  if (tag === 'leptos-island') await hydrateIsland(node, module);
  if (tag === 'leptos-children') onHydrate.push(node.$$on_hydrate);
  for (const child of node.children) await walk(child, module);
  if (tag === 'leptos-children') onHydrate.pop();
}

idle(async () => {
  if (!document.querySelector('leptos-island')) return;
  const module = await import(`/pkg/alluvium.js${version}`);
  await module.default({ module_or_path: `/pkg/alluvium_bg.wasm${version}` });
  module.hydrate();
  await walk(document.body, module);
  document.documentElement.dataset.hydrated = 'true';
});
