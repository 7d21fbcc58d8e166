/** Where the dashboards are shown: the same address over restarts, and another one beside a stack that has it. */
import { expect, it, onTestFinished } from "vitest";
import { type DashboardPage, startDashboardPage } from "../../../local/page/dashboard-page.ts";
import { createMetricStore } from "../../../local/page/metric-store.ts";

async function pageOn(port: number): Promise<DashboardPage> {
	const page = await startDashboardPage({
		dashboards: {},
		storeOf: () => createMetricStore(Date.now),
		callWidgets: async () => ({ kind: "error", error: "nobody calls" }),
		port,
	});
	onTestFinished(page.stop);
	return page;
}

it("stays at its port over restarts, and takes a free one while that is taken", async () => {
	const first = await pageOn(0);
	const port = Number(new URL(first.url).port);
	const beside = await pageOn(port);
	expect(beside.url).not.toBe(first.url);
	expect((await fetch(beside.url)).status).toBe(404);
	await first.stop();
	expect((await pageOn(port)).url).toBe(first.url);
});
