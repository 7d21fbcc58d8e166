/**
 * INV-11, of ticks that never came: each is counted, once, and those in the window are made up for, all or the latest. What was due while
 * its schedule was disabled is neither.
 */
import type { Seen } from "../history.ts";
import type { CheckerKind } from "./checker.ts";
import { tickRunId } from "./message-subject.ts";
import { createStops } from "./schedule-stops.ts";
import { createTickBook } from "./tick-book.ts";

const lookBackMs = 82_800_000;
/** For ticks that are a little late: nobody asks for younger ones. */
const graceMs = 120_000;
/** Several calls, each of which may be frozen. */
const callsMsMax = 1_000_000;

export const ticksMadeUp: CheckerKind = {
	promise: "INV-11",
	create(world, broken) {
		if (!world.features.schedules) return {};
		const book = createTickBook(world);
		const stops = createStops();
		const touched = new Set<string>();
		/** What SQS moved away by its own count, an operator sends back as it is, however late. */
		const letters = new Set<string>();

		return {
			observe(seen) {
				book.note(seen);
				stops.note(seen);
				if (seen.kind === "schedule operated") touched.add(seen.schedule);
				if (seen.kind === "ticks checked") checkLook(seen);
				if (seen.kind === "sent") checkSent(seen);
			},
		};

		/** Those of the sweeper have an id, and are no part of their minute. */
		function checkSent(seen: Extract<Seen, { kind: "sent" }>): void {
			if (seen.target.queue === "dead-letter") letters.add(seen.body);
			if (letters.has(seen.body)) return;
			const found = book.told(seen);
			const tick = found === undefined ? undefined : book.of(found.subject.runId);
			if (found === undefined || tick === undefined || !("id" in found.subject.body)) return;
			const { body, runId } = found.subject;
			const isByOperator = "v" in body;
			const isSentOn = body["hops"] !== undefined || body["generation"] !== undefined || found.tick.admitted;
			if (isByOperator || isSentOn || (tick.at % 60_000 !== 0 && !found.tick.backfill)) return;
			const { plan, at } = tick;
			if (seen.at - at > plan.catchUp.windowSeconds * 1_000 + callsMsMax)
				broken(runId, `${runId} of ${plan.name} is made up for ${seen.at - at} ms after its time`);
			if (stops.wasStopped(plan.name, at))
				broken(runId, `${runId} of ${plan.name} is made up for, and was due while that was disabled`);
		}

		function checkLook({
			schedule,
			from,
			until,
			count,
			latest,
			at: now,
		}: Extract<Seen, { kind: "ticks checked" }>): void {
			const plan = world.plans.find(({ name }) => name === schedule);
			if (plan === undefined) return;
			const what = `${count} ticks of ${schedule} were counted as missed up to ${new Date(until).toISOString()}`;
			const begin = from === undefined ? until : Math.max(from, until + graceMs - lookBackMs);
			const due: number[] = [];
			for (let at = (Math.floor(begin / plan.everyMs) + 1) * plan.everyMs; at <= until; at += plan.everyMs)
				if (!stops.wasStopped(schedule, at)) due.push(at);
			if (count > due.length) broken(schedule, `${what}; due were ${due.length}`);
			// An operator says up to where nobody need look.
			if (!plan.deployed || touched.has(schedule)) return;
			const came = (at: number): boolean => {
				const id = tickRunId(schedule, at);
				return book.of(id) !== undefined || world.row(id) !== undefined;
			};
			const inWindow = (at: number): boolean => now - at <= plan.catchUp.windowSeconds * 1_000;
			const lost = due.filter((at) => !came(at));
			if (count < lost.length) broken(schedule, `${what}; ${lost.length} never came`);
			if (plan.catchUp.runs === "all") {
				for (const at of lost.filter(inWindow))
					broken(schedule, `${what}; that of ${new Date(at).toISOString()} is not made up for`);
			} else if (latest !== undefined) {
				const last = Math.max(latest, ...lost);
				if (inWindow(last) && !came(last))
					broken(schedule, `${what}; that of ${new Date(last).toISOString()}, the latest, is not made up for`);
			}
		}
	},
};
