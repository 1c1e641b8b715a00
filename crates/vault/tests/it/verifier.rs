//! A passphrase that opens nothing by itself.

use domain::Secret;
use vault::{make_verifier, verifies};

#[tokio::test]
async fn a_passphrase_is_known_again_and_what_is_kept_does_not_hold_it() {
    let kept = make_verifier(Secret::new("correct horse battery")).await.unwrap();
    assert!(!kept.expose().contains("horse"));
    assert!(kept.expose().starts_with("argon2id-1:65536:"), "at least 64 MiB: {}", kept.expose());
    assert_eq!(verifies(&kept, Secret::new("correct horse battery")).await.unwrap(), Some(true));
    assert_eq!(verifies(&kept, Secret::new("correct horse batterz")).await.unwrap(), Some(false));
    let again = make_verifier(Secret::new("correct horse battery")).await.unwrap();
    assert_ne!(kept.expose(), again.expose(), "each has a salt of its own");
    // What asks for less, or for more than a computer can give, is none of ours.
    let parts: Vec<&str> = kept.expose().split(':').collect();
    for wrong in [
        String::new(),
        "argon2id-1".to_owned(),
        kept.expose().replacen(":65536:", ":64:", 1),
        kept.expose().replacen(":65536:", ":999999999:", 1),
        kept.expose().replacen("argon2id-1", "argon2id-2", 1),
        format!("{}:x", kept.expose()),
        parts[..5].join(":"),
    ] {
        assert_eq!(verifies(&Secret::new(wrong.clone()), Secret::new("x")).await.unwrap(), None, "{wrong}");
    }
}
