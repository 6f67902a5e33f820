// The demonstration of recommendations: with JavaScript off by links and forms, with it in place; switched off events move the list.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { openPage, overflows, screenshots, seriousViolations, shopIsReady, signIn, startBrowser, startServer } from './harness.mjs';

const HISTORY = '/shop/demo/recommend?history=view%3Arunning-shoes-0001%0Aview%3Arunning-shoes-0002%0Acart%3Atea-0003';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
  await shopIsReady(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const products = (page) => page.locator('.recommended__item').evaluateAll((items) => items.map((item) => item.dataset.key));

test('a history is clicked together without JavaScript', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled: false });
  await page.goto('/shop/demo/recommend');
  assert.equal(await page.locator('.timeline__event').count(), 0);
  const before = await products(page);
  await page.locator('.recommended__add a').first().click();
  await page.waitForLoadState();
  assert.equal(await page.locator('.recommend__side .timeline__event').count(), 1);
  const after = await products(page);
  assert.ok(!after.includes(before[0]), 'what was viewed is not recommended again');
  // A switch and the button: the list says what moved.
  await page.locator('.recommend__side input[name=off]').first().check();
  await page.locator('.recommend__history + p button').click();
  await page.waitForLoadState();
  assert.deepEqual((await products(page))[0], before[0], 'without its only event the list is as it was');
  assert.ok((await page.locator('.move').count()) > 0);
  await page.locator('.timeline__back').first().click();
  await page.waitForLoadState();
  assert.equal(await page.locator('.recommend__side .timeline__event').count(), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('the home page shows products of the shop without JavaScript, and forgets on request', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled: false });
  await page.goto('/shop/demo/products/running-shoes-0001');
  await page.goto('/');
  const shop = page.locator('.home__window');
  assert.match(await shop.innerText(), /商店里的推荐/);
  assert.match(await shop.innerText(), /模拟数据/);
  // Nothing is trained here, and that is said.
  assert.match(await shop.innerText(), /推荐模型还没有训练好/);
  assert.equal(await shop.locator('.product').count(), 6);
  for (const reason of await shop.locator('.product__reason').allInnerTexts()) assert.match(reason, /被打开过\d+次/);
  await shop.getByRole('button', { name: '忘掉看过的商品' }).click();
  await page.waitForLoadState();
  assert.equal(await page.getByRole('button', { name: '忘掉看过的商品' }).count(), 0);
  assert.ok(!(await context.cookies()).some((cookie) => cookie.name === 'alluvium_seen'));
  await page.locator('.home__window .product a').first().click();
  await page.waitForURL(/\/shop\/demo\/products\//);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a switch ranks again in place', async () => {
  const { page, context, errors } = await openPage(browser, server.url, {});
  await page.goto(HISTORY);
  await page.evaluate(() => (window.stayed = true));
  const before = await products(page);
  await page.locator('.recommend__side input[name=off]').nth(2).check();
  await page.waitForURL(/off=3/);
  await page.waitForFunction(() => document.querySelectorAll('.move').length > 0);
  assert.notDeepEqual(await products(page), before);
  assert.equal(await page.evaluate(() => window.stayed), true, 'the page was not loaded anew');
  await page.locator('#without-category').check();
  await page.waitForURL(/without=category/);
  assert.equal(await page.evaluate(() => window.stayed), true);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('without'));
  assert.deepEqual(errors, []);
  await context.close();
});

for (const look of [
  { name: 'light', options: { colorScheme: 'light', viewport: { width: 1280, height: 900 } } },
  { name: 'dark', options: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } } },
  { name: 'narrow', options: { colorScheme: 'light', viewport: { width: 360, height: 780 } } },
]) {
  test(`the full attribution reads well: ${look.name}`, async () => {
    const { page, context, errors } = await openPage(browser, server.url, look.options);
    await page.goto(HISTORY);
    const first = page.locator('.recommended__item').first();
    await first.locator('summary').first().click();
    // Baseline, at least two parts, score: each with its number.
    assert.ok((await first.locator('.waterfall tbody tr').count()) >= 4);
    assert.equal(await first.locator('.equation__check').count(), 1);
    await first.getByRole('link', { name: /怎样它就不在列表里/ }).click();
    await page.waitForLoadState();
    assert.match(await page.locator('.recommended__item details[open]').first().innerText(), /它就不在列表里|没有一个能把它移出/);
    assert.deepEqual(await seriousViolations(page), []);
    await page.screenshot({ path: join(screenshots, `recommend-open-${look.name}.png`), fullPage: true });
    assert.equal(await overflows(page), false, 'nothing sticks out');
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test('a vote is taken and counted', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled: false });
  await page.goto(`${HISTORY}&ask=`);
  const first = page.locator('.recommended__item').first();
  await first.locator('summary').first().click();
  await first.locator('.vote input[name=word]').fill('说得通');
  await first.locator('.vote button[value=right]').click();
  await page.waitForLoadState();
  assert.match(await page.locator('main').innerText(), /谢谢，记下了/);
  // A visitor's vote stands apart, and their words are not shown to others.
  await page.goto('/shop/demo/model');
  const summary = await page.locator('main').innerText();
  assert.match(summary, /未登录访客另计.*合理 1/);
  assert.doesNotMatch(summary, /说得通/);
  const { page: own, context: signedIn } = await openPage(browser, server.url, { storageState: await signIn(browser, server), javaScriptEnabled: false });
  await own.goto(`${HISTORY}&ask=`);
  const again = own.locator('.recommended__item').first();
  await again.locator('summary').first().click();
  await again.locator('.vote input[name=word]').fill('说得通');
  await again.locator('.vote button[value=right]').click();
  await own.goto('/shop/demo/model');
  assert.match(await own.locator('main').innerText(), /说得通/);
  await signedIn.close();
  assert.deepEqual(errors, []);
  await context.close();
});
