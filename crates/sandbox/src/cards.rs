//! Cards, the test numbers and tokens, and the ways a card is declined.

/// Why a card is declined, in the words Stripe's answer carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    pub(crate) code: &'static str,
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) message: &'static str,
    pub(crate) param: Option<&'static str>,
    pub(crate) advice_code: Option<&'static str>,
    pub(crate) network_decline_code: Option<&'static str>,
    pub(crate) outcome_type: &'static str,
    pub(crate) network_status: &'static str,
    pub(crate) reason: Option<&'static str>,
    pub(crate) seller_message: &'static str,
    pub(crate) risk_level: &'static str,
}

const ISSUER: Decline = Decline {
    code: "card_declined",
    decline_code: Some("generic_decline"),
    message: "Your card was declined.",
    param: None,
    advice_code: Some("try_again_later"),
    network_decline_code: Some("01"),
    outcome_type: "issuer_declined",
    network_status: "declined_by_network",
    reason: Some("generic_decline"),
    seller_message: "The bank did not return any further details with this decline.",
    risk_level: "normal",
};

pub(crate) static GENERIC: Decline = ISSUER;
pub(crate) static INSUFFICIENT_FUNDS: Decline = Decline {
    decline_code: Some("insufficient_funds"),
    message: "Your card has insufficient funds.",
    network_decline_code: Some("51"),
    reason: Some("insufficient_funds"),
    seller_message: "The bank returned the decline code `insufficient_funds`.",
    ..ISSUER
};
pub(crate) static LOST_CARD: Decline = Decline {
    decline_code: Some("lost_card"),
    advice_code: Some("do_not_try_again"),
    network_decline_code: Some("41"),
    reason: Some("lost_card"),
    seller_message: "The bank returned the decline code `lost_card`.",
    ..ISSUER
};
pub(crate) static STOLEN_CARD: Decline = Decline {
    decline_code: Some("stolen_card"),
    advice_code: Some("do_not_try_again"),
    network_decline_code: Some("43"),
    reason: Some("stolen_card"),
    seller_message: "The bank returned the decline code `stolen_card`.",
    ..ISSUER
};
pub(crate) static DO_NOT_HONOR: Decline = Decline {
    decline_code: Some("do_not_honor"),
    network_decline_code: Some("05"),
    reason: Some("do_not_honor"),
    seller_message: "The bank returned the decline code `do_not_honor`.",
    ..ISSUER
};
pub(crate) static EXPIRED_CARD: Decline = Decline {
    code: "expired_card",
    decline_code: None,
    message: "Your card has expired.",
    param: Some("exp_month"),
    advice_code: Some("do_not_try_again"),
    network_decline_code: Some("54"),
    reason: Some("expired_card"),
    seller_message: "The bank returned the decline code `expired_card`.",
    ..ISSUER
};
pub(crate) static INCORRECT_CVC: Decline = Decline {
    code: "incorrect_cvc",
    decline_code: None,
    message: "Your card's security code is incorrect.",
    param: Some("cvc"),
    advice_code: Some("confirm_card_data"),
    network_decline_code: Some("N7"),
    reason: Some("incorrect_cvc"),
    seller_message: "The bank returned the decline code `incorrect_cvc`.",
    ..ISSUER
};
pub(crate) static PROCESSING_ERROR: Decline = Decline {
    code: "processing_error",
    decline_code: None,
    message: "An error occurred while processing your card. Try again in a little bit.",
    reason: Some("processing_error"),
    seller_message: "The bank returned the decline code `processing_error`.",
    ..ISSUER
};
pub(crate) static FRAUDULENT: Decline = Decline {
    decline_code: Some("fraudulent"),
    advice_code: Some("do_not_try_again"),
    network_decline_code: None,
    outcome_type: "blocked",
    network_status: "not_sent_to_network",
    reason: Some("highest_risk_level"),
    seller_message: "Stripe blocked this payment as too risky.",
    risk_level: "highest",
    ..ISSUER
};
pub(crate) static AUTHENTICATION_REQUIRED: Decline = Decline {
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    message: "Your card was declined. This transaction requires authentication.",
    network_decline_code: Some("1A"),
    reason: Some("authentication_required"),
    seller_message: "The bank returned the decline code `authentication_required`.",
    ..ISSUER
};

pub(crate) static LIVE_CARD: Decline = Decline {
    decline_code: Some("test_mode_live_card"),
    message: "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    advice_code: None,
    network_decline_code: None,
    ..ISSUER
};
pub(crate) static INCORRECT_NUMBER: Decline = Decline {
    code: "incorrect_number",
    decline_code: None,
    message: "Your card number is incorrect.",
    param: Some("number"),
    advice_code: None,
    network_decline_code: None,
    ..ISSUER
};
pub(crate) static INVALID_MONTH: Decline = Decline {
    code: "invalid_expiry_month",
    decline_code: None,
    message: "Your card's expiration month is invalid.",
    param: Some("exp_month"),
    advice_code: None,
    network_decline_code: None,
    ..ISSUER
};
pub(crate) static INVALID_YEAR: Decline = Decline {
    code: "invalid_expiry_year",
    decline_code: None,
    message: "Your card's expiration year is invalid.",
    param: Some("exp_year"),
    advice_code: None,
    network_decline_code: None,
    ..ISSUER
};

/// The declines of the seeded history with their weights: most are funds and unexplained refusals, as at real shops.
pub(crate) static SEEDED_DECLINES: [(&Decline, u32); 9] = [
    (&INSUFFICIENT_FUNDS, 38),
    (&GENERIC, 24),
    (&DO_NOT_HONOR, 12),
    (&INCORRECT_CVC, 8),
    (&EXPIRED_CARD, 6),
    (&FRAUDULENT, 5),
    (&LOST_CARD, 3),
    (&STOLEN_CARD, 2),
    (&PROCESSING_ERROR, 2),
];

/// A card network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brand {
    Visa,
    Mastercard,
    Amex,
    Discover,
    Jcb,
}

impl Brand {
    /// The word in `payment_method_details.card.brand` and `.network`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Brand::Visa => "visa",
            Brand::Mastercard => "mastercard",
            Brand::Amex => "amex",
            Brand::Discover => "discover",
            Brand::Jcb => "jcb",
        }
    }

    /// The name that tokens print.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Brand::Visa => "Visa",
            Brand::Mastercard => "MasterCard",
            Brand::Amex => "American Express",
            Brand::Discover => "Discover",
            Brand::Jcb => "JCB",
        }
    }
}

/// What a card does when it is used; the test cards differ only in this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Behaviour {
    /// Charges and refunds succeed.
    Works,
    /// Every charge is declined.
    Declines(&'static Decline),
    /// Charges succeed, and their money is available at once.
    BypassesPending,
    /// Charges need 3-D Secure first.
    NeedsAuthentication,
    /// The charge succeeds and is disputed as fraudulent at once.
    Disputed,
    /// The charge succeeds and an inquiry is opened at once.
    Inquired,
    /// Refunds succeed and later turn failed.
    RefundFails,
    /// Refunds stay pending and later succeed.
    RefundPends,
    /// Refunds are held until somebody approves them, as by the vendor's rules for approvals. There is no
    /// test card of the vendor's for it; this one is ours.
    RefundReviewed,
}

/// A card as the vendor knows it; the number itself is never kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    pub(crate) brand: Brand,
    pub(crate) last4: u16,
    pub(crate) exp_month: u8,
    pub(crate) exp_year: u16,
    pub(crate) country: &'static str,
    pub(crate) funding: &'static str,
    pub(crate) fingerprint: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) wallet: Option<&'static str>,
}

struct TestCard {
    name: &'static str,
    number: &'static str,
    brand: Brand,
    funding: &'static str,
    country: &'static str,
    behaviour: Behaviour,
}

const fn test_card(name: &'static str, number: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { name, number, brand: Brand::Visa, funding: "credit", country: "US", behaviour }
}

/// Names stand after `tok_` and `pm_card_`.
static TEST_CARDS: [TestCard; 25] = [
    test_card("visa", "4242424242424242", Behaviour::Works),
    TestCard { funding: "debit", ..test_card("visa_debit", "4000056655665556", Behaviour::Works) },
    TestCard { brand: Brand::Mastercard, ..test_card("mastercard", "5555555555554444", Behaviour::Works) },
    TestCard {
        brand: Brand::Mastercard,
        funding: "debit",
        ..test_card("mastercard_debit", "5200828282828210", Behaviour::Works)
    },
    TestCard {
        brand: Brand::Mastercard,
        funding: "prepaid",
        ..test_card("mastercard_prepaid", "5105105105105100", Behaviour::Works)
    },
    TestCard { brand: Brand::Amex, ..test_card("amex", "378282246310005", Behaviour::Works) },
    TestCard { brand: Brand::Discover, ..test_card("discover", "6011111111111117", Behaviour::Works) },
    TestCard { brand: Brand::Jcb, country: "JP", ..test_card("jcb", "3566002020360505", Behaviour::Works) },
    test_card("chargeDeclined", "4000000000000002", Behaviour::Declines(&GENERIC)),
    test_card(
        "chargeDeclinedInsufficientFunds",
        "4000000000009995",
        Behaviour::Declines(&INSUFFICIENT_FUNDS),
    ),
    test_card("chargeDeclinedLostCard", "4000000000009987", Behaviour::Declines(&LOST_CARD)),
    test_card("chargeDeclinedStolenCard", "4000000000009979", Behaviour::Declines(&STOLEN_CARD)),
    test_card("chargeDeclinedExpiredCard", "4000000000000069", Behaviour::Declines(&EXPIRED_CARD)),
    test_card("chargeDeclinedIncorrectCvc", "4000000000000127", Behaviour::Declines(&INCORRECT_CVC)),
    test_card("chargeDeclinedProcessingError", "4000000000000119", Behaviour::Declines(&PROCESSING_ERROR)),
    test_card("chargeDeclinedFraudulent", "4100000000000019", Behaviour::Declines(&FRAUDULENT)),
    test_card("authenticationRequired", "4000002500003155", Behaviour::NeedsAuthentication),
    test_card("threeDSecure2Required", "4000000000003220", Behaviour::NeedsAuthentication),
    test_card("bypassPending", "4000000000000077", Behaviour::BypassesPending),
    test_card("createDispute", "4000000000000259", Behaviour::Disputed),
    test_card("createDisputeInquiry", "4000000000001976", Behaviour::Inquired),
    test_card("refundFail", "4000000000005126", Behaviour::RefundFails),
    test_card("pendingRefund", "4000000000007726", Behaviour::RefundPends),
    test_card("reviewRefund", "4000000000007767", Behaviour::RefundReviewed),
    TestCard { country: "GB", ..test_card("gb", "4000008260000000", Behaviour::Works) },
];

fn build(test: &TestCard, exp_month: u8, exp_year: u16) -> Card {
    let digits: u64 = test.number.parse().unwrap_or(0);
    Card {
        brand: test.brand,
        last4: (digits % 10_000) as u16,
        exp_month,
        exp_year,
        country: test.country,
        funding: test.funding,
        // The same number gives the same fingerprint, as at the vendor.
        fingerprint: crate::random::mix(digits),
        behaviour: test.behaviour,
        wallet: None,
    }
}

/// The card behind a fixed token such as `tok_visa` or a fixed payment method such as `pm_card_visa`.
pub(crate) fn by_name(id: &str, this_year: u16) -> Option<Card> {
    let name = id.strip_prefix("pm_card_").or_else(|| id.strip_prefix("tok_"))?;
    // Stripe's newer names put the brand before a decline: `visa_chargeDeclined`.
    let name = name.strip_prefix("visa_").filter(|rest| rest.starts_with("charge")).unwrap_or(name);
    let name = if name == "us" { "visa" } else { name };
    TEST_CARDS.iter().find(|test| test.name == name).map(|test| build(test, 11, this_year + 1))
}

/// The card with this test number. Any other number is refused by the caller: a sandbox must never take a real card.
pub(crate) fn by_number(number: &str, exp_month: u8, exp_year: u16) -> Option<Card> {
    TEST_CARDS.iter().find(|test| test.number == number).map(|test| build(test, exp_month, exp_year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_meet() {
        let by_token = by_name("tok_visa", 2026).unwrap();
        assert_eq!(by_token.last4, 4242);
        assert_eq!(by_token.fingerprint, by_number("4242424242424242", 1, 2030).unwrap().fingerprint);
        assert_eq!(
            by_name("pm_card_visa_chargeDeclined", 2026).unwrap().behaviour,
            Behaviour::Declines(&GENERIC)
        );
        assert_eq!(by_name("tok_visa_debit", 2026).unwrap().funding, "debit");
        assert!(by_name("tok_nothing", 2026).is_none());
        assert!(by_number("4539578763621486", 1, 2030).is_none(), "a number that is no test card");
    }
}
