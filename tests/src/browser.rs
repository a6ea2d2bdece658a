//! A real Chromium, without a window.
//!
//! Comes in: orders, one after the other. Goes out: what the page says, shows and is. Never: a browser that outlives its
//! test; never a test that counts as passed in CI because there is none.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::checkout::root;
use crate::local::ci;

/// The browser's process, and the window that is open.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Browser {
    /// Starts one; `None`, said loudly, where `scripts/setup browser` has not been run.
    ///
    /// # Errors
    /// It does not start; in CI also: there is none.
    pub fn start() -> Result<Option<Self>, Box<dyn Error>> {
        let folder = root().join(".local/browser");
        if !folder.join(".stamp").exists() {
            let missing = format!("{} is missing: run `python3 scripts/setup browser`", folder.display());
            if ci() {
                return Err(missing.into());
            }
            eprintln!("SKIPPED: no browser: {missing}");
            return Ok(None);
        }
        Self::spawn(&folder).map(Some)
    }

    fn spawn(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new("node");
        command.arg(root().join("tests/browser/drive.mjs")).arg(folder);
        let mut driver = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = driver.stdin.take().ok_or("the driver has no input")?;
        let answers = driver.stdout.take().ok_or("the driver has no output")?;
        Ok(Self { driver, orders, answers: BufReader::new(answers) })
    }

    /// One order, as `tests/browser/drive.mjs` knows them, and its answer.
    ///
    /// # Errors
    /// It could not be obeyed.
    pub fn order(&mut self, name: &str, mut order: Value) -> Result<Value, Box<dyn Error>> {
        order["do"] = json!(name);
        writeln!(self.orders, "{order}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)?;
        match answer["error"].as_str() {
            Some(error) => Err(format!("{name}: {error}").into()),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// Goes to an address; its status.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn go(&mut self, url: &str) -> Result<u64, Box<dyn Error>> {
        Ok(self.order("go", json!({ "url": url }))?["status"].as_u64().unwrap_or_default())
    }

    /// Presses a button; the status of the page it leads to.
    ///
    /// # Errors
    /// There is no such button, or it leads nowhere.
    pub fn press(&mut self, name: &str) -> Result<u64, Box<dyn Error>> {
        let answer = self.order("click", json!({ "role": "button", "name": name }))?;
        Ok(answer["status"].as_u64().unwrap_or_default())
    }

    /// A picture of the page, for whoever wants to look: `.local/pictures/NAME.png`.
    ///
    /// # Errors
    /// There is no page, or no place for the picture.
    pub fn picture(&mut self, name: &str) -> Result<(), Box<dyn Error>> {
        let pictures = root().join(".local/pictures");
        std::fs::create_dir_all(&pictures)?;
        self.order("picture", json!({ "path": pictures.join(format!("{name}.png")) })).map(drop)
    }

    /// Whether all of the page fits the window's width.
    ///
    /// # Errors
    /// There is no page.
    pub fn fits(&mut self) -> Result<bool, Box<dyn Error>> {
        let wide = json!({"script": "document.documentElement.scrollWidth > innerWidth"});
        Ok(self.order("evaluate", wide)? == false)
    }

    /// All text that is shown.
    ///
    /// # Errors
    /// There is no page.
    pub fn text(&mut self) -> Result<String, Box<dyn Error>> {
        Ok(self.order("look", json!({}))?["text"].as_str().unwrap_or_default().to_owned())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends its browser when its input ends; should it hang, that must not keep the tests.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
