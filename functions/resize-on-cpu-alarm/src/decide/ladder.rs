//! The sizes above the instance's own, smallest first, and the one below. Pure.

use super::fits;
use crate::seen::{Candidate, Instance};

/// The types that are larger, fit the instance and are within the maximum; at least one.
pub(super) fn larger<'a>(
    instance: &Instance,
    family: &'a [Candidate],
    max_size: &str,
) -> Result<Vec<&'a Candidate>, String> {
    let current = current(instance, family)?;
    let mut larger: Vec<&Candidate> = family.iter().filter(|c| size(c) > size(current)).collect();
    larger.sort_by_key(|c| (size(c), c.instance_type.clone()));
    let (mut fitting, mut unfit) = (vec![], vec![]);
    for candidate in larger {
        match fits::lacks(instance, current, candidate) {
            None => fitting.push(candidate),
            Some(why) => unfit.push(format!("{} {why}", candidate.instance_type)),
        }
    }
    let first = fitting.first().ok_or_else(|| none_fits(instance, &unfit))?;
    match within(&first.instance_type, max_size) {
        Some(true) => {}
        Some(false) => return Err(format!("the next size is {}, beyond the maximum {max_size}", first.instance_type)),
        None => {
            return Err(format!("it cannot be told whether {} is within the maximum {max_size}", first.instance_type));
        }
    }
    fitting.retain(|candidate| within(&candidate.instance_type, max_size) == Some(true));
    Ok(fitting)
}

/// The largest type that is smaller and can take over what is attached.
pub(super) fn smaller<'a>(instance: &Instance, family: &'a [Candidate]) -> Result<&'a Candidate, String> {
    let current = current(instance, family)?;
    let fitting = family.iter().filter(|c| size(c) < size(current) && fits::cannot(instance, current, c).is_none());
    fitting.max_by_key(|c| (size(c), c.instance_type.clone())).ok_or_else(|| {
        let Instance { instance_type, availability_zone, .. } = instance;
        format!("{availability_zone} offers no type of its family that is smaller than {instance_type} and holds what is attached")
    })
}

fn size(of: &Candidate) -> (i32, i64) {
    (of.vcpus, of.memory_mib)
}

fn current<'a>(instance: &Instance, family: &'a [Candidate]) -> Result<&'a Candidate, String> {
    let found = family.iter().find(|c| c.instance_type == instance.instance_type);
    found.ok_or_else(|| format!("AWS does not describe the type {}", instance.instance_type))
}

fn none_fits(instance: &Instance, unfit: &[String]) -> String {
    let Instance { instance_type, availability_zone, .. } = instance;
    let said = format!(
        "{instance_type} is the largest of its family that {availability_zone} offers and the instance can use"
    );
    if unfit.is_empty() { said } else { format!("{said}: {}", unfit.join("; ")) }
}

/// Whether a type's size is at most `max`. `None` if either is no size we know.
fn within(instance_type: &str, max: &str) -> Option<bool> {
    let (_, size) = instance_type.split_once('.')?;
    Some(rank(size)? <= rank(max)?)
}

/// Sizes in order: nano < micro < small < medium < large < xlarge < 2xlarge < ...
fn rank(size: &str) -> Option<u32> {
    const NAMED: [&str; 6] = ["nano", "micro", "small", "medium", "large", "xlarge"];
    let named = NAMED.iter().position(|name| *name == size).and_then(|at| u32::try_from(at).ok());
    named.or_else(|| size.strip_suffix("xlarge")?.parse::<u32>().ok().map(|times| times + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_order() {
        let ladder = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "24xlarge"];
        assert!(ladder.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
        assert_eq!(rank("metal"), None);
    }
}
