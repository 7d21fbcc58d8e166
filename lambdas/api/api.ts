/** The function of the project's own HTTP API. */
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { webhooks } from "../../shared/catalogue/webhooks.ts";
import { createApi } from "./create-api.ts";

export const handler = createApi(catalogue, { webhooks });
