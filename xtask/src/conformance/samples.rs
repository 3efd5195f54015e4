//! Values to try the types out with, and what the interpreter says of them.

use lexicon::Catalog;
use lexicon::sample::Sampler;
use lexicon::validate::{self, Part, Verdict};
use lexicon_codegen::Listed;
use serde_json::{Value, json};

/// A line for the scratch program: the type, the value, and the violations that it must find.
pub(super) fn samples(catalog: &Catalog, types: &[Listed], count: u64) -> Vec<Value> {
    let mut samples = Vec::new();
    for (index, listed) in types.iter().enumerate() {
        for seed in 0..count {
            let mut sampler = Sampler::new(catalog, index as u64 * count + seed + 1);
            let Some(value) = sampler.part(&listed.nsid, &listed.def, listed.part) else {
                continue;
            };
            let broken: Vec<_> = (0..count).map(|_| sampler.broken(&value)).collect();
            for (value, made) in [(value, true)]
                .into_iter()
                .chain(broken.into_iter().map(|v| (v, false)))
            {
                let violations = match verdict(catalog, listed, &value) {
                    Verdict::Valid => String::new(),
                    Verdict::Invalid(violations) => violations.to_string(),
                    Verdict::Unknown(_) => continue,
                };
                let root = listed.part.map_or("value", Part::root);
                samples.push(json!({
                    "type": index, "root": root, "value": value, "made": made, "violations": violations,
                }));
            }
        }
    }
    samples
}

fn verdict(catalog: &Catalog, listed: &Listed, value: &Value) -> Verdict {
    match listed.part {
        Some(part) => validate::part(catalog, &listed.nsid, part, value),
        None => validate::definition(catalog, &format!("{}#{}", listed.nsid, listed.def), value),
    }
}
