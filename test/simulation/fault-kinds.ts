/** All that can go wrong with one call of a port. Which calls suffer which, fault-points.ts decides. */

export const faultKinds = [
	/** Up to 5 s on the way. */
	"slow request",
	"slow answer",
	/** Minutes before it goes out, as when a machine was frozen. */
	"frozen",
	"dies before the call",
	"dies after the call",
	/** The request was on its way when the worker died, and has its effect later. */
	"dies and the call lands later",
	/** No effect, and the caller is told so: throttled, cut off. For calls of many items: some of them or all. */
	"refused",
	/** The effect, and the caller does not learn of it. For calls of many items: some of them or all. */
	"answer lost",
] as const;

export type FaultKind = (typeof faultKinds)[number];
