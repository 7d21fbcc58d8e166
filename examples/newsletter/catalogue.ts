/** All that the newsletter consists of. */
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineWorkerGroup } from "../../shared/job/index.ts";
import { letters, sendNewsletter, syncSubscribers } from "./jobs/definitions.ts";

export const catalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "newsletter", queueClasses: [letters], timeoutSeconds: 30, memoryMb: 256 })],
	jobs: [sendNewsletter, syncSubscribers],
});
