//! Requests as they are sent: read once, filled in each time.
//!
//! What `{{env.NAME}}` stands for is read from the environment of the process that sends, so that a secret is
//! in no file, report or message.

use std::fmt;

use goose::goose::GooseMethod;
use reqwest::header::{HeaderName, HeaderValue};

use super::Request;
use crate::error::Error;

/// What is asked of the environment.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A request that can be made.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) method: GooseMethod,
    pub(super) path: Template,
    /// Header fields; whether each holds something secret.
    pub(super) headers: Vec<(HeaderName, Template)>,
    pub(super) body: Option<Template>,
    pub(super) expect: u16,
}

impl Ready {
    /// Reads a request.
    ///
    /// # Errors
    /// What is wrong with it, in words that tell nothing secret.
    pub(super) fn new(request: &Request, environment: Environment<'_>) -> Result<Self, String> {
        let path = Template::new(&request.path, environment)?;
        if path.is_secret {
            return Err(String::from(
                "what is in a path is in everybody's logs: send secrets in a header or a body",
            ));
        }
        let headers = request.headers.iter().map(|(name, value)| {
            let header = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("`{name}` cannot be a header field"))?;
            let value = Template::new(value, environment)?;
            // Numbers do not change what may stand there.
            value
                .header(0, 0)
                .map_err(|_| format!("the value of `{name}` cannot be in a header"))?;
            Ok::<_, String>((header, value))
        });
        Ok(Self {
            method: method(&request.method)?,
            path,
            headers: headers.collect::<Result<_, _>>()?,
            body: request.body.as_ref().map(|body| Template::new(body, environment)).transpose()?,
            expect: request.expect,
        })
    }
}

/// All requests of a job.
pub(super) fn all(requests: &[Request], environment: Environment<'_>) -> Result<Vec<Ready>, Error> {
    let ready = |request: &Request| {
        Ready::new(request, environment)
            .map_err(|what| Error::Drive(format!("{}: {what}", request.name)))
    };
    requests.iter().map(ready).collect()
}

/// Text with places for numbers.
pub(super) struct Template {
    parts: Vec<Part>,
    /// Whether some of it is from the environment.
    is_secret: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Ticket,
    Step,
}

impl Template {
    fn new(text: &str, environment: Environment<'_>) -> Result<Self, String> {
        let (mut parts, mut is_secret, mut rest) = (Vec::new(), false, text);
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) = after.split_once("}}").unwrap_or((after, ""));
            parts.push(Part::Text(before.to_owned()));
            parts.push(match (inside, inside.strip_prefix("env.")) {
                ("ticket", _) => Part::Ticket,
                ("step", _) => Part::Step,
                (_, Some(name)) => {
                    is_secret = true;
                    let value = environment(name);
                    Part::Text(value.ok_or_else(|| {
                        format!("the environment has no text `{name}`, which `{{{{env.{name}}}}}` stands for")
                    })?)
                }
                _ => {
                    return Err(format!(
                        "unknown `{{{{{inside}}}}}`: `{{{{ticket}}}}`, `{{{{step}}}}` and \
                         `{{{{env.NAME}}}}` can be filled in"
                    ));
                }
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts, is_secret })
    }

    /// The text with the numbers of ticket and step in place.
    pub(super) fn fill(&self, ticket: usize, step: usize) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Ticket => ticket.to_string(),
            Part::Step => step.to_string(),
        };
        self.parts.iter().map(part).collect()
    }

    /// The same as the value of a header field.
    pub(super) fn header(
        &self,
        ticket: usize,
        step: usize,
    ) -> Result<HeaderValue, reqwest::header::InvalidHeaderValue> {
        let mut value = HeaderValue::from_str(&self.fill(ticket, step))?;
        value.set_sensitive(self.is_secret);
        Ok(value)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_secret { f.write_str("(secret)") } else { self.parts.fmt(f) }
    }
}

/// The methods that goose has.
fn method(name: &str) -> Result<GooseMethod, String> {
    Ok(match name {
        "GET" => GooseMethod::Get,
        "POST" => GooseMethod::Post,
        "PUT" => GooseMethod::Put,
        "PATCH" => GooseMethod::Patch,
        "DELETE" => GooseMethod::Delete,
        "HEAD" => GooseMethod::Head,
        _ => {
            return Err(format!(
                "unknown method `{name}`: GET, POST, PUT, PATCH, DELETE and HEAD are known"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| String::from("hush"))
    }

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let filled = Template::new(text, &environment).map(|template| template.fill(7, 2));
        assert_eq!(filled.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn templates_are_filled_in() {
        check("plain } {", Ok("plain } {"));
        check("/a?n={{ticket}}&s={{step}}{{ticket}}", Ok("/a?n=7&s=27"));
        check("Bearer {{env.TOKEN}}", Ok("Bearer hush"));
        check(
            "{{env.OTHER}}",
            Err("the environment has no text `OTHER`, which `{{env.OTHER}}` stands for"),
        );
        check(
            "{{tickets}}",
            Err(
                "unknown `{{tickets}}`: `{{ticket}}`, `{{step}}` and `{{env.NAME}}` can be filled in",
            ),
        );
    }

    #[test]
    fn what_is_secret_is_never_shown() {
        let mut request = Request {
            name: String::from("web.page"),
            method: String::from("GET"),
            path: String::from("/page"),
            headers: [(String::from("authorization"), String::from("{{env.TOKEN}}"))].into(),
            body: Some(String::from("{{env.TOKEN}}")),
            expect: 200,
        };
        let ready = Ready::new(&request, &environment).unwrap();
        let shown = format!("{ready:?} {:?}", ready.headers[0].1.header(1, 1));
        assert!(!shown.contains("hush"), "{shown}");
        request.path = String::from("/page?key={{env.TOKEN}}");
        assert!(Ready::new(&request, &environment).unwrap_err().contains("everybody's logs"));
        request.path = String::from("/page");
        let broken = |_: &str| Some(String::from("hush\nhush"));
        let error = Ready::new(&request, &broken).unwrap_err();
        assert_eq!(error, "the value of `authorization` cannot be in a header");
    }
}
