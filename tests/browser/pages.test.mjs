// Every page, with JavaScript off and on: readable, accessible, no error, nothing sticks out; screenshots for people to look at.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { openPage, overflows, screenshots, seriousViolations, shopIsReady, signIn, startBrowser, startServer } from './harness.mjs';

const PUBLIC = {
  home: '/',
  search: '/search?q=%E7%82%B9%E5%87%BB%E6%A8%A1%E5%9E%8B',
  'no-hits': '/search?q=zzzzqqqq&mode=lexical',
  articles: '/articles',
  article: '/articles/softmax-click-model',
  'article-live': '/articles/hybrid-retrieval',
  'article-en': '/articles/softmax-click-model-en?lang=en',
  experiments: '/experiments',
  'experiments-dense': '/experiments?view=dense',
  experiment: '/experiments/product-search-learned',
  models: '/models?view=dense',
  'model-card': '/models/multi-task-ranker',
  datasets: '/datasets',
  dataset: '/datasets/search-icecat',
  runs: '/runs',
  'runs-table': '/runs/experiments/5?filter=metrics.ndcg_10+%3E+0.7&order=metrics.ndcg_10+DESC',
  'runs-grouped': '/runs/experiments/5?group=params.gain',
  'runs-wrong': '/runs/experiments/5?filter=metrics.',
  run: '/runs/01a20d6d5a007158822b7e8f59f44019',
  'runs-compared': '/runs/compare?run=01a20d6d5a00736b8d3ba843e28b8cdf&run=01a20d6d5a0076bc8800eecf7591b256&run=01a20d6d5a00767a8ec6a8e751be384b&run=01a20d6d5a007158822b7e8f59f44019',
  leaderboards: '/leaderboards',
  history: '/articles/softmax-click-model/history',
  glossary: '/glossary',
  term: '/glossary/ndcg',
  shop: '/shop',
  products: '/shop/demo?sort=price',
  product: '/shop/demo/products/running-shoes-0001',
  'product-search': '/shop/demo?q=%E8%B7%91%E9%9E%8B&without=coverage~coverage',
  compare: '/shop/demo/compare?q=%E8%B7%91%E9%9E%8B&pin=running-shoes-0001',
  judgements: '/shop/demo/judgements',
  shopper: '/shop/demo/shoppers/shopper-0001',
  recommend: '/shop/demo/recommend?history=view%3Arunning-shoes-0001%0Aview%3Arunning-shoes-0002%0Acart%3Atea-0003&ask=running-shoes-0003',
  'recommend-shopper': '/shop/demo/recommend?shopper=shopper-0003&off=1&without=brand',
  'recommend-nobody': '/shop/demo/recommend',
  model: '/shop/demo/model',
  people: '/people',
  'sign-in': '/sign-in',
  missing: '/articles/not-there',
};
const PRIVATE = {
  editor: '/articles/softmax-click-model/edit',
  'new-article': '/articles/new',
  'new-term': '/glossary/new',
  judge: '/shop/demo/judge?q=%E8%B7%91%E9%9E%8B',
  'new-experiment': '/experiments/new',
  'new-model': '/models/new',
  'new-dataset': '/datasets/new',
  'edit-card': '/models/product-ranker/edit',
  settings: '/settings',
  'admin-people': '/admin/people',
  'admin-models': '/admin/models',
  'admin-rounds': '/admin/rounds',
  'own-product': '/shop/demo/products/running-shoes-0001',
  'admin-audit': '/admin/audit',
  'admin-status': '/admin/status',
  'admin-jobs': '/admin/jobs',
  'admin-job-new': '/admin/jobs/new?kind=import',
};

let server, browser, session;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
  session = await signIn(browser, server);
  await shopIsReady(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const looks = [
  { name: 'light', options: { colorScheme: 'light', viewport: { width: 1280, height: 900 } } },
  { name: 'dark', options: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } } },
  { name: 'narrow', options: { colorScheme: 'light', viewport: { width: 360, height: 780 } } },
  { name: 'english', options: { colorScheme: 'light', locale: 'en-US', viewport: { width: 1280, height: 900 } } },
  { name: 'no-js', options: { colorScheme: 'light', javaScriptEnabled: false, viewport: { width: 1280, height: 900 } } },
];

for (const look of looks) {
  for (const [name, path] of [...Object.entries(PUBLIC), ...Object.entries(PRIVATE)]) {
    test(`${name} looks right: ${look.name}`, async () => {
      // A page that is not there answers 404, which Chromium notes in the console.
      const expected = name === 'missing' ? [/404/] : [];
      const { page, context, errors } = await openPage(browser, server.url, {
        ...look.options,
        expected,
        storageState: name in PRIVATE ? session : undefined,
      });
      const response = await page.goto(path, { waitUntil: 'load' });
      assert.equal(response.status(), name === 'missing' ? 404 : 200);
      assert.equal(await page.locator('h1').count(), 1, 'one heading of the first level');
      if (look.name !== 'no-js') await page.waitForTimeout(400);
      await page.screenshot({ path: join(screenshots, `${name}-${look.name}.png`), fullPage: name !== 'article' });
      if (look.name !== 'no-js') {
        assert.equal(await overflows(page), false, 'nothing sticks out');
        if (look.name === 'light' || look.name === 'dark') assert.deepEqual(await seriousViolations(page), []);
      }
      assert.deepEqual(errors, []);
      await context.close();
    });
  }
}
