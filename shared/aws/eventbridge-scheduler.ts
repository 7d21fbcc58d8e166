/**
 * One-time schedules of EventBridge Scheduler that send a message to a queue and delete themselves. Two operations of its REST API, without
 * the generated client, for the reasons of docs/decisions/0007-s3-without-its-client.md.
 */
import { HttpRequest } from "@smithy/core/protocols";
import { MillraceError } from "../kernel/errors.ts";
import { RUN_RETENTION_SECONDS, SCHEDULE_RETRIES_MAX } from "../kernel/limits.ts";
import { epochMs, toIso } from "../kernel/time.ts";
import type { QueueTarget } from "../ports/queue.ts";
import type { ScheduledMessage, Scheduler } from "../ports/scheduler.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";
import { TICK_NAME_PREFIX } from "../wire/tick-message.ts";
import { configuredEndpoint, regionalEndpoint } from "./aws-endpoint.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";
import { inParallel } from "./in-parallel.ts";
import { readJson, refusalOf } from "./json-answers.ts";
import { queueUrl } from "./queue-url.ts";
import { createSdkSigner, createSignedRequests, type Lent } from "./signed-requests.ts";

export interface EventBridgeSchedulerOptions extends Lent {
	readonly address: Pick<PlatformAddress, "queues">;
	/** Of the platform's address. Without a role nothing can be scheduled, only cancelled. */
	readonly schedules: NonNullable<PlatformAddress["schedules"]>;
	/** Instead of AWS's or the one of the environment. */
	readonly endpoint?: string;
}

const REQUEST_TIMEOUT_MS = 10_000;
const CALLS_AT_ONCE = 4;
/** How long a delivery that fails is tried again: a second one must still meet the row of a run that the first has ended (INV-05). */
const EVENT_AGE_SECONDS = RUN_RETENTION_SECONDS / 2;

export function createEventBridgeScheduler(options: EventBridgeSchedulerOptions): Scheduler {
	const { lender, address, schedules } = options;
	const send = createSignedRequests({
		...options,
		sign: createSdkSigner("scheduler", true, lender),
		requestTimeoutMs: REQUEST_TIMEOUT_MS,
	});
	/** Found on first use. */
	let at: URL | undefined;

	async function call(
		method: "GET" | "POST" | "PUT" | "DELETE",
		path: string,
		given: { query?: Record<string, string>; body?: object },
	): Promise<string> {
		at ??= new URL(
			options.endpoint ??
				(await configuredEndpoint(lender.config, "Scheduler")) ??
				(await regionalEndpoint(lender.config, "scheduler")),
		);
		const body = given.body === undefined ? undefined : JSON.stringify(given.body);
		const request = new HttpRequest({
			method,
			protocol: at.protocol,
			hostname: at.hostname,
			...(at.port === "" ? {} : { port: Number(at.port) }),
			path: `${at.pathname.replace(/\/$/, "")}/schedules${path}`,
			query: given.query ?? {},
			headers: {
				host: at.host,
				"user-agent": "millrace",
				...(body === undefined
					? {}
					: { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
			},
			body,
		});
		return send(request, refusalOf);
	}

	/** The queue is in the role's account and the client's region, and its URL ends in its name. */
	async function queueArn(target: QueueTarget, roleArn: string): Promise<string> {
		const [, arnPartition, , , account] = roleArn.split(":");
		const name = queueUrl(address, target).split("/").at(-1);
		return `arn:${arnPartition}:sqs:${await lender.config.region()}:${account}:${name}`;
	}

	/** As which the scheduler sends to the queues of the class. */
	function roleFor(queueClass: string, what: string): string {
		const known = address.queues[queueClass];
		const role = schedules.roleArn ?? schedules.roles?.[known?.group ?? ""] ?? known?.schedulerRoleArn;
		if (role !== undefined) return role;
		throw new MillraceError(
			"schedule-failed",
			`${what} needs a role that sends to class ${queueClass}; this platform's address names none. Read the address again from SSM, or deploy the platform once more.`,
		);
	}

	async function target(
		{ queueClass, body }: Pick<ScheduledMessage, "queueClass" | "body">,
		eventAgeSeconds: number,
		what: string,
	): Promise<object> {
		const roleArn = roleFor(queueClass, what);
		return {
			Arn: await queueArn({ queueClass, queue: "main" }, roleArn),
			RoleArn: roleArn,
			Input: body,
			RetryPolicy: { MaximumEventAgeInSeconds: eventAgeSeconds, MaximumRetryAttempts: SCHEDULE_RETRIES_MAX },
			// What can't be delivered is not lost: the letter's body is the message, ready to be redriven.
			DeadLetterConfig: { Arn: await queueArn({ queueClass, queue: "dead-letter" }, roleArn) },
		};
	}

	async function* namesOf(NamePrefix: string | undefined): AsyncGenerator<string> {
		const query = { ScheduleGroup: schedules.group, ...(NamePrefix === undefined ? {} : { NamePrefix }) };
		let NextToken: unknown;
		do {
			const page = typeof NextToken === "string" ? { ...query, NextToken } : query;
			const told = await call("GET", "", { query: page }).catch((error: unknown) => {
				throw awsFailure("schedule-failed", `Scheduler ListSchedules in group ${schedules.group}`, error);
			});
			const listed = readListing(told);
			yield* listed.names;
			NextToken = listed.nextToken;
		} while (typeof NextToken === "string");
	}

	/** `undefined` for one that has been sent meanwhile, or is none that sends a message once. */
	async function waitOf(name: string): Promise<ScheduledMessage | undefined> {
		try {
			const told = readJson(await call("GET", `/${name}`, { query: { groupName: schedules.group } }));
			const instant = /^at\((.*)\)$/.exec(String(told["ScheduleExpression"]))?.[1];
			const { Arn, Input } = (told["Target"] ?? {}) as { readonly Arn?: string; readonly Input?: string };
			const queueName = Arn?.split(":").at(-1);
			const queueClass = Object.entries(address.queues).find(([, { url }]) => url.split("/").at(-1) === queueName)?.[0];
			if (instant === undefined || queueClass === undefined) return undefined;
			const at = epochMs(Date.parse(`${instant}Z`));
			return { name, queueClass, at, body: Input ?? "", description: String(told["Description"] ?? "") };
		} catch (error) {
			if (nameOfError(error) === "ResourceNotFoundException") return undefined;
			throw awsFailure("schedule-failed", `Scheduler GetSchedule of ${name} in group ${schedules.group}`, error);
		}
	}

	return {
		async schedule(message) {
			const what = `Scheduler CreateSchedule of ${message.name} in group ${schedules.group}`;
			const body = {
				GroupName: schedules.group,
				Description: message.description,
				// Whole seconds, never early.
				ScheduleExpression: `at(${toIso(epochMs(Math.ceil(message.at / 1000) * 1000)).slice(0, 19)})`,
				FlexibleTimeWindow: { Mode: "OFF" },
				ActionAfterCompletion: "DELETE",
				Target: await target(message, EVENT_AGE_SECONDS, what),
			};
			try {
				await call("POST", `/${message.name}`, { body });
			} catch (error) {
				// Made before, by whoever had the same message at hand.
				if (nameOfError(error) === "ConflictException") return;
				throw awsFailure("schedule-failed", what, error);
			}
		},
		async recur(message) {
			const what = `Scheduler CreateSchedule of ${message.name} in group ${schedules.group}`;
			const body = {
				GroupName: schedules.group,
				Description: message.description,
				ScheduleExpression: message.expression,
				ScheduleExpressionTimezone: message.timeZone,
				FlexibleTimeWindow: { Mode: "OFF" },
				State: message.enabled ? "ENABLED" : "DISABLED",
				Target: await target(message, message.eventAgeSeconds, what),
			};
			try {
				await call("POST", `/${message.name}`, { body }).catch((error: unknown) => {
					if (nameOfError(error) !== "ConflictException") throw error;
					return call("PUT", `/${message.name}`, { body });
				});
			} catch (error) {
				throw awsFailure("schedule-failed", what, error);
			}
		},
		async turn(name, how) {
			try {
				const told = readJson(await call("GET", `/${name}`, { query: { groupName: schedules.group } }));
				const State = how === "on" ? "ENABLED" : "DISABLED";
				// UpdateSchedule sets what it is not told to its default: so it is told everything.
				const { Arn: _, CreationDate: __, LastModificationDate: ___, Name: ____, ...rest } = told;
				if (told["State"] !== State) await call("PUT", `/${name}`, { body: { ...rest, State } });
				return true;
			} catch (error) {
				if (nameOfError(error) === "ResourceNotFoundException") return false;
				throw awsFailure("schedule-failed", `Scheduler UpdateSchedule of ${name} in group ${schedules.group}`, error);
			}
		},
		async cancel(names) {
			await inParallel(names, CALLS_AT_ONCE, async (name) => {
				try {
					await call("DELETE", `/${name}`, { query: { groupName: schedules.group } });
				} catch (error) {
					if (nameOfError(error) === "ResourceNotFoundException") return;
					throw awsFailure("schedule-failed", `Scheduler DeleteSchedule of ${name} in group ${schedules.group}`, error);
				}
			});
		},
		async list({ namePrefix, limit }) {
			const names: string[] = [];
			for await (const name of namesOf(namePrefix)) {
				if (!name.startsWith(TICK_NAME_PREFIX)) names.push(name);
				if (names.length > limit) break;
			}
			const found = new Map<string, ScheduledMessage>();
			await inParallel(names.slice(0, limit), CALLS_AT_ONCE, async (name) => {
				const wait = await waitOf(name);
				if (wait !== undefined) found.set(name, wait);
			});
			const waits = [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
			return { waits, more: names.length > limit };
		},
		async waits(namePrefix) {
			const { done } = await namesOf(namePrefix).next();
			return done !== true;
		},
	};
}

function readListing(body: string): { readonly names: readonly string[]; readonly nextToken: unknown } {
	const { Schedules, NextToken } = readJson(body) as { readonly Schedules?: unknown; readonly NextToken?: unknown };
	const names = (Array.isArray(Schedules) ? Schedules : []).flatMap(({ Name }: { readonly Name?: unknown }) =>
		typeof Name === "string" ? [Name] : [],
	);
	return { names, nextToken: NextToken };
}
