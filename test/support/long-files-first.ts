/**
 * Starts the files that take longest before the others of their turn, so that none of them is left to run alone at the end. Vitest orders by
 * what it remembers of durations, and where it remembers nothing by size: but the longest tests here are short texts that wait.
 */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** In this order: who has a clock of its own to hold, as kill-run does, starts when the first two have made what all need (`made-once/`). */
const longest = [
	"test/integration/observability-main-job.test.ts",
	"test/integration/outage.test.ts",
	"test/integration/rate-limit.test.ts",
	"test/integration/kill-run.test.ts",
];

export class LongFilesFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const rank = ({ moduleId }: TestSpecification): number => {
			const place = longest.indexOf(relative(this.ctx.config.root, moduleId));
			return place === -1 ? longest.length : place;
		};
		const turn = ({ project }: TestSpecification): number => project.config.sequence.groupOrder ?? 0;
		return (await super.sort(files)).sort((one, other) => turn(one) - turn(other) || rank(one) - rank(other));
	}
}
