use proptest::prelude::*;

use super::*;

const S: i64 = 1_000_000_000;

#[track_caller]
fn check(text: &str, expected: &[i64]) {
    match read(text) {
        Ok(instants) => assert_eq!(instants, expected),
        Err(wrong) => panic!("{wrong:?}"),
    }
}

#[test]
fn times_are_read_exactly() {
    check("1\n2.5\n2.5\n", &[S, 5 * S / 2, 5 * S / 2]);
    check("-1.000000001\r\n0\r\n.5\r\n7.", &[-S - 1, 0, S / 2, 7 * S]);
    check("0.0000000014\n0.0000000015\n1e-5\n1.5E1", &[1, 2, 10_000, 15 * S]);
    check("-1m30s\n-250ms\n+3us\n2", &[-90 * S, -S / 4, 3_000, 2 * S]);
    check("# seconds\n\n3\n   \n# more\n 4 \n", &[3 * S, 4 * S]);
}

#[test]
fn a_header_names_the_column() {
    check("at\n1\n2", &[S, 2 * S]);
    check("user,Time,size\nanna,1,7\nbert,2s,\n", &[S, 2 * S]);
    check("\"user\",\"time\"\n\"x, y\",\"1\"\n", &[S]);
    check("\u{feff}time,user\n3,anna\n", &[3 * S]);
}

#[test]
fn timestamps_count_from_the_first() {
    check(
        "2026-11-01T09:00:00Z\n2026-11-01T10:00:00.5+01:00\n2026-11-02T09:00:00Z",
        &[0, S / 2, 86_400 * S],
    );
    check("time\n2026-11-01T09:00:00\n2026-11-01 09:00:00.25\n", &[0, S / 4]);
}

/// What is said of a wrong trace, after the number of the line.
#[track_caller]
fn check_wrong(text: &str, line: usize, part: &str) {
    let wrong = read(text).unwrap_err();
    assert!(wrong.line == line && wrong.message.contains(part), "{wrong:?}");
    let shown = text.get(wrong.at.clone()).unwrap();
    assert_eq!(shown, text.lines().nth(line - 1).unwrap_or_default(), "{wrong:?}");
}

#[test]
fn wrong_traces_are_refused_with_the_line() {
    check_wrong("", 1, "no times");
    check_wrong("# nothing\n\nat\n", 3, "no times below its header");
    check_wrong("1\n3\n2\n", 3, "earlier than the one before");
    check_wrong("1\r\n\r\nx\r\n", 3, "expected a time, found `x`");
    check_wrong("1,2\n", 1, "no header says which");
    check_wrong("user,at\nanna\n", 2, "ends before the column");
    check_wrong("user,at\nanna,\n", 2, "expected a time, found ``");
    check_wrong("1\n2026-11-01T09:00:00Z\n", 2, "expected a time");
    check_wrong("2026-11-01T09:00:00Z\n5\n", 2, "expected a timestamp as in the lines before");
    check_wrong("1761987600\n", 1, "within 416 days");
    check_wrong("400d\n500d\n", 2, "expected a time");
    for text in ["--5", "-+5", "inf", "NaN", "1e999", "5 parsecs", "99999999999999999999", "é"] {
        check_wrong(text, 1, "expected a time");
    }
}

#[test]
fn a_million_lines_are_no_trouble() {
    let line = |mut text: String, i: u32| {
        text += &format!("{}.{:06}\n", i / 1_000, i % 1_000);
        text
    };
    let text = (0..1_000_000).fold(String::new(), line);
    let instants = read(&text).unwrap();
    assert_eq!((instants.len(), instants[999_999]), (1_000_000, 999 * S + 999_000));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn whatever_looks_like_a_trace_is_read_or_refused_in_order(
        text in "(at|time|x,at|)\n?([-+]?[0-9.]{0,20}(s|ms|e[0-9-]{0,3}|Z|,|\"|#|T|\r)?\n){0,8}",
    ) {
        match read(&text) {
            Ok(instants) => prop_assert!(instants.is_sorted() && !instants.is_empty()),
            Err(wrong) => {
                prop_assert!(!wrong.message.is_empty() && text.get(wrong.at).is_some());
            }
        }
    }

    #[test]
    fn what_was_written_is_read(nanos in prop::collection::vec(-1_000_000 * S..1_000_000 * S, 1..20)) {
        let mut nanos = nanos;
        nanos.sort_unstable();
        let line = |&at: &i64| {
            let sign = if at < 0 { "-" } else { "" };
            let at = at.unsigned_abs();
            format!("{sign}{}.{:09}", at / 1_000_000_000, at % 1_000_000_000)
        };
        let text = nanos.iter().map(line).collect::<Vec<_>>().join("\n");
        prop_assert_eq!(read(&text).unwrap(), nanos);
    }
}
