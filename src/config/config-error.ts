/** A start that cannot go on, in one line that names the variable and never its value. */
export class ConfigError extends Error {}
