//! The way to another status: found by its name where the deployment names one, otherwise by where it leads.
//!
//! Comes in: what Jira offers for one issue. Goes out: the transition to take, with what its screen requires.
//! Never: an id that was written down.

use serde_json::{Map, Value, json};

use super::Jira;
use crate::ticket::desk::Moved;
use crate::ticket::error::TicketError;

/// Categories that a closing transition leads to.
pub(super) const CLOSING: &[&str] = &["done"];
/// Categories that a reopening transition leads to, the best first.
pub(super) const REOPENING: &[&str] = &["new", "undefined", "indeterminate"];
/// Words of resolutions, of ways and of where they lead, that say that a fault is gone.
const RESOLUTIONS: [&str; 3] = ["Done", "Fixed", "Resolved"];
/// Words of those that close an issue because nothing was done.
const UNDONE: [&str; 10] =
    ["won't", "won’t", "wont", "not do", "cannot", "cancel", "reject", "decline", "duplicate", "invalid"];

/// A way that can be gone.
pub(super) struct Way {
    id: String,
    fields: Map<String, Value>,
}

impl Jira {
    /// The way, or why there is none.
    pub(super) async fn way(
        &self,
        key: &str,
        name: Option<&str>,
        categories: &[&str],
    ) -> Result<Result<Way, String>, TicketError> {
        let path = self.path(&format!("/issue/{key}/transitions?expand=transitions.fields"));
        let offered = self.http.get(&path).await?.unwrap_or_default();
        let offered: Vec<&Value> = offered["transitions"].as_array().into_iter().flatten().collect();
        Ok(choose(&offered, name, categories))
    }

    pub(super) async fn go(&self, key: &str, way: &Way) -> Result<Moved, TicketError> {
        let mut body = json!({"transition": {"id": way.id}});
        if !way.fields.is_empty() {
            body["fields"] = json!(way.fields);
        }
        let path = self.path(&format!("/issue/{key}/transitions"));
        match self.http.post(&path, &body).await {
            Ok(_) => Ok(Moved::Yes),
            // Somebody else was faster, or a rule of the workflow says no.
            Err(TicketError::Rejected { problems, .. }) => Ok(Moved::No(problems.join("; "))),
            Err(TicketError::Denied { reason, .. }) => Ok(Moved::No(reason)),
            Err(error) => Err(error),
        }
    }
}

fn choose(offered: &[&Value], name: Option<&str>, categories: &[&str]) -> Result<Way, String> {
    let named = |way: &&&Value, name: &str| {
        let same = |text: &Value| text.as_str().is_some_and(|text| text.eq_ignore_ascii_case(name));
        same(&way["name"]) || same(&way["to"]["name"])
    };
    let leads = |way: &&&Value, category: &str| way["to"]["statusCategory"]["key"] == category;
    let names: Vec<&str> = offered.iter().filter_map(|way| way["name"].as_str()).collect();
    let offers = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut found: Vec<&&Value> = match name {
        Some(name) => offered.iter().filter(|way| named(way, name)).collect(),
        None => categories.iter().flat_map(|category| offered.iter().filter(|way| leads(way, category))).collect(),
    };
    // Only the end has better and worse words; where a way back leads, its category has said already.
    if name.is_none() && categories == CLOSING {
        found.sort_by_key(|way| rank(&[&way["name"], &way["to"]["name"]]));
    }
    if found.is_empty() {
        let wanted = name.map_or_else(|| format!("to the category {}", categories.join(" or ")), |n| format!("{n:?}"));
        return Err(format!("there is no transition {wanted} from here for us; Jira offers: {offers}"));
    }
    let ways: Vec<Result<Way, String>> = found.into_iter().map(|way| passable(way)).collect();
    let mut problems = Vec::new();
    for way in ways {
        match way {
            Ok(way) => return Ok(way),
            Err(problem) => problems.push(problem),
        }
    }
    Err(problems.join("; "))
}

/// How well words say that a fault is gone: best as those of [`RESOLUTIONS`], worst as those of [`UNDONE`].
fn rank(words: &[&Value]) -> u8 {
    let words: Vec<String> = words.iter().filter_map(|word| word.as_str()).map(str::to_lowercase).collect();
    let undone = |word: &String| UNDONE.iter().any(|undone| word.contains(undone));
    let gone = |word: &String| RESOLUTIONS.iter().any(|gone| word.eq_ignore_ascii_case(gone));
    if words.iter().any(undone) {
        2
    } else if words.iter().any(gone) {
        0
    } else {
        1
    }
}

/// With a resolution where the screen requires one; what else it requires, nobody can know.
fn passable(way: &Value) -> Result<Way, String> {
    let mut fields = Map::new();
    for (field, about) in way["fields"].as_object().into_iter().flatten() {
        let needed = about["required"] == true && about["hasDefaultValue"] != true;
        if !needed {
            continue;
        }
        let allowed = about["allowedValues"].as_array().into_iter().flatten();
        let best = allowed.min_by_key(|value| rank(&[&value["name"]])).and_then(|value| value["name"].as_str());
        match best.filter(|_| field == "resolution") {
            Some(name) => fields.insert(field.clone(), json!({"name": name})),
            None => {
                let name = way["name"].as_str().unwrap_or_default();
                return Err(format!("the transition {name:?} requires the field {field:?}"));
            }
        };
    }
    match way["id"].as_str() {
        Some(id) => Ok(Way { id: id.to_owned(), fields }),
        None => Err("a transition has no id".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(id: &str, name: &str, category: &str, fields: Value) -> Value {
        json!({"id": id, "name": name, "to": {"name": name, "statusCategory": {"key": category}}, "fields": fields})
    }

    fn chosen(offered: &[Value], name: Option<&str>, categories: &[&str]) -> Result<String, String> {
        choose(&offered.iter().collect::<Vec<_>>(), name, categories).map(|way| way.id)
    }

    #[test]
    fn a_way_is_found_by_name_or_by_where_it_leads() {
        let offered = [
            way("11", "Start", "indeterminate", json!({})),
            way("21", "Won't do", "done", json!({})),
            way("31", "Done", "done", json!({})),
            way("41", "Backlog", "new", json!({})),
        ];
        assert_eq!(chosen(&offered, None, CLOSING), Ok("31".into()), "what is gone was not left undone");
        assert_eq!(chosen(&offered[..2], None, CLOSING), Ok("21".into()), "but closed it is");
        assert_eq!(chosen(&offered, Some("done"), CLOSING), Ok("31".into()));
        assert_eq!(chosen(&offered, None, REOPENING), Ok("41".into()));
        let missing = chosen(&offered, Some("Close"), CLOSING).unwrap_err();
        assert!(missing.contains("\"Close\"") && missing.contains("Start, Won't do, Done"), "{missing}");
    }

    #[test]
    fn the_way_that_says_that_the_fault_is_gone_goes_before_others_and_one_that_says_nothing_was_done_is_the_last() {
        let named = |names: &[&str]| {
            let ways: Vec<Value> = names.iter().map(|name| way(name, name, "done", json!({}))).collect();
            chosen(&ways, None, CLOSING).unwrap()
        };
        assert_eq!(named(&["Cancelled", "Archive", "Resolved"]), "Resolved");
        assert_eq!(named(&["Won't do", "Duplicate", "Archive"]), "Archive");
        assert_eq!(named(&["Archive", "FIXED", "Cancelled"]), "FIXED");
        assert_eq!(named(&["Duplicate"]), "Duplicate");
        let back = [way("1", "In work", "indeterminate", json!({})), way("2", "Cancel work", "new", json!({}))];
        assert_eq!(chosen(&back, None, REOPENING), Ok("2".into()), "of ways back the category is what counts");
        let allowed = json!([{"name": "Won't Do"}, {"name": "Duplicate"}, {"name": "Erledigt"}]);
        let screen = json!({"resolution": {"required": true, "allowedValues": allowed}});
        let resolved = choose(&[&way("3", "Close", "done", screen)], None, CLOSING).ok().unwrap();
        assert_eq!(resolved.fields["resolution"], json!({"name": "Erledigt"}));
    }

    #[test]
    fn a_screen_gets_its_resolution_and_nothing_is_made_up_for_other_fields() {
        let resolution =
            json!({"resolution": {"required": true, "allowedValues": [{"name": "Won't Do"}, {"name": "Fixed"}]}});
        let root_cause = json!({"customfield_1": {"required": true}});
        let offered = [way("1", "Close", "done", root_cause), way("2", "Resolve", "done", resolution)];
        let chosen = choose(&offered.iter().collect::<Vec<_>>(), None, CLOSING).ok().unwrap();
        assert_eq!((chosen.id.as_str(), &chosen.fields["resolution"]), ("2", &json!({"name": "Fixed"})));
        assert!(self::chosen(&offered[..1], None, CLOSING).unwrap_err().contains("customfield_1"));
    }
}
