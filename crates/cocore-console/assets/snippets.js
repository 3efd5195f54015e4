// Example programs that use a key, each ready to run.

const PATH = "/xrpc/dev.cocore.account.listApiKeys";
// For keys that may not do everything.
const SCOPED_PATH = "/xrpc/dev.cocore.apikey.whoAmI";

export function snippet(name, { origin, secret, isScoped, model }) {
  const url = origin + (isScoped ? SCOPED_PATH : PATH);
  return SNIPPETS[name]({ url, origin, secret, model });
}

// Lines are short, with long words last, so that a narrow box wraps them well.
const SNIPPETS = {
  curl: ({ url, secret }) => `URL=${url}
KEY=${secret}
curl --fail-with-body $URL \\
  -H "Authorization: Bearer $KEY"
`,

  python: ({ url, secret }) => `import json
from urllib.request import Request, urlopen

url = "${url}"
key = "${secret}"
headers = {"Authorization": f"Bearer {key}"}
with urlopen(Request(url, headers=headers)) as response:
    print(json.load(response))
`,

  typescript: ({ url, secret }) => `const url = "${url}";
const key = "${secret}";
const headers = { Authorization: \`Bearer \${key}\` };
const response = await fetch(url, { headers });
if (!response.ok) throw new Error(await response.text());
console.log(await response.json());
`,

  rust: ({ url, secret }) => `// cargo add ureq
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

  // Clients of models, and how they are set up.
  openai: ({ origin, secret, model }) => `# pip install openai
from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    api_key="${secret}",
)
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)
`,

  anthropic: ({ origin, secret, model }) => `# pip install anthropic
from anthropic import Anthropic

client = Anthropic(
    base_url="${origin}",
    api_key="${secret}",
)
answer = client.messages.create(
    model="${model}",
    max_tokens=100,
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.content[0].text)
`,

  codex: ({ origin, secret, model }) => `# ~/.codex/config.toml
model = "${model}"
model_provider = "cocore"

[model_providers.cocore]
name = "cocore"
base_url = "${origin}/v1"
wire_api = "responses"
env_key = "COCORE_KEY"

# In the shell:
# export COCORE_KEY=${secret}
`,

  claude: ({ origin, secret, model }) => `export ANTHROPIC_BASE_URL=${origin}
export ANTHROPIC_AUTH_TOKEN=${secret}
export ANTHROPIC_MODEL=${model}
claude
`,
};
