//! Answers that are lost after the vendor carried a refund out. The bench loses ten thousand
//! (`cargo run -p desk --example lost_answers`); here it is a part of that.

#[path = "../../examples/losses/mod.rs"]
mod losses;

#[tokio::test(flavor = "multi_thread")]
async fn p01_p02_p03_p32_two_hundred_lost_answers_double_nothing_and_are_never_told_as_failed() {
    let came_to = losses::lose(200, 32, false).await;
    assert!(!came_to.is_broken(), "{came_to:?}");
    // Losses that never came prove nothing.
    assert!(came_to.lost_answers >= 200 && came_to.wishes >= 100, "{came_to:?}");
}
