/** Times as people say them, in the language and the zone of the browser. */
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const long = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const months = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const numbers = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const minute = 60_000;
const hour = 60 * minute;
const dayMs = 24 * hour;

const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);
const daysBetween = (at: number, now: number) => Math.round((midnight(now) - midnight(at)) / dayMs);
const sentence = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** The same for all moments of one day, here. */
export const dayOf = midnight;

/** `14:05` */
export const timeOf = (at: number) => clock.format(at);

/** Date and time, for a tooltip. */
export const momentOf = (at: number) => exact.format(at);

/** For a line between two days: `Today`, `Yesterday`, `Monday`, `4 March 2025`. */
export const dayName = (at: number, now: number) => {
  const days = daysBetween(at, now);
  if (days <= 1) return sentence(numbers.format(-days, 'day'));
  return days < 7 ? weekday.format(at) : long.format(at);
};

/** For a row of the list: the time today, else the day. */
export const whenShort = (at: number, now: number) => {
  const days = daysBetween(at, now);
  if (days <= 0) return timeOf(at);
  if (days === 1) return sentence(numbers.format(-1, 'day'));
  return days < 7 ? weekday.format(at) : short.format(at);
};

/** `April 2025`, of what the log calls `2025-04`. */
export const monthName = (month: string) => months.format(Date.parse(`${month}-15T00:00Z`));

/** `5 minutes ago`, `yesterday`. */
export const ago = (at: number, now: number) => {
  const past = Math.max(0, now - at);
  if (past < minute) return 'just now';
  if (past < hour) return numbers.format(-Math.floor(past / minute), 'minute');
  if (past < dayMs) return numbers.format(-Math.floor(past / hour), 'hour');
  return numbers.format(-daysBetween(at, now), 'day');
};
