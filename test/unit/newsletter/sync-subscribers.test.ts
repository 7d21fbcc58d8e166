import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { sendNewsletter as sendDefinition } from "../../../examples/newsletter/jobs/definitions.ts";
import { sendNewsletter } from "../../../examples/newsletter/jobs/send-newsletter.ts";
import { syncSubscribers } from "../../../examples/newsletter/jobs/sync-subscribers.ts";
import type { JobContext, JobDefinition } from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";

const nothing = (): void => {};

interface Enqueued {
	readonly job: JobDefinition;
	readonly input: unknown;
	readonly key: string | undefined;
}

/** A context that notes what is enqueued, under the ids `letter-1`, `letter-2` … */
function setup(): { readonly context: JobContext; readonly enqueued: Enqueued[] } {
	const enqueued: Enqueued[] = [];
	const context: JobContext = {
		runId: runId("run"),
		job: "sync_subscribers",
		attempt: 1,
		leg: 1,
		cursor: undefined,
		checkpoint: async () => {},
		once: (_, effect) => effect(),
		invalidateCache: async () => {},
		attemptsMax: 3,
		tenant: undefined,
		headers: {},
		trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		signal: new AbortController().signal,
		idempotencyKey: "run",
		remainingMs: () => 10_000,
		log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
		progress: nothing,
		enqueue: (job, input, options) => runId(`letter-${enqueued.push({ job, input, key: options?.key })}`),
	};
	return { context, enqueued };
}

let answer: { readonly status: number; readonly body: string };
let asked: string | undefined;
let service: Server;
let url: string;
beforeAll(async () => {
	service = createServer((request, response) => {
		asked = request.url;
		response.writeHead(answer.status).end(answer.body);
	});
	await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
	const address = service.address();
	url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => new Promise((resolve) => service.close(resolve)));
afterEach(() => vi.unstubAllEnvs());

function sync(serviceAnswer: { readonly status: number; readonly body: string }, sourceUrl = `${url}/subscribers`) {
	answer = serviceAnswer;
	vi.stubEnv("SUBSCRIBERS_URL", sourceUrl);
	const { context, enqueued } = setup();
	return { enqueued, result: syncSubscribers({ list: "friends", edition: 7 }, context) };
}

describe("sync_subscribers", () => {
	it("asks for the list and enqueues one letter for each subscriber, keyed by list, edition and address", async () => {
		const body = JSON.stringify({
			subscribers: [
				{ email: "ada@example.com", name: "Ada" },
				{ email: "bob@example.com", name: "Bob" },
			],
		});
		const { enqueued, result } = sync({ status: 200, body });
		expect(await result).toEqual({ subscribers: 2, letters: ["letter-1", "letter-2"] });
		expect(asked).toBe("/subscribers?list=friends");
		expect(enqueued).toEqual([
			{
				job: sendDefinition,
				input: { edition: 7, subscriber: { email: "ada@example.com", name: "Ada" } },
				key: "friends/7/ada@example.com",
			},
			{
				job: sendDefinition,
				input: { edition: 7, subscriber: { email: "bob@example.com", name: "Bob" } },
				key: "friends/7/bob@example.com",
			},
		]);
	});

	it.each([
		[500, true],
		[503, true],
		[404, false],
		[422, false],
	])("takes an answer of %i for an API error that may be tried again: %s", async (status, retryable) => {
		const message = `${url} answered ${status}`;
		await expect(sync({ status, body: "" }).result).rejects.toMatchObject({ errorClass: "api", retryable, message });
	});

	it("tries again when nobody answers", async () => {
		const { result } = sync({ status: 200, body: "" }, "http://127.0.0.1:1/subscribers");
		await expect(result).rejects.toMatchObject({
			errorClass: "api",
			retryable: undefined,
			message: "http://127.0.0.1:1 does not answer",
		});
	});

	it.each([
		"",
		"<html>",
		'{"subscribers":[{"email":"ada@example.com"}]}',
		`{"subscribers":[${'{"email":"a@b","name":"A"},'.repeat(100)}{"email":"a@b","name":"A"}]}`,
	])("refuses an answer that is not a list of at most a hundred subscribers: %#", async (body) => {
		await expect(sync({ status: 200, body }).result).rejects.toMatchObject({ errorClass: "validation" });
	});

	it("says so when it is not told where the subscribers are", async () => {
		await expect(sync({ status: 200, body: "" }, "nowhere").result).rejects.toMatchObject({
			errorClass: "configuration",
			message: "SUBSCRIBERS_URL must be a URL; got nowhere",
		});
	});
});

describe("send_newsletter", () => {
	it("writes the letter", async () => {
		const letter = await sendNewsletter(
			{ edition: 7, subscriber: { email: "ada@example.com", name: "Ada" } },
			setup().context,
		);
		expect(letter).toEqual({
			to: "ada@example.com",
			subject: "Newsletter 7",
			text: "Dear Ada,\n\nthis is edition 7. Enjoy.\n",
		});
	});
});
