//! What a forger works with: a true token to start from, our public keys, keys of their own, and a listener for whoever
//! follows an address in a token. And our own private key, for tokens that are truly signed and say what ours never say.

use std::net::TcpListener;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaEncoding,
    },
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use skarv_proto::v1 as pb;

use crate::{agent::hello, world::World};

/// Ed25519's public key information without the key (RFC 8410).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// The order of Ed25519's group, little end first (RFC 8032).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of the real control plane, taken apart.
pub(super) struct Genuine {
    pub(super) token: String,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) signature: Vec<u8>,
}

impl Genuine {
    pub(super) fn of(token: &str) -> Self {
        let parts: Vec<Vec<u8>> = token
            .split('.')
            .map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        Self {
            token: token.to_owned(),
            header: serde_json::from_slice(&parts[0]).unwrap(),
            claims: serde_json::from_slice(&parts[1]).unwrap(),
            signature: parts[2].clone(),
        }
    }

    pub(super) fn named(&self, name: &str) -> (String, String) {
        (name.to_owned(), self.token.clone())
    }

    /// Header, claims and signature as they are sent.
    pub(super) fn parts(&self) -> [&str; 3] {
        let mut parts = self.token.split('.');
        [(); 3].map(|()| parts.next().unwrap())
    }

    /// The header with other fields.
    pub(super) fn header_with(&self, changes: Value) -> String {
        with(&self.header, changes)
    }

    /// The claims with other fields.
    pub(super) fn claims_with(&self, changes: Value) -> String {
        with(&self.claims, changes)
    }

    /// The claims without one of them.
    pub(super) fn claims_without(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.remove(name).unwrap();
        Value::Object(claims).to_string()
    }

    pub(super) fn claims(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }
}

fn with(fields: &Map<String, Value>, changes: Value) -> String {
    let mut fields = fields.clone();
    if let Value::Object(changes) = changes {
        fields.extend(changes);
    }
    Value::Object(fields).to_string()
}

/// Everything that forgeries are made with.
pub(super) struct Workshop {
    pub(super) kid: String,
    pub(super) public: Vec<u8>,
    pub(super) jwk: String,
    pub(super) listener: TcpListener,
    ours: Ed25519KeyPair,
    theirs: Ed25519KeyPair,
    rsa: RsaKeyPair,
    elliptic: EcdsaKeyPair,
}

impl Workshop {
    pub(super) async fn open(world: &World) -> Self {
        let published = pb::auth_service_client::AuthServiceClient::new(world.channel.clone())
            .get_jwks(pb::GetJwksRequest {})
            .await
            .unwrap();
        let key = published.into_inner().keys.remove(0);
        let jwk = serde_json::json!({ "kty": key.kty, "crv": key.crv, "alg": key.alg, "use": "sig", "kid": key.kid, "x": key.x });
        let stored = world.plane.store().signing_key_list().await.unwrap().remove(0);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self {
            public: BASE64_URL_SAFE_NO_PAD.decode(&key.x).unwrap(),
            kid: key.kid,
            jwk: jwk.to_string(),
            listener,
            ours: Ed25519KeyPair::from_pkcs8(stored.secret.expose_secret()).unwrap(),
            theirs: Ed25519KeyPair::generate().unwrap(),
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            elliptic: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    /// A token that our own key signed.
    pub(super) fn truly(&self, header: &str, claims: impl AsRef<[u8]>) -> String {
        signed(header, claims, |message| {
            self.ours.sign(message).as_ref().to_vec()
        })
    }

    /// A token that the forger's key signed.
    pub(super) fn falsely(&self, header: &str, claims: impl AsRef<[u8]>) -> String {
        signed(header, claims, |message| {
            self.theirs.sign(message).as_ref().to_vec()
        })
    }

    pub(super) fn rsa(&self, header: &str, claims: &str) -> String {
        signed(header, claims, |message| {
            self.rsa_signature(&RSA_PKCS1_SHA256, message)
        })
    }

    pub(super) fn rsa_pss(&self, header: &str, claims: &str) -> String {
        signed(header, claims, |message| {
            self.rsa_signature(&RSA_PSS_SHA256, message)
        })
    }

    pub(super) fn elliptic(&self, header: &str, claims: &str) -> String {
        signed(header, claims, |message| {
            let signature = self.elliptic.sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        })
    }

    /// The forger's public key, for tokens that bring their own.
    pub(super) fn their_jwk(&self) -> Value {
        serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(self.theirs.public_key().as_ref()) })
    }

    /// Where the forger waits for whoever asks.
    pub(super) fn their_url(&self) -> String {
        format!("http://{}/keys.json", self.listener.local_addr().unwrap())
    }

    /// What a careless verifier might take for the secret of an HMAC.
    pub(super) fn hmac_keys(&self) -> Vec<(&'static str, Vec<u8>)> {
        let der = [SPKI.as_slice(), &self.public].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(&der)
        );
        vec![
            ("the public key", self.public.clone()),
            ("the public key in base64", b64(&self.public).into_bytes()),
            ("the public key as DER", der),
            ("the public key as PEM", pem.clone().into_bytes()),
            (
                "the public key as PEM without its last line end",
                pem.trim_end().as_bytes().to_vec(),
            ),
            ("the JWK", self.jwk.clone().into_bytes()),
            ("the key id", self.kid.clone().into_bytes()),
            ("the word `secret`", b"secret".to_vec()),
            ("nothing", Vec::new()),
        ]
    }

    fn rsa_signature(&self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        let random = SystemRandom::new();
        self.rsa.sign(encoding, &random, message, &mut signature).unwrap();
        signature
    }
}

/// A token with this signature over it.
pub(super) fn signed(header: &str, claims: impl AsRef<[u8]>, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", b64(header), b64(claims));
    format!("{message}.{}", b64(sign(message.as_bytes())))
}

pub(super) fn hmac(algorithm: hmac::Algorithm, key: &[u8], header: &str, claims: &str) -> String {
    let key = hmac::Key::new(algorithm, key);
    signed(header, claims, |message| {
        hmac::sign(&key, message).as_ref().to_vec()
    })
}

/// The same signature in another form: the group's order added to its second half.
pub(super) fn malleable(signature: &[u8]) -> Vec<u8> {
    let mut other = signature.to_vec();
    let mut carry = 0;
    for (byte, order) in other[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    other
}

impl World {
    /// The token of an agent that registers with this pool token.
    pub(super) async fn agent_token(&self, pool_token: &str) -> String {
        let pool = self.caller(pool_token);
        let welcome = pool.dispatch().register(hello(Vec::new())).await.unwrap();
        welcome.into_inner().token
    }
}
