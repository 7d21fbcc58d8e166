/** From an alarm's change of state to what a chat is told, over a real HTTP server in place of Slack. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertOf, readAlarmChange } from "../../../lambdas/alerts/alert-of.ts";
import { postWebhook } from "../../../lambdas/alerts/post-webhook.ts";
import { slackMessage } from "../../../lambdas/alerts/slack-message.ts";
import { type AlertParts, tellAlert } from "../../../lambdas/alerts/tell-alerts.ts";
import { describeAlarm } from "../../../shared/wire/alarm-notice.ts";

const depthWords = describeAlarm("Queue class observability: 100 or more messages wait.", {
	kind: "depth",
	level: "CRITICAL",
	about: "observability",
	runbook: "https://example.test/runbooks/queue-depth.md",
});

const change = (over: Record<string, unknown> = {}): string =>
	JSON.stringify({
		AlarmName: "Millrace-DepthCRITICAL",
		AlarmDescription: depthWords,
		AlarmArn: "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:Millrace-DepthCRITICAL",
		NewStateValue: "ALARM",
		OldStateValue: "OK",
		NewStateReason: "Threshold Crossed",
		StateChangeTime: "2025-09-28T06:04:26.789+0000",
		Region: "EU (Frankfurt)",
		Trigger: { MetricName: "ApproximateNumberOfMessagesVisible" },
		...over,
	});
const numbers = { visible: 2367, delayed: 0, inFlight: 2, deadLetters: 1 };

/** Answers what it is told to, in order, then 200. */
let server: Server;
let url: string;
let answers: { status: number; retryAfter?: string }[];
let got: { body: string; type: string | undefined }[];
beforeEach(async () => {
	answers = [];
	got = [];
	server = createServer((request: IncomingMessage, response) => {
		void text(request).then((body) => {
			got.push({ body, type: request.headers["content-type"] });
			const { status, retryAfter } = answers.shift() ?? { status: 200 };
			response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end("ok");
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/secret`;
});
afterEach(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

function parts(): AlertParts & { readonly remembered: Set<string> } {
	const remembered = new Set<string>();
	return {
		remembered,
		memory: {
			wasTold: async ({ StateChangeTime, NewStateValue }) => remembered.has(StateChangeTime + NewStateValue),
			told: async ({ StateChangeTime, NewStateValue }) => void remembered.add(StateChangeTime + NewStateValue),
		},
		post: (message) => postWebhook(url, message, { delayMs: 1 }),
		numbersOf: async () => numbers,
		nowMs: () => 0,
	};
}

describe("an alarm", () => {
	it("is told with level, title, time, message and details", async () => {
		expect(await tellAlert(parts(), change())).toBe("told");
		const [{ body = "", type } = {}] = got;
		expect(type).toBe("application/json");
		expect(JSON.parse(body)).toEqual({
			text: "CRITICAL: Millrace queue alert. Queue has 2367 pending tasks",
			blocks: [
				{
					type: "section",
					text: {
						type: "mrkdwn",
						text: [
							":rotating_light: *CRITICAL*",
							"*Millrace queue alert*",
							"Timestamp: 2025-09-28 06:04:26 UTC",
							"Message: Queue has 2367 pending tasks",
							"",
							"Details:",
							"• Messages in queue: 2367",
							"• Scheduled tasks: 0",
							"• Workers active: 2",
							"• Dead letters: 1",
							"• Queue: observability",
							"• Alarm: Millrace-DepthCRITICAL",
							"",
							"What to do: https://example.test/runbooks/queue-depth.md",
						].join("\n"),
					},
				},
			],
		});
	});

	it("that is over is told as resolved, and one that never was is not told", async () => {
		const over = await tellAlert(parts(), change({ NewStateValue: "OK", OldStateValue: "ALARM" }));
		expect([over, JSON.parse(got[0]?.body ?? "").text]).toEqual([
			"told",
			"RESOLVED: Millrace alert is over. Queue class observability: 100 or more messages wait.",
		]);
		const made = change({ NewStateValue: "OK", OldStateValue: "INSUFFICIENT_DATA" });
		expect(await tellAlert(parts(), made)).toBe("no-news");
		expect(got).toHaveLength(1);
	});

	it("delivered twice is told once, and a new change again", async () => {
		const scene = parts();
		expect(await tellAlert(scene, change())).toBe("told");
		expect(await tellAlert(scene, change())).toBe("told-before");
		expect(await tellAlert(scene, change({ StateChangeTime: "2025-09-28T07:00:00.000+0000" }))).toBe("told");
		expect(got).toHaveLength(2);
	});

	describe("of a depth with several levels", () => {
		const levels = [
			{ level: "INFO", threshold: 20, above: 50 },
			{ level: "WARNING", threshold: 50, above: 100, below: 20 },
			{ level: "CRITICAL", threshold: 100, below: 50 },
		] as const;
		const reason = (points: readonly number[], words: string): string =>
			`Threshold Crossed: ${points.length} out of the last 5 datapoints [${points.map((point, at) => `${point}.0 (28/09/25 06:0${4 - at}:00)`).join(", ")}] were ${words}`;
		async function toldOf(
			state: "ALARM" | "OK",
			reasonOf: (threshold: number) => string | undefined,
		): Promise<readonly string[]> {
			const scene = parts();
			const told: string[] = [];
			for (const { level, threshold, ...next } of levels) {
				const NewStateReason = reasonOf(threshold);
				if (NewStateReason === undefined) continue;
				const notice = { kind: "depth", level, about: "observability", runbook: "r", ...next } as const;
				const AlarmDescription = describeAlarm(`${threshold} or more messages wait.`, notice);
				const OldStateValue = state === "OK" ? "ALARM" : "OK";
				const StateChangeTime = `2025-09-28T06:04:26.${threshold}+0000`;
				const text = change({
					...{ NewStateReason, AlarmDescription, OldStateValue, StateChangeTime },
					NewStateValue: state,
				});
				if ((await tellAlert(scene, text)) === "told") told.push(level);
			}
			expect(got).toHaveLength(told.length);
			return told;
		}
		const rising = (...points: readonly number[]) =>
			toldOf("ALARM", (threshold) => {
				const met = points.filter((point) => point >= threshold);
				return met.length < 3 ? undefined : reason(met, `greater than or equal to the threshold (${threshold}.0)`);
			});
		const falling = (...points: readonly number[]) =>
			toldOf("OK", (threshold) => {
				const under = points.filter((point) => point < threshold);
				return under.length < 3
					? undefined
					: reason(under, `not greater than or equal to the threshold (${threshold}.0)`);
			});

		it("that fills at once is told by its highest level alone", async () => {
			expect(await rising(2367, 2300, 400)).toEqual(["CRITICAL"]);
		});
		it("that fills to a level is told by that one, though a minute was higher", async () => {
			expect(await rising(2367, 120, 60, 30)).toEqual(["WARNING"]);
		});
		it("that empties at once is told by its lowest level alone", async () => {
			expect(await falling(0, 3, 3)).toEqual(["INFO"]);
		});
		it("that falls from one level to the next is told by the one that is over", async () => {
			expect(await falling(80, 70, 60, 300)).toEqual(["CRITICAL"]);
		});
		it("is told by each level when the reason does not say which minutes it was", async () => {
			expect(await toldOf("ALARM", () => "Insufficient Data")).toEqual(["INFO", "WARNING", "CRITICAL"]);
		});
	});

	it("is told without numbers when SQS does not answer, and one of no platform as it is", async () => {
		const silent = { ...parts(), numbersOf: () => Promise.reject(new Error("throttled")) };
		expect(await tellAlert(silent, change())).toBe("told");
		expect(await tellAlert(parts(), change({ AlarmDescription: null, StateChangeTime: "2025-09-29T00:00:00Z" }))).toBe(
			"told",
		);
		expect(got.map(({ body }) => JSON.parse(body).text)).toEqual([
			"CRITICAL: Millrace queue alert. Queue class observability: 100 or more messages wait.",
			"WARNING: Alarm. Millrace-DepthCRITICAL",
		]);
		expect(await tellAlert(parts(), "hello")).toBe("not-an-alarm");
	});

	it("can't put markup, links or mentions into the chat", () => {
		const hostile = readAlarmChange(
			change({ AlarmName: "<!channel> *x* <https://evil.test|click> & `y`", AlarmDescription: "<@U1>" }),
		);
		const { text, blocks } = slackMessage(alertOf(hostile ?? expect.fail("is read"), undefined));
		const all = text + JSON.stringify(blocks);
		expect(all).not.toMatch(/<[!@h]/);
		expect(all).toContain("&lt;!channel&gt; \u200B*x\u200B*");
	});
});

describe("the webhook", () => {
	it("is tried again where that may help: a limit, a fault of its own", async () => {
		answers = [{ status: 500 }, { status: 429, retryAfter: "0" }];
		expect(await tellAlert(parts(), change())).toBe("told");
		expect(got).toHaveLength(3);
	});

	it("that refuses is not asked again, and the alert is not taken for told", async () => {
		answers = [{ status: 404 }];
		const scene = parts();
		await expect(tellAlert(scene, change())).rejects.toThrow("The webhook did not take the alert: HTTP 404");
		expect(got).toHaveLength(1);
		expect(scene.remembered.size).toBe(0);
		expect(await tellAlert(scene, change())).toBe("told");
	});

	it("gives up after four tries, and never tells its own address", async () => {
		answers = Array.from({ length: 9 }, () => ({ status: 503 }));
		const error = await postWebhook(url, {}, { delayMs: 1 }).catch((thrown: Error) => thrown);
		expect(got).toHaveLength(4);
		expect(String((error as Error).stack)).not.toContain("secret");
		const refused = await postWebhook("http://127.0.0.1:1/secret", {}, { delayMs: 1, triesMax: 2 }).catch(
			(thrown: Error) => thrown,
		);
		expect(String(refused)).toBe("Error: The webhook did not take the alert: TypeError");
	});

	it("does not follow a redirect", async () => {
		answers = [{ status: 302 }, { status: 302 }];
		await expect(postWebhook(url, {}, { delayMs: 1, triesMax: 2 })).rejects.toThrow("did not take the alert");
	});
});
