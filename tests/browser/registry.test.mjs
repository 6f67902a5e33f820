// The registry of models: a version asks for approval, and a model hangs on its card; with JavaScript off and on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hydrated, openPage, overflows, seriousViolations, signIn, startBrowser, startServer } from './harness.mjs';

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

for (const javaScriptEnabled of [false, true]) {
  const mode = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`a version asks for approval and shows on its card, ${mode}`, async () => {
    // The server's refusal is a 422, which Chromium notes in the console.
    const { page, context, errors } = await openPage(browser, server.url, {
      javaScriptEnabled,
      storageState: session,
      expected: [/422/],
    });
    const name = javaScriptEnabled ? 'tried-with-js' : 'tried-without-js';
    const card = javaScriptEnabled ? 'item-item-linear' : 'sequence-attention';
    const post = async (path, data) => {
      const answer = await context.request.post(path, { data, headers: { origin: server.url } });
      assert.equal(answer.status(), 201, await answer.text());
    };
    await post('/api/v1/models', { name });
    await post(`/api/v1/models/${name}/versions`, { source: 's3://elsewhere/weights', description: '别处的权重' });

    await page.goto('/admin/models');
    if (javaScriptEnabled) await hydrated(page);
    await page.locator(`a[href="/admin/models/${name}"]`).click();
    await page.waitForURL(`**/admin/models/${name}`);
    // What is no card is refused with the reason.
    await page.fill('[name=card]', 'no-such-card');
    await page.locator('form[action$="/card"] button').click();
    await page.waitForSelector('[role=alert]');
    await page.goto(`/admin/models/${name}`);
    await page.fill('[name=card]', card);
    await page.locator('form[action$="/card"] button').click();
    await page.waitForSelector(`a[href="/models/${card}"]`);

    await page.locator('button[name=act][value=request]').click();
    await page.waitForSelector('#version-1 table');
    assert.match(await page.locator('#version-1').innerText(), /待审批[\s\S]*模型卡完整/);
    assert.match(await page.locator('#version-1').innerText(), /这是你自己的版本/);
    assert.equal(await page.locator('button[name=act][value=approve]').count(), 0);
    assert.equal(await page.locator('svg.lineage').count(), 1);
    if (javaScriptEnabled) assert.deepEqual(await seriousViolations(page), []);

    await page.locator(`a[href="/models/${card}"]`).click();
    await page.waitForURL(`**/models/${card}`);
    const versions = page.locator('section[aria-label=版本]');
    assert.match(await versions.innerText(), new RegExp(`${name}[\\s\\S]*待审批`));
    assert.equal(await versions.locator(`a[href="/admin/models/${name}"]`).count(), 1);
    if (javaScriptEnabled) assert.deepEqual(await seriousViolations(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    assert.equal(await overflows(page), false);
    await page.goto(`/admin/models/${name}`);
    assert.equal(await overflows(page), false);
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test("the addresses that MLflow's client prints lead to the run, the experiment and the model", async () => {
  const { page, context, errors } = await openPage(browser, server.url, { storageState: session });
  const post = async (path, data) => {
    const answer = await context.request.post(path, { data, headers: { origin: server.url } });
    assert.ok(answer.ok(), await answer.text());
    return answer.json();
  };
  const { experiment_id: experiment } = await post('/api/2.0/mlflow/experiments/create', { name: 'printed addresses' });
  const { run } = await post('/api/2.0/mlflow/runs/create', { experiment_id: experiment, run_name: 'printed-run' });
  const id = run.info.run_id;
  await post('/api/v1/models', { name: 'team/printed' });
  for (const [hash, place] of [
    [`#/experiments/${experiment}/runs/${id}`, new RegExp(`/runs/${id}$`)],
    [`#/experiments/${experiment}/runs/${id}/artifacts`, new RegExp(`/runs/${id}$`)],
    [`#/experiments/${experiment}`, new RegExp(`/runs/experiments/${experiment}$`)],
    [`#/experiments/${experiment}?searchFilter=`, new RegExp(`/runs/experiments/${experiment}$`)],
    ['#/models/team%2Fprinted', /\/admin\/models\/team%2Fprinted$/],
    ['#/models/team%2Fprinted/versions/1', /\/admin\/models\/team%2Fprinted#version-1$/],
  ]) {
    await page.goto('about:blank');
    await page.goto(`/${hash}`);
    await page.waitForURL(place);
  }
  // On the page itself, too; and what is no address of MLflow's stays where it is.
  await page.goto('/');
  await page.evaluate((text) => (location.hash = text), `#/runs/${id}`);
  await page.waitForURL(new RegExp(`/runs/${id}$`));
  for (const hash of ['#main', '#/experiments/..%2F..%2Fadmin', '#/runs///evil.example', '#//evil.example']) {
    await page.goto('about:blank');
    await page.goto(`/${hash}`);
    await page.waitForLoadState('networkidle');
    assert.equal(new URL(page.url()).pathname, '/', hash);
  }
  assert.deepEqual(errors, []);
  await context.close();
  const { page: plain, context: without } = await openPage(browser, server.url, { javaScriptEnabled: false });
  await plain.goto(`/#/experiments/${experiment}/runs/${id}`);
  assert.equal(await plain.locator('h1').count(), 1);
  await without.close();
});
