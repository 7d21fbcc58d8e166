import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { buildEnqueue } from "../../../shared/engine/enqueue.ts";
import type { EnqueueOptions } from "../../../shared/engine/enqueue-options.ts";
import { defineJob, defineQueueClass, defineRoute, defineWorkerGroup } from "../../../shared/job/index.ts";
import { matchesJob } from "../../../shared/job/route.ts";
import { classesOfJob } from "../../../shared/job/route-run.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { epochMs } from "../../../shared/kernel/time.ts";

const promise = "p";
const critical = defineQueueClass({ name: "critical", promise, priorities: { from: 8, to: 9 } });
const normal = defineQueueClass({ name: "normal", promise });
const low = defineQueueClass({ name: "low", promise, priorities: { from: 0, to: 2 } });
const bulk = defineQueueClass({ name: "bulk", promise });
const far = defineQueueClass({ name: "far", promise });
const schemas = { description: "d", input: z.looseObject({}), output: z.unknown() };
const report = defineJob({ ...schemas, name: "report_daily", queueClass: normal });
const mail = defineJob({ ...schemas, name: "send_mail", queueClass: normal });
const distant = defineJob({ ...schemas, name: "distant", queueClass: far });
const workerGroups = [
	defineWorkerGroup({ name: "workers", queueClasses: [critical, normal, low, bulk] }),
	defineWorkerGroup({ name: "far", queueClasses: [far] }),
];
const paying = new Set(["acme"]);
const catalogue = defineCatalogue({
	workerGroups,
	jobs: [report, mail, distant],
	routes: [
		defineRoute({ jobs: "send_*", when: ({ tenant = "" }) => paying.has(tenant), to: critical }),
		defineRoute({ jobs: "report_*", when: ({ input }) => (input as { rows?: number }).rows === 0, to: normal }),
		defineRoute({ jobs: "report_*", to: bulk }),
	],
});

const classOf = (job: string, input: object = {}, options: EnqueueOptions = {}): string =>
	buildEnqueue({ catalogue, now: epochMs(0), job, input, options, fallbackId: runId("r") }).queueClass;

describe("the queue class of a run", () => {
	it("is its definition's when nothing else has an answer", () => {
		expect(classOf("send_mail")).toBe("normal");
		expect(classOf("distant")).toBe("far");
	});
	it("is that of the first rule that fits job, tenant and content", () => {
		expect(classOf("send_mail", {}, { tenant: "acme" })).toBe("critical");
		expect(classOf("send_mail", {}, { tenant: "free" })).toBe("normal");
		expect(classOf("report_daily")).toBe("bulk");
		expect(classOf("report_daily", { rows: 0 })).toBe("normal");
	});
	it("is that which serves its priority, after the rules", () => {
		expect(classOf("send_mail", {}, { priority: 9 })).toBe("critical");
		expect(classOf("send_mail", {}, { priority: 5 })).toBe("normal");
		expect(classOf("send_mail", {}, { priority: 0 })).toBe("low");
		expect(classOf("report_daily", {}, { priority: 9 })).toBe("bulk");
		expect(classOf("distant", {}, { priority: 9 })).toBe("far");
	});
	it("is what the call says before all", () => {
		expect(classOf("report_daily", {}, { queueClass: "low" })).toBe("low");
		expect(() => classOf("report_daily", {}, { queueClass: "far" })).toThrow(
			'report_daily can\'t go through queue class "far": its worker group is fed by critical, normal, low, bulk.',
		);
	});
	it("is one of those that whoever enqueues it may send to", () => {
		expect(classesOfJob(catalogue, report).map(({ name }) => name)).toEqual(["normal", "bulk", "critical", "low"]);
		expect(classesOfJob(catalogue, distant).map(({ name }) => name)).toEqual(["far"]);
	});
});

it.each([
	["*", "anything", true],
	["report_*", "report_", true],
	["report_*", "a_report_", false],
	["*_task", "my_task", true],
	["a*b*c", "a-b-c", true],
	["a*b*c", "a-c-b", false],
	["aa*aa", "aaa", false],
	["exact", "exact", true],
	["exact", "exactly", false],
])("the glob %s on %s: %s", (jobs, name, matches) => {
	expect(matchesJob(defineRoute({ jobs, to: bulk }), name)).toBe(matches);
});

it("refuses rules that lead nowhere, match nothing, or serve one priority twice", () => {
	const faults = () =>
		defineCatalogue({
			workerGroups: [
				defineWorkerGroup({
					name: "workers",
					queueClasses: [
						critical,
						normal,
						defineQueueClass({ name: "rival", promise, priorities: { from: 9, to: 9 } }),
					],
				}),
				defineWorkerGroup({
					name: "far",
					queueClasses: [defineQueueClass({ name: "far", promise, priorities: { from: 5, to: 10 } })],
				}),
			],
			jobs: [mail, distant],
			routes: [defineRoute({ jobs: "nobody*", to: normal }), defineRoute({ jobs: "send_*", to: far })],
		});
	for (const line of [
		"route nobody* to normal: matches no job of the catalogue",
		'route send_* to far: leads to queue class "far", whose worker group does not perform: send_mail.',
		"queue class critical: serves priorities that other classes of its worker group serve too: rival",
		"queue class far: priorities must be whole numbers from 0 to 9, from not above to; got 5 to 10",
	]) {
		expect(faults).toThrow(line);
	}
});
