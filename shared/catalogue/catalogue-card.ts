/** A catalogue as its card. Pure. */
import { scheduledRun } from "../job/scheduled-run.ts";
import type { CatalogueCard } from "../wire/catalogue-card.ts";
import type { Catalogue } from "./define-catalogue.ts";

export function catalogueCard(catalogue: Catalogue): CatalogueCard {
	return {
		workerGroups: catalogue.workerGroups.map(({ name, queueClasses }) => ({
			name,
			queueClasses: queueClasses.map(({ name: queueClass, promise, priorities, breaker }) => ({
				...{ name: queueClass, promise },
				...(priorities === undefined ? {} : { priorities: { ...priorities } }),
				breaker: breaker && withoutClasses(breaker),
			})),
		})),
		jobs: catalogue.jobs.map(({ name, aliases, description, queueClass, rateLimit }) => ({
			...{ name, aliases: [...aliases], description, queueClass: queueClass.name },
			...(rateLimit === undefined ? {} : { rateLimit: { ...rateLimit } }),
		})),
		schedules: catalogue.schedules.map((schedule) => ({
			...scheduledRun(catalogue, schedule),
			catchUp: { ...schedule.catchUp },
			enabled: schedule.enabled,
		})),
	};
}

/** Which errors count is decided where they happen. */
function withoutClasses<Policy extends { readonly errorClasses: unknown }>({ errorClasses: _, ...numbers }: Policy) {
	return numbers;
}
