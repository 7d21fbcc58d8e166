import { createServer, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { catalogue } from "../../../examples/newsletter/catalogue.ts";
import { checkSource } from "../../../examples/newsletter/jobs/check-source.ts";
import { sendNewsletter as sendDefinition } from "../../../examples/newsletter/jobs/definitions.ts";
import { campaignLetter } from "../../../examples/newsletter/jobs/mail-definitions.ts";
import { mailLetter } from "../../../examples/newsletter/jobs/mail-letter.ts";
import { sendNewsletter } from "../../../examples/newsletter/jobs/send-newsletter.ts";
import { syncSubscribers } from "../../../examples/newsletter/jobs/sync-subscribers.ts";
import type { JobContext, JobDefinition } from "../../../shared/job/index.ts";
import { routeRun } from "../../../shared/job/route-run.ts";
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
let posted: Promise<unknown>;
let key: string | string[] | undefined;
let service: Server;
let url: string;
beforeAll(async () => {
	service = createServer((request, response) => {
		asked = request.url;
		posted = json(request).catch(() => undefined);
		key = request.headers["idempotency-key"];
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
	it("writes the letter and has it mailed", async () => {
		const { context, enqueued } = setup();
		const letter = { to: "ada@example.com", subject: "Newsletter 7", text: "Dear Ada,\n\nthis is edition 7. Enjoy.\n" };
		const subscriber = { email: "ada@example.com", name: "Ada" };
		expect(await sendNewsletter({ edition: 7, subscriber }, context)).toEqual(letter);
		expect(enqueued).toEqual([{ job: campaignLetter, input: letter, key: undefined }]);
	});
});

describe("check_source", () => {
	it("reads the list and enqueues nothing", async () => {
		const body = '{"subscribers":[{"email":"ada@example.com","name":"Ada"}]}';
		await sync({ status: 200, body }).result;
		const { context, enqueued } = setup();
		expect(await checkSource({ list: "check" }, context)).toEqual({ subscribers: 1 });
		expect(asked).toBe("/subscribers?list=check");
		expect(enqueued).toEqual([]);
	});

	it("fails as a newsletter would when the source answers in another form", async () => {
		await expect(sync({ status: 200, body: '{"people":[]}' }).result).rejects.toMatchObject({
			errorClass: "validation",
		});
		await expect(checkSource({ list: "check" }, setup().context)).rejects.toMatchObject({ errorClass: "validation" });
	});
});

describe("a letter", () => {
	const letter = { to: "ada@example.com", subject: "s", text: "t", urgent: true };
	function mail(status: number) {
		answer = { status, body: "" };
		vi.stubEnv("MAIL_URL", `${url}/mail`);
		return mailLetter(letter, setup().context);
	}

	it("is handed to the mail service under the run's own key", async () => {
		expect(await mail(202)).toEqual({ to: "ada@example.com" });
		expect(asked).toBe("/mail");
		expect(key).toBe("run");
		expect(await posted).toEqual({ to: "ada@example.com", subject: "s", text: "t" });
	});

	it.each([
		[503, true],
		[422, false],
	])("that the service answers with %i may be mailed again: %s", async (status, retryable) => {
		await expect(mail(status)).rejects.toMatchObject({ errorClass: "api", retryable });
	});
});

describe("the routes of letters", () => {
	it.each([
		["notice_signup", {}, "critical"],
		["notice_signup", { tenant: "book-club" }, "critical"],
		["notice_answer", {}, "default"],
		["notice_answer", { input: { urgent: true } }, "critical"],
		["notice_answer", { input: { urgent: "yes" } }, "default"],
		["notice_answer", { tenant: "city-council" }, "critical"],
		["notice_answer", { tenant: "book-club" }, "high"],
		["notice_answer", { tenant: "book-club", input: { urgent: true } }, "critical"],
		["notice_answer", { priority: 7 }, "high"],
		["notice_answer", { priority: 9 }, "critical"],
		["notice_answer", { priority: 2 }, "low"],
		["report_opens", { tenant: "city-council" }, "low"],
		["campaign_letter", { tenant: "city-council" }, "bulk"],
		["sync_subscribers", { tenant: "city-council", priority: 9 }, "letters"],
	])("lead %s with %j to %s", (name, about, queueClass) => {
		const job = catalogue.findJob(name);
		if (job === undefined) throw new Error(`no job ${name}`);
		const run = { job: name, input: {}, tenant: undefined, priority: undefined, headers: {}, ...about };
		expect(routeRun(catalogue, job, run)).toBe(queueClass);
	});
});
