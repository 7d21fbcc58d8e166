/** What the workers write, as lines for people: while the stack stays up, each run of one's own shows what it did. */
import { safeBlock, safeLine } from "../../shared/kernel/safe-text.ts";
import type { LocalEvent } from "../local-event.ts";
import { sumOf } from "./live-progress.ts";
import { countWords, createTickLines } from "./tick-lines.ts";

/** With the time of day in front. */
export const atTime = (line: string): string => `${new Date().toISOString().slice(11, 19)}  ${line}`;

/**
 * `describeEvent` without repeating: a function that can't start fails at each try, and so do the invocations it is to perform. Ticks of schedules
 * are told by their schedule's name.
 */
export function createDescriber(): (event: LocalEvent) => string | undefined {
	/** The error told last, of functions that did not start since; empty when their code was replaced. */
	const failing = new Map<string, string>();
	const ticks = createTickLines();
	return (event) => {
		ticks.note(event);
		if (event.type === "metric") {
			const { requestId, metric } = event;
			return ticks.describe(requestId, String(metric["job"]), runCounts(metric)) ?? describeEvent(event);
		}
		if (!("functionId" in event)) return describeEvent(event);
		const key = `${event.stack}/${event.functionId}`;
		const told = failing.get(key);
		if (event.type === "environment-failed") {
			if (told === event.message) return undefined;
			failing.set(key, event.message);
		} else if (event.type === "environment-started") {
			if (failing.delete(key)) return `${event.functionId} starts again`;
		} else if (event.type === "invocation-finished") {
			if (event.error !== undefined && event.error === told) return undefined;
		} else if (event.type === "code-replaced" && told !== undefined) failing.set(key, "");
		return describeEvent(event);
	};
}

/** For an event that a person should see, in one line where it can be said so; `undefined` for the others. What a terminal would obey is spelled out. */
export function describeEvent(event: LocalEvent): string | undefined {
	switch (event.type) {
		case "warning":
			return `warning: ${safeBlock(event.message)}`;
		case "log":
			return describeLog(event.line);
		case "metric":
			return describeMetric(event.metric);
		case "environment-failed":
			return `${event.functionId} does not start: ${safeBlock(event.message)}`;
		case "invocation-finished":
			return event.end === "ok"
				? undefined
				: `${event.functionId}: invocation ended as ${event.end}: ${safeBlock(event.error ?? "")}`;
		case "catalogue-invalid":
			return `${event.message}\nUntil then the code from before goes on running.`;
		case "catalogue-recovered":
			return "The catalogue is valid again";
		case "restart-needed":
			return `The catalogue's ${event.parts.join(" and ")} changed: stop and start the stack to take that up. Code and jobs are taken at once.`;
		case "class-changed":
			return event.enabled
				? `${event.queueClass}: at most ${event.invocationsMax} invocations at the same time`
				: `${event.queueClass}: paused`;
		case "code-replaced":
			return `${event.functionId}: new code`;
		case "rebuild-failed":
			return `${event.functionId}: the new code does not build: ${event.message}`;
		case "rebuild-recovered":
			return `${event.functionId}: the code builds again`;
		default:
			return undefined;
	}
}

const lineLengthMax = 1_000;

/** A line of the structured logger; any other line as it stands. */
function describeLog(line: string): string | undefined {
	const { level, message, job, run_id, ...entry } = parse(line);
	// Node prints the whole line of code that threw: of a bundle that is all of it.
	if (message === undefined) {
		if (line.trimEnd() === "") return undefined;
		return safeLine(line.length > lineLengthMax ? `${line.slice(0, lineLengthMax)}…` : line);
	}
	if (level === "DEBUG") return undefined;
	const about = [job ?? entry["job"], run_id ?? entry["runId"]].filter((part) => part !== undefined).join(" ");
	const why = entry["excMessage"] ?? entry["reason"];
	const words = `${String(level)} ${about === "" ? "" : `${about}: `}${String(message)}${why === undefined ? "" : `: ${String(why)}`}`;
	const more = fieldsOf(entry);
	return safeLine(more === "" ? words : `${words} ${more}`);
}

/** Said by the line already, the same in every line, or of use to machines only. */
const untoldFields: ReadonlySet<string> = new Set(
	"timestamp service cold_start function_name function_request_id xray_trace_id event runId excMessage reason attempt leg tenant traceId spanId trace_id span_id messageId durationMs".split(
		" ",
	),
);
const fieldsLengthMax = 400;

/** What else the line holds, short: `{"items":3}`. */
function fieldsOf(entry: Readonly<Record<string, unknown>>): string {
	const told = Object.entries(entry).filter(([name]) => !untoldFields.has(name));
	if (told.length === 0) return "";
	const text = JSON.stringify(Object.fromEntries(told));
	return text.length > fieldsLengthMax ? `${text.slice(0, fieldsLengthMax)}…` : text;
}

function describeMetric(metric: Readonly<Record<string, unknown>>): string | undefined {
	const counts = runCounts(metric);
	return counts.size === 0 ? undefined : `${String(metric["job"])}: ${countWords(counts)}`;
}

/** Of the runs that came to something in an invocation, by metric. */
const runCounts = (metric: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> =>
	new Map(
		Object.entries(metric).flatMap(([name, value]) =>
			/^(Runs|Duplicates|AttemptsRetried|Messages)/.test(name) ? [[name, sumOf(value)] as const] : [],
		),
	);

function parse(line: string): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}
