//! What decides every byte of a result, in a few letters.

use sha2::{Digest, Sha256};

/// A hash of texts, each with its length, so that no two lists of them are one.
#[derive(Debug, Clone)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Of results that this version of the program makes by rules of that name.
    #[must_use]
    pub fn new(rules: &str) -> Self {
        let mut print = Self(Sha256::new());
        print.add(env!("CARGO_PKG_VERSION"));
        print.add(rules);
        print
    }

    /// Another text.
    pub fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }

    /// 128 bits of it, in hexadecimal.
    #[must_use]
    pub fn text(self) -> String {
        let digest = self.0.finalize();
        let nibbles = digest.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]);
        nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_text_ends_matters() {
        let of = |texts: &[&str]| {
            let mut print = Fingerprint::new("test/1");
            for text in texts {
                print.add(text);
            }
            print.text()
        };
        assert_eq!(of(&["ab", "c"]).len(), 32);
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
    }
}
