//! Other runbooks, by name: from folders on this machine, then from SSM.
//!
//! Comes in: a name as aws:executeAutomation has it. Goes out: a text, or where it was looked for.
//! Never: a file outside the folders; a name is a name, not a path.

use std::path::{Path, PathBuf};

use aws_api::ApiError;
use engine::{DocumentFault, DocumentRequest};
use serde_json::json;

use crate::aws::Services;
use crate::telemetry::chain;

/// What a runbook's file may end in, in the order in which they are tried. Nothing: the name is that of a file.
const ENDINGS: [&str; 4] = ["", ".yaml", ".yml", ".json"];
/// Larger than any runbook that is read; see the engine's limits.
const LARGEST: u64 = 1024 * 1024;

/// Where runbooks are looked for.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    folders: Vec<PathBuf>,
}

impl Documents {
    /// Folders of this machine, before SSM.
    #[must_use]
    pub fn in_folders(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// The text of a runbook.
    pub(super) async fn read(self, services: Services, request: DocumentRequest) -> Result<String, DocumentFault> {
        let fault = |message: String| DocumentFault { name: request.name.clone(), message };
        // A version is one of SSM's; a file has none.
        if let Some(path) = self.find(&request).filter(|_| request.version.is_none()) {
            return text_of(&path).map_err(|why| fault(format!("{}: {why}", path.display())));
        }
        let looked = self.folders.iter().map(|folder| format!("{}, ", folder.display())).collect::<String>();
        let said = |error: ApiError| fault(format!("looked in {looked}SSM: {}", chain(&error)));
        let mut input = json!({ "Name": request.name });
        if let Some(version) = &request.version {
            input["DocumentVersion"] = json!(version);
        }
        let answer = services.call("ssm", "GetDocument", input).await.map_err(said)?;
        match (answer["DocumentType"].as_str(), answer["Content"].as_str()) {
            (Some(kind), _) if kind != "Automation" => Err(fault(format!("it is a {kind} document, not Automation"))),
            (_, Some(text)) => Ok(text.to_owned()),
            (_, None) => Err(fault("SSM gave no content".to_owned())),
        }
    }

    fn find(&self, request: &DocumentRequest) -> Option<PathBuf> {
        self.file(&request.name)
    }

    /// The file of the runbook of this name, or of a document's ARN, if it is in a folder.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let name = plain(name)?;
        let paths = self.folders.iter().flat_map(|folder| ENDINGS.map(|ending| folder.join(format!("{name}{ending}"))));
        paths.into_iter().find(|path| path.is_file())
    }
}

/// The name alone, of a name or of a document's ARN, if it can be that of a file.
fn plain(name: &str) -> Option<&str> {
    let name = match name.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":document/")?.1,
        None => name,
    };
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    (letters && !name.is_empty() && !name.starts_with('.')).then_some(name)
}

fn text_of(path: &Path) -> Result<String, String> {
    let size = path.metadata().map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it has {size} bytes, which is no runbook"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(documents: &Documents, name: &str) -> Option<String> {
        let request = DocumentRequest { name: name.to_owned(), version: None };
        documents.find(&request).map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
    }

    #[test]
    fn a_runbook_is_found_by_its_stem_its_file_name_or_its_arn() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mend.yaml"), "a").unwrap();
        std::fs::write(folder.path().join("other.json"), "b").unwrap();
        let documents = Documents::in_folders(vec![folder.path().to_owned()]);
        assert_eq!(found(&documents, "mend").as_deref(), Some("mend.yaml"));
        assert_eq!(found(&documents, "mend.yaml").as_deref(), Some("mend.yaml"));
        assert_eq!(found(&documents, "other").as_deref(), Some("other.json"));
        let arn = "arn:aws:ssm:eu-west-1:123456789012:document/mend";
        assert_eq!(found(&documents, arn).as_deref(), Some("mend.yaml"));
        assert_eq!(found(&documents, "none"), None);
    }

    #[test]
    fn a_name_never_leads_out_of_the_folders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret.yaml"), "a").unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let documents = Documents::in_folders(vec![inner]);
        for name in ["../secret", "../secret.yaml", "..", ".", "/etc/passwd", "a/../../secret", ""] {
            assert_eq!(found(&documents, name), None, "{name}");
        }
    }
}
