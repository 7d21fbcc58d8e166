/** All that the newsletter consists of. */
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineBudget, defineWorkerGroup } from "../../shared/job/index.ts";
import { checkSource, letters, sendNewsletter, syncSubscribers } from "./jobs/definitions.ts";
import {
	bulk,
	campaignLetter,
	critical,
	high,
	low,
	noticeAnswer,
	noticeSignup,
	reportOpens,
	usual,
} from "./jobs/mail-definitions.ts";
import { routes } from "./routes.ts";

/** What the contract with the mail service allows. */
const DELIVERIES_MAX = 4;

export const catalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "newsletter", queueClasses: [letters], timeoutSeconds: 30, memoryMb: 256 }),
		defineWorkerGroup({
			name: "mail",
			queueClasses: [critical, high, usual, low, bulk],
			timeoutSeconds: 30,
			memoryMb: 256,
			concurrencyMax: DELIVERIES_MAX,
		}),
	],
	jobs: [campaignLetter, checkSource, noticeAnswer, noticeSignup, reportOpens, sendNewsletter, syncSubscribers],
	routes,
	budgets: [
		// Kept under every profile, by the cap; a second group that mails would be warned of.
		defineBudget({
			...{ name: "mail-service", max: DELIVERIES_MAX, unit: "deliveries at the same time" },
			uses: [{ group: "mail", perRun: 1 }],
		}),
		// Five workers with ten runs each may ask for 50; profile fast doubles them.
		defineBudget({
			...{ name: "subscribers-service", max: 60, unit: "requests at the same time" },
			uses: [{ group: "newsletter", perRun: 1 }],
		}),
	],
});
