//! Time of the pure parts as documents, fleets and answers grow, as JSON.
//!
//! Comes in: nothing. Goes out: for each part and size the CPU of one round, in microseconds.
//! Never: a first round; caches are warm as in a process that has run before.

use std::hint::black_box;

use perf::cpu;
use perf::documents::document;
use perf::fleet::alarms;
use perf::pure::{self, Trouble};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

const STEPS: [usize; 7] = [1, 3, 10, 30, 100, 300, 1000];
const FLEET: [usize; 8] = [1, 5, 20, 100, 300, 1000, 2000, 5000];
/// Least rounds, and the CPU they shall take together in microseconds: the kernel counts it in steps of a few milliseconds.
const ROUNDS: f64 = 8.0;
const SPAN: f64 = 400_000.0;

fn main() -> Result<(), Trouble> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let result = json!({"documents": documents(&runtime)?, "events": events()?, "answers": answers(&runtime)?});
    println!("{result}");
    Ok(())
}

fn documents(runtime: &Runtime) -> Result<Value, Trouble> {
    let mut rows = vec![];
    for steps in STEPS {
        let text = document(steps);
        let parsed = pure::parse(&text)?;
        rows.push(json!({
            "size": steps, "bytes": text.len(),
            "parse": each(|| Ok(black_box(pure::parse(&text)?.steps.len())))?,
            "validate": each(|| Ok(pure::validate(black_box(&parsed))))?,
            "run": each(|| pure::run(runtime, black_box(&parsed)))?,
        }));
    }
    Ok(rows.into())
}

fn events() -> Result<Value, Trouble> {
    let bindings = pure::bindings();
    let mut rows = vec![];
    for size in FLEET {
        let events = alarms(size);
        rows.push(json!({"size": size, "recognise": each(|| pure::recognise(black_box(&events), &bindings))?}));
    }
    Ok(rows.into())
}

fn answers(runtime: &Runtime) -> Result<Value, Trouble> {
    let mut rows = vec![];
    for size in FLEET {
        let client = pure::client(size)?;
        rows.push(json!({"size": size, "call": each(|| pure::call(runtime, black_box(&client)))?}));
    }
    Ok(rows.into())
}

/// CPU of one round, in microseconds: the mean of as many as take long enough. What else runs on the machine is not in it.
fn each(mut work: impl FnMut() -> Result<usize, Trouble>) -> Result<f64, Trouble> {
    black_box(work()?);
    let (begun, mut rounds) = (cpu()?, 0.0);
    loop {
        black_box(work()?);
        rounds += 1.0;
        let spent = cpu()? - begun;
        if rounds >= ROUNDS && spent >= SPAN {
            return Ok(spent / rounds);
        }
    }
}
