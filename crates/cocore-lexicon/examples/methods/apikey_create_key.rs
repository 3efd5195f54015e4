// `lexicon codegen` writes the types of the methods.
use cocore_lexicon::dev::cocore::apikey::create_key::CreateKey;
use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("KEY")?;
    let client = Client::new("http://127.0.0.1:8080")?.bearer(key);
    let input = serde_json::from_str(
        r#"{
  "name": "it's",
  "expiresAt": "2099-12-31T00:00:00Z",
  "scopes": [
    "rpc:dev.cocore.apikey.whoAmI?aud=did:web:keys.example.com%23cocore_account"
  ],
  "models": [
    "large",
    "small"
  ],
  "note": "in \"quotes\", \\ and '#"
}"#,
    )?;
    let output = client.procedure::<CreateKey>(input).await?;
    println!("{}", serde_json::to_string_pretty(&output)?);
    Ok(())
}
