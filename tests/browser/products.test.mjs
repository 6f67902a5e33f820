// Product search and the comparison of two rankers, with JavaScript off and on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, overflows, seriousViolations, shopIsReady, startBrowser, startServer } from './harness.mjs';

let server, browser;
before(async () => {
  server = await startServer({ encoder: 'none' });
  browser = await startBrowser();
  await shopIsReady(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const keys = (list) => list.locator('.hit--product').evaluateAll((items) => items.map((item) => item.dataset.key));
/// What each product scores, by its key.
const scores = async (page) =>
  Object.fromEntries(
    await page.locator('.hit--product').evaluateAll((items) => items.map((item) => [item.dataset.key, item.querySelector('.why__score').textContent])),
  );
/// Does something that leads to another address, and waits until the page shows it.
async function leads(page, to, act) {
  await act();
  await page.waitForURL(to);
  await page.waitForLoadState();
}

for (const [javaScriptEnabled, locale, words, kind] of [
  [false, 'en-US', 'running shoes', /running shoes/i],
  [true, 'zh-CN', '跑鞋', /跑鞋/],
]) {
  test(`products are found, narrowed, ranked and asked why: ${locale}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled, locale });
    await page.goto('/shop/demo');
    await page.fill('#q', words);
    await leads(page, /[?&]q=/, () => page.press('#q', 'Enter'));
    await page.evaluate(() => (window.stayed = true));
    assert.equal(await page.inputValue('#q'), words);
    assert.match(await page.locator('.product-line__title').first().innerText(), kind);
    assert.ok((await keys(page)).length >= 10);

    // A facet promises as many products as it then shows, all of its brand.
    const facet = page.locator('nav.side a.facet[href*="brand="]').first();
    await page.locator('nav.side details', { has: page.locator('a.facet[href*="brand="]') }).locator('summary').click();
    const brand = await facet.locator('span').first().innerText();
    const promised = Number(await facet.locator('.facet__count').innerText());
    await leads(page, /brand=/, () => facet.click());
    const narrowed = await keys(page);
    assert.equal(narrowed.length, Math.min(promised, 24));
    assert.equal(await page.locator('.side__chosen').textContent(), '1', 'the switch says that one filter is in use');
    const brands = await page.locator('.product-line .facts .fact:first-child').allInnerTexts();
    assert.deepEqual([...new Set(brands)], [brand]);

    // Another ranker gives other scores to the same brand.
    const learned = await scores(page);
    await leads(page, /ranker=bm25/, async () => {
      await page.locator('label.segment', { has: page.locator('input[value=bm25]') }).click();
      if (!javaScriptEnabled) await page.locator('#product-search button').click();
    });
    assert.match(page.url(), /brand=/, 'the filter stays');
    const all = await scores(page);
    assert.notDeepEqual(all, learned);

    // A part that is switched off is missing from the score, until it is switched on again.
    const first = page.locator('.hit--product').first();
    const key = await first.getAttribute('data-key');
    await first.locator('summary').first().click();
    assert.equal(await first.locator('.equation--open').count(), 0, 'the parts add up');
    await leads(page, /without=/, async () => {
      await first.locator('.switch-off').first().click();
      if (!javaScriptEnabled) await first.locator('.why__hint button').click();
    });
    assert.equal(await page.locator('.what-if input').count(), 1);
    assert.notEqual((await scores(page))[key], all[key]);
    await leads(page, (url) => !url.search.includes('without='), () => page.locator('.what-if a').click());
    assert.deepEqual(await scores(page), all);
    assert.equal(await page.evaluate(() => window.stayed ?? false), javaScriptEnabled, 'with JavaScript the page was not loaded anew');
    assert.deepEqual(errors, []);
    await context.close();
  });
}

/// The sign that a product deserves on the right of the comparison, without the places of those that come from further down.
const sign = (was, is) => (was < 0 ? '✚' : was > is ? `↑ ${was - is}` : was < is ? `↓ ${is - was}` : '=');

for (const look of [
  { name: 'narrow, in Chinese', options: { viewport: { width: 360, height: 780 } }, absent: /没有这个编号的商品/ },
  { name: 'wide, in English, without JavaScript', options: { viewport: { width: 1280, height: 900 }, locale: 'en-US', javaScriptEnabled: false }, absent: /no product with this id/ },
]) {
  test(`two rankers side by side say what moves: ${look.name}`, async () => {
    const { page, context, errors } = await openPage(browser, server.url, look.options);
    await page.goto(`/shop/demo/compare?q=${encodeURIComponent('轻便 跑鞋')}&a=bm25&b=learned`);
    const lists = page.locator('section.compare__list');
    const [left, right] = [await keys(lists.nth(0)), await keys(lists.nth(1))];
    assert.deepEqual([left.length, right.length], [10, 10]);
    const signs = await lists.nth(1).locator('.move [aria-hidden]').allInnerTexts();
    assert.deepEqual(signs.map((text) => text.replace(/^✚.*/, '✚')), right.map((key, place) => sign(left.indexOf(key), place)));
    assert.ok(signs.some((text) => text !== '='), 'something moves');

    // A product that is pinned has its place in both lists, with reasons that add up.
    const last = lists.nth(1).locator('.hit--product').last();
    await leads(page, /pin=/, () => last.locator('.compare__facts a').click());
    assert.equal(await page.locator('.pinned code').innerText(), right[9]);
    assert.match(await page.locator('.pinned .num').first().innerText(), /^#\d+ \/ \d+$/);
    assert.match(await page.locator('.pinned .compare__list').nth(1).innerText(), /#10 \//);
    assert.equal(await page.locator('.pinned .equation--open').count(), 0);
    for (const summary of await lists.locator('details.why > summary').all()) await summary.click();
    assert.equal(await overflows(page), false, 'nothing sticks out');
    if (look.options.javaScriptEnabled !== false) assert.deepEqual(await seriousViolations(page), []);

    await leads(page, /pin=nothing/, async () => {
      await page.fill('input[name=pin]', 'nothing');
      await page.press('input[name=pin]', 'Enter');
    });
    assert.match(await page.locator('.pinned').innerText(), look.absent);
    assert.deepEqual(errors, []);
    await context.close();
  });
}
