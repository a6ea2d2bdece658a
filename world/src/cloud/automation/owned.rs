//! Documents that AWS owns and every account can start.
//!
//! Comes in: a name. Goes out: a document that does what AWS's reference says of that name. Never: AWS's own text.

/// Those that this world knows.
const DOCUMENTS: [(&str, &str); 1] = [(
    "AWSConfigRemediation-EnablePITRForDynamoDbTable",
    include_str!("owned/AWSConfigRemediation-EnablePITRForDynamoDbTable.yaml"),
)];

/// The text of AWS's document of this name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    DOCUMENTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_of_aws_can_be_run() {
        for (name, text) in DOCUMENTS {
            let document = engine::parse(text, name).unwrap();
            let errors = engine::validate(&document);
            assert!(!errors.has_errors(), "{errors}");
        }
        assert_eq!(super::text("AWS-NotHere"), None);
    }
}
