/** The entries of the platform's own functions, beside those of the workers. No worker group has such names, so their folders are nobody else's. */
import { fileURLToPath } from "node:url";
import { entryPath } from "../check-workers.ts";
import type { WorkerEntry } from "./worker-bundle.ts";

export const apiEntry = ({ entry }: { readonly entry: string | URL }): WorkerEntry => ({
	group: "_api",
	entry: entryPath(entry),
	eventStreams: true,
});

export const alertsEntry: WorkerEntry = {
	group: "_alerts",
	entry: fileURLToPath(new URL("../../lambdas/alerts/alerts.ts", import.meta.url)),
};

export const widgetsEntry: WorkerEntry = {
	group: "_widgets",
	entry: fileURLToPath(new URL("../../lambdas/widgets/widgets.ts", import.meta.url)),
	eventStreams: true,
};

export const deployHookEntry: WorkerEntry = {
	group: "_deploy-hook",
	entry: fileURLToPath(new URL("../../lambdas/deploy-hook/deploy-hook.ts", import.meta.url)),
};

export const sweeperEntry: WorkerEntry = {
	group: "_sweeper",
	entry: fileURLToPath(new URL("../../lambdas/sweeper/sweeper.ts", import.meta.url)),
	eventStreams: true,
};
