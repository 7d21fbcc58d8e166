/** The body of a request, checked: JSON, not too large, nothing in it that the route does not know. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { findJsonFlaw } from "../../shared/kernel/json.ts";
import { API_BODY_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../../shared/kernel/limits.ts";
import { showValue } from "../../shared/kernel/show-value.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";
import { type httpRoutes, type Operation, routeOf } from "../../shared/wire/http-routes.ts";
import type { ApiRequest } from "./api-request.ts";

type BodyOf<Op extends Operation> = (typeof httpRoutes)[Op] extends {
	readonly body: infer Schema extends z.ZodMiniType;
}
	? z.infer<Schema>
	: never;

/** @throws MillraceError `request-invalid`, `message-too-large`, `message-not-json`, `message-too-deep`, `message-unknown-field`, `message-invalid-field` … */
export function readBody<Op extends Operation>(operation: Op, request: ApiRequest): BodyOf<Op> {
	const { body: schema = z.never(), bodyOptional } = routeOf(operation);
	const value = bodyOptional === true && request.body.length === 0 ? {} : readJson(request);
	const parsed = z.safeParse(schema, value);
	if (parsed.success) return parsed.data as BodyOf<Op>;
	const problems = describeIssues(parsed.error.issues, value, "body");
	const unknown = parsed.error.issues.some(({ code }) => code === "unrecognized_keys");
	throw new MillraceError(
		unknown ? "message-unknown-field" : "message-invalid-field",
		`The body is not as this route takes it:\n- ${problems.join("\n- ")}`,
		{ details: { problems } },
	);
}

/** For routes without a body: what is sent beside the point is told, not ignored. @throws MillraceError `request-invalid` */
export function refuseBody({ body }: ApiRequest): void {
	if (body.length > 0)
		throw new MillraceError("request-invalid", `This route takes no body; got ${body.length} bytes.`);
}

/** @throws MillraceError `request-invalid` */
export function refuseQuery({ query }: ApiRequest): void {
	const names = [...new Set(new URLSearchParams(query).keys())];
	if (names.length === 0) return;
	throw new MillraceError(
		"request-invalid",
		`This route takes no query; got ${names.slice(0, 5).map(showValue).join(", ")}.`,
	);
}

function readJson({ headers, body }: ApiRequest): unknown {
	const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
	// A page in a browser can send forms and plain texts anywhere, but JSON only to who allows it.
	if (!/^application\/(json|[a-z0-9.+-]+\+json)$/.test(type)) {
		throw new MillraceError(
			"request-invalid",
			`The body must be JSON, under content-type: application/json; got ${showValue(headers["content-type"])}.`,
		);
	}
	return parseJson(body);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** @throws MillraceError `message-too-large`, `message-not-json`, `message-too-deep`, `message-forbidden-key`, `message-ill-formed-text` */
export function parseJson(body: Buffer): unknown {
	if (body.length > API_BODY_BYTES_MAX) {
		throw new MillraceError(
			"message-too-large",
			`The body has ${body.length} bytes; the API takes ${API_BODY_BYTES_MAX}. Store the data yourself and pass a reference to it.`,
		);
	}
	let value: unknown;
	try {
		value = JSON.parse(utf8.decode(body));
	} catch {
		throw new MillraceError(
			"message-not-json",
			body.length === 0 ? "The body is empty; it must be JSON." : "The body is not JSON in UTF-8.",
		);
	}
	const flaw = findJsonFlaw(value, MESSAGE_DEPTH_MAX);
	switch (flaw?.kind) {
		case undefined:
			return value;
		case "too-deep":
			throw new MillraceError("message-too-deep", `The body nests more than ${flaw.depthMax} levels. Flatten it.`);
		case "forbidden-key":
			throw new MillraceError("message-forbidden-key", `The body has the key "${flaw.key}" somewhere. Rename it.`);
		case "ill-formed-text":
			throw new MillraceError("message-ill-formed-text", "A text of the body holds half of a surrogate pair.");
	}
}
