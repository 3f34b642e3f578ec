/**
 * How often a subject may act: exact sliding windows.
 *
 * An adapter MUST accept at most `count` takes of one (subject, class) in any half-open window of `windowMs`,
 * whatever the interleaving, while it keeps its state; MUST decide by one clock for all callers; MUST NOT count a
 * refused take. Losing its state admits at most `count` more. `count` may change from call to call.
 */
export type Window = { count: number; windowMs: number };

/** `undefined` when accepted, else the milliseconds after which the same take would be. */
export type Wait = number | undefined;

export type Rates = {
  take(subject: string, rateClass: string, window: Window): Promise<Wait>;
};
