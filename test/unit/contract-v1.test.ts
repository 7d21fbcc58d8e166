/**
 * A deploy meets what the version before has written, and a rollback what this one has: messages, rows, checkpoints and dead letters of
 * version 0.1.0 lie in test/fixtures/contract-v1, and are given to today's code here.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { claimColumns, claimValues, firstColumns, firstValues, readRow } from "../../shared/aws/run-row.ts";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { parseMessage } from "../../shared/engine/parse-message.ts";
import { JobError } from "../../shared/job/index.ts";
import { deadLetterErrorSchema } from "../../shared/wire/dead-letter.ts";
import { jobMessageFields } from "../../shared/wire/job-message.ts";
import { platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { ok } from "../support/engine-work.ts";
import { after, engineWorld, main, type Work } from "../support/engine-world.ts";
import { projectFolder } from "../support/project-files.ts";

interface Recorded {
	readonly received: readonly { readonly messageId: string; readonly body: object }[];
	readonly rows: readonly Readonly<Record<string, AttributeValue>>[];
	readonly messages: readonly object[];
	readonly deadLetters: readonly { readonly body: object; readonly attributes: Readonly<Record<string, string>> }[];
}

const folder = join(projectFolder, "test/fixtures/contract-v1");
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
const recorded = (name: string): Recorded => read(name) as Recorded;
/** As that version published it, made of the schema that it read messages by. */
const schemaThen = read("message.schema") as { readonly properties: object };
const knownThen = Object.keys(schemaThen.properties);
const readerThen = z.fromJSONSchema(schemaThen as z.core.JSONSchema.JSONSchema);
// All of zod gives messages to zod/mini, too, from its import on: tests after this one are to see what the project's code has, which is none.
afterAll(() => void z.config({ localeError: undefined }));

const names = [
	"expired",
	"failure",
	"gave-up",
	"leg",
	"performing",
	"refused",
	"retry",
	"skipped",
	"success-with-follow-up",
] as const;

/** Today's engine, where the rows of the recording stand. */
async function worldWith({ rows }: Recorded, perform: Work, over: Parameters<typeof engineWorld>[1] = {}) {
	const world = engineWorld(perform, over);
	await world.store.claimMany(rows.map((row) => ({ expect: { kind: "absent" }, record: readRow(row) })));
	return world;
}

/** A redriven message has an id of its own in SQS: not the first one of this world, which is the one of the recording. */
async function redrive(world: Awaited<ReturnType<typeof worldWith>>, { deadLetters }: Recorded): Promise<void> {
	await world.send({ job: "after", id: "r-other" }, ...deadLetters.map(({ body }) => body));
	await world.drain();
}

describe("what version 0.1.0 has written", () => {
	it.each(names)("%s: its messages and letters are messages", (name) => {
		const { received, messages, deadLetters } = recorded(name);
		const bodies = [...received.map(({ body }) => body), ...messages, ...deadLetters.map(({ body }) => body)];
		expect(bodies.map((body) => parseMessage(JSON.stringify(body)).refused)).toEqual(bodies.map(() => false));
		for (const { attributes } of deadLetters) {
			expect(deadLetterErrorSchema.safeParse(JSON.parse(attributes["millrace-error"] ?? "")).success).toBe(true);
		}
	});

	it.each<[(typeof names)[number], Readonly<Record<string, unknown>>]>([
		["expired", { id: "r-expired", state: "FAILURE", generation: 0, attempts: 0, reason: "already-expired" }],
		["failure", { id: "r-failure", state: "FAILURE", generation: 1, attempts: 1, tenant: "t7" }],
		["gave-up", { job: "work", state: "FAILURE", generation: 1, attempts: 1, reason: "gave-up" }],
		["leg", { state: "LEG", nextLeg: 2, cursor: { kind: "inline", json: '{"cursor":{"next":5}}' } }],
		["performing", { state: "STARTED", carrier: "message-1", fence: "b7e3c1d0a9f84109", leaseUntil: 1795165275000 }],
		["refused", { state: "FAILURE", generation: 0, reason: "invalid-input" }],
		["retry", { state: "RETRY", attempts: 1, nextAttemptAt: 1795165210000, retriesMax: 2 }],
		["skipped", { state: "SKIPPED", attempts: 1 }],
		["success-with-follow-up", { state: "SUCCESS", result: { kind: "inline", json: '{"rows":12}' } }],
	])("%s: its row is read", (name, expected) => {
		expect(recorded(name).rows.map(readRow)).toEqual([expect.objectContaining(expected)]);
	});

	it("is performed on: the next attempt of a run that waits for it", async () => {
		const retry = recorded("retry");
		const world = await worldWith(retry, ok);
		await world.send(...retry.messages);
		await world.drain();
		expect(world.performed).toEqual(["r-retry#2"]);
		expect(world.row("r-retry")).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("is performed on: a leg from its checkpoint", async () => {
		const leg = recorded("leg");
		const seen: unknown[] = [];
		const world = await worldWith(leg, ok, {
			long: async ({ cursor }) => {
				seen.push(cursor);
			},
		});
		await world.send(...leg.messages);
		await world.drain();
		expect({ seen, performed: world.performed }).toEqual({ seen: [{ next: 5 }], performed: ["r-leg#1.2"] });
		expect(world.row("r-leg")).toMatchObject({ state: "SUCCESS", attempts: 1, leg: 2 });
	});

	it("is performed on: a run whose worker was stopped in the middle, once its lease is over", async () => {
		const performing = recorded("performing");
		const world = await worldWith(performing, ok);
		await world.send(...performing.received.map(({ body }) => body));
		await world.drain();
		expect(world.performed).toEqual(["r-performing#2"]);
		expect(world.row("r-performing")).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("is paid: what a success still owes is sent under the same id", async () => {
		const success = recorded("success-with-follow-up");
		const world = await worldWith(success, ok);
		await world.send(...success.received.map(({ body }) => body));
		await world.drain();
		expect(world.performed).toEqual(["after:f-6b6f8f5d5b0073ec3aa8a10e7dc8201f7680cd51"]);
	});

	it("is not done twice: a run that ended stays as it ended, and its letter is sent again", async () => {
		const failure = recorded("failure");
		const world = await worldWith(failure, ok);
		await world.send(...failure.received.map(({ body }) => body));
		await world.drain();
		expect(world.performed).toEqual([]);
		expect(world.letters().map(({ body }) => JSON.parse(body))).toEqual(
			failure.deadLetters.map(({ body }) => ({ ...body, born: 1_795_165_200_000 })),
		);
	});

	it("is redriven: a dead letter begins the next generation of its run", async () => {
		const failure = recorded("failure");
		const world = await worldWith(failure, ok);
		await redrive(world, failure);
		expect(world.performed).toEqual(["after:r-other", "r-failure#1"]);
		expect(world.row("r-failure")).toMatchObject({ state: "SUCCESS", generation: 2, attempts: 1 });
	});

	it("is redriven under the name that the job has now: it was sent under an alias", async () => {
		const gaveUp = recorded("gave-up");
		const world = await worldWith(gaveUp, ok);
		await redrive(world, gaveUp);
		expect(world.performed).toEqual(["after:r-other", "k-725a039134e9afc7f42ddd38225040efffa0342b#1"]);
	});
});

describe("a job that a deploy removes", () => {
	const { workerGroups } = engineWorld(ok).catalogue;
	const without = defineCatalogue({ workerGroups, jobs: [after] });

	it("leaves its messages in the dead-letter queue, for the version that has it again", async () => {
		const retry = recorded("retry");
		const world = await worldWith(retry, ok);
		await world.send({ job: "work", id: "r-new", input: { n: 1 } }, ...retry.messages);
		expect((await world.deliver(await world.receive(), { catalogue: without })).keptMessageIds).toEqual([]);
		expect(world.letters().map(({ reason }) => reason)).toEqual(["unknown-job", "unknown-job"]);
		expect(world.performed).toEqual([]);
		// They are deleted by their delivery, which `step` does and `deliver` does not.
		await world.queue.purge(main);
		await world.redrive();
		await world.drain();
		expect(world.performed.toSorted()).toEqual(["r-new#1", "r-retry#1"]);
		expect(world.row("r-retry")).toMatchObject({ state: "SUCCESS", generation: 2 });
	});
});

describe("what version 0.1.0 would read after a rollback", () => {
	it.each(names)("%s: a row is spelled as it was", (name) => {
		const { rows } = recorded(name);
		const spelled = rows.map(readRow).map((record) => {
			const values = [...firstValues(record), ...claimValues(record)];
			return Object.fromEntries([...firstColumns, ...claimColumns].map((column, index) => [column, values[index]]));
		});
		// Of no meaning once settled; a claim leaves the checkpoint alone.
		const compared = rows.map(({ lu: _, cu: __, ...row }) => row);
		expect(spelled.map(({ lu: _, ...row }) => row)).toEqual(compared);
	});

	it("the messages of a retry, a leg, a follow-up and a letter fit the schema that it published", async () => {
		const world = engineWorld(
			async (_, context) => {
				context.enqueue(after, {});
				if (context.runId === "r-bad") throw new JobError("api", "402", { retryable: false });
				if (context.attempt === 1) throw new JobError("api", "503");
			},
			{
				async long(context) {
					if (context.cursor !== undefined) return;
					await context.checkpoint("half");
					await world.clock.sleep(55_000);
					await context.checkpoint("more");
				},
			},
		);
		const sent: object[] = [];
		await world.send(
			{ job: "work", id: "r-again", input: { n: 1 } },
			{ job: "work", id: "r-bad", input: { n: 1 } },
			{ job: "long", id: "r-long" },
		);
		for (let round = 0; round < 8; round++) {
			const waiting = world.queue.messages(main);
			sent.push(...waiting.map(({ body }) => JSON.parse(body) as object));
			const next = Math.min(...waiting.map(({ visibleAt }) => Number(visibleAt)));
			if (Number.isFinite(next) && next > world.clock.now()) await world.clock.advance(next - world.clock.now());
			await world.step();
		}
		const letters = world.letters().map(({ body }) => JSON.parse(body) as { readonly born?: number });
		expect(letters.map(({ born }) => born)).toEqual([1_795_165_200_000]);
		// The one exception: that version leaves a newer letter in the dead-letter queue (docs/deploy.md).
		sent.push(...letters.map(({ born: _, ...message }) => message));
		expect(sent.map((message) => readerThen.safeParse(message).error?.issues ?? [])).toEqual(sent.map(() => []));
		// That there was something to look at.
		expect([...new Set(sent.flatMap((message) => Object.keys(message)))]).toEqual(
			expect.arrayContaining(["attempt", "generation", "hops", "id", "input", "job", "leg", "v"]),
		);
		expect(readerThen.safeParse({ job: "work", colour: "blue" }).success).toBe(false);
	});

	it("fields that came since belong to features that are used only after their deploy (docs/deploy.md)", () => {
		expect(knownThen.filter((field) => !jobMessageFields.includes(field))).toEqual([]);
		expect(jobMessageFields.filter((field) => !knownThen.includes(field))).toEqual([
			// A tick of a schedule.
			"schedule",
			// A job with `debounce`.
			"debounced",
			// Sent on while the breaker of its class is open.
			"breaker",
			// In a letter: a redrive that calls `ctx.once`.
			"born",
			// Of what waits: a redrive, or a name that is used again, after a revoke.
			"sentAt",
		]);
	});
});

it("an address of a newer platform is read, and what is not known in it left alone", () => {
	const address = {
		table: "runs",
		bucket: "payloads",
		queues: { standard: { url: "https://q", deadLetterUrl: "https://d", mapping: "uuid", colour: "blue" } },
		schedules: { group: "ticks", colour: "blue" },
		colour: "blue",
	};
	expect(platformAddressSchema.parse(address)).toEqual({
		table: "runs",
		bucket: "payloads",
		queues: { standard: { url: "https://q", deadLetterUrl: "https://d", mapping: "uuid" } },
		schedules: { group: "ticks" },
	});
});
