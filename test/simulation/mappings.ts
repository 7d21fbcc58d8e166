/** The event source mappings of the world's classes: an order takes a while to be carried out, and until then the mapping goes on as before. */
import { type EpochMs, plusMs } from "../../shared/kernel/time.ts";
import type { Feeding, MappingOperator } from "../../shared/ports/mapping-operator.ts";
import type { Draw } from "./draw.ts";

export interface Mappings extends MappingOperator {
	/** Whether the class's messages are handed to workers now. */
	feeds(queueClass: string): boolean;
}

interface Order {
	readonly to: "active" | "paused";
	readonly from: "active" | "paused";
	readonly doneAt: EpochMs;
}

/** AWS takes up to about a minute. */
const changeMsMax = 60_000;

export function createMappings(clock: { now(): EpochMs }, draw: Draw): Mappings {
	const orders = new Map<string, Order>();
	let count = 0;

	function stateOf(queueClass: string): "active" | "paused" {
		const order = orders.get(queueClass);
		if (order === undefined) return "active";
		return order.doneAt <= clock.now() ? order.to : order.from;
	}
	function change(queueClass: string, to: Order["to"]): void {
		const doneAt = plusMs(clock.now(), Math.round(draw.unit(`mapping order ${++count}`) * changeMsMax));
		orders.set(queueClass, { to, from: stateOf(queueClass), doneAt });
	}

	return {
		feeds: (queueClass) => stateOf(queueClass) === "active",
		async read(queueClass): Promise<Feeding> {
			const order = orders.get(queueClass);
			return { state: order !== undefined && order.doneAt > clock.now() ? "changing" : stateOf(queueClass) };
		},
		async pause(queueClass) {
			change(queueClass, "paused");
		},
		size: async () => ({ invocations: 10 }),
		resize: async () => {},
		async resume(queueClass) {
			change(queueClass, "active");
		},
	};
}
