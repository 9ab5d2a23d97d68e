//! Variables of Compose: the file `.env`, and their use in values.
//!
//! Only the file counts, never the environment of this process: what is learned must not depend on
//! who runs it.
//!
//! Source: the Compose specification, "Interpolation".

use std::collections::BTreeMap;

/// Variables by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads `NAME=value` lines; values may use variables that stand before them.
    pub(super) fn parse(text: &str) -> Self {
        let mut known = Self::default();
        for line in text.lines() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#'))
            else {
                continue;
            };
            let value = value.trim();
            let value = if let Some(inner) = unquote(value, '\'') {
                inner.to_owned()
            } else if let Some(inner) = unquote(value, '"') {
                known.interpolate(inner).0
            } else {
                let plain = value.split(" #").next().unwrap_or_default().trim_end();
                known.interpolate(plain).0
            };
            known.0.insert(name.trim().to_owned(), value);
        }
        known
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The text with its variables replaced, and the names of those that are nowhere; they become
    /// nothing, as Compose does it.
    pub(super) fn interpolate(&self, text: &str) -> (String, Vec<String>) {
        let (mut out, mut missing) = (String::with_capacity(text.len()), Vec::new());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('{') {
                let Some(end) = closing(inner) else {
                    out.push_str("${");
                    rest = inner;
                    continue;
                };
                self.expression(&inner[..end], &mut out, &mut missing);
                rest = &inner[end + 1..];
            } else {
                let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
                let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
                if name.is_empty() {
                    out.push('$');
                } else {
                    self.expression(name, &mut out, &mut missing);
                }
                rest = after;
            }
        }
        out.push_str(rest);
        (out, missing)
    }

    /// `NAME`, `NAME:-default`, `NAME-default`, `NAME:+other`, `NAME+other`, `NAME:?why`, `NAME?why`.
    fn expression(&self, text: &str, out: &mut String, missing: &mut Vec<String>) {
        let end = text.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let (name, operator) = text.split_at(end.unwrap_or(text.len()));
        let (skips_empty, operator) = match operator.strip_prefix(':') {
            Some(rest) => (true, rest),
            None => (false, operator),
        };
        let value = self.get(name).filter(|value| !skips_empty || !value.is_empty());
        match (operator.chars().next(), value) {
            (Some('+'), Some(_)) | (Some('-'), None) => {
                let (inner, more) = self.interpolate(&operator[1..]);
                out.push_str(&inner);
                missing.extend(more);
            }
            (Some('+'), None) => {}
            (_, Some(value)) => out.push_str(value),
            (_, None) => missing.push(name.to_owned()),
        }
    }
}

fn unquote(text: &str, mark: char) -> Option<&str> {
    text.strip_prefix(mark)?.split(mark).next()
}

/// The position of the brace that closes the one before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, missing: &[&str]) {
        let known = Environment::parse(
            "# names\nHOST=cart\nPORT='80'\nURL=http://${HOST}:$PORT # x\nNONE=\n",
        );
        assert_eq!(
            known.interpolate(text),
            (expected.to_owned(), missing.iter().map(|&it| it.to_owned()).collect())
        );
    }

    #[test]
    fn variables_are_replaced_as_compose_does_it() {
        check("${URL}/x", "http://cart:80/x", &[]);
        check("$HOST-$PORT $$HOME", "cart-80 $HOME", &[]);
        check("${NONE:-a} ${NONE-b} ${GONE-${HOST}}", "a  cart", &[]);
        check("${HOST:+on} ${GONE:+on} ${GONE:?why} ${HOST", "on   ${HOST", &["GONE"]);
    }
}
