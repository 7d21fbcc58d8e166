/** The intake of webhooks: who is let in, what becomes of a delivery, and what GitHub really sends. */
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { verifyDelivery } from "../../../lambdas/api/webhooks/verify-delivery.ts";
import { runIdFromKey } from "../../../shared/kernel/ids.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import { type Ask, apiWorld } from "../../support/api-world.ts";

const require = createRequire(import.meta.url);
/** JSON, under types that say it is a module with a default, which it is not. */
const examples: readonly {
	readonly name: string;
	readonly examples: readonly object[];
}[] = require("@octokit/webhooks-examples");

const SECRET = "It's a Secret to Everybody";
const sha256 = (body: string | Buffer, secret = SECRET): string =>
	`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

const github = (body: string | Buffer, headers: Record<string, string> = {}): Ask => ({
	parameters: { source: "github" },
	body,
	headers: {
		"X-Hub-Signature-256": sha256(body),
		"X-GitHub-Event": "push",
		"X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
		...headers,
	},
});

function world() {
	const made = apiWorld();
	for (const name of ["github", "gitlab", "jira"]) made.secrets.secrets.set(`/hooks/${name}`, SECRET);
	made.secrets.secrets.set("/hooks/billing", `whsec_${Buffer.from("a key of the standard").toString("base64")}`);
	return made;
}

const refused = { status: 401, code: "webhook-refused" };

describe("GitHub", () => {
	const events = examples.flatMap(({ name, examples: payloads }) =>
		payloads.map((payload, index) => ({ name, payload, id: `${name}-${index}` })),
	);

	it("sends nothing that is not taken: every example of @octokit/webhooks-examples", async () => {
		const { call, queue, bodies, blobs } = world();
		expect(events.length).toBeGreaterThan(300);
		for (const { name, payload, id } of events) {
			const { statusCode, json } = await call(
				"takeWebhook",
				github(JSON.stringify(payload), { "X-GitHub-Event": name, "X-GitHub-Delivery": id }),
			);
			expect([id, statusCode, json]).toEqual([
				id,
				202,
				name === "ping" ? { ignored: true } : { job_id: runIdFromKey("process_webhook_event", `webhook/github/${id}`) },
			]);
		}
		const taken = events.filter(({ name }) => name !== "ping");
		expect(queue.messages({ queueClass: "back", queue: "main" })).toHaveLength(taken.length);
		expect(blobs.blobs.size).toBe(0);
		expect(bodies("back")[0]).toMatchObject({
			job: "process_webhook_event",
			input: { source: "github", event: taken[0]?.name, delivery_id: taken[0]?.id, payload: taken[0]?.payload },
		});
	});

	it("is known by its own documented signature, over the bytes that were sent", async () => {
		const { call } = world();
		const given = github("Hello, World!", {
			"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
		});
		expect((await call("takeWebhook", given)).json).toMatchObject({ code: "message-not-json" });
		expect((await call("takeWebhook", { ...given, base64: true })).json).toMatchObject({ code: "message-not-json" });
		expect((await call("takeWebhook", { ...given, body: "Hello, World" })).json).toMatchObject(refused);
	});

	it("sends spaces, escapes and emojis, whose bytes count", async () => {
		const { call, bodies } = world();
		const body = Buffer.from('{ "text" : "gr\\u00fc\\u00dfe 🎉",\n"n": 1.0 }');
		expect((await call("takeWebhook", { ...github(body), base64: true })).statusCode).toBe(202);
		expect((await call("takeWebhook", github(body))).statusCode).toBe(202);
		expect(bodies("back")[0]).toMatchObject({ input: { payload: { text: "grüße 🎉", n: 1 } } });
	});

	it("makes one run of a delivery that it sends again, and two of two", async () => {
		const { call } = world();
		const idOf = async (ask: Ask): Promise<unknown> => (await call("takeWebhook", ask)).json;
		const first = await idOf(github("{}"));
		expect(await idOf(github("{}"))).toEqual(first);
		expect(await idOf(github("{}", { "X-GitHub-Delivery": "another" }))).not.toEqual(first);
	});

	it("is known by its body when its id is none or too long for a key", async () => {
		const { call, bodies } = world();
		for (const id of ["", "x".repeat(181)]) await call("takeWebhook", github("{}", { "X-GitHub-Delivery": id }));
		await call("takeWebhook", github("{}", { "X-GitHub-Delivery": "x".repeat(180) }));
		const hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
		expect(bodies("back").map((body) => (body as { input: { delivery_id: string } }).input.delivery_id)).toEqual([
			hash,
			hash,
			"x".repeat(180),
		]);
	});

	it("makes one run of one body where the definition says so, whatever a replay calls it", async () => {
		const { call } = world();
		const idOf = async (delivery: string): Promise<unknown> =>
			(
				await call("takeWebhook", {
					...github("{}", { "X-GitHub-Delivery": delivery }),
					parameters: { source: "github-by-body" },
				})
			).json;
		expect(await idOf("one")).toEqual(await idOf("two"));
	});

	it.each<[string, Record<string, string>]>([
		["no signature", { "X-Hub-Signature-256": "" }],
		["another secret", { "X-Hub-Signature-256": sha256("{}", "guess") }],
		["the old signature alone", { "X-Hub-Signature-256": "", "X-Hub-Signature": "sha1=abc" }],
		["half a signature", { "X-Hub-Signature-256": sha256("{}").slice(0, 40) }],
		["a signature of another length", { "X-Hub-Signature-256": `${sha256("{}")}00` }],
		["two signatures", { "X-Hub-Signature-256": `${sha256("{}", "guess")},${sha256("{}")}` }],
		["no hex", { "X-Hub-Signature-256": `sha256=${"z".repeat(64)}` }],
	])("is not let in with %s, and learns nothing of why", async (_, headers) => {
		const { call, bodies, logged } = world();
		const { json, statusCode } = await call("takeWebhook", github("{}", headers));
		expect([statusCode, json]).toEqual([
			401,
			{
				type: "urn:millrace:error:webhook-refused",
				title: "Webhook refused",
				...refused,
				detail: "The delivery is not signed as it must be, or too long ago.",
			},
		]);
		expect(bodies("back")).toEqual([]);
		expect(logged).toMatchObject([{ level: "warn", fields: { source: "github", why: expect.stringMatching(/256/) } }]);
	});
});

describe("GitLab", () => {
	const gitlab = (headers: Record<string, string>, body = '{"object_kind":"push"}'): Ask => ({
		parameters: { source: "gitlab" },
		body,
		headers: { "X-Gitlab-Event": "Push Hook", ...headers },
	});

	it("is let in with its token, and known again by its idempotency key", async () => {
		const { call, bodies } = world();
		const headers = { "X-Gitlab-Token": SECRET, "Idempotency-Key": "4bcb", "X-Gitlab-Event-UUID": "uuid" };
		const { json } = await call("takeWebhook", gitlab(headers));
		expect(json).toEqual({ job_id: runIdFromKey("process_webhook_event", "webhook/gitlab/4bcb") });
		expect(bodies("back")).toMatchObject([{ input: { source: "gitlab", event: "Push Hook", delivery_id: "4bcb" } }]);
	});

	it.each([undefined, "", "guess", `${SECRET} `, SECRET.slice(1)])("is not with the token %j", async (token) => {
		const { call } = world();
		const headers = token === undefined ? {} : { "X-Gitlab-Token": token };
		expect((await call("takeWebhook", gitlab(headers))).json).toMatchObject(refused);
	});
});

describe("Jira", () => {
	const jira = (payload: object, headers: Record<string, string> = {}): Ask => {
		const body = JSON.stringify(payload);
		return {
			parameters: { source: "jira" },
			body,
			headers: { "X-Hub-Signature": sha256(body), "X-Atlassian-Webhook-Identifier": "91a6", ...headers },
		};
	};
	const updated = { webhookEvent: "jira:issue_updated", issue: { key: "MILL-1" } };

	it("is let in with its signature, under the name that its body gives", async () => {
		const { call, bodies, clock } = world();
		expect((await call("takeWebhook", jira({ ...updated, timestamp: clock.now() }))).statusCode).toBe(202);
		expect(bodies("back")).toMatchObject([{ input: { event: "jira:issue_updated", delivery_id: "91a6" } }]);
	});

	it("is not when it happened more than two hours ago, or lies ahead", async () => {
		const { call, clock } = world();
		const at = (offsetMs: number) => jira({ ...updated, timestamp: clock.now() + offsetMs });
		expect((await call("takeWebhook", at(-7_200_000))).statusCode).toBe(202);
		expect((await call("takeWebhook", at(-7_201_000))).json).toMatchObject(refused);
		expect((await call("takeWebhook", at(301_000))).json).toMatchObject(refused);
		expect((await call("takeWebhook", jira(updated))).statusCode).toBe(202);
		expect((await call("takeWebhook", jira(updated, { "X-Hub-Signature": "" }))).json).toMatchObject(refused);
	});
});

describe("a sender of one's own, by the standard", () => {
	const body = '{"invoice":{"invoice_id":7}}';
	const key = Buffer.from("a key of the standard");
	const sign = (id: string, at: number, text = body): string =>
		`v1,${createHmac("sha256", key).update(`${id}.${at}.${text}`).digest("base64")}`;
	const standard = (headers: Record<string, string>, text = body): Ask => ({
		parameters: { source: "billing" },
		body: text,
		headers: { "webhook-id": "msg_1", ...headers },
	});

	it("is let in within five minutes of its signature", async () => {
		const { call, bodies, clock } = world();
		for (const [ageSeconds, status] of [
			[0, 202],
			[300, 202],
			[301, 401],
			[-300, 202],
			[-301, 401],
		] as const) {
			const at = clock.now() / 1000 - ageSeconds;
			const given = standard({ "webhook-timestamp": String(at), "webhook-signature": sign("msg_1", at) });
			expect([ageSeconds, (await call("takeWebhook", given)).statusCode]).toEqual([ageSeconds, status]);
		}
		expect(bodies("front")[0]).toMatchObject({ job: "send_invoice", input: { invoice_id: 7 } });
	});

	it("may sign with two keys while it changes them", async () => {
		const { call, clock } = world();
		const at = clock.now() / 1000;
		const given = { "webhook-timestamp": String(at), "webhook-signature": `v1,AAAA v2,x ${sign("msg_1", at)}` };
		expect((await call("takeWebhook", standard(given))).statusCode).toBe(202);
	});

	it("is not let in with an id, a time or a body that was not signed", async () => {
		const { call, clock } = world();
		const at = clock.now() / 1000;
		const headers = { "webhook-timestamp": String(at), "webhook-signature": sign("msg_1", at) };
		for (const given of [
			standard({ ...headers, "webhook-id": "msg_2" }),
			standard({ ...headers, "webhook-id": "" }),
			standard({ ...headers, "webhook-timestamp": String(at + 1) }),
			standard({ ...headers, "webhook-timestamp": "now" }),
			standard({ ...headers, "webhook-signature": "v1," }),
			standard(headers, `${body} `),
		])
			expect((await call("takeWebhook", given)).json).toMatchObject(refused);
	});

	it("enqueues nothing where the definition says so, and is told what does not fit the job", async () => {
		const { call, bodies, clock } = world();
		const at = clock.now() / 1000;
		const send = async (text: string) => {
			const headers = { "webhook-timestamp": String(at), "webhook-signature": sign("msg_1", at, text) };
			return (await call("takeWebhook", standard(headers, text))).json;
		};
		expect(await send('{"other":1}')).toEqual({ ignored: true });
		expect(await send('{"invoice":{"invoice_id":"7"}}')).toMatchObject({ status: 422, code: "invalid-input" });
		expect(bodies("front")).toEqual([]);
	});

	it("signs as the standard's own libraries do", () => {
		const headers = {
			"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
			"webhook-timestamp": "1614265330",
			"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		};
		const sent = { headers, body: Buffer.from('{"test": 2432232314}') };
		const rule = { scheme: "standard", windowSeconds: 300, now: epochMs(1_614_265_330_000) } as const;
		expect(verifyDelivery(sent, { ...rule, secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] })).toEqual({
			event: "",
			id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
		});
	});
});

describe("secrets", () => {
	it("are read once, and again when none fits, at most every half minute", async () => {
		const { call, secrets, clock } = world();
		for (let count = 0; count < 3; count++) await call("takeWebhook", github("{}"));
		expect(secrets.asked).toEqual(["/hooks/github"]);
		secrets.secrets.set("/hooks/github", "a secret that is newer");
		const signedAnew = github("{}", { "X-Hub-Signature-256": sha256("{}", "a secret that is newer") });
		expect((await call("takeWebhook", signedAnew)).statusCode).toBe(401);
		await clock.advance(30_000);
		expect((await call("takeWebhook", signedAnew)).statusCode).toBe(202);
		for (let count = 0; count < 3; count++) expect((await call("takeWebhook", github("{}"))).statusCode).toBe(401);
		expect(secrets.asked).toHaveLength(2);
	});

	it("may be two while they are changed, one a line", async () => {
		const { call, secrets } = world();
		secrets.secrets.set("/hooks/github", `a secret that is newer\n${SECRET}\n`);
		expect((await call("takeWebhook", github("{}"))).statusCode).toBe(202);
		const signedAnew = github("{}", { "X-Hub-Signature-256": sha256("{}", "a secret that is newer") });
		expect((await call("takeWebhook", signedAnew)).statusCode).toBe(202);
	});

	it("that are missing or empty let nobody in", async () => {
		const { call, secrets, clock } = apiWorld();
		const signed = github("{}", { "X-Hub-Signature-256": sha256("{}", "") });
		const none = { status: 500, code: "configuration-invalid" };
		for (let count = 0; count < 3; count++) expect((await call("takeWebhook", signed)).json).toMatchObject(none);
		// Strangers can't have SSM asked for each request.
		expect(secrets.asked).toEqual(["/hooks/github"]);
		secrets.secrets.set("/hooks/github", " \n");
		await clock.advance(2_000);
		expect((await call("takeWebhook", signed)).json).toMatchObject(none);
		secrets.secrets.set("/hooks/github", SECRET);
		await clock.advance(1_999);
		expect((await call("takeWebhook", github("{}"))).statusCode).toBe(500);
		await clock.advance(1);
		expect((await call("takeWebhook", github("{}"))).statusCode).toBe(202);
	});

	const pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIE8=\n-----END PRIVATE KEY-----";
	it.each<[string, string, string]>([
		["a JSON document", JSON.stringify({ secret: SECRET }, undefined, 2), "{"],
		["a key in PEM", pem, "-----BEGIN PRIVATE KEY-----"],
		["one short line among others", `${SECRET}\nfifteen letters`, "fifteen letters"],
		["bytes that are no text", "\uFFFD".repeat(32), "\uFFFD".repeat(32)],
		["a key of the standard that is no base64", "whsec_!!!!!!!!!!!!!!!!", ""],
		["a key of the standard in another base64", `whsec_${"-_".repeat(11)}`, ""],
		["a key of the standard of 15 bytes", `whsec_${Buffer.alloc(15, 7).toString("base64")}`, ""],
	])("are none of a parameter that holds %s, which is told without showing it", async (_, value, guess) => {
		const { call, secrets, logged } = apiWorld();
		secrets.secrets.set("/hooks/github", value);
		for (let count = 0; count < 2; count++) {
			const given = github("{}", { "X-Hub-Signature-256": sha256("{}", guess) });
			expect((await call("takeWebhook", given)).json).toMatchObject({ status: 500, code: "configuration-invalid" });
		}
		expect(secrets.asked).toEqual(["/hooks/github"]);
		expect(JSON.stringify(logged)).not.toContain(JSON.stringify(value).slice(1, -1));
	});

	it("of 16 characters, and keys of 16 bytes with and without their padding, are taken", async () => {
		const { call, secrets } = apiWorld();
		const key = Buffer.alloc(16, 7).toString("base64");
		secrets.secrets.set("/hooks/github", `sixteen letters!\nwhsec_${key}\r\nwhsec_${key.replace("==", "")}`);
		const given = github("{}", { "X-Hub-Signature-256": sha256("{}", "sixteen letters!") });
		expect((await call("takeWebhook", given)).statusCode).toBe(202);
	});
});

describe("an address of no webhook", () => {
	it.each(["bitbucket", "GITHUB", "__proto__", "github/../gitlab"])("such as %s is not found", async (source) => {
		const { call, secrets } = world();
		expect((await call("takeWebhook", { parameters: { source }, body: "{}" })).json).toMatchObject({
			status: 404,
			code: "webhook-not-found",
		});
		expect(secrets.asked).toEqual([]);
	});
});
