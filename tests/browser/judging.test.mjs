// Grades by keyboard and by plain buttons, and what they say of the rankers.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hydrated, openPage, overflows, seriousViolations, shopIsReady, signIn, startBrowser, startServer } from './harness.mjs';

let server, browser, session;
before(async () => {
  server = await startServer({ encoder: 'none' });
  browser = await startBrowser();
  session = await signIn(browser, server);
  await shopIsReady(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const judgeUrl = (query) => `/shop/demo/judge?q=${encodeURIComponent(query)}`;
/// The grade of each place that has one.
const grades = (page) =>
  page
    .locator('.grades')
    .evaluateAll((forms) => forms.map((form) => form.querySelector('[aria-pressed=true]')?.value ?? '').join(''));
const focused = (page) => page.evaluate(() => document.activeElement.id);

test('keys grade, move on and are kept', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { storageState: session });
  await page.goto(judgeUrl('跑鞋'));
  await hydrated(page);
  assert.equal(await page.locator('.grades').count(), 20);
  assert.match(await page.locator('main').innerText(), /前 20 个结果中 0 个已打分，20 个未打分/);
  await page.waitForFunction(() => document.activeElement.id === 'grade-1', undefined, { timeout: 5_000 });
  for (const [key, next] of [['3', 'grade-2'], ['0', 'grade-3'], ['1', 'grade-4'], ['2', 'grade-5']]) {
    await page.keyboard.press(key);
    assert.equal(await focused(page), next, `${key} moves on`);
  }
  assert.equal(await grades(page), '3012');
  // J, K and the arrows move and grade nothing; a key that means nothing does neither.
  for (const [key, next] of [['k', 'grade-4'], ['ArrowUp', 'grade-3'], ['j', 'grade-4'], ['ArrowDown', 'grade-5'], ['7', 'grade-5'], ['Control+0', 'grade-5']]) {
    await page.keyboard.press(key);
    assert.equal(await focused(page), next, key);
  }
  assert.equal(await grades(page), '3012');
  // The last word counts, by mouse too.
  await page.locator('#place-2 .grade').nth(1).click();
  await page.waitForFunction(() => [...document.querySelectorAll('.grades__said')].filter((said) => said.textContent === '已保存').length === 4);
  assert.deepEqual(await seriousViolations(page), []);
  assert.equal(await overflows(page), false);
  await page.reload();
  await hydrated(page);
  assert.equal(await grades(page), '3112');
  assert.match(await page.locator('main').innerText(), /前 20 个结果中 4 个已打分，16 个未打分；这个查询共有 4 个打分/);
  await page.waitForFunction(() => document.activeElement.id === 'grade-5', undefined, { timeout: 5_000 });
  assert.deepEqual(errors, []);
  await context.close();
});

test('a search and a grade need no JavaScript', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { storageState: session, locale: 'en-US', javaScriptEnabled: false });
  await page.goto('/shop/demo/judge');
  assert.match(await page.locator('main').innerText(), /Type a query first/);
  await page.fill('#q', 'green tea');
  await page.locator('main form[role=search] button').click();
  await page.waitForURL(/q=green/);
  const shown = await page.locator('.grades').count();
  assert.ok(shown >= 2);
  await page.locator('#place-2 button[value="2"]').click();
  await page.waitForURL(/#place-2$/);
  assert.equal(await page.locator('#place-2 [aria-pressed=true]').innerText(), '2');
  assert.match(
    await page.locator('main').innerText(),
    new RegExp(`Of the first ${shown} results 1 have a grade and ${shown - 1} have none; the query has 1 grades in all`),
  );
  assert.deepEqual(errors, []);
  await context.close();
});

test('who may not grade sees the grades and no buttons', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await page.goto(judgeUrl('跑鞋'));
  assert.equal(await page.locator('.grades').count(), 0);
  assert.match(await page.locator('main').innerText(), /登录并有作者角色才能打分/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('the summary shows intervals and a paired test, and follows the grades', async () => {
  const { page, context, errors } = await openPage(browser, server.url, { storageState: session, locale: 'en-US' });
  /// Grades the first products of a query by the form of the judging page.
  const grade = async (query, values) => {
    const found = await (await fetch(`${server.url}/api/v1/catalogues/demo/search?limit=5&q=${encodeURIComponent(query)}`)).json();
    for (const [at, value] of values.entries()) {
      const form = { q: query, product: found.hits[at].id, grade: String(value), place: '1' };
      const answer = await page.request.post('/shop/demo/judge', { form, headers: { origin: server.url }, maxRedirects: 0 });
      assert.equal(answer.status(), 303);
    }
  };
  await grade('light running shoes', [3, 0, 2]);
  await grade('black backpack', [1, 3]);
  await grade('乌龙茶', [0, 2, 0, 1]);
  await page.goto('/shop/demo/judgements?a=learned&b=bm25');
  const measured = async () => Number((await page.locator('main').innerText()).match(/n = (\d+)\./)[1]);
  assert.ok((await measured()) >= 3);
  // So few queries say nothing of the next one.
  assert.doesNotMatch(await page.locator('main').innerText(), /p = |\[\d/);
  for (const query of ['running shoes', 'backpack', 'tea', 'headphones', 'rain jacket', 'black', 'white', 'light', 'cotton', 'desk lamp']) await grade(query, [2, 0, 3]);
  await page.reload();
  const before = await measured();
  assert.ok(before >= 10, `${before} queries`);
  const cells = await page.locator('table').first().locator('tbody td').allInnerTexts();
  assert.equal(cells.length, 3 * 4, 'three rankers, four measures');
  for (const cell of cells) {
    const [, value, low, high] = cell.match(/^(\d\.\d{3}) \[(\d\.\d{3}), (\d\.\d{3})\]$/).map(Number);
    assert.ok(low <= value && value <= high, cell);
  }
  const paired = page.locator('main p', { hasText: 'p =' });
  assert.match(await paired.innerText(), /^Learned − Words \(BM25\): [+−]?\d\.\d{3} \[[+−]?\d\.\d{3}, [+−]?\d\.\d{3}\], p = [01]\.\d{4}$/);
  // A ranker is no better than itself.
  await page.selectOption('select[name=a]', 'bm25');
  await page.selectOption('select[name=b]', 'bm25');
  await page.locator('main form button').click();
  await page.waitForURL(/a=bm25&b=bm25/);
  assert.match(await paired.innerText(), /: 0\.000 \[0\.000, 0\.000\], p = 1\.0000$/);
  assert.deepEqual(await seriousViolations(page), []);
  assert.equal(await overflows(page), false);
  await grade('coffee', [0]);
  await page.reload();
  assert.equal(await measured(), before, 'a query without a positive grade measures nothing');
  assert.match(await page.locator('table').last().innerText(), /coffee/);
  await grade('coffee', [0, 3]);
  await page.reload();
  assert.equal(await measured(), before + 1);
  assert.deepEqual(errors, []);
  await context.close();
});
