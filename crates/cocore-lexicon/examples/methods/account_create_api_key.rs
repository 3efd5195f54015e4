// `lexicon codegen` writes the types of the methods.
use cocore_lexicon::dev::cocore::account::create_api_key::CreateApiKey;
use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("KEY")?;
    let client = Client::new("http://127.0.0.1:8080")?.bearer(key);
    let input = serde_json::from_str(
        r#"{
  "name": "it's",
  "expiresAt": "2099-12-31T00:00:00Z"
}"#,
    )?;
    let output = client.procedure::<CreateApiKey>(input).await?;
    println!("{}", serde_json::to_string_pretty(&output)?);
    Ok(())
}
