// A server with the starting content and the real encoder, and a Chromium to look at it with.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, chmodSync, existsSync, renameSync, rmSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const screenshots = join(root, 'tests/browser/screenshots');
mkdirSync(screenshots, { recursive: true });

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/// Starts the program on a new installation; resolves when it serves. With `encoder: 'none'` nothing is encoded in the background, so that a ranking
/// of products stays as it is.
export async function startServer({ encoder = process.env.ALLUVIUM_TEST_ENCODER ?? 'none' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'alluvium-browser-'));
  chmodSync(folder, 0o755);
  if (process.env.ALLUVIUM_BROWSER_INSTALLATIONS) copy(await installation(process.env.ALLUVIUM_BROWSER_INSTALLATIONS, encoder), join(folder, 'data'));
  return start(folder, encoder);
}

/// An installation that has its content, its shop and their vectors, made once for all test files of a run.
async function installation(folder, encoder) {
  const made = join(folder, encoder === 'none' ? 'without-encoder' : 'with-encoder');
  if (existsSync(made)) return made;
  const own = mkdtempSync(join(tmpdir(), 'alluvium-browser-'));
  chmodSync(own, 0o755);
  const server = await start(own, encoder);
  await shopIsReady(server);
  for (let second = 0; second < 240 && encoder !== 'none'; second += 1) {
    const found = await (await fetch(`${server.url}/api/v1/catalogues/demo/search?q=tea`)).json();
    const { entries, encoded } = await (await fetch(`${server.url}/healthz`)).json();
    if (!found.degraded && encoded >= entries) break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  await server.stop({ keep: true });
  copy(join(own, 'data'), `${made}.part`);
  renameSync(`${made}.part`, made);
  rmSync(own, { recursive: true, force: true });
  return made;
}

function copy(from, to) {
  // With owners and modes: Postgres takes its files only as it left them.
  const { status, stderr } = spawnSync('cp', ['-a', from, to]);
  if (status !== 0) throw new Error(`cp: ${stderr}`);
}

async function start(folder, encoder) {
  const port = await freePort();
  const child = spawn(join(root, process.env.ALLUVIUM_BIN ?? 'target/debug/alluvium'), ['serve'], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: undefined,
      ALLUVIUM_DATA_DIR: join(folder, 'data'),
      ALLUVIUM_ADDR: `127.0.0.1:${port}`,
      // Minutes of another core, and a model that changes under the tests.
      ALLUVIUM_BACKGROUND_TRAINING: 'false',
      ALLUVIUM_ENCODER: encoder,
      ALLUVIUM_RATE_LIMIT: '0',
      RUST_LOG: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const link = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      const found = text.match(/\/sign-in\/link\?token=(\S+)/);
      if (found) resolve(found[0]);
    });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
  return {
    url,
    link,
    /// Where files for jobs are.
    files: join(folder, 'data/files'),
    async stop({ keep = false } = {}) {
      child.removeAllListeners('exit');
      await new Promise((resolve) => {
        child.on('exit', resolve);
        child.kill('SIGINT');
      });
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const startBrowser = () =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/// A page that fails the test on any error in the console, any failed request and any answer of the server's own of 500 or more.
export async function openPage(browser, url, options = {}) {
  const { expected = [], ...contextOptions } = options;
  const context = await browser.newContext({ locale: 'zh-CN', baseURL: url, ...contextOptions });
  const page = await context.newPage();
  const errors = [];
  const isExpected = (text) => expected.some((pattern) => pattern.test(text));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !isExpected(message.text())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 500) errors.push(`${response.status()} ${response.url()}`);
  });
  return { page, context, errors };
}

/// The session of the first administrator, as a Playwright storage state.
export async function signIn(browser, server) {
  const { page, context } = await openPage(browser, server.url, { javaScriptEnabled: false });
  await page.goto(server.link);
  await page.locator('main form button').first().click();
  await page.waitForLoadState();
  const state = await context.storageState();
  await context.close();
  if (!state.cookies.some((cookie) => cookie.name === 'alluvium_session')) throw new Error('the sign-in link did not sign in');
  return state;
}

/// The demo shop of a new installation is made in the background; its events come last.
export async function shopIsReady(server) {
  for (let second = 0; second < 180; second += 1) {
    const answer = await fetch(`${server.url}/api/v1/catalogues`);
    const { catalogues } = await answer.json();
    if (catalogues.some((catalogue) => catalogue.slug === 'demo' && catalogue.events >= 200_000)) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error('the demo shop was not made');
}

/// Waits until the islands of a page work.
export async function hydrated(page) {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === 'true', undefined, { timeout: 20_000 });
}

const axeSource = readFileSync(join(root, 'tests/browser/node_modules/axe-core/axe.min.js'), 'utf8');

/// What axe calls serious or critical on the page as it is now.
export async function seriousViolations(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
}

/// Whether something sticks out to the right.
export const overflows = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1);
