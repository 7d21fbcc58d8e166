/** Enqueues one `check_page` for each known page, up to a hundred, which is what a run may enqueue. */
import type { JobImplementation } from "millrace";
import type { PageTable } from "../pages/page-table.ts";
import { checkPage, type checkAllPages as definition } from "./definitions.ts";

export const checkAllPages =
	(table: PageTable): JobImplementation<typeof definition> =>
	async (_input, context) => {
		const urls = await table.urls(100);
		for (const url of urls) context.enqueue(checkPage, { url });
		return { pages: urls.length };
	};
