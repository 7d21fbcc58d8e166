/**
 * The three files of a new job. They compile, run and pass as they are: a small job that works through a list of items, reports
 * progress and heeds its time limit, to be changed into the one that is wanted.
 */
import type { JobNames } from "./job-names.ts";

export interface JobPlace {
	readonly names: JobNames;
	readonly family: string;
	/** The constant of shared/catalogue/queues.ts that holds the queue class. */
	readonly queueClassConstant: string;
}

export interface JobFiles {
	readonly definition: string;
	readonly implementation: string;
	readonly test: string;
}

/** Paths inside the project, always with forward slashes. */
export function pathsOf({ names, family }: JobPlace): JobFiles {
	return {
		definition: `shared/jobs/${family}/${names.file}.ts`,
		implementation: `lambdas/jobs/${family}/${names.file}.ts`,
		test: `test/unit/${family}/${names.file}.test.ts`,
	};
}

export function textsOf(place: JobPlace): JobFiles {
	return { definition: definitionOf(place), implementation: implementationOf(place), test: testOf(place) };
}

const definitionOf = ({ names, queueClassConstant }: JobPlace): string => `\
/** ${names.sentence}: works through the items it is given. */
import * as z from "zod/mini";
import { ${queueClassConstant} } from "../../catalogue/queues.ts";
import { defineJob } from "../../job/index.ts";

export const ${names.definition} = defineJob({
	name: "${names.wire}",
	description: "${names.sentence}.",
	queueClass: ${queueClassConstant},
	input: z.strictObject({ items: z.array(z.string().check(z.minLength(1))).check(z.minLength(1)) }),
	output: z.strictObject({ handled: z.int() }),
});
`;

const implementationOf = ({ names, family }: JobPlace): string => `\
/** ${names.sentence}. May run more than once for one run, after a crash: handling an item twice must do no harm. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import type { ${names.definition} } from "../../../shared/jobs/${family}/${names.file}.ts";

export const ${names.implementation}: JobImplementation<typeof ${names.definition}> = async ({ items }, context) => {
	let handled = 0;
	for (const item of items) {
		context.signal.throwIfAborted();
		context.log.debug("Item handled", { item });
		handled += 1;
		context.progress({ current_step: item, step: handled, total: items.length });
	}
	return { handled };
};
`;

const testOf = ({ names, family }: JobPlace): string => `\
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { ${names.implementation} } from "../../../lambdas/jobs/${family}/${names.file}.ts";
import { ${names.definition} } from "../../../shared/jobs/${family}/${names.file}.ts";
import { recordContext } from "../../support/job-context.ts";

test("handles every item and tells how far it is", async () => {
	const { context, progress } = recordContext();
	expect(await ${names.implementation}({ items: ["first", "second"] }, context)).toEqual({ handled: 2 });
	expect(progress).toEqual([
		{ current_step: "first", step: 1, total: 2 },
		{ current_step: "second", step: 2, total: 2 },
	]);
});

test("stops when its time is over", async () => {
	const { context, abort } = recordContext();
	abort();
	await expect(${names.implementation}({ items: ["first"] }, context)).rejects.toMatchObject({ code: "attempt-deadline" });
});

test.each([{}, { items: [] }, { items: [""] }, { items: ["first"], colour: "red" }])("refuses the input %j", (input) => {
	expect(z.safeParse(${names.definition}.input, input).success).toBe(false);
});
`;
