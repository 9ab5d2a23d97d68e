//! What requests do: steps, caches, publications, sessions.

use super::measures::{CALLS, DB_ARRIVALS, FAILED, HITS, MEAN, OFFERED, OK, P50};
use super::row::Expected::{Falls, Goes, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] =
    &[CALLING, WORKING, FAILING, RATIOS, ENTRIES, MESSAGES, SESSIONS];

/// 5 ms of work, then a call of 20 ms on average.
const CALLING: &[Row] = rows! { CALL given "db.concurrency: unlimited";
    "Step.call" given "web.get.steps: [{call: db.read}]": "web.get.steps[0].call: db.write"
        => MEAN, Goes(20.0, 10.0);
    "Step.probability": "web.get.steps[1].probability: 20%" => CALLS, Goes(50.0, 10.0);
    "Step.count": "web.get.steps[1].count: 3" => MEAN, Goes(25.0, 65.0);
};

const WORKING: &[Row] = rows! { ALONE;
    "Step.parallel, Branch as Step" given "web.get.steps: [{work: 10ms}, {work: 30ms}]":
        "web.get.steps: [{parallel: [{work: 10ms}, {work: 30ms}]}]"
        => MEAN, Goes(40.0, 30.0);
    "Branch as array" given "web.get.steps: [{parallel: [{work: 10ms}, {work: 30ms}]}]":
        "web.get.steps[0].parallel[0]: [{work: 10ms}, {work: 30ms}]"
        => MEAN, Goes(30.0, 40.0);
    "Step.choose, Alternative.steps":
        "web.get.steps: [{choose: [{weight: 1, steps: [{work: 30ms}]}, {weight: 1, steps: []}]}]"
        => MEAN, Goes(10.0, 15.0);
    "Alternative.weight"
        given "web.get.steps: \
               [{choose: [{weight: 1, steps: [{work: 40ms}]}, {weight: 1, steps: []}]}]":
        "web.get.steps[0].choose[0].weight: 3"
        => MEAN, Goes(20.0, 30.0);
};

/// A store half of whose answers are errors.
const FAILING: &[Row] = rows! { CALL given "scenario.faults: [{errors: {at: db, share: 50%}}]";
    "Step.optional": "web.get.steps[1].optional: true" => FAILED, Goes(0.5, 0.0);
    "Step.fallback": "web.get.steps[1].fallback: [{call: mirror.read}]" => OK, Goes(0.5, 1.0);
};

/// 50 looks a second, of which a fifth miss.
const RATIOS: &[Row] = rows! { CACHE;
    "Step.cache" given "web.get.steps: [{call: db.read}]":
        "web.get.steps: [{cache: {hit: 80%, miss: [{call: db.read}]}}]"
        => DB_ARRIVALS, Goes(50.0, 10.0);
    "Cache.hit": "web.get.steps[0].cache.hit: 60%" => DB_ARRIVALS, Goes(10.0, 20.0);
    "Cache.miss": "web.get.steps[0].cache.miss: [{call: db.read}, {call: db.read}]"
        => DB_ARRIVALS, Goes(10.0, 20.0);
    "Cache.fills" given "scenario.faults: [{cache_flush: {at: web, start: 1s}}]":
        "web.get.steps[0].cache.fills: 500"
        => HITS, Falls(1.5);
};

/// A cache of a tenth of the keys.
const ENTRIES: &[Row] = rows! { CACHE;
    "Cache.entries"
        given "web.get.steps[0].cache: {entries: 100, keys: {zipf: {n: 1k, s: 1}}}":
        "web.get.steps[0].cache.entries: 500"
        => HITS, Rises(1.2);
    "Cache.keys, Keys.zipf, Keys.zipf.s"
        given "web.get.steps[0].cache: {entries: 100, keys: {zipf: {n: 1k, s: 0}}}":
        "web.get.steps[0].cache.keys: {zipf: {n: 1k, s: 1.5}}"
        => HITS, Rises(5.0);
    "Keys.zipf.n, Count as string"
        given "web.get.steps[0].cache: {entries: 100, keys: {zipf: {n: 200, s: 0}}}":
        "web.get.steps[0].cache.keys.zipf.n: 1k"
        => HITS, Goes(0.5, 0.1);
    "Cache.ttl" given "web.get.steps[0].cache: {entries: 100, keys: {zipf: {n: 100, s: 0}}}":
        "web.get.steps[0].cache.ttl: 2s"
        => HITS, Goes(1.0, 0.5);
};

/// 50 messages a second, each of which takes 50 ms to deliver: 2.5 consumers are busy.
const MESSAGES: &[Row] = rows! { MAIL;
    "Step.publish" given "web.get.steps: [{work: 1ms}, {call: sender.send}]":
        "web.get.steps: [{work: 1ms}, {publish: sender.send}]"
        => P50, Goes(51.0, 1.0);
    "Component.kind, Kind=queue, Component.deliver"
        given "outbox.kind: service; outbox.deliver: null":
        "outbox.kind: queue; outbox.deliver: {to: sender.send, consumers: 4}"
        => "components/sender/arrivals_per_s", Goes(0.0, 50.0);
    "Deliver.to": "outbox.deliver.to: sender.drop"
        => "components/outbox/utilization", Goes(0.625, 0.125);
    "Deliver.consumers": "outbox.deliver.consumers: 5"
        => "components/outbox/utilization", Goes(0.625, 0.5);
};

/// Ten people, each a call every second; or as many as come.
const SESSIONS: &[Row] = rows! { PEOPLE;
    "Load.closed, Users.users, UserCount as Count": "load.crowd.closed.users: 5"
        => OFFERED, Goes(10.0, 5.0);
    "UserCount as array": "load.crowd.closed.users: [{at: 0s, users: 5}]"
        => OFFERED, Goes(10.0, 5.0);
    "UserPoint.users"
        given "load.crowd.closed.users: [{at: 0s, users: 10}, {at: 100s, users: 10}]":
        "load.crowd.closed.users[1].users: 0"
        => OFFERED, Goes(10.0, 5.5);
    "UserPoint.at"
        given "load.crowd.closed.users: [{at: 0s, users: 10}, {at: 20s, users: 0}]":
        "load.crowd.closed.users[1].at: 80s"
        => OFFERED, Rises(3.0);
    "Step.think": "load.crowd.session[0].think: 1900ms" => OFFERED, Goes(10.0, 5.0);
    "Load.session": "load.crowd.session: [{think: 900ms}, {call: web.get}, {call: web.get}]"
        => OFFERED, Goes(10.0, 18.2);
    "Step.choose" given "load.crowd.session: [{think: 900ms}, {call: web.get}]":
        "load.crowd.session: [{think: 900ms}, {choose: [{weight: 1, steps: [{call: web.get}]}, \
         {weight: 1, steps: [{think: 100ms}]}]}]"
        => OFFERED, Goes(10.0, 5.0);
    "Step.probability" given "load.crowd.session: [{think: 1s}, {call: web.get, probability: 1}]":
        "load.crowd.session[1].probability: 50%"
        => OFFERED, Goes(9.1, 4.76);
    "Step.count": "load.crowd.session[1].count: 2" => OFFERED, Goes(10.0, 18.2);
};
