//! Taking identifiers and what users typed out of names, before they leave a reader.
//!
//! Routes keep their shape: `GET /cart/8841?user=anna` becomes `GET /cart/{id}`. Statements keep
//! their tables: `SELECT * FROM shop.items WHERE id = 'x'` becomes `… WHERE id = ?`. What cannot be
//! told apart from a name (a rare word, a first name) stays; no rule can do better.

use std::borrow::Cow;

/// The longest name that is kept; what is longer is no name.
const LONGEST: usize = 200;
/// Stands where an identifier stood.
const ID: &str = "{id}";

/// The name of an operation without identifiers, query strings and literals.
pub(crate) fn operation(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let suspect = |byte: u8| byte.is_ascii_digit() || b"'\"?@%;=".contains(&byte);
    let is_long = text.len() > 24;
    if !is_long && !text.bytes().any(suspect) {
        return Cow::Borrowed(text);
    }
    let redacted = if is_statement(text) { statement(text) } else { route(text) };
    if redacted == text { Cow::Borrowed(text) } else { Cow::Owned(redacted) }
}

/// A value, key or header that stands in an error: shortened, and without identifiers.
pub(crate) fn excerpt(text: &str) -> String {
    shorten(&route(text), 40)
}

fn is_statement(text: &str) -> bool {
    let verb = text.split_ascii_whitespace().next().unwrap_or_default();
    let known =
        ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "UPSERT", "WITH", "CALL"];
    let path_follows = || text[verb.len()..].trim_start().starts_with(['/', 'h', '{', '*']);
    known.iter().any(|word| verb.eq_ignore_ascii_case(word))
        && !(verb.eq_ignore_ascii_case("DELETE") && path_follows())
}

/// A statement with `?` for its literals; names in double quotes stay unless they are compared.
fn statement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let before = out.trim_end().chars().next_back();
        let in_word = out
            .chars()
            .next_back()
            .is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '.');
        let compared = matches!(before, Some('=' | '<' | '>' | '(' | ','));
        if letter == '\'' || letter == '"' && compared {
            // A doubled quotation mark is a part of the literal.
            while let Some(inner) = letters.next() {
                if inner == letter && letters.next_if_eq(&letter).is_none() {
                    break;
                }
            }
            out.push('?');
        } else if letter.is_ascii_digit() && !in_word {
            while letters.next_if(|it| it.is_ascii_alphanumeric() || *it == '.').is_some() {}
            out.push('?');
        } else {
            out.push(letter);
        }
    }
    shorten(&out, LONGEST)
}

/// Words and paths with `{id}` for identifiers, without the query string.
fn route(text: &str) -> String {
    let is_url = text.contains('/');
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let end = word.trim_end().len();
        let (word, blank) = word.split_at(end);
        let path =
            if is_url { word.split(['?', '#', ';']).next().unwrap_or_default() } else { word };
        let is_path = path.contains('/');
        for (i, segment) in path.split('/').enumerate() {
            if i > 0 {
                out.push('/');
            }
            out.push_str(if is_identifier(segment, is_path) { ID } else { segment });
        }
        out.push_str(blank);
    }
    shorten(&out, LONGEST)
}

/// Whether a word, or a segment of a path, names one thing of many.
fn is_identifier(word: &str, in_path: bool) -> bool {
    let word = word.trim_matches(['"', '\'', ',', '(', ')', '[', ']', '<', '>']);
    let bytes = word.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if word.contains('@') && !word.starts_with('@') && !word.ends_with('@') || is_escaped(word) {
        return true;
    }
    if digits == 0 || word.contains('{') {
        return word.len() > 64;
    }
    if digits == word.len() {
        return in_path || digits >= 5;
    }
    let is_hex = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let is_token = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_=+~".contains(byte));
    is_hex && word.len() >= 8 || is_token && word.len() >= 12 && digits >= 4
}

/// Whether some letter is written as in a URL: `%2F`.
fn is_escaped(word: &str) -> bool {
    word.as_bytes().windows(3).any(|it| it[0] == b'%' && it[1..].iter().all(u8::is_ascii_hexdigit))
}

fn shorten(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(operation(text), expected);
        assert_eq!(operation(expected), expected, "redacting is idempotent");
    }

    #[test]
    fn routes_lose_identifiers_and_keep_their_shape() {
        check("GET /cart/8841?user=anna", "GET /cart/{id}");
        check(
            "/api/v1/orders/6f1c2f1e-8a53-4d55-9a6b-0c8f0d5d2c11/items",
            "/api/v1/orders/{id}/items",
        );
        check("GET /users/anna@shop.example", "GET /users/{id}");
        check("/token/abcdefgh123456", "/token/{id}");
        check("DELETE /orders/17", "DELETE /orders/{id}");
        check("GET http://shop.example:8080/a/12#frag", "GET http://shop.example:8080/a/{id}");
    }

    #[test]
    fn names_stay() {
        for name in [
            "hipstershop.CartService/GetCart",
            "productpage.bookinfo.svc.cluster.local:9080/productpage",
            "GET /api/v1/travel2/routes/{id}",
            "sql.conn.query",
            "SELECT shop.items",
            "step 12 of 20",
            "ts-travel2-service",
        ] {
            check(name, name);
        }
    }

    #[test]
    fn statements_lose_literals() {
        check(
            "SELECT * FROM shop.t1 WHERE name = 'O''Neil' AND n>12.5",
            "SELECT * FROM shop.t1 WHERE name = ? AND n>?",
        );
        check(
            "UPDATE \"shop\".\"items\" SET a = \"secret\"",
            "UPDATE \"shop\".\"items\" SET a = ?",
        );
        check("select 1", "select ?");
        check("INSERT INTO t VALUES ('a', 0xff, \"b\")", "INSERT INTO t VALUES (?, ?, ?)");
    }

    #[test]
    fn what_stands_in_errors_is_short_and_redacted() {
        assert_eq!(excerpt("otto@shop.example"), "{id}");
        assert_eq!(excerpt("4f9bb844afc325376521f9e10ad8fe40"), "{id}");
        assert_eq!(excerpt("traceId"), "traceId");
        assert!(excerpt(&"long words ".repeat(30)).chars().count() <= 40);
    }
}
