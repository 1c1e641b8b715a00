//! Charges, tokens, cards, customers and who may do what.

use crate::client::{Client, all, text};
use crate::start;

const CHARGE: &str = "amount=2000&currency=usd&source=tok_visa";

#[tokio::test]
async fn a_charge_moves_the_account() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let charge = client
        .post("/v1/charges", &format!("{CHARGE}&metadata[order_id]=77&expand[]=balance_transaction"))
        .await
        .json();
    assert_eq!(
        (text(&charge, "status"), charge["paid"].as_bool(), charge["captured"].as_bool()),
        ("succeeded", Some(true), Some(true))
    );
    assert_eq!(charge["metadata"]["order_id"], "77");
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    let line = &charge["balance_transaction"];
    assert_eq!(
        (line["amount"].as_i64(), line["fee"].as_i64(), line["net"].as_i64()),
        (Some(2_000), Some(88), Some(1_912))
    );
    assert_eq!(client.get("/v1/charges?limit=1").await.json()["data"][0]["id"], charge["id"]);
    let event = &client.get("/v1/events?limit=1&type=charge.succeeded").await.json()["data"][0];
    assert_eq!(event["data"]["object"]["id"], charge["id"]);
    assert!(text(&event["request"], "id").starts_with("req_"));
}

#[tokio::test]
async fn declines_carry_stripes_words_and_leave_a_failed_charge() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let cases = [
        ("source=tok_chargeDeclined", "card_declined", "generic_decline"),
        ("source=tok_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        (
            "source[number]=4000000000000002&source[exp_month]=1&source[exp_year]=2030",
            "card_declined",
            "generic_decline",
        ),
        (
            "source[number]=4000000000009995&source[exp_month]=1&source[exp_year]=2030",
            "card_declined",
            "insufficient_funds",
        ),
        ("source=tok_chargeDeclinedExpiredCard", "expired_card", ""),
        (
            "source[number]=4000002500003155&source[exp_month]=1&source[exp_year]=2030",
            "authentication_required",
            "authentication_required",
        ),
    ];
    for (source, code, decline) in cases {
        let answer = client.post("/v1/charges", &format!("amount=700&currency=usd&{source}")).await;
        assert_eq!(answer.status, 402, "{source}");
        let error = &answer.json()["error"];
        assert_eq!(
            (text(error, "type"), text(error, "code"), error["decline_code"].as_str().unwrap_or_default()),
            ("card_error", code, decline)
        );
        let failed = client.get(&format!("/v1/charges/{}", text(error, "charge"))).await.json();
        assert_eq!(
            (text(&failed, "status"), text(&failed, "failure_code"), failed["paid"].as_bool()),
            ("failed", code, Some(false))
        );
        assert!(failed["balance_transaction"].is_null());
    }
}

#[tokio::test]
async fn real_and_wrong_card_numbers_are_refused() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let before = client.get("/v1/charges?limit=1").await.json()["data"][0]["id"].clone();
    for (number, code) in [("4539578763621486", "card_declined"), ("4242424242424241", "incorrect_number")] {
        let form = format!(
            "amount=700&currency=usd&source[number]={number}&source[exp_month]=1&source[exp_year]=2030"
        );
        let answer = client.post("/v1/charges", &form).await;
        assert_eq!((answer.status, answer.error().1.as_str()), (402, code));
        assert!(!String::from_utf8_lossy(&answer.body).contains(number));
    }
    assert_eq!(client.get("/v1/charges?limit=1").await.json()["data"][0]["id"], before);
}

#[tokio::test]
async fn parameters_are_checked_in_stripes_words() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let cases = [
        ("currency=usd&source=tok_visa", "parameter_missing", "Missing required param: amount."),
        ("amount=12.99&currency=usd&source=tok_visa", "parameter_invalid_integer", "Invalid integer: 12.99"),
        ("amount=10&currency=usd&source=tok_visa", "amount_too_small", "Amount must be at least $0.50 usd"),
        (
            "amount=2000&currency=usd&source=tok_visa&colour=red",
            "parameter_unknown",
            "Received unknown parameter: colour",
        ),
        ("amount=2000&currency=usd", "parameter_missing", "Must provide source or customer."),
        ("amount=2000&currency=usd&source=tok_nothing", "resource_missing", "No such token: 'tok_nothing'"),
        (
            "amount=2000&currency=usd&source=tok_visa&expand[1]=customer",
            "",
            "numeric and sequential starting from 0",
        ),
        (
            "amount=2000&currency=usd&source=tok_visa&expand[]=amount",
            "",
            "This property cannot be expanded (amount).",
        ),
        ("amount=2001&currency=kwd&source=tok_visa", "", "multiple of 10"),
        ("amount=50050&currency=isk&source=tok_visa", "", "multiple of 100"),
    ];
    for (form, code, words) in cases {
        let answer = client.post("/v1/charges", form).await;
        assert!(matches!(answer.status, 400 | 404), "{form}: {}", answer.status);
        let (kind, found, message) = answer.error();
        assert_eq!((kind.as_str(), found.as_str()), ("invalid_request_error", code), "{form}");
        assert!(message.contains(words), "{form}: {message}");
    }
    assert_eq!(client.post("/v1/charges", "amount=1230&currency=kwd&source=tok_visa").await.status, 200);
    let json = client.header("content-type", "application/json").post("/v1/charges", "{\"amount\":1}").await;
    assert!(json.error().2.contains("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn keys_decide_who_may_do_what() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    assert!(
        client
            .header("authorization", "")
            .get("/v1/charges")
            .await
            .error()
            .2
            .starts_with("You did not provide an API key.")
    );
    let wrong = client.header("authorization", "Bearer sk_test_0123456789abcdef").get("/v1/charges").await;
    assert_eq!(
        (wrong.status, wrong.error().2.as_str()),
        (401, "Invalid API Key provided: sk_test_************cdef")
    );
    assert_eq!(
        client.header("authorization", "Bearer sk_live_0123456789abcdef").get("/v1/account").await.status,
        401
    );
    let reader = Client::with_key(&sandbox, sandbox.restricted_key_read_only());
    assert_eq!(reader.get("/v1/refunds").await.status, 200);
    let refused = reader.post("/v1/charges", CHARGE).await;
    assert_eq!(refused.status, 403);
    assert!(refused.error().2.contains("rak_charge_write"), "{:?}", refused.error());
    let clerk = Client::with_key(&sandbox, sandbox.restricted_key_without_refunds());
    let charge = clerk.post("/v1/charges", CHARGE).await.json();
    assert_eq!(clerk.post("/v1/refunds", &format!("charge={}", text(&charge, "id"))).await.status, 403);
    let narrow = Client::with_key(&sandbox, sandbox.restricted_key_writes_alone());
    assert_eq!(narrow.get("/v1/refunds").await.status, 403);
    assert_eq!(narrow.post("/v1/charges", CHARGE).await.status, 403);
    let other = clerk.post("/v1/charges", CHARGE).await.json();
    assert_eq!(narrow.post("/v1/refunds", &format!("charge={}", text(&other, "id"))).await.status, 200);
    assert_eq!(
        client.get(&format!("/v1/charges/{}", text(&charge, "id"))).await.json()["amount_refunded"],
        0
    );
}

#[tokio::test]
async fn headers_and_addresses_are_stripes() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let account = client.header("stripe-version", "2025-03-31.basil").get("/v1/account").await;
    assert_eq!(account.header("stripe-version"), Some("2025-03-31.basil"));
    assert!(account.header("request-id").unwrap().starts_with("req_"));
    assert_eq!(client.get("/v1/account").await.header("stripe-version"), Some("2026-10-28.endive"));
    let future = client.header("stripe-version", "2099-01-01").get("/v1/account").await;
    assert_eq!((future.status, future.error().2.as_str()), (400, "Invalid Stripe API version: 2099-01-01"));
    let lost = client.get("/v1/nothing").await;
    assert_eq!(lost.status, 404);
    assert!(lost.error().2.starts_with("Unrecognized request URL (GET: /v1/nothing)."));
    let missing = client.get("/v1/charges/ch_x").await;
    assert_eq!(
        (missing.status, missing.error().2.as_str(), missing.error().1.as_str()),
        (404, "No such charge: 'ch_x'", "resource_missing")
    );
    assert!(
        text(&missing.json()["error"], "request_log_url")
            .starts_with("https://dashboard.stripe.com/test/logs/req_")
    );
}

#[tokio::test]
async fn customers_live_and_go() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let customer = client
        .post("/v1/customers", "email=ada@example.com&name=Ada%20%C3%96&source=tok_visa&metadata[plan]=gold")
        .await
        .json();
    let id = text(&customer, "id");
    assert_eq!(client.get("/v1/customers?email=ada@example.com").await.json()["data"][0]["name"], "Ada Ö");
    let charge = client
        .post("/v1/charges", &format!("amount=900&currency=eur&customer={id}&expand[]=customer"))
        .await
        .json();
    assert_eq!(charge["customer"]["email"], "ada@example.com");
    assert_eq!(all(&client, &format!("/v1/charges?customer={id}")).await.len(), 1);
    let updated = client
        .post(&format!("/v1/customers/{id}"), "email=&metadata[plan]=&metadata[since]=2026")
        .await
        .json();
    assert!(updated["email"].is_null() && updated["metadata"]["plan"].is_null());
    assert_eq!(updated["metadata"]["since"], "2026");
    assert_eq!(client.post("/v1/customers", "email=nonsense").await.error().1, "email_invalid");
    let method =
        client.post("/v1/payment_methods/pm_card_mastercard/attach", &format!("customer={id}")).await.json();
    assert_eq!(all(&client, &format!("/v1/customers/{id}/payment_methods")).await.len(), 2);
    let detached =
        client.post(&format!("/v1/payment_methods/{}/detach", text(&method, "id")), "").await.json();
    assert!(detached["customer"].is_null());
    assert_eq!(client.delete(&format!("/v1/customers/{id}")).await.json()["deleted"], true);
    let gone = client.get(&format!("/v1/customers/{id}")).await.json();
    assert_eq!((gone["deleted"].as_bool(), gone.as_object().unwrap().len()), (Some(true), 3));
    assert_eq!(
        client.get(&format!("/v1/charges/{}?expand[]=customer", text(&charge, "id"))).await.json()["customer"]
            ["deleted"],
        true
    );
    assert_eq!(client.post(&format!("/v1/customers/{id}"), "name=x").await.status, 404);
}

#[tokio::test]
async fn tokens_are_used_once() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let token = client
        .post(
            "/v1/tokens",
            "card[number]=4242424242424242&card[exp_month]=4&card[exp_year]=2031&card[cvc]=123",
        )
        .await
        .json();
    let form = format!("amount=2000&currency=usd&source={}", text(&token, "id"));
    assert_eq!(client.post("/v1/charges", &form).await.status, 200);
    assert_eq!(client.post("/v1/charges", &form).await.error().1, "token_already_used");
}

#[tokio::test]
async fn holds_are_captured_once_and_not_beyond() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let held = client.post("/v1/charges", &format!("{CHARGE}&capture=false")).await.json();
    let path = format!("/v1/charges/{}/capture", text(&held, "id"));
    assert_eq!(client.post(&path, "amount=2001").await.error().1, "amount_too_large");
    let captured = client.post(&path, "amount=1500").await.json();
    assert_eq!(
        (captured["amount_captured"].as_i64(), captured["captured"].as_bool()),
        (Some(1_500), Some(true))
    );
    assert_eq!(client.post(&path, "").await.error().1, "charge_already_captured");
}
