// The form of the limits of a key.

import { APIKEY, call } from "./api.js";
import { form } from "./form.js";
import { key, on, settle } from "./key.js";

const $ = (id) => document.getElementById(id);
// The fields with a number: the name in the request, and the element, whose value is an attribute of the section, too.
const NUMBERS = { tokensPerDay: "tokens-per-day", tokensPerMonth: "tokens-per-month", requestsPerMinute: "requests-per-minute" };
const MODELS = "limited-models";
const MAX_MODELS = 100;

export function start() {
  const ids = { ...NUMBERS, models: MODELS };
  const errors = Object.entries(ids).map(([place, id]) => [place, [`${id}-error`, id]]);
  const limits = form("limits", {
    errors: Object.fromEntries(errors),
    working: "Saving…",
    read: () => ({ wrong: wrong(), body: { id: key().id, limits: value() } }),
    async send(body) {
      try {
        return await call(`${APIKEY}setLimits`, body);
      } catch (error) {
        // The place of "limits/models/3" is the field of the models.
        error.place = error.place?.split("/")[1] ?? "";
        throw error;
      }
    },
    done: () => settle("The limits are saved.", "limits"),
  });
  $("limits-form").addEventListener("input", ({ target }) => {
    const [place] = Object.entries(ids).find(([, id]) => id === target.id) ?? [];
    if (place) limits.setError(place, "");
  });
  on("limits", () => limits.open(fill));
}

// Writes the limits that the page shows into the form.
function fill() {
  const { dataset } = $("limits");
  for (const [name, id] of Object.entries(NUMBERS)) $(id).value = dataset[name] && Number(dataset[name]).toLocaleString("en");
  $(MODELS).value = dataset.models;
}

// The digits of a number, without what separates thousands.
const digits = (id) => $(id).value.replace(/[\s,_]/g, "");

const models = () => $(MODELS).value.split(/\s+/).filter(Boolean);

// An empty field is no limit.
function value() {
  const numbers = Object.entries(NUMBERS).map(([name, id]) => [name, digits(id) ? Number(digits(id)) : undefined]);
  return { ...Object.fromEntries(numbers), models: models().length ? models() : undefined };
}

function wrong() {
  const number = (id) => {
    if (!/^\d*$/.test(digits(id))) return "Write a whole number, or nothing for no limit.";
    return Number(digits(id)) <= Number.MAX_SAFE_INTEGER ? "" : `Write at most ${Number.MAX_SAFE_INTEGER.toLocaleString("en")}.`;
  };
  const numbers = Object.entries(NUMBERS).map(([name, id]) => [name, number(id)]);
  return { ...Object.fromEntries(numbers), models: models().length > MAX_MODELS ? `Write at most ${MAX_MODELS} models.` : "" };
}
