/** Secrets by the name of the parameter that holds them. */
export interface SecretSource {
	/** `undefined` when there is none of that name. @throws MillraceError `configuration-invalid` */
	read(parameter: string): Promise<string | undefined>;
}
