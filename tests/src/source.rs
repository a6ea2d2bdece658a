//! Rust source as text: what of it ships, and which AWS calls it makes.
//!
//! Comes in: the text of a file. Goes out: the part before its tests, the calls written in it.
//! Never: a parse of Rust. Calls are found by how this project writes them, which the tests that use this rely on.

/// The file without its tests, which stand at its end.
#[must_use]
pub fn shipped(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text)
}

/// Every `.call("service", "Operation"` of the text, and every `.all(`, which reads a listing to its end.
#[must_use]
pub fn calls_by_name(text: &str) -> Vec<(String, String)> {
    let after = |method| text.split(method).skip(1);
    let arguments = after(".call(").chain(after(".all("));
    arguments.filter_map(|rest| Some((quoted(rest, 0)?, quoted(rest, 1)?))).collect()
}

/// The `index`th argument, when it is a plain string.
fn quoted(arguments: &str, index: usize) -> Option<String> {
    let argument = arguments.splitn(index + 2, ',').nth(index)?.trim();
    let inner = argument.strip_prefix('"')?.split('"').next()?;
    Some(inner.to_owned())
}

/// Every operation that the text calls on a typed client: `.describe_instances()` is `DescribeInstances`.
#[must_use]
pub fn typed_calls(text: &str) -> Vec<String> {
    let verbs = ["describe_", "get_", "list_", "start_", "create_", "update_", "put_", "delete_"];
    let methods = text.split('.').skip(1).filter_map(|rest| rest.split_once("()")).map(|(name, _)| name);
    let operations =
        methods.filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
    operations.filter(|name| verbs.iter().any(|verb| name.starts_with(verb))).map(pascal).collect()
}

fn pascal(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').filter(|word| !word.is_empty()).map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_calling_is_found_and_nothing_else() {
        let text = "services.call(\"s3\", \"GetBucketTagging\", input.clone());\nself.call(name, \"X\", y);\n\
                    aws.all(\"config\", \"DescribeConfigRules\", input, &[\"ConfigRules\"]); bytes.all(|b| b == 1);\n\
                    ec2.describe_instances().instance_ids(id).send(); answer.get(0); map.get_mut();";
        let called = [("s3", "GetBucketTagging"), ("config", "DescribeConfigRules")];
        assert_eq!(calls_by_name(text), called.map(|(service, api)| (service.to_owned(), api.to_owned())));
        assert_eq!(typed_calls(text), ["DescribeInstances", "GetMut"]);
    }

    #[test]
    fn tests_at_the_end_are_not_shipped() {
        assert_eq!(shipped("fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), "fn a() {}\n");
    }
}
