/** The whole engine on memory adapters, with a cached job that returns how often it has performed. */
import type { JobContext } from "../../shared/job/index.ts";
import { engineWorld } from "./engine-world.ts";

export const cachedRun = (id: string, more: object = {}) => ({ job: "cached", input: { n: 1 }, id, ...more });

export function cachedWorld(more: (context: JobContext, nth: number) => Promise<unknown> = async () => {}) {
	let nth = 0;
	const world = engineWorld(async (_, context) => {
		const mine = ++nth;
		await more(context, mine);
		return { nth: mine };
	});
	/** Each is delivered once before the next one is sent. */
	const ended = async (...messages: object[]): Promise<void> => {
		for (const message of messages) {
			await world.send(message);
			await world.step();
		}
	};
	/** The result of a run, else its state. */
	const result = (id: string) => {
		const row = world.row(id);
		return row?.state === "SUCCESS" && row.result.kind === "inline" ? JSON.parse(row.result.json) : row?.state;
	};
	return { world, ended, result };
}
