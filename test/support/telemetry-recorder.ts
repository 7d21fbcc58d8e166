/** Keeps every telemetry event, and lets a test wait for one instead of sleeping. */
import type { Telemetry, TelemetryEvent } from "../../shared/ports/telemetry.ts";

type EventName = TelemetryEvent["event"];
type EventOf<Name extends EventName> = Extract<TelemetryEvent, { readonly event: Name }>;

export interface TelemetryRecorder extends Telemetry {
	readonly events: readonly TelemetryEvent[];
	named<Name extends EventName>(name: Name): readonly EventOf<Name>[];
	/** The first event of that name for which `matches` holds, be it past or future. */
	waitFor<Name extends EventName>(name: Name, matches?: (event: EventOf<Name>) => boolean): Promise<EventOf<Name>>;
}

export function createTelemetryRecorder(): TelemetryRecorder {
	const events: TelemetryEvent[] = [];
	const listeners = new Set<(event: TelemetryEvent) => void>();
	const isNamed =
		<Name extends EventName>(name: Name) =>
		(event: TelemetryEvent): event is EventOf<Name> =>
			event.event === name;

	return {
		events,
		emit(event) {
			events.push(event);
			for (const listener of listeners) listener(event);
		},
		named: (name) => events.filter(isNamed(name)),
		waitFor(name, matches = () => true) {
			const past = events.filter(isNamed(name)).find(matches);
			if (past !== undefined) return Promise.resolve(past);
			return new Promise((resolve) => {
				const listen = (event: TelemetryEvent): void => {
					if (!isNamed(name)(event) || !matches(event)) return;
					listeners.delete(listen);
					resolve(event);
				};
				listeners.add(listen);
			});
		},
	};
}
