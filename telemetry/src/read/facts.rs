//! Files of facts: read whole, as trees that know their lines.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    error::Error,
    facts::{Fact, Facts, Origin},
    format::Format,
    read::{ReadOptions, intake::Intake},
    source::Guarded,
};

mod compose;
mod environment;
mod graphs;
mod istio;
mod kubernetes;
mod quantity;
mod terraform;
mod tree;
mod workload;

use environment::Environment;
use tree::Node;

/// A file of facts is written by people or by tools for people; a larger one is something else.
const LIMIT_MIB: u64 = 256;

/// The file of variables that Compose would read beside `path`.
pub(super) fn environment_beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let stem = name.split('.').next().filter(|stem| !stem.is_empty())?;
    let own = path.with_file_name(format!("{stem}.env"));
    [path.with_file_name(".env"), own].into_iter().find(|path| path.is_file())
}

pub(super) fn read<R: Read>(
    format: Format,
    content: Guarded<'_, R>,
    options: &ReadOptions,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    if format == Format::JaegerDependencies {
        return graphs::read_dependencies(content, intake);
    }
    let text = text(format, content, intake)?;
    let documents = tree::parse(&text, intake.file)?;
    let file = File(Arc::from(intake.file));
    let mut facts = Facts::default();
    match format {
        Format::Kubernetes => kubernetes::read(&documents, &file, &mut facts)?,
        Format::Compose => {
            let path = options.environment.as_deref();
            let environment = match path {
                Some(path) => {
                    let failed = |reason| Error::Io { file: path.display().to_string(), reason };
                    Environment::parse(&fs::read_to_string(path).map_err(failed)?)
                }
                None => Environment::default(),
            };
            compose::read(&documents, &environment, &file, &mut facts)?;
        }
        Format::Terraform => terraform::read(&documents, &file, &mut facts)?,
        _ => graphs::read_kiali(&documents, &file, &mut facts),
    }
    let objects = facts.components.len() + facts.passed_over.len();
    intake.facts(facts, objects.max(1) as u64)
}

fn text<R: Read>(
    format: Format,
    content: Guarded<'_, R>,
    intake: &Intake<'_>,
) -> Result<String, Error> {
    let file = intake.file.to_owned();
    let mut bytes = Vec::new();
    let mut content = content;
    let mut chunk = vec![0; 1 << 16];
    loop {
        intake.progress.mark();
        match content.read(&mut chunk).map_err(|error| intake.io_error(error))? {
            0 => break,
            count => bytes.extend_from_slice(&chunk[..count]),
        }
        if bytes.len() as u64 > LIMIT_MIB << 20 {
            return Err(Error::TooLarge { file, format, limit_mib: LIMIT_MIB });
        }
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count() as u64;
        let reason = "this is no UTF-8 text".to_owned();
        Error::Syntax { file, line, column: 1, reason }
    })
}

/// The file that facts stand in.
struct File(Arc<str>);

impl File {
    fn origin(&self, line: u64) -> Origin {
        Origin { file: Arc::clone(&self.0), line }
    }

    fn fact<T>(&self, value: T, at: &Node) -> Fact<T> {
        Fact { value, origin: self.origin(at.line) }
    }

    fn error(&self, at: &Node, reason: String) -> Error {
        Error::Fact { file: self.0.to_string(), line: at.line, reason }
    }
}

/// The component that an address points to, if one of `facts` is called so: `cart`, `cart:8080`,
/// `http://cart/x` and `cart.shop.svc.cluster.local:80` all point to `cart`.
fn pointed_to<'f>(value: &str, facts: &'f Facts) -> Option<&'f str> {
    let find = |host: &str| {
        let of = |name: &str| facts.component(name).map(|it| it.name.value.as_str());
        of(host).or_else(|| of(host.split('.').next()?))
    };
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    for piece in value.split([',', ';', ' ', '=']) {
        let after = piece.split_once("//").map(|(_, rest)| rest);
        let authority = after.unwrap_or(piece).split('/').next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) =
            host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
        if (after.is_some() || port.is_some_and(is_port) || piece == value)
            && let Some(found) = find(host)
        {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests;
