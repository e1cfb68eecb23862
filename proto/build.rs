//! Compiles the `.proto` files without protoc, and keeps the descriptor set for reflection and for the access policy's test.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["skarv/v1", "skarv/agent/v1"] {
        println!("cargo:rerun-if-changed={folder}");
        for entry in fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
    files.sort();
    let mut compiler = protox::Compiler::new(["."])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(&files)?;
    // the encoded form keeps custom options, which the decoded one would lose
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("skarv.bin"), compiler.encode_file_descriptor_set())?;
    // request messages may carry secrets: their Debug would print them, so those that do get one of their own
    let mut prost = tonic_prost_build::Config::new();
    prost.skip_debug(SECRET_BEARING.iter().copied());
    // maps of settings in one order, so that the same request has the same bytes
    prost.btree_map([
        ".skarv.v1.PaymentRules",
        ".skarv.v1.PaymentAccounts",
        ".skarv.v1.ProductSettings",
    ]);
    tonic_prost_build::configure().compile_fds_with_config(compiler.file_descriptor_set(), prost)?;
    Ok(())
}

/// Messages with a secret in them. `src/redact.rs` writes their `Debug`.
const SECRET_BEARING: [&str; 12] = [
    ".skarv.v1.ExchangeApiKeyRequest",
    ".skarv.v1.ExchangeApiKeyResponse",
    ".skarv.v1.CreateConnectionRequest",
    ".skarv.v1.SetCredentialsRequest",
    ".skarv.v1.CreateEnrolmentTokenResponse",
    ".skarv.v1.CreateApiKeyResponse",
    ".skarv.v1.RotateApiKeyResponse",
    ".skarv.agent.v1.RegisterResponse",
    ".skarv.agent.v1.ConnectionAccess",
    ".skarv.agent.v1.CredentialGrant",
    ".skarv.agent.v1.StoreCredentialRequest",
    ".skarv.agent.v1.BeginCredentialRefreshResponse",
];
