//! Run Command for the machines of this world.
//!
//! Comes in: `SendCommand` and its sisters. Goes out: their answers, or `None` where the call is about no machine of ours.
//! Never: a command that is still under way; it has ended when it is answered for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::MOUNT;
use super::command::Sent;
use super::disk::{Disk, Mount};
use super::shell;
use crate::clock::Clock;
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::respond::AwsError;
use crate::ids;

type Input = Map<String, Value>;
type Answer = Result<Value, AwsError>;

const DOCUMENT: &str = "AWS-RunShellScript";

/// The machines. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Machines {
    disks: Arc<Mutex<BTreeMap<String, Disk>>>,
    sent: Arc<Mutex<BTreeMap<String, Sent>>>,
    moto: Moto,
    clock: Arc<Clock>,
}

/// What moto says of an instance with a file system.
struct Seen {
    state: Value,
    mount: Mount,
    volume: Value,
}

impl Machines {
    /// None yet.
    #[must_use]
    pub fn new(moto: Moto, clock: Arc<Clock>) -> Self {
        Self { disks: Arc::default(), sent: Arc::default(), moto, clock }
    }

    /// Where instances and volumes are.
    #[must_use]
    pub fn moto(&self) -> &Moto {
        &self.moto
    }

    /// How large the file system is that an instance has mounted there, in bytes.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn file_system(&self, instance: &str, path: &str) -> Result<Option<f64>, MotoError> {
        let Some(seen) = self.look(instance).await?.filter(|seen| seen.mount.path == path) else { return Ok(None) };
        let mut disks = self.disks.lock().await;
        let bytes = refreshed(&mut disks, instance, &seen).file_system();
        // Mebibytes are enough for a share, and are numbers without loss.
        Ok(u32::try_from(bytes >> 20).ok().map(f64::from))
    }

    /// Answers the operation, or `None` when it is about none of these machines.
    pub async fn answer(&self, operation: &str, input: &Input) -> Option<Answer> {
        let id = input.get("CommandId").and_then(Value::as_str);
        match (operation, id) {
            ("SendCommand", _) => self.send(input).await,
            (_, Some(id)) => {
                let sent = self.sent.lock().await.get(id).cloned()?;
                let details = input.get("Details") == Some(&Value::Bool(true));
                Some(Ok(match operation {
                    "ListCommands" => json!({ "Commands": [sent.command()] }),
                    "ListCommandInvocations" => json!({ "CommandInvocations": [sent.invocation(details)] }),
                    "GetCommandInvocation" if input.get("InstanceId") == Some(&json!(sent.instance)) => sent.alone(),
                    "CancelCommand" => json!({}),
                    _ => return None,
                }))
            }
            _ => None,
        }
    }

    async fn send(&self, input: &Input) -> Option<Answer> {
        let [instance] = input.get("InstanceIds")?.as_array()?.as_slice() else { return None };
        let instance = instance.as_str()?;
        if input.get("DocumentName")? != DOCUMENT {
            return None;
        }
        let trouble = |error: &dyn std::error::Error| AwsError::new("InternalServerError", error.to_string());
        match self.look(instance).await {
            Ok(None) => None,
            Ok(Some(seen)) if seen.state != "running" => {
                Some(Err(AwsError::new("InvalidInstanceId", format!("Instances not in a valid state: {instance}"))))
            }
            Ok(Some(seen)) => Some(Ok(self.perform(instance, &seen, input).await)),
            Err(error) => Some(Err(trouble(&error))),
        }
    }

    async fn perform(&self, instance: &str, seen: &Seen, input: &Input) -> Value {
        let commands = input.get("Parameters").map(|parameters| &parameters["commands"]);
        let commands = commands.and_then(Value::as_array).into_iter().flatten();
        let commands: Vec<String> = commands.filter_map(|one| one.as_str().map(str::to_owned)).collect();
        let said = {
            // One command at a time, so that nobody sees a disk that is half grown.
            let mut disks = self.disks.lock().await;
            shell::run(&commands, refreshed(&mut disks, instance, seen))
        };
        let sent = Sent::new(ids::uuid(), instance.to_owned(), input, self.clock.now(), said);
        let answer = json!({ "Command": sent.command() });
        self.sent.lock().await.insert(sent.id.clone(), sent);
        answer
    }

    /// The instance, its tag and its volume, if it has both.
    async fn look(&self, instance: &str) -> Result<Option<Seen>, MotoError> {
        let gone = ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"];
        let asked = json!({ "InstanceIds": [instance] });
        let found = self.moto.find("ec2", "DescribeInstances", asked, &gone).await?.unwrap_or_default();
        let found = &found["Reservations"][0]["Instances"][0];
        let tags = found["Tags"].as_array().into_iter().flatten();
        let tag = tags.filter(|tag| tag["Key"] == MOUNT).find_map(|tag| tag["Value"].as_str());
        let Some(mount) = tag.and_then(Mount::read) else { return Ok(None) };
        let on = |name: &str, value: &str| json!({ "Name": format!("attachment.{name}"), "Values": [value] });
        let filters = [on("instance-id", instance), on("device", &mount.device)];
        let volumes = self.moto.call("ec2", "DescribeVolumes", json!({ "Filters": filters })).await?;
        let volume = volumes["Volumes"][0].clone();
        Ok(volume.is_object().then(|| Seen { state: found["State"]["Name"].clone(), mount, volume }))
    }
}

/// The machine's disk, as large as EBS says now.
fn refreshed<'a>(disks: &'a mut BTreeMap<String, Disk>, instance: &str, seen: &Seen) -> &'a mut Disk {
    let disk = disks.entry(instance.to_owned()).or_insert_with(|| Disk::new(&seen.mount, &seen.volume));
    disk.resized(&seen.volume);
    disk
}
