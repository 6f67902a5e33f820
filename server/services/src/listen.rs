//! Hears what any server did, this one too.

use std::sync::Arc;
use std::time::Duration;

use alluvium_store::{Heard, Topic};

use crate::Services;

/// How often it is looked whether the services are still there, where nothing is heard.
const LOOK: Duration = Duration::from_secs(5);
/// How long it is waited before listening is tried again.
const AGAIN: Duration = Duration::from_secs(1);

impl Services {
    /// Hands on what is heard of a topic, one after the other, until the services are dropped. News while it reconnects are lost.
    pub(crate) fn listen<F>(&self, topic: Topic, act: impl Fn(Services, Heard) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            while let Some(inner) = weak.upgrade() {
                let listener = inner.store.listener(topic).await;
                drop(inner);
                match listener {
                    Ok(mut listener) => loop {
                        let heard = tokio::time::timeout(LOOK, listener.recv()).await;
                        let Some(inner) = weak.upgrade() else { return };
                        match heard {
                            Err(_) => {}
                            Ok(Ok(heard)) => act(Services { inner }, heard).await,
                            Ok(Err(error)) => {
                                tracing::warn!(%error, ?topic, "lost the channel");
                                break;
                            }
                        }
                    },
                    Err(error) => tracing::warn!(%error, ?topic, "cannot listen"),
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}
