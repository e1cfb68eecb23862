//! What goes wrong around secrets: connections that are refused, keys that change, requests with a secret in the wrong
//! place, and tokens that have ended.

use std::collections::HashMap;

use secrecy::ExposeSecret;
use skarv_proto::{
    agent::v1::{RegisterRequest, dispatch_service_client::DispatchServiceClient},
    v1::{
        self as pb, api_key_service_client::ApiKeyServiceClient, auth_service_client::AuthServiceClient,
        partner_service_client::PartnerServiceClient,
    },
};
use skarv_tests::{Canaries, Ground, Platform, Tenant, Wanted, problems};
use tonic::{Request, Status, metadata::MetadataMap, transport::Channel};

use super::{PLANTED, later, seen::Seen};

/// Stands in the log, so that a search that finds nothing there is known to look.
pub(crate) const LOGGED: &str = "PlanteradLoggradKanarie0815";

const WRONG_KEY: &str = "KANARIEFEL1B9C5XQZ7WM2KD8TVH4RJN6";
const WRONG_SECRET: &str = "Kanarie-Fel-Hemlighet-9x2Kq7Wm4ZbT";
const NEW_KEY: &str = "KANARIENY8ZT3QW6XM1VK9BD5RJH2LPC7";
const MISPLACED: &str = "felplatsKANARIE4xq8zwmk2vb7tdh9rj";

/// A shop and an accounting system whose tests fail in every way that secrets are part of.
pub(crate) async fn with_connections(
    platform: &Platform,
    canaries: &mut Canaries,
    seen: &mut Seen,
) -> anyhow::Result<()> {
    for (what, secret) in [
        ("a wrong key", WRONG_KEY),
        ("a wrong secret", WRONG_SECRET),
        ("a new key", NEW_KEY),
    ] {
        canaries.add(what, secret);
    }
    let agent = platform.agent().await?;
    let tenant = Tenant::create(&platform.api, "provaren", PLANTED).await?;
    shops_that_fail(platform, &tenant, seen).await?;
    books_that_fail(platform, &tenant, seen).await?;
    let connection = format!("{}/connections/fel-nyckel", tenant.name);
    let newer = credentials(&connection, "api_key", NEW_KEY);
    let mut connections = platform.api.connections();
    let changed = connections.set_credentials(newer).await?.into_inner();
    seen.answer("a connection with a new key", &changed);
    let list = pb::ListConnectionsRequest {
        parent: tenant.name,
        ..pb::ListConnectionsRequest::default()
    };
    let listed = connections.list_connections(list).await?.into_inner();
    seen.answer("the connections", &listed);
    agent.drain().await
}

/// A wrong key, a shop that does not speak TLS, and none at all.
async fn shops_that_fail(platform: &Platform, tenant: &Tenant<'_>, seen: &mut Seen) -> anyhow::Result<()> {
    let (url, key) = (
        platform.systems.shop_url.as_str(),
        platform.systems.shop_key.as_str(),
    );
    let by_tls = url.replace("http:", "https:");
    for (id, url, key) in [
        ("fel-nyckel", url, WRONG_KEY),
        ("krypterat", &by_tls, key),
        ("stangt", "http://127.0.0.1:9", key),
    ] {
        let wanted = Wanted {
            id,
            connector: "prestashop",
            settings: &[("base_url", url)],
            secrets: &[("api_key", key)],
        };
        failed_test(tenant, &wanted, seen).await?;
    }
    Ok(())
}

/// A wrong secret, and a wrong client.
async fn books_that_fail(platform: &Platform, tenant: &Tenant<'_>, seen: &mut Seen) -> anyhow::Result<()> {
    let systems = &platform.systems;
    let settings = [
        ("base_url", systems.erp_url.as_str()),
        ("token_url", &systems.erp_token_url),
        ("organization_id", &systems.organization_id),
    ];
    for (id, client, secret) in [
        ("fel-hemlighet", systems.client_id.as_str(), WRONG_SECRET),
        ("fel-klient", WRONG_SECRET, systems.client_secret.as_str()),
    ] {
        let wanted = Wanted {
            id,
            connector: "hogia-smart",
            settings: &settings,
            secrets: &[("client_id", client), ("client_secret", secret)],
        };
        failed_test(tenant, &wanted, seen).await?;
    }
    Ok(())
}

async fn failed_test(tenant: &Tenant<'_>, wanted: &Wanted<'_>, seen: &mut Seen) -> anyhow::Result<()> {
    let connection = tenant.connect(wanted).await?;
    let run = tenant.test(&connection).await?;
    assert!(!problems(&run).is_empty(), "{}: {run:?}", wanted.id);
    seen.answer("a failed test", &run);
    Ok(())
}

fn credentials(name: &str, secret: &str, value: &str) -> pb::SetCredentialsRequest {
    pb::SetCredentialsRequest {
        name: name.to_owned(),
        secrets: HashMap::from([(secret.to_owned(), value.to_owned())]),
    }
}

async fn channel(url: &str) -> anyhow::Result<Channel> {
    Ok(Channel::from_shared(url.to_owned())?.connect().await?)
}

/// A request with this in its `authorization`.
fn with<T>(message: T, authorization: &str) -> Request<T> {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", authorization.parse().unwrap());
    Request::from_parts(metadata, tonic::Extensions::default(), message)
}

async fn exchange(channel: &Channel, key: &str) -> Result<String, Status> {
    let request = pb::ExchangeApiKeyRequest {
        api_key: key.to_owned(),
    };
    let answer = AuthServiceClient::new(channel.clone())
        .exchange_api_key(request)
        .await?;
    Ok(answer.into_inner().token)
}

/// The first admin's key.
fn first_key(platform: &Platform) -> &str {
    platform
        .control_plane
        .bootstrap_key
        .as_ref()
        .unwrap()
        .expose_secret()
}

/// Keys that are made, traded, changed and taken back; and the key that signs tokens. Answers an admin's token.
pub(crate) async fn with_keys(
    platform: &Platform,
    canaries: &mut Canaries,
    seen: &mut Seen,
) -> anyhow::Result<String> {
    let channel = channel(&platform.control_plane.url()).await?;
    let token = exchange(&channel, first_key(platform)).await?;
    canaries.add_token("the admin's token", &token);
    let bearer = format!("Bearer {token}");
    let partner = pb::CreatePartnerRequest {
        partner_id: "webbyran".to_owned(),
        partner: Some(pb::Partner {
            display_name: "Webbyrån".to_owned(),
            ..pb::Partner::default()
        }),
        ..pb::CreatePartnerRequest::default()
    };
    let mut partners = PartnerServiceClient::new(channel.clone());
    partners.create_partner(with(partner, &bearer)).await?;
    a_key_comes_and_goes(&channel, &bearer, canaries, seen).await?;

    let mut auth = AuthServiceClient::new(channel);
    let rotate = with(pb::RotateSigningKeyRequest {}, &bearer);
    seen.answer(
        "the next signing key",
        &auth.rotate_signing_key(rotate).await?.into_inner(),
    );
    let published = auth.get_jwks(pb::GetJwksRequest {}).await?.into_inner();
    seen.answer("the public keys", &published);
    for key in platform.control_plane.store().signing_key_list().await? {
        // PKCS#8 has other things around the private key, the public one among them
        canaries.add_bytes("a signing key", &key.secret.expose_secret()[16..48]);
    }
    tracing::info!("a line that was planted: {LOGGED}");
    Ok(token)
}

/// A partner's key is made, asked for again, changed, used and taken back.
async fn a_key_comes_and_goes(
    channel: &Channel,
    bearer: &str,
    canaries: &mut Canaries,
    seen: &mut Seen,
) -> anyhow::Result<()> {
    let (mut keys, parent) = (ApiKeyServiceClient::new(channel.clone()), "partners/webbyran");
    let new = pb::CreateApiKeyRequest {
        parent: parent.to_owned(),
        request_id: "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77".to_owned(),
        ..pb::CreateApiKeyRequest::default()
    };
    let made = keys.create_api_key(with(new.clone(), bearer)).await?.into_inner();
    canaries.add_opaque("a partner's key", &made.secret);
    let again = keys.create_api_key(with(new, bearer)).await;
    seen.refusal("a key asked for again", again);
    let name = made.api_key.clone().unwrap_or_default().name;
    let rotate = pb::RotateApiKeyRequest {
        name: name.clone(),
        ..pb::RotateApiKeyRequest::default()
    };
    let rotated = keys.rotate_api_key(with(rotate, bearer)).await?.into_inner();
    canaries.add_opaque("a partner's next key", &rotated.secret);
    canaries.add_token("the partner's token", &exchange(channel, &rotated.secret).await?);
    for name in [name, rotated.api_key.clone().unwrap_or_default().name] {
        let revoke = with(pb::RevokeApiKeyRequest { name }, bearer);
        seen.answer(
            "a key taken back",
            &keys.revoke_api_key(revoke).await?.into_inner(),
        );
    }
    let list = pb::ListApiKeysRequest {
        parent: parent.to_owned(),
    };
    seen.answer(
        "the keys",
        &keys.list_api_keys(with(list, bearer)).await?.into_inner(),
    );
    seen.note(
        "the answers that bear keys, printed",
        format!("{made:?} {rotated:?}"),
    );
    for key in [&made.secret, &rotated.secret] {
        seen.refusal("a key that was taken back", exchange(channel, key).await);
    }
    Ok(())
}

/// Requests that carry a secret where none belongs, or a wrong one where one does.
pub(crate) async fn with_requests(platform: &Platform, canaries: &mut Canaries, seen: &mut Seen) {
    canaries.add("a misplaced secret", MISPLACED);
    let channel = channel(&platform.control_plane.url()).await.unwrap();
    let tenant = Tenant::create(&platform.api, "vilsen", "Vilsen AB")
        .await
        .unwrap();
    refused_connections(&tenant, seen).await;
    let connection = "tenants/provaren/connections/stangt";
    for (name, secret) in [
        (connection, "apikey"),
        (connection, MISPLACED),
        ("tenants/provaren/connections/finns-inte", "api_key"),
        (MISPLACED, "api_key"),
        (&format!("tenants/provaren/connections/{MISPLACED}"), "api_key"),
    ] {
        let request = credentials(name, secret, MISPLACED);
        seen.refusal(
            "credentials that are refused",
            platform.api.connections().set_credentials(request).await,
        );
    }
    let first = first_key(platform);
    let known: Vec<_> = first.splitn(4, '_').take(3).collect();
    for key in [
        MISPLACED.to_owned(),
        format!("{}_{MISPLACED}", known.join("_")),
        format!("skarv_key_0123456789ab_{MISPLACED}"),
    ] {
        seen.refusal("a wrong key", exchange(&channel, &key).await);
    }
    let pool = platform.pool_token.expose_secret();
    for authorization in [
        format!("Bearer {first}"),
        format!("Bearer {pool}"),
        format!("Basic {MISPLACED}"),
        format!("Bearer eyJhbGciOiJFZERTQSJ9.{MISPLACED}.{MISPLACED}"),
        MISPLACED.to_owned(),
    ] {
        let asked = AuthServiceClient::new(channel.clone())
            .who_am_i(with(pb::WhoAmIRequest {}, &authorization))
            .await;
        seen.refusal("a wrong token", asked);
        let hello = RegisterRequest {
            slots: 1,
            ..RegisterRequest::default()
        };
        if !authorization.ends_with(pool) {
            let registered = DispatchServiceClient::new(channel.clone())
                .register(with(hello, &authorization))
                .await;
            seen.refusal("a wrong pool token", registered);
        }
    }
}

async fn refused_connections(tenant: &Tenant<'_>, seen: &mut Seen) {
    let base: (&str, &str) = ("base_url", "https://shop.example.se");
    let (with_password, with_key) = (
        format!("https://me:{MISPLACED}@shop.example.se"),
        format!("https://shop.example.se/api?ws_key={MISPLACED}"),
    );
    let settings: [&[(&str, &str)]; 6] = [
        &[base, ("api_key", MISPLACED)],
        &[base, (MISPLACED, "1")],
        &[base, ("requests_per_second", MISPLACED)],
        &[("base_url", MISPLACED)],
        &[("base_url", &with_password)],
        &[("base_url", &with_key)],
    ];
    let good: [(&str, &str); 1] = [("api_key", MISPLACED)];
    let usual = Wanted {
        id: "butiken",
        connector: "prestashop",
        settings: &[base],
        secrets: &good,
    };
    let mut refused: Vec<_> = settings
        .iter()
        .map(|settings| Wanted {
            settings,
            ..usual.clone()
        })
        .collect();
    refused.push(Wanted {
        secrets: &[("apikey", MISPLACED)],
        ..usual.clone()
    });
    refused.push(Wanted {
        secrets: &[(MISPLACED, "api_key")],
        ..usual.clone()
    });
    refused.push(Wanted {
        id: MISPLACED,
        ..usual.clone()
    });
    refused.push(Wanted {
        connector: MISPLACED,
        ..usual
    });
    for wanted in refused {
        seen.refusal("a connection that is refused", tenant.connect(&wanted).await);
    }
}

/// A token that has ended meanwhile, at the same control plane when it has been started again.
pub(crate) async fn with_time(ground: &Ground, token: &str, seen: &mut Seen) -> anyhow::Result<()> {
    let (config, clock) = later(ground);
    let control_plane = skarv_control_plane::start(config, clock).await?;
    let channel = channel(&control_plane.url()).await?;
    let asked = AuthServiceClient::new(channel)
        .who_am_i(with(pb::WhoAmIRequest {}, &format!("Bearer {token}")))
        .await;
    assert!(format!("{asked:?}").contains("TOKEN_EXPIRED"), "{asked:?}");
    seen.refusal("a token that has ended", asked);
    control_plane.shutdown().await;
    Ok(())
}
