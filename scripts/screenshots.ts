/**
 * Makes docs/images/dashboard-*.png: a platform of its own runs on this machine for some minutes, and Chromium takes pictures of its page.
 * `npm run docs:screenshots -- [seconds]`; CHROMIUM names another browser than Debian's.
 */
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BrowserContextOptions, chromium } from "playwright-core";
import { importOrder, mailInvoice, renderReport } from "../test/support/page-run/catalogue.ts";
import { type PageStack, startPageStack } from "../test/support/page-run/page-stack.ts";

const BYTES_MAX = 200_000;
const WIDTH = 1_400;
const HEIGHT = 980;

const seconds = Number(process.argv[2] ?? "280");
const imageFile = (name: string): string => fileURLToPath(new URL(`../docs/images/${name}.png`, import.meta.url));

/** Busier and quieter in turns, so that there is something to see. */
async function work(stack: PageStack): Promise<void> {
	const endsAt = Date.now() + seconds * 1_000;
	for (let round = 0; Date.now() < endsAt; round++) {
		const busy = 1 + Math.sin(round / 9) ** 2 * 3;
		const orders = Math.round(busy * 5);
		await stack.client.enqueueMany(
			importOrder,
			Array.from({ length: orders }, (_, index) => ({
				// Few of them fail.
				input: {
					order: (round * 31 + index * 7) % 10 === 7 && round % 6 !== 0 ? 8 : round * 31 + index * 7,
					note: "the shop",
				},
			})),
		);
		await stack.client.enqueueMany(
			mailInvoice,
			Array.from({ length: Math.round(busy * 3) }, (_, index) => ({ input: { invoice: round + index } })),
		);
		if (round % 2 === 0) await stack.client.enqueue(renderReport, { report: round });
		await new Promise((resolve) => setTimeout(resolve, 1_000));
	}
	await stack.idle();
}

const stack = await startPageStack();
const browser = await chromium.launch({
	executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu"],
});
try {
	await work(stack);
	const options: BrowserContextOptions = { viewport: { width: WIDTH, height: HEIGHT }, timezoneId: "UTC" };
	const page = await (await browser.newContext(options)).newPage();
	for (const theme of ["light", "dark"] as const) {
		await page.goto(`${stack.url}?theme=${theme}&minutes=5`);
		await page.frameLocator("iframe").locator("svg").first().waitFor();
		await page.screenshot({ path: imageFile(`dashboard-${theme}`) });
	}
	await page.goto(`${stack.url}?theme=light&minutes=5`);
	await page
		.locator("section")
		.filter({ has: page.getByRole("button", { name: "Redrive all" }) })
		.first()
		.screenshot({ path: imageFile("dead-letters-widget") });
	for (const name of ["dashboard-light", "dashboard-dark", "dead-letters-widget"]) {
		const { size } = statSync(imageFile(name));
		process.stdout.write(`docs/images/${name}.png: ${size} bytes\n`);
		if (size > BYTES_MAX) throw new Error(`${name}.png is larger than ${BYTES_MAX} bytes`);
	}
} finally {
	await browser.close();
	await stack.stop();
}
