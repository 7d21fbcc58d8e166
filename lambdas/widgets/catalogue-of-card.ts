/** A catalogue as far as its card tells: enough to list, send back and enqueue what was checked before. Any input fits; workers check it again. */
import * as z from "zod/mini";
import { type Catalogue, defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import {
	defineJob,
	defineQueueClass,
	defineRoute,
	defineWorkerGroup,
	type JobDefinition,
	type QueueClassDefinition,
} from "../../shared/job/index.ts";
import type { RateLimitKey } from "../../shared/job/rate-limit.ts";
import type { RoutedRun } from "../../shared/job/route.ts";
import type { ScheduleDefinition } from "../../shared/job/schedule.ts";
import { canonicalJson } from "../../shared/kernel/canonical-json.ts";
import { invariant } from "../../shared/kernel/errors.ts";
import type { Json } from "../../shared/kernel/json.ts";
import type { CatalogueCard } from "../../shared/wire/catalogue-card.ts";

export function catalogueOfCard(card: CatalogueCard): Catalogue {
	const workerGroups = card.workerGroups.map(({ name, queueClasses }) =>
		defineWorkerGroup({
			name,
			queueClasses: queueClasses.map(
				({ priorities, ...known }): QueueClassDefinition => defineQueueClass({ ...known, priorities, alarms: false }),
			),
		}),
	);
	const classes = new Map(workerGroups.flatMap(({ queueClasses }) => queueClasses).map((known) => [known.name, known]));
	const classNamed = (name: string): QueueClassDefinition => {
		const found = classes.get(name);
		invariant(found !== undefined, `the card has every class that it names (${name})`);
		return found;
	};
	const jobs = card.jobs.map(({ queueClass, rateLimit, ...known }): JobDefinition => {
		const { per, name, ...rate } = rateLimit ?? { count: 1, periodSeconds: 1, burst: 1 };
		const limit = {
			...rate,
			...(per === undefined ? {} : { per: per as RateLimitKey }),
			...(name === undefined ? {} : { name }),
		};
		return defineJob({
			...known,
			queueClass: classNamed(queueClass),
			input: z.unknown(),
			output: z.unknown(),
			...(rateLimit === undefined ? {} : { rateLimit: limit }),
		});
	});
	const schedules = card.schedules.map(({ job, queueClass: _, tenant, priority, ...known }): ScheduleDefinition => {
		const definition = jobs.find(({ name }) => name === job);
		invariant(definition !== undefined, `the card has every job that it names (${job})`);
		return { ...known, job: definition, tenant, priority };
	});
	// The catalogue's own rules are code: what they answered for each schedule stands on the card.
	const routes = card.schedules.map((schedule) =>
		defineRoute({
			jobs: schedule.job,
			when: (run) => canonicalRun(run) === canonicalRun(schedule),
			to: classNamed(schedule.queueClass),
		}),
	);
	return defineCatalogue({ workerGroups, jobs, schedules, routes });
}

const canonicalRun = ({ input, tenant, priority }: Partial<Pick<RoutedRun, "input" | "tenant" | "priority">>): string =>
	canonicalJson([input as Json, tenant ?? null, priority ?? null]);
