/**
 * EventBridge Scheduler on the loopback interface, as far as the platform uses it: schedules that send a message to a queue, once (and are then
 * deleted) or by cron. With a data folder they are found again after a restart; a message that came due meanwhile is sent at once, ticks of
 * a cron are not: the sweeper makes up for those, here as on AWS. It fires to the second, where AWS takes up to a minute, and now and then
 * twice: what is due next is written after the message was sent.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { SCHEDULED_TIME } from "../../shared/wire/tick-message.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../assembly/resolve.ts";
import { type RestAnswer, refusal, startRestServer } from "./rest-server.ts";
import { type CreateSchedule, dueMs, isRecurring, readCreateSchedule } from "./schedule-request.ts";

export interface ScheduleServer {
	readonly endpoint: string;
	ensureGroup(name: string): void;
	/** One of the templates. It stays as it was changed here until its template changes. @throws MillraceError `template-unsupported` */
	ensureSchedule(name: string, request: object): void;
	/** Schedules that will send a message once, and have not yet. */
	once(): number;
	stop(): Promise<void>;
}

export interface ScheduleServerOptions {
	readonly dataDir: string | undefined;
	/** Sends to the queue with this ARN. */
	readonly send: (queueArn: string, body: string) => Promise<void>;
	readonly onWarning: (message: string) => void;
	/** Default: the machine's. */
	readonly clock?: Clock;
}

/** How long it sleeps at most, and until it tries again to send what a queue did not take. */
const LOOK_AGAIN_MS = 60_000;

/** When what is disabled is due. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

const nameOf = (queueArn: string): string => queueArn.split(":").at(-1) ?? "";

export async function startScheduleServer(options: ScheduleServerOptions): Promise<ScheduleServer> {
	const { dataDir, send, onWarning, clock = createSystemClock() } = options;
	const database = new DatabaseSync(dataDir === undefined ? ":memory:" : join(dataDir, "schedules.db"));
	// As for the queues: a killed process loses nothing, a power cut may.
	database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
	database.exec(
		"CREATE TABLE IF NOT EXISTS schedules (place TEXT PRIMARY KEY, due_ms INTEGER NOT NULL, request TEXT NOT NULL, made_ms INTEGER NOT NULL, template TEXT)",
	);
	database.exec("CREATE INDEX IF NOT EXISTS by_due ON schedules (due_ms)");
	const insert = database.prepare("INSERT OR IGNORE INTO schedules VALUES (?, ?, ?, ?, ?)");
	const replace = database.prepare("UPDATE schedules SET due_ms = ?, request = ? WHERE place = ?");
	const template = database.prepare("SELECT template FROM schedules WHERE place = ?");
	const templated = database.prepare("UPDATE schedules SET template = ? WHERE place = ?");
	const find = database.prepare("SELECT request, made_ms FROM schedules WHERE place = ?");
	const remove = database.prepare("DELETE FROM schedules WHERE place = ?");
	const due = database.prepare(
		"SELECT place, request, due_ms FROM schedules WHERE due_ms <= ? ORDER BY due_ms LIMIT 100",
	);
	const search = database.prepare(
		"SELECT place FROM schedules WHERE substr(place, 1, length(?1)) = ?1 ORDER BY place LIMIT 100",
	);
	const postpone = database.prepare("UPDATE schedules SET due_ms = ? WHERE place = ?");
	const all = database.prepare("SELECT request FROM schedules");
	const first = database.prepare("SELECT min(due_ms) AS due_ms FROM schedules");

	const groups = new Set<string>();
	const stopped = new AbortController();
	let woken = new AbortController();

	function create(name: string, body: string): RestAnswer {
		const request = readCreateSchedule(body);
		if (typeof request === "string") return refusal(400, "ValidationException", request);
		const { GroupName: group } = request;
		if (!groups.has(group)) return refusal(404, "ResourceNotFoundException", `Schedule group ${group} does not exist.`);
		const due = dueMs(request, clock.now()) ?? NEVER_MS;
		const { changes } = insert.run(`${group}/${name}`, due, JSON.stringify(request), clock.now(), null);
		if (changes === 0) return refusal(409, "ConflictException", `Schedule ${name} already exists.`);
		woken.abort();
		return { status: 200, body: { ScheduleArn: arnOf(group, name) } };
	}

	/** As AWS does it: what the request does not name gets its default. */
	function update(name: string, body: string): RestAnswer {
		const request = readCreateSchedule(body);
		if (typeof request === "string") return refusal(400, "ValidationException", request);
		const { GroupName: group } = request;
		const due = dueMs(request, clock.now()) ?? NEVER_MS;
		if (replace.run(due, JSON.stringify(request), `${group}/${name}`).changes === 0) return missing(name);
		woken.abort();
		return { status: 200, body: { ScheduleArn: arnOf(group, name) } };
	}

	function ensureSchedule(name: string, given: object): void {
		const body = JSON.stringify(given);
		const request = readCreateSchedule(body);
		if (typeof request === "string") throw new MillraceError("template-unsupported", `Schedule ${name}: ${request}`);
		const place = `${request.GroupName}/${name}`;
		if (template.get(place)?.["template"] === body) return;
		if (create(name, body).status === 409) update(name, body);
		templated.run(body, place);
	}

	function get(group: string, name: string): RestAnswer {
		const row = find.get(`${group}/${name}`);
		if (row === undefined) return missing(name);
		const { ClientToken: _, ...request } = JSON.parse(String(row["request"])) as CreateSchedule;
		const CreationDate = Number(row["made_ms"]) / 1000;
		return { status: 200, body: { Arn: arnOf(group, name), Name: name, State: "ENABLED", CreationDate, ...request } };
	}

	/** The first hundred; nothing here asks for more. */
	function list(query: URLSearchParams): RestAnswer {
		const GroupName = query.get("ScheduleGroup") ?? "default";
		if (!groups.has(GroupName)) {
			return refusal(404, "ResourceNotFoundException", `Schedule group ${GroupName} does not exist.`);
		}
		const rows = search.all(`${GroupName}/${query.get("NamePrefix") ?? ""}`);
		const names = rows.map(({ place }) => String(place).slice(GroupName.length + 1));
		const Schedules = names.map((Name) => ({ Arn: arnOf(GroupName, Name), GroupName, Name, State: "ENABLED" }));
		return { status: 200, body: { Schedules } };
	}

	function answerTo(method: string, url: URL, body: string): RestAnswer {
		const name = /^\/schedules\/([0-9a-zA-Z_.-]{1,64})$/.exec(url.pathname)?.[1];
		const group = url.searchParams.get("groupName") ?? "default";
		if (method === "GET" && url.pathname === "/schedules") return list(url.searchParams);
		if (name !== undefined && method === "POST") return create(name, body);
		if (name !== undefined && method === "PUT") return update(name, body);
		if (name !== undefined && method === "GET") return get(group, name);
		if (name !== undefined && method === "DELETE") {
			return remove.run(`${group}/${name}`).changes === 0 ? missing(name) : { status: 200, body: {} };
		}
		return refusal(400, "ValidationException", `${method} ${url.pathname} is not answered on one machine.`);
	}

	async function fireOne(place: string, request: CreateSchedule, due: number): Promise<void> {
		const { Target } = request;
		const now = clock.now();
		const again = isRecurring(request);
		try {
			// Nobody fired it for a while: this machine slept, or the stack was stopped.
			const fell = again && now - due > LOOK_AGAIN_MS;
			if (!fell) await send(Target.Arn, Target.Input.replaceAll(SCHEDULED_TIME, isoSeconds(due)));
			if (again) postpone.run(dueMs(request, fell ? now : epochMs(due)) ?? NEVER_MS, place);
			else remove.run(place);
		} catch (error) {
			onWarning(`A scheduled message could not be sent and will be tried again: ${(error as Error).message}`);
			// A cron's next look is at its next tick.
			postpone.run(again ? (dueMs(request, now) ?? NEVER_MS) : now + LOOK_AGAIN_MS, place);
		}
	}

	async function fire(): Promise<void> {
		while (!stopped.signal.aborted) {
			woken = new AbortController();
			const nextMs = first.get()?.["due_ms"];
			const waitMs = typeof nextMs === "number" ? Math.max(0, nextMs - clock.now()) : LOOK_AGAIN_MS;
			await clock.sleep(Math.min(waitMs, LOOK_AGAIN_MS), AbortSignal.any([woken.signal, stopped.signal]));
			for (const { place, request, due_ms } of stopped.signal.aborted ? [] : due.all(clock.now()))
				await fireOne(String(place), JSON.parse(String(request)), Number(due_ms));
		}
	}

	const server = await startRestServer(({ method, url, body }) => answerTo(method, url, body));
	const firing = fire();

	return {
		endpoint: server.endpoint,
		ensureGroup: (name) => void groups.add(name),
		ensureSchedule,
		once: () => all.all().filter(({ request }) => !isRecurring(JSON.parse(String(request)))).length,
		async stop() {
			stopped.abort();
			await firing;
			await server.stop();
			database.close();
		},
	};
}

/** As EventBridge spells the time in a message. */
const isoSeconds = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;
const arnOf = (group: string, name: string): string =>
	`arn:aws:scheduler:${LOCAL_REGION}:${LOCAL_ACCOUNT}:schedule/${group}/${name}`;
const missing = (name: string): RestAnswer =>
	refusal(404, "ResourceNotFoundException", `Schedule ${name} does not exist.`);

/** Sends to a queue of the message server, as the scheduler does by itself on AWS. */
export function createQueueSender(messages: { readonly endpoint: string; queueUrl(name: string): string }) {
	return async (queueArn: string, body: string): Promise<void> => {
		const response = await fetch(messages.endpoint, {
			method: "POST",
			headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
			body: JSON.stringify({ QueueUrl: messages.queueUrl(nameOf(queueArn)), MessageBody: body }),
		});
		if (!response.ok) throw new Error(`${queueArn}: ${await response.text()}`);
	};
}
