// What AWS bills per successful run: requests counted by SDK middleware at each HTTP attempt, write units by AWS's rules
// from the items themselves, while the real client enqueues, the real worker handler performs batches of ten on the
// embedded emulators, and the bench does what the event source mapping does (receive and delete, also counted). The
// budgets are those of the design: 0.2 DynamoDB requests, 2 + 1 write units, no read, 0.3 SQS requests.
import { atMost, type BenchContext, type Benchmark, type Measure, measure } from "../document.ts";
import type { Usage } from "../measure/aws-meter.ts";
import { alternate } from "../measure/rounds.ts";
import { type Sample, summarize } from "../measure/statistics.ts";
import type { RequestsAnswer, Workload } from "../probes/requests-probe.ts";
import { startEmulators } from "../setup/emulators.ts";
import { functionEnvironment } from "../setup/function-environment.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { forkProbe, type Probe } from "../setup/probe.ts";
import { BENCH_GROUP } from "../workload/catalogue.ts";

const BATCHES_PER_ROUND = 10;
const OURS = "Millrace";
const APART = "Millrace, runs of a batch ending up to 200 ms apart";
const POWERTOOLS = "Powertools pipeline";

async function run(context: BenchContext) {
	const peers = await ensurePeerPackages();
	const emulators = await startEmulators();
	const env = {
		...functionEnvironment(BENCH_GROUP, emulators.platform, emulators.endpoints),
		BENCH_IDEMPOTENCY_TABLE: emulators.idempotencyTable,
		BENCH_QUEUE_ARN: emulators.queueArn,
	};
	const probe = forkProbe("requests-probe.ts", "", env);
	try {
		const subject = (name: string, workload: Workload) => ({ name, measure: () => count(probe, workload) });
		const measured = await alternate(
			[subject(OURS, "noop"), subject(APART, "apart"), ...(peers.available ? [subject(POWERTOOLS, "powertools")] : [])],
			context.rounds,
			context.progress,
		);
		const sampleOf = (name: string, value: (answer: RequestsAnswer) => number): Sample =>
			summarize((measured.get(name) ?? []).map(value));
		const measures = [...measured.keys()].flatMap((name): Measure[] => [
			measure(name, "DynamoDB requests", "per run", sampleOf(name, perRun(dynamoRequests))),
			measure(
				name,
				"DynamoDB reads",
				"per run",
				sampleOf(
					name,
					perRun(({ writeUnits }) => writeUnits.reads),
				),
			),
			measure(
				name,
				"write units, table",
				"per run",
				sampleOf(
					name,
					perRun(({ writeUnits }) => writeUnits.table),
				),
			),
			measure(
				name,
				"write units, index",
				"per run",
				sampleOf(
					name,
					perRun(({ writeUnits }) => writeUnits.index),
				),
			),
			measure(name, "SQS requests", "per run", sampleOf(name, perRun(sqsRequests))),
			measure(name, "S3 requests", "per run", sampleOf(name, perRun(requestsOf("S3.")))),
			measure(
				name,
				"largest row",
				"bytes",
				sampleOf(name, ({ writeUnits }) => writeUnits.largestItemBytes),
			),
			measure(name, "write units by the emulator", "per run", sampleOf(name, perRun(emulatorUnits))),
		]);
		return {
			measures,
			verdicts: [
				atMost("DynamoDB requests per run", sampleOf(OURS, perRun(dynamoRequests)), 0.2),
				atMost(
					"DynamoDB reads per run",
					sampleOf(
						OURS,
						perRun(({ writeUnits }) => writeUnits.reads),
					),
					0,
				),
				atMost(
					"write units per run, table",
					sampleOf(
						OURS,
						perRun(({ writeUnits }) => writeUnits.table),
					),
					2,
				),
				atMost(
					"write units per run, index",
					sampleOf(
						OURS,
						perRun(({ writeUnits }) => writeUnits.index),
					),
					1,
				),
				atMost("SQS requests per run", sampleOf(OURS, perRun(sqsRequests)), 0.3),
			],
			versions: { emulator: emulators.emulator, ...(peers.available ? peers.versions : {}) },
			missing: peers.available ? [] : [peers.missing],
			notes: [
				`${BATCHES_PER_ROUND} full batches of ten per round; SQS requests: the producer's send, the mapping's receive and delete`,
				"not counted: empty receives of an idle mapping (Lambda's pollers make them whatever the load)",
				"write units by AWS's published rules from each item before and after; the emulator says the same",
				"when runs of a batch end far apart each settles for itself: up to one request a run more, the same write units",
			],
		};
	} finally {
		await probe.stop();
		await emulators.stop();
	}
}

async function count(probe: Probe, workload: Workload): Promise<RequestsAnswer> {
	const answer = await probe.ask({ workload, batches: BATCHES_PER_ROUND });
	if (!isAnswer(answer)) throw new Error("the requests probe answered something else than a count");
	return answer;
}

function isAnswer(
	answer: Readonly<Record<string, unknown>>,
): answer is Readonly<Record<string, unknown>> & RequestsAnswer {
	return typeof answer["runs"] === "number" && typeof answer["requests"] === "object" && "writeUnits" in answer;
}

const perRun =
	(value: (usage: Usage) => number) =>
	(answer: RequestsAnswer): number =>
		value(answer) / answer.runs;

const requestsOf =
	(prefix: string) =>
	({ requests }: Usage): number =>
		Object.entries(requests).reduce((sum, [operation, made]) => sum + (operation.startsWith(prefix) ? made : 0), 0);

const dynamoRequests = requestsOf("DynamoDB.");
const sqsRequests = requestsOf("SQS.");
const emulatorUnits = ({ writeUnits }: Usage): number => writeUnits.emulatorTable + writeUnits.emulatorIndex;

export const requests: Benchmark = {
	name: "requests",
	title: "billed AWS requests and write units per successful run",
	run,
};
