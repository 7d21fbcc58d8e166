/**
 * Reads one resource's properties with three lists: those that are honoured (a zod schema), those that change nothing a job can observe
 * here, and those that would, of which a warning tells. Any other property is refused by name.
 */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import type { Resolver } from "./resolve.ts";

export interface PropertyRules<Shape extends z.core.$ZodLooseShape> {
	readonly honoured: z.ZodMiniObject<Shape>;
	/** Left unread: permissions, encryption, tags and the like. */
	readonly harmless: readonly string[];
	/** Not done here; the text says what differs. */
	readonly differing?: Readonly<Record<string, string>>;
}

export interface ReadContext {
	readonly resolver: Resolver;
	readonly warn: (message: string) => void;
}

/** CloudFormation takes a number or boolean as text too. */
export const numberProperty = z.coerce.number();
export const booleanProperty = z.union([
	z.boolean(),
	z.pipe(
		z.enum(["true", "false"]),
		z.transform((text: "true" | "false") => text === "true"),
	),
]);

export function readProperties<Shape extends z.core.$ZodLooseShape>(
	context: ReadContext,
	stack: AssemblyStack,
	logicalId: string,
	rules: PropertyRules<Shape>,
): z.output<z.ZodMiniObject<Shape>> {
	const resource = stack.template.Resources[logicalId];
	const place = `${stack.name}: ${logicalId} (${resource?.Type ?? "missing"})`;
	const found: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(resource?.Properties ?? {})) {
		if (Object.hasOwn(rules.honoured.def.shape, key)) {
			const resolved = context.resolver.resolve(stack, value, `${logicalId}.${key}`);
			if (resolved !== undefined) found[key] = resolved;
		} else if (rules.differing !== undefined && Object.hasOwn(rules.differing, key)) {
			context.warn(`${place}: ${key} is not emulated: ${rules.differing[key]}.`);
		} else if (!rules.harmless.includes(key)) {
			throw new MillraceError(
				"template-unsupported",
				`${place}: the property ${key} can not be honoured on one machine. Leave it out, or deploy this stack to AWS.`,
				{ details: { stack: stack.name, logicalId, property: key } },
			);
		}
	}
	const parsed = z.safeParse(rules.honoured, found);
	if (parsed.success) return parsed.data;
	throw new MillraceError("template-unsupported", `${place}: ${z.prettifyError(parsed.error)}`, {
		details: { stack: stack.name, logicalId },
	});
}
