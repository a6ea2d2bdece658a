//! The little of JMESPath with which models say where in an input an endpoint parameter stands.
//!
//! Comes in: `keys(RequestItems)`, `TransactItems[*].Get.TableName`, `Items[*].[Put.Name, Delete.Name][]`; an input.
//! Goes out: the value, or the values as a list.
//! Never: an error. What is not there is not there, and a path of another form finds nothing.

use serde_json::{Map, Value};

/// What stands at the path.
pub(super) fn find(path: &str, input: &Map<String, Value>) -> Option<Value> {
    if let Some(member) = path.strip_prefix("keys(").and_then(|rest| rest.strip_suffix(')')) {
        let keys = input.get(member)?.as_object()?.keys();
        return Some(keys.map(String::as_str).collect());
    }
    match path.split_once("[*].") {
        Some((list, rest)) => {
            let items = at(list, input)?.as_array()?;
            Some(items.iter().filter_map(Value::as_object).flat_map(|item| in_item(rest, item)).cloned().collect())
        }
        None => at(path, input).cloned(),
    }
}

/// `Get.TableName`, or several of them: `[Put.TableName, Delete.TableName][]`.
fn in_item<'v>(paths: &str, item: &'v Map<String, Value>) -> Vec<&'v Value> {
    let inner = paths.strip_prefix('[').and_then(|rest| rest.strip_suffix("][]"));
    inner.unwrap_or(paths).split(',').filter_map(|path| at(path.trim(), item)).collect()
}

fn at<'v>(path: &str, object: &'v Map<String, Value>) -> Option<&'v Value> {
    let mut names = path.split('.');
    let first = object.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(path: &str, input: Value) -> Option<Value> {
        find(path, input.as_object().unwrap())
    }

    #[test]
    fn a_member_inside_a_member_is_found() {
        assert_eq!(found("A.B", json!({"A": {"B": "t"}})), Some(json!("t")));
        assert_eq!(found("A.B", json!({"A": {}})), None);
    }

    #[test]
    fn keys_and_elements_are_lists() {
        assert_eq!(found("keys(R)", json!({"R": {"t1": [], "t2": []}})), Some(json!(["t1", "t2"])));
        let items = json!({"I": [{"Get": {"T": "a"}}, {"Other": 1}, {"Get": {"T": "b"}}]});
        assert_eq!(found("I[*].Get.T", items), Some(json!(["a", "b"])));
    }

    #[test]
    fn several_members_of_each_element_are_one_list() {
        let items = json!({"I": [{"Put": {"T": "a"}}, {"Delete": {"T": "b"}}]});
        assert_eq!(found("I[*].[Put.T, Delete.T][]", items), Some(json!(["a", "b"])));
    }

    #[test]
    fn every_path_of_every_model_is_of_a_form_that_is_known() {
        let Some(models) = crate::testing::models() else { return };
        let operation = models.operation("dynamodb", "TransactWriteItems").unwrap();
        let path = &operation.model.operation_context_params["ResourceArnList"].path;
        let input = json!({"TransactItems": [{"Put": {"TableName": "a"}}, {"Update": {"TableName": "b"}}]});
        assert_eq!(found(path, input), Some(json!(["a", "b"])));
    }
}
