// Hostile texts in every stored and reflected field, with the Content-Security-Policy and without it: none runs, none leaves its element.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, signIn, startBrowser, startServer } from './harness.mjs';
import { payloads } from './payloads.mjs';

let server, browser, session;
const stored = [];

const slugOf = (number) => `hostile-${number}`;

// The same text in all fields of an entry, as far as they take so much.
function entry(text, number, fields) {
  const line = text.replace(/\s+/g, ' ').trim() || 'x';
  return {
    slug: slugOf(number), lang: 'zh', title: line.slice(0, 200), summary: line.slice(0, 600), body: `Before.\n\n${text}\n\nAfter.`,
    questions: [line.slice(0, 200)], tags: [], note: line.slice(0, 300), state: 'published', fields,
  };
}

before(async () => {
  assert.ok(payloads.length >= 120, `${payloads.length} payloads`);
  server = await startServer({ encoder: 'none' });
  browser = await startBrowser();
  session = await signIn(browser, server);
  const { context } = await openPage(browser, server.url, { storageState: session });
  const post = async (path, data) => {
    const answer = await context.request.post(path, { data });
    assert.ok(answer.status() < 500, `${path}: ${answer.status()} ${await answer.text()}`);
    return answer;
  };
  for (const [number, text] of payloads.entries()) {
    const line = text.replace(/\s+/g, ' ').trim();
    const article = { kind: 'article', authors: [line.slice(0, 100)], translation_of: null };
    const kept = await post('/api/v1/entries', entry(text, number, article));
    if (kept.status() === 201) stored.push(number);
    if (number % 4 === 0) {
      const experiment = await post('/api/2.0/mlflow/experiments/create', { name: `${number} ${line}`.slice(0, 200) });
      const { experiment_id } = await experiment.json();
      const run = await post('/api/2.0/mlflow/runs/create', {
        experiment_id, run_name: line.slice(0, 200), tags: [{ key: 'mlflow.note.content', value: text }, { key: `t${number}`, value: text }],
      });
      const { run_id } = (await run.json()).run.info;
      await post('/api/2.0/mlflow/runs/log-parameter', { run_id, key: 'p', value: line });
      stored.push(`/runs/experiments/${experiment_id}`, `/runs/${run_id}`);
    }
  }
  await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// A context in which whatever runs is noted.
async function watched(bypassCSP) {
  const { page, context } = await openPage(browser, server.url, { storageState: session, bypassCSP });
  const runs = [];
  await context.exposeFunction('ran', () => runs.push(page.url()));
  page.on('dialog', (dialog) => dialog.dismiss());
  return { page, context, runs };
}

async function looksWhole(page, where) {
  const found = await page.evaluate(() => ({
    left: document.querySelectorAll('x-left').length,
    handlers: [...document.querySelectorAll('main *')].flatMap((element) =>
      [...element.attributes].filter((attribute) => /^on/i.test(attribute.name) || /^\s*(java|vb)script:/i.test(attribute.value)).map((attribute) => element.outerHTML.slice(0, 200)),
    ),
    styles: document.querySelectorAll('main [style]:not(math *)').length,
  }));
  assert.deepEqual({ left: found.left, handlers: found.handlers }, { left: 0, handlers: [] }, where);
}

for (const bypassCSP of [false, true]) {
  test(`stored texts do not run ${bypassCSP ? 'without' : 'with'} the policy`, async () => {
    const { page, context, runs } = await watched(bypassCSP);
    const pages = ['/', '/articles', '/articles?sort=recent', '/search?q=Before', '/runs', '/people', '/admin/audit'];
    for (const [place, one] of stored.entries()) {
      // The policy only adds to what holds without it: a few show that.
      if (!bypassCSP && place % 5 > 0) continue;
      if (typeof one === 'string') pages.push(one);
      else pages.push(`/articles/${slugOf(one)}`, `/articles/${slugOf(one)}/${one % 2 ? 'edit' : 'history'}`);
    }
    for (const path of pages) {
      await page.goto(path, { waitUntil: 'domcontentloaded' });
      await looksWhole(page, path);
    }
    assert.deepEqual(runs, []);
    assert.ok(stored.filter((one) => typeof one === 'number').length >= 100, `${stored.length} stored`);
    await context.close();
  });

  test(`texts in the address do not run ${bypassCSP ? 'without' : 'with'} the policy`, async () => {
    const { page, context, runs } = await watched(bypassCSP);
    const fields = [
      '/search?q=', '/articles?tag=', '/articles?author=', '/glossary?q=', '/runs?q=', '/leaderboards?task=', '/experiments?q=', '/models?q=',
      '/sign-in?next=', '/shop/demo?q=', '/shop/demo/compare?q=', '/shop/demo/recommend?q=', '/shop/demo/judge?q=', '/articles/new?title=', '/admin/jobs/new?kind=',
    ];
    await page.goto('/');
    for (const [number, text] of payloads.entries()) {
      if (!bypassCSP && number % 5 > 0) continue;
      // Some fields each time; texts of one kind follow each other, so that every field gets some of each kind.
      const left = await page.evaluate(
        async ([fields, text]) => {
          const wrong = [];
          for (const field of fields) {
            const answer = await fetch(field + encodeURIComponent(text));
            const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html');
            if (answer.status >= 500 || parsed.querySelector('x-left, main [onerror], main [onload], main [onmouseover], main [onfocus]')) wrong.push(`${answer.status} ${field}`);
          }
          return wrong;
        },
        [fields.filter((_, place) => place % 3 === number % 3), text],
      );
      assert.deepEqual(left, [], text);
      if (number % 5 === 0) {
        await page.goto(fields[number % fields.length] + encodeURIComponent(text), { waitUntil: 'domcontentloaded' });
        await looksWhole(page, text);
      }
    }
    assert.deepEqual(runs, []);
    await context.close();
  });
}
