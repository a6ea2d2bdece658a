//! The instances a storm is about: opted in, too small for their load, each with an alarm that says so.

use std::time::{Duration, Instant};

use futures_util::stream::{StreamExt, TryStreamExt, iter};
use serde_json::json;
use world::operator::Operator;
use world::operator::make::Machine;
use world::stack::Stack;

use super::Trouble;

/// The size of each.
pub(super) const SMALL: &str = "m5.large";
/// 92 % of two vCPUs, 46 % of four.
const LOAD: f64 = 1.84;
/// Made at the same time.
const AT_ONCE: usize = 8;
/// Until every alarm has seen its load.
const WITHIN: Duration = Duration::from_secs(300);

/// So many instances whose alarms are in ALARM.
pub(super) async fn busy(stack: &Stack, operator: &Operator, count: usize) -> Result<Vec<Machine>, Trouble> {
    let making = iter((0..count).map(|number| async move { one(stack, operator, number).await }));
    let machines = making.buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    let until = Instant::now() + WITHIN;
    while in_alarm(operator).await? < count {
        if Instant::now() > until {
            return Err(format!("of {count} alarms only {} are in ALARM", in_alarm(operator).await?).into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(machines)
}

async fn one(stack: &Stack, operator: &Operator, number: usize) -> Result<Machine, Trouble> {
    let machine = operator.machine(&format!("storm-{number:03}"), SMALL).await?;
    stack.set_load(&machine.instance, LOAD).await;
    operator.cpu_alarm(&machine, &[]).await?;
    Ok(machine)
}

async fn in_alarm(operator: &Operator) -> Result<usize, Trouble> {
    let ringing = json!({ "StateValue": "ALARM" });
    Ok(operator.all("cloudwatch", "DescribeAlarms", ringing, "MetricAlarms").await?.len())
}
