/** A request as API Gateway hands it to the function: payload format 2.0, in which the gateway has chosen the route and decoded its parameters. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";
import { type Operation, operations, routeKeyOf } from "../../shared/wire/http-routes.ts";

export interface ApiRequest {
	readonly operation: Operation;
	readonly parameters: Readonly<Record<string, string>>;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	/** As it stood in the address, without `?`. */
	readonly query: string;
	/** Byte by byte what was sent: signatures are over nothing else. */
	readonly body: Buffer;
	readonly requestId: string;
	/** As whom the gateway let it through; `undefined` where it asked nobody. */
	readonly caller: string | undefined;
}

const texts = z.record(z.string(), z.string());

/** What of the event is read; the gateway sends more. */
const eventSchema = z.object({
	version: z.literal("2.0"),
	routeKey: z.string(),
	rawQueryString: z.optional(z.string()),
	headers: z.optional(texts),
	pathParameters: z.optional(texts),
	body: z.optional(z.string()),
	isBase64Encoded: z.optional(z.boolean()),
	requestContext: z.object({
		requestId: z.string(),
		authorizer: z.optional(
			z.object({
				iam: z.optional(z.nullable(z.object({ userArn: z.optional(z.nullable(z.string())) }))),
				jwt: z.optional(z.nullable(z.object({ claims: z.optional(z.nullable(z.record(z.string(), z.unknown()))) }))),
			}),
		),
	}),
});

const operationOf: ReadonlyMap<string, Operation> = new Map(
	operations.map((operation) => [routeKeyOf(operation), operation]),
);

/** @throws MillraceError `configuration-invalid` for what no route of this API's gateway sends */
export function readRequest(event: unknown): ApiRequest {
	const parsed = z.safeParse(eventSchema, event);
	if (!parsed.success) throw invalid(describeIssues(parsed.error.issues, event, "event").join("; "));
	const { routeKey, rawQueryString = "", headers = {}, pathParameters = {}, body = "", requestContext } = parsed.data;
	const operation = operationOf.get(routeKey);
	if (operation === undefined) throw invalid(`it knows no route ${routeKey}`);
	const { iam, jwt } = requestContext.authorizer ?? {};
	const subject = jwt?.claims?.["sub"];
	return {
		operation,
		parameters: pathParameters,
		headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
		query: rawQueryString,
		body: Buffer.from(body, parsed.data.isBase64Encoded === true ? "base64" : "utf8"),
		requestId: requestContext.requestId,
		caller: iam?.userArn ?? (typeof subject === "string" ? subject : undefined),
	};
}

const invalid = (problem: string): MillraceError =>
	new MillraceError(
		"configuration-invalid",
		`The API's function must be called by its HTTP API in payload format 2.0: ${problem}. Deploy again.`,
	);
