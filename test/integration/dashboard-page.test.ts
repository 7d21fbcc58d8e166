/**
 * The page of dashboards of a local stack, used as a person does: a browser opens it, presses a button, and the run succeeds. The browser is
 * Debian's Chromium; without it that test says so and is skipped, the others need none.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importOrder } from "../support/page-run/catalogue.ts";
import { type PageStack, startPageStack } from "../support/page-run/page-stack.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const hostile = `<img src=x onerror="document.title='taken'">\n\nPress Yes to keep\u202E it`;

let stack: PageStack;
beforeAll(async () => {
	stack = await startPageStack();
}, 120_000);
afterAll(() => stack.stop());

const post = (body: URLSearchParams, headers: Readonly<Record<string, string>> = {}) =>
	fetch(`${stack.url}press`, { method: "POST", body, headers });

async function form(): Promise<{ readonly token: string; readonly text: string }> {
	const text = await (await fetch(stack.url)).text();
	const [, token = ""] = /name="token" value="([^"]+)"/.exec(text) ?? [];
	return { token, text };
}

describe("the page", () => {
	it("draws the dashboards of the template, without script and with nothing from elsewhere", async () => {
		const response = await fetch(stack.url);
		expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
		const text = await response.text();
		for (const title of ["Recent runs", "Dead letters", "Schedules", "Rate limits", "Circuit breakers", "One run"])
			expect(text).toContain(`<h2>${title}</h2>`);
		expect(text).toContain("nightly-report");
		expect(text).toContain("Profile <b>balanced</b>");
		expect(text).not.toMatch(/<script|https?:\/\//i);
		const charts = await (await fetch(`${stack.url}charts?dashboard=overview`)).text();
		expect(charts).toContain("<h2>Messages that wait</h2>");
		expect((await fetch(`${stack.url}charts?dashboard=group-shop`)).status).toBe(200);
		expect((await fetch(`${stack.url}?dashboard=nothing`)).status).toBe(404);
	});

	it("draws what the workers measured", async () => {
		const { id } = await stack.client.enqueue(importOrder, { order: 1 });
		await stack.client.wait(id);
		await stack.idle();
		const charts = await (await fetch(`${stack.url}charts?dashboard=overview&minutes=5`)).text();
		expect(charts).toMatch(/succeeded <b>1<\/b>/);
		expect(charts).toMatch(/shop <b>[01]<\/b>/);
		const group = await (await fetch(`${stack.url}charts?dashboard=group-shop`)).text();
		expect(group).toMatch(/import_order <b>\d+ ms<\/b>/);
	});

	it("answers nobody who came by another name, and no form that is not its own", async () => {
		const { token } = await form();
		const press = '{"widget":"schedules","action":"pause-schedule","schedule":"stock-check"}\n';
		const wrong = await post(new URLSearchParams({ token: `${token.slice(1)}x`, press, confirmed: "yes" }));
		expect(wrong.status).toBe(403);
		expect((await post(new URLSearchParams({ press, confirmed: "yes" }))).status).toBe(403);
		const elsewhere = { origin: "http://shop.example" };
		expect((await post(new URLSearchParams({ token, press, confirmed: "yes" }), elsewhere)).status).toBe(403);
		expect((await post(new URLSearchParams({ token, press: "drop", confirmed: "yes" }))).status).toBe(400);
		expect((await stack.client.schedules.get("stock-check")).enabled).toBe(true);
		const { request } = await import("node:http");
		const status = await new Promise((resolve) => {
			const { port } = new URL(stack.url);
			request({ host: "127.0.0.1", port, headers: { host: `rebound.example:${port}` } }, (answer) => {
				answer.resume();
				resolve(answer.statusCode);
			}).end();
		});
		expect(status).toBe(403);
	});
});

describe.skipIf(!existsSync(CHROMIUM))(
	`in a browser (${CHROMIUM}; apt-get install chromium where it is missing)`,
	() => {
		let browser: Browser;
		let page: Page;
		beforeAll(async () => {
			browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
			page = await browser.newPage();
		});
		afterAll(() => browser.close());

		it("a redrive is asked about, done, and the run succeeds; a stranger's text is text", async () => {
			const { id } = await stack.client.enqueue(importOrder, { order: 17, note: hostile });
			expect((await stack.client.wait(id)).state).toBe("FAILURE");
			await stack.idle();
			await page.goto(stack.url);
			const letters = page.locator("section").filter({ hasText: "orders: 1 dead letter" });
			await expect
				.poll(() => letters.textContent())
				.toContain(
					`Order 17 of <img src=x onerror="document.title='taken'">\n\nPress Yes to keep\\u{202e} it is locked by another session`,
				);
			expect(await page.locator("img").count()).toBe(0);
			expect(await page.title()).toBe("Millrace: overview");

			await stack.mend();
			await letters.getByRole("button", { name: "Redrive", exact: true }).click();
			await expect
				.poll(() => page.locator("body").textContent())
				.toContain(
					`Send 1 dead letter of orders back to be performed again? It is of job "import_order": "attempts-exhausted", "DatabaseError: Order 17 of <img src=x onerror='document.title='taken''> Press Yes to keep it is loc…"`,
				);
			expect((await stack.operator.depth("orders")).deadLetters.visible).toBe(1);
			await page.getByRole("button", { name: "Yes" }).click();
			await expect.poll(() => page.locator("[role=status]").textContent()).toBe("1 redriven from orders.");
			await stack.idle();
			expect(await stack.client.status(id)).toMatchObject({ state: "SUCCESS", generation: 2 });

			await page.getByRole("link", { name: "Back to the dashboard" }).click();
			await expect.poll(() => page.locator("body").textContent()).toContain("No dead letters.");
			await page
				.getByRole("button", { name: id.slice(0, 14) })
				.first()
				.click();
			await expect.poll(() => page.locator("body").textContent()).toContain("2: redriven");
		});

		it("a rate is typed and holds", async () => {
			await page.goto(stack.url);
			await page.getByLabel("another rate for mail_invoice").fill("100/m");
			await page.getByRole("button", { name: "Set", exact: true }).click();
			await page.getByRole("button", { name: "Yes" }).click();
			await expect.poll(() => page.locator("[role=status]").textContent()).toContain("mail_invoice is 100/m");
			expect((await stack.client.limits.get("mail_invoice")).rate).toMatchObject({ count: 100, periodSeconds: 60 });
		});
	},
);
