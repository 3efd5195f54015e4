//! Sample values of the generated types, and what the interpreted check finds in them.

use lexicon_codegen::GeneratedType;
use lexicon_schema::Catalog;
use lexicon_schema::sample::Sampler;
use lexicon_schema::validate::{self, Options, Part, Verdict};
use serde_json::{Value, json};

/// A line for the scratch program: the type, the value, and the violations that it must find.
pub(super) fn samples(catalog: &Catalog, types: &[GeneratedType], count: u64) -> Vec<Value> {
    let mut samples = Vec::new();
    for (index, generated) in types.iter().enumerate() {
        for seed in 0..count {
            let mut sampler = Sampler::new(catalog, index as u64 * count + seed + 1);
            let GeneratedType {
                nsid, def, part, ..
            } = generated;
            let Some(value) = sampler.part(nsid, def, *part) else {
                continue;
            };
            let broken: Vec<_> = (0..count).map(|_| sampler.broken(&value)).collect();
            for (value, made) in [(value, true)]
                .into_iter()
                .chain(broken.into_iter().map(|v| (v, false)))
            {
                let violations = match verdict(catalog, generated, &value) {
                    Verdict::Valid => String::new(),
                    Verdict::Invalid(violations) => violations.to_string(),
                    Verdict::Unknown(_) => continue,
                };
                let root = part.map_or("value", Part::root);
                samples.push(json!({
                    "type": index, "root": root, "value": value, "made": made, "violations": violations,
                }));
            }
        }
    }
    samples
}

fn verdict(catalog: &Catalog, generated: &GeneratedType, value: &Value) -> Verdict {
    let options = Options::default();
    match generated.part {
        Some(part) => validate::part(catalog, &generated.nsid, part, value, &options),
        None => {
            let name = format!("{}#{}", generated.nsid, generated.def);
            validate::definition(catalog, &name, value, &options)
        }
    }
}
