import { describe, expect, it } from "vitest";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import { cliWorld } from "../support/cli-world.ts";
import { sendInvoice } from "../support/client-world.ts";
import { addFailed } from "../support/failed-letter.ts";

describe("millrace dlq list", () => {
	it("lists more than one page, grouped, and leaves every letter in sight", async () => {
		const world = cliWorld();
		for (let index = 0; index < 23; index++) addFailed(world, `r-${index}`);
		addFailed(world, "other", { message: "disk full" });
		world.addLetter("no JSON at all");
		const ran = await world.run("dlq", "list", "quick");
		expect(ran.code).toBe(0);
		expect(ran.out.split("\n").slice(0, 5)).toEqual([
			"25 dead letters in quick",
			"",
			expect.stringMatching(/^23 x send_invoice {2}attempts-exhausted {2}attempts 4 {2}error-[0-9a-f]{10}$/),
			"  DatabaseError: Connection timeout",
			"  2026-11-20T08:30:00.000Z  run r-0  message letter-1",
		]);
		expect(ran.out).toContain("  run r-9  message letter-10\n  and 13 more, see --json\n");
		expect(ran.out).toMatch(
			/1 x \(no job, or several\) {2}receive-limit {2}error-\w{10}\n {2}SQS moved it here: no worker lived long enough to claim it\n/,
		);
		expect(world.visible()).toBe(25);
	});

	it("shows a long error whole, on lines of their own", async () => {
		const world = cliWorld();
		const message = `${"The input does not fit. ".repeat(5)}Mend it and redrive: ${"x".repeat(120)}`;
		addFailed(world, "r-1", { message });
		expect((await world.run("dlq", "list", "quick")).out.split("\n").slice(3, -1)).toEqual([
			"  DatabaseError: The input does not fit. The input does not fit. The input does not fit. The input does not fit. The",
			"  input does not fit. Mend it and redrive:",
			`  ${"x".repeat(118)}`,
			"  xx",
		]);
		expect((await world.run("dlq", "list", "quick", "--json")).json).toMatchObject({
			groups: [{ exc_message: message }],
		});
	});

	it("can't be made to command the terminal", async () => {
		const world = cliWorld();
		addFailed(world, "r-1", { job: "evil\u001B]0;title\u0007", message: "a\nb\u001B[2J" });
		const { out } = await world.run("dlq", "list", "quick");
		expect(out).toContain("1 x evil\\u001b]0;title\\u0007  attempts-exhausted  attempts 4");
		expect(out).toContain("\n  DatabaseError: a\\u000ab\\u001b[2J\n");
	});

	it("prints one JSON document", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		expect((await world.run("dlq", "list", "quick", "--json")).json).toEqual({
			queue: "quick",
			by: "error",
			count: 1,
			groups: [
				{
					id: expect.stringMatching(/^error-[0-9a-f]{10}$/),
					count: 1,
					job: "send_invoice",
					reason: "attempts-exhausted",
					exc_type: "DatabaseError",
					exc_message: "Connection timeout",
					attempts: 4,
					traceback: null,
					messages: 1,
					example: "Connection timeout",
					letters: [{ messageId: "letter-1", runId: "r-1", attempts: 4, failedAt: "2026-11-20T08:30:00.000Z" }],
				},
			],
		});
	});

	it("says which queues there are when one is unknown", async () => {
		const ran = await cliWorld().run("dlq", "list", "quik");
		expect(ran).toMatchObject({
			code: 2,
			err: expect.stringContaining('There is no queue "quik". Did you mean quick?'),
		});
	});
});

describe("millrace dlq show", () => {
	it("shows reason, error, attempts and input of one, by run id or message id", async () => {
		const world = cliWorld();
		for (let index = 0; index < 15; index++) addFailed(world, `r-${index}`);
		for (const id of ["r-12", "letter-13"]) {
			expect((await world.run("dlq", "show", "quick", id, "--json")).json).toMatchObject({
				runId: "r-12",
				messageId: "letter-13",
				reason: "attempts-exhausted",
				error: { exc_type: "DatabaseError", exc_message: "Connection timeout" },
				attempts: 4,
				input: { invoice_id: 7 },
			});
		}
		expect((await world.run("dlq", "show", "quick", "r-12")).out).toContain(
			'  input     {\n              "invoice_id": 7\n',
		);
		expect(world.visible()).toBe(15);
	});

	it("fetches a large input from the bucket", async () => {
		const world = cliWorld();
		const key = `inputs/${"a".repeat(64)}.json`;
		world.blobs.set(key, '{"invoice_id":9}');
		world.addLetter(JSON.stringify({ job: "send_invoice", id: "r-1", inputRef: { key, bytes: 16 } }));
		expect((await world.run("dlq", "show", "quick", "r-1", "--json")).json).toMatchObject({ input: { invoice_id: 9 } });
	});

	it("ends with 3 for a letter that is not there", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		const ran = await world.run("dlq", "show", "quick", "r-2");
		expect(ran).toMatchObject({ code: 3, err: expect.stringContaining("error run-not-found:") });
		expect(world.visible()).toBe(1);
	});
});

describe("millrace dlq redrive", () => {
	it("sends every body as it is to its own job's queue, and removes the letters", async () => {
		const world = cliWorld();
		for (let index = 0; index < 12; index++) addFailed(world, `r-${index}`);
		const bodies = world.letters.map(({ body }) => body);
		const ran = await world.run("dlq", "redrive", "old", "--all", "--json");
		expect(ran.code).toBe(0);
		expect(world.sent.map(({ message }) => message.body)).toEqual(bodies);
		expect(new Set(world.sent.map(({ target }) => `${target.queueClass} ${target.queue}`))).toEqual(
			new Set(["quick main"]),
		);
		expect(world.sent[0]?.message).toMatchObject({ messageGroupId: "acme" });
		expect(world.letters).toEqual([]);
	});

	it("sends a run back to the class it came through, where that feeds its job's workers too", async () => {
		const world = cliWorld();
		const queueClass = (name: string) => defineQueueClass({ name, promise: "p" });
		const [quick, old] = [queueClass("quick"), queueClass("old")];
		const group = defineWorkerGroup({ name: "office", queueClasses: [quick, old] });
		world.catalogue = defineCatalogue({ workerGroups: [group], jobs: [{ ...sendInvoice, queueClass: quick }] });
		addFailed(world, "r-1");
		await world.run("dlq", "redrive", "old", "--all");
		expect(world.sent.map(({ target }) => target.queueClass)).toEqual(["old"]);
	});

	it("redrives one, and leaves the others in sight", async () => {
		const world = cliWorld();
		for (let index = 0; index < 12; index++) addFailed(world, `r-${index}`);
		expect((await world.run("dlq", "redrive", "quick", "--id", "r-11")).out).toBe("redriven: 1");
		expect(world.sent).toHaveLength(1);
		expect(world.visible()).toBe(11);
	});

	it("keeps a letter whose message was not sent", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		addFailed(world, "r-2");
		world.sendAnswer = ({ body }) =>
			body.includes("r-1") ? { sent: false, error: "InternalError" } : { sent: true, messageId: "m" };
		const ran = await world.run("dlq", "redrive", "quick", "--all");
		expect(ran).toMatchObject({ code: 4, err: expect.stringContaining("not redriven: letter-1: InternalError") });
		expect(world.visible()).toBe(1);
		expect(world.letters[0]?.messageId).toBe("letter-1");
	});

	it("ends although what it redrives fails again at once", async () => {
		const world = cliWorld();
		for (let index = 0; index < 15; index++) addFailed(world, `r-${index}`);
		world.sendAnswer = ({ body }) => {
			addFailed(world, (JSON.parse(body) as { id: string }).id);
			return { sent: true, messageId: "m" };
		};
		const ran = await world.run("dlq", "redrive", "quick", "--all", "--json");
		expect(ran.json).toMatchObject({ cameBack: 15 });
		expect(world.sent).toHaveLength(15);
		expect(world.visible()).toBe(15);
	});

	it("sends what names no run itself once, even when it comes back", async () => {
		const world = cliWorld();
		world.addLetter('{"job":"send_invoice","input":1}');
		world.addLetter('{"job":"send_invoice","key":"invoice 7"}');
		world.sendAnswer = ({ body }) => {
			world.addLetter(body);
			return { sent: true, messageId: "m" };
		};
		await world.run("dlq", "redrive", "quick", "--all");
		expect(world.sent.map(({ message }) => message.body)).toEqual([
			'{"job":"send_invoice","input":1,"id":"letter-1"}',
			'{"job":"send_invoice","key":"invoice 7"}',
		]);
		expect(world.visible()).toBe(2);
	});

	it("puts a body that was moved to the bucket back into its message", async () => {
		const world = cliWorld();
		const key = `dead-letters/${"b".repeat(64)}`;
		const frame = '{"job":"send_invoice","input":""}';
		world.blobs.set(key, frame.replace('""', `"${"x".repeat(1_048_576 - frame.length)}"`));
		world.addLetter(JSON.stringify({ millrace: "moved-body", key, bytes: 1_048_576 }));
		await world.run("dlq", "redrive", "quick", "--all");
		expect(world.sent[0]?.message.body).toHaveLength(1_048_576);
	});

	it("wants to be told which, and names what it did not find", async () => {
		const world = cliWorld();
		expect((await world.run("dlq", "redrive", "quick")).code).toBe(2);
		expect((await world.run("dlq", "redrive", "quick", "--all", "--id", "r-1")).code).toBe(2);
		const ran = await world.run("dlq", "redrive", "quick", "--id", "r-1", "r-2");
		expect(ran).toMatchObject({ code: 3, err: "target: memory\nnot found: r-1\nnot found: r-2" });
	});
});

describe("millrace dlq purge", () => {
	it("asks on a terminal, and deletes only on the queue's name", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		world.answer = "yes";
		expect((await world.run("dlq", "purge", "quick")).code).toBe(2);
		expect(world.letters).toHaveLength(1);
		world.answer = "quick";
		expect((await world.run("dlq", "purge", "quick")).code).toBe(0);
		expect(world.letters).toEqual([]);
	});

	it("wants --yes elsewhere", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		const refused = await world.run("dlq", "purge", "quick");
		expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("confirm with --yes") });
		expect((await world.run("dlq", "purge", "quick", "--yes", "--json")).json).toEqual({
			queue: "quick",
			purged: true,
			about: 1,
		});
		expect(world.letters).toEqual([]);
	});
});
