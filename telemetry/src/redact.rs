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

/// Words that a statement begins with.
const VERBS: [&str; 22] = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "UPSERT", "WITH", "CALL",
    "EXPLAIN", "EXEC", "EXECUTE", "CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "BEGIN", "DECLARE",
    "MATCH", "TRUNCATE", "COPY",
];
/// Commands of key-value stores whose first argument is a key and whose others are values.
const COMMANDS: [&str; 24] = [
    "GET", "SET", "DEL", "MGET", "MSET", "SETEX", "SETNX", "GETSET", "INCR", "DECR", "EXPIRE",
    "HGET", "HSET", "HMSET", "HDEL", "LPUSH", "RPUSH", "SADD", "SREM", "ZADD", "ZREM", "AUTH",
    "EVAL", "PUBLISH",
];
/// Words after which a token stands.
const SCHEMES: [&str; 3] = ["Bearer", "Basic", "Token"];
/// Words after which a name in double quotes stands.
const BEFORE_NAMES: [&str; 8] = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "AS", "ONLY", "USING"];

/// The name of an operation without identifiers, query strings and literals.
pub(crate) fn operation(text: &str) -> Cow<'_, str> {
    let whole = text.trim();
    let text = without_comment(whole);
    let suspect = |byte: u8| byte.is_ascii_digit() || b"'\"?@%;=:$~".contains(&byte);
    let is_long = text.len() > 24;
    let has_token = || SCHEMES.iter().any(|scheme| text.contains(scheme));
    if !is_long && !text.bytes().any(suspect) && !is_command(text) && !has_token() {
        return Cow::Borrowed(text);
    }
    let redacted = if is_command(text) {
        format!("{} ?", text.split_ascii_whitespace().next().unwrap_or_default())
    } else if is_statement(text) {
        statement(text)
    } else {
        route(text)
    };
    if redacted == text { Cow::Borrowed(text) } else { Cow::Owned(redacted) }
}

/// The text behind comments that it begins with, which say who asks and for whom.
fn without_comment(mut text: &str) -> &str {
    loop {
        let behind = if let Some(rest) = text.strip_prefix("/*") {
            rest.split_once("*/").map(|(_, behind)| behind)
        } else if let Some(rest) = text.strip_prefix("--") {
            rest.split_once('\n').map(|(_, behind)| behind)
        } else {
            return text;
        };
        match behind {
            Some(behind) => text = behind.trim_start(),
            None => return "",
        }
    }
}

/// Whether `text` is a command of a key-value store with arguments; a path makes it a route.
fn is_command(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let (Some(command), Some(key)) = (words.next(), words.next()) else {
        return false;
    };
    // `GET` is also what browsers say: there only a key's form tells.
    let is_key = key.contains(':') || command != "GET" && words.next().is_some();
    key != "?"
        && is_key
        && COMMANDS.contains(&command)
        && !key.contains('/')
        && !key.starts_with(['{', '*'])
}

/// A value, key or header that stands in an error: shortened, and without identifiers.
pub(crate) fn excerpt(text: &str) -> String {
    shorten(&route(text), 40)
}

fn is_statement(text: &str) -> bool {
    let verb = text.split_ascii_whitespace().next().unwrap_or_default().trim_end_matches(';');
    let path_follows = || text[verb.len()..].trim_start().starts_with(['/', 'h', '{', '*']);
    VERBS.iter().any(|word| verb.eq_ignore_ascii_case(word))
        && !(verb.eq_ignore_ascii_case("DELETE") && path_follows())
}

/// A statement with `?` for its literals; of what is in double quotes, the names of tables stay.
fn statement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let in_word = out
            .chars()
            .next_back()
            .is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '.');
        if letter == '\'' || letter == '"' && !names_follow(&out) {
            skip_quoted(&mut letters, letter);
            out.push('?');
        } else if letter == '"' {
            out.push(letter);
            for inner in letters.by_ref() {
                out.push(inner);
                if inner == letter {
                    break;
                }
            }
        } else if letter == '$' && letters.peek().is_some_and(|it| *it == '$' || it.is_alphabetic())
        {
            skip_dollars(&mut letters);
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

/// Whether, after what stands there, double quotes hold the name of a table.
fn names_follow(before: &str) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(|it: char| !it.is_ascii_alphabetic()).next().unwrap_or_default();
    before.ends_with('.') || BEFORE_NAMES.iter().any(|it| word.eq_ignore_ascii_case(it))
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Goes behind a literal: a doubled quotation mark, or one behind a backslash, is a part of it.
fn skip_quoted(letters: &mut Letters<'_>, quote: char) {
    while let Some(inner) = letters.next() {
        if inner == '\\' {
            letters.next();
        } else if inner == quote && letters.next_if_eq(&quote).is_none() {
            return;
        }
    }
}

/// Goes behind a literal between `$$` and `$$`, or `$tag$` and `$tag$`; its first `$` is behind already.
fn skip_dollars(letters: &mut Letters<'_>) {
    let tag: String =
        std::iter::from_fn(|| letters.next_if(|it| it.is_alphanumeric() || *it == '_')).collect();
    if letters.next_if_eq(&'$').is_none() {
        // A parameter by name.
        return;
    }
    let end = format!("${tag}$");
    let mut seen = String::new();
    for letter in letters.by_ref() {
        seen.push(letter);
        if seen.ends_with(&end) {
            return;
        }
    }
}

/// Words and paths with `{id}` for identifiers, without the query string.
fn route(text: &str) -> String {
    let text = &unquoted(text);
    let is_url = text.contains('/');
    let mut out = String::with_capacity(text.len());
    let mut is_secret = false;
    for word in text.split_inclusive(char::is_whitespace) {
        let end = word.trim_end().len();
        let (word, blank) = word.split_at(end);
        if std::mem::replace(&mut is_secret, SCHEMES.contains(&word)) && !word.starts_with('{') {
            out.push_str(ID);
            out.push_str(blank);
            continue;
        }
        let has_query = is_url || word.split_once('?').is_some_and(|(_, rest)| rest.contains('='));
        let path =
            if has_query { word.split(['?', '#', ';']).next().unwrap_or_default() } else { word };
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

/// The text with `?` for whatever is in quotes. An apostrophe within a word is none.
fn unquoted(text: &str) -> Cow<'_, str> {
    if !text.contains(['\'', '"']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let in_word = out.chars().next_back().is_some_and(char::is_alphanumeric);
        if matches!(letter, '"' | '\'') && !in_word {
            skip_quoted(&mut letters, letter);
            out.push('?');
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Whether a word, or a segment of a path, names one thing of many.
fn is_identifier(word: &str, in_path: bool) -> bool {
    let word = word.trim_matches(['"', '\'', ',', '(', ')', '[', ']', '<', '>']);
    let bytes = word.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if word.contains('@') && !word.starts_with('@') && !word.ends_with('@') || is_escaped(word) {
        return true;
    }
    if in_path && word.len() > 1 && word.starts_with('~') {
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
    if in_path && (is_mixed(word) || is_numbered(word)) {
        return true;
    }
    is_hex && word.len() >= 8 || is_token && word.len() >= 12 && digits >= 4
}

/// Whether letters and digits change places as in a token: `x7k2m9`, and not as in `v1beta1`.
fn is_mixed(word: &str) -> bool {
    let kinds: Vec<bool> = word.bytes().map(|byte| byte.is_ascii_digit()).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    word.len() >= 6 && changes >= 4 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a word is a kind of thing and its number: `C-10492`.
fn is_numbered(word: &str) -> bool {
    word.split_once(['-', '_']).is_some_and(|(kind, number)| {
        kind.bytes().all(|byte| byte.is_ascii_alphabetic())
            && number.len() >= 5
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
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
        check("GET /reset/Zx81kQpL0aB", "GET /reset/{id}");
        check("GET /invite/x7k2m9", "GET /invite/{id}");
        check("GET /~jdoe/photos", "GET /{id}/photos");
        check("GET /customers/C-10492/cart", "GET /customers/{id}/cart");
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
            "/apis/batch/v1beta1/jobs",
            "/charset/iso-8859-1/rfc-2616",
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

    /// What users typed, and passwords, in whatever dialect.
    #[test]
    fn literals_are_found_in_any_statement_or_route() {
        check("/* app */ SELECT a FROM t WHERE name='anna'", "SELECT a FROM t WHERE name=?");
        check("-- who\nSELECT 1", "SELECT ?");
        check("EXPLAIN SELECT a FROM t WHERE mail='anna'", "EXPLAIN SELECT a FROM t WHERE mail=?");
        check("EXEC login 'anna','hunter'", "EXEC login ?,?");
        check("CREATE USER bob IDENTIFIED BY 'hunter'", "CREATE USER bob IDENTIFIED BY ?");
        check("BEGIN; INSERT INTO t VALUES ('secret')", "BEGIN; INSERT INTO t VALUES (?)");
        check("MATCH (n) WHERE n.name='anna' RETURN n", "MATCH (n) WHERE n.name=? RETURN n");
        check("SELECT a FROM t WHERE name LIKE \"anna\"", "SELECT a FROM t WHERE name LIKE ?");
        check(r"SELECT 'it\'s secret' FROM t", "SELECT ? FROM t");
        check("SELECT $$secret$$, $tag$more$tag$", "SELECT ?, ?");
        check("login?password=hunter", "login");
        check("SET session:anna supersecret", "SET ?");
        check("GET user:anna", "GET ?");
        check("GET start page", "GET start page");
        check("ask Bearer eyJhbGciOi", "ask Bearer {id}");
        check("find 'anna'", "find ?");
        check("don't know", "don't know");
    }

    #[test]
    fn what_stands_in_errors_is_short_and_redacted() {
        assert_eq!(excerpt("otto@shop.example"), "{id}");
        assert_eq!(excerpt("4f9bb844afc325376521f9e10ad8fe40"), "{id}");
        assert_eq!(excerpt("traceId"), "traceId");
        assert!(excerpt(&"long words ".repeat(30)).chars().count() <= 40);
    }
}
