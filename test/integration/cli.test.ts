/** The real command as a newcomer runs it, against this project's own app on this machine. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../cli/main.ts";
import { connectTarget } from "../../cli/target.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { type Finished, projectFolder, type RealStack, runProgram, startRealStack } from "./real-stack.ts";

let real: RealStack;
let sqs: SQSClient;

beforeAll(async () => {
	real = await startRealStack();
	sqs = new SQSClient({
		endpoint: real.stack.endpoints.sqs,
		region: real.stack.region,
		credentials: { accessKeyId: "local", secretAccessKey: "local" },
		useQueueUrlAsEndpoint: false,
	});
});

afterAll(async () => {
	sqs.destroy();
	await real.stop();
});

/** The command as a program of its own. */
const spawn = (args: readonly string[]): Promise<Finished> =>
	runProgram(process.execPath, [`${projectFolder}cli/millrace.ts`, ...args], { cwd: real.folder });

/** The same in this process, which spares a second a time. */
async function millrace(args: readonly string[], stdin = ""): Promise<Finished> {
	const out: string[] = [];
	const err: string[] = [];
	const code = await main(args, {
		io: {
			out: (text) => void out.push(text),
			err: (text) => void err.push(text),
			overwrite: () => {},
			readStdin: async () => stdin,
			ask: async () => "",
			interactive: false,
			columns: 80,
			interrupted: new AbortController().signal,
		},
		loadCatalogue: async () => catalogue,
		connect: (choice) => connectTarget(choice, real.folder),
		startApp: async () => {},
		folder: real.folder,
		env: {},
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Sends to the observability queue, and gives the SQS message id, which is the run's id where the body names none. */
async function send(body: string): Promise<string> {
	const sent = await sqs.send(
		new SendMessageCommand({ QueueUrl: real.address.queues["observability"]?.url, MessageBody: body }),
	);
	return sent.MessageId ?? "";
}

async function json<Value>(args: readonly string[]): Promise<Value> {
	const ran = await millrace([...args, "--json"]);
	return JSON.parse(ran.out);
}

/** The state of a run once it has ended. */
async function ended(id: string): Promise<{ readonly state: string; readonly meta: object }> {
	await real.stack.idle();
	return json(["status", id]);
}

describe("millrace against the local stack", () => {
	it("says in doctor that everything can be reached", async () => {
		const ran = await spawn(["doctor"]);
		expect(ran.out).not.toContain("FAIL");
		for (const part of ["Node", "endpoint sqs", "platform Millrace", "table", "bucket", "dead letters of lineage"]) {
			expect(ran.out).toContain(`ok    ${part}: `);
		}
		expect(ran.code).toBe(0);
	});

	it("calls a job, waits, and finds its run and its result again", async () => {
		const ran = await spawn(["call", "freshness_check_task", "--id", "cli-1", "--wait", "--json"]);
		expect(ran.code).toBe(0);
		expect(JSON.parse(ran.out)).toMatchObject({ id: "cli-1", state: "SUCCESS", result: { checked: 0 } });
		expect(ran.err).toContain(`target: local stack Millrace (process ${process.pid})\nenqueued: cli-1\n`);

		expect(await json(["status", "cli-1"])).toMatchObject({ state: "SUCCESS", attempts: 1 });
		expect(await json(["result", "cli-1"])).toMatchObject({ checked: 0 });
		// The stack's own schedules tick, too.
		const { runs } = await json<{ runs: { id: string }[] }>(["runs", "--limit", "20"]);
		expect(runs.map(({ id }) => id)).toContain("cli-1");
	});

	it("performs ten calls with one key once", async () => {
		// A job without a rate limit: a duplicate that meets the run performing comes back only when its lease would be over.
		const call = ["call", "pipeline_register_task", "--input", '{"pipeline_id":7}', "--key", "once"];
		const ids = await Promise.all(Array.from({ length: 10 }, async () => (await millrace(call)).out));
		expect(new Set(ids).size).toBe(1);
		expect(await ended(ids[0]?.trim() ?? "")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("sends an input above 96 KiB through the bucket", async () => {
		// 10 000 numbers of 13 digits.
		const input = { connected_addresses: Array.from({ length: 10_000 }, (_, n) => 1e12 + n), pipeline_id: 1 };
		const ran = await millrace(
			["call", "address_lineage_closure_rebuild_task", "--input", "-", "--wait", "--json"],
			JSON.stringify(input),
		);
		expect(JSON.parse(ran.out)).toMatchObject({ state: "SUCCESS" });
	});

	it("shows bad messages among the dead letters with their reasons, redrives them, and purges", async () => {
		const unread = await send("nonsense");
		const unknown = await send('{"job":"nobody_task"}');
		await send('{"job":"freshness_check_task","input":{"surprise":1}}');
		await real.stack.idle();

		const list = await json<{ count: number; groups: { reason: string }[] }>(["dlq", "list", "observability"]);
		expect(list.count).toBe(3);
		expect(list.groups.map(({ reason }) => reason).sort()).toEqual([
			"invalid-input",
			"message-not-json",
			"unknown-job",
		]);
		expect(await json(["dlq", "show", "observability", unknown])).toMatchObject({
			runId: unknown,
			job: "nobody_task",
			attempts: 0,
			error: { exc_message: expect.stringContaining("nobody_task") },
		});
		expect(await json(["dlq", "show", "observability", unread])).toMatchObject({ body: "nonsense", input: null });

		// Nothing was mended: what no worker can read or perform stays, and what has a job comes back as the same run.
		expect(await millrace(["dlq", "redrive", "observability", "--id", unknown])).toMatchObject({
			code: 2,
			out: "redriven: 0",
			err: expect.stringContaining("unknown-job: "),
		});
		const all = await millrace(["dlq", "redrive", "observability", "--all", "--json"]);
		const { redriven, failed } = JSON.parse(all.out) as { redriven: { runId: string }[]; failed: object[] };
		expect(redriven).toHaveLength(1);
		expect(failed).toHaveLength(2);
		await real.stack.idle();
		expect(await json(["dlq", "show", "observability", redriven[0]?.runId ?? ""])).toMatchObject({
			reason: "invalid-input",
		});

		expect(await json(["queues"])).toMatchObject({
			queues: [
				{ queue: "lineage", dead: 0 },
				{ queue: "observability", depth: 0, inFlight: 0, dead: 3 },
			],
		});
		expect(await millrace(["dlq", "purge", "observability"])).toMatchObject({ code: 2 });
		expect(await millrace(["dlq", "purge", "observability", "--yes"])).toMatchObject({ code: 0 });
		expect(await json(["dlq", "list", "observability"])).toMatchObject({ count: 0 });
	});

	it("pauses a queue, keeps what is sent, and goes on when it is resumed", async () => {
		expect(await millrace(["pause", "observability", "--reason", "a test, no more"])).toMatchObject({
			code: 0,
			out: expect.stringMatching(/^observability: paused since .*: a test, no more$/),
		});
		const { id } = await json<{ id: string }>(["call", "freshness_check_task"]);
		await real.stack.idle();
		expect(await json(["status", id])).toMatchObject({ state: "PENDING" });
		expect(await json(["queues"])).toMatchObject({
			queues: [
				{ queue: "lineage", state: "active", depth: 0 },
				{ queue: "observability", state: "paused", pausedBecause: "a test, no more", depth: 1 },
			],
		});
		expect((await spawn(["resume", "observability"])).out).toBe("observability: active\n");
		expect(await ended(id)).toMatchObject({ state: "SUCCESS" });
	});

	it("revokes a run before it begins, and purges what waits", async () => {
		await millrace(["pause", "observability"]);
		const { id } = await json<{ id: string }>(["call", "freshness_check_task"]);
		expect(await json(["revoke", id, "--reason", "a mistake"])).toEqual({
			runs: [{ id, outcome: "revoked", unseen: true }],
		});
		expect(await millrace(["revoke", id])).toMatchObject({ code: 3, out: `${id}  had ended before: REVOKED` });
		const lost = await json<{ id: string }>(["call", "freshness_check_task"]);
		expect(await millrace(["purge", "observability", "--yes"])).toMatchObject({ code: 0 });
		await millrace(["resume", "observability"]);
		expect(await ended(id)).toMatchObject({ state: "REVOKED", meta: { reason: "a mistake" } });
		expect(await json(["status", lost.id])).toMatchObject({ state: "PENDING" });
	});

	it("redrives with another input, and a letter that comes back shows what it was at first", async () => {
		const mended = await send('{"job":"freshness_check_task","input":{"surprise":1}}');
		const failing = await send('{"job":"pipeline_execution_closure_maintain_task","input":{"execution_id":"no"}}');
		await real.stack.idle();
		const refused = await millrace(["dlq", "redrive", "observability", "--id", mended, "--set", "more=1"]);
		expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("invalid-input: ") });
		expect(await millrace(["dlq", "redrive", "observability", "--id", mended, "--unset", "surprise"])).toMatchObject({
			code: 0,
			out: "redriven: 1",
		});
		expect(await ended(mended)).toMatchObject({ state: "SUCCESS" });

		// It goes to its own queue. No execution is its own parent: it fails again, for another reason, and for good.
		const edits = ["--set", "execution_id=7", "parent_id=7", "--rate", "5/s", "--limit", "1"];
		await millrace(["dlq", "redrive", "observability", "--id", failing, ...edits]);
		await real.stack.idle();
		expect(await json(["dlq", "show", "lineage", failing])).toMatchObject({
			reason: "final-error",
			error: { traceback: expect.stringContaining("pipeline-execution-closure-maintain-task.ts") },
			edited: true,
			input: { execution_id: 7, parent_id: 7 },
			originalInput: { execution_id: "no" },
		});
		await millrace(["dlq", "purge", "lineage", "--id", failing, "--yes"]);
	});

	it("names a wrong choice of stack, and speaks of AWS only when asked to", async () => {
		const other = await millrace(["queues", "--stack", "Nowhere"]);
		expect(other).toMatchObject({
			code: 2,
			err: expect.stringContaining("error platform-not-found: The local stack (process"),
		});
		const env = { ...process.env, AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "eu-central-1", HOME: real.folder };
		const aws = await runProgram(process.execPath, [`${projectFolder}cli/millrace.ts`, "queues", "--aws"], {
			cwd: real.folder,
			env,
		});
		expect(aws.code).toBe(2);
		expect(aws.err).toMatch(/^error configuration-invalid: The platform of stack Millrace could not be looked up/);
	});
});
