// Jobs: started by a form, followed live on their page; the same page without JavaScript.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { hydrated, openPage, overflows, screenshots, seriousViolations, shopIsReady, signIn, startBrowser, startServer } from './harness.mjs';

let server, browser, session;
before(async () => {
  server = await startServer({ encoder: 'none' });
  browser = await startBrowser();
  session = await signIn(browser, server);
  // Until the demo shop is made, an import waits.
  await shopIsReady(server);
  mkdirSync(server.files, { recursive: true });
  writeFileSync(join(server.files, 'products.jsonl'), products());
  writeFileSync(join(server.files, 'events.csv'), events());
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const products = () => Array.from({ length: 45 }, (_, n) => JSON.stringify({ id: `p${n}`, title: `Item ${n}`, price: 100 + n })).join('\n');

// Sixty shoppers who each like one of three groups of products, over thirty days.
function events() {
  const lines = ['shopper,product,kind,time,query,position'];
  let seed = 7;
  const draw = (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const begin = Date.UTC(2026, 0, 1);
  for (let visit = 0; visit < 3000; visit += 1) {
    const shopper = draw(60);
    const product = (shopper % 3) * 15 + draw(15);
    const kind = ['view', 'view', 'view', 'cart', 'purchase'][draw(5)];
    const time = new Date(begin + visit * 864_000).toISOString();
    lines.push(`s${shopper},p${product},${kind},${time},,${1 + draw(10)}`);
  }
  return lines.join('\n');
}

async function startBy(page, kind, fields) {
  await page.goto('/admin/jobs');
  await page.locator(`.job-starters a[href$="kind=${kind}"]`).click();
  await page.waitForLoadState();
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`main [name=${name}]`);
    if ((await field.evaluate((element) => element.tagName)) === 'SELECT') await field.selectOption(value);
    else await field.fill(value);
  }
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL(/\/admin\/jobs\/[0-9a-f-]{36}$/);
}

const state = (page) => page.locator('[data-job-state]').getAttribute('data-job-state');

test('a job is started without JavaScript, and its page reads as it stands', async () => {
  // What is refused answers 422, which Chromium notes in the console.
  const { page, context, errors } = await openPage(browser, server.url, {
    javaScriptEnabled: false,
    storageState: session,
    expected: [/422/],
  });
  await startBy(page, 'import', { format: 'events', file: 'not-there.csv', catalogue: 'Tiny Shop' }).catch(() => {});
  assert.match(await page.locator('#catalogue-error').innerText(), /./, 'the error is beside its field');
  assert.equal(await page.locator('[name=file]').inputValue(), 'not-there.csv', 'nothing is lost');
  for (const [format, file] of [['products', 'products.jsonl'], ['events', 'events.csv']]) {
    await startBy(page, 'import', { format, file, catalogue: 'tiny' });
    for (let turn = 0; (await state(page)) !== 'succeeded'; turn += 1) {
      assert.ok(turn < 100, await page.locator('main').innerText());
      await page.waitForTimeout(300);
      await page.reload();
    }
  }
  assert.match(await page.locator('.job-log').innerText(), /3000 events/);
  assert.match(await page.locator('.job-result').innerText(), /"events": 3000/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('curves and log grow while one looks, and the result comes by itself', async () => {
  const { page, context } = await openPage(browser, server.url, { storageState: session });
  const asked = [];
  page.on('request', (request) => request.url().includes('/events') && asked.push(request));
  await startBy(page, 'train-recommend', { catalogue: 'tiny' });
  await page.evaluate(() => (window.stayed = true));
  await hydrated(page);
  const before = await page.locator('.job-log li').count();
  await page.waitForFunction((count) => document.querySelectorAll('.job-log li').length > count, before, { timeout: 60_000 });
  await page.waitForSelector('.job-curves polyline', { timeout: 60_000 });
  // A job that is over by then, on a machine that has other things to do, has loaded the page with its result.
  const stayed = () => window.stayed || document.querySelector('[data-job-state=succeeded]') !== null;
  assert.ok(await page.evaluate(stayed), 'the page was not loaded anew meanwhile');
  await page.waitForSelector('[data-job-state=succeeded]', { timeout: 120_000 });
  await page.waitForSelector('.job-result');
  assert.match(await page.locator('.job-result').innerText(), /mmoe/);
  assert.ok((await page.locator('.job-curves figure').count()) >= 2);
  const run = await page.locator('.stats a[href^="/runs/"]').getAttribute('href');
  const recorded = await (await page.request.get(`/api/v1${run}`)).json();
  assert.equal(recorded.state, 'finished', 'the job is a run');
  assert.equal(recorded.tags['alluvium.job'], page.url().split('/').pop());
  assert.ok(asked.length >= 1, 'by server-sent events');
  await hydrated(page);
  assert.deepEqual(await seriousViolations(page), []);
  assert.equal(await overflows(page), false);
  await page.screenshot({ path: join(screenshots, 'admin-job-light.png'), fullPage: true });
  const done = page.url();
  await context.close();

  const plain = await openPage(browser, server.url, { javaScriptEnabled: false, storageState: session });
  await plain.page.goto(done);
  assert.equal(await state(plain.page), 'succeeded');
  assert.ok((await plain.page.locator('.job-curves polyline').count()) >= 2, 'the server draws the same curves');
  assert.ok((await plain.page.locator('.job-log li').count()) >= 5);
  assert.deepEqual(plain.errors, []);
  await plain.context.close();
});
