/** The states of a run, in Celery's words. Apart from the view's schemas, so that a worker does not build those at its cold start. */
export const terminalStates = ["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"] as const;
/** Those of which there is a record: without one a run is PENDING. */
export const recordedStates = ["STARTED", "PROGRESS", "RETRY", ...terminalStates] as const;
export type TerminalState = (typeof terminalStates)[number];
export const isTerminal = (state: string): state is TerminalState =>
	(terminalStates as readonly string[]).includes(state);
