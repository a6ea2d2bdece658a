//! The worst moment for kill -9: AWS did it, and nobody heard the answer.

use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::aws::Aws;
use crate::tool::Desk;

/// A wire to moto that reports each CreateVolume's client token and loses the answer to the first.
struct Wire {
    url: String,
    tokens: Receiver<String>,
}

fn wire(moto: &'static str) -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (token, tokens) = channel();
    let first = Arc::new(Mutex::new(true));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let moto = TcpStream::connect(moto.trim_start_matches("http://")).unwrap();
            join(client, moto, token.clone(), Arc::clone(&first));
        }
    });
    Wire { url, tokens }
}

/// Passes bytes on in both directions.
fn join(client: TcpStream, moto: TcpStream, token: Sender<String>, first: Arc<Mutex<bool>>) {
    let (mut from_client, mut to_moto) = (client.try_clone().unwrap(), moto.try_clone().unwrap());
    let lost = Arc::new(Mutex::new(false));
    let losing = Arc::clone(&lost);
    std::thread::spawn(move || {
        pump(&mut from_client, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Some((_, rest)) = text.split_once("ClientToken=").filter(|_| text.contains("Action=CreateVolume")) {
                *losing.lock().unwrap() |= std::mem::take(&mut *first.lock().unwrap());
                let _ = token.send(rest.split('&').next().unwrap_or_default().to_owned());
            }
            to_moto.write_all(bytes).is_ok()
        });
    });
    let (mut from_moto, mut to_client) = (moto, client);
    std::thread::spawn(move || {
        pump(&mut from_moto, |bytes| *lost.lock().unwrap() || to_client.write_all(bytes).is_ok());
    });
}

fn pump(from: &mut TcpStream, mut pass: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !pass(&buffer[..length]) {
            break;
        }
    }
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_made_again_as_the_same_one() {
    let Some(aws) = Aws::start().await else { return };
    let wire = wire(aws.url);
    let desk = Desk::new().at(wire.url);
    desk.runbook(
        "make.yaml",
        "  - name: make
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: CreateVolume, AvailabilityZone: eu-west-1a, Size: 1}
",
    );
    let mut running = desk.start(&["run", "make.yaml", "--yes", "--journal", "run.journal"]);
    running.wait_for("make  started");
    let first = wire.tokens.recv_timeout(Duration::from_secs(60)).unwrap();
    running.kill();
    let done = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let again = wire.tokens.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(!first.is_empty());
    assert_eq!(first, again, "EC2 takes two calls with one client token for one");
}
