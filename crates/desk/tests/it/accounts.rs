//! Connecting: keys of every sort, labels, `.env` files, removal.

use contract::accounts::{
    ConnectAccount, KeySource, ListAccounts, RemoveAccount, RenameAccount, SetReportingZone,
};
use contract::overview::ShowOverview;
use contract::{ErrorCode, Scope, SecretText};
use domain::{Environment, Secret, Vendor};

use crate::support::{SANDBOX, TestHome, connected, small_vendor};

fn connect(key: &str, base_url: Option<String>, label: &str) -> ConnectAccount {
    let key = KeySource::Text { key: SecretText(Secret::new(key)) };
    ConnectAccount { vendor: Vendor::Stripe, label: label.to_owned(), base_url, key }
}

#[tokio::test(flavor = "multi_thread")]
async fn u10_u11_keys_that_do_not_belong_are_refused_with_the_reason() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    let here = Some(vendor.base_url());
    let cases = [
        ("", ErrorCode::KeyEmpty),
        ("sk_test_abc\nsk_test_def", ErrorCode::KeyMalformed),
        ("pk_test_51abcdefghijklmnop", ErrorCode::KeyPublishable),
        ("whsec_abcdefghijklmnop", ErrorCode::KeyWebhookSecret),
        ("SG.abcdefghijklmnop.qrstuv", ErrorCode::KeyWrongVendor),
        ("sk_live_51abcdefghijklmnop", ErrorCode::KeyLiveInTest),
    ];
    for (key, code) in cases {
        let error = desk.call(SANDBOX, connect(key, here.clone(), "shop")).await.unwrap_err();
        assert_eq!(error.code, code, "{key}");
        assert!(!format!("{error:?}").contains("abcdefghij"), "an error repeats a key: {error:?}");
    }
    for base_url in
        ["http://example.org", "https://api.stripe.com.evil.example", "http://api.stripe.com", "nonsense"]
    {
        let error = desk
            .call(SANDBOX, connect("sk_test_51abcdefghijklmnop", Some(base_url.to_owned()), "shop"))
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::BadBaseUrl, "{base_url}");
    }
    let live = Scope { environment: Some(Environment::Live), ..SANDBOX };
    let error = desk.call(live, connect(vendor.secret_key(), here, "shop")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyTestInLive);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_unique_and_can_change_and_a_removed_account_is_gone_with_its_key() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let again = desk.call(SANDBOX, connect(vendor.secret_key(), Some(vendor.base_url()), "shop")).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::LabelTaken);
    let rename = RenameAccount { label: "shop".to_owned(), new_label: "store".to_owned() };
    assert_eq!(desk.call(SANDBOX, rename).await.unwrap().label, "store");
    desk.call(SANDBOX, RemoveAccount { label: "store".to_owned() }).await.unwrap();
    assert_eq!(desk.call(SANDBOX, ListAccounts {}).await.unwrap().total, 0);
    connected(&desk, &vendor, "store").await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dotenv_file_is_taken_over_variable_by_variable() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    let file = home.folder.path().join(".env");
    let text = format!(
        "STRIPE_SECRET_KEY={}\nSTRIPE_PUBLISHABLE_KEY=pk_test_x\nSTRIPE_WEBHOOK_SECRET=whsec_x\nFROM_EMAIL=shop@example.org\n",
        vendor.secret_key()
    );
    std::fs::write(&file, text).unwrap();
    let key = KeySource::Dotenv { path: file.display().to_string() };
    let request = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "shop".to_owned(),
        base_url: Some(vendor.base_url()),
        key,
    };
    let done = desk.call(SANDBOX, request).await.unwrap();
    let outcome = |name: &str| done.imported.iter().find(|one| one.name == name).unwrap().outcome.clone();
    assert_eq!(outcome("STRIPE_SECRET_KEY"), "account_key");
    assert_eq!(outcome("STRIPE_PUBLISHABLE_KEY"), "skipped");
    assert_eq!(outcome("STRIPE_WEBHOOK_SECRET"), "kept_in_vault");
    assert_eq!(outcome("FROM_EMAIL"), "setting");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g34_no_key_and_no_email_is_in_any_file_of_the_home() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let email = crate::support::find(&desk, "").await.items.iter().find_map(|one| one.email.clone()).unwrap();
    desk.close().await;
    let mut files = 0;
    for entry in std::fs::read_dir(home.folder.path().join("home")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for canary in [vendor.secret_key(), &email] {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} stands in {}", path.display());
        }
        files += 1;
    }
    assert!(files > 2, "the scan read {files} files only");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_of_days_of_the_zone_that_an_account_reports_in() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let zone = |zone: &str| SetReportingZone { label: "shop".to_owned(), zone: zone.to_owned() };
    let shown = desk.call(SANDBOX, ShowOverview::default()).await.unwrap();
    assert_eq!(shown.reporting_zone.as_deref(), Some("UTC"));
    let refused = desk.call(SANDBOX, zone("Europe/Nowhere")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownZone);
    let account = desk.call(SANDBOX, zone(" Asia/Tokyo ")).await.unwrap();
    assert_eq!(account.reporting_zone, "Asia/Tokyo");
    let shown = desk.call(SANDBOX, ShowOverview::default()).await.unwrap();
    assert_eq!(shown.reporting_zone.as_deref(), Some("Asia/Tokyo"));
    desk.close().await;
}
