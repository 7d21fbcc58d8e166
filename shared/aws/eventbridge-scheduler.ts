/**
 * One-time schedules of EventBridge Scheduler that send a message to a queue and delete themselves. Two operations of its REST API, without
 * the generated client, for the reasons of docs/decisions/0007-s3-without-its-client.md.
 */
import { partition } from "@aws-sdk/core/client";
import { HttpRequest } from "@smithy/core/protocols";
import { MillraceError } from "../kernel/errors.ts";
import { RUN_RETENTION_SECONDS, SCHEDULE_RETRIES_MAX } from "../kernel/limits.ts";
import { epochMs, toIso } from "../kernel/time.ts";
import type { QueueTarget } from "../ports/queue.ts";
import type { ScheduledMessage, Scheduler } from "../ports/scheduler.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";
import { inParallel } from "./in-parallel.ts";
import { queueUrl } from "./queue-url.ts";
import { configuredEndpoint } from "./s3-endpoint.ts";
import { type Answer, createSignedRequests, type Lent } from "./signed-requests.ts";

export interface EventBridgeSchedulerOptions extends Lent {
	readonly address: Pick<PlatformAddress, "queues">;
	/** Of the platform's address. Without a role nothing can be scheduled, only cancelled. */
	readonly schedules: NonNullable<PlatformAddress["schedules"]>;
	/** Instead of AWS's or the one of the environment. */
	readonly endpoint?: string;
}

const REQUEST_TIMEOUT_MS = 10_000;
const CANCELS_AT_ONCE = 4;
/** How long a delivery that fails is tried again: a second one must still meet the row of a run that the first has ended (INV-05). */
const EVENT_AGE_SECONDS = RUN_RETENTION_SECONDS / 2;

export function createEventBridgeScheduler(options: EventBridgeSchedulerOptions): Scheduler {
	const { lender, address, schedules } = options;
	const send = createSignedRequests({
		...options,
		service: "scheduler",
		uriEscapePath: true,
		requestTimeoutMs: REQUEST_TIMEOUT_MS,
	});
	/** Found on first use. */
	let at: URL | undefined;

	async function call(
		method: "GET" | "POST" | "DELETE",
		path: string,
		given: { query?: Record<string, string>; body?: object },
	): Promise<string> {
		at ??= new URL(options.endpoint ?? (await configuredEndpoint(lender.config, "Scheduler")) ?? (await awsEndpoint()));
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

	async function awsEndpoint(): Promise<string> {
		const { config } = lender;
		const region = await config.region();
		const { dnsSuffix, dualStackDnsSuffix } = partition(region);
		const service = (await config.useFipsEndpoint()) ? "scheduler-fips" : "scheduler";
		return `https://${service}.${region}.${(await config.useDualstackEndpoint()) ? dualStackDnsSuffix : dnsSuffix}`;
	}

	/** The queue is in the role's account and the client's region, and its URL ends in its name. */
	async function queueArn(target: QueueTarget, roleArn: string): Promise<string> {
		const [, arnPartition, , , account] = roleArn.split(":");
		const name = queueUrl(address, target).split("/").at(-1);
		return `arn:${arnPartition}:sqs:${await lender.config.region()}:${account}:${name}`;
	}

	async function target({ queueClass, body }: ScheduledMessage, roleArn: string): Promise<object> {
		return {
			Arn: await queueArn({ queueClass, queue: "main" }, roleArn),
			RoleArn: roleArn,
			Input: body,
			RetryPolicy: { MaximumEventAgeInSeconds: EVENT_AGE_SECONDS, MaximumRetryAttempts: SCHEDULE_RETRIES_MAX },
			// What can't be delivered is not lost: the letter's body is the message, ready to be redriven.
			DeadLetterConfig: { Arn: await queueArn({ queueClass, queue: "dead-letter" }, roleArn) },
		};
	}

	return {
		async schedule(message) {
			const { roleArn } = schedules;
			const what = `Scheduler CreateSchedule of ${message.name} in group ${schedules.group}`;
			if (roleArn === undefined) {
				throw new MillraceError("schedule-failed", `${what} needs a role, which only a worker's address names.`);
			}
			const body = {
				GroupName: schedules.group,
				Description: message.description,
				// Whole seconds, never early.
				ScheduleExpression: `at(${toIso(epochMs(Math.ceil(message.at / 1000) * 1000)).slice(0, 19)})`,
				FlexibleTimeWindow: { Mode: "OFF" },
				ActionAfterCompletion: "DELETE",
				Target: await target(message, roleArn),
			};
			try {
				await call("POST", `/${message.name}`, { body });
			} catch (error) {
				// Made before, by whoever had the same message at hand.
				if (nameOfError(error) === "ConflictException") return;
				throw awsFailure("schedule-failed", what, error);
			}
		},
		async cancel(names) {
			await inParallel(names, CANCELS_AT_ONCE, async (name) => {
				try {
					await call("DELETE", `/${name}`, { query: { groupName: schedules.group } });
				} catch (error) {
					if (nameOfError(error) === "ResourceNotFoundException") return;
					throw awsFailure("schedule-failed", `Scheduler DeleteSchedule of ${name} in group ${schedules.group}`, error);
				}
			});
		},
		async waits(namePrefix) {
			const query = { ScheduleGroup: schedules.group, NamePrefix: namePrefix };
			let NextToken: unknown;
			do {
				const page = typeof NextToken === "string" ? { ...query, NextToken } : query;
				const told = await call("GET", "", { query: page }).catch((error: unknown) => {
					throw awsFailure("schedule-failed", `Scheduler ListSchedules in group ${schedules.group}`, error);
				});
				const { Schedules, ...rest } = readJson(told);
				if (Array.isArray(Schedules) && Schedules.length > 0) return true;
				NextToken = rest["NextToken"];
			} while (typeof NextToken === "string");
			return false;
		},
	};
}

/** Named after the service's code, so that the SDK's own judgement tells what may be tried again. */
function refusalOf({ status, headers, body }: Answer): Error | undefined {
	if (status === 200) return undefined;
	const told = readJson(body);
	const code = headers["x-amzn-errortype"] ?? told["__type"] ?? told["code"] ?? `HTTP ${status}`;
	const message = told["Message"] ?? told["message"] ?? "an answer without a message";
	return Object.assign(new Error(`${message} (HTTP ${status})`), {
		// "ConflictException:http://internal.amazon.com/…", or with a namespace before "#".
		name: String(code).replace(/:.*$/s, "").replace(/^.*#/s, ""),
		$metadata: { httpStatusCode: status },
	});
}

function readJson(body: string): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(body);
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}
