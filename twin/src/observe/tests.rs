//! Traces made by hand, and what is observed of them.

use foreshadow_telemetry::{SpanKind, SpanStatus};

use super::{Observations, Stage};
use crate::infer::Labels;
use crate::testing::Maker;

/// Each endpoint's visits as `name own_us [calls]`, in order of name.
fn describe(all: &Observations) -> String {
    let labels = Labels::of(all);
    let stage = |Stage(branches): &Stage| {
        let branch = |runs: &Vec<super::Run>| {
            let run = |run: &super::Run| {
                let mark = if run.waited { "" } else { "~" };
                format!("{mark}{}×{}", labels.full[run.target as usize], run.count)
            };
            runs.iter().map(run).collect::<Vec<_>>().join("+")
        };
        branches.iter().map(branch).collect::<Vec<_>>().join("|")
    };
    let mut lines: Vec<String> = all
        .view()
        .visits
        .iter()
        .map(|visit| {
            let shape = &all.shapes[visit.shape as usize];
            let calls = shape.iter().map(stage).collect::<Vec<_>>().join(" ");
            let name = &labels.full[visit.endpoint as usize];
            format!("{name} {} [{calls}]", visit.own_ns / 1000)
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

#[track_caller]
fn check(maker: Maker, expected: &[&str]) -> Observations {
    let all = maker.observe();
    assert_eq!(describe(&all), expected.join("\n"));
    all
}

#[test]
fn client_and_server_span_are_one_call() {
    let mut maker = Maker::default();
    maker.span(0, "web: home", 0, 100);
    maker.span(1, "web: call cart", 10, 60);
    maker.span(2, "cart: read", 20, 50);
    let all = check(maker, &["cart.read 30 []", "web.home 50 [cart.read×1]"]);
    let trips: Vec<u64> = all.view().round_trips.iter().map(|trip| trip.nanos / 1000).collect();
    assert_eq!(trips, [20]);
}

#[test]
fn a_call_without_client_span_has_no_round_trip() {
    let mut maker = Maker::default();
    maker.span(0, "web: home", 0, 100);
    maker.span(1, "cart: read", 20, 50);
    let all = check(maker, &["cart.read 30 []", "web.home 70 [cart.read×1]"]);
    assert!(all.view().round_trips.is_empty());
}

#[test]
fn internal_spans_belong_to_their_component() {
    let mut maker = Maker::default();
    maker.span(0, "web: home", 0, 100);
    maker.span(1, "web: render", 10, 90).kind = SpanKind::Internal;
    maker.span(2, "web: layout", 20, 80).kind = SpanKind::Internal;
    maker.span(3, "cart: read", 30, 50);
    check(maker, &["cart.read 20 []", "web.home 80 [cart.read×1]"]);
}

#[test]
fn own_time_is_what_no_call_covers() {
    let mut maker = Maker::default();
    maker.span(0, "web: home", 0, 100);
    maker.span(1, "cart: read", 10, 50);
    maker.span(1, "stock: level", 30, 70);
    maker.span(1, "price: quote", 80, 90);
    check(
        maker,
        &[
            "cart.read 40 []",
            "price.quote 10 []",
            "stock.level 40 []",
            "web.home 30 [cart.read×1|stock.level×1 price.quote×1]",
        ],
    );
}

#[test]
fn equal_calls_in_a_row_are_counted() {
    let mut maker = Maker::default();
    maker.span(0, "web: home", 0, 100);
    for i in 0..3 {
        maker.span(1, "cart: read", 20 * i, 20 * i + 10);
    }
    check(
        maker,
        &["cart.read 10 []", "cart.read 10 []", "cart.read 10 []", "web.home 70 [cart.read×3]"],
    );
}

#[test]
fn statements_are_calls_of_a_database() {
    let mut maker = Maker::default();
    maker.span(0, "cart: read", 0, 100);
    maker.span(1, "cart: Repository.find", 10, 90);
    maker.span(2, "cart: SELECT shop.items", 20, 50);
    maker.span(2, "cart: sql.rows", 50, 60);
    let all = check(
        maker,
        &[
            "cart.read 60 [shop.select_items×1 cart_db.rows×1]",
            "cart_db.rows 10 []",
            "shop.select_items 30 []",
        ],
    );
    assert_eq!(all.components.iter().filter(|component| component.is_database()).count(), 2);
}

#[test]
fn a_driver_that_wraps_a_statement_is_one_call_of_the_named_database() {
    let mut maker = Maker::default();
    maker.span(0, "cart: read", 0, 100);
    maker.span(1, "cart: sql.query", 10, 60);
    maker.span(2, "cart: SELECT shop.items", 20, 50);
    check(maker, &["cart.read 50 [shop.select_items×1]", "shop.select_items 50 []"]);
}

#[test]
fn nobody_waits_for_messages() {
    let mut maker = Maker::default();
    maker.span(0, "web: order", 0, 100);
    maker.span(1, "web: send mail", 50, 60).kind = SpanKind::Producer;
    maker.span(2, "mail: handle", 200, 900).kind = SpanKind::Consumer;
    check(maker, &["mail.handle 700 []", "web.order 100 [~mail.handle×1]"]);
}

#[test]
fn a_failed_visit_waited_for_what_it_gave_up_on() {
    let mut maker = Maker::default();
    maker.span(0, "web: order", 0, 10_000).status = SpanStatus::Error;
    maker.span(1, "pay: charge", 1_000, 90_000);
    check(maker, &["pay.charge 89000 []", "web.order 1000 [pay.charge×1]"]);
}

#[test]
fn an_endpoint_that_waits_on_itself_is_split_by_depth() {
    let mut maker = Maker::default();
    maker.span(0, "a: x", 0, 100);
    maker.span(1, "b: y", 10, 90);
    maker.span(2, "a: x", 20, 80);
    check(maker, &["a.x 20 [b.y×1]", "a.x_2 60 []", "b.y 20 [a.x_2×1]"]);
}

#[test]
fn another_instance_of_the_same_service_is_called() {
    let mut maker = Maker::default();
    maker.span(0, "node#1: get", 0, 100);
    maker.span(1, "node#2: fetch", 10, 60);
    check(maker, &["node.fetch 50 []", "node.get 50 [node.fetch×1]"]);
}

#[test]
fn the_first_fragment_is_the_entry_where_no_root_is() {
    let mut maker = Maker::default();
    maker.span(77, "web: home", 0, 100);
    maker.span(88, "cart: read", 10, 20);
    let all = check(maker, &["cart.read 10 []", "web.home 100 []"]);
    let entries: Vec<bool> = all.view().visits.iter().map(|visit| visit.is_entry).collect();
    assert_eq!((entries, all.gaps.orphans), (vec![true, false], 1));
}

#[test]
fn identifiers_in_paths_make_no_endpoints() {
    let mut maker = Maker::default();
    maker.span(0, "web: GET /orders/17", 0, 100);
    maker.span(1, "stock: GET /items/1", 10, 20);
    maker.span(1, "stock: GET /items/2", 30, 40);
    check(
        maker,
        &["stock.items_id 10 []", "stock.items_id 10 []", "web.orders_id 80 [stock.items_id×2]"],
    );
}

#[test]
fn thinning_keeps_whole_traces_whatever_their_order() {
    let observe = |order: &mut dyn Iterator<Item = u64>| {
        let mut maker = Maker::default();
        maker.observer = super::Observer::new(100);
        let mut traces = Vec::new();
        for i in 0..400_u64 {
            maker.span(0, "web: home", 0, 100 + i);
            maker.span(1, "cart: read", 10, 20 + i / 10);
            traces.push(maker.take());
        }
        order.for_each(|i| maker.observer.push(&traces[i as usize]));
        maker.observe()
    };
    let (forth, back) = (observe(&mut (0..400)), observe(&mut (0..400).rev()));
    assert_eq!(forth.view().visits, back.view().visits);
    let kept = forth.view().visits.len();
    assert!((20..=100).contains(&kept), "{kept}");
    assert_eq!((forth.traces_seen, forth.entries.iter().sum::<u64>()), (400, 400));
    assert_eq!(describe(&forth).matches("web.home").count() * 2, kept);
}
