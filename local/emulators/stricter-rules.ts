/** Requests that AWS refuses and fauxqs lets pass: a delay above 15 minutes, and a conditional PUT of an object that is already there. */
import type { buildApp } from "fauxqs";
import { SQS_DELAY_SECONDS_MAX } from "../../shared/kernel/limits.ts";
import type { S3Store } from "./fauxqs-parts.ts";

type App = ReturnType<typeof buildApp>;

const field = (value: unknown, key: string): unknown =>
	typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;

function delayTooLong(body: unknown): boolean {
	const entries = field(body, "Entries");
	const delays = [
		field(body, "DelaySeconds"),
		...(Array.isArray(entries) ? entries : []).map((entry) => field(entry, "DelaySeconds")),
	];
	return delays.some((delay) => typeof delay === "number" && (delay < 0 || delay > SQS_DELAY_SECONDS_MAX));
}

function objectExists(store: S3Store, bucket: string, key: string): boolean {
	try {
		store.headObject(bucket, key);
		return true;
	} catch {
		return false;
	}
}

export function refuseWhatAwsRefuses(app: App, s3Store: S3Store): void {
	app.addHook("preHandler", async (request, reply) => {
		const target = request.headers["x-amz-target"];
		if (typeof target === "string" && target.startsWith("AmazonSQS.SendMessage") && delayTooLong(request.body)) {
			reply.status(400);
			reply.header("content-type", "application/x-amz-json-1.0");
			reply.header("x-amzn-query-error", "InvalidParameterValue;Sender");
			return reply.send({
				__type: "com.amazonaws.sqs#InvalidParameterValue",
				message: `Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${SQS_DELAY_SECONDS_MAX}.`,
			});
		}
		if (request.method === "PUT" && request.headers["if-none-match"] === "*") {
			const bucket = field(request.params, "bucket");
			const key = field(request.params, "*");
			if (typeof bucket === "string" && typeof key === "string" && objectExists(s3Store, bucket, key)) {
				reply.status(412);
				reply.header("content-type", "application/xml");
				return reply.send(
					'<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>If-None-Match</Condition></Error>',
				);
			}
		}
		return undefined;
	});
}
