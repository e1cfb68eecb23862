//! The wire contract: commented throughout, and named as buf's STANDARD rules want it.

use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};

fn ours() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(skarv_proto::DESCRIPTOR_SET).unwrap();
    let files: Vec<_> = set
        .file
        .into_iter()
        .filter(|f| f.package().starts_with("skarv."))
        .collect();
    assert!(
        files.len() >= 10,
        "only {} files: the descriptor set is not whole",
        files.len()
    );
    files
}

/// Whether what stands at `path` in the file has a comment above it.
fn commented(file: &FileDescriptorProto, path: &[i32]) -> bool {
    let locations = &file.source_code_info.as_ref().unwrap().location;
    locations
        .iter()
        .any(|l| l.path == path && !l.leading_comments().trim().is_empty())
}

fn with(path: &[i32], more: &[i32]) -> Vec<i32> {
    [path, more].concat()
}

fn index(i: usize) -> i32 {
    i32::try_from(i).unwrap()
}

fn uncommented_in_message(
    file: &FileDescriptorProto,
    message: &DescriptorProto,
    path: &[i32],
    out: &mut Vec<String>,
) {
    if message
        .options
        .as_ref()
        .is_some_and(prost_types::MessageOptions::map_entry)
    {
        return;
    }
    if !commented(file, path) {
        out.push(message.name().to_owned());
    }
    for (i, field) in message.field.iter().enumerate() {
        if !commented(file, &with(path, &[2, index(i)])) {
            out.push(format!("{}.{}", message.name(), field.name()));
        }
    }
    for (i, nested) in message.nested_type.iter().enumerate() {
        uncommented_in_message(file, nested, &with(path, &[3, index(i)]), out);
    }
}

#[test]
fn every_message_field_value_and_rpc_is_commented() {
    let mut missing = Vec::new();
    for file in ours() {
        for (i, message) in file.message_type.iter().enumerate() {
            uncommented_in_message(&file, message, &[4, index(i)], &mut missing);
        }
        for (i, an_enum) in file.enum_type.iter().enumerate() {
            let values = (0..an_enum.value.len()).map(|v| vec![5, index(i), 2, index(v)]);
            for path in std::iter::once(vec![5, index(i)]).chain(values) {
                if !commented(&file, &path) {
                    missing.push(format!("{} {path:?}", an_enum.name()));
                }
            }
        }
        for (i, service) in file.service.iter().enumerate() {
            let rpcs = (0..service.method.len()).map(|m| vec![6, index(i), 2, index(m)]);
            for path in std::iter::once(vec![6, index(i)]).chain(rpcs) {
                if !commented(&file, &path) {
                    missing.push(format!("{} {path:?}", service.name()));
                }
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_rpc_has_a_request_and_a_response_of_its_own_name() {
    for file in ours() {
        for service in &file.service {
            assert!(service.name().ends_with("Service"), "{}", service.name());
            for method in &service.method {
                let of = |suffix: &str| format!(".{}.{}{suffix}", file.package(), method.name());
                assert_eq!(method.input_type(), of("Request"));
                assert_eq!(method.output_type(), of("Response"));
            }
        }
    }
}

#[test]
fn packages_follow_folders_and_carry_a_version() {
    for file in ours() {
        let (folder, _) = file.name().rsplit_once('/').unwrap();
        assert_eq!(folder.replace('/', "."), file.package());
        assert!(file.package().ends_with(".v1"));
    }
}

#[test]
fn enums_begin_unspecified_and_prefix_their_values() {
    let check = |an_enum: &EnumDescriptorProto| {
        let mut prefix = String::new();
        for c in an_enum.name().chars() {
            if c.is_uppercase() && !prefix.is_empty() {
                prefix.push('_');
            }
            prefix.push(c.to_ascii_uppercase());
        }
        assert_eq!(an_enum.value[0].name(), format!("{prefix}_UNSPECIFIED"));
        assert_eq!(an_enum.value[0].number(), 0);
        for value in &an_enum.value {
            assert!(
                value.name().starts_with(&format!("{prefix}_")),
                "{}",
                value.name()
            );
        }
    };
    for file in ours() {
        file.enum_type.iter().for_each(check);
    }
}

#[test]
fn fields_are_lower_snake_case() {
    let snake = |name: &str| {
        name.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    for file in ours() {
        for message in &file.message_type {
            for field in &message.field {
                assert!(snake(field.name()), "{}.{}", message.name(), field.name());
            }
        }
    }
}
