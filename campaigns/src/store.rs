//! Where results of units are: one object each, made once.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// A folder of objects, of which each is whole or absent.
#[derive(Debug)]
pub struct Store {
    objects: LocalFileSystem,
    folder: PathBuf,
    runtime: Runtime,
}

impl Store {
    /// Opens the folder, which is made when absent.
    ///
    /// # Errors
    /// [`Error::Store`] when that cannot be.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let wrong = |error: &dyn std::fmt::Display| trouble(folder, error);
        std::fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
        let objects = LocalFileSystem::new_with_prefix(folder).map_err(|error| wrong(&error))?;
        let runtime = Builder::new_current_thread().build().map_err(|error| wrong(&error))?;
        Ok(Self { objects, folder: folder.to_owned(), runtime })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Names of all objects, in order.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let listed = self.objects.list(None).map_ok(|meta| meta.location.to_string());
        let listed = self.runtime.block_on(listed.try_collect::<Vec<String>>());
        let mut names = listed.map_err(|error| trouble(&self.folder, &error))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Puts an object there, unless there is one of that name: it is then the same.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be written; nothing of it is left then.
    pub fn create(&self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let (name, payload) = (Name::from(name), PutPayload::from(bytes));
        let put = self.objects.put_opts(&name, payload, options);
        match self.runtime.block_on(put) {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(trouble(&self.folder, &error)),
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// [`Error::Store`] when there is none, or it cannot be read.
    pub fn get(&self, name: &str) -> Result<Bytes, Error> {
        let name = Name::from(name);
        let get = async { self.objects.get(&name).await?.bytes().await };
        self.runtime.block_on(get).map_err(|error| trouble(&self.folder, &error))
    }

    /// Removes an object.
    ///
    /// # Errors
    /// [`Error::Store`] when it stays.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let name = Name::from(name);
        let removed = self.runtime.block_on(self.objects.delete(&name));
        removed.map_err(|error| trouble(&self.folder, &error))
    }
}

fn trouble(folder: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Store { folder: folder.to_owned(), message: error.to_string() }
}
