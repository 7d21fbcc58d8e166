/** A platform with something of everything that dashboards show: two groups, jobs that end well and badly, a limit, schedules. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	crontab,
	defineJob,
	defineQueueClass,
	defineSchedule,
	defineWorkerGroup,
	rateLimit,
	retryPolicy,
} from "../../../shared/job/index.ts";

const orders = defineQueueClass({ name: "orders", promise: "begins within a second", maxConcurrency: 4 });
const reports = defineQueueClass({ name: "reports", promise: "is done within the hour", maxConcurrency: 4 });

export const importOrder = defineJob({
	name: "import_order",
	description: "Takes an order over from the shop.",
	queueClass: orders,
	input: z.strictObject({ order: z.int(), note: z.optional(z.string()) }),
	output: z.strictObject({ positions: z.int() }),
	retry: retryPolicy({ retriesMax: 0 }),
});

export const mailInvoice = defineJob({
	name: "mail_invoice",
	description: "Mails an invoice.",
	queueClass: orders,
	input: z.strictObject({ invoice: z.int() }),
	output: z.strictObject({ pages: z.int() }),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 1, factor: 1 }),
	rateLimit: rateLimit("20/s"),
});

export const renderReport = defineJob({
	name: "render_report",
	description: "Renders a report.",
	queueClass: reports,
	input: z.strictObject({ report: z.int() }),
	output: z.strictObject({ charts: z.int() }),
});

export const pageCatalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "shop", queueClasses: [orders], timeoutSeconds: 30 }),
		defineWorkerGroup({ name: "office", queueClasses: [reports], timeoutSeconds: 30 }),
	],
	jobs: [importOrder, mailInvoice, renderReport],
	schedules: [
		defineSchedule({
			name: "nightly-report",
			job: renderReport,
			input: { report: 1 },
			cron: crontab({ hour: 2, minute: 0 }),
		}),
		defineSchedule({
			name: "weekly-report",
			job: renderReport,
			input: { report: 7 },
			cron: crontab({ hour: 6, minute: 30, dayOfWeek: "mon" }),
		}),
		defineSchedule({ name: "stock-check", job: importOrder, input: { order: 3 }, everySeconds: 300 }),
	],
});
