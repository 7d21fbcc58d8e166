/**
 * Structured logs: one JSON object a line on standard output, in the field names of Powertools' logger, whose environment variables set the
 * level. Fields that the platform fills are its own: what a job logs, or a stranger sent, can neither stand in their place, nor break a line, nor
 * pass for metrics (a root `_aws` would be read as some by CloudWatch). See docs/decisions/0021-traces-by-segment-documents.md.
 */
import { jsonText, quoteText, type Room } from "./log-json.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** @param about Fields of ours; asked for when the line is written. @param own Anybody's: those with a name of ours get `own_` before it. */
type WriteLine = (message: string, about?: () => LogFields, own?: LogFields) => void;

export interface LogLines {
	readonly debug: WriteLine;
	readonly info: WriteLine;
	readonly warn: WriteLine;
	readonly error: WriteLine;
	/** The invocation that lines are of from now on. */
	enter(invocation: { readonly functionName: string; readonly awsRequestId: string }): void;
}

const levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "SILENT"];

/** What a line of ours may say, and nobody else. */
const ours = new Set([
	..."level message timestamp service cold_start function_name function_request_id xray_trace_id".split(" "),
	..."event runId job attempt leg tenant traceId spanId messageId queueClass _aws __proto__".split(" "),
]);

/** Of JSON; in UTF-8 at most three times as many bytes. */
const LINE_CHARS_MAX = 65_536;
/** For the field that is being written when the room is gone, and those of ours that follow it: they are written, cut. */
const LAST_WORDS_CHARS = 3_072;
const OWN_FIELDS_MAX = 100;
const NAME_CHARS_MAX = 256;

export function createLogLines(
	environment: Readonly<Record<string, string | undefined>>,
	write: (line: string) => void = (line) => void process.stdout.write(line),
): LogLines {
	const { POWERTOOLS_LOG_LEVEL, LOG_LEVEL, AWS_LAMBDA_LOG_LEVEL } = environment;
	const wanted = levels.indexOf((POWERTOOLS_LOG_LEVEL ?? LOG_LEVEL ?? AWS_LAMBDA_LOG_LEVEL ?? "INFO").toUpperCase());
	const from = wanted < 0 ? levels.indexOf("INFO") : wanted;
	const service = environment["POWERTOOLS_SERVICE_NAME"] ?? "worker";
	let invocation: LogFields = {};
	let entered = 0;

	function at(level: string): WriteLine {
		if (levels.indexOf(level) < from) return () => {};
		return (message, about, own) => {
			const room: Room = { chars: LINE_CHARS_MAX - LAST_WORDS_CHARS };
			const fields = new Map<string, string>();
			const put = (name: string, read: () => unknown): void => {
				const text = jsonText(read, room);
				if (text === undefined) return;
				const label = quoteText(name, { chars: Number.POSITIVE_INFINITY }, NAME_CHARS_MAX);
				fields.set(name, `${label}:${text}`);
				room.chars -= label.length + 2;
			};
			put("level", () => level);
			// Of another type it came from code that no compiler has checked.
			put("message", () => (typeof message === "string" ? message : jsonText(() => message, { ...room })));
			put("timestamp", () => new Date().toISOString());
			put("service", () => service);
			for (const [name, value] of Object.entries({ ...about?.(), ...invocation }))
				if (!fields.has(name)) put(name, () => value);
			for (const name of namesOf(own).slice(0, OWN_FIELDS_MAX)) {
				const shown = (ours.has(name) ? `own_${name}` : name).slice(0, NAME_CHARS_MAX);
				if (room.chars <= 0) break;
				if (!fields.has(shown)) put(shown, () => own?.[name]);
			}
			write(`{${[...fields.values()].join(",")}}\n`);
		};
	}

	return {
		debug: at("DEBUG"),
		info: at("INFO"),
		warn: at("WARN"),
		error: at("ERROR"),
		enter({ functionName, awsRequestId }) {
			const trace = /Root=([^;]+)/.exec(environment["_X_AMZN_TRACE_ID"] ?? "")?.[1];
			invocation = {
				cold_start: entered++ === 0,
				function_name: functionName,
				function_request_id: awsRequestId,
				xray_trace_id: trace,
			};
		},
	};
}

function namesOf(own: LogFields | undefined): readonly string[] {
	try {
		return own === undefined || own === null ? [] : Object.keys(own);
	} catch {
		return [];
	}
}
