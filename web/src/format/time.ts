import { signal } from '@preact/signals';

/** Now, renewed every ten seconds, in milliseconds: ages are told by it. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 10_000);

/** How long ago, in the two figures that matter: 42 s, 27 h, 12 d, 3.1 y. */
export function age(seconds: number): string {
  const size = Math.max(0, seconds);
  if (size < 90) return `${Math.round(size)} s`;
  if (size < 90 * 60) return `${Math.round(size / 60)} min`;
  if (size < 72 * 3600) return `${Math.round(size / 3600)} h`;
  if (size < 730 * 86_400) return `${Math.round(size / 86_400)} d`;
  return `${(size / 31_557_600).toFixed(1)} y`;
}

/** Seconds since an instant or the end of a day. */
export const since = (text: string): number => (now.value - Date.parse(text)) / 1000;

/** An instant as a day, with the time where there is one: 2026-11-25 13:30. */
export function instant(text: string): string {
  const [day = '', time = ''] = text.split('T');
  const clock = time.slice(0, 5);
  return clock === '' || clock === '00:00' ? day : `${day} ${clock}`;
}

/** The same in the reader's own time zone, in words. */
export function local(text: string): string {
  if (!text.includes('T')) return `${text} UTC`;
  return `${new Date(text).toLocaleString()} your time`;
}

const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** The day of the week of a day, 0 for Sunday. */
export const weekday = (day: string): number => new Date(`${day.slice(0, 10)}T00:00:00Z`).getUTCDay();
/** Its short name. */
export const weekdayName = (day: string): string => NAMES[weekday(day)]!;

/** A day so many days after another. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Today in UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10);

/** Months in three letters. */
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
