// Example programs that use a key, each ready to run.

const PATH = "/xrpc/dev.cocore.account.listApiKeys";
// For keys that may not do everything.
const SCOPED_PATH = "/xrpc/dev.cocore.apikey.whoAmI";

export function snippet(language, origin, secret, isScoped) {
  return SNIPPETS[language](origin + (isScoped ? SCOPED_PATH : PATH), secret);
}

// Lines are short, with long words last, so that a narrow box wraps them well.
const SNIPPETS = {
  curl: (url, secret) => `URL=${url}
KEY=${secret}
curl --fail-with-body $URL \\
  -H "Authorization: Bearer $KEY"
`,

  python: (url, secret) => `import json
from urllib.request import Request, urlopen

url = "${url}"
key = "${secret}"
headers = {"Authorization": f"Bearer {key}"}
with urlopen(Request(url, headers=headers)) as response:
    print(json.load(response))
`,

  typescript: (url, secret) => `const url = "${url}";
const key = "${secret}";
const headers = { Authorization: \`Bearer \${key}\` };
const response = await fetch(url, { headers });
if (!response.ok) throw new Error(await response.text());
console.log(await response.json());
`,

  rust: (url, secret) => `// cargo add ureq
fn main() -> Result<(), ureq::Error> {
    let url = "${url}";
    let key = "${secret}";
    let answer = ureq::get(url)
        .header("Authorization", format!("Bearer {key}"))
        .call()?
        .body_mut()
        .read_to_string()?;
    println!("{answer}");
    Ok(())
}
`,
};
