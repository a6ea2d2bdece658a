//! glacier: the account by default, the version of its API, and the tree hash of what is uploaded.
//!
//! Comes in: an input; a request. Goes out: the same with what boto3 adds. Never: a hash the caller gave replaced.

use aws_smithy_runtime_api::http::Request;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The tree's leaves are hashes of this many bytes.
const LEAF: usize = 1024 * 1024;

/// `-` is the account whose credentials sign.
pub(super) fn default_account(input: &mut Map<String, Value>) {
    if input.get("accountId").is_none_or(Value::is_null) {
        input.insert("accountId".to_owned(), "-".into());
    }
}

pub(super) fn add_headers(api: &str, request: &mut Request) {
    request.headers_mut().insert("x-amz-glacier-version", "2012-06-01");
    if !matches!(api, "UploadArchive" | "UploadMultipartPart") {
        return;
    }
    let body = request.body().bytes().unwrap_or_default();
    let sums = [
        ("x-amz-content-sha256", hexadecimal(&Sha256::digest(body))),
        ("x-amz-sha256-tree-hash", hexadecimal(&tree_hash(body))),
    ];
    for (name, sum) in sums {
        if request.headers().get(name).is_none() {
            request.headers_mut().insert(name, sum);
        }
    }
}

/// Hashes of a mebibyte each, hashed in pairs until one is left; an odd one goes up as it is.
fn tree_hash(body: &[u8]) -> Vec<u8> {
    let mut level: Vec<Vec<u8>> = body.chunks(LEAF).map(|leaf| Sha256::digest(leaf).to_vec()).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| if pair.len() == 1 { pair[0].clone() } else { Sha256::digest(pair.concat()).to_vec() })
            .collect();
    }
    level.pop().unwrap_or_else(|| Sha256::digest([]).to_vec())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_one_leaf_is_that_leaf() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hexadecimal(&tree_hash(b"abc")), expected);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hexadecimal(&tree_hash(b"")), empty);
    }

    #[test]
    fn leaves_are_hashed_in_pairs_and_an_odd_one_goes_up() {
        let body = vec![b'a'; 2 * LEAF + 1];
        let leaf = |bytes: &[u8]| Sha256::digest(bytes).to_vec();
        let pair = leaf(&[leaf(&body[..LEAF]), leaf(&body[LEAF..2 * LEAF])].concat());
        assert_eq!(tree_hash(&body), leaf(&[pair, leaf(b"a")].concat()));
        // What botocore's calculate_tree_hash says for the same bytes.
        assert_eq!(hexadecimal(&tree_hash(&body)), "b4c40de8c0f297322b07d3be87d1228c6f2f45b75c8c515def68bf5e2e228592");
    }

    #[test]
    fn the_account_is_ones_own_unless_another_is_given() {
        let mut input = Map::from_iter([("accountId".to_owned(), Value::Null)]);
        default_account(&mut input);
        assert_eq!(input["accountId"], "-");
        let mut input = Map::from_iter([("accountId".to_owned(), "123456789012".into())]);
        default_account(&mut input);
        assert_eq!(input["accountId"], "123456789012");
    }
}
