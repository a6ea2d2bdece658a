//! Wiring of the function open-ticket.

use open_ticket::OpenTicket;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::serve(OpenTicket::new).await
}
