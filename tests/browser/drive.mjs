// A browser for tests, told what to do line by line.
//
// Comes in: on standard input one JSON object a line, {"do": "open", ...}; as argument the folder that `scripts/setup
// browser` made. Goes out: one JSON line for each, {"ok": value} or {"error": text}. Never: a request to anywhere but
// where it was told to go. It ends when its input ends.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [folder] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--no-first-run", "--font-render-hinting=none",
];

let browser, page, context;
let said = [], asked = [];

/** The machine's own Chromium, else the one that npm brought. */
function executable() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const place of (process.env.PATH ?? "").split(":")) {
      if (place && existsSync(join(place, name))) return join(place, name);
    }
  }
  return join(folder, "unpacked/chromium");
}

/** Libraries and fonts that npm's Chromium brings for machines without. */
function surroundings(path) {
  const own = join(folder, "unpacked"), env = { ...process.env };
  if (!path.startsWith(own)) return env;
  if (execFileSync("ldd", [path]).includes("not found")) env.LD_LIBRARY_PATH = join(own, "al2023/lib");
  const fonts = ["/usr/share/fonts", "/usr/local/share/fonts"].some((place) => existsSync(place) && readdirSync(place).length);
  if (!fonts) env.FONTCONFIG_PATH = join(own, "fonts");
  return env;
}

async function start() {
  const path = executable();
  return chromium.launch({ executablePath: path, args: FLAGS, headless: true, env: surroundings(path) });
}

const doing = {
  /** A new window with nothing remembered. */
  async open({ javascript = true, dark = false, width = 1280, height = 900, phone = false, still = false }) {
    browser ??= await start();
    await context?.close();
    context = await browser.newContext({
      javaScriptEnabled: javascript, colorScheme: dark ? "dark" : "light", viewport: { width, height },
      deviceScaleFactor: phone ? 2 : 1, isMobile: phone, hasTouch: phone, reducedMotion: still ? "reduce" : "no-preference",
    });
    page = await context.newPage();
    (said = []), (asked = []);
    page.on("console", (message) => said.push(message.text()));
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).origin}`));
    return browser.version();
  },
  /** Goes to an address, or to a page of the test's own that stands at it. */
  async go({ url, html }) {
    if (html) await page.route(url, (route) => route.fulfill({ contentType: "text/html", body: html }));
    return status(await page.goto(url));
  },
  async click({ role, name }) {
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.request().isNavigationRequest()),
      page.getByRole(role, { name, exact: true }).click(),
    ]);
    await page.waitForLoadState();
    return status(response);
  },
  async fill({ label, text }) {
    await page.getByLabel(label, { exact: true }).fill(text);
  },
  async press({ key }) {
    await page.keyboard.press(key);
  },
  async look() {
    return { title: await page.title(), url: page.url(), heading: await heading(), text: await page.innerText("body") };
  },
  /** What a screen reader is told, as YAML. */
  async heard() {
    return page.locator("body").ariaSnapshot();
  },
  /** The element that has the focus, and whether that can be seen. */
  async focused() {
    return page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent.trim();
      return { tag: element.localName, name, outline: style.outlineStyle !== "none" ? parseFloat(style.outlineWidth) : 0 };
    });
  },
  /** What axe finds wrong: WCAG 2.2 A and AA, and good practice. */
  async faults() {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ").slice(0, 400)}`);
  },
  async evaluate({ script }) {
    return page.evaluate(script);
  },
  /** The addresses of all frames, and what is in them. */
  async frames() {
    return Promise.all(page.frames().map(async (frame) => ({ url: frame.url(), text: await frame.innerText("body").catch(() => "") })));
  },
  /** A window that was just opened is sometimes not painted yet. */
  async picture({ path, whole = true }) {
    for (let left = 4; ; left--) {
      try {
        return void (await page.screenshot({ path, fullPage: whole }));
      } catch (error) {
        if (left === 0) throw error;
        await page.waitForTimeout(500);
      }
    }
  },
  async heardOf() {
    return { said, asked };
  },
};

async function heading() {
  const first = page.locator("h1").first();
  return (await first.count()) ? first.innerText() : "";
}

async function status(response) {
  return response ? { status: response.status(), headers: await response.allHeaders() } : null;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const order = JSON.parse(line);
    answer = { ok: (await doing[order.do](order)) ?? null };
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser?.close();
