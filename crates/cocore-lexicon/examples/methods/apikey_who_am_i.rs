// `lexicon codegen` writes the types of the methods.
use cocore_lexicon::dev::cocore::apikey::who_am_i::WhoAmI;
use lexicon_runtime::NoParams;
use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("KEY")?;
    let client = Client::new("http://127.0.0.1:8080")?.bearer(key);
    let output = client.query::<WhoAmI>(NoParams {}).await?;
    println!("{}", serde_json::to_string_pretty(&output)?);
    Ok(())
}
