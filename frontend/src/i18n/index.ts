import { en, type Message } from "./en";

export type { Message } from "./en";

type Values = Record<string, string | number>;

const locale = typeof navigator === "undefined" ? "en" : navigator.language;
const plurals = new Intl.PluralRules("en");
const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const integers = new Intl.NumberFormat(locale, { useGrouping: true });

/**
 * The words for a message.
 *
 * `{name}` is replaced by a value (numbers in the locale's form); `{count|one|other}` chooses by
 * the plural of a value.
 */
export function t(message: Message, values: Values = {}): string {
  return filled(en[message], values);
}

/** The same for the messages of a screen that brings its own with its chunk. */
export function translator<Key extends string>(messages: Record<Key, string>) {
  return (message: Key, values: Values = {}): string => filled(messages[message], values);
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (_, name, one, other) => {
    const value = values[name as string];
    if (value === undefined) return "";
    if (one === undefined) return typeof value === "number" ? integers.format(value) : value;
    return plurals.select(Number(value)) === "one" ? one : other;
  });
}

/** A number as the locale writes it, with one decimal at most. */
export function decimal(value: number): string {
  return decimals.format(value);
}

/** A whole number as the locale writes it. */
export function integer(value: number): string {
  return integers.format(value);
}
