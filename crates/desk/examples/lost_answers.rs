//! Loses the answers of refunds that the vendor carried out, and counts what was told: `lost_answers [ANSWERS] [SEED]`.
//! `./dev bench` runs it in release; it exits with 1 when a rule was broken.

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

mod losses;

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>().ok());
    let answers = numbers.next().flatten().unwrap_or(10_000);
    let seed = numbers.next().flatten().unwrap_or(1);
    let came_to = losses::lose(answers, seed, true).await;
    println!(
        "lost answers (reset, cut short, HTML, a proxy's page, silence), seed {seed}: {} lost of {} refunds; doubled {}, \
         told as failed {}, told as done and not made {}, unresolved {}",
        came_to.lost_answers,
        came_to.wishes,
        came_to.doubled,
        came_to.told_as_failed,
        came_to.told_as_done,
        came_to.unresolved
    );
    if came_to.is_broken() {
        std::process::exit(1);
    }
}
