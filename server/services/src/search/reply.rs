//! Answers of the encoder's thread for whoever waits in a request.

use alluvium_engine::EngineError;
use alluvium_engine::search::Reply;
use tokio::sync::oneshot;

/// The end of a channel that the encoder's thread answers on.
pub(super) struct Waiting<T>(oneshot::Sender<Result<T, EngineError>>);

/// A reply and the place where it arrives. Dropping the place takes the work back.
pub(super) fn reply<T>() -> (Waiting<T>, oneshot::Receiver<Result<T, EngineError>>) {
    let (send, receive) = oneshot::channel();
    (Waiting(send), receive)
}

impl<T: Send + 'static> Reply<T> for Waiting<T> {
    fn is_wanted(&self) -> bool {
        !self.0.is_closed()
    }

    fn send(self, answer: Result<T, EngineError>) {
        // Given up meanwhile: nobody minds.
        let _ = self.0.send(answer);
    }
}
