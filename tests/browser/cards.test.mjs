// The figures of a model card: rows that the server fills in from a run, and an error at the field that is wrong; with JavaScript off and on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hydrated, openPage, overflows, seriousViolations, signIn, startBrowser, startServer } from './harness.mjs';

// "learned, out of fold" of content/runs/product-search.json.
const RUN = '01a20d6d5a007158822b7e8f59f44019';

let server, browser, session;
before(async () => {
  server = await startServer({ encoder: 'none' });
  browser = await startBrowser();
  session = await signIn(browser, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [mode, javaScriptEnabled] of [['without JavaScript', false], ['with JavaScript', true]]) {
  test(`a figure is bound to its run, ${mode}`, async () => {
    // The answer to a wrong figure is a 422.
    const expected = [/status of 422/];
    const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled, storageState: session, expected });
    const card = javaScriptEnabled ? 'item-item-linear' : 'product-ranker';
    // Both have two figures already.
    const at = 2;
    const field = (column) => page.locator(`[name="results[${at}].${column}"]`);
    await page.goto(`/models/${card}/edit`);
    if (javaScriptEnabled) await hydrated(page);
    for (const [column, text] of Object.entries({ task: 'text-ranking', dataset: 'search-icecat', metric: 'recall_at_10', value: '0.9', run: RUN, key: 'recall_10' })) {
      await field(column).fill(text);
    }
    await page.locator('form.editor button[type=submit]').last().click();
    await page.waitForSelector(`[id="results[${at}].value-error"]`);
    assert.match(await page.locator(`[id="results[${at}].value-error"]`).innerText(), /0\.9.*0\.564/);
    assert.equal(await field('metric').inputValue(), 'recall_at_10');
    assert.deepEqual(javaScriptEnabled ? await seriousViolations(page) : [], []);
    await page.locator(`.notice a[href="#results[${at}].value"]`).click();
    assert.ok(await field('value').evaluate((element) => element.matches(':target')));
    if (javaScriptEnabled) {
      // What only the server can judge stays marked while other fields are typed in.
      await field('metric_name').fill('Recall@10');
      await page.waitForTimeout(800);
      assert.equal(await page.locator(`[id="results[${at}].value-error"]`).count(), 1);
    }
    await field('value').fill('');
    await page.locator('form.editor button[type=submit]').last().click();
    await page.waitForURL(`**/models/${card}`);
    const cell = page.locator('table .bound', { hasText: '0.564' });
    assert.equal(await cell.locator('a').getAttribute('href'), `/runs/${RUN}`);
    assert.equal(await page.locator('.bound--changed').count(), 0);
    assert.equal(await overflows(page), false);
    await context.close();
    assert.deepEqual(errors, []);
  });
}
