// An experiment is written: errors beside their fields, nothing lost, a draft kept on the device; with JavaScript off and on.

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

const button = (page, action) => page.locator(`form.editor button[value=${action}]`);

for (const javaScriptEnabled of [false, true]) {
  const mode = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`an experiment is drafted, refused, completed and decided, ${mode}`, async () => {
    // The server's refusal is a 422, which Chromium notes in the console.
    const { page, context, errors } = await openPage(browser, server.url, {
      javaScriptEnabled,
      storageState: session,
      expected: [/422/],
    });
    const slug = javaScriptEnabled ? 'tried-with-js' : 'tried-without-js';
    await page.goto('/experiments/new');
    if (javaScriptEnabled) await hydrated(page);
    await page.fill('[name=title]', '新排序值不值得');
    await page.fill('[name=slug]', slug);
    await page.fill('[name=question]', '第一行\n第二行');
    await page.fill('[name=owner]', '');
    let posts = 0;
    page.on('request', (request) => (posts += request.method() === 'POST' && request.url().includes('/experiments/') ? 1 : 0));
    await button(page, 'published').click();
    await page.waitForSelector('#hypothesis-error');
    assert.equal(posts, javaScriptEnabled ? 0 : 1, 'with JavaScript nothing is sent in vain');
    for (const name of ['hypothesis', 'change_mind', 'decision_metric', 'owner']) {
      assert.match(await page.locator(`#${name}-error`).innerText(), /不能为空/, name);
      assert.equal(await page.getAttribute(`#${name}`, 'aria-invalid'), 'true');
      assert.match(await page.getAttribute(`#${name}`, 'aria-describedby'), new RegExp(`${name}-error`));
    }
    assert.equal(await page.inputValue('[name=question]'), '第一行\n第二行', 'nothing is lost');
    assert.equal(await page.locator('#question-error').count(), 0);
    // A draft may lack all that.
    await button(page, 'draft').click();
    await page.waitForURL(`**/experiments/${slug}`);
    await page.goto(`/experiments/${slug}/edit`);
    if (javaScriptEnabled) await hydrated(page);
    assert.equal(await page.inputValue('[name=question]'), '第一行\n第二行');
    await page.fill('[name=hypothesis]', '会好一点');
    await page.fill('[name=change_mind]', '区间包含 0');
    await page.fill('[name=decision_metric]', 'NDCG@10');
    await page.fill('[name=owner]', '梅');
    await page.fill('[name=datasets]', 'search-icecat');
    await page.fill('[name=evaluates]', 'model/product-ranker');
    await button(page, 'save').click();
    await page.waitForURL(`**/experiments/${slug}`);
    await page.locator('button[name=to][value=published]').click();
    await page.waitForLoadState();
    assert.match(await page.locator('.record').innerText(), /会好一点/);
    assert.ok((await page.locator('.record a[href="/models/product-ranker"]').count()) >= 1);
    // A decision without a reason is refused beside its field.
    await page.goto(`/experiments/${slug}/edit`);
    if (javaScriptEnabled) await hydrated(page);
    await page.selectOption('[name=state]', 'decided');
    await page.selectOption('[name=decision]', 'stop');
    await button(page, 'save').click();
    await page.waitForSelector('#reason-error');
    await page.waitForSelector('#runs-error');
    await page.fill('[name=reason]', '+0.01，在噪声范围内');
    await page.fill('[name=runs]', '01a20d6d5a007158822b7e8f59f44019');
    await button(page, 'save').click();
    await page.waitForURL(`**/experiments/${slug}`);
    assert.match(await page.locator('.verdict-box').innerText(), /停止[\s\S]*在噪声范围内/);
    assert.deepEqual(errors, []);
    await context.close();
  });

  test(`counts get a verdict, ${mode}`, async () => {
    const { page, context, errors } = await openPage(browser, server.url, { javaScriptEnabled });
    await page.goto('/experiments/carts-leakage');
    if (javaScriptEnabled) await hydrated(page);
    await page.locator('#trial > summary').click();
    await page.fill('[name=a_of]', '1000');
    await page.fill('[name=a_did]', '100');
    await page.fill('[name=b_of]', '1000');
    await page.fill('[name=b_did]', '110');
    await page.locator('#trial form > button').click();
    await page.waitForURL(/\/experiments\/carts-leakage\/trial#trial$/);
    assert.match(await page.locator('[data-verdict=noise]').innerText(), /噪声/);
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test('what is typed is kept on the device until it is saved', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { storageState: session });
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto('/experiments/new');
  await hydrated(page);
  await page.fill('[name=title]', '写到一半');
  await page.fill('[name=slug]', 'half-written');
  await page.fill('[name=hypothesis]', '还没写完的假设');
  await page.waitForSelector('.kept >> text=已暂存在这台设备上');
  await page.goto('/articles');
  await page.goto('/experiments/new');
  await hydrated(page);
  assert.equal(await page.inputValue('[name=hypothesis]'), '');
  await page.locator('.kept button').first().click();
  assert.equal(await page.inputValue('[name=hypothesis]'), '还没写完的假设');
  assert.equal(await page.inputValue('[name=title]'), '写到一半');
  await button(page, 'draft').click();
  await page.waitForURL('**/experiments/half-written');
  // Saved: nothing is offered any more.
  await page.goto('/experiments/new');
  await hydrated(page);
  assert.equal(await page.locator('.kept button').count(), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('an error goes as soon as it is mended', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { storageState: session });
  await page.goto('/datasets/new');
  await hydrated(page);
  await page.fill('[name=hash]', '12');
  await page.locator('[name=source]').focus();
  await page.waitForSelector('#hash-error');
  await page.fill('[name=hash]', 'ab'.repeat(32));
  await page.waitForSelector('#hash-error', { state: 'detached' });
  assert.equal(await page.getAttribute('#hash', 'aria-invalid'), null);
  assert.deepEqual(errors, []);
  await context.close();
});
