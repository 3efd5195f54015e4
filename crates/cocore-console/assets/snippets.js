// Example programs that use a key, each ready to run.

const PATH = "/xrpc/dev.cocore.account.listApiKeys";

export function snippet(language, origin, secret) {
  return SNIPPETS[language](origin + PATH, secret);
}

const SNIPPETS = {
  curl: (url, secret) => `curl --fail-with-body ${url} \\
  -H "Authorization: Bearer ${secret}"
`,

  python: (url, secret) => `import json
from urllib.request import Request, urlopen

request = Request(
    "${url}",
    headers={"Authorization": "Bearer ${secret}"},
)
with urlopen(request) as response:
    print(json.load(response)["keys"])
`,

  typescript: (url, secret) => `const response = await fetch(
  "${url}",
  { headers: { Authorization: "Bearer ${secret}" } },
);
if (!response.ok) throw new Error(await response.text());
const { keys } = await response.json();
console.log(keys);
`,

  rust: (url, secret) => `// cargo add ureq
fn main() -> Result<(), ureq::Error> {
    let keys = ureq::get("${url}")
        .header("Authorization", "Bearer ${secret}")
        .call()?
        .body_mut()
        .read_to_string()?;
    println!("{keys}");
    Ok(())
}
`,
};
