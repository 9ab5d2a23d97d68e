//! Names that people can type, out of the names that spans carry.
//!
//! A component is called like its service, with what an address cannot hold replaced. An endpoint
//! gets the shortest name that tells what it is: the method of a gRPC call, the telling parts of a
//! path, the verb and table of a statement. The original stays in `binds`.

use std::collections::{BTreeMap, BTreeSet};

/// Longest name of an endpoint.
const MAX_NAME: usize = 60;
/// Words that mean something else where an endpoint's name may stand in an address.
const RESERVED: [&str; 18] = [
    "kind",
    "about",
    "binds",
    "replicas",
    "zones",
    "hosts",
    "concurrency",
    "blocking",
    "cpu",
    "queue",
    "rate_limit",
    "shed",
    "endpoints",
    "calls",
    "autoscale",
    "health",
    "deliver",
    "name",
];
/// Words that begin other addresses than those of components.
const SECTIONS: [&str; 8] =
    ["network", "zones", "hosts", "run", "load", "faults", "objectives", "requests"];

/// The operation with what varies from request to request in its path replaced by `{id}`.
pub(crate) fn template(operation: &str) -> String {
    let operation: String =
        operation.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let path = operation.split(['?', '#']).next().unwrap_or_default();
    if !path.contains('/') {
        return operation;
    }
    let part = |part: &str| if varies(part) { String::from("{id}") } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Whether a part of a path is a number, a UUID or a long hexadecimal or mixed key.
fn varies(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let is_number = !part.is_empty() && digits == part.len();
    let is_key = part.len() >= 20 && digits >= 4 && part.bytes().all(|b| b.is_ascii_alphanumeric());
    is_number || is_key || (is_hex && part.len() >= 8 && digits > 0)
}

/// A name for a component, of letters, digits, `-` and `_`.
pub(crate) fn component(service: &str) -> String {
    let name = safe(service, true);
    match name.as_str() {
        "" => String::from("unnamed"),
        section if SECTIONS.contains(&section) => format!("{section}_component"),
        _ => name,
    }
}

/// A name for an endpoint of `service`, and the longer one to use when others share the first.
pub(crate) fn endpoint(service: &str, operation: &str) -> (String, String) {
    let (method, rest) = split_method(operation);
    let short = rpc_method(rest).unwrap_or_else(|| path_name(service, rest));
    let short = match short.as_str() {
        "" if rest.contains('/') || rest.is_empty() => String::from("root"),
        "" => String::from("operation"),
        _ => short,
    };
    let short = finish(&short);
    let long = method.map_or_else(|| short.clone(), |method| finish(&format!("{method}_{short}")));
    (short, long)
}

/// A name for the statement of a database span: `select_orders`, `query`.
pub(crate) fn statement(operation: &str) -> String {
    let mut words = operation.split_ascii_whitespace();
    let verb = words.next().unwrap_or_default();
    let words: Vec<&str> = words.collect();
    let after = words.iter().position(|word| matches!(*word, "FROM" | "INTO" | "from" | "into"));
    let table = after.map_or(words.first(), |at| words.get(at + 1)).copied().unwrap_or_default();
    let last = |text: &str| {
        let text = text.split(['(', ',', ';', ')']).next().unwrap_or_default();
        safe(text.rsplit(['.', ':']).next().unwrap_or_default(), false)
    };
    let name = match (last(verb), last(table)) {
        (verb, table) if table.is_empty() => verb,
        (verb, table) => format!("{}_{table}", verb.to_ascii_lowercase()),
    };
    finish(if name.is_empty() { "statement" } else { &name })
}

/// A name for a statement called `name`, which does not tell what is asked, by who asks.
pub(crate) fn asked(name: &str, caller: &str) -> String {
    finish(&format!("{name}_{}", endpoint("", caller).0))
}

/// Distinct names: `short` where it is one of a kind, else `long`, else numbered in order.
pub(crate) fn distinct(wanted: &[(String, String)]) -> Vec<String> {
    let mut shorts: BTreeMap<&str, usize> = BTreeMap::new();
    for (short, _) in wanted {
        *shorts.entry(short).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut names = Vec::with_capacity(wanted.len());
    for (short, long) in wanted {
        let base = if shorts[short.as_str()] == 1 { short } else { long };
        let mut name = base.clone();
        let mut number = 1;
        while taken.contains(&name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

/// `GET` and `/cart` of `GET /cart` or `HTTP GET /cart`.
fn split_method(operation: &str) -> (Option<&str>, &str) {
    let operation = operation.trim();
    let operation = operation.strip_prefix("HTTP ").unwrap_or(operation);
    match operation.split_once(' ') {
        Some((method, path))
            if method.len() <= 7 && method.bytes().all(|b| b.is_ascii_uppercase()) =>
        {
            (Some(method), path.trim())
        }
        _ => (None, operation),
    }
}

/// `Method` of `package.Service/Method`, with or without a slash before.
fn rpc_method(operation: &str) -> Option<String> {
    let (service, method) = operation.trim_start_matches('/').split_once('/')?;
    let is_rpc = service.contains('.') && !service.contains(['{', ' ']) && !method.contains('/');
    let name = safe(method, false);
    (is_rpc && !name.is_empty()).then_some(name)
}

/// The telling parts of a path: neither `api`, nor a version, nor the service's own name first.
fn path_name(service: &str, path: &str) -> String {
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let parts = path.split('/').map(str::trim);
    let mut parts: Vec<&str> =
        parts.filter(|part| !part.is_empty() && *part != "api" && !is_version(part)).collect();
    let own = squeeze(service);
    if parts.len() > 1 && squeeze(parts[0]).len() > 2 && own.ends_with(&squeeze(parts[0])) {
        parts.remove(0);
    }
    safe(&parts.join("_"), false)
}

fn squeeze(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Letters, digits and `_` (and `-` where allowed); everything else becomes one `_`.
fn safe(text: &str, hyphens: bool) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || (hyphens && c == '-') {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(MAX_NAME);
    name.trim_end_matches(['_', '-']).trim_start_matches('-').to_owned()
}

fn finish(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("{name}_operation");
    }
    name.chars().take(MAX_NAME).collect::<String>().trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(service: &str, operation: &str, expected: &str) {
        assert_eq!(endpoint(service, operation).0, expected, "{operation:?}");
    }

    #[test]
    fn endpoints_are_named_by_what_tells_them_apart() {
        check("frontend", "hipstershop.Frontend/Recv.", "Recv");
        check("currency", "grpc.hipstershop.CurrencyService/Convert", "Convert");
        check(
            "reco",
            "/hipstershop.RecommendationService/ListRecommendations",
            "ListRecommendations",
        );
        check("ts-order-service", "/api/v1/orderservice/order/{orderId}", "order_orderId");
        check(
            "ts-order-other-service",
            "/api/v1/orderOtherService/orderOther/tickets",
            "orderOther_tickets",
        );
        check("ts-auth-service", "/api/v1/users/login", "users_login");
        check("ts-gateway-service", "/*", "root");
        check("shop", "GET /", "root");
        check("shop", "HTTP GET /cart/{id}", "cart_id");
        check("shop", "GET https://shop.example/v2/cart?x=1", "cart_x_1");
        check("shop", "GET", "GET");
        check("shop", "calls", "calls_operation");
        check("shop", "Größe", "Gr_e");
        check("shop", "注文", "operation");
    }

    #[test]
    fn a_method_is_named_where_paths_are_equal() {
        let both = ["GET /orders", "POST /orders", "/ready"].map(|o| endpoint("shop", o));
        assert_eq!(distinct(&both), ["GET_orders", "POST_orders", "ready"]);
        let same = ["/a.b", "/a_b"].map(|o| endpoint("shop", o));
        assert_eq!(distinct(&same), ["a_b", "a_b_2"]);
    }

    #[test]
    fn statements_are_named_by_verb_and_table() {
        for (operation, name) in [
            ("SELECT addatabase.aditems", "select_aditems"),
            ("INSERT INTO `ts`.`orders`(id) VALUES (?)", "insert_orders"),
            ("SELECT id FROM shop.items WHERE a = 1", "select_items"),
            ("sql.conn.query", "query"),
            ("sql.rows", "rows"),
            ("GET", "GET"),
            ("", "statement"),
        ] {
            assert_eq!(statement(operation), name, "{operation:?}");
        }
    }

    #[test]
    fn what_varies_in_a_path_is_replaced() {
        for (operation, expected) in [
            ("GET /orders/123", "GET /orders/{id}"),
            ("/users/6f1ed002-ab5f-4f6c-8bff-1b1c2d3e4f50/cart?page=2", "/users/{id}/cart"),
            ("/api/v1/face/decade", "/api/v1/face/decade"),
            ("hipstershop.CartService/GetCart", "hipstershop.CartService/GetCart"),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(template(operation), expected);
        }
    }

    #[test]
    fn components_are_safe_in_addresses() {
        for (service, name) in [
            ("ts-order-service", "ts-order-service"),
            ("shop.cart [v2]", "shop_cart_v2"),
            ("network", "network_component"),
            ("", "unnamed"),
            ("-", "unnamed"),
        ] {
            assert_eq!(component(service), name);
        }
    }
}
