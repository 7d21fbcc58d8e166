/** Schedules on the local stack: the template's are there, a tick is one run of a real worker, and one of run time is made, stopped and deleted. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { type Client, createClient } from "../../shared/client/client.ts";
import { runIdOfTick } from "../../shared/kernel/ids.ts";
import { epochMs, toIso } from "../../shared/kernel/time.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import { localAccess } from "../support/emulators.ts";
import { type RealStack, startRealStack } from "./real-stack.ts";

let real: RealStack;
let platform: Platform;
let client: Client;
beforeAll(async () => {
	real = await startRealStack();
	platform = openPlatform(real.address, { ...localAccess, endpoints: real.stack.endpoints });
	client = createClient({ catalogue, ...platform });
});
afterAll(async () => {
	await real.stop();
});

it("performs a tick once, however often it is fired, and shows it as the schedule's last run", async () => {
	await client.schedules.disable("freshness-check", "only this tick");
	await client.schedules.enable("freshness-check");
	const at = epochMs(Math.floor(platform.clock.now() / 60_000) * 60_000);
	const body = JSON.stringify({
		job: "freshness_check_task",
		input: {},
		schedule: { name: "freshness-check", at: toIso(at) },
	});
	const target = { queueClass: "observability", queue: "main" } as const;
	await platform.queue.sendMany(target, [{ body }, { body }]);
	const { state } = await client.wait(runIdOfTick("freshness-check", at), { timeoutSeconds: 60 });
	expect(state).toBe("SUCCESS");
	expect(await client.schedules.get("freshness-check")).toMatchObject({
		origin: "catalogue",
		enabled: true,
		last: { at: toIso(at), runId: runIdOfTick("freshness-check", at), state: "SUCCESS" },
	});
	expect((await platform.store.listRecent({ limit: 10, job: "freshness_check_task" })).length).toBe(1);
});

it("makes one at run time, runs it now, and deletes it", async () => {
	await client.schedules.upsert("user-report", { job: "timeliness_check_task", everySeconds: 3600, overlap: "allow" });
	const { id } = await client.schedules.runNow("user-report");
	expect((await client.wait(id, { timeoutSeconds: 60 })).state).toBe("SUCCESS");
	const listed = async () => (await client.schedules.list()).map(({ name }) => name);
	await vi.waitFor(async () => expect(await listed()).toContain("user-report"));
	await client.schedules.remove("user-report");
	expect(await listed()).not.toContain("user-report");
	expect(await platform.scheduler?.turn("tick-user-report", "off")).toBe(false);
});
