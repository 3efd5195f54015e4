// Times and statuses in words. src/status.rs computes the same status for keys that come with the page.

const LANGUAGE = document.documentElement.lang;
// Not numeric: "auto": what it calls "tomorrow" may be the day after tomorrow by the calendar.
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE);
const ABSOLUTE = new Intl.DateTimeFormat(LANGUAGE === "en" ? "en-GB" : LANGUAGE, { dateStyle: "long", timeStyle: "short" });
const UNITS = [
  ["year", 365.25 * 24 * 3600e3],
  ["month", 30.44 * 24 * 3600e3],
  ["week", 7 * 24 * 3600e3],
  ["day", 24 * 3600e3],
  ["hour", 3600e3],
  ["minute", 60e3],
];
// A key is shown as expiring soon within a tenth of its life, at most seven days.
const MAX_SOON = 7 * 24 * 3600e3;

export const LABELS = { active: "Active", expiring: "Expires soon", expired: "Expired", revoked: "Revoked" };

export function status(key, now = Date.now()) {
  if (key.revokedAt) return "revoked";
  // A missing or unreadable expiry is NaN, for which both are false.
  const expiry = Date.parse(key.expiresAt);
  const left = expiry - now;
  if (left <= 0) return "expired";
  const soon = Math.min((expiry - Date.parse(key.createdAt)) / 10, MAX_SOON);
  return left <= soon ? "expiring" : "active";
}

export function isActive(key) {
  return ["active", "expiring"].includes(status(key));
}

export function relative(at, now = Date.now()) {
  const distance = at - now;
  for (const [unit, length] of UNITS) {
    if (Math.abs(distance) >= length) return RELATIVE.format(Math.round(distance / length), unit);
  }
  return distance > 0 ? "in less than a minute" : "just now";
}

export function absolute(at) {
  return ABSOLUTE.format(at);
}

// Writes every time below an element in words, with the absolute time as its tooltip.
export function label(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    time.textContent = "long" in time.dataset ? `${relative(at)} (${absolute(at)})` : relative(at);
    time.title = absolute(at);
  }
}
