// `lexicon codegen` writes the types of the methods.
use cocore_lexicon::dev::cocore::apikey::set_limits::SetLimits;
use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("KEY")?;
    let client = Client::new("http://127.0.0.1:8080")?.bearer(key);
    let input = serde_json::from_str(
        r#"{
  "id": "3lk5n4crdfs2a",
  "limits": {
    "tokensPerDay": 5,
    "models": [
      "large"
    ]
  }
}"#,
    )?;
    let output = client.procedure::<SetLimits>(input).await?;
    println!("{}", serde_json::to_string_pretty(&output)?);
    Ok(())
}
