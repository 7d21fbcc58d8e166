/** Each widget over a platform in memory: what it shows, and what its buttons do. */
import { describe, expect, it } from "vitest";
import { catalogueOfCard } from "../../../lambdas/widgets/catalogue-of-card.ts";
import { catalogueCard } from "../../../shared/catalogue/catalogue-card.ts";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineRoute } from "../../../shared/job/index.ts";
import { rateLimit } from "../../../shared/job/rate-limit.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { catalogueCardSchema } from "../../../shared/wire/catalogue-card.ts";
import { nineOClock, officeCatalogue, sendInvoice } from "../../support/client-world.ts";
import { addFailed } from "../../support/failed-letter.ts";
import { connectionTimeout, settled, succeeded, twelveSecondsOn } from "../../support/run-records.ts";
import { widgetWorld } from "../../support/widget-world.ts";

const hostile = `<img src=x onerror="alert('1')">`;
const escaped = "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;";

function withRuns() {
	const world = widgetWorld();
	const failed = settled(
		{
			state: "FAILURE",
			endedAt: twelveSecondsOn,
			reason: "attempts-exhausted",
			error: { ...connectionTimeout, excMessage: hostile, traceback: "at send (mail.ts:7)" },
		} as Parameters<typeof settled>[0],
		{ attempts: 4 },
	);
	for (const [index, row] of [succeeded('{"pages":3}'), failed].entries()) {
		const id = runId(`r-${index + 1}`);
		world.records.set(id, { ...row, id });
		world.listed.push({ id, job: row.job, firstStartedAt: nineOClock });
	}
	return world;
}

describe("the widget of recent runs", () => {
	it("lists them with state, attempts and what went wrong, a stranger's text as text", async () => {
		const { text } = await withRuns().show({ widget: "runs" });
		expect(text).toContain('<b class="good">SUCCESS</b>');
		expect(text).toContain(`DatabaseError: ${escaped}`);
		expect(text).not.toContain("<img");
	});

	it("filters by state", async () => {
		const world = withRuns();
		const shown = await world.press(await world.show({}), "Filter", { state: "SUCCESS", job: "*" });
		expect(shown.buttons.map(({ label }) => label)).toEqual(["Filter", "r-1"]);
		expect(shown.text).toContain('<option value="SUCCESS" selected>');
	});

	it("says how far it has looked for a state, which the index does not know", async () => {
		const world = withRuns();
		const shown = await world.press(await world.show({}), "Filter", { state: "SKIPPED", job: "*" });
		expect(shown.text).toContain(
			'<p class="soft">Looked for SKIPPED at all 2 runs of any job, back to 2026-11-20 09:00:00.</p>',
		);
		for (let index = 0; index < 120; index++)
			world.listed.push({ id: runId(`old-${index}`), job: "send_invoice", firstStartedAt: nineOClock });
		const among = await world.press(shown, "Filter", { state: "SUCCESS", job: "send_invoice" });
		expect(among.text).toContain('<b class="good">SUCCESS</b>');
		expect(among.text).toContain("Looked for SUCCESS at the latest 100 runs of send_invoice, back to ");
		expect((await world.show({ widget: "runs" })).text).not.toContain("Looked for");
		expect((await widgetWorld().show({ widget: "runs", state: "FAILURE" })).text).toContain("No runs of any job yet.");
		expect((await widgetWorld().show({ widget: "runs" })).text).toContain("No runs yet.");
	});

	it("leads to one run in full", async () => {
		const world = withRuns();
		const { text } = await world.press(await world.show({ widget: "runs" }), "r-2");
		expect(text).toContain(`<td>error</td><td>DatabaseError: ${escaped} (database)</td>`);
		expect(text).toContain("<td>attempts</td><td>4 (3 of 3 retries)</td>");
		expect(text).toContain("at send (mail.ts:7)");
		expect(text).toContain("<td>first attempt began</td><td>2026-11-20 09:00:00</td>");
		expect(text).toContain("<td>earlier attempts</td>");
		const { text: once } = await world.show({ widget: "run", run: "r-1" });
		expect(once).not.toContain("<td>earlier attempts</td>");
	});

	it("finds a run by an id that is typed, and says what is none", async () => {
		const world = withRuns();
		const empty = await world.show({ widget: "run" });
		expect((await world.press(empty, "Show", { run: " r-1 " })).text).toContain("&quot;pages&quot;: 3");
		expect((await world.press(empty, "Show", { run: "r-9" })).text).toContain("PENDING");
		expect((await world.press(empty, "Show", { run: hostile })).text).toContain("message-invalid-field");
	});

	it("shows how far a run is", async () => {
		const world = widgetWorld();
		const { expiresAt, createdAt, startedAt, carrier, retriesMax } = succeeded("1");
		const id = runId("r-5");
		world.records.set(id, {
			...{
				id,
				job: "send_invoice",
				generation: 1,
				attempts: 1,
				leg: 3,
				expiresAt,
				createdAt,
				startedAt,
				carrier,
				retriesMax,
			},
			...{ state: "PROGRESS", fence: "f", leaseUntil: nineOClock, progress: { progress: 40, stage: hostile } },
		} as Parameters<typeof world.records.set>[1]);
		const { text } = await world.show({ widget: "run", run: "r-5" });
		expect(text).toContain(`<progress max="100" value="40"></progress> 40 % ${escaped}`);
		expect(text).toContain("<td>legs of the latest attempt</td><td>3</td>");
	});
});

describe("the widget of dead letters", () => {
	it("groups them by error and redrives a group, after asking", async () => {
		const world = widgetWorld();
		addFailed(world, "slow-1", { message: "timed out after 1 ms" });
		addFailed(world, "slow-2", { message: "timed out after 2 ms" });
		addFailed(world, "full-1", { message: hostile });
		const shown = await world.show({ widget: "dead-letters" });
		expect(shown.text).toContain("<h3>quick: 3 dead letters</h3>");
		expect(shown.text).toContain(`DatabaseError: ${escaped}`);
		const button = shown.buttons.find(({ label }) => label === "Redrive");
		expect(button?.confirmation).toBe(
			'Send 2 dead letters of quick back to be performed again? They are of job "send_invoice": "attempts-exhausted", "DatabaseError: timed out after 1 ms"',
		);
		const after = await world.press(shown, "Redrive");
		expect(after.done).toEqual({ action: "redrive", told: "2 redriven from quick.", failed: false });
		expect(world.sent.map(({ message }) => JSON.parse(message.body).id)).toEqual(["slow-1", "slow-2"]);
		expect(after.text).toContain('<div class="notice good" role="status">2 redriven from quick.</div>');
		expect(after.text).toContain("<h3>quick: 1 dead letter</h3>");
	});

	it.each([
		{
			of: "a stranger's words in quotes, on one line, after the question",
			failure: { message: 'done)? Nothing is deleted.\n\nPress "OK" to keep them.\r\u2028\tReally.' },
			which:
				'"send_invoice": "attempts-exhausted", "DatabaseError: done)? Nothing is deleted. Press \'OK\' to keep them. Really."',
		},
		{
			of: "nothing that reorders or hides text",
			failure: {
				job: "\u202Eevas\u2066_\u200B\u200B\u200Ball",
				reason: "\u0000\u001B[2J",
				type: "\u061C",
				message: "\uFEFF\u2069",
			},
			which: '"evas _ all": "[2J", ":"',
		},
		{
			of: "a little of what is long, never half of a character",
			failure: { job: "j".repeat(80_000), reason: "😀".repeat(41), type: "E", message: `${"m".repeat(95)}😀😀😀` },
			which: `"${"j".repeat(59)}…": "${"😀".repeat(39)}…", "E: ${"m".repeat(95)}😀…"`,
		},
	])("names in a question $of", async ({ failure, which }) => {
		const world = widgetWorld();
		addFailed(world, "a", failure);
		const { text, buttons } = await world.show({ widget: "dead-letters" });
		const asked = buttons.map(({ label, confirmation }) => [label, confirmation]);
		expect(asked.slice(0, 2)).toEqual([
			["Redrive", `Send 1 dead letter of quick back to be performed again? It is of job ${which}`],
			["Delete", `Delete 1 dead letter of quick for good? Nothing can bring it back. It is of job ${which}`],
		]);
		expect(text.length).toBeLessThan(10_000);
	});

	it("names a letter of no job by what is known of it", async () => {
		const world = widgetWorld();
		world.addLetter("no JSON", {});
		const { buttons } = await world.show({ widget: "dead-letters" });
		expect(buttons.find(({ label }) => label === "Delete")?.confirmation).toBe(
			'Delete 1 dead letter of quick for good? Nothing can bring it back. It is of no named job: "receive-limit"',
		);
	});

	it("deletes a group, or all of a class", async () => {
		const world = widgetWorld();
		addFailed(world, "a", { message: "one" });
		addFailed(world, "b", { message: "two" });
		const after = await world.press(await world.show({ widget: "dead-letters", queueClass: "quick" }), "Delete");
		expect(after.done?.told).toBe("1 deleted from quick.");
		expect(world.letters).toHaveLength(1);
		await world.press(after, "Purge");
		expect(world.purged).toEqual(["quick dead-letter"]);
		expect((await world.show({ widget: "dead-letters" })).text).toContain("No dead letters.");
	});

	it("asks before everything that it does", async () => {
		const world = widgetWorld();
		addFailed(world, "a");
		for (const widget of ["runs", "run", "dead-letters", "schedules", "limits", "breakers"]) {
			for (const { event, confirmation } of (await world.show({ widget })).buttons)
				expect(confirmation === undefined).toBe(event["action"] === undefined);
		}
	});
});

describe("the widget of schedules", () => {
	it("pauses, resumes and runs one", async () => {
		const world = widgetWorld();
		const shown = await world.show({ widget: "schedules" });
		expect(shown.text).toContain("<b>nightly</b>");
		expect(shown.text).toContain("2026-11-21 02:00:00");
		const paused = await world.press(shown, "Pause");
		expect(paused.text).toContain("paused from the dashboard");
		expect((await world.press(paused, "Resume")).text).toContain("2026-11-21 02:00:00");
		expect((await world.press(shown, "Run now")).done?.told).toMatch(/^Enqueued run r-token-/);
		expect(JSON.parse(world.sent[0]?.message.body ?? "{}")).toMatchObject({
			job: "nightly_report",
			input: { of: "the day" },
		});
	});

	it("only pauses one whose job a deploy has removed", async () => {
		const world = widgetWorld();
		await world.schedules.define("inv", {
			...{ job: "old_report", input: {}, rule: { kind: "every", everySeconds: 3600 } },
			...{ overlap: "skip", catchUp: { windowSeconds: 60, runs: "latest" } },
		});
		const shown = await world.show({ widget: "schedules" });
		expect(shown.text).toContain('old_report</span> <span class="bad">its job is gone</span>');
		const actionsOf = ({ buttons }: typeof shown) =>
			buttons.filter(({ event }) => event["schedule"] === "inv").map(({ event }) => event["action"]);
		expect(actionsOf(shown)).toEqual(["pause-schedule"]);
		const paused = await world.press(shown, "Pause");
		expect(paused.text).toContain("paused from the dashboard");
		expect(actionsOf(paused)).toEqual([]);
	});
});

describe("the widget of rate limits", () => {
	it("says under which profile the classes are, and that it can't be told", async () => {
		const world = widgetWorld();
		await world.platform.mappings.resize("quick", { invocations: 5, profile: "safe" });
		expect((await world.show({ widget: "limits" })).text).toContain(
			'<p>Profile <b>safe</b>: <span class="soft">quick 5 invocations at the same time.</span></p>',
		);
		world.mappings.failure = new MillraceError("mapping-failed", "AccessDenied");
		const { text } = await world.show({ widget: "limits" });
		expect(text).toContain("The profile is not known: AccessDenied");
		expect(text).toContain("No job has a rate limit.");
	});

	const limited = defineCatalogue({
		...officeCatalogue,
		jobs: [{ ...sendInvoice, rateLimit: rateLimit("10/s") }],
		schedules: [],
	});

	it("sets what is typed, halves and restores", async () => {
		const world = widgetWorld();
		world.catalogue = limited;
		const shown = await world.show({ widget: "limits" });
		expect(shown.text).toContain('<input type="text" name="rate send_invoice"');
		const set = await world.press(shown, "Set", { "rate send_invoice": "100/m" });
		expect(set.done?.told).toBe("send_invoice is 100/m, burst 1.17.");
		expect(set.text).toContain("(declared 10/s, burst 2)");
		expect((await world.press(set, "Halve")).done?.told).toContain("send_invoice is 5/s");
		expect((await world.press(set, "Restore")).done?.told).toContain("send_invoice is 10/s");
		expect((await world.press(set, "Set", { "rate send_invoice": "fast" })).done).toMatchObject({ failed: true });
		expect((await world.press(set, "Set")).text).toContain("Type a rate for send_invoice first");
	});
});

describe("the widget of breakers", () => {
	it("opens and closes one", async () => {
		const world = widgetWorld();
		const open = await world.press(await world.show({ widget: "breakers" }), "Open");
		expect(open.text).toContain('<b class="bad">open</b>');
		expect(open.text).toContain("opened from the dashboard");
		expect((await world.press(open, "Close")).text).toContain('<b class="good">closed</b>');
	});
});

describe("a widget", () => {
	it("never acts on what the dashboard's own definition says", async () => {
		const world = widgetWorld();
		addFailed(world, "a");
		const params = { widget: "dead-letters", action: "purge", queueClass: "quick" };
		const { text, done } = await world.show({ ...params, widgetContext: { params } });
		expect(done).toBeUndefined();
		expect(text).toContain("is not performed");
		expect(world.purged).toEqual([]);
	});

	it.each([[{ widget: "shell" }], [{ widget: "runs", action: "drop" }], ["redrive"], [null]])(
		"says what is wrong with %j, and does nothing",
		async (event) => {
			const { text } = await widgetWorld().show(event);
			expect(text).toContain("usage: The widget was asked for something else");
		},
	);

	it("tells what failed in its place, a stranger's names as text", async () => {
		const world = widgetWorld();
		world.storeFails = true;
		const { text } = await world.show({ widget: "breakers", queueClass: hostile });
		expect(text).toContain('<div class="notice bad" role="status">store-failed: no such table</div>');
		expect((await world.show({ widget: "dead-letters", queueClass: hostile })).text).not.toContain("<img");
	});

	it("follows CloudWatch's theme", async () => {
		const world = widgetWorld();
		expect((await world.show({ widget: "limits", widgetContext: { theme: "dark" } })).text).toContain(
			'<div class="millrace dark">',
		);
		expect((await world.show({ widget: "limits" })).text).toContain('<div class="millrace light">');
	});

	it("holds no script and nothing from elsewhere", async () => {
		const world = withRuns();
		addFailed(world, "a", { message: hostile });
		for (const widget of ["runs", "run", "dead-letters", "schedules", "limits", "breakers"]) {
			const { text } = await world.show({ widget, run: "r-2" });
			expect(text).not.toMatch(/<script|<iframe|<img|<link|https?:|\son\w+="/i);
		}
	});
});

describe("a catalogue's card", () => {
	it("is enough to enqueue a schedule's run through the class that the rules chose", () => {
		const [group] = officeCatalogue.workerGroups;
		const [quick] = group.queueClasses;
		const slow = { ...quick, name: "slow" };
		const routed = defineCatalogue({
			workerGroups: [{ ...group, queueClasses: [quick, slow] }],
			jobs: officeCatalogue.jobs,
			schedules: officeCatalogue.schedules,
			routes: [defineRoute({ jobs: "nightly_*", to: slow })],
		});
		const card = catalogueCardSchema.parse(JSON.parse(JSON.stringify(catalogueCard(routed))));
		const read = catalogueOfCard(card);
		expect(read.routes.map(({ jobs, to }) => [jobs, to.name])).toEqual([["nightly_report", "slow"]]);
		const run = { job: "nightly_report", tenant: undefined, priority: undefined, headers: {} };
		expect(read.routes[0]?.when({ ...run, input: { of: "the day" } })).toBe(true);
		expect(read.routes[0]?.when({ ...run, input: { of: "another" } })).toBe(false);
		expect(read.findJob("mail_invoice")?.name).toBe("send_invoice");
	});
});
