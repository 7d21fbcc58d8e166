/** Errors as RFC 9457 problems. Of a fault of the platform a caller learns its code and where to look, never what AWS said or where in the code it was. */
import { type ErrorCode, MillraceError } from "../../shared/kernel/errors.ts";
import type { Problem } from "../../shared/wire/http-api.ts";
import { httpStatusOf } from "../../shared/wire/http-status.ts";
import type { ApiAnswer } from "./api-answer.ts";

export const problemType = "application/problem+json";
const DETAIL_CHARACTERS_MAX = 2_000;
const PROBLEM_CHARACTERS_MAX = 500;
const PROBLEMS_MAX = 20;

export function problemOf(error: unknown, requestId: string): ApiAnswer {
	const code: ErrorCode = error instanceof MillraceError ? error.code : "internal-error";
	const status = httpStatusOf[code];
	const about = { type: `urn:millrace:error:${code}`, title: titleOf(code), status, code };
	const body: Problem =
		status >= 500
			? { ...about, detail: hidden(status), request_id: requestId }
			: { ...about, detail: messageOf(error), ...problemsOf(error) };
	return { status, body, contentType: problemType, ...(status === 503 ? { headers: { "retry-after": "2" } } : {}) };
}

const titleOf = (code: ErrorCode): string => {
	const words = code.replaceAll("-", " ");
	return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
};

const hidden = (status: number): string =>
	status === 503
		? "What the platform stands on did not answer. The same request may go well in a moment."
		: "The API met a fault of its own. Its log has more under this request_id.";

const messageOf = (error: unknown): string => cut(error instanceof Error ? error.message : "", DETAIL_CHARACTERS_MAX);

const cut = (text: string, charactersMax: number): string => text.slice(0, charactersMax).toWellFormed();

function problemsOf(error: unknown): { readonly problems?: string[] } {
	const problems = error instanceof MillraceError ? (error.details["problems"] ?? error.details["faults"]) : undefined;
	if (!Array.isArray(problems) || !problems.every((problem) => typeof problem === "string")) return {};
	return { problems: problems.slice(0, PROBLEMS_MAX).map((problem) => cut(problem, PROBLEM_CHARACTERS_MAX)) };
}
