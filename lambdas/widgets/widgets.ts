/**
 * The widgets function: answers HTML for CloudWatch's dashboards and does what their buttons ask. IAM is the authority: CloudWatch calls it as the
 * person who looks, and whoever may invoke it may do all that its buttons do. Each thing done is logged.
 */
import { readFileSync } from "node:fs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Context } from "aws-lambda";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import { CATALOGUE_CARD_FILE, catalogueCardSchema } from "../../shared/wire/catalogue-card.ts";
import { platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { createLogLines } from "../log/log-lines.ts";
import { answerWidget } from "./answer-widget.ts";
import { catalogueOfCard } from "./catalogue-of-card.ts";
import { documentation } from "./documentation.ts";
import { toText } from "./html.ts";
import { buttonTo } from "./page.ts";
import { partsOf } from "./widget-parts.ts";

/** Left for the answer itself. */
const RESERVE_MS = 4_000;

const logger = createLogLines(process.env);
let opened: { readonly platform: Platform; readonly catalogue: Catalogue } | undefined;

async function open(): Promise<NonNullable<typeof opened>> {
	const Name = process.env["MILLRACE_PLATFORM_PARAMETER"];
	const { Parameter } = await new SSMClient({}).send(new GetParameterCommand({ Name }));
	const address = platformAddressSchema.parse(JSON.parse(Parameter?.Value ?? "null"));
	const card = readFileSync(new URL(CATALOGUE_CARD_FILE, import.meta.url), "utf8");
	return {
		platform: openPlatform(address),
		catalogue: catalogueOfCard(catalogueCardSchema.parse(JSON.parse(card))),
	};
}

/** HTML; or Markdown, when CloudWatch asks for a description. */
export async function handler(event: unknown, context: Context): Promise<string> {
	logger.enter(context);
	if (typeof event === "object" && event !== null && "describe" in event) return documentation;
	opened ??= await open();
	const { platform, catalogue } = opened;
	const signal = AbortSignal.timeout(Math.max(1_000, context.getRemainingTimeInMillis() - RESERVE_MS));
	const parts = partsOf(platform, catalogue, { button: buttonTo(context.invokedFunctionArn), signal });
	const { html, done } = await answerWidget(parts, event);
	if (done !== undefined) logger.info("Action of an operator", () => ({ ...done }));
	return toText(html);
}
