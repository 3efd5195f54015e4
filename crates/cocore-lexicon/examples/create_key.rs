//! The code that the page of `dev.cocore.account.createApiKey` shows: a test compares them.
#![allow(clippy::print_stdout)]

// `lexicon codegen` writes the types of the methods.
use cocore_lexicon::dev::cocore::account::create_api_key::CreateApiKey;
use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("KEY")?;
    let client = Client::new("http://127.0.0.1:8080")?.bearer(key);
    let input = serde_json::from_str(r#"{"name": "it's"}"#)?;
    let output = client.procedure::<CreateApiKey>(input).await?;
    println!("{output:?}");
    Ok(())
}
