// People at work: finding, asking why, writing, with JavaScript off and on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hydrated, openPage, signIn, startBrowser, startServer } from './harness.mjs';

let server, browser, session;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
  session = await signIn(browser, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const javaScriptEnabled of [false, true]) {
  const mode = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`a search from the home page finds and explains, ${mode}`, async () => {
    const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled });
    await page.goto('/');
    if (javaScriptEnabled) await hydrated(page);
    const box = page.locator('main input[type=search]').first();
    await box.fill('位置偏差');
    await box.press('Enter');
    await page.waitForURL(/\/search\?/);
    assert.ok((await page.locator('.hit').count()) >= 3);
    assert.ok((await page.locator('.hit mark').count()) >= 1, 'matches are marked');
    const why = page.locator('.hit details').first();
    await why.locator('summary').first().click();
    const text = await why.innerText();
    assert.match(text, /位置|偏差/);
    assert.match(text, /=/, 'the sum is spelled out');
    assert.deepEqual(errors, []);
    await context.close();
  });

  test(`an article is written, edited, compared and restored, ${mode}`, async () => {
    const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled, storageState: session });
    const slug = javaScriptEnabled ? 'written-with-js' : 'written-without-js';
    await page.goto('/articles/new');
    if (javaScriptEnabled) await hydrated(page);
    await page.fill('[name=title]', '浏览器里写的文章');
    await page.fill('[name=slug]', slug);
    await page.fill('[name=body]', '## 一节\n\n质能方程 $E=mc^2$ 与 **重点**。');
    if (javaScriptEnabled) await page.waitForSelector('.preview math', { timeout: 10_000 });
    await page.locator('form.editor button[type=submit]').last().click();
    await page.waitForURL(`**/articles/${slug}`);
    assert.equal(await page.locator('article math').count(), 1);
    await page.goto(`/articles/${slug}/edit`);
    if (javaScriptEnabled) await hydrated(page);
    await page.fill('[name=body]', '## 一节\n\n改过的第二版。');
    await page.fill('[name=note]', '第二版');
    await page.locator('form.editor button[type=submit]').last().click();
    await page.waitForURL(`**/articles/${slug}`);
    await page.goto(`/articles/${slug}/diff?from=1&to=2`);
    assert.ok((await page.locator('del, .diff-delete').count()) >= 1);
    assert.ok((await page.locator('ins, .diff-insert').count()) >= 1);
    await page.goto(`/search?q=${encodeURIComponent('改过的第二版')}&lang=zh`);
    await context.close();
    assert.deepEqual(errors, []);
  });
}

test('as you type, the palette finds', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await page.goto('/articles');
  await hydrated(page);
  await page.keyboard.press('Control+k');
  const box = page.locator('dialog[open] input[type=search]');
  await box.fill('积分梯');
  await page.waitForSelector('dialog[open] a[href^="/"]', { timeout: 10_000 });
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a diagram is drawn with JavaScript and is text without', async () => {
  const drawn = await openPage(browser, server.url);
  await drawn.page.goto('/articles/closed-loop');
  const picture = await drawn.page.waitForSelector('.mermaid img', { timeout: 20_000 });
  assert.ok(await picture.evaluate((image) => image.complete && image.naturalWidth > 100), 'the drawing can be shown');
  assert.deepEqual(drawn.errors, []);
  await drawn.context.close();
  const plain = await openPage(browser, server.url, { javaScriptEnabled: false });
  await plain.page.goto('/articles/closed-loop');
  assert.match(await plain.page.locator('pre.mermaid').first().innerText(), /flowchart|graph/);
  await plain.context.close();
});

test('language and theme are switched and remembered', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await page.goto('/');
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
  await page.goto('/?lang=en');
  await page.goto('/glossary');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  assert.deepEqual(errors, []);
  await context.close();
});

test('the first load of the home page is light', async () => {
  const { page, context } = await openPage(browser, server.url);
  let bytes = 0;
  page.on('response', async (response) => {
    const type = response.headers()['content-type'] ?? '';
    if (!/javascript|wasm/.test(type)) return;
    const sizes = await response.request().sizes();
    bytes += sizes.responseBodySize;
    assert.match(response.headers()['content-encoding'] ?? '', /br/, response.url());
  });
  await page.goto('/', { waitUntil: 'networkidle' });
  await hydrated(page);
  console.log(`JavaScript and WebAssembly of the home page: ${bytes} bytes`);
  assert.ok(bytes > 10_000 && bytes <= 400 * 1024, `${bytes} bytes`);
  await context.close();
});
