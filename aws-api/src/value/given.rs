//! A member of an object, found the way that costs least.
//!
//! Comes in: an object and a name. Goes out: the value. Never: anything but what the map's own search finds.

use serde_json::{Map, Value};

/// Up to here a look at each name costs less than the hash of one.
const FEW: usize = 6;

/// The value of this name. Most objects of an input have two or three members, and each is asked for all that its shape
/// could have.
pub(crate) fn given<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if members.len() > FEW {
        return members.get(name);
    }
    members.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_the_map_finds_however_many_members_there_are() {
        let mut members = Map::new();
        for number in 0..2 * FEW {
            members.insert(format!("Member{number}"), number.into());
            for name in ["Member", "Member0", "Member3", "Member11", ""] {
                assert_eq!(given(&members, name), members.get(name), "{name} of {}", members.len());
            }
        }
    }
}
