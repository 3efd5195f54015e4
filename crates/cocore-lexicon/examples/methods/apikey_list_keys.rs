// `lexicon codegen` writes the types of the methods.
use cocore_lexicon::dev::cocore::apikey::list_keys::ListKeys;
use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("KEY")?;
    let client = Client::new("http://127.0.0.1:8080")?.bearer(key);
    let params = serde_json::from_str(r#"{"limit": 5, "q": "it's", "status": "active"}"#)?;
    let output = client.query::<ListKeys>(params).await?;
    println!("{}", serde_json::to_string_pretty(&output)?);
    Ok(())
}
