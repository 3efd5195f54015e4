//! Each crate by itself: with no features, and with each of its features alone.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::failure::Failure;
use crate::process::execute;

/// Checks each package of the workspace, built alone: what another one turns on in the workspace's own
/// build is not there.
pub(super) fn check(root: &Path) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for Combination { package, feature } in combinations(root)? {
        let name = match &feature {
            Some(feature) => format!("{package} with `{feature}`"),
            None => format!("{package} without features"),
        };
        println!("{name}");
        let mut clippy = Command::new("cargo");
        clippy.args([
            "clippy",
            "--quiet",
            "--package",
            &package,
            "--no-default-features",
        ]);
        clippy.args(feature.map(|feature| format!("--features={feature}")));
        clippy.args(["--", "--deny", "warnings"]);
        if execute(clippy.current_dir(root)).is_err() {
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        return Err(format!("these do not build alone: {}", failed.join(", ")));
    }
    Ok(())
}

struct Combination {
    package: String,
    feature: Option<String>,
}

/// The combinations, of all packages of the workspace.
fn combinations(root: &Path) -> Result<Vec<Combination>, Failure> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version=1"])
        .current_dir(root)
        .output();
    let output = output.map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let combinations: Vec<_> = packages.flat_map(of_package).collect();
    if combinations.is_empty() {
        return Err("cargo metadata lists no package".to_owned());
    }
    Ok(combinations)
}

fn of_package(package: &Value) -> Vec<Combination> {
    let name = package["name"].as_str().unwrap_or_default();
    let features = package["features"].as_object().into_iter().flatten();
    let features = features.map(|(feature, _)| feature.clone());
    let features = features.filter(|feature| feature != "default").map(Some);
    let of = |feature| Combination {
        package: name.to_owned(),
        feature,
    };
    std::iter::once(None).chain(features).map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn combines_no_features_and_each_alone() {
        let package = json!({
            "name": "weather",
            "features": { "default": ["server"], "server": [], "client": [] },
        });
        let combinations = of_package(&package).into_iter();
        let features: Vec<_> = combinations.map(|one| one.feature).collect();
        let expected = [None, Some("client"), Some("server")];
        assert_eq!(features, expected.map(|name| name.map(str::to_owned)));
    }
}
