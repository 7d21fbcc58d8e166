/** The Lambda handler of the worker group `watch`. */
import { createWorker } from "millrace/worker";
import { catalogue } from "./catalogue.ts";
import { checkAllPages } from "./jobs/check-all-pages.ts";
import { checkPage } from "./jobs/check-page.ts";
import { openPageTable } from "./pages/page-table.ts";

const table = openPageTable(process.env["PAGE_TABLE"] ?? "");

export const handler = createWorker(catalogue, "watch", {
	check_all_pages: checkAllPages(table),
	check_page: checkPage(table),
});
