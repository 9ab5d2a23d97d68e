//! Who asked: told apart in every file that tells people apart, and told to nobody.

use proptest::prelude::*;

use super::*;
use crate::{Names, Record, Request, Who};

fn requests(content: &str) -> Vec<Request> {
    let (mut names, mut found) = (Names::default(), Vec::new());
    let options = ReadOptions::default();
    let read = read_records_from(content.as_bytes(), "t", &options, &mut names, &mut |record| {
        if let Record::Request(request) = record {
            found.push(request);
        }
        Ok(())
    });
    read.unwrap();
    found
}

/// The first two requests of a file are of one person, the third of another; all tell who.
#[track_caller]
fn check(content: &str) {
    let who: Vec<Option<Who>> = requests(content).iter().map(|request| request.who).collect();
    assert_eq!(who.len(), 3);
    assert!(who[0].is_some() && who[0] == who[1] && who[2].is_some() && who[2] != who[0]);
}

#[test]
fn files_that_tell_people_apart_do() {
    let line = |host: &str, agent: &str| {
        format!(
            "{host} - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{agent}\"\n"
        )
    };
    check(&[line("1.2.3.4", "a"), line("1.2.3.4", "a"), line("1.2.3.4", "b")].concat());
    check(&[line("1.2.3.4", "a"), line("1.2.3.4", "a"), line("1.2.3.5", "a")].concat());
    assert_eq!(requests(&line("-", "a"))[0].who, None, "an agent alone is nobody");
    // Behind one proxy.
    let behind = |from: &str| line("1.2.3.4", "a").replace('\n', &format!(" \"{from}\"\n"));
    check(&["9.9.9.1", "9.9.9.1", "9.9.9.2"].map(behind).concat());
    let json = |from: &str| {
        format!(
            "{{\"time_iso8601\": \"2026-11-01T00:00:00Z\", \"remote_addr\": \"{from}\", \"request\": \"GET / HTTP/1.1\", \"status\": 200, \"request_length\": 77}}\n"
        )
    };
    let text = ["1.2.3.4", "1.2.3.4", "1.2.3.5"].map(json).concat();
    check(&text);
    assert_eq!(requests(&text)[0].request_bytes, Some(77));
    let jmeter = "timeStamp,elapsed,label,responseCode,threadName,success,bytes,sentBytes\n\
        1622490229200,10,a,200,Group 1-1,true,824,266\n1622490229300,10,b,200,Group 1-1,true,8,2\n\
        1622490229400,10,a,200,Group 1-2,true,8,2\n";
    check(jmeter);
    assert_eq!(requests(jmeter)[0].request_bytes, Some(266));
    let k6 = |user: u32, iteration: u32| {
        format!(
            "{{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-11-01T00:00:00Z\",\"value\":5,\"tags\":{{\"name\":\"a\",\"vu\":\"{user}\",\"iter\":\"{iteration}\"}}}}}}\n"
        )
    };
    check(&[k6(1, 0), k6(1, 0), k6(1, 1)].concat());
    check(
        "metric_name,timestamp,metric_value,check,method,name,status,extra_tags,metadata\n\
         http_req_duration,1767245722,5,,GET,a,200,,vu=1&iter=0\n\
         http_req_duration,1767245723,5,,GET,a,200,,vu=1&iter=0\n\
         http_req_duration,1767245724,5,,GET,a,200,,vu=2&iter=0\n",
    );
    check(
        "timestamp,endpoint,session_id,status,duration_ms\n1767245722,a,x,200,5\n\
         1767245723,b,x,200,5\n1767245724,a,y,200,5\n",
    );
}

proptest! {
    /// Two lines are of one person if and only if they have the same host, user and agent, whatever
    /// stands in these.
    #[test]
    fn lines_of_the_same_host_user_and_agent_are_of_one_person(
        people in prop::collection::vec(("[a-c.:]{1,3}", "[a-b-]{1,2}", "[ a-b()/;]{0,3}"), 2..20),
    ) {
        let line = |(host, user, agent): &(String, String, String)| {
            format!("{host} - {user} [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{agent}\"\n")
        };
        let found = requests(&people.iter().map(line).collect::<String>());
        prop_assert_eq!(found.len(), people.len());
        for (a, who) in people.iter().zip(&found) {
            for (b, other) in people.iter().zip(&found) {
                prop_assert_eq!(a == b, who.who == other.who);
            }
        }
    }
}
