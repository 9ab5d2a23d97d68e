//! Integration tests of the workspace live in `it/`; this crate has no code of its own.
