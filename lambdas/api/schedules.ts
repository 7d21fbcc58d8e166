/** Routes of schedules. */
import { SCHEDULE_NAME_PATTERN } from "../../shared/catalogue/schedule-rules.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { showValue } from "../../shared/kernel/show-value.ts";
import type { Answer, ApiParts } from "./api-parts.ts";
import type { ApiRequest } from "./api-request.ts";
import { readBody, refuseBody } from "./read-body.ts";

type ScheduleOperation =
	| "listSchedules"
	| "getSchedule"
	| "putSchedule"
	| "deleteSchedule"
	| "disableSchedule"
	| "enableSchedule"
	| "runSchedule"
	| "backfillSchedule";

export function scheduleRoutes({ client, log }: ApiParts): Readonly<Record<ScheduleOperation, Answer>> {
	const { schedules } = client;
	const note = (what: string, name: string, { caller }: ApiRequest): void => log.info(what, { schedule: name, caller });
	return {
		listSchedules: async () => ({ status: 200, body: { schedules: await schedules.list() } }),
		getSchedule: async (request) => ({ status: 200, body: await schedules.get(nameIn(request)) }),
		async putSchedule(request) {
			const name = request.parameters["name"] ?? "";
			// An option that is absent is left out: the client takes its default then.
			const { job, ...given } = readBody("putSchedule", request);
			const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
			const view = await schedules.upsert(name, { job, ...change });
			note("A schedule was put", name, request);
			return { status: 200, body: view };
		},
		async deleteSchedule(request) {
			const name = nameIn(request);
			await schedules.remove(name);
			note("A schedule was deleted", name, request);
			return { status: 204 };
		},
		async disableSchedule(request) {
			const name = nameIn(request);
			await schedules.disable(name, readBody("disableSchedule", request).reason);
			note("A schedule was disabled", name, request);
			return { status: 200, body: await schedules.get(name) };
		},
		async enableSchedule(request) {
			const name = nameIn(request);
			refuseBody(request);
			await schedules.enable(name);
			note("A schedule was enabled", name, request);
			return { status: 200, body: await schedules.get(name) };
		},
		async runSchedule(request) {
			const name = nameIn(request);
			refuseBody(request);
			const { id } = await schedules.runNow(name);
			note("A schedule was run", name, request);
			return { status: 202, body: { job_id: id } };
		},
		async backfillSchedule(request) {
			const name = nameIn(request);
			const runs = await schedules.backfill(name, readBody("backfillSchedule", request));
			note("A schedule was backfilled", name, request);
			return { status: 202, body: { job_ids: runs.map(({ id }) => id) } };
		},
	};
}

/** What can't be a name is not looked up: DynamoDB would refuse some as a key. */
function nameIn({ parameters }: ApiRequest): string {
	const name = parameters["name"] ?? "";
	if (SCHEDULE_NAME_PATTERN.test(name)) return name;
	throw new MillraceError("schedule-not-found", `There is no schedule ${showValue(name)}.`);
}
