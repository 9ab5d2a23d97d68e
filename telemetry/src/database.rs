//! Which database an operation speaks to, where only the operation's name tells.
//!
//! Instrumented SQL drivers name their spans by the statement (`SELECT shop.orders`) or by the
//! driver's own step (`sql.conn.query`).

/// What the name of an operation says about a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement<'a> {
    /// A statement on a table of this database (or schema).
    On(&'a str),
    /// A database call that does not name its database.
    Anonymous,
    /// No database call.
    None,
}

/// Reads the database out of an operation's name.
///
/// - `SELECT shop.items`, `INSERT INTO shop.items …`, `UPDATE "shop"."items"`, `DELETE shop.items`:
///   the database is the first part of the table's name.
/// - `SELECT User` (an entity or a table without schema), `SELECT`, `sql.rows`, `sql:query`: a
///   database that is not named.
/// - HTTP's `DELETE` alone or before a path is no statement. Verbs count in capitals only, since
///   "Update cart" is what people call an endpoint.
#[must_use]
pub fn of_operation(operation: &str) -> Statement<'_> {
    let operation = operation.trim();
    if operation.starts_with("sql.") || operation.starts_with("sql:") {
        return Statement::Anonymous;
    }
    let mut words = operation.split_ascii_whitespace();
    let verb = words.next().unwrap_or_default();
    if !matches!(verb, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "MERGE" | "UPSERT") {
        return Statement::None;
    }
    let Some(first) = words.next() else {
        return if verb == "DELETE" { Statement::None } else { Statement::Anonymous };
    };
    // A whole statement names its table after FROM or INTO, a summary right after the verb.
    let is_preposition =
        |word: &str| word.eq_ignore_ascii_case("FROM") || word.eq_ignore_ascii_case("INTO");
    let table = if is_preposition(first) {
        words.next()
    } else {
        let mut rest = words;
        match rest.find(|word| is_preposition(word)) {
            Some(_) => rest.next(),
            None => Some(first),
        }
    };
    table.map_or(Statement::Anonymous, database_of_table)
}

fn database_of_table(table: &str) -> Statement<'_> {
    if table.contains(['/', ':', '{', '?']) {
        return Statement::None;
    }
    let table = table.split(['(', ',', ';', ')']).next().unwrap_or_default();
    let Some((database, rest)) = table.split_once('.') else {
        return Statement::Anonymous;
    };
    let database = database.trim_matches(['"', '`', '\'', '[', ']']);
    if database.is_empty() || rest.is_empty() {
        return Statement::Anonymous;
    }
    Statement::On(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(operation: &str, expected: Statement<'_>) {
        assert_eq!(of_operation(operation), expected, "{operation:?}");
    }

    #[test]
    fn a_qualified_table_names_the_database() {
        check("SELECT addatabase.aditems", Statement::On("addatabase"));
        check("INSERT ts.inside_payment", Statement::On("ts"));
        check("UPDATE ts.orders", Statement::On("ts"));
        check("DELETE ts.orders", Statement::On("ts"));
        check("INSERT INTO `ts`.`orders`(id) VALUES (?)", Statement::On("ts"));
        check("SELECT id, name from \"shop\".items, t WHERE a.b = 1", Statement::On("shop"));
        check("DELETE FROM shop.public.items;", Statement::On("shop"));
    }

    #[test]
    fn a_statement_without_schema_is_a_database_of_unknown_name() {
        for operation in [
            "SELECT User",
            "SELECT",
            "sql.rows",
            "sql.conn.query",
            "sql:exec",
            "DELETE orders",
            "INSERT INTO",
        ] {
            check(operation, Statement::Anonymous);
        }
    }

    #[test]
    fn other_operations_speak_to_no_database() {
        for operation in [
            "",
            "GET /cart",
            "DELETE",
            "DELETE /api/v1/orders/{id}",
            "DELETE http://shop.example/orders",
            "Update cart.items",
            "hipstershop.CartService/GetCart",
            "SELECTED shop.items",
            "sqlalchemy.connect",
        ] {
            check(operation, Statement::None);
        }
    }
}
