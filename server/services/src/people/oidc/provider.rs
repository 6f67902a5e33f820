//! The provider as this process knows it: what it says of itself, and what it says of somebody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alluvium_domain::Problem;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm as Algorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    CoreTokenResponse,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, EmptyAdditionalClaims,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    SignatureVerificationError, StandardErrorResponse, TokenResponse,
};
use tokio::sync::Mutex;

use super::fetch::Fetch;
use super::journey::Journey;
use super::{OidcRefusal, OidcSettings};
use crate::error::{Chain, internal};

/// How long what the provider says of itself, keys included, is kept.
pub(super) const KEPT: Duration = Duration::from_secs(10 * 60);
/// After so long it is asked again, where a token names a key that is not among these.
const MIN_KEPT: Duration = Duration::from_secs(1);
/// So long a provider that could not be reached is not asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// Signatures that are taken: those that need a private key of the provider.
const SIGNATURES: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

type Client = openidconnect::Client<
    EmptyAdditionalClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    CoreTokenResponse,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is known of the provider.
enum Kept {
    Metadata(Instant, Arc<CoreProviderMetadata>),
    Unreachable(Instant),
}

/// The provider as this process knows it.
pub(crate) struct Oidc {
    pub(super) settings: OidcSettings,
    fetch: Fetch,
    kept: Mutex<Option<Kept>>,
}

impl Oidc {
    pub(crate) fn new(settings: OidcSettings) -> Self {
        Oidc { fetch: Fetch::new(&settings.issuer), settings, kept: Mutex::default() }
    }

    /// What the provider says of itself, no older than `age`.
    pub(super) async fn metadata(&self, age: Duration) -> Result<Arc<CoreProviderMetadata>, OidcRefusal> {
        // Whoever waits here finds what the first one was told.
        let mut kept = self.kept.lock().await;
        match kept.as_ref() {
            Some(Kept::Metadata(at, metadata)) if at.elapsed() < age => return Ok(metadata.clone()),
            Some(Kept::Unreachable(at)) if at.elapsed() < PAUSE => return Err(OidcRefusal::Unreachable),
            _ => {}
        }
        let found = match IssuerUrl::new(self.settings.issuer.clone()) {
            Ok(issuer) => {
                let said = CoreProviderMetadata::discover_async(issuer, &self.fetch).await;
                said.map_err(|error| unreachable(&error))
            }
            Err(error) => Err(unreachable(&error)),
        };
        let found = found.and_then(|metadata| match self.fetch.permits(metadata.authorization_endpoint().url()) {
            true => Ok(Arc::new(metadata)),
            false => Err(unreachable(&std::io::Error::other("it sends people to an address that is not https"))),
        });
        *kept = Some(match &found {
            Ok(metadata) => Kept::Metadata(Instant::now(), metadata.clone()),
            Err(_) => Kept::Unreachable(Instant::now()),
        });
        found
    }

    pub(super) fn client(&self, metadata: &CoreProviderMetadata, back: &str) -> Result<Client, Problem> {
        let methods = metadata.token_endpoint_auth_methods_supported();
        // Basic is what a provider has that does not say (OpenID Connect Discovery 1.0, 3).
        let basic = methods.is_none_or(|all| all.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(self.settings.client_secret.0.clone())),
        );
        let back = RedirectUrl::new(back.to_owned()).map_err(internal)?;
        Ok(client.set_redirect_uri(back).set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody }))
    }

    /// The verified claims that a code stands for.
    pub(super) async fn claims(
        &self,
        back: &str,
        journey: &Journey,
        code: &str,
    ) -> Result<Result<CoreIdTokenClaims, OidcRefusal>, Problem> {
        let metadata = match self.metadata(KEPT).await {
            Ok(metadata) => metadata,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let client = self.client(&metadata, back)?;
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(internal)?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(journey.verifier.clone()));
        let answer = match request.request_async(&self.fetch).await {
            Ok(answer) => answer,
            Err(RequestTokenError::Request(error)) => return Ok(Err(unreachable(&error))),
            // Their texts may hold the provider's answer, tokens included.
            Err(RequestTokenError::ServerResponse(_)) => return Ok(Err(wrong("the provider does not take the code"))),
            Err(_) => return Ok(Err(wrong("the provider's answer to the code cannot be read"))),
        };
        let Some(token) = answer.id_token() else { return Ok(Err(wrong("there is no ID token"))) };
        let nonce = Nonce::new(journey.nonce.clone());
        let verified =
            |client: &Client| token.claims(&client.id_token_verifier().set_allowed_algs(SIGNATURES), &nonce).cloned();
        let mut claims = verified(&client);
        if is_unknown_key(&claims)
            && let Ok(metadata) = self.metadata(MIN_KEPT).await
        {
            // The provider may have changed its keys.
            claims = verified(&self.client(&metadata, back)?);
        }
        Ok(claims.map_err(|error| wrong(what_is_wrong(&error))))
    }
}

fn is_unknown_key<T>(claims: &Result<T, ClaimsVerificationError>) -> bool {
    matches!(
        claims,
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_)
        ))
    )
}

/// For the log. The errors' own texts hold values of the token.
fn what_is_wrong(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "the ID token is too old",
        ClaimsVerificationError::InvalidAudience(_) => "the ID token is for somebody else",
        ClaimsVerificationError::InvalidIssuer(_) => "the ID token is by somebody else",
        ClaimsVerificationError::InvalidNonce(_) => "the ID token is for another browser",
        ClaimsVerificationError::SignatureVerification(_) => "the ID token is not signed with a key of the provider",
        _ => "the ID token cannot be taken",
    }
}

pub(super) fn wrong(what: &'static str) -> OidcRefusal {
    tracing::warn!(what, "a sign-in by OpenID Connect was refused");
    OidcRefusal::Wrong
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> OidcRefusal {
    tracing::error!(error = %Chain(error), "the provider of OpenID Connect");
    OidcRefusal::Unreachable
}
