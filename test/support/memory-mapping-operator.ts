/** The mapping operator in memory: what it is told holds at once, unless a test lets a change take as many looks as it wants. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { Feeding, MappingOperator, MappingSize } from "../../shared/ports/mapping-operator.ts";

export interface MemoryMappingOperator extends MappingOperator {
	/** How often the next change is still on its way when somebody looks. */
	slowness: number;
	/** While set, every call fails with it. */
	failure: MillraceError | undefined;
}

export function createMemoryMappingOperator(
	queueClasses: readonly string[],
	nowMs: () => number,
): MemoryMappingOperator {
	const states = new Map<string, Feeding>(queueClasses.map((name) => [name, { state: "active" }]));
	const sizes = new Map<string, MappingSize>();
	let looksLeft = 0;

	function change(queueClass: string, to: Feeding): void {
		known(queueClass);
		states.set(queueClass, to);
		looksLeft = memory.slowness;
	}

	function known(queueClass: string): Feeding {
		if (memory.failure !== undefined) throw memory.failure;
		const found = states.get(queueClass);
		if (found !== undefined) return found;
		throw new MillraceError("queue-class-not-found", `There is no queue class "${queueClass}".`);
	}

	const memory: MemoryMappingOperator = {
		slowness: 0,
		failure: undefined,
		async read(queueClass) {
			const feeding = known(queueClass);
			return looksLeft-- > 0 ? { ...feeding, state: "changing" } : feeding;
		},
		async size(queueClass) {
			known(queueClass);
			return sizes.get(queueClass) ?? { invocations: 10 };
		},
		async resize(queueClass, size) {
			known(queueClass);
			sizes.set(queueClass, size);
		},
		async pause(queueClass, reason) {
			const since = new Date(nowMs()).toISOString();
			change(queueClass, { state: "paused", since, ...(reason === undefined ? {} : { reason }) });
		},
		async resume(queueClass) {
			change(queueClass, { state: "active" });
		},
	};
	return memory;
}
