//! The connection to a target: which certificates are trusted, and that nothing leads elsewhere.

use super::Job;
use crate::error::Error;

/// What all users send with. Redirects are answers like any other: whoever they point to was not named as
/// the target, and gets neither load nor header fields nor bodies.
///
/// # Errors
/// [`Error::Drive`] when `job.ca` holds no certificate that can be read.
pub(super) fn client(job: &Job) -> Result<reqwest::Client, Error> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(job.timeout)
        .user_agent(concat!("foreshadow/", env!("CARGO_PKG_VERSION")));
    let client = match &job.ca {
        Some(ca) => {
            let certificates = reqwest::Certificate::from_pem_bundle(ca.as_bytes());
            let wrong = |error| Error::Drive(format!("--ca: {error}"));
            client.tls_certs_only(certificates.map_err(wrong)?)
        }
        None => client,
    };
    client.build().map_err(|error| Error::Drive(error.to_string()))
}

/// Why a certificate was not accepted, if that is what went wrong.
pub(super) fn distrust(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        let is_about_it = matches!(error, rustls::Error::InvalidCertificate(_));
        return is_about_it.then(|| error.to_string());
    }
    let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match inside {
        Some(inside) => distrust(inside),
        None => error.source().and_then(distrust),
    }
}
